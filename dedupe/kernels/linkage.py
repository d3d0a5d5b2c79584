"""Average linkage: groups of rows from weighted pairs, some of which are not listed.

Two groups merge while the mean weight of *all* pairs across is high enough (UPGMA; Sokal & Michener 1958). Pairs that
are not listed count with a low weight, so a chain of single good pairs does not pull two groups together. Weights are
summed as whole numbers, so the order of the pairs cannot change the result. Copy groups are made this way.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dedupe.arrays import I64
from dedupe.kernels import DEFAULT
from dedupe.kernels.contract import Backend
from dedupe.kernels.ragged import distinct

_UNIT = 1 << 24
"""Weights are rounded to multiples of 1 / _UNIT and summed as integers, which is exact and independent of the order."""


def average_link(
    rows: int,
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    weight: npt.ArrayLike,
    threshold: float,
    missing: float,
    backend: Backend = DEFAULT,
) -> I64:
    """Group rows: the group of each row, int64[rows], numbered from 0 in the order of their first members.

    ``left``, ``right``: row numbers of the listed pairs, in any order; each pair may be listed once, in either
    direction. ``weight``: one number per pair. The two groups with the highest mean weight merge first (ties: the
    lowest first members), as long as that mean is at least ``threshold``. ``missing``: the weight of every pair that is
    not listed; it must be below ``threshold``.

    A row in no pair is a group by itself; no rows have no groups. Raises ValueError if ``missing`` is not below
    ``threshold``, if a pair is listed twice, or if a pair does not join two different rows below ``rows``.

    >>> average_link(4, [0, 1, 2], [1, 2, 3], [1, 1, 1], threshold=0.5, missing=0).tolist()
    [0, 0, 1, 1]
    """
    if not missing < threshold:
        raise ValueError(f"missing ({missing}) must be below threshold ({threshold})")
    low, high, excess = _prepare(rows, left, right, weight, missing)
    least = round((threshold - missing) * _UNIT)
    component = components(rows, low[excess >= least], high[excess >= least])
    # All pairs across two components are below the threshold, so their mean is too, and they cannot matter.
    is_inside = component[low] == component[high]
    low, high, excess = low[is_inside], high[is_inside], excess[is_inside]
    # A component whose pairs are all listed and good enough is one group. Only the others have to be grouped.
    sizes, listed = np.bincount(component, minlength=rows), np.bincount(component[low], minlength=rows)
    good = np.bincount(component[low[excess >= least]], minlength=rows)
    is_open = ((good < listed) | (2 * listed < sizes * (sizes - 1)))[component[low]]
    low, high, excess = low[is_open], high[is_open], excess[is_open]
    groups = backend.agglomerate(rows, low, high, excess, least)
    labels = component.copy()
    labels[low], labels[high] = groups[low], groups[high]
    return _number_by_first_member(labels)


def components(rows: int, left: I64, right: I64) -> I64:
    """Connected components: the lowest row that each row is connected to, int64[rows]."""
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
    """The pairs with the lower row first, and how far each weight is above ``missing``, in units of 1 / _UNIT."""
    a, b = np.asarray(left, np.int64), np.asarray(right, np.int64)
    low, high = np.minimum(a, b), np.maximum(a, b)
    if low.size and (low.min() < 0 or high.max() >= rows or (low == high).any()):
        raise ValueError(f"pairs must join two different rows of 0 … {rows - 1}")
    if distinct(low * rows + high).size != low.size:
        raise ValueError("a pair is listed twice")
    excess = np.rint((np.asarray(weight, np.float64) - missing) * _UNIT).astype(np.int64)
    return low, high, excess


def _number_by_first_member(labels: I64) -> I64:
    """Renumber groups as 0, 1, … in the order in which their first members appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    numbers: I64 = rank[inverse]
    return numbers
