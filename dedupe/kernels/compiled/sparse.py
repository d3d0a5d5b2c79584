"""What lists of keys share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dedupe.arrays import F64, I32, I64, U32, Bools
from dedupe.kernels.compiled.jit import compiled
from dedupe.kernels.compiled.words import longest_row
from dedupe.kernels.records import InvertedLists

_NOWHERE = np.uint32(0xFFFFFFFF)
"""The place of a key that the indexed list does not have."""


@compiled
def _index(before: U32, own: U32, place: U32) -> U32:
    """Index a list: write the place of each of its keys to ``place``, uint32[width]. Return the list.

    ``before``: the list that was indexed before, whose keys are removed.
    """
    for key in before:
        place[key] = _NOWHERE
    for i in range(own.size):
        place[own[i]] = i
    return own


@compiled
def _width(keys: U32) -> int:
    """One more than the largest key."""
    largest = np.uint32(0)
    for key in keys:
        largest = max(largest, key)
    return int(largest) + 1


@compiled
def _matches(other: U32, place: U32, mine: U32, theirs: U32) -> int:
    """Write the places of the keys that another list shares with the indexed one: in the indexed list to ``mine``, in
    the other to ``theirs``. Return how many these are.

    Both arrays must have room for one more than the other list has.
    """
    count: Any = 0
    # Every place is written, and stays if the key is shared; a branch would often be predicted wrongly.
    for j in range(other.size):
        at = place[other[j]]
        mine[count] = at
        theirs[count] = j
        count += np.int64(at != _NOWHERE)
    return int(count)


@compiled
def shared_sums(starts: I64, keys: U32, left: I64, right: I64, weights: F64) -> F64:
    """See ``Backend.shared_sums``. Indexes the left list once for all pairs that follow each other with it."""
    totals = np.zeros((weights.shape[1], left.size))
    place = np.full(_width(keys), _NOWHERE, np.uint32)
    longest = longest_row(starts) + 1
    mine, theirs = np.empty(longest, np.uint32), np.empty(longest, np.uint32)
    indexed, own_keys = -1, keys[:0]
    for pair in range(left.size):
        row, other = left[pair], right[pair]
        if row != indexed:
            own_keys = _index(own_keys, keys[starts[row] : starts[row + 1]], place)
            indexed = row
        count = _matches(keys[starts[other] : starts[other + 1]], place, mine, theirs)
        for kind in range(weights.shape[1]):
            own, their = weights[starts[row] :, kind], weights[starts[other] :, kind]
            total = 0.0
            for k in range(count):
                total += own[mine[k]] * their[theirs[k]]
            totals[kind, pair] = total
    return totals


@compiled
def count_shared(starts: I64, keys: U32, left: I64, right: I64, of_left: Bools, of_right: Bools) -> I32:
    """See ``Backend.count_shared``. Indexes the left list once for all pairs that follow each other with it."""
    counts = np.zeros(keys.size, np.int32)
    place = np.full(_width(keys), _NOWHERE, np.uint32)
    longest = longest_row(starts) + 1
    mine, theirs = np.empty(longest, np.uint32), np.empty(longest, np.uint32)
    indexed, own_keys = -1, keys[:0]
    for pair in range(left.size):
        row, other = left[pair], right[pair]
        if not (of_left[pair] or of_right[pair]):
            continue
        if row != indexed:
            own_keys = _index(own_keys, keys[starts[row] : starts[row + 1]], place)
            indexed = row
        count = _matches(keys[starts[other] : starts[other + 1]], place, mine, theirs)
        if of_left[pair]:
            own = counts[starts[row] :]
            for k in range(count):
                own[mine[k]] += 1
        if of_right[pair]:
            own = counts[starts[other] :]
            for k in range(count):
                own[theirs[k]] += 1
    return counts


@compiled
def scale_to_unit(starts: I64, weights: F64) -> F64:
    """See ``Backend.scale_to_unit``. Scales one list after the other."""
    scaled = np.empty(weights.size)
    for row in range(starts.size - 1):
        squares = 0.0
        for entry in range(starts[row], starts[row + 1]):
            squares += weights[entry] * weights[entry]
        norm = max(math.sqrt(squares), 1e-12)
        for entry in range(starts[row], starts[row + 1]):
            scaled[entry] = weights[entry] / norm
    return scaled


@compiled
def _least_of_best(values: F64, best: int, heap: F64) -> float:
    """The ``best``-th highest of the values, which must be at least as many: the root of a heap of the best so far.

    ``heap``: room for ``best`` values.
    """
    size: Any = 0
    for value in values:
        if size < best:
            at = size
            size += 1
            while at > 0 and heap[(at - 1) // 2] > value:
                heap[at] = heap[(at - 1) // 2]
                at = (at - 1) // 2
            heap[at] = value
        elif value > heap[0]:
            at = 0
            child = 1
            while child < size:
                if child + 1 < size and heap[child + 1] < heap[child]:
                    child += 1
                if heap[child] >= value:
                    break
                heap[at] = heap[child]
                at = child
                child = 2 * at + 1
            heap[at] = value
    return float(heap[0])


@compiled
def top_entries(starts: I64, weights: F64, most: int) -> Bools:
    """See ``Backend.top_entries``. Finds the lowest weight to flag with a heap."""
    is_top = np.zeros(weights.size, np.bool_)
    heap = np.empty(most + 1)
    for row in range(starts.size - 1):
        own, flags = weights[starts[row] : starts[row + 1]], is_top[starts[row] : starts[row + 1]]
        if own.size <= most:
            for i in range(own.size):
                flags[i] = True
        elif most > 0:
            bound = _least_of_best(own, most, heap)
            ties: Any = most
            for i in range(own.size):
                flags[i] = own[i] > bound
                ties -= np.int64(flags[i])
            for i in range(own.size):
                if ties > 0 and own[i] == bound:
                    flags[i] = True
                    ties -= 1
    return is_top


@compiled
def _invert_lists(starts: I64, keys: U32, weights: F64, width: int) -> tuple[I64, U32, F64]:
    first = np.zeros(width + 1, np.int64)
    for key in keys:
        first[np.int64(key) + 1] += 1
    for key in range(width):
        first[key + 1] += first[key]
    next_place, lists, their_weights = first.copy(), np.empty(keys.size, np.uint32), np.empty(keys.size)
    for row in range(starts.size - 1):
        for entry in range(starts[row], starts[row + 1]):
            place = next_place[keys[entry]]
            next_place[keys[entry]] += 1
            lists[place] = row
            their_weights[place] = weights[entry]
    return first, lists, their_weights


def invert_lists(starts: I64, keys: U32, weights: F64, width: int) -> InvertedLists:
    """See ``Backend.invert_lists``. Sorts the entries by counting."""
    return InvertedLists(*_invert_lists(starts, keys, weights, width))


@compiled
def _choose(
    scores: F64, places: I64, fewest: int, most: int, least: float, chosen: I64, values: F64, heap: F64
) -> tuple[int, bool]:
    """Write the numbers of the lists that ``best_matches`` keeps to ``chosen``, ascending.

    ``scores``: of all lists; those not in ``places``, which may be in any order, are 0. ``chosen``, ``values``,
    ``heap``: room to work in. Returns how many are kept, and whether more than ``most`` scored at least ``least``.
    """
    good: Any = 0
    for i in range(places.size):
        values[i] = scores[places[i]]
        good += values[i] >= least
    too_many, bound = good > most, least
    if too_many:
        bound = _least_of_best(values[: places.size], most, heap)
    elif good < fewest:
        bound = _least_of_best(values[: places.size], fewest, heap) if places.size > fewest else 0.0
    count: Any = 0
    for i in range(places.size):
        chosen[count] = places[i]
        count += (values[i] >= bound) & (values[i] > 0)
    # Only the few that are kept are sorted, not all places.
    chosen[:count].sort()
    if too_many:
        better: Any = 0
        for i in range(count):
            better += scores[chosen[i]] > bound
        ties: Any = most - better
        kept: Any = 0
        for i in range(count):
            tie = scores[chosen[i]] == bound
            chosen[kept] = chosen[i]
            kept += not tie or ties > 0
            ties -= tie
        count = kept
    return int(count), too_many


@compiled
def _follow(lists: U32, window: I64, bounds: I64) -> None:
    """Move each of the ``bounds`` to the place of the first of some ascending numbers that is at least as high as the
    number in ``window``, step by step: windows that follow each other hardly differ."""
    for i in range(bounds.size):
        at, least = bounds[i], window[i]
        while at > 0 and lists[at - 1] >= least:
            at -= 1
        while at < lists.size and lists[at] < least:
            at += 1
        bounds[i] = at


@compiled
def _add_scores(own: float, lists: U32, weights: F64, scores: F64, touched: I64, count: int) -> int:
    """Add ``own`` × the weight of each list to its score. Lists whose score was 0 and is no longer are added to
    ``touched``, which has ``count`` elements and room for one more than there are lists; return how many it has then.
    """
    total: Any = count
    # Every list is written to its place, and stays if it is new; a branch would often be predicted wrongly.
    for i in range(lists.size):
        at = lists[i]
        before = scores[at]
        after = before + own * weights[i]
        touched[total] = at
        total += np.int64(before == 0.0) & np.int64(after != 0.0)
        scores[at] = after
    return int(total)


@compiled
def _best_matches(
    starts: I64,
    keys: U32,
    weights: F64,
    is_query: Bools,
    first: I64,
    lists: U32,
    their_weights: F64,
    windows: I64,
    begin: int,
    end: int,
    fewest: int,
    most: int,
    longest: int,
    rare: int,
    least: float,
) -> tuple[I64, I64, int, int]:
    rows = starts.size - 1
    scores, chosen, values = np.zeros(rows), np.empty(rows + 1, np.int64), np.empty(rows)
    heap, touched = np.empty(max(fewest, most) + 1), np.empty(rows + 1, np.int64)
    # Where the windows of the last list that had a key begin and end among the lists with that key.
    bounds = np.zeros((first.size - 1, 3), np.int64)
    found, places = np.empty((end - begin) * fewest, np.int64), np.zeros(end - begin + 1, np.int64)
    cut: Any = 0
    oversized: Any = 0
    for row in range(begin, end):
        count: Any = 0
        for entry in range(starts[row], starts[row + 1]):
            if is_query[entry] and weights[entry] > 0:
                key = np.int64(keys[entry])
                of, each = lists[first[key] : first[key + 1]], their_weights[first[key] : first[key + 1]]
                if of.size <= rare:
                    count = _add_scores(weights[entry], of, each, scores, touched, count)
                    continue
                _follow(of, windows[row], bounds[key])
                low, high, undated = bounds[key]
                if high - low + of.size - undated > longest:
                    oversized += 1
                    continue
                count = _add_scores(weights[entry], of[low:high], each[low:high], scores, touched, count)
                count = _add_scores(weights[entry], of[undated:], each[undated:], scores, touched, count)
        scores[row] = 0.0
        kept, is_cut = _choose(scores, touched[:count], fewest, most, least, chosen, values, heap)
        for at in touched[:count]:
            scores[at] = 0.0
        cut += is_cut
        place = places[row - begin]
        if found.size < place + kept:
            before, found = found, np.empty(2 * (place + kept), np.int64)
            for i in range(place):
                found[i] = before[i]
        for i in range(kept):
            found[place + i] = chosen[i]
        places[row - begin + 1] = place + kept
    return found[: places[end - begin]], places, cut, oversized


def best_matches(
    starts: I64,
    keys: U32,
    weights: F64,
    is_query: Bools,
    inverted: InvertedLists,
    windows: I64,
    lists: tuple[int, int],
    limits: tuple[int, int, int, int],
    least: float,
) -> tuple[I64, I64, int, int]:
    """See ``Backend.best_matches``. Adds up the scores of all lists for one list after the other."""
    return _best_matches(starts, keys, weights, is_query, *inverted, windows, *lists, *limits, least)
