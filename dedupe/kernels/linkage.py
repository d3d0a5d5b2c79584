"""average_link → groups from weighted pairs: two groups merge while the mean weight of *all* pairs across is enough.

Sokal & Michener 1958 (UPGMA), for sparse pairs: pairs nobody listed count as ``missing``, so a chain of single good
pairs does not pull two groups together. Sums are whole numbers, so no order of the pairs can change a result.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dedupe.arrays import I64
from dedupe.kernels import reference
from dedupe.kernels.contract import Backend
from dedupe.kernels.ragged import distinct

_UNIT = 1 << 24
"""Weights are rounded to 1 / _UNIT and summed as integers: exact, so independent of order."""


def average_link(
    rows: int,
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    weight: npt.ArrayLike,
    threshold: float,
    missing: float,
    backend: Backend = reference,
) -> I64:
    """Group of each row, int64[rows], numbered from 0 in the order of first members.

    ``left``, ``right``: row numbers of distinct pairs, in any order; ``weight``: one float a pair. The two groups with
    the highest mean weight merge first (ties: lowest first members), as long as that is at least ``threshold``.
    ``missing`` is the weight of every pair not listed and must lie below ``threshold``.

    >>> average_link(4, [0, 1, 2], [1, 2, 3], [1, 1, 1], threshold=0.5, missing=0).tolist()
    [0, 0, 1, 1]
    """
    if not missing < threshold:
        raise ValueError(f"missing ({missing}) must be below threshold ({threshold})")
    low, high, excess = _prepare(rows, left, right, weight, missing)
    least = round((threshold - missing) * _UNIT)
    component = components(rows, low[excess >= least], high[excess >= least])
    # A pair across components is below the threshold, as are all others across them: it can never matter.
    inside = component[low] == component[high]
    low, high, excess = low[inside], high[inside], excess[inside]
    # Of a component in which every pair is listed and good enough, there is nothing to find out.
    sizes, listed = np.bincount(component, minlength=rows), np.bincount(component[low], minlength=rows)
    good = np.bincount(component[low[excess >= least]], minlength=rows)
    open_ = ((good < listed) | (2 * listed < sizes * (sizes - 1)))[component[low]]
    low, high, excess = low[open_], high[open_], excess[open_]
    groups = backend.agglomerate(rows, low, high, excess, least)
    found = component.copy()
    found[low], found[high] = groups[low], groups[high]
    return _first_member_order(found)


def components(rows: int, left: I64, right: I64) -> I64:
    """Lowest row each row is connected to, int64[rows]."""
    label = np.arange(rows, dtype=np.int64)
    while True:
        lowest = label.copy()
        np.minimum.at(lowest, left, label[right])
        np.minimum.at(lowest, right, label[left])
        lowest = lowest[lowest]
        if np.array_equal(lowest, label):
            return label
        label = lowest


def _prepare(
    rows: int, left: npt.ArrayLike, right: npt.ArrayLike, weight: npt.ArrayLike, missing: float
) -> tuple[I64, I64, I64]:
    """Pairs with low < high, and how far each weight lies above ``missing``, in units."""
    a, b = np.asarray(left, np.int64), np.asarray(right, np.int64)
    low, high = np.minimum(a, b), np.maximum(a, b)
    if low.size and (low.min() < 0 or high.max() >= rows or (low == high).any()):
        raise ValueError(f"pairs must join two different rows of 0 … {rows - 1}")
    if distinct(low * rows + high).size != low.size:
        raise ValueError("a pair is listed twice")
    excess = np.rint((np.asarray(weight, np.float64) - missing) * _UNIT).astype(np.int64)
    return low, high, excess


def _first_member_order(labels: I64) -> I64:
    """Renumber groups 0, 1, … in the order in which their first members appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    numbers: I64 = rank[inverse]
    return numbers
