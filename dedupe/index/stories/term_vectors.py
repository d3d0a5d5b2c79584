"""read → BAG: what one article says, as an index keeps it; and many bags put together as one collection of ``terms``.

    read(title, text)    an article's bag: TERMS of a collection of one        pack(bag) · unpack(bytes)
    gather(bags, …)      bags → TERMS, as ``terms.read_terms`` makes them of the texts

A bag holds which terms occur, how early and how often, not their order: the text cannot be read from it.
"""

from __future__ import annotations

import functools
import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any

import numpy as np

from dedupe.arrays import F32, U32
from dedupe.stories.candidates import TOP_TERMS, rank_within_article, text_weights
from dedupe.text import terms, tokens
from dedupe.text.background import Background, load_background
from dedupe.text.terms import Terms

_UNREAD = Background(0, {})

_PROBE = "Ministers of 12 states met in Geneva on Tuesday, 4 May 2010. The ministers agreed on nothing."


@dataclass(frozen=True, slots=True)
class TopTerms:
    """The heaviest terms of an article, as 32-bit hashes, and their weights (unit length over the whole article)."""

    terms: U32
    weights: F32

    def packed(self) -> bytes:
        """Six bytes a term."""
        return self.terms.astype("<u4").tobytes() + self.weights.astype("<f2").tobytes()


def unpack_top_terms(packed: bytes) -> TopTerms:
    """The same from its bytes."""
    count = len(packed) // 6
    weights = np.frombuffer(packed, "<f2", count, 4 * count).astype(np.float32)
    return TopTerms(np.frombuffer(packed, "<u4", count).astype(np.uint32), weights)


def term_vector(title: str, text: str) -> Terms:
    """The bag of one article, with the rounding of a stored one."""
    return unpack(pack(terms.read_terms([tokens.full_text(title, text)], _UNREAD)))


def top_terms(term_vector: Terms) -> TopTerms:
    """What an article is looked up by: weights come from general news alone, so they never change."""
    known = merge([term_vector], load_background())
    weight = text_weights(known)
    best = np.flatnonzero(rank_within_article(known, weight) < TOP_TERMS)
    hashed = np.array([hash_term(known.vocabulary[term]) for term in known.term[best].tolist()], np.uint32)
    return unpack_top_terms(TopTerms(hashed, weight[best].astype(np.float32)).packed())


def hash_term(term: str) -> int:
    """32 bits of a term; terms that share them cost a candidate too many, no more."""
    return zlib.crc32(term.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which fields of TERMS hold one value an entry, a term and an article, with their types."""

    entry: dict[str, np.dtype[Any]]
    term: dict[str, np.dtype[Any]]
    row: dict[str, np.dtype[Any]]


@functools.cache
def _layout() -> _Layout:
    """Told by their lengths in a collection where these differ: what TERMS holds may grow, and is kept as it is."""
    probe = terms.read_terms(("one two", "one two three four"), _UNREAD)
    lengths = {probe.term.size: "entry", len(probe.vocabulary): "term", probe.rows: "row"}
    found: dict[str, dict[str, np.dtype[Any]]] = {"entry": {}, "term": {}, "row": {}}
    for field in fields(Terms):
        column = getattr(probe, field.name)
        if isinstance(column, np.ndarray) and field.name not in ("starts", "term", "in_news"):
            found[lengths[column.size]][field.name] = column.dtype
    return _Layout(**found)


def _stored_type(dtype: np.dtype[Any]) -> str:
    """Half precision is a two-thousandth of a weight; whole numbers are counts of words."""
    return {"f": "<f2", "i": "<u4", "b": "|u1"}[dtype.kind]


def _columns(term_vector: Terms) -> bytes:
    layout = _layout()
    # In a bag of one article each term of the vocabulary is one entry, in the same order.
    parts = [len(term_vector.vocabulary).to_bytes(4, "little")]
    for name, dtype in (layout.row | layout.entry | layout.term).items():
        column = getattr(term_vector, name)
        packed = np.packbits(column) if dtype.kind == "b" else column.astype(_stored_type(dtype))
        parts.append(packed.tobytes())
    return b"".join([*parts, "\n".join(term_vector.vocabulary).encode("utf-8", "replace")])


def pack(term_vector: Terms) -> bytes:
    """A bag as bytes, about 2 KB for a newspaper article."""
    return zlib.compress(_columns(term_vector), 1)


def unpack(packed: bytes) -> Terms:
    """The bag again."""
    content = memoryview(zlib.decompress(packed))
    size, place = int.from_bytes(content[:4], "little"), 4
    layout = _layout()
    columns: dict[str, Any] = {}
    for name, dtype in (layout.row | layout.entry | layout.term).items():
        count = 1 if name in layout.row else size
        if dtype.kind == "b":
            end = place + (count + 7) // 8
            columns[name] = np.unpackbits(np.frombuffer(content[place:end], np.uint8), count=count).astype(bool)
        else:
            stored = np.dtype(_stored_type(dtype))
            end = place + count * stored.itemsize
            columns[name] = np.frombuffer(content[place:end], stored).astype(dtype)
        place = end
    vocabulary = str(content[place:], "utf-8").split("\n") if size else []
    in_news = np.zeros(size)
    return Terms(vocabulary, np.array([0, size]), np.arange(size), **columns, in_news=in_news, news_articles=0)


def merge(term_vectors: Sequence[Terms], known: Background) -> Terms:
    """One collection of several bags, in their order: what ``terms.read_terms`` makes of the texts."""
    layout = _layout()
    vocabulary = sorted(set().union(*(term_vector.vocabulary for term_vector in term_vectors)))
    number = dict(zip(vocabulary, itertools.count(), strict=False))
    sizes = [len(term_vector.vocabulary) for term_vector in term_vectors]
    everything = itertools.chain.from_iterable(term_vector.vocabulary for term_vector in term_vectors)
    term = np.fromiter(map(number.__getitem__, everything), np.int64, sum(sizes))
    columns: dict[str, Any] = {}
    for name in layout.entry | layout.row:
        columns[name] = np.concatenate([getattr(term_vector, name) for term_vector in term_vectors])
    for name, dtype in layout.term.items():
        columns[name] = np.zeros(len(vocabulary), dtype)
        columns[name][term] = np.concatenate([getattr(term_vector, name) for term_vector in term_vectors])
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))
    return Terms(vocabulary, starts, term, **columns, in_news=known.counts(vocabulary), news_articles=known.articles)


@dataclass(frozen=True, slots=True)
class PackedTerms:
    """What one article says, as it is stored: bytes are kept, and unpacked where they are needed."""

    top_terms: bytes
    term_vector: bytes


def pack_terms(title: str, text: str) -> PackedTerms:
    """What an article says."""
    packed = pack(terms.read_terms([tokens.full_text(title, text)], _UNREAD))
    return PackedTerms(top_terms(unpack(packed)).packed(), packed)


@functools.cache
def recipe() -> str:
    """What decides a bag, as a short hash: stored bags of another kind cannot be compared."""
    return blake2b(_columns(term_vector("", _PROBE)), digest_size=8).hexdigest()
