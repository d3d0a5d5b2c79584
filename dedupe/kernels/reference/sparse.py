"""NumPy kernels over what lists share; ``_numpy.py`` hands them on with the others.

Lists are ragged: ``keys[starts[i]:starts[i + 1]]`` are the distinct keys of list i, ascending, uint32. Weights of
entries are float64. Every sum is taken one summand after the other, by ascending key, so no other lists, no twin and no
number of threads can change its last digit.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from dedupe.arrays import F64, I32, I64, U32, Bools
from dedupe.kernels.contract import InvertedLists
from dedupe.kernels.ragged import ragged_offsets, ranges

_Chunk = tuple[I64, I64, I64]


_CHUNK = 1_000_000
"""Shared entries worked on at once: bounds memory, changes no result."""


def shared_sums(starts: I64, keys: U32, left: I64, right: I64, weights: F64, added: Bools) -> F64:
    """Σ over the keys lists ``left[i]`` and ``right[i]`` share of the left weight × the right one or, of kinds that are
    ``added``, + the right one: float64[kinds, pairs].

    ``weights``: float64[entries, kinds], those of an entry side by side in memory; ``added``: bool[kinds]. Pairs with
    one left list stand side by side, for speed alone.
    """
    totals = np.zeros((added.size, left.size))
    for pair, mine, theirs in _shared(starts, keys, left, right):
        if pair.size:
            low, high = int(pair[0]), int(pair[-1]) + 1
            for total, weight, plus in zip(totals, weights.T, added.tolist(), strict=True):
                both = (np.add if plus else np.multiply)(weight[mine], weight[theirs])
                total[low:high] = np.bincount(pair - low, both, minlength=high - low)
    return totals


def count_shared(starts: I64, keys: U32, left: I64, right: I64, of_left: Bools, of_right: Bools) -> I32:
    """For each entry, in how many of the lists its own list is paired with the key stands too, int32[entries].

    A pair counts for the entries of its left list where ``of_left``, for those of its right list where ``of_right``.
    """
    counts = np.zeros(keys.size, np.int32)
    wanted = np.flatnonzero(of_left | of_right)
    for pair, mine, theirs in _shared(starts, keys, left[wanted], right[wanted]):
        counts += np.bincount(mine[of_left[wanted][pair]], minlength=counts.size).astype(np.int32)
        counts += np.bincount(theirs[of_right[wanted][pair]], minlength=counts.size).astype(np.int32)
    return counts


def _shared(starts: I64, keys: U32, left: I64, right: I64) -> Iterator[_Chunk]:
    """What the lists of each pair share: chunks of (pair, entry of left, entry of right)."""
    place = np.full(int(keys.max(initial=0)) + 1, -1, np.int64)
    sizes = np.diff(starts)
    bounds = np.flatnonzero(np.diff(left, prepend=-1, append=-1))
    held: list[_Chunk] = []
    total = 0
    for begin, end in itertools.pairwise(bounds.tolist()):
        own = slice(starts[left[begin]], starts[left[begin] + 1])
        place[keys[own]] = np.arange(own.start, own.stop)
        other = right[begin:end]
        theirs = ranges(starts[other], sizes[other])
        mine = place[keys[theirs]]
        shared = np.flatnonzero(mine >= 0)
        place[keys[own]] = -1
        held.append((np.repeat(np.arange(begin, end), sizes[other])[shared], mine[shared], theirs[shared]))
        total += shared.size
        if total > _CHUNK:
            yield _stack(held)
            held, total = [], 0
    if held:
        yield _stack(held)


def _stack(held: list[_Chunk]) -> _Chunk:
    pair, mine, theirs = (np.concatenate(parts) for parts in zip(*held, strict=True))
    return pair, mine, theirs


def top_entries(starts: I64, weights: F64, most: int) -> Bools:
    """The ``most`` heaviest entries of each list (ties: the first), bool[entries]."""
    owner = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    order = np.lexsort((-weights, owner))
    chosen = np.zeros(weights.size, np.bool_)
    chosen[order[np.arange(order.size) - starts[owner] < most]] = True
    return chosen


def invert_lists(starts: I64, keys: U32, weights: F64, width: int) -> InvertedLists:
    """The lists turned round, for keys below ``width``."""
    order = np.argsort(keys, kind="stable")
    owner = np.repeat(np.arange(starts.size - 1, dtype=np.uint32), np.diff(starts))
    return InvertedLists(ragged_offsets(np.bincount(keys, minlength=width)), owner[order], weights[order])


def best_matches(
    starts: I64,
    keys: U32,
    weights: F64,
    asked: Bools,
    inverted: InvertedLists,
    lists: tuple[int, int],
    kept: tuple[int, int],
    least: float,
) -> tuple[I64, I64, int]:
    """The lists most alike to each of the lists ``lists[0]`` to ``lists[1] - 1``: ragged int64, ascending, and how many
    of them had more than are kept.

    How alike: Σ over own entries that are ``asked`` for of own weight × weight of the other list's entry with the same
    key. Kept are those of at least ``least``; of more than ``kept[1]`` the best (ties: the first); where they are fewer
    than ``kept[0]``, all of at least the kept[0]-th best value above 0. ``inverted``: what ``invert_lists`` gives.
    """
    first, others, their_weights = inverted
    fewest, most = kept
    found, cut = [], 0
    for row in range(*lists):
        own = np.flatnonzero(asked[starts[row] : starts[row + 1]]) + starts[row]
        count = first[keys[own] + 1] - first[keys[own]]
        where = ranges(first[keys[own]], count)
        product = np.repeat(weights[own], count) * their_weights[where]
        scores = np.bincount(others[where], product, minlength=starts.size - 1)
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
    return np.concatenate([np.zeros(0, np.int64), *found]), ragged_offsets(sizes), cut
