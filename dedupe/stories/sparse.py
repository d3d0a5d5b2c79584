"""Sparse arithmetic of the story stage: per-list sums and norms, and sums over the keys that two lists share.

A collection's terms are lists of keys, one list per article, with one weight per entry (CSR). The features of article
pairs are sums over the terms that two articles share; this module splits them into slices for the backend's threads.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I32, I64, U32, Bools
from dedupe.kernels import SERIAL, Compute
from dedupe.kernels.ragged import ragged_offsets
from dedupe.parallel import in_threads
from dedupe.text.terms import Terms

Columns = dict[str, F64]
"""Named columns of one length, usually one value per article pair."""

MOST_COUNTS = 8
"""At most this many threads count holders at once, because each needs an int32 per entry."""


_LISTS_AT_ONCE = 1024
"""Lists whose weights are squared at once. It changes no result."""


def sum_per_list(starts: I64, values: F64 | Bools) -> F64:
    """Sum of the entries of each list, added in order: float64[lists]."""
    sizes = np.diff(starts)
    return np.asarray(np.bincount(np.repeat(np.arange(sizes.size), sizes), values, minlength=sizes.size), np.float64)


def list_norms(starts: I64, weight: F64) -> F64:
    """Euclidean norm of each list's weights, at least 1e-12: float64[lists]."""
    squares = np.empty(starts.size - 1)
    for first in range(0, squares.size, _LISTS_AT_ONCE):
        some = starts[first : first + _LISTS_AT_ONCE + 1]
        squares[first : first + _LISTS_AT_ONCE] = sum_per_list(some - some[0], weight[some[0] : some[-1]] ** 2)
    length: F64 = np.maximum(np.sqrt(squares), 1e-12)
    return length


def best_per_row(values: F64, left: I64, right: I64, rows: int) -> F64:
    """The highest value among the pairs of each row, at least 0, and 0 for a row without pairs: float64[rows]."""
    best = np.zeros(rows)
    np.maximum.at(best, left, values)
    np.maximum.at(best, right, values)
    return best


def even_slices(size: int, threads: int, slices_a_thread: int = 8) -> Iterator[tuple[int, int]]:
    """Yield (begin, end) of slices of equal length that cover ``size`` elements.

    Several slices per thread keep all threads busy until the end. No result depends on their number.
    """
    count = 1 if threads == 1 else threads * slices_a_thread
    return itertools.pairwise(np.linspace(0, size, count + 1).astype(np.int64).tolist())


@dataclass(frozen=True, slots=True)
class KeyLists:
    """Lists of distinct ascending keys in CSR form: the keys of list i are ``keys[starts[i]:starts[i + 1]]``."""

    starts: I64
    keys: U32

    @classmethod
    def of_terms(cls, terms: Terms) -> KeyLists:
        """The terms of each article."""
        return cls(terms.starts, terms.term)

    def only(self, entries: I64) -> KeyLists:
        """The same lists with only these entries. ``entries``: ascending entry numbers, int64."""
        return KeyLists(np.searchsorted(entries, self.starts), self.keys[entries])


def sum_over_shared(
    lists: KeyLists, weights: Mapping[str, F64], left: I64, right: I64, compute: Compute = SERIAL
) -> Columns:
    """For each named weight, sum over the keys that two lists share: float64[pairs] each.

    A summand is left weight × right weight. ``weights``: float64[entries] each. ``left``, ``right``: list numbers of
    the pairs, sorted by ``left``.
    """
    together = np.column_stack(list(weights.values())) if len(weights) > 1 else next(iter(weights.values()))[:, None]
    return dict(zip(weights, sums_over_shared(lists, together, left, right, compute), strict=True))


def sums_over_shared(lists: KeyLists, weights: F64, left: I64, right: I64, compute: Compute = SERIAL) -> F64:
    """Do the same for weights that stand together, float64[entries, kinds]. Returns float64[kinds, pairs]."""

    def sums(some: tuple[int, int]) -> F64:
        pairs = slice(*some)
        found: F64 = compute.backend.shared_sums(lists.starts, lists.keys, left[pairs], right[pairs], weights)
        return found

    slices = in_threads(sums, even_slices(left.size, compute.threads), compute.threads)
    together: F64 = np.concatenate(list(slices), axis=1)
    return together


def count_sharing(
    lists: KeyLists,
    left: I64,
    right: I64,
    of_left: Bools,
    of_right: Bools,
    compute: Compute = SERIAL,
) -> I32:
    """For each entry, count the lists that its own list is paired with and that hold the same key: int32[entries].

    Pair i counts for the entries of its left list where ``of_left[i]``, and for those of its right list where
    ``of_right[i]``.
    """

    def holders(some: tuple[int, int]) -> I32:
        pairs = slice(*some)
        found: I32 = compute.backend.count_shared(
            lists.starts, lists.keys, left[pairs], right[pairs], of_left[pairs], of_right[pairs]
        )
        return found

    total = np.zeros(lists.keys.size, np.int32)
    # One slice per thread: each slice allocates a counter for every entry.
    for counts in in_threads(holders, even_slices(left.size, min(compute.threads, MOST_COUNTS), 1), compute.threads):
        total += counts
    return total


def symmetric_lists(left: I64, right: I64, rows: int) -> tuple[KeyLists, I64]:
    """Turn pairs into lists of each row's partners, and give the pair that each entry comes from, int64[entries]."""
    row, other = np.concatenate((left, right)), np.concatenate((right, left))
    order = np.argsort(row * rows + other)
    starts = ragged_offsets(np.bincount(row, minlength=rows))
    return KeyLists(starts, other[order].astype(np.uint32)), np.tile(np.arange(left.size), 2)[order]
