"""The result of a look-up: the rows that share keys with an article, with an estimate of their Jaccard."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dedupe.arrays import F64, I64

MOST_CANDIDATES = 16
"""Candidates for one article that are taken from one segment, or from one memtable."""

_PLACE_BITS = np.uint64(20)


@dataclass(slots=True)
class Hits:
    """Rows that share keys with one article."""

    same_delivery: list[int] = field(default_factory=list)
    """Rows with the key of the article's id and words."""
    same_id: list[int] = field(default_factory=list)
    """Rows with the key of the article's id."""
    same_words: list[int] = field(default_factory=list)
    """Rows with the key of the article's words."""
    candidates: dict[int, float] = field(default_factory=dict)
    """Rows to compare with the article, and an estimate of their Jaccard from shared passage fingerprints or bands."""
    trimmed: int = 0
    """Number of rows that were left out because ``MOST_CANDIDATES`` others had a higher estimate."""

    def of_exact_key(self, number: int) -> list[int]:
        """Return the list of the first, second or third key: id and words, id, words."""
        return (self.same_delivery, self.same_id, self.same_words)[number]


def count_pairs(owner: I64, places: I64) -> tuple[I64, I64, I64]:
    """Return the distinct pairs of article and place, and how often each occurs, int64[pairs] three times."""
    codes = (owner.astype(np.uint64) << _PLACE_BITS) | places.astype(np.uint64)
    distinct, counts = np.unique(codes, return_counts=True)
    place = distinct & ((np.uint64(1) << _PLACE_BITS) - np.uint64(1))
    return (distinct >> _PLACE_BITS).astype(np.int64), place.astype(np.int64), counts.astype(np.int64)


def add_candidates(hits: list[Hits], articles: I64, rows: I64, estimates: F64) -> None:
    """Add the candidates with the highest estimates to the hits of each article.

    ``articles``: positions in ``hits``, ascending. ``rows``: row numbers. ``estimates``: estimated Jaccard. All have
    one element per pair. A row that is a candidate already keeps its higher estimate.
    """
    if articles.size > MOST_CANDIDATES:
        # One integer sort instead of a lexsort of three columns takes a tenth of the time. Floods come through here.
        falling = (65_535 * (1 - np.minimum(estimates, 1))).astype(np.uint64)
        codes = (articles.astype(np.uint64) << np.uint64(40)) | (falling << np.uint64(24))
        order = (np.sort(codes | np.arange(codes.size, dtype=np.uint64)) & np.uint64(0xFFFFFF)).astype(np.int64)
        ranks = np.arange(order.size) - np.searchsorted(articles, articles)
        for article, number in enumerate(np.bincount(articles[order[ranks >= MOST_CANDIDATES]]).tolist()):
            hits[article].trimmed += number
        kept = order[ranks < MOST_CANDIDATES]
        articles, rows, estimates = articles[kept], rows[kept], estimates[kept]
    for article, row, estimate in zip(articles.tolist(), rows.tolist(), estimates.tolist(), strict=True):
        candidates = hits[article].candidates
        if estimate > candidates.get(row, 0.0):
            candidates[row] = estimate
