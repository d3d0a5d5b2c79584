"""Groups that are joined by a linear model of what they have in common, with linked lists and a heap.

Each group has a *chain*, a linked list with one element for every other group it has something in common with. Link i
has element 2 × i in the chain of its left group and element 2 × i + 1 in the chain of its right group.
"""

from __future__ import annotations

import heapq
import math

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels.compiled.jit import compiled
from dedupe.kernels.records import GROUP_FEATURES, LEAST_OUTWARD, Joined

_NONE = -1
"""The end of a chain."""


@compiled
def _measure(
    link: int,
    ends: I64,
    values: F64,
    shares: F64,
    size: I64,
    inside: F64,
    kept: F64,
    dates: F64,
    means: int,
    far_days: float,
    found: F64,
) -> float:
    """Write the features of a link to ``found``, and return the days from the first article of both groups to the last.

    ``dates``: of each group, the number of its dated articles, the sum of their days, the first and the last day.
    """
    a, b = ends[link, 0], ends[link, 1]
    pairs = float(size[a]) * float(size[b])
    for kind in range(means):
        found[kind] = values[link, kind] / pairs
    at = means
    for kind in range(means, values.shape[1]):
        own = inside[a, kind - means] / (float(size[a]) * float(size[a]))
        their = inside[b, kind - means] / (float(size[b]) * float(size[b]))
        found[at] = values[link, kind] / pairs / math.sqrt(own * their)
        at += 1
    to_b = shares[link, 0] / max(size[a] - kept[a], LEAST_OUTWARD * size[a])
    to_a = shares[link, 1] / max(size[b] - kept[b], LEAST_OUTWARD * size[b])
    found[at] = max(to_b, to_a)
    found[at + 1] = math.log(float(min(size[a], size[b])))
    found[at + 2] = math.log(float(max(size[a], size[b])))
    found[at + 3] = 0.0
    found[at + 4] = 0.0
    if dates[a, 0] == 0 or dates[b, 0] == 0:
        return 0.0
    span = max(dates[a, 3], dates[b, 3]) - min(dates[a, 2], dates[b, 2])
    found[at + 3] = math.log1p(min(far_days, abs(dates[a, 1] / dates[a, 0] - dates[b, 1] / dates[b, 0])))
    found[at + 4] = math.log1p(min(far_days, span))
    return float(span)


@compiled
def _score(found: F64, weights: F64, intercept: float) -> float:
    total = intercept
    for kind in range(found.size):
        total += weights[kind] * found[kind]
    return total


@compiled
def _join_chains(
    a: int, b: int, ends: I64, values: F64, shares: F64, first: I64, following: I64, alive: Bools, link_of: I64
) -> None:
    """Join the chains of groups ``a`` and ``b``, which have become group ``a``, to one with an element per other group.

    ``link_of``: for each group, ``_NONE``; it is changed on the way.
    """
    joined = _NONE
    for chain in (first[a], first[b]):
        element = chain
        while element != _NONE:
            after, link, side = following[element], element // 2, element % 2
            other = ends[link, 1 - side]
            if alive[link] and other != a and other != b:
                known = link_of[other]
                if known == _NONE:
                    link_of[other] = link
                    ends[link, side] = a
                    following[element] = joined
                    joined = element
                else:
                    own = 0 if ends[known, 0] == a else 1
                    for kind in range(values.shape[1]):
                        values[known, kind] += values[link, kind]
                    shares[known, own] += shares[link, side]
                    shares[known, 1 - own] += shares[link, 1 - side]
                    alive[link] = False
            element = after
    first[a] = joined
    element = joined
    while element != _NONE:
        link_of[ends[element // 2, 1 - element % 2]] = _NONE
        element = following[element]


@compiled
def _join_groups(
    left: I64,
    right: I64,
    values: F64,
    shares: F64,
    inside: F64,
    day: F64,
    weights: F64,
    intercept: float,
    least: float,
    most_days: float,
    far_days: float,
) -> tuple[I64, F64, I64, F64]:
    rows, links = day.size, left.size
    means, features = values.shape[1] - inside.shape[1], weights.size
    group, size, kept = np.arange(rows), np.ones(rows, np.int64), np.zeros(rows)
    dates = np.zeros((rows, 4))
    for row in range(rows):
        if not math.isnan(day[row]):
            dates[row, 0] = 1.0
            dates[row, 1] = day[row]
            dates[row, 2] = dates[row, 1]
            dates[row, 3] = dates[row, 1]
    ends = np.empty((links, 2), np.int64)
    first, following = np.full(rows, _NONE), np.empty(2 * links, np.int64)
    alive, link_of = np.ones(links, np.bool_), np.full(rows, _NONE)
    for link in range(links - 1, -1, -1):
        ends[link, 0], ends[link, 1] = left[link], right[link]
        for side in range(2):
            following[2 * link + side] = first[ends[link, side]]
            first[ends[link, side]] = 2 * link + side
    found = np.empty(features)
    heap = [(0.0, 0, 0, 0, 0)]  # Numba needs an element to know the type
    heap.pop()
    for link in range(links):
        span = _measure(link, ends, values, shares, size, inside, kept, dates, means, far_days, found)
        score = _score(found, weights, intercept)
        if score >= least and span <= most_days:
            heap.append((-score, left[link], right[link], 2, link))
    heapq.heapify(heap)
    joins, measured, count = np.empty((rows, 2), np.int64), np.empty((rows, features)), 0
    while len(heap) > 0:
        _, low, high, both, link = heapq.heappop(heap)
        # A group is known by its first member and only grows, so a heap entry with another size is out of date.
        if group[low] != low or group[high] != high or size[low] + size[high] != both or not alive[link]:
            continue
        _measure(link, ends, values, shares, size, inside, kept, dates, means, far_days, measured[count])
        joins[count, 0], joins[count, 1] = low, high
        count += 1
        alive[link] = False
        for kind in range(inside.shape[1]):
            inside[low, kind] += inside[high, kind] + 2 * values[link, means + kind]
        own = 0 if ends[link, 0] == low else 1
        kept[low] += kept[high] + shares[link, own] + shares[link, 1 - own]
        group[high] = low
        size[low] = both
        if dates[high, 0] > 0:
            if dates[low, 0] > 0:
                dates[low, 2] = min(dates[low, 2], dates[high, 2])
                dates[low, 3] = max(dates[low, 3], dates[high, 3])
            else:
                dates[low, 2], dates[low, 3] = dates[high, 2], dates[high, 3]
            dates[low, 0] += dates[high, 0]
            dates[low, 1] += dates[high, 1]
        _join_chains(low, high, ends, values, shares, first, following, alive, link_of)
        element = first[low]
        while element != _NONE:
            near = element // 2
            other = ends[near, 1 - element % 2]
            span = _measure(near, ends, values, shares, size, inside, kept, dates, means, far_days, found)
            score = _score(found, weights, intercept)
            if score >= least and span <= most_days:
                heapq.heappush(heap, (-score, min(low, other), max(low, other), both + size[other], near))
            element = following[element]
    refused, nearest, best = np.full(rows, _NONE), np.zeros((rows, features)), np.full(rows, -np.inf)
    for link in range(links):
        if alive[link]:
            span = _measure(link, ends, values, shares, size, inside, kept, dates, means, far_days, found)
            score = _score(found, weights, intercept)
            if span > most_days:
                continue
            for side in range(2):
                own, other = ends[link, side], ends[link, 1 - side]
                if score > best[own] or (score == best[own] and other < refused[own]):
                    best[own], refused[own] = score, other
                    for kind in range(features):
                        nearest[own, kind] = found[kind]
    return joins[:count], measured[:count], refused, nearest


def join_groups(
    left: I64,
    right: I64,
    values: F64,
    shares: F64,
    inside: F64,
    day: F64,
    weights: F64,
    intercept: float,
    limits: tuple[float, float, float],
) -> Joined:
    """See ``Backend.join_groups``. Groups that join also join their chains in place, so that memory is needed only for
    the links and the heap."""
    copies = values.copy(), shares.copy(), inside.copy()
    assert weights.size == values.shape[1] + GROUP_FEATURES
    return Joined(*_join_groups(left, right, *copies, day, weights, intercept, *limits))
