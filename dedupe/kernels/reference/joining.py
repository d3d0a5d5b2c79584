"""Groups that are joined by a linear model of what they have in common, with one dictionary of links per group."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels.records import LEAST_OUTWARD, Joined


@dataclass(slots=True)
class _Link:
    """What two groups have in common: sums over the pairs across, and how much of either's neighbourhood is in the
    other, by its first member."""

    values: list[float]
    share: dict[int, float]


@dataclass(slots=True)
class _Group:
    """A group of rows: its size, the share it keeps to itself, and how many of its articles have each day."""

    size: int
    kept: float
    days: Counter[float]


@dataclass(frozen=True, slots=True)
class _Model:
    """The parameters of ``Backend.join_groups``."""

    weights: list[float]
    intercept: float
    most_days: float
    far_days: float

    def judge(self, link: _Link, one: _Group, two: _Group, a: int, b: int) -> tuple[float, list[float]]:
        """The score of two groups, -inf if they span more than the most days, and their features."""
        found, span = _measure(link, one, two, a, b, self.far_days)
        score = self.intercept
        for own, feature in zip(self.weights, found, strict=True):
            score += own * feature
        return score if span <= self.most_days else -math.inf, found


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
    """See ``Backend.join_groups``. Plain Python over dictionaries of links."""
    least, most_days, far_days = limits
    model = _Model(weights.tolist(), intercept, most_days, far_days)
    groups = {row: _group(at) for row, at in enumerate(day.tolist())}
    links: dict[int, dict[int, _Link]] = {row: {} for row in groups}
    for a, b, own, (to_b, to_a) in zip(left.tolist(), right.tolist(), values.tolist(), shares.tolist(), strict=True):
        links[a][b] = links[b][a] = _Link(own, {a: to_b, b: to_a})
    heap = []
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        score, _ = model.judge(links[a][b], groups[a], groups[b], a, b)
        if score >= least:
            heap.append((-score, a, b, 2))
    heapq.heapify(heap)
    joins, measured = [], []
    while heap:
        _, low, high, both = heapq.heappop(heap)
        if low not in groups or high not in groups or groups[low].size + groups[high].size != both:
            continue
        joins.append((low, high))
        measured.append(model.judge(links[low][high], groups[low], groups[high], low, high)[1])
        _join(low, high, groups, links)
        for other, link in links[low].items():
            score, _ = model.judge(link, groups[low], groups[other], low, other)
            if score >= least:
                heapq.heappush(heap, (-score, min(low, other), max(low, other), both + groups[other].size))
    shape = (len(joins), weights.size)
    refused, nearest = _nearest(day.size, groups, links, model)
    return Joined(np.array(joins, np.int64).reshape(-1, 2), np.array(measured).reshape(shape), refused, nearest)


def _nearest(
    rows: int, groups: dict[int, _Group], links: dict[int, dict[int, _Link]], model: _Model
) -> tuple[I64, F64]:
    """For each group, the group that would have joined it next, and the features of that: see ``records.Joined``."""
    refused, nearest = np.full(rows, -1), np.zeros((rows, len(model.weights)))
    for own, others in links.items():
        best = -math.inf
        for other, link in others.items():
            score, found = model.judge(link, groups[own], groups[other], own, other)
            if score > best or (score == best and other < refused[own]):
                best, refused[own], nearest[own] = score, other, found
    return refused, nearest


def _group(day: float) -> _Group:
    return _Group(1, 0.0, Counter() if math.isnan(day) else Counter((day,)))


def _measure(link: _Link, one: _Group, two: _Group, a: int, b: int, far_days: float) -> tuple[list[float], float]:
    """The features of two groups, and the days from their first article to their last."""
    pairs = float(one.size) * float(two.size)
    found = [value / pairs for value in link.values]
    to_b = link.share[a] / max(one.size - one.kept, LEAST_OUTWARD * one.size)
    to_a = link.share[b] / max(two.size - two.kept, LEAST_OUTWARD * two.size)
    found += [max(to_b, to_a), math.log(float(max(one.size, two.size)))]
    first, second = (one, two) if a < b else (two, one)
    total, known = 0.0, 0
    for day, articles in sorted(first.days.items()):
        for other_day, others in sorted(second.days.items()):
            total += float(articles * others) * math.log1p(min(far_days, abs(day - other_day)))
            known += articles * others
    every = [*one.days, *two.days]
    span = max(every) - min(every) if every else 0.0
    return [*found, total / max(1, known)], span


def _join(low: int, high: int, groups: dict[int, _Group], links: dict[int, dict[int, _Link]]) -> None:
    """Join group ``high`` to group ``low``."""
    one, two, link = groups[low], groups.pop(high), links[low].pop(high)
    one.kept += two.kept + link.share[low] + link.share[high]
    one.size += two.size
    one.days += two.days
    for other, theirs in links.pop(high).items():
        if other == low:
            continue
        del links[other][high]
        mine = links[low].get(other)
        if mine is None:
            links[low][other] = links[other][low] = _Link(
                theirs.values, {low: theirs.share[high], other: theirs.share[other]}
            )
        else:
            mine.values = [x + y for x, y in itertools.zip_longest(mine.values, theirs.values)]
            mine.share[low] += theirs.share[high]
            mine.share[other] += theirs.share[other]
