"""Average link over sparse pairs, without compiled code; ``_numpy.py`` hands it on with the others."""

from __future__ import annotations

import heapq

import numpy as np

from dedupe.arrays import I64

_Neighbours = dict[int, dict[int, int]]


def agglomerate(rows: int, low: I64, high: I64, excess: I64, least: int) -> I64:
    """First member of the group of each row, int64[rows].

    ``low`` < ``high``: distinct pairs; ``excess``: what each weighs, in whole numbers; a pair not listed weighs 0. The
    two groups with the highest mean weight of all pairs across merge first (ties: lowest first members), as long as
    that is ``least`` or more, which is above 0.
    """
    members: dict[int, list[int]] = {row: [row] for row in np.unique(np.concatenate((low, high))).tolist()}
    across: _Neighbours = {row: {} for row in members}
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
    labels = np.arange(rows)
    for first, own in members.items():
        labels[own] = first
    return labels


def _merge(a: int, b: int, members: dict[int, list[int]], across: _Neighbours) -> None:
    """Put group ``b`` into ``a`` (a < b, both named by their first members), adding up what lies across to others."""
    members[a] += members.pop(b)
    gone = across.pop(b)
    del across[a][b], gone[a]
    for other, value in gone.items():
        del across[other][b]
        across[a][other] = across[other][a] = across[a].get(other, 0) + value
