"""The rows of an index as Python objects: one stored article, and what one article is found and compared by in stories.

Every row is stored with a CRC-32 checksum over all its values.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import numpy as np

from dedupe.arrays import U64
from dedupe.index.verdicts import Kind, Verdict, reason

SHINGLE_BYTES = 6
"""Bytes that are stored of a shingle's 8-byte hash. Two texts of 1,000 words share a 6-byte hash by chance in one of
300 million pairs, and the hashes, the largest part of an index, take a quarter less space."""


class DamagedRowError(Exception):
    """A row does not match its checksum. The index catches this error, counts it and goes on without the row."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """One stored article with its verdict. ``Verdict`` describes the fields that both have."""

    id: int
    """Number of the row, from 1, in the order of arrival."""
    arrived: int
    """Time of arrival in microseconds since 1970 UTC."""
    name: str
    """The id that the caller gave the article."""
    digest: bytes
    """Cryptographic hash of all words in their order, 16 bytes."""
    words: int
    """Number of words."""
    publisher: int | None
    """Hash of the publisher's name as a signed 64-bit integer. None if the article has no publisher."""
    published: int | None
    """Time of publication in microseconds since 1970 UTC. None if the article has no readable date."""
    verdict: Kind
    matched: str | None
    """``Verdict.matched_id``."""
    story: int | None
    """Row number of the first article of the story. None if the article is in no story."""
    canonical: str
    founder: int
    """Row number of the first article with this text."""
    score: float | None
    jaccard: float | None
    left_in_right: float | None
    right_in_left: float | None
    bands: bytes
    """Band keys as little-endian uint64. Empty for a text that passage fingerprints alone are enough to find."""
    passages: bytes
    """One bit per shingle, set if the shingle is a passage fingerprint."""
    details: bytes
    """Details of the text (see ``copies.details``) as ``pack_shingles`` packs them."""
    shingles: bytes
    """Hashes of the distinct shingles as ``pack_shingles`` packs them. This column comes last, so that reading the
    others touches none of SQLite's overflow pages."""

    def stored(self) -> tuple[Any, ...]:
        """Return the values in the order of ``COLUMNS``. The checksum stands before the large columns."""
        values = _values(self)
        return (*values[:-_BLOBS], _checksum(values), *values[-_BLOBS:])

    def answer(self, *, replayed: bool) -> Verdict:
        """Return the verdict that this article got."""
        return Verdict(
            id=self.name,
            verdict=self.verdict,
            matched_id=self.matched,
            story=self.story,
            canonical=self.canonical,
            score=self.score,
            jaccard=self.jaccard,
            left_in_right=self.left_in_right,
            right_in_left=self.right_in_left,
            reason=reason(self.verdict, self.words, self.left_in_right, self.right_in_left),
            replayed=replayed,
        )


_BLOBS = 4
"""The last fields of ``StoredArticle`` that are columns of bytes: bands, passages, details and shingles."""

_values: Callable[[StoredArticle], tuple[Any, ...]] = attrgetter(*(field.name for field in fields(StoredArticle)))

COLUMNS = (
    *(field.name for field in fields(StoredArticle)[:-_BLOBS]),
    "crc",
    *(field.name for field in fields(StoredArticle)[-_BLOBS:]),
)
"""Columns of the article table, in order."""


def read_row(values: tuple[Any, ...]) -> StoredArticle:
    """Make a row from its values in the order of ``COLUMNS``.

    Raises ``DamagedRowError`` if they do not match their checksum.
    """
    kept = (*values[: -_BLOBS - 1], *values[-_BLOBS:])
    try:
        intact = _checksum(kept) == values[-_BLOBS - 1]
    except (TypeError, ValueError):  # a flipped bit can change the type of a value too
        intact = False
    if not intact:
        raise DamagedRowError(f"row {values[0]!r}")
    return StoredArticle(*kept)


def _checksum(values: tuple[Any, ...]) -> int:
    crc = zlib.crc32(repr(values[:-_BLOBS]).encode())
    for blob in values[-_BLOBS:]:
        crc = zlib.crc32(blob, zlib.crc32(len(blob).to_bytes(8, "little"), crc))
    return crc


@dataclass(frozen=True, slots=True)
class KeyedRow:
    """What the keys of one stored article are made of (``lookup.keys.stored_keys``)."""

    id: int
    """Number of the row."""
    name: str
    digest: bytes
    words: int
    bands: bytes
    """As in ``StoredArticle``."""
    passages: U64
    """Hashes of the shingles that are passage fingerprints, below 2^48, uint64[passages]."""

    @classmethod
    def of(cls, row: StoredArticle) -> KeyedRow:
        """Return what the keys of a whole row are made of."""
        shingles = unpack_shingles(row.shingles)
        is_passage = np.unpackbits(np.frombuffer(row.passages, np.uint8), count=shingles.size).view(np.bool_)
        return cls(row.id, row.name, row.digest, row.words, row.bands, shingles[is_passage])


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """What later articles need to find an article that may be in their story, and to compare themselves with it.

    A copy has no story entry, because the article that it copies has one.
    """

    id: int
    """Number of the article's row."""
    arrived: int
    """Time of arrival in microseconds since 1970 UTC."""
    published: int | None
    """Time of publication in microseconds since 1970 UTC. None if there is no readable date."""
    story: int
    """Row number of the first article of the story."""
    top_terms: bytes
    """The heaviest terms of the article, as ``term_vectors.TopTerms.packed`` packs them."""
    term_vector: bytes | None
    """All terms of the article, as ``term_vectors.pack`` packs them. None if only the other fields were read."""

    def stored(self) -> tuple[Any, ...]:
        """Return the values in the order of ``STORY_ENTRY_COLUMNS``. The term vector has a checksum of its own."""
        head = (self.id, self.arrived, self.published, self.story)
        term_vector = self.term_vector or b""
        return (
            *head,
            _story_checksum(head, self.top_terms),
            self.top_terms,
            _story_checksum((self.id,), term_vector),
            term_vector,
        )


STORY_ENTRY_COLUMNS = ("id", "arrived", "published", "story", "crc", "top_terms", "term_vector_crc", "term_vector")
"""Columns of the story_entry table, in order. The term vector comes last, because every opening of an index reads the
columns before it and not the term vector."""


def read_story_entry(values: tuple[Any, ...]) -> StoryEntry:
    """Make a story entry without its term vector, from the columns before ``term_vector_crc``.

    Raises ``DamagedRowError`` if the values do not match their checksum.
    """
    row_id, arrived, published, story, crc, top_terms = values
    if not isinstance(top_terms, bytes) or _story_checksum((row_id, arrived, published, story), top_terms) != crc:
        raise DamagedRowError(f"row {row_id!r} of the stories")
    return StoryEntry(row_id, arrived, published, story, top_terms, None)


def read_term_vector(row_id: int, crc: int, term_vector: bytes) -> bytes:
    """Return a stored term vector unchanged. Raises ``DamagedRowError`` if it does not match its checksum."""
    if not isinstance(term_vector, bytes) or _story_checksum((row_id,), term_vector) != crc:
        raise DamagedRowError(f"term vector {row_id!r} of the stories")
    return term_vector


def _story_checksum(values: tuple[Any, ...], blob: bytes) -> int:
    return zlib.crc32(blob, zlib.crc32(repr(values).encode()))


def pack_shingles(hashes: U64) -> bytes:
    """Pack hashes below 2^48, uint64[shingles], as six little-endian bytes each."""
    return hashes.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :SHINGLE_BYTES].tobytes()


def unpack_shingles(packed: bytes) -> U64:
    """Return the hashes that ``pack_shingles`` packed, uint64[shingles], in the order in which they were packed."""
    wide = np.zeros((len(packed) // SHINGLE_BYTES, 8), np.uint8)
    wide[:, :SHINGLE_BYTES] = np.frombuffer(packed, np.uint8).reshape(-1, SHINGLE_BYTES)
    return wide.view("<u8").ravel().astype(np.uint64, copy=False)
