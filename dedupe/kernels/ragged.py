"""Helpers for ragged arrays and runs of equal values."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from dedupe.arrays import I64, U64

AnyArray = npt.NDArray[Any]
Whole = TypeVar("Whole", I64, U64)


def ragged_offsets(sizes: I64) -> I64:
    """Where rows of these sizes begin, and the end: int64[rows + 1]."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))


def ranges(first: I64, count: I64) -> I64:
    """``first[0], first[0] + 1, …`` for ``count[0]`` numbers, then the same for the next, as one array."""
    ends = np.cumsum(count)
    numbers: I64 = np.arange(ends[-1] if ends.size else 0) + np.repeat(first - (ends - count), count)
    return numbers


def distinct(values: Whole) -> Whole:
    """Distinct values, ascending; several times as fast as ``np.unique``."""
    ordered = np.sort(values)
    kept: Whole = ordered[np.concatenate((np.ones(ordered[:1].size, np.bool_), ordered[1:] != ordered[:-1]))]
    return kept


def run_starts(*columns: AnyArray) -> I64:
    """Where runs of equal rows begin in columns of one length, int64[runs]; the first at 0, none in empty columns.

    >>> run_starts(np.array([3, 3, 5, 5, 5, 3])).tolist()
    [0, 2, 5]
    """
    begins = np.ones(columns[0].size, np.bool_)
    if begins.size:
        begins[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.flatnonzero(begins)


def rank_within(groups: I64, order: I64) -> I64:
    """Place of each element within its group, from 0, int64[elements].

    ``order`` lists the elements group by group, and within a group in the order to rank by, as ``np.lexsort`` gives
    it with the groups as its last key.

    >>> rank_within(np.array([7, 2, 7, 7]), np.array([1, 3, 0, 2])).tolist()
    [1, 0, 2, 0]
    """
    starts = run_starts(groups[order])
    ranks = np.empty(order.size, np.int64)
    ranks[order] = np.arange(order.size) - np.repeat(starts, np.diff(starts, append=order.size))
    return ranks
