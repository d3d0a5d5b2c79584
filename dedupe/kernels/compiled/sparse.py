"""What lists of keys share."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I32, I64, U32, Bools
from dedupe.kernels.compiled import native
from dedupe.kernels.records import InvertedLists


def shared_sums(starts: I64, keys: U32, left: I64, right: I64, weights: F64) -> F64:
    """See ``Backend.shared_sums``. Indexes the left list once for all pairs that follow each other with it."""
    kinds = weights.shape[1]
    totals = np.empty((kinds, left.size))
    native.shared_sums(starts, keys, left, right, weights, kinds, totals)
    return totals


def count_shared(starts: I64, keys: U32, left: I64, right: I64, of_left: Bools, of_right: Bools) -> I32:
    """See ``Backend.count_shared``. Indexes the left list once for all pairs that follow each other with it."""
    counts = np.zeros(keys.size, np.int32)
    native.count_shared(starts, keys, left, right, of_left, of_right, counts)
    return counts


def scale_to_unit(starts: I64, weights: F64) -> F64:
    """See ``Backend.scale_to_unit``. Adds up the squares of several lists at the same time."""
    scaled = np.empty(weights.size)
    native.scale_to_unit(starts, weights, scaled)
    return scaled


def top_entries(starts: I64, weights: F64, most: int) -> Bools:
    """See ``Backend.top_entries``. Finds the lowest weight to flag by dividing the range of the weights."""
    is_top = np.empty(weights.size, np.bool_)
    native.top_entries(starts, weights, most, is_top)
    return is_top


def invert_lists(starts: I64, keys: U32, weights: F64, width: int) -> InvertedLists:
    """See ``Backend.invert_lists``. Sorts the entries by counting."""
    inverted = InvertedLists(np.empty(width + 1, np.int64), np.empty(keys.size, np.uint32), np.empty(keys.size))
    native.invert_lists(starts, keys, weights, *inverted)
    return inverted


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
    """See ``Backend.best_matches``. Adds up the scores of all lists for one list after the other.

    The kernel stops where the room for what it finds is exhausted, and goes on there with more.
    """
    begin, end = lists
    arguments = (starts, keys, weights, is_query, *inverted, windows, *lists, *limits, least)
    found, places = np.empty((end - begin) * limits[0], np.int64), np.zeros(end - begin + 1, np.int64)
    state = np.array([begin, 0, 0], np.int64)
    while (needed := native.best_matches(*arguments, found, places, state)) > found.size:
        more = np.empty(2 * needed, np.int64)
        more[: found.size] = found
        found = more
    return found[:needed], places, int(state[1]), int(state[2])
