"""Fingerprints an article for the index, and gives the 64-bit keys under which the index stores and looks it up.

The keys of an article stand for its id with its words, its id, its words, and each of its passage fingerprints. A text
that is so short that passages could miss an edited copy has its MinHash bands as further keys.

``fingerprint_articles`` is the expensive step. It needs no index, so worker processes may do it. ``stored_keys`` makes
the same keys again from a stored row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U64
from dedupe.article import Article
from dedupe.copies import fingerprints
from dedupe.copies.candidates import rows_per_band
from dedupe.copies.details import read_details
from dedupe.copies.fingerprints import list_values
from dedupe.errors import InputError
from dedupe.index.storage.rows import SHINGLE_BYTES, KeyedRow, pack_shingles
from dedupe.index.stories.term_vectors import PackedTerms, pack_terms
from dedupe.kernels import DEFAULT, Backend
from dedupe.kernels.ragged import ragged_offsets
from dedupe.reading.dates import parse_date
from dedupe.reading.problems import valid_text
from dedupe.settings import Settings
from dedupe.text.columns import utf8_rows
from dedupe.text.furniture import plain_titles, without_boilerplate

BANDS_BELOW = 32
"""A text with at least this many passage fingerprints is stored without bands. Two near duplicates at Jaccard 0.5 share
at least half of their fingerprints wherever the edits lie: 16 of 32 are expected, and 6 are enough to find the copy."""

BANDS_ASKED_BELOW = 96
"""The bands of a text with at least this many passage fingerprints are not looked up. A stored near duplicate with
bands has fewer than BANDS_BELOW fingerprints, and this text can have at most twice as many shingles as that near
duplicate, and about twice as many fingerprints."""

BANDS_ALWAYS_UNDER = 0.4
"""If ``near_duplicate_jaccard`` is below this, passages are too few to rely on, and every text has bands."""

_DISCARDED_BITS = 64 - 8 * SHINGLE_BYTES
"""Low bits of a shingle's hash that the index does not keep."""

_NO_TERMS = PackedTerms(b"", b"")

_SALTS = {"bands": np.uint64(0x9AE16A3B2F90404F), "passages": np.uint64(0xC949D7C7509E6557)}


@dataclass(frozen=True, slots=True)
class FingerprintedArticle:
    """One article, ready to be looked up in an index and stored."""

    name: str
    """The id of the article."""
    digest: bytes
    """Cryptographic hash of all words in their order, 16 bytes."""
    words: int
    """Number of words."""
    publisher: int | None
    """Hash of the publisher's name as a signed 64-bit integer. None if the article has no publisher."""
    published: int | None
    """Time of publication in microseconds since 1970 UTC. None if there is no readable date."""
    shingles: U64
    """Hashes of the distinct shingles, below 2^48 and ascending, uint64[shingles]."""
    passage_bits: bytes
    """One bit per shingle, set if the shingle is a passage fingerprint."""
    bands: U64
    """Band keys before mixing, uint64[bands]. Empty if the text has too many passage fingerprints to need them."""
    delivery_key: int
    """Key of the id together with the words."""
    id_key: int
    """Key of the id."""
    words_key: int | None
    """Key of the words. None for an article without words."""
    band_keys: U64
    """Keys of the bands, uint64[bands]."""
    passage_keys: U64
    """Keys of the passage fingerprints, uint64[passages]."""
    details: bytes = b""
    """Details of the text (see ``copies.details``) as ``pack_shingles`` packs them."""
    packed_terms: PackedTerms | None = None
    """The terms by which stories are tracked, empty for a text shorter than a shingle, which is in no story. None for
    an index that does not track stories."""

    def stores_bands(self, settings: Settings) -> bool:
        """Whether the bands are stored. If not, they are at most looked up."""
        return self.passage_keys.size < BANDS_BELOW or settings.near_duplicate_jaccard < BANDS_ALWAYS_UNDER

    def keys(self, settings: Settings) -> U64:
        """Return every key under which the article is stored, uint64[keys]."""
        exact = [self.delivery_key, self.id_key, *([] if self.words_key is None else [self.words_key])]
        bands = self.band_keys if self.stores_bands(settings) else self.band_keys[:0]
        return np.concatenate((np.array(exact, np.uint64), bands, self.passage_keys))

    def columns(self, settings: Settings) -> dict[str, bytes]:
        """Return the columns of the row that hold bytes, by name."""
        bands = self.bands if self.stores_bands(settings) else self.bands[:0]
        return {
            "bands": bands.astype("<u8").tobytes(),
            "passages": self.passage_bits,
            "details": self.details,
            "shingles": pack_shingles(self.shingles),
        }


def fingerprint_articles(
    articles: Iterable[Article], settings: Settings, *, stories: bool = False, backend: Backend = DEFAULT
) -> list[FingerprintedArticle]:
    """Fingerprint articles for ``Index.check_fingerprinted``, in their order.

    ``settings``: the settings of the index. ``stories``: set it for an index that tracks stories. ``backend``: the
    kernels to compute with; the result does not depend on it.

    Boilerplate that is known by its words is left out (see ``text.furniture``). What only repetition tells is not known
    here, where articles come one by one.

    NUL and half surrogates are replaced by U+FFFD. A date that cannot be read counts as none. Raises ``InputError`` for
    an article without an id, or with a field that is not text.
    """
    checked = [check_fields(article, number) for number, article in enumerate(articles, 1)]
    if not checked:
        return []
    whole = pa.chunked_array([pa.array([valid_text(article.text or "") for article in checked], pa.large_string())])
    texts = pa.table({"text": without_boilerplate(whole)})
    # Passages are stored as bits on the shingles, so every passage must be a shingle.
    table = fingerprints.fingerprint(texts, settings, backend, run_words=settings.shingle_words)
    details = [pack_shingles(own) for rows in utf8_rows(texts["text"]) for own in _split(*read_details(*rows, backend))]
    fingerprinted = from_fingerprints(checked, table, settings, details)
    if not stories:
        return fingerprinted
    titles = [plain_titles([valid_text(article.title or "")], [article.publisher])[0] for article in checked]
    compared = texts["text"].to_pylist()
    languages = [article.language for article in checked]
    return [
        replace(one, packed_terms=pack_terms(title, text, said) if one.words >= settings.shingle_words else _NO_TERMS)
        for one, title, text, said in zip(fingerprinted, titles, compared, languages, strict=True)
    ]


def from_fingerprints(
    articles: Sequence[Article], table: pa.Table, settings: Settings, details: Iterable[bytes] = itertools.repeat(b"")
) -> list[FingerprintedArticle]:
    """Do the same for articles whose table of fingerprints exists already, but for their packed terms.

    ``table``: one row per article, with the schema ``schemas.fingerprints_schema`` and passages that are shingles.
    ``details``: of each article, as ``pack_shingles`` packs them; by default none.
    """
    shingles, shingle_offsets = list_values(table["shingles"])
    passages, passage_offsets = list_values(table["passages"])
    bands, band_offsets = _bands(table, np.diff(passage_offsets), settings)
    columns = zip(
        articles,
        table["words"].to_pylist(),
        table["digest"].to_pylist(),
        _split(shingles, shingle_offsets),
        _split(passages, passage_offsets),
        _split(_mixed(passages >> np.uint64(_DISCARDED_BITS), "passages"), passage_offsets),
        _split(bands, band_offsets),
        _split(_mixed(bands, "bands"), band_offsets),
        details,
        strict=False,
    )
    fingerprinted = []
    for article, words, digest, own_shingles, own_passages, passage_keys, own_bands, band_keys, own_details in columns:
        is_passage = np.zeros(own_shingles.size, np.uint8)
        is_passage[np.searchsorted(own_shingles, own_passages)] = 1
        delivery_key, own_id_key, *words_key = _exact_keys(article.id, digest, words, settings)
        fingerprinted.append(
            FingerprintedArticle(
                name=article.id,
                digest=digest,
                words=words,
                publisher=_publisher_key(article),
                published=_published(article),
                shingles=own_shingles >> np.uint64(_DISCARDED_BITS),
                passage_bits=np.packbits(is_passage).tobytes(),
                bands=own_bands,
                delivery_key=delivery_key,
                id_key=own_id_key,
                words_key=words_key[0] if words_key else None,
                band_keys=band_keys,
                passage_keys=passage_keys,
                details=own_details,
            )
        )
    return fingerprinted


def stored_keys(row: KeyedRow, settings: Settings) -> tuple[U64, int]:
    """Return every key under which a stored article is found, uint64[keys], and its number of passage fingerprints."""
    exact = _exact_keys(row.name, row.digest, row.words, settings)
    bands = np.frombuffer(row.bands, "<u8").astype(np.uint64)
    keys = (np.array(exact, np.uint64), _mixed(bands, "bands"), _mixed(row.passages, "passages"))
    return np.concatenate(keys), row.passages.size


def _exact_keys(name: str, digest: bytes, words: int, settings: Settings) -> list[int]:
    """Return the keys of an id with its words, of the id, and of the words unless there are none."""
    text = f"{digest.hex()} {words}"
    keys = [_hash("delivery", f"{text} {name}", settings.seed), id_key(name, settings)]
    return [*keys, _hash("words", text, settings.seed)] if words else keys


def _split(values: U64, offsets: I64) -> Iterator[U64]:
    """Yield the rows of a ragged array."""
    return (values[start:end] for start, end in itertools.pairwise(offsets.tolist()))


def id_key(name: str, settings: Settings) -> int:
    """Return the key of an article's id."""
    return _hash("name", name, settings.seed)


def _bands(table: pa.Table, passages: I64, settings: Settings) -> tuple[U64, I64]:
    """Return the bands of every text that is short enough to need them, and none of the others, as a ragged array.

    ``passages``: number of passage fingerprints of each text, int64[texts].
    """
    signatures = table["signature"].combine_chunks().flatten().to_numpy().reshape(-1, settings.permutations)
    rows = rows_per_band(settings.permutations, settings.near_duplicate_jaccard, settings.candidate_recall)
    every = settings.near_duplicate_jaccard < BANDS_ALWAYS_UNDER
    # All articles without words have the same signature. They must not be found by it.
    needed = (passages > 0) & ((passages < BANDS_ASKED_BELOW) | every)
    bands = DEFAULT.band_keys(signatures[needed], rows)
    return bands.ravel(), ragged_offsets(needed * np.int64(bands.shape[1]))


def _mixed(values: U64, kind: str) -> U64:
    """Spread values evenly over 64 bits: passage fingerprints are small numbers, and segments use the highest bits."""
    mixed = (values ^ _SALTS[kind]) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return mixed ^ (mixed >> np.uint64(32))


def _hash(kind: str, text: str, seed: int) -> int:
    salt = seed.to_bytes(8, "little")
    return int.from_bytes(blake2b(text.encode(), digest_size=8, salt=salt, person=kind.encode()).digest(), "little")


def check_fields(article: Article, number: int) -> Article:
    """Check the types of an article's fields and return it with a valid id. ``number`` counts from 1 in the call."""
    fields = {"id": article.id, "title": article.title, "text": article.text, "publisher": article.publisher}
    for field, value in fields.items():
        if value is not None and not isinstance(value, str):
            raise InputError(f"article {number}: {field} is a {type(value).__name__}, not text; pass a string")
    if not article.id:
        raise InputError(
            f"article {number} has no id; without one a repeated delivery cannot be distinguished from a copy"
        )
    name = valid_text(article.id)
    return article if name == article.id else replace(article, id=name)


def _publisher_key(article: Article) -> int | None:
    if not article.publisher:
        return None
    publisher = valid_text(article.publisher).casefold().strip().encode()
    return int.from_bytes(blake2b(publisher, digest_size=8).digest(), "little", signed=True)


def _published(article: Article) -> int | None:
    """Return microseconds since 1970 UTC, None if there is no readable date."""
    if article.published_at is None or article.published_at == "":
        return None
    try:
        return round(parse_date(article.published_at).at.timestamp() * 1_000_000)
    except ValueError:
        return None
