"""Decides which stored article, of those that share keys with a new one, determines its verdict.

Shared keys only make an article a candidate. The verdict follows from exact shares of shingles and the thresholds of
``copies.verification.classify_relations``, as it does in a collection.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import I64, U64, Bools
from dedupe.copies import details
from dedupe.copies.verification import classify_relations
from dedupe.index.lookup.hits import Hits
from dedupe.index.lookup.keys import FingerprintedArticle
from dedupe.index.storage.rows import SHINGLE_BYTES, StoredArticle, unpack_shingles
from dedupe.index.verdicts import Kind
from dedupe.kernels.ragged import ragged_offsets
from dedupe.schemas import COPY_KINDS
from dedupe.settings import Settings

Fetch = Callable[[int], StoredArticle | None]
"""Returns a stored row by its number. None if it has expired, was forgotten or is damaged."""

_GROUP = 4
"""Candidates, in the order of their estimates, of which all count or none (see ``_ENOUGH_NEAR_DUPLICATES``)."""

_COMPARED_AT_MOST = 32
"""Most candidates that are compared exactly, those with the highest estimates first. In a flood of near-identical pages
there are hundreds of candidates, otherwise hardly ever more than three."""

_NO_SHINGLE = np.uint64(2**64 - 1)
"""A number that no shingle has, since they are below 2^48."""

_ENOUGH_NEAR_DUPLICATES = 4
"""After the group with so many near duplicates no more candidates count: they come in the order of their estimated
Jaccard."""


@dataclass(frozen=True, slots=True)
class Match:
    """A stored article that was compared with the new one. The new article is left, the stored one is right.

    ``kind``: position in ``schemas.KINDS``; the positions of ``schemas.COPY_KINDS``, 0 to 2, are copies.
    """

    row: StoredArticle
    kind: int
    jaccard: float
    left_in_right: float
    right_in_left: float

    @property
    def score(self) -> float:
        """The share that decides about a copy of this kind: the larger containment of an excerpt, else the Jaccard."""
        return self.jaccard if COPY_KINDS[self.kind] != "excerpt" else max(self.left_in_right, self.right_in_left)


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one article.

    ``match``: the article that decided, None for a new article. ``founder``: the first article with this text, None if
    that is the new article itself. ``skipped``: number of candidates that were not compared. ``probability``: that both
    articles report one event, for ``same_story`` only.
    """

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
    """Return the row of an earlier delivery of the same article, which has the same id and the same words."""
    for row_id in hits.same_delivery:
        row = fetch(row_id)
        if row and (row.name, row.digest, row.words) == (fingerprinted.name, fingerprinted.digest, fingerprinted.words):
            return row
    return None


def decide(fingerprinted: FingerprintedArticle, hits: Hits, fetch: Fetch, settings: Settings) -> Decision:
    """Decide what an article is, given the rows that share keys with it. It never decides on ``same_story``."""
    if not fingerprinted.words:
        return Decision("new", None, None)
    identical = _find_identical(fingerprinted, hits, fetch)
    if identical:
        match = Match(identical, 0, 1.0, 1.0, 1.0)
        return Decision("identical", match, _founder(fingerprinted, [match], match, fetch, settings))
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
    """Return the earliest article with the same words in the same order."""
    for row_id in sorted(hits.same_words):
        row = fetch(row_id)
        if row and (row.digest, row.words) == (fingerprinted.digest, fingerprinted.words):
            return row
    return None


def _is_revision(fingerprinted: FingerprintedArticle, row: StoredArticle) -> bool:
    """Whether a copy has the same id, or is a later version by the same publisher.

    If either article has no date, the one that arrived later counts as later.
    """
    if row.name == fingerprinted.name:
        return True
    if fingerprinted.publisher is None or row.publisher != fingerprinted.publisher:
        return False
    return fingerprinted.published is None or row.published is None or fingerprinted.published >= row.published


def _compare(
    fingerprinted: FingerprintedArticle, hits: Hits, fetch: Fetch, settings: Settings
) -> tuple[list[Match], int]:
    """Compare the likeliest candidates exactly, and return those that may be copies.

    The second value is the number of candidates that were left out.
    """
    candidates = dict.fromkeys(hits.same_id, 1.0) | hits.candidates
    likeliest = sorted(candidates, key=lambda row_id: (-candidates[row_id], row_id))
    group = {row_id: place // _GROUP for place, row_id in enumerate(likeliest)}
    matches: list[Match] = []
    founder: StoredArticle | None = None
    # The first group is mostly enough. If it is not, all others are compared in one call.
    for first, end in ((0, _GROUP), (_GROUP, _COMPARED_AT_MOST)):
        some = likeliest[first:end]
        rows = [row for row_id in some if (founder is None or row_id != founder.id) and (row := fetch(row_id))]
        if not first and rows and rows[0].founder not in some:
            # The founder of the likeliest candidate will be needed. Comparing it here saves a call of its own.
            founder = fetch(rows[0].founder)
            if founder:
                rows.append(founder)
                group[founder.id] = 0
        if not rows:
            continue
        shared, sizes = _count_shared(fingerprinted, rows)
        likely = np.flatnonzero(_may_be_copies(shared, fingerprinted.shingles.size, sizes, settings))
        if likely.size:
            closest = [rows[i] for i in likely.tolist()]
            matches += _classified(fingerprinted, closest, shared[likely], sizes[likely], settings)
        near = [group[match.row.id] for match in matches if match.kind <= 1]
        if len(near) >= _ENOUGH_NEAR_DUPLICATES:
            last = near[_ENOUGH_NEAR_DUPLICATES - 1]
            return [match for match in matches if group[match.row.id] <= last], 0
    return matches, hits.trimmed + max(0, len(likeliest) - _COMPARED_AT_MOST)


@functools.lru_cache(maxsize=256)
def _unpacked(shingles: bytes) -> U64:
    """Unpack the shingles of a row. They are cached, because in a flood the same few rows are compared repeatedly."""
    hashes = unpack_shingles(shingles)
    hashes.flags.writeable = False
    return hashes


def measure_matches(fingerprinted: FingerprintedArticle, rows: list[StoredArticle], settings: Settings) -> list[Match]:
    """Compare an article with each row: exact shares of distinct shingles, and the kind that follows from them."""
    return _classified(fingerprinted, rows, *_count_shared(fingerprinted, rows), settings)


def _count_shared(fingerprinted: FingerprintedArticle, rows: list[StoredArticle]) -> tuple[I64, I64]:
    """Count the distinct shingles that an article shares with each row, and those of the row, int64[rows] each."""
    sets = [_unpacked(row.shingles) for row in rows]
    shingles = np.concatenate((fingerprinted.shingles[:0], *sets))
    own = np.append(fingerprinted.shingles, _NO_SHINGLE)
    is_shared = own[np.searchsorted(fingerprinted.shingles, shingles)] == shingles
    sizes = np.array([hashes.size for hashes in sets], np.int64)
    return np.diff(ragged_offsets(is_shared)[ragged_offsets(sizes)]), sizes


def _may_be_copies(shared: I64, own_size: int, sizes: I64, settings: Settings) -> Bools:
    """Which rows share enough to be copies, bool[rows]; the others need no closer look, as in a flood of short texts.

    The arguments are the numbers of distinct shingles: shared with each row, of the article, and of each row.
    """
    jaccard = shared / np.maximum(own_size + sizes - shared, 1)
    containment = shared / np.maximum(np.minimum(own_size, sizes), 1)
    enough = (jaccard >= settings.near_duplicate_jaccard) | (containment >= settings.excerpt_containment)
    return np.asarray(enough & (shared > 0))


def _classified(
    fingerprinted: FingerprintedArticle, rows: list[StoredArticle], shared: I64, sizes: I64, settings: Settings
) -> list[Match]:
    """Return the match with each row, given the numbers of shared shingles and of its own, int64[rows] each."""
    own_size = fingerprinted.shingles.size
    jaccard = shared / np.maximum(own_size + sizes - shared, 1)
    left_in_right, right_in_left = shared / max(own_size, 1), shared / np.maximum(sizes, 1)
    words = np.array([row.words for row in rows], np.int64)
    same = np.array([(row.digest, row.words) == (fingerprinted.digest, fingerprinted.words) for row in rows], np.bool_)

    def compare(some: I64) -> tuple[Bools, I64]:
        return compare_details(fingerprinted, [rows[i] for i in some.tolist()])

    codes = classify_relations(
        np.full(words.size, fingerprinted.words),
        words,
        same & (shared > 0),
        shared,
        jaccard,
        left_in_right,
        right_in_left,
        compare,
        settings=settings,
    )
    columns = (codes.tolist(), jaccard.tolist(), left_in_right.tolist(), right_in_left.tolist())
    return [Match(row, *numbers) for row, *numbers in zip(rows, *columns, strict=True)]


def compare_details(fingerprinted: FingerprintedArticle, rows: list[StoredArticle]) -> tuple[Bools, I64]:
    """Compare the details of an article with those of each stored one (see ``copies.details.compare``).

    Under one id two texts are never reports of a series: the later one is a version of the earlier one, whatever it
    says.
    """
    if not fingerprinted.details:  # as of the pages of a flood
        return np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.int64)
    packed = [fingerprinted.details, *(row.details for row in rows)]
    offsets = ragged_offsets(np.array([len(own) // SHINGLE_BYTES for own in packed], np.int64))
    others = np.arange(1, len(packed))
    series, agreeing = details.compare(unpack_shingles(b"".join(packed)), offsets, np.zeros_like(others), others)
    return series & np.array([row.name != fingerprinted.name for row in rows], np.bool_), agreeing


def _founder(
    fingerprinted: FingerprintedArticle, matches: list[Match], best: Match, fetch: Fetch, settings: Settings
) -> StoredArticle | None:
    """Return the first article with this text, None if the new article is the first one.

    The new article must be a copy of that article too and, if one is an excerpt of the other, must not be the longer
    one. So groups do not grow along chains of small edits, and two reports that both contain a brief are not copies.
    """
    row = best.row if best.row.founder == best.row.id else fetch(best.row.founder)
    if row is None:  # the founder is gone; the copy that was matched takes its place
        row = best.row
    known = [match for match in matches if match.row.id == row.id]
    match = known[0] if known else next(iter(measure_matches(fingerprinted, [row], settings)), None)
    if match is None or match.kind > len(COPY_KINDS) - 1:
        return None
    return row if COPY_KINDS[match.kind] != "excerpt" or fingerprinted.words <= row.words else None
