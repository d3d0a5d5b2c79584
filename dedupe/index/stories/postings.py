"""Which articles have a telling term, and the articles most like a new one by such terms. In memory, from the rows.

Sorted arrays hold what was known when they were last put together, a dictionary what came since.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np

from dedupe.arrays import F32, F64, I64, U32
from dedupe.index.stories.term_vectors import TopTerms

LEAST_HOLDERS, HOLDERS_SHARE, MOST_HOLDERS = 400, 0.1, 4_000
"""A term is looked up where at most so many articles have it: a tenth of them, within these bounds. What more articles
than that have does not tell them apart, and a look-up costs the same however many articles there are."""

_PUT_TOGETHER_FROM, _PUT_TOGETHER_SHARE = 2_048, 0.125
"""New articles after which the arrays are made anew, at least, and as a share of those in the arrays."""


class Postings:
    """Rows under terms, added in ascending order."""

    def __init__(self) -> None:
        self._terms: U32 = np.zeros(0, np.uint32)
        self._rows: I64 = np.zeros(0, np.int64)
        self._weights: F32 = np.zeros(0, np.float32)
        self._in_arrays = 0
        self._new: dict[int, tuple[array[int], array[float]]] = {}
        self._added: list[tuple[int, TopTerms]] = []

    def add(self, row: int, top_terms: TopTerms) -> None:
        """File one more article; ``cut`` takes it back."""
        for term, weight in zip(top_terms.terms.tolist(), top_terms.weights.tolist(), strict=True):
            rows, weights = self._new.setdefault(term, (array("q"), array("f")))
            rows.append(row)
            weights.append(weight)
        self._added.append((row, top_terms))

    def cut(self, end: int) -> None:
        """Take back the rows from ``end`` on, which have not been settled."""
        while self._added and self._added[-1][0] >= end:
            _, top_terms = self._added.pop()
            for term in top_terms.terms.tolist():
                for column in self._new[term]:
                    column.pop()

    def add_stored(self, found: list[tuple[int, TopTerms]], floor: int) -> None:
        """File many articles that are stored already, as when an index is opened; rows below ``floor`` may go."""
        if len(found) >= _PUT_TOGETHER_FROM:
            self._put_together(self._added + found, floor)
        else:
            for row, top_terms in found:
                self.add(row, top_terms)

    def settle(self, floor: int) -> None:
        """Put the new rows into the arrays where they have become many, and forget rows below ``floor``."""
        if len(self._added) >= max(_PUT_TOGETHER_FROM, _PUT_TOGETHER_SHARE * self._in_arrays):
            self._put_together(self._added, floor)

    def _put_together(self, added: list[tuple[int, TopTerms]], floor: int) -> None:
        kept = self._rows >= floor
        new = [(row, top_terms) for row, top_terms in added if row >= floor]
        rows = np.repeat(np.array([row for row, _ in new], np.int64), [top_terms.terms.size for _, top_terms in new])
        found = np.concatenate((self._terms[kept], *(top_terms.terms for _, top_terms in new)))
        order = np.argsort(found, kind="stable")
        self._terms = found[order]
        self._rows = np.concatenate((self._rows[kept], rows))[order]
        self._weights = np.concatenate((self._weights[kept], *(top_terms.weights for _, top_terms in new)))[order]
        self._in_arrays = int(np.unique(self._rows).size)
        self._new, self._added = {}, []

    def holders(self, terms: U32, floor: int) -> I64:
        """How many articles from row ``floor`` on have each term as a telling one, int64[terms]."""
        counts = np.zeros(terms.size, np.int64)
        for place, rows, _ in self._under(terms):
            # Rows ascend under a term.
            counts[place] += rows.size - int(np.searchsorted(rows, floor))
        return counts

    def nearest(self, top_terms: TopTerms, held: I64, floor: int, articles: int, most: int) -> I64:
        """The ``most`` articles from row ``floor`` on most like one, ascending; fewer where fewer share a term.

        ``held``: its terms' ``holders``; ``articles``: how many there are from ``floor`` on.
        """
        usable = held <= min(max(LEAST_HOLDERS, HOLDERS_SHARE * articles), MOST_HOLDERS)
        lists: list[tuple[I64, F64]] = []
        weight = top_terms.weights[usable].astype(np.float64)
        for place, rows, weights in self._under(top_terms.terms[usable]):
            first = int(np.searchsorted(rows, floor))
            lists.append((rows[first:], weights[first:].astype(np.float64) * weight[place]))
        if not lists:
            return np.zeros(0, np.int64)
        rows, inverse = np.unique(np.concatenate([rows for rows, _ in lists]), return_inverse=True)
        scores = np.bincount(inverse, np.concatenate([product for _, product in lists]))
        best = np.lexsort((rows, -scores))[:most]
        return np.sort(rows[best])

    def _under(self, terms: U32) -> Iterator[tuple[int, I64, F32]]:
        """The rows and weights under each term, in the arrays and among the new, with the term's place."""
        starts = np.searchsorted(self._terms, terms, "left").tolist()
        ends = np.searchsorted(self._terms, terms, "right").tolist()
        for place, (term, start, end) in enumerate(zip(terms.tolist(), starts, ends, strict=True)):
            if end > start:
                yield place, self._rows[start:end], self._weights[start:end]
            if term in self._new:
                rows, weights = self._new[term]
                if rows:
                    yield place, np.array(rows, np.int64), np.array(weights, np.float32)
