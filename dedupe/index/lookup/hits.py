"""What a look-up found: the rows that share keys with an article, and an estimate of how much they are alike."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dedupe.arrays import F64, I64

MOST_ALIKE = 16
"""Rows of one segment, or of the tail, that are handed on to be compared with one article."""

_PLACE_BITS = np.uint64(20)


@dataclass(slots=True)
class Hits:
    """Rows that share keys with one article: under its id and words, its id, its words, and, with an estimate of their
    Jaccard, those alike enough to be compared. ``trimmed``: as many were left out, less alike than those kept."""

    delivered: list[int] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    worded: list[int] = field(default_factory=list)
    alike: dict[int, float] = field(default_factory=dict)
    trimmed: int = 0

    def of_special(self, number: int) -> list[int]:
        """The list of the first, second or third special key."""
        return (self.delivered, self.named, self.worded)[number]


def count_pairs(owner: I64, places: I64) -> tuple[I64, I64, I64]:
    """Distinct pairs of article and place, and how often each came."""
    codes = (owner.astype(np.uint64) << _PLACE_BITS) | places.astype(np.uint64)
    distinct, counts = np.unique(codes, return_counts=True)
    place = distinct & ((np.uint64(1) << _PLACE_BITS) - np.uint64(1))
    return (distinct >> _PLACE_BITS).astype(np.int64), place.astype(np.int64), counts.astype(np.int64)


def add_most_alike(hits: list[Hits], articles: I64, rows: I64, estimates: F64) -> None:
    """Add the rows most alike to each article; ``articles`` ascend."""
    if articles.size > MOST_ALIKE:
        # One integer sort instead of a lexsort of three columns: a tenth of the time, and floods come through here.
        falling = (65_535 * (1 - np.minimum(estimates, 1))).astype(np.uint64)
        codes = (articles.astype(np.uint64) << np.uint64(40)) | (falling << np.uint64(24))
        order = (np.sort(codes | np.arange(codes.size, dtype=np.uint64)) & np.uint64(0xFFFFFF)).astype(np.int64)
        ranks = np.arange(order.size) - np.searchsorted(articles, articles)
        for article, number in enumerate(np.bincount(articles[order[ranks >= MOST_ALIKE]]).tolist()):
            hits[article].trimmed += number
        kept = order[ranks < MOST_ALIKE]
        articles, rows, estimates = articles[kept], rows[kept], estimates[kept]
    for article, row, estimate in zip(articles.tolist(), rows.tolist(), estimates.tolist(), strict=True):
        alike = hits[article].alike
        if estimate > alike.get(row, 0.0):
            alike[row] = estimate
