"""Runs of words that are repeated, found owner by owner: with bitmaps, and a hash table for the few that remain."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.arrays import I64, U8, U64, Bools
from dedupe.kernels.compiled.jit import compiled
from dedupe.kernels.records import RUN_BASE

_LEAST_BITS = 13
"""Logarithm of the bits of the smallest bitmap."""


@compiled
def _bit(key: np.uint64, bits: int) -> np.uint64:
    """The place of a key in a table with 2^bits places: its highest bits, after mixing."""
    return (key ^ (key >> np.uint64(29))) * RUN_BASE >> np.uint64(64 - bits)


@compiled
def _keys(words: U64, run: int, keys: U64) -> int:
    """Write the hash of every run of a row to ``keys``, and return how many there are (Karp & Rabin 1987)."""
    count = words.size - run + 1
    if count < 1:
        return 0
    key, top = np.uint64(0), np.uint64(1)
    for place in range(run):
        key = key * RUN_BASE + words[place]
    for _ in range(run - 1):
        top = top * RUN_BASE
    keys[0] = key
    for start in range(1, count):
        key = (key - words[start - 1] * top) * RUN_BASE + words[start + run - 1]
        keys[start] = key
    return count


@compiled
def _set_bits(keys: U64, bits: int, once: U8, twice: U8) -> None:
    """Set the bit of each key in ``once`` or, if it is set there, in ``twice``."""
    for key in keys:
        bit = _bit(key, bits)
        at, mask = bit >> np.uint64(3), np.uint8(1) << np.uint8(bit & np.uint64(7))
        twice[at] |= once[at] & mask
        once[at] |= mask


@compiled
def _mark(found: U64, starts: I64, groups: I64, run: int, least: int, repeated: Bools) -> None:
    """Mark the words of the runs whose key occurs in ``least`` groups or more. ``groups`` are ascending."""
    bits = 4
    while (1 << bits) < 2 * found.size:
        bits += 1
    slots, mask = np.full(1 << bits, -1), np.uint64((1 << bits) - 1)
    places = np.empty(found.size, np.int64)
    count, latest = np.zeros(found.size, np.int64), np.full(found.size, -1)
    for number in range(found.size):
        slot = _bit(found[number], bits)
        while slots[slot] >= 0 and found[slots[slot]] != found[number]:
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] < 0:
            slots[slot] = number
        places[number] = slots[slot]
        if latest[slots[slot]] != groups[number]:
            latest[slots[slot]] = groups[number]
            count[slots[slot]] += 1
    for number in range(found.size):
        if count[places[number]] >= least:
            for place in range(run):
                repeated[starts[number] + place] = True


@compiled
def _repeated_runs(words: U64, offsets: I64, by_owner: I64, bounds: I64, group: I64, run: int, least: int) -> Bools:
    repeated = np.zeros(words.size, np.bool_)
    longest = 1
    for row in by_owner:
        longest = max(longest, offsets[row + 1] - offsets[row])
    keys = np.empty(longest, np.uint64)
    for owner in range(bounds.size - 1):
        own = by_owner[bounds[owner] : bounds[owner + 1]]
        if own.size < least:
            continue
        total: Any = 0
        for row in own:
            total += offsets[row + 1] - offsets[row]
        bits = _LEAST_BITS
        while (1 << bits) < 8 * total:
            bits += 1
        once, twice = np.zeros(1 << (bits - 3), np.uint8), np.zeros(1 << (bits - 3), np.uint8)
        for row in own:
            count = _keys(words[offsets[row] : offsets[row + 1]], run, keys)
            _set_bits(keys[:count], bits, once, twice)
        found, starts, groups = np.empty(total, np.uint64), np.empty(total, np.int64), np.empty(total, np.int64)
        kept: Any = 0
        for row in own:
            count = _keys(words[offsets[row] : offsets[row + 1]], run, keys)
            for start in range(count):
                bit = _bit(keys[start], bits)
                if twice[bit >> np.uint64(3)] & (np.uint8(1) << np.uint8(bit & np.uint64(7))):
                    found[kept], starts[kept], groups[kept] = keys[start], offsets[row] + start, group[row]
                    kept += 1
        _mark(found[:kept], starts[:kept], groups[:kept], run, least, repeated)
    return repeated


def repeated_runs(words: U64, offsets: I64, owner: I64, group: I64, run: int, least: int) -> Bools:
    """See ``Backend.repeated_runs``. Most runs occur once, which a bitmap shows that fits into the cache."""
    bounds = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(owner, minlength=1))))
    return _repeated_runs(words, offsets, np.lexsort((group, owner)), bounds, group, run, least)
