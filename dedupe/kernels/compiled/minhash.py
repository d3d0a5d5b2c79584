"""From word hashes to fingerprints.

A uint64 is combined with uint64 only: Numba makes a float of a uint64 and a signed integer. Loops run from zero over
views, because only then does Numba know that no index is negative, and LLVM vectorises them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dedupe.arrays import I64, U8, U32, U64
from dedupe.kernels.compiled.jit import compiled
from dedupe.kernels.compiled.words import fmix64, hash_row, longest_row
from dedupe.kernels.records import JOIN_MULTIPLIER, KeptHashes, Recipe, hash_constants


@compiled
def _sequence_hashes(words: U64, offsets: I64, base: np.uint64) -> U64:
    hashes = np.empty(offsets.size - 1, np.uint64)
    for row in range(hashes.size):
        total = np.uint64(0)
        # From the last word to the first: Horner's rule for the sum of word × base^place.
        for place in range(offsets[row + 1] - 1, offsets[row] - 1, -1):
            total = total * base + words[place]
        hashes[row] = fmix64(total)
    return hashes


def sequence_hashes(words: U64, offsets: I64, seed: int) -> U64:
    """See ``Backend.sequence_hashes``. Uses Horner's rule."""
    return _sequence_hashes(words, offsets, hash_constants(seed).sequence_base)


@compiled
def _shingle_row(words: U64, size: int, base: np.uint64, hashes: U64) -> int:
    """Write the shingles of one row to ``hashes``, and return how many there are."""
    inside = min(size, words.size)
    count = min(words.size, max(1, words.size - size + 1))
    target = hashes[:count]
    for j in range(count):
        target[j] = words[j]
    power = base
    # The outer loop takes one word of every shingle at a time, so that the inner loop runs over neighbouring elements
    # and is vectorised.
    for i in range(1, inside):
        source = words[i:]
        for j in range(count):
            target[j] += source[j] * power
        power *= base
    missing = np.uint64(size - inside)
    for j in range(count):
        target[j] = fmix64(target[j] ^ missing)
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
    """See ``Backend.shingle_hashes``. Computes one row after the other."""
    return _shingle_hashes(words, offsets, shingle_words, hash_constants(seed).shingle_base)


@compiled
def _scatter(values: U64, shift: np.uint64, places: I64, out: U64) -> None:
    """Sort values by one byte, stably, into ``out``.

    ``shift``: of the byte. ``places``: where the values with each byte begin in ``out``; it is changed.
    """
    for i in range(values.size):
        byte = (values[i] >> shift) & np.uint64(0xFF)
        out[places[byte]] = values[i]
        places[byte] += 1


@compiled
def _sort_distinct(values: U64, scratch: U64, out: U64) -> int:
    """Write the distinct values in ascending order to ``out``, and return how many there are.

    Because hashes are spread evenly, a radix sort by the two top bytes leaves few values in the wrong place (Knuth, The
    Art of Computer Programming 3, 5.2.5), so the insertion sort after it has little to do. ``scratch`` and ``out`` must
    have room for all values.
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
    """See ``Backend.unique_sorted``. Uses a radix sort that suits hashes; values that agree in their top bits take
    quadratic time."""
    rows = offsets.size - 1
    scratch = np.empty(longest_row(offsets), np.uint64)
    out = np.empty(values.size, np.uint64)
    places = np.zeros(rows + 1, np.int64)
    for row in range(rows):
        row_values = values[offsets[row] : offsets[row + 1]]
        places[row + 1] = places[row] + _sort_distinct(row_values, scratch, out[places[row] :])
    return out[: places[rows]], places


@compiled
def _minima_row(shingles: U64, window: int, reach_on: int, minima: U64) -> int:
    """Write the minimum of every window to ``minima``, equal neighbours once, and return how many these are."""
    size = shingles.size
    if 0 < reach_on < size:
        size -= reach_on
        ahead = shingles[reach_on:]
        for i in range(size):
            minima[i] = shingles[i] * JOIN_MULTIPLIER + ahead[i]
    else:
        minima[:size] = shingles
    # The span of the minima is doubled in each of log2(window) passes, which are vectorised.
    span = 1
    wanted = min(window, size)
    while span < wanted:
        step = min(span, wanted - span)
        size -= step
        ahead = minima[step:]
        for i in range(size):
            minima[i] = min(minima[i], ahead[i])
        span += step
    count = 0
    last = ~minima[0] if size else np.uint64(0)
    for i in range(size):
        value = minima[i]
        minima[count] = value
        count += value != last
        last = value
    return count


@compiled
def winnow(shingles: U64, offsets: I64, window: int, reach_on: int) -> tuple[U64, I64]:
    """See ``Backend.winnow``. Finds the minima of all windows by doubling."""
    rows = offsets.size - 1
    longest = longest_row(offsets)
    scratch, minima = np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    out = np.empty(shingles.size, np.uint64)
    places = np.zeros(rows + 1, np.int64)
    for row in range(rows):
        count = _minima_row(shingles[offsets[row] : offsets[row + 1]], window, reach_on, minima)
        places[row + 1] = places[row] + _sort_distinct(minima[:count], scratch, out[places[row] :])
    return out[: places[rows]].copy(), places


@compiled
def _signature_row(shingles: U64, a: U32, b: U32, scratch: U32, out: U32) -> None:
    """Write the minima of one row to ``out``. ``scratch``: room for as many elements as there are shingles."""
    mixed = scratch[: shingles.size]
    for i in range(mixed.size):
        h = np.uint32(shingles[i])
        h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
        h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
        mixed[i] = np.uint32(h ^ (h >> np.uint32(16)))
    for p in range(a.size):
        factor, addend, least = a[p], b[p], np.uint32(0xFFFFFFFF)
        for i in range(mixed.size):
            least = min(least, np.uint32(np.uint32(factor * mixed[i]) + addend))
        out[p] = least


@compiled
def signatures(shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
    """See ``Backend.signatures``. Applies one permutation after the other to a whole row."""
    scratch = np.empty(longest_row(offsets), np.uint32)
    out = np.empty((offsets.size - 1, a.size), np.uint32)
    for row in range(offsets.size - 1):
        _signature_row(shingles[offsets[row] : offsets[row + 1]], a, b, scratch, out[row])
    return out


@compiled
def _fingerprint(
    letters: U8,
    offsets: I64,
    size: int,
    window: int,
    reach_on: int,
    constants: tuple[np.uint64, np.uint64, np.uint64, np.uint64],
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
    """``fingerprint`` with the fields of its records. ``constants``: ``HashConstants`` as a plain tuple."""
    word_multiplier, shingle_base, sequence_base, word_start = constants
    longest = longest_row(offsets) // 2 + 1  # words; two words have a zero between them
    borders = np.empty(2 * longest, np.int32)
    hashed, in_order, powers = np.empty(longest, np.uint64), np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    scratch, minima, mixed = np.empty(longest, np.uint64), np.empty(longest, np.uint64), np.empty(longest, np.uint32)
    power = np.uint64(1)
    for i in range(longest):
        powers[i] = power
        power *= sequence_base
    for row in range(offsets.size - 1):
        count = hash_row(letters, offsets[row], offsets[row + 1], borders, word_multiplier, word_start, hashed)
        words[row] = count
        total = np.uint64(0)
        for i in range(count):
            total += hashed[i] * powers[i]
        digests[row] = fmix64(total)
        ordered = in_order[: _shingle_row(hashed[:count], size, shingle_base, in_order)]
        _signature_row(ordered, a, b, mixed, signature_rows[row])
        if sketch_only:
            continue
        first = shingle_offsets[row]
        shingle_offsets[row + 1] = first + _sort_distinct(ordered, scratch, shingles[first:])
        found = _minima_row(ordered, window, reach_on, minima)
        first = passage_offsets[row]
        passage_offsets[row + 1] = first + _sort_distinct(minima[:found], scratch, passages[first:])


def fingerprint(
    letters: U8, offsets: I64, recipe: Recipe, words: I64, digests: U64, signature_rows: U32, hashes: KeptHashes | None
) -> None:
    """See ``Backend.fingerprint``. Goes through all steps for one row after the other, so that what the steps pass on
    stays in a core's cache."""
    shingle_words, window, reach_on, seed, a, b = recipe
    results = (words, digests, signature_rows, hashes is None, *(hashes or _NO_HASHES))
    word_multiplier, shingle_base, sequence_base, word_start = hash_constants(seed)
    constants = (word_multiplier, shingle_base, sequence_base, word_start)
    _fingerprint(letters, offsets, shingle_words, window, reach_on, constants, a, b, *results)


_NO_HASHES = KeptHashes(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.int64))


def cache_folder() -> Path | None:
    """Return where machine code is stored; None if no folder for it can be written."""
    dispatcher: Any = _fingerprint
    path = dispatcher.stats.cache_path
    return Path(path) if path else None


def is_cached() -> bool:
    """Whether the disk holds machine code of an earlier process, so that nothing has to be compiled."""
    folder = cache_folder()
    return folder is not None and any(folder.glob("*._fingerprint-*.nbi"))
