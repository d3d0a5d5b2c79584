"""Groups that are joined by a linear model of what they have in common, with linked lists and a heap.

Each group has a *chain*, a linked list with one element for every other group it has something in common with. Link i
has element 2 × i in the chain of its left group and element 2 × i + 1 in the chain of its right group.
"""

from __future__ import annotations

import heapq
import math
from typing import NamedTuple

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels.compiled.jit import compiled
from dedupe.kernels.records import LEAST_OUTWARD, Joined

_NONE = -1
"""The end of a chain."""


class _Days(NamedTuple):
    """The distinct days of all groups: for each group, the element of its first day; and of each element, the day, how
    many articles have it, and the element of the next day. An element belongs to a row: int64[rows], ``day``
    float64[rows]."""

    first: I64
    day: F64
    articles: I64
    following: I64


@compiled
def _days_of(day: F64) -> _Days:
    """The days of groups of one row each. ``day``: NaN if unknown."""
    rows = day.size
    first = np.full(rows, _NONE)
    for row in range(rows):
        if not math.isnan(day[row]):
            first[row] = row
    return _Days(first, day, np.ones(rows, np.int64), np.full(rows, _NONE))


@compiled
def _add_days(low: int, high: int, days: _Days) -> None:
    """Add the days of group ``high`` to those of group ``low``, in ascending order."""
    one, other, last = days.first[low], days.first[high], _NONE
    while one != _NONE or other != _NONE:
        if other == _NONE or (one != _NONE and days.day[one] < days.day[other]):
            taken, one = one, days.following[one]
        elif one == _NONE or days.day[other] < days.day[one]:
            taken, other = other, days.following[other]
        else:
            days.articles[one] += days.articles[other]
            taken, one, other = one, days.following[one], days.following[other]
        if last == _NONE:
            days.first[low] = taken
        else:
            days.following[last] = taken
        last = taken


@compiled
def _compare_days(a: int, b: int, days: _Days, far_days: float) -> tuple[float, float]:
    """The mean of log(1 + days apart) over all pairs of dated articles across, and the days that both groups span."""
    total, known, first, last = 0.0, 0, np.inf, -np.inf
    one = days.first[min(a, b)]
    while one != _NONE:
        first, last = min(first, days.day[one]), max(last, days.day[one])
        other = days.first[max(a, b)]
        while other != _NONE:
            apart = math.log1p(min(far_days, abs(days.day[one] - days.day[other])))
            total += float(days.articles[one] * days.articles[other]) * apart
            known += days.articles[one] * days.articles[other]
            other = days.following[other]
        one = days.following[one]
    other = days.first[max(a, b)]
    while other != _NONE:
        first, last = min(first, days.day[other]), max(last, days.day[other])
        other = days.following[other]
    return total / max(1, known), max(0.0, last - first)


@compiled
def _judge(
    link: int,
    ends: I64,
    values: F64,
    shares: F64,
    size: I64,
    kept: F64,
    days: _Days,
    limits: tuple[float, float, float],
    weights: F64,
    intercept: float,
    found: F64,
) -> float:
    """Write the features of a link to ``found``, and return its score: -inf if the groups span more than the most
    days."""
    a, b = ends[link, 0], ends[link, 1]
    pairs = float(size[a]) * float(size[b])
    at = values.shape[1]
    for kind in range(at):
        found[kind] = values[link, kind] / pairs
    to_b = shares[link, 0] / max(size[a] - kept[a], LEAST_OUTWARD * size[a])
    to_a = shares[link, 1] / max(size[b] - kept[b], LEAST_OUTWARD * size[b])
    found[at] = max(to_b, to_a)
    found[at + 1] = math.log(float(max(size[a], size[b])))
    found[at + 2], span = _compare_days(a, b, days, limits[2])
    score = intercept
    for kind in range(found.size):
        score += weights[kind] * found[kind]
    return score if span <= limits[1] else -np.inf


@compiled
def _add_group(low: int, high: int, link: int, ends: I64, shares: F64, size: I64, kept: F64) -> None:
    """Add the size of group ``high`` and the share it keeps to those of group ``low``. ``link``: between them."""
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
    kept: F64,
    days: _Days,
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
        score = _judge(link, ends, values, shares, size, kept, days, limits, weights, intercept, found)
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
    day: F64,
    weights: F64,
    intercept: float,
    limits: tuple[float, float, float],
) -> tuple[I64, F64, I64, F64]:
    rows, features = day.size, weights.size
    size, kept, days = np.ones(rows, np.int64), np.zeros(rows), _days_of(day)
    first, following = _make_chains(rows, ends)
    alive, link_of, found = np.ones(ends.shape[0], np.bool_), np.full(rows, _NONE), np.empty(features)
    is_group = np.ones(rows, np.bool_)
    heap = [(0.0, 0, 0, 0, 0)]  # Numba needs an element to know the type
    heap.pop()
    for link in range(ends.shape[0]):
        score = _judge(link, ends, values, shares, size, kept, days, limits, weights, intercept, found)
        if score >= limits[0]:
            heap.append((-score, ends[link, 0], ends[link, 1], 2, link))
    heapq.heapify(heap)
    joins, measured, count = np.empty((rows, 2), np.int64), np.empty((rows, features)), 0
    while len(heap) > 0:
        _, low, high, both, link = heapq.heappop(heap)
        # A group is known by its first member and only grows, so a heap entry with another size is out of date.
        if not (is_group[low] and is_group[high]) or size[low] + size[high] != both:
            continue
        _judge(link, ends, values, shares, size, kept, days, limits, weights, intercept, measured[count])
        joins[count, 0], joins[count, 1] = low, high
        count += 1
        alive[link] = is_group[high] = False
        _add_group(low, high, link, ends, shares, size, kept)
        _add_days(low, high, days)
        _join_chains(low, high, ends, values, shares, first, following, alive, link_of)
        element = first[low]
        while element != _NONE:
            near = element // 2
            score = _judge(near, ends, values, shares, size, kept, days, limits, weights, intercept, found)
            if score >= limits[0]:
                other = ends[near, 1 - element % 2]
                heapq.heappush(heap, (-score, min(low, other), max(low, other), both + size[other], near))
            element = following[element]
    refused, nearest = _nearest(ends, values, shares, size, kept, days, limits, weights, intercept, alive)
    return joins[:count], measured[:count], refused, nearest


def join_groups(
    left: I64,
    right: I64,
    values: F64,
    shares: F64,
    day: F64,
    weights: F64,
    intercept: float,
    limits: tuple[float, float, float],
) -> Joined:
    """See ``Backend.join_groups``. Groups that join also join their chains in place, so that memory is needed only for
    the links and the heap."""
    changed = np.column_stack((left, right)), values.copy(), shares.copy()
    return Joined(*_join_groups(*changed, day, weights, intercept, limits))
