"""Average linkage over sparse pairs, with dictionaries and a heap."""

from __future__ import annotations

import heapq

import numpy as np

from dedupe.arrays import I64

_Weights = dict[int, dict[int, int]]
"""For each group, the summed weight of all pairs across to each other group."""


def agglomerate(rows: int, low: I64, high: I64, excess: I64, least: int) -> I64:
    """See ``Backend.agglomerate``. A heap holds the pairs of groups that may merge, the highest mean weight first."""
    members: dict[int, list[int]] = {row: [row] for row in np.unique(np.concatenate((low, high))).tolist()}
    across: _Weights = {row: {} for row in members}
    heap: list[tuple[float, int, int, int, int]] = []
    for a, b, value in zip(low.tolist(), high.tolist(), excess.tolist(), strict=True):
        across[a][b] = across[b][a] = value
        if value >= least:
            heap.append((-value, a, b, 1, 1))
    heapq.heapify(heap)
    while heap:
        _, a, b, size_a, size_b = heapq.heappop(heap)
        # A group is known by its first member and only grows, so an entry with other sizes is out of date.
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


def _merge(a: int, b: int, members: dict[int, list[int]], across: _Weights) -> None:
    """Merge group ``b`` into group ``a`` (a < b, both known by their first members), and add up their weights."""
    members[a] += members.pop(b)
    weights_of_b = across.pop(b)
    del across[a][b], weights_of_b[a]
    for other, value in weights_of_b.items():
        del across[other][b]
        across[a][other] = across[other][a] = across[a].get(other, 0) + value
