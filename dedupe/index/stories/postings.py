"""Which stored articles have a term among their top terms, and which of them are most like a new article.

The postings are in memory and derived from the story entries. Sorted arrays hold most of them, and a dictionary holds
those that were added since the arrays were last built.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np

from dedupe.arrays import F32, F64, I64, U32
from dedupe.index.stories.term_vectors import TopTerms

LEAST_LIMIT, LIMIT_SHARE, MOST_LIMIT = 400, 0.1, 4_000
"""A term is looked up only if at most a tenth of the articles have it among their top terms; this limit is at least 400
and at most 4,000 articles. A more frequent term hardly distinguishes articles, and with the limit a look-up costs the
same however many articles there are."""

_REBUILD_FROM, _REBUILD_SHARE = 2_048, 0.125
"""The arrays are built again after this many new articles, or this share of the articles in the arrays if that is
more."""


class Postings:
    """The articles that have each term among their top terms. Articles are added in ascending row order."""

    def __init__(self) -> None:
        self._terms: U32 = np.zeros(0, np.uint32)
        self._rows: I64 = np.zeros(0, np.int64)
        self._weights: F32 = np.zeros(0, np.float32)
        self._articles_in_arrays = 0
        self._new: dict[int, tuple[array[int], array[float]]] = {}
        self._added: list[tuple[int, TopTerms]] = []

    def add(self, row: int, top_terms: TopTerms) -> None:
        """Add one article. ``remove_from`` takes it back as long as it has not been moved into the arrays."""
        for term, weight in zip(top_terms.terms.tolist(), top_terms.weights.tolist(), strict=True):
            rows, weights = self._new.setdefault(term, (array("q"), array("f")))
            rows.append(row)
            weights.append(weight)
        self._added.append((row, top_terms))

    def remove_from(self, row: int) -> None:
        """Take back the added articles from ``row`` on, unless they have been moved into the arrays."""
        while self._added and self._added[-1][0] >= row:
            _, top_terms = self._added.pop()
            for term in top_terms.terms.tolist():
                for column in self._new[term]:
                    column.pop()

    def add_stored(self, entries: list[tuple[int, TopTerms]], floor: int) -> None:
        """Add many articles that are stored already, as after opening an index. Rows below ``floor`` may be dropped."""
        if len(entries) >= _REBUILD_FROM:
            self._rebuild_arrays(self._added + entries, floor)
        else:
            for row, top_terms in entries:
                self.add(row, top_terms)

    def commit(self, floor: int) -> None:
        """Mark all added articles as stored.

        If they have become many, they are moved into the arrays, and rows below ``floor`` are dropped.
        """
        if len(self._added) >= max(_REBUILD_FROM, _REBUILD_SHARE * self._articles_in_arrays):
            self._rebuild_arrays(self._added, floor)

    def _rebuild_arrays(self, added: list[tuple[int, TopTerms]], floor: int) -> None:
        kept = self._rows >= floor
        new = [(row, top_terms) for row, top_terms in added if row >= floor]
        rows = np.repeat(np.array([row for row, _ in new], np.int64), [top_terms.terms.size for _, top_terms in new])
        terms = np.concatenate((self._terms[kept], *(top_terms.terms for _, top_terms in new)))
        order = np.argsort(terms, kind="stable")
        self._terms = terms[order]
        self._rows = np.concatenate((self._rows[kept], rows))[order]
        self._weights = np.concatenate((self._weights[kept], *(top_terms.weights for _, top_terms in new)))[order]
        self._articles_in_arrays = int(np.unique(self._rows).size)
        self._new, self._added = {}, []

    def document_counts(self, terms: U32, floor: int) -> I64:
        """Count the articles from row ``floor`` on that have each term among their top terms, int64[terms]."""
        counts = np.zeros(terms.size, np.int64)
        for position, rows, _ in self._postings_of(terms):
            # The rows of a term ascend.
            counts[position] += rows.size - int(np.searchsorted(rows, floor))
        return counts

    def nearest(self, top_terms: TopTerms, counts: I64, floor: int, articles: int, most: int) -> I64:
        """Return the ``most`` articles from row ``floor`` on most similar to one, as ascending row numbers.

        Similarity is the sum of the products of the weights of shared terms; of two equally similar articles the older
        one is taken. There are fewer than ``most`` rows if fewer articles share a term. ``counts``: ``document_counts``
        of the terms. ``articles``: number of articles from ``floor`` on.
        """
        usable = counts <= min(max(LEAST_LIMIT, LIMIT_SHARE * articles), MOST_LIMIT)
        lists: list[tuple[I64, F64]] = []
        weight = top_terms.weights[usable].astype(np.float64)
        for position, rows, weights in self._postings_of(top_terms.terms[usable]):
            first = int(np.searchsorted(rows, floor))
            lists.append((rows[first:], weights[first:].astype(np.float64) * weight[position]))
        if not lists:
            return np.zeros(0, np.int64)
        rows, inverse = np.unique(np.concatenate([rows for rows, _ in lists]), return_inverse=True)
        scores = np.bincount(inverse, np.concatenate([product for _, product in lists]))
        best = np.lexsort((rows, -scores))[:most]
        return np.sort(rows[best])

    def _postings_of(self, terms: U32) -> Iterator[tuple[int, I64, F32]]:
        """Yield the rows and weights of each term, from the arrays and from the dictionary, with the term's
        position."""
        starts = np.searchsorted(self._terms, terms, "left").tolist()
        ends = np.searchsorted(self._terms, terms, "right").tolist()
        for position, (term, start, end) in enumerate(zip(terms.tolist(), starts, ends, strict=True)):
            if end > start:
                yield position, self._rows[start:end], self._weights[start:end]
            if term in self._new:
                rows, weights = self._new[term]
                if rows:
                    yield position, np.array(rows, np.int64), np.array(weights, np.float32)
