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
from dedupe.kernels.records import LEAST_OUTWARD, Joined

_NONE = -1
"""The end of a chain."""


@compiled
def _judge(
    link: int,
    ends: I64,
    values: F64,
    shares: F64,
    size: I64,
    inside: F64,
    kept: F64,
    dates: F64,
    means: int,
    limits: tuple[float, float, float],
    weights: F64,
    intercept: float,
    found: F64,
) -> float:
    """Write the features of a link to ``found``, and return its score: -inf if the groups span more than the most days.

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
    span, apart = 0.0, 0.0
    if dates[a, 0] > 0 and dates[b, 0] > 0:
        span = max(dates[a, 3], dates[b, 3]) - min(dates[a, 2], dates[b, 2])
        apart = abs(dates[a, 1] / dates[a, 0] - dates[b, 1] / dates[b, 0])
    found[at + 3] = math.log1p(min(limits[2], apart))
    found[at + 4] = math.log1p(min(limits[2], span))
    score = intercept
    for kind in range(found.size):
        score += weights[kind] * found[kind]
    return score if span <= limits[1] else -np.inf


@compiled
def _dates_of(day: F64) -> F64:
    """The dates of groups of one row each, as ``_judge`` takes them. ``day``: NaN if unknown."""
    dates = np.zeros((day.size, 4))
    for row in range(day.size):
        if not math.isnan(day[row]):
            dates[row, 0] = 1.0
            dates[row, 1] = day[row]
            dates[row, 2] = day[row]
            dates[row, 3] = day[row]
    return dates


@compiled
def _add_dates(low: int, high: int, dates: F64) -> None:
    """Add the dates of group ``high`` to those of group ``low``."""
    if dates[high, 0] == 0:
        return
    if dates[low, 0] > 0:
        dates[low, 2] = min(dates[low, 2], dates[high, 2])
        dates[low, 3] = max(dates[low, 3], dates[high, 3])
    else:
        dates[low, 2], dates[low, 3] = dates[high, 2], dates[high, 3]
    dates[low, 0] += dates[high, 0]
    dates[low, 1] += dates[high, 1]


@compiled
def _add_group(
    low: int, high: int, link: int, ends: I64, values: F64, shares: F64, size: I64, inside: F64, kept: F64, means: int
) -> None:
    """Add the size of group ``high``, its sums over its own pairs and the share it keeps to those of group ``low``.

    ``link``: the link between them.
    """
    for kind in range(inside.shape[1]):
        inside[low, kind] += inside[high, kind] + 2 * values[link, means + kind]
    own = 0 if ends[link, 0] == low else 1
    kept[low] += kept[high] + shares[link, own] + shares[link, 1 - own]
    size[low] += size[high]


@compiled
def _make_chains(rows: int, ends: I64) -> tuple[I64, I64]:
    """The chain of each row: its first element, int64[rows]; and the element after each element, int64[2 × links]."""
    first, following = np.full(rows, _NONE), np.empty(2 * ends.shape[0], np.int64)
    for link in range(ends.shape[0] - 1, -1, -1):
        for side in range(2):
            following[2 * link + side] = first[ends[link, side]]
            first[ends[link, side]] = 2 * link + side
    return first, following


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
            if alive[link]:
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
def _nearest(
    ends: I64,
    values: F64,
    shares: F64,
    size: I64,
    inside: F64,
    kept: F64,
    dates: F64,
    means: int,
    limits: tuple[float, float, float],
    weights: F64,
    intercept: float,
    alive: Bools,
) -> tuple[I64, F64]:
    """For each group, the group that would have joined it next, and the features of that: see ``records.Joined``."""
    rows = size.size
    found, refused = np.empty(weights.size), np.full(rows, _NONE)
    nearest, best = np.zeros((rows, weights.size)), np.full(rows, -np.inf)
    for link in range(alive.size):
        if not alive[link]:
            continue
        score = _judge(link, ends, values, shares, size, inside, kept, dates, means, limits, weights, intercept, found)
        for side in range(2):
            own, other = ends[link, side], ends[link, 1 - side]
            if score > best[own] or (score == best[own] and other < refused[own]):
                best[own], refused[own] = score, other
                for kind in range(found.size):
                    nearest[own, kind] = found[kind]
    return refused, nearest


@compiled
def _join_groups(
    ends: I64,
    values: F64,
    shares: F64,
    inside: F64,
    day: F64,
    weights: F64,
    intercept: float,
    limits: tuple[float, float, float],
) -> tuple[I64, F64, I64, F64]:
    rows, means, features = day.size, values.shape[1] - inside.shape[1], weights.size
    size, kept, dates = np.ones(rows, np.int64), np.zeros(rows), _dates_of(day)
    first, following = _make_chains(rows, ends)
    alive, link_of, found = np.ones(ends.shape[0], np.bool_), np.full(rows, _NONE), np.empty(features)
    is_group = np.ones(rows, np.bool_)
    heap = [(0.0, 0, 0, 0, 0)]  # Numba needs an element to know the type
    heap.pop()
    for link in range(ends.shape[0]):
        score = _judge(link, ends, values, shares, size, inside, kept, dates, means, limits, weights, intercept, found)
        if score >= limits[0]:
            heap.append((-score, ends[link, 0], ends[link, 1], 2, link))
    heapq.heapify(heap)
    joins, measured, count = np.empty((rows, 2), np.int64), np.empty((rows, features)), 0
    while len(heap) > 0:
        _, low, high, both, link = heapq.heappop(heap)
        # A group is known by its first member and only grows, so a heap entry with another size is out of date.
        if not (is_group[low] and is_group[high]) or size[low] + size[high] != both:
            continue
        _judge(
            link, ends, values, shares, size, inside, kept, dates, means, limits, weights, intercept, measured[count]
        )
        joins[count, 0], joins[count, 1] = low, high
        count += 1
        alive[link] = is_group[high] = False
        _add_group(low, high, link, ends, values, shares, size, inside, kept, means)
        _add_dates(low, high, dates)
        _join_chains(low, high, ends, values, shares, first, following, alive, link_of)
        element = first[low]
        while element != _NONE:
            near = element // 2
            score = _judge(
                near, ends, values, shares, size, inside, kept, dates, means, limits, weights, intercept, found
            )
            if score >= limits[0]:
                other = ends[near, 1 - element % 2]
                heapq.heappush(heap, (-score, min(low, other), max(low, other), both + size[other], near))
            element = following[element]
    refused, nearest = _nearest(
        ends, values, shares, size, inside, kept, dates, means, limits, weights, intercept, alive
    )
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
    changed = np.column_stack((left, right)), values.copy(), shares.copy(), inside.copy()
    return Joined(*_join_groups(*changed, day, weights, intercept, limits))
