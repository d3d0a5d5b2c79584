"""Numba kernels: the names, arguments and answers of ``_numpy.py``, compiled.

Compiled without ``parallel=True`` (a third of the time to compile) and with the GIL released: threads work on slices.
A uint64 meets only uint64 here: with a signed integer Numba would make it a float. Loops run from zero over views:
only then does Numba know that no index is negative, and vectorises.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dedupe.arrays import I64, U8, U32, U64
from dedupe.kernels.compiled.llvm import LANES, compiled, put_four_least
from dedupe.kernels.compiled.words import fmix64, hash_row, longest_row
from dedupe.kernels.contract import JOIN, KeptHashes, Recipe, multipliers


@compiled
def _sequence_hashes(words: U64, offsets: I64, base: np.uint64) -> U64:
    hashes = np.empty(offsets.size - 1, np.uint64)
    for row in range(hashes.size):
        total = np.uint64(0)
        # From the last word to the first: Horner's rule for the sum of word x base^place.
        for place in range(offsets[row + 1] - 1, offsets[row] - 1, -1):
            total = total * base + words[place]
        hashes[row] = fmix64(total)
    return hashes


def sequence_hashes(words: U64, offsets: I64, seed: int) -> U64:
    """uint64[rows]; see ``_numpy.sequence_hashes``."""
    return _sequence_hashes(words, offsets, multipliers(seed)[2])


@compiled
def _shingle_row(words: U64, size: int, base: np.uint64, hashes: U64) -> int:
    inside = min(size, words.size)
    count = min(words.size, max(1, words.size - size + 1))
    target = hashes[:count]
    for j in range(count):
        target[j] = words[j]
    power = base
    # One word place after the other, so that the inner loop runs over neighbours and is vectorised.
    for i in range(1, inside):
        source = words[i:]
        for j in range(count):
            target[j] += source[j] * power
        power *= base
    short = np.uint64(size - inside)
    for j in range(count):
        target[j] = fmix64(target[j] ^ short)
    return count


@compiled
def _shingle_hashes(words: U64, offsets: I64, size: int, base: np.uint64) -> tuple[U64, I64]:
    rows = offsets.size - 1
    hashes = np.empty(words.size, np.uint64)
    places = np.zeros(rows + 1, np.int64)
    for row in range(rows):
        row_words = words[offsets[row] : offsets[row + 1]]
        places[row + 1] = places[row] + _shingle_row(row_words, size, base, hashes[places[row] :])
    return hashes[: places[rows]], places


def shingle_hashes(words: U64, offsets: I64, shingle_words: int, seed: int) -> tuple[U64, I64]:
    """Ragged uint64; see ``_numpy.shingle_hashes``."""
    return _shingle_hashes(words, offsets, shingle_words, multipliers(seed)[1])


@compiled
def _scatter(values: U64, shift: np.uint64, places: I64, out: U64) -> None:
    """Values in the stable order of one byte. ``places``: where the values with each byte begin; used up."""
    for i in range(values.size):
        byte = (values[i] >> shift) & np.uint64(0xFF)
        out[places[byte]] = values[i]
        places[byte] += 1


@compiled
def _sort_distinct(values: U64, scratch: U64, out: U64) -> int:
    """Distinct values in ascending order into ``out``; their number.

    Hashes are spread evenly: a radix sort by the two top bytes leaves few in the wrong place (Knuth, The Art of
    Computer Programming 3, 5.2.5), so that the insertion sort after it seldom takes a branch.
    """
    size = values.size
    low, high = np.zeros(257, np.int64), np.zeros(257, np.int64)
    for i in range(size):
        low[((values[i] >> np.uint64(48)) & np.uint64(0xFF)) + np.uint64(1)] += 1
        high[(values[i] >> np.uint64(56)) + np.uint64(1)] += 1
    for i in range(256):
        low[i + 1] += low[i]
        high[i + 1] += high[i]
    _scatter(values, np.uint64(48), low, scratch)
    _scatter(scratch[:size], np.uint64(56), high, out)
    count = min(size, 1)
    for i in range(1, size):
        value = out[i]
        if value > out[count - 1]:
            out[count] = value
            count += 1
            continue
        j = count
        while j > 0 and out[j - 1] > value:
            j -= 1
        if j > 0 and out[j - 1] == value:
            continue
        for k in range(count, j, -1):
            out[k] = out[k - 1]
        out[j] = value
        count += 1
    return count


@compiled
def unique_sorted(values: U64, offsets: I64) -> tuple[U64, I64]:
    """Ragged uint64; see ``_numpy.unique_sorted``."""
    rows = offsets.size - 1
    scratch = np.empty(longest_row(offsets), np.uint64)
    out = np.empty(values.size, np.uint64)
    places = np.zeros(rows + 1, np.int64)
    for row in range(rows):
        row_values = values[offsets[row] : offsets[row + 1]]
        places[row + 1] = places[row] + _sort_distinct(row_values, scratch, out[places[row] :])
    return out[: places[rows]], places


@compiled
def _minima_row(shingles: U64, window: int, reach_on: int, reach: U64) -> int:
    """Minima of every window, without repeats in a row, into ``reach``; their number."""
    size = shingles.size
    if 0 < reach_on < size:
        size -= reach_on
        ahead = shingles[reach_on:]
        for i in range(size):
            reach[i] = shingles[i] * JOIN + ahead[i]
    else:
        reach[:size] = shingles
    # By doubling: log2(window) vectorised passes instead of one step a position.
    span = 1
    wanted = min(window, size)
    while span < wanted:
        step = min(span, wanted - span)
        size -= step
        ahead = reach[step:]
        for i in range(size):
            reach[i] = min(reach[i], ahead[i])
        span += step
    kept = 0
    last = ~reach[0] if size else np.uint64(0)
    for i in range(size):
        value = reach[i]
        reach[kept] = value
        kept += value != last
        last = value
    return kept


@compiled
def winnow(shingles: U64, offsets: I64, window: int, reach_on: int) -> tuple[U64, I64]:
    """Ragged uint64; see ``_numpy.winnow``."""
    rows = offsets.size - 1
    longest = longest_row(offsets)
    scratch, reach = np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    out = np.empty(shingles.size, np.uint64)
    places = np.zeros(rows + 1, np.int64)
    for row in range(rows):
        kept = _minima_row(shingles[offsets[row] : offsets[row + 1]], window, reach_on, reach)
        places[row + 1] = places[row] + _sort_distinct(reach[:kept], scratch, out[places[row] :])
    return out[: places[rows]].copy(), places


@compiled
def _signature_row(shingles: U64, a: U32, b: U32, hashed: U32, out: U32) -> None:
    """Minima of one row into ``out``; ``hashed`` has room for ``LANES`` more than there are shingles."""
    size = shingles.size
    for i in range(size):
        h = np.uint32(shingles[i])
        h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
        h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
        hashed[i] = np.uint32(h ^ (h >> np.uint32(16)))
    out[:] = np.uint32(0xFFFFFFFF)
    if size == 0:
        return
    # The last lanes are filled with what is there already: it changes no minimum.
    hashed[size : size + LANES] = hashed[0]
    fours = a.size - a.size % 4
    for p in range(0, fours, 4):
        put_four_least(out, p, hashed, (size + LANES - 1) // LANES * LANES, a, b)
    for p in range(fours, a.size):
        for i in range(size):
            out[p] = min(out[p], np.uint32(np.uint32(a[p] * hashed[i]) + b[p]))


@compiled
def signatures(shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
    """uint32[rows, permutations]; see ``_numpy.signatures``."""
    hashed = np.empty(longest_row(offsets) + LANES, np.uint32)
    out = np.empty((offsets.size - 1, a.size), np.uint32)
    for row in range(offsets.size - 1):
        _signature_row(shingles[offsets[row] : offsets[row + 1]], a, b, hashed, out[row])
    return out


@compiled
def _fingerprint(
    letters: U8,
    offsets: I64,
    size: int,
    window: int,
    reach_on: int,
    drawn: U64,
    a: U32,
    b: U32,
    words: I64,
    digests: U64,
    signature_rows: U32,
    sketch_only: bool,
    shingles: U64,
    shingle_offsets: I64,
    passages: U64,
    passage_offsets: I64,
) -> None:
    """``fingerprint`` one row after the other: what stands between the steps never leaves a core's cache."""
    longest = longest_row(offsets) // 2 + 1
    turns = np.empty(2 * longest + 10, np.int32)
    hashed, in_order, powers = np.empty(longest, np.uint64), np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    scratch, reach = np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    low = np.empty(longest + LANES, np.uint32)
    power = np.uint64(1)
    for i in range(longest):
        powers[i] = power
        power *= drawn[2]
    for row in range(offsets.size - 1):
        count = hash_row(letters, offsets[row], offsets[row + 1], turns, drawn, hashed)
        words[row] = count
        total = np.uint64(0)
        for i in range(count):
            total += hashed[i] * powers[i]
        digests[row] = fmix64(total)
        ordered = in_order[: _shingle_row(hashed[:count], size, drawn[1], in_order)]
        _signature_row(ordered, a, b, low, signature_rows[row])
        if sketch_only:
            continue
        first = shingle_offsets[row]
        shingle_offsets[row + 1] = first + _sort_distinct(ordered, scratch, shingles[first:])
        kept = _minima_row(ordered, window, reach_on, reach)
        first = passage_offsets[row]
        passage_offsets[row + 1] = first + _sort_distinct(reach[:kept], scratch, passages[first:])


def fingerprint(
    letters: U8, offsets: I64, recipe: Recipe, words: I64, digests: U64, signature_rows: U32, kept: KeptHashes | None
) -> None:
    """See ``_numpy.fingerprint``."""
    shingle_words, window, reach_on, seed, a, b = recipe
    written = (words, digests, signature_rows, kept is None, *(kept or _NOTHING))
    _fingerprint(letters, offsets, shingle_words, window, reach_on, multipliers(seed), a, b, *written)


_NOTHING = KeptHashes(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.int64))


def is_cached() -> bool:
    """Whether machine code of an earlier process is there, so that nothing need be compiled."""
    dispatcher: Any = _fingerprint
    return any(Path(dispatcher.stats.cache_path).glob("*._fingerprint-*.nbi"))
