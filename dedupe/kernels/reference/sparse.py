"""What lists of keys share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from dedupe.arrays import F64, I32, I64, U32, Bools
from dedupe.kernels.ragged import ragged_offsets, ranges, rank_within
from dedupe.kernels.records import InvertedLists

_Chunk = tuple[I64, I64, I64]
"""Shared keys: for each, the pair, the entry of the left list, and the entry of the right list."""


_CHUNK = 1_000_000
"""Shared keys worked on at once. This limits memory and changes no result."""


def shared_sums(starts: I64, keys: U32, left: I64, right: I64, weights: F64) -> F64:
    """See ``Backend.shared_sums``. ``np.bincount`` adds the summands of each pair one after the other."""
    totals = np.zeros((weights.shape[1], left.size))
    for pair, mine, theirs in _shared(starts, keys, left, right):
        if pair.size:
            low, high = int(pair[0]), int(pair[-1]) + 1
            for total, weight in zip(totals, weights.T, strict=True):
                total[low:high] = np.bincount(pair - low, weight[mine] * weight[theirs], minlength=high - low)
    return totals


def count_shared(starts: I64, keys: U32, left: I64, right: I64, of_left: Bools, of_right: Bools) -> I32:
    """See ``Backend.count_shared``. Counts the entries in the chunks of shared keys."""
    counts = np.zeros(keys.size, np.int32)
    wanted = np.flatnonzero(of_left | of_right)
    for pair, mine, theirs in _shared(starts, keys, left[wanted], right[wanted]):
        counts += np.bincount(mine[of_left[wanted][pair]], minlength=counts.size).astype(np.int32)
        counts += np.bincount(theirs[of_right[wanted][pair]], minlength=counts.size).astype(np.int32)
    return counts


def _shared(starts: I64, keys: U32, left: I64, right: I64) -> Iterator[_Chunk]:
    """Yield the keys that the two lists of each pair share, in the order of the pairs, by ascending key."""
    entry_of_key = np.full(int(keys.max(initial=0)) + 1, -1, np.int64)
    sizes = np.diff(starts)
    bounds = np.flatnonzero(np.diff(left, prepend=-1, append=-1))
    held: list[_Chunk] = []
    total = 0
    for begin, end in itertools.pairwise(bounds.tolist()):
        own = slice(starts[left[begin]], starts[left[begin] + 1])
        entry_of_key[keys[own]] = np.arange(own.start, own.stop)
        other = right[begin:end]
        theirs = ranges(starts[other], sizes[other])
        mine = entry_of_key[keys[theirs]]
        shared = np.flatnonzero(mine >= 0)
        entry_of_key[keys[own]] = -1
        held.append((np.repeat(np.arange(begin, end), sizes[other])[shared], mine[shared], theirs[shared]))
        total += shared.size
        if total > _CHUNK:
            yield _stack(held)
            held, total = [], 0
    if held:
        yield _stack(held)


def _stack(held: list[_Chunk]) -> _Chunk:
    pair, mine, theirs = (np.concatenate(columns) for columns in zip(*held, strict=True))
    return pair, mine, theirs


def scale_to_unit(starts: I64, weights: F64) -> F64:
    """See ``Backend.scale_to_unit``. ``np.bincount`` adds the squares of each list one after the other."""
    sizes = np.diff(starts)
    squares = np.bincount(np.repeat(np.arange(sizes.size), sizes), weights * weights, minlength=sizes.size)
    scaled: F64 = weights / np.repeat(np.maximum(np.sqrt(squares), 1e-12), sizes)
    return scaled


def top_entries(starts: I64, weights: F64, most: int) -> Bools:
    """See ``Backend.top_entries``. Ranks all entries within their lists."""
    owner = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    is_top: Bools = rank_within(owner, np.lexsort((-weights, owner))) < most
    return is_top


def invert_lists(starts: I64, keys: U32, weights: F64, width: int) -> InvertedLists:
    """See ``Backend.invert_lists``. Sorts the entries by key."""
    order = np.argsort(keys, kind="stable")
    owner = np.repeat(np.arange(starts.size - 1, dtype=np.uint32), np.diff(starts))
    return InvertedLists(ragged_offsets(np.bincount(keys, minlength=width)), owner[order], weights[order])


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
    """See ``Backend.best_matches``. Scores all lists for one list after the other."""
    first, others, their_weights = inverted
    fewest, most, longest, rare = limits
    found, cut, oversized = [], 0, 0
    for row in range(*lists):
        own = np.flatnonzero(is_query[starts[row] : starts[row + 1]]) + starts[row]
        own = own[weights[own] > 0]
        count = first[keys[own] + 1] - first[keys[own]]
        where = ranges(first[keys[own]], count)
        term = np.repeat(np.arange(own.size), count)
        low, high, undated = windows[row]
        seen = ((others[where] >= low) & (others[where] < high)) | (others[where] >= undated) | (count <= rare)[term]
        usable = np.bincount(term[seen], minlength=own.size) <= longest
        oversized += int(own.size - np.count_nonzero(usable))
        kept = seen & usable[term]
        where, term = where[kept], term[kept]
        scores = np.bincount(others[where], weights[own][term] * their_weights[where], minlength=starts.size - 1)
        scores[row] = 0.0
        best = np.flatnonzero(scores >= least)
        if best.size > most:
            best = np.sort(best[np.argsort(-scores[best], kind="stable")[:most]])
            cut += 1
        elif best.size < fewest:
            best = np.flatnonzero(scores > 0)
            if best.size > fewest:
                best = np.flatnonzero(scores >= np.partition(scores, -fewest)[-fewest])
        found.append(best)
    sizes = np.array([best.size for best in found], np.int64)
    return np.concatenate([np.zeros(0, np.int64), *found]), ragged_offsets(sizes), cut, oversized
