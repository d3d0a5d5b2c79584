"""average_link → groups from weighted pairs: two groups merge while the mean weight of *all* pairs across is enough.

Sokal & Michener 1958 (UPGMA), for sparse pairs: pairs nobody listed count as ``missing``, so a chain of single good
pairs does not pull two groups together. Sums are whole numbers, so no order of the pairs can change a result.
"""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Neighbours = dict[int, dict[int, int]]

_UNIT = 1 << 24
"""Weights are rounded to 1 / _UNIT and summed as integers: exact, so independent of order."""


def average_link(
    rows: int, left: npt.ArrayLike, right: npt.ArrayLike, weight: npt.ArrayLike, threshold: float, missing: float
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
    order = np.argsort(component[low], kind="stable")
    low, high, excess = low[order], high[order], excess[order]
    labels = component.copy()
    starts = np.flatnonzero(np.diff(component[low], prepend=-1))
    sizes = np.bincount(component, minlength=rows)
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), low.size], strict=False):
        size = int(sizes[component[low[start]]])
        complete = stop - start == size * (size - 1) // 2
        if not (complete and excess[start:stop].min() >= least):
            _split(low[start:stop], high[start:stop], excess[start:stop], least, labels)
    return _first_member_order(labels)


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
    if np.unique(low * rows + high).size != low.size:
        raise ValueError("a pair is listed twice")
    excess = np.rint((np.asarray(weight, np.float64) - missing) * _UNIT).astype(np.int64)
    return low, high, excess


def _split(low: I64, high: I64, excess: I64, least: int, labels: I64) -> None:
    """Agglomerate one component and write the first member of each group into ``labels``."""
    members: dict[int, list[int]] = {row: [row] for row in np.unique(np.concatenate((low, high))).tolist()}
    across: Neighbours = {row: {} for row in members}
    heap: list[tuple[float, int, int, int, int]] = []
    for a, b, value in zip(low.tolist(), high.tolist(), excess.tolist(), strict=True):
        across[a][b] = across[b][a] = value
        if value >= least:
            heap.append((-value, a, b, 1, 1))
    heapq.heapify(heap)
    while heap:
        _, a, b, size_a, size_b = heapq.heappop(heap)
        # A group is named by its first member and only grows: another size means the entry is out of date.
        if a in members and b in members and (len(members[a]), len(members[b])) == (size_a, size_b):
            _merge(a, b, members, across)
            for other, value in across[a].items():
                pairs = len(members[a]) * len(members[other])
                if value >= least * pairs:
                    first, second = min(a, other), max(a, other)
                    entry = (-value / pairs, first, second, len(members[first]), len(members[second]))
                    heapq.heappush(heap, entry)
    for first, rows in members.items():
        labels[rows] = first


def _merge(a: int, b: int, members: dict[int, list[int]], across: Neighbours) -> None:
    """Put group ``b`` into ``a`` (a < b, both named by their first members), adding up what lies across to others."""
    members[a] += members.pop(b)
    gone = across.pop(b)
    del across[a][b], gone[a]
    for other, value in gone.items():
        del across[other][b]
        across[a][other] = across[other][a] = across[a].get(other, 0) + value


def _first_member_order(labels: I64) -> I64:
    """Renumber groups 0, 1, … in the order in which their first members appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    numbers: I64 = rank[inverse]
    return numbers
