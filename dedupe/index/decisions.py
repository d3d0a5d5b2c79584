"""decide → DECISION: which of the articles that share keys with a new one settles what it is.

Keys only propose. What decides are exact shares of shingles and the thresholds of ``relations.classify_relations``, the
same as for a collection.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import U64
from dedupe.copies.verification import classify_relations
from dedupe.index.lookup.hits import Hits
from dedupe.index.lookup.keys import FingerprintedArticle
from dedupe.index.storage.rows import StoredArticle, unpack_shingles
from dedupe.index.verdicts import Kind
from dedupe.kernels import REFERENCE
from dedupe.schemas import COPY_KINDS
from dedupe.settings import Settings

Fetch = Callable[[int], StoredArticle | None]
"""A stored row by id; None where it has expired, was forgotten or is damaged."""


_COMPARED_AT_ONCE = 4

_COMPARED_AT_MOST = 32
"""Articles compared exactly, the likeliest first. In a flood of near-identical pages there are hundreds to choose from;
outside floods hardly ever more than three."""

_ENOUGH_NEAR_DUPLICATES = 4
"""Near duplicates after which no more are looked at: they come in the order of their estimated Jaccard."""


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier article compared with the new one. ``kind``: position in ``tables.KINDS``; 0 to 2 are copies."""

    row: StoredArticle
    kind: int
    jaccard: float
    left_in_right: float
    right_in_left: float

    @property
    def score(self) -> float:
        """The share that decides for its kind."""
        return self.jaccard if COPY_KINDS[self.kind] != "excerpt" else max(self.left_in_right, self.right_in_left)


@dataclass(frozen=True, slots=True)
class Decision:
    """``match``: None for a new article. ``founder``: the first article of its text, None where it is that itself.
    ``skipped``: proposed articles that were not compared. ``probability``: of one event, for ``same_story`` only."""

    verdict: Kind
    match: Match | None
    founder: StoredArticle | None
    skipped: int = 0
    probability: float | None = None

    @property
    def score(self) -> float | None:
        """The number that decided, None for a new article."""
        return self.probability if self.probability is not None else self.match.score if self.match else None


def find_replay(fingerprinted: FingerprintedArticle, hits: Hits, fetch: Fetch) -> StoredArticle | None:
    """The row this very article was stored as before: the same id and the same words."""
    for row_id in hits.delivered:
        row = fetch(row_id)
        if row and (row.name, row.digest, row.words) == (fingerprinted.name, fingerprinted.digest, fingerprinted.words):
            return row
    return None


def decide(fingerprinted: FingerprintedArticle, hits: Hits, fetch: Fetch, settings: Settings) -> Decision:
    """What the article is, seen against the rows that were found."""
    if not fingerprinted.words:
        return Decision("new", None, None)
    twin = _find_identical(fingerprinted, hits, fetch)
    if twin:
        same = Match(twin, 0, 1.0, 1.0, 1.0)
        return Decision("identical", same, _founder(fingerprinted, [same], same, fetch, settings))
    matches, skipped = _compare(fingerprinted, hits, fetch, settings)
    copies = [match for match in matches if match.kind < len(COPY_KINDS)]
    if not copies:
        return Decision("new", None, None, skipped)
    best = min(copies, key=lambda m: (m.kind, -m.score, m.row.publisher != fingerprinted.publisher, m.row.id))
    verdict: Kind = (
        "revised" if _is_revision(fingerprinted, best.row) else "near_duplicate" if best.kind < 2 else "excerpt"
    )
    return Decision(verdict, best, _founder(fingerprinted, matches, best, fetch, settings), skipped)


def _find_identical(fingerprinted: FingerprintedArticle, hits: Hits, fetch: Fetch) -> StoredArticle | None:
    """The earliest article with the same words in the same order."""
    for row_id in sorted(hits.worded):
        row = fetch(row_id)
        if row and (row.digest, row.words) == (fingerprinted.digest, fingerprinted.words):
            return row
    return None


def _is_revision(fingerprinted: FingerprintedArticle, row: StoredArticle) -> bool:
    """Whether a copy is a later version by the same publisher, or came under the same id. Without dates, what comes
    later is later."""
    if row.name == fingerprinted.name:
        return True
    if fingerprinted.publisher is None or row.publisher != fingerprinted.publisher:
        return False
    return fingerprinted.published is None or row.published is None or fingerprinted.published >= row.published


def _compare(
    fingerprinted: FingerprintedArticle, hits: Hits, fetch: Fetch, settings: Settings
) -> tuple[list[Match], int]:
    """Exact numbers for the likeliest rows, and how many were left out."""
    alike = dict.fromkeys(hits.named, 1.0) | hits.alike
    likeliest = sorted(alike, key=lambda row_id: (-alike[row_id], row_id))
    matches: list[Match] = []
    founder: StoredArticle | None = None
    for first in range(0, min(len(likeliest), _COMPARED_AT_MOST), _COMPARED_AT_ONCE):
        some = likeliest[first : first + _COMPARED_AT_ONCE]
        rows = [row for row_id in some if (founder is None or row_id != founder.id) and (row := fetch(row_id))]
        if not first and rows and rows[0].founder not in some:
            # The founder of the likeliest will be asked for: measured here, it costs no round of its own.
            founder = fetch(rows[0].founder)
            rows += [founder] if founder else []
        matches += measure_matches(fingerprinted, rows, settings)
        if sum(match.kind <= 1 for match in matches) >= _ENOUGH_NEAR_DUPLICATES:
            return matches, 0
    return matches, hits.trimmed + max(0, len(likeliest) - _COMPARED_AT_MOST)


@functools.lru_cache(maxsize=256)
def _unpacked(shingles: bytes) -> U64:
    """In a flood the same few rows are compared again and again."""
    hashes = unpack_shingles(shingles)
    hashes.flags.writeable = False
    return hashes


def measure_matches(fingerprinted: FingerprintedArticle, rows: list[StoredArticle], settings: Settings) -> list[Match]:
    """Exact shares of distinct shingles with each row, and what the thresholds make of them."""
    if not rows:
        return []
    sets = [fingerprinted.shingles, *(_unpacked(row.shingles) for row in rows)]
    sizes = np.array([len(own) for own in sets], np.int64)
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    left, right = np.zeros(len(rows), np.int64), np.arange(1, len(sets))
    shared = REFERENCE.shared_counts(REFERENCE.rows_of([(np.concatenate(sets), offsets)]), left, right)
    jaccard = shared / np.maximum(sizes[left] + sizes[right] - shared, 1)
    in_matched, in_this = shared / np.maximum(sizes[left], 1), shared / np.maximum(sizes[right], 1)
    words = np.array([row.words for row in rows], np.int64)
    same = np.array([row.digest == fingerprinted.digest and row.words == fingerprinted.words for row in rows])
    own = np.full(words.size, fingerprinted.words)
    codes = classify_relations(own, words, same & (shared > 0), shared, jaccard, in_matched, in_this, settings=settings)
    columns = (codes.tolist(), jaccard.tolist(), in_matched.tolist(), in_this.tolist())
    return [Match(row, *numbers) for row, *numbers in zip(rows, *columns, strict=True)]


def _founder(
    fingerprinted: FingerprintedArticle, matches: list[Match], best: Match, fetch: Fetch, settings: Settings
) -> StoredArticle | None:
    """The first article of this text, where the new one is a copy of that too, and no longer than it as an excerpt.

    So groups do not grow along chains of small edits, and a brief inside two reports does not make the reports copies.
    """
    row = best.row if best.row.founder == best.row.id else fetch(best.row.founder)
    if row is None:  # the founder has gone: its text lives on in the copy that was matched
        row = best.row
    known = [match for match in matches if match.row.id == row.id]
    match = known[0] if known else next(iter(measure_matches(fingerprinted, [row], settings)), None)
    if match is None or match.kind > len(COPY_KINDS) - 1:
        return None
    return row if COPY_KINDS[match.kind] != "excerpt" or fingerprinted.words <= row.words else None
