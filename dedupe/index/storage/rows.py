"""One stored article as a row of the log, and the checksum over all of it."""

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
"""Bytes kept of a shingle's hash. Two texts of 1,000 words share one by chance once in 300 million pairs, and the
stored hashes, the largest part of an index, shrink by a quarter."""


class DamagedRowError(Exception):
    """A row does not match its checksum. Stays inside the index, which counts it and goes on without the row."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """One article. Times are microseconds since 1970 UTC, hashes signed 64-bit integers as SQLite has them.

    ``founder`` is the row of the first article of this text, ``story`` that of the first on this event. ``passages``
    marks, one bit a shingle, which shingles are passage fingerprints; ``bands`` (uint64) is empty for texts that
    passages find alone. ``shingles`` come last, so that reading the rest touches no overflow page.
    """

    id: int
    arrived: int
    name: str
    digest: int
    words: int
    publisher: int | None
    published: int | None
    verdict: Kind
    matched: str | None
    story: int | None
    canonical: str
    founder: int
    score: float | None
    jaccard: float | None
    left_in_right: float | None
    right_in_left: float | None
    bands: bytes
    passages: bytes
    shingles: bytes

    def stored(self) -> tuple[Any, ...]:
        """The values in column order, the checksum before the large columns."""
        values = _values(self)
        return (*values[:-_BLOBS], _checksum(values), *values[-_BLOBS:])

    def answer(self, *, replayed: bool) -> Verdict:
        """The verdict this article got."""
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


_BLOBS = 3

_values: Callable[[StoredArticle], tuple[Any, ...]] = attrgetter(*(field.name for field in fields(StoredArticle)))

COLUMNS = (
    *(field.name for field in fields(StoredArticle)[:-_BLOBS]),
    "crc",
    *(field.name for field in fields(StoredArticle)[-_BLOBS:]),
)


def read_row(values: tuple[Any, ...]) -> StoredArticle:
    """A row from its stored values. Raises ``DamagedRowError`` where they do not match their checksum."""
    kept = (*values[: -_BLOBS - 1], *values[-_BLOBS:])
    try:
        intact = _checksum(kept) == values[-_BLOBS - 1]
    except (TypeError, ValueError):  # a flipped byte can change the type of a value too
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
class StoryEntry:
    """What one article of a story is found and compared by: the row it belongs to, its ``top_terms`` terms and its
    ``term_vector`` of all terms (``term_vectors``), None where only the look-up is wanted. Articles that are copies
    have none."""

    id: int
    arrived: int
    published: int | None
    story: int
    top_terms: bytes
    term_vector: bytes | None

    def stored(self) -> tuple[Any, ...]:
        """The values in the order of ``STORY_ENTRY_COLUMNS``, each part with a checksum of its own."""
        head = (self.id, self.arrived, self.published, self.story)
        term_vector = self.term_vector or b""
        return (*head, _sum(head, self.top_terms), self.top_terms, _sum((self.id,), term_vector), term_vector)


STORY_ENTRY_COLUMNS = ("id", "arrived", "published", "story", "crc", "top_terms", "term_vector_crc", "term_vector")
"""The bag comes last: what all look-ups need is read at every opening, without it."""


def read_story_entry(values: tuple[Any, ...]) -> StoryEntry:
    """A filing from the values before ``term_vector_crc``. Raises ``DamagedRowError``."""
    row_id, arrived, published, story, crc, top_terms = values
    if not isinstance(top_terms, bytes) or _sum((row_id, arrived, published, story), top_terms) != crc:
        raise DamagedRowError(f"row {row_id!r} of the stories")
    return StoryEntry(row_id, arrived, published, story, top_terms, None)


def read_term_vector(row_id: int, crc: int, term_vector: bytes) -> bytes:
    """A stored bag. Raises ``DamagedRowError``."""
    if not isinstance(term_vector, bytes) or _sum((row_id,), term_vector) != crc:
        raise DamagedRowError(f"bag {row_id!r} of the stories")
    return term_vector


def _sum(values: tuple[Any, ...], blob: bytes) -> int:
    return zlib.crc32(blob, zlib.crc32(repr(values).encode()))


def pack_shingles(hashes: U64) -> bytes:
    """Hashes below 2^48 as six bytes each, little-endian."""
    return hashes.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :SHINGLE_BYTES].tobytes()


def unpack_shingles(packed: bytes) -> U64:
    """The hashes again, ascending as they were stored."""
    wide = np.zeros((len(packed) // SHINGLE_BYTES, 8), np.uint8)
    wide[:, :SHINGLE_BYTES] = np.frombuffer(packed, np.uint8).reshape(-1, SHINGLE_BYTES)
    return wide.view("<u8").ravel().astype(np.uint64, copy=False)
