"""What an index keeps of the words of one article, so that later articles can be compared with it.

A term vector is a ``Terms`` collection of one article. It says which terms occur, how early and how often, but not in
which order, so the text cannot be read from it. ``pack_terms`` makes the bytes that are stored, ``unpack`` reads them
again, and ``merge`` joins many term vectors into the collection that ``terms.read_terms`` would make of the articles.
"""

from __future__ import annotations

import functools
import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np

from dedupe.arrays import F32, U32
from dedupe.kernels.ragged import ragged_offsets
from dedupe.stories.candidates import TOP_TERMS, rank_within_article, text_weights
from dedupe.text import terms
from dedupe.text.background import Background, load_background
from dedupe.text.terms import Terms

_NO_BACKGROUND = Background(0, {})
"""Document frequencies are not stored with an article, so none are looked up when it is read."""

_PROBES = (
    (
        "12 ministers in Geneva",
        "Ministers of 12 states met there on Tuesday, 4 May 2010. The ministers agreed on nothing.",
    ),
    (
        "12 Minister in Genf",
        "Minister aus 12 Staaten trafen sich dort am Dienstag, dem 4. Mai 2010, und einigten sich nicht.",
    ),
)
"""The titles and the texts whose packed terms identify the way in which this version reads and packs terms."""


@dataclass(frozen=True, slots=True)
class TopTerms:
    """The heaviest terms of one article: 32-bit hashes, uint32[terms], and their weights, float32[terms].

    The weights of all terms of the article, not only of these, have unit length.
    """

    terms: U32
    weights: F32

    def packed(self) -> bytes:
        """Pack the terms, six bytes each: all hashes, then all weights in half precision."""
        return self.terms.astype("<u4").tobytes() + self.weights.astype("<f2").tobytes()


def unpack_top_terms(packed: bytes) -> TopTerms:
    """Return the terms that ``TopTerms.packed`` packed, with their weights rounded to half precision."""
    count = len(packed) // 6
    weights = np.frombuffer(packed, "<f2", count, 4 * count).astype(np.float32)
    return TopTerms(np.frombuffer(packed, "<u4", count).astype(np.uint32), weights)


def choose_top_terms(term_vector: Terms) -> TopTerms:
    """Return the ``TOP_TERMS`` heaviest terms of an article.

    Their weights use the document frequencies of general news only, so they do not depend on when they are computed.
    """
    known = merge([term_vector], load_background())
    weight = text_weights(known)
    best = np.flatnonzero(rank_within_article(known, weight) < TOP_TERMS)
    hashes = np.array([hash_term(known.vocabulary[term]) for term in known.term[best].tolist()], np.uint32)
    return TopTerms(hashes, weight[best].astype(np.float32))


def hash_term(term: str) -> int:
    """Return a 32-bit hash of a term. Two terms with the same hash only add a candidate that is not needed."""
    return zlib.crc32(term.encode("utf-8", "replace"))


class _Column(NamedTuple):
    """A field of ``Terms`` that is stored: its name, its type in memory and its type on disk."""

    name: str
    dtype: type[np.generic]
    stored: str


_BITS = "bits"
"""The type on disk of a column of flags: eight flags to a byte, as ``np.packbits`` packs them."""

PER_ARTICLE = (
    _Column("words", np.int64, "<u4"),
    _Column("title_words", np.int64, "<u4"),
)
"""Stored columns with one value per article."""

PER_ENTRY = (
    _Column("decayed_tf", np.float64, "<f2"),  # half precision is off by at most 1 in 2,048
    _Column("first", np.uint16, "<u2"),
    _Column("is_name", np.bool_, _BITS),
)
"""Stored columns with one value per entry, that is, per distinct term of an article."""

PER_TERM = (
    _Column("number", np.bool_, _BITS),
    _Column("year", np.bool_, _BITS),
    _Column("month", np.bool_, _BITS),
    _Column("weekday", np.bool_, _BITS),
    _Column("date", np.bool_, _BITS),
)
"""Stored columns with one value per term of the vocabulary."""

NOT_STORED = ("starts", "term", "in_news", "news_articles", "printed")
"""Fields of ``Terms`` that are not stored: ``starts`` and ``term`` follow from the vocabulary, the document frequencies
are looked up when term vectors are merged, and an index does not print terms. The language and the vocabulary stand
behind the columns."""

_COLUMNS = PER_ARTICLE + PER_ENTRY + PER_TERM


def _pack_columns(term_vector: Terms) -> bytes:
    """Return the number of terms, all columns, the language and the vocabulary, one after the other.

    In a collection of one article every term of the vocabulary is one entry, in the same order.
    """
    parts = [len(term_vector.vocabulary).to_bytes(4, "little")]
    for column in _COLUMNS:
        values = getattr(term_vector, column.name)
        parts.append((np.packbits(values) if column.stored == _BITS else values.astype(column.stored)).tobytes())
    return b"".join([*parts, "\n".join([*term_vector.languages, *term_vector.vocabulary]).encode("utf-8", "replace")])


def pack(term_vector: Terms) -> bytes:
    """Pack the term vector of one article, about 2 KB for a newspaper article."""
    return zlib.compress(_pack_columns(term_vector), 1)


def unpack(packed: bytes) -> Terms:
    """Return the term vector that ``pack`` packed.

    ``decayed_tf`` is rounded to half precision, and there are no document frequencies.
    """
    content = memoryview(zlib.decompress(packed))
    size, position = int.from_bytes(content[:4], "little"), 4
    columns: dict[str, Any] = {}
    for column in _COLUMNS:
        count = 1 if column in PER_ARTICLE else size
        length = (count + 7) // 8 if column.stored == _BITS else count * np.dtype(column.stored).itemsize
        stored = content[position : position + length]
        if column.stored == _BITS:
            values = np.unpackbits(np.frombuffer(stored, np.uint8), count=count)
        else:
            values = np.frombuffer(stored, column.stored)
        columns[column.name] = values.astype(column.dtype)
        position += length
    code, *vocabulary = str(content[position:], "utf-8").split("\n")
    return Terms(
        vocabulary,
        np.array([0, size]),
        np.arange(size, dtype=np.uint32),
        **columns,
        in_news=np.zeros(size),
        news_articles=0,
        languages=[code],
    )


def merge(term_vectors: Sequence[Terms], background: Background) -> Terms:
    """Join the term vectors of several articles into one collection, in their order.

    The result is what ``terms.read_terms`` would make of the articles, apart from the rounding of the term vectors and
    from how the terms are printed.
    """
    vocabulary = sorted(set().union(*(term_vector.vocabulary for term_vector in term_vectors)))
    number = dict(zip(vocabulary, itertools.count(), strict=False))
    sizes = [len(term_vector.vocabulary) for term_vector in term_vectors]
    entries = itertools.chain.from_iterable(term_vector.vocabulary for term_vector in term_vectors)
    term = np.fromiter(map(number.__getitem__, entries), np.uint32, sum(sizes))
    columns: dict[str, Any] = {}
    for column in _COLUMNS:
        values = np.concatenate([getattr(term_vector, column.name) for term_vector in term_vectors])
        if column in PER_TERM:
            columns[column.name] = np.zeros(len(vocabulary), column.dtype)
            columns[column.name][term] = values
        else:
            columns[column.name] = values
    starts = ragged_offsets(np.array(sizes, np.int64))
    languages = [code for term_vector in term_vectors for code in term_vector.languages]
    return Terms(
        vocabulary,
        starts,
        term,
        **columns,
        in_news=terms.articles_in_news(vocabulary, term, starts, languages, background),
        news_articles=background.articles,
        languages=languages,
    )


@dataclass(frozen=True, slots=True)
class PackedTerms:
    """The terms of one article as they are stored: ``TopTerms.packed`` and ``pack``. Both are unpacked where needed."""

    top_terms: bytes
    term_vector: bytes


def pack_terms(title: str, text: str, given_language: str | None = None) -> PackedTerms:
    """Read the terms of one article and pack them. ``given_language``: see ``terms.read_terms``."""
    packed = pack(_read(title, text, given_language))
    # The top terms are chosen from the rounded term vector.
    return PackedTerms(choose_top_terms(unpack(packed)).packed(), packed)


def _read(title: str, text: str, given_language: str | None = None) -> Terms:
    return terms.read_terms([(title, text)], _NO_BACKGROUND, given_language=[given_language])


@functools.cache
def recipe() -> str:
    """Return a short hash of how terms are read and packed. Only term vectors of one recipe can be compared."""
    return blake2b(b"".join(_pack_columns(_read(*probe)) for probe in _PROBES), digest_size=8).hexdigest()
