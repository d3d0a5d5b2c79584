"""Helpers for ragged arrays and runs of equal values."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from dedupe.arrays import I64, U64

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
