"""Average linkage over sparse pairs, with linked lists and a heap.

Each group has a *chain*, a linked list with one element for every pair of the group with another. Pair i has element
2 × i in the chain of its lower row and element 2 × i + 1 in the chain of its higher row.
"""

from __future__ import annotations

import heapq

import numpy as np

from dedupe.arrays import I64
from dedupe.kernels.compiled.jit import compiled

_NONE = -1
"""The end of a chain."""


@compiled
def _make_chains(rows: int, low: I64, high: I64) -> tuple[I64, I64]:
    """The chain of each row: its first element, int64[rows]; and the element after each element, int64[2 × pairs]."""
    first, following = np.full(rows, _NONE), np.empty(2 * low.size, np.int64)
    for pair in range(low.size - 1, -1, -1):
        following[2 * pair], following[2 * pair + 1] = first[low[pair]], first[high[pair]]
        first[low[pair]], first[high[pair]] = 2 * pair, 2 * pair + 1
    return first, following


@compiled
def _group_of(group: I64, row: int) -> int:
    """The first member of a row's group. ``group``: a forest of rows, whose paths are halved on the way
    (union-find)."""
    while group[row] != row:
        group[row] = group[group[row]]
        row = group[row]
    return row


@compiled
def _join_chains(
    a: int, b: int, group: I64, first: I64, following: I64, others: I64, weights: I64, element_of: I64
) -> None:
    """Join the chains of groups ``a`` and ``b``, which have become group ``a``, to one with an element per other group.

    ``others``: a row of the other group of each element; ``weights``: the summed weight of the pairs of each element.
    ``element_of``: for each group, ``_NONE``; it is changed on the way.
    """
    joined = _NONE
    for chain in (first[a], first[b]):
        element = chain
        while element != _NONE:
            after = following[element]
            other = _group_of(group, others[element])
            if other != a:
                known = element_of[other]
                if known == _NONE:
                    element_of[other], others[element] = element, other
                    following[element] = joined
                    joined = element
                else:
                    weights[known] += weights[element]
            element = after
    first[a] = joined
    while joined != _NONE:
        element_of[others[joined]] = _NONE
        joined = following[joined]


@compiled
def agglomerate(rows: int, low: I64, high: I64, excess: I64, least: int) -> I64:
    """See ``Backend.agglomerate``. Groups that merge join their chains in place, so that memory is needed only for the
    pairs and the heap."""
    group, members, element_of = np.arange(rows), np.ones(rows, np.int64), np.full(rows, _NONE)
    first, following = _make_chains(rows, low, high)
    others, weights = np.empty(2 * low.size, np.int64), np.empty(2 * low.size, np.int64)
    heap = [(0.0, 0, 0, 0)]  # Numba needs an element to know the type
    heap.pop()
    for pair in range(low.size):
        others[2 * pair], others[2 * pair + 1] = high[pair], low[pair]
        weights[2 * pair], weights[2 * pair + 1] = excess[pair], excess[pair]
        if excess[pair] >= least:
            heap.append((-float(excess[pair]), low[pair], high[pair], 2))
    heapq.heapify(heap)
    while len(heap) > 0:
        _, a, b, size = heapq.heappop(heap)
        # A group is known by its first member and only grows, so a heap entry with another size is out of date.
        if group[a] != a or group[b] != b or members[a] + members[b] != size:
            continue
        group[b] = a
        members[a] = size
        _join_chains(a, b, group, first, following, others, weights, element_of)
        element = first[a]
        while element != _NONE:
            other = others[element]
            pairs = size * members[other]
            if weights[element] >= least * pairs:
                mean = -(weights[element] / pairs)
                heapq.heappush(heap, (mean, min(a, other), max(a, other), size + members[other]))
            element = following[element]
    for row in range(rows):
        group[row] = _group_of(group, row)
    return group
