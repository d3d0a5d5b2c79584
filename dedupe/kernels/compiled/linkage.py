"""Compiled average link over sparse pairs; ``_numba.py`` hands it on with the others."""

from __future__ import annotations

import heapq

import numpy as np

from dedupe.arrays import I64
from dedupe.kernels.compiled.llvm import compiled

_NONE = -1


@compiled
def _listed(rows: int, low: I64, high: I64) -> tuple[I64, I64]:
    """A chain of entries for each row, 2 × pair for its other row being the higher, and 1 more for the lower: the first
    of each, int64[rows], and the next of each, int64[2 × pairs]."""
    first, following = np.full(rows, _NONE), np.empty(2 * low.size, np.int64)
    for pair in range(low.size - 1, -1, -1):
        following[2 * pair], following[2 * pair + 1] = first[low[pair]], first[high[pair]]
        first[low[pair]], first[high[pair]] = 2 * pair, 2 * pair + 1
    return first, following


@compiled
def _group_of(group: I64, row: int) -> int:
    """The group of a row, by its first member; the way there is halved."""
    while group[row] != row:
        group[row] = group[group[row]]
        row = group[row]
    return row


@compiled
def _join_chains(
    a: int, b: int, group: I64, first: I64, following: I64, others: I64, weights: I64, entry_of: I64
) -> None:
    """Make one chain of those of two groups that became ``a``, with one entry for each other group."""
    kept = _NONE
    for chain in (first[a], first[b]):
        entry = chain
        while entry != _NONE:
            after = following[entry]
            other = _group_of(group, others[entry])
            if other != a:
                known = entry_of[other]
                if known == _NONE:
                    entry_of[other], others[entry] = entry, other
                    following[entry] = kept
                    kept = entry
                else:
                    weights[known] += weights[entry]
            entry = after
    first[a] = kept
    while kept != _NONE:
        entry_of[others[kept]] = _NONE
        kept = following[kept]


@compiled
def agglomerate(rows: int, low: I64, high: I64, excess: I64, least: int) -> I64:
    """int64[rows]; see ``_numpy_linkage.agglomerate``. The chains of two groups become one, entry by entry, so no room
    is needed beyond the pairs and what waits to be merged."""
    group, members, entry_of = np.arange(rows), np.ones(rows, np.int64), np.full(rows, _NONE)
    first, following = _listed(rows, low, high)
    others, weights = np.empty(2 * low.size, np.int64), np.empty(2 * low.size, np.int64)
    waiting = [(0.0, 0, 0, 0)]
    waiting.pop()
    for pair in range(low.size):
        others[2 * pair], others[2 * pair + 1] = high[pair], low[pair]
        weights[2 * pair], weights[2 * pair + 1] = excess[pair], excess[pair]
        if excess[pair] >= least:
            waiting.append((-float(excess[pair]), low[pair], high[pair], 2))
    heapq.heapify(waiting)
    while len(waiting) > 0:
        _, a, b, texts = heapq.heappop(waiting)
        # A group is named by its first member and only grows: another size means the entry is out of date.
        if group[a] != a or group[b] != b or members[a] + members[b] != texts:
            continue
        group[b] = a
        members[a] = texts
        _join_chains(a, b, group, first, following, others, weights, entry_of)
        entry = first[a]
        while entry != _NONE:
            other = others[entry]
            pairs = texts * members[other]
            if weights[entry] >= least * pairs:
                mean = -(weights[entry] / pairs)
                heapq.heappush(waiting, (mean, min(a, other), max(a, other), texts + members[other]))
            entry = following[entry]
    for row in range(rows):
        group[row] = _group_of(group, row)
    return group
