"""Numba kernels: the names, arguments and answers of ``_numpy.py``, compiled.

Compiled without ``parallel=True`` (a third of the time to compile) and with the GIL released: threads work on slices.
A uint64 meets only uint64 here: with a signed integer Numba would make it a float. Loops run from zero over views:
only then does Numba know that no index is negative, and vectorises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dedupe.kernels._jit import compiled, hashes_at
from dedupe.kernels._numba_words import _fmix64, fold, hash_row, longest_row, word_hashes
from dedupe.kernels._numpy import I64, JOIN, U8, U32, U64, Recipe, multipliers

__all__ = [
    "band_keys",
    "bucket_members",
    "fingerprint",
    "fold",
    "rows_of",
    "sequence_hashes",
    "shared_buckets",
    "shared_counts",
    "shingle_hashes",
    "signatures",
    "unique_sorted",
    "winnow",
    "word_hashes",
]


@compiled
def _sequence_hashes(words: U64, offsets: I64, base: np.uint64) -> U64:
    hashes = np.empty(offsets.size - 1, np.uint64)
    for row in range(hashes.size):
        total = np.uint64(0)
        # From the last word to the first: Horner's rule for the sum of word x base^place.
        for place in range(offsets[row + 1] - 1, offsets[row] - 1, -1):
            total = total * base + words[place]
        hashes[row] = _fmix64(total)
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
        target[j] = _fmix64(target[j] ^ short)
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
    size = shingles.size
    for i in range(size):
        h = np.uint32(shingles[i])
        h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
        h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
        hashed[i] = np.uint32(h ^ (h >> np.uint32(16)))
    # Four permutations at once share each load; their minima stay in vector registers.
    fours = a.size - a.size % 4
    for p in range(0, fours, 4):
        a0, a1, a2, a3 = a[p], a[p + 1], a[p + 2], a[p + 3]
        b0, b1, b2, b3 = b[p], b[p + 1], b[p + 2], b[p + 3]
        m0 = m1 = m2 = m3 = np.uint32(0xFFFFFFFF)
        for i in range(size):
            h = hashed[i]
            m0 = min(m0, np.uint32(np.uint32(a0 * h) + b0))
            m1 = min(m1, np.uint32(np.uint32(a1 * h) + b1))
            m2 = min(m2, np.uint32(np.uint32(a2 * h) + b2))
            m3 = min(m3, np.uint32(np.uint32(a3 * h) + b3))
        out[p], out[p + 1], out[p + 2], out[p + 3] = m0, m1, m2, m3
    for p in range(fours, a.size):
        m0 = np.uint32(0xFFFFFFFF)
        for i in range(size):
            m0 = min(m0, np.uint32(np.uint32(a[p] * hashed[i]) + b[p]))
        out[p] = m0


@compiled
def signatures(shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
    """uint32[rows, permutations]; see ``_numpy.signatures``."""
    hashed = np.empty(longest_row(offsets), np.uint32)
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
    shingles: U64,
    shingle_offsets: I64,
    passages: U64,
    passage_offsets: I64,
    signature_rows: U32,
) -> None:
    """``fingerprint`` one row after the other: what stands between the steps never leaves a core's cache."""
    longest = longest_row(offsets) // 2 + 1
    turns = np.empty(2 * longest + 10, np.int32)
    hashed, in_order, powers = np.empty(longest, np.uint64), np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    scratch, reach = np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    low = np.empty(longest, np.uint32)
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
        digests[row] = _fmix64(total)
        ordered = in_order[: _shingle_row(hashed[:count], size, drawn[1], in_order)]
        _signature_row(ordered, a, b, low, signature_rows[row])
        first = shingle_offsets[row]
        shingle_offsets[row + 1] = first + _sort_distinct(ordered, scratch, shingles[first:])
        kept = _minima_row(ordered, window, reach_on, reach)
        first = passage_offsets[row]
        passage_offsets[row + 1] = first + _sort_distinct(reach[:kept], scratch, passages[first:])


def fingerprint(letters: U8, offsets: I64, recipe: Recipe, *out: Any) -> None:
    """See ``_numpy.fingerprint``."""
    shingle_words, window, reach_on, seed, a, b = recipe
    _fingerprint(letters, offsets, shingle_words, window, reach_on, multipliers(seed), a, b, *out)


_SLOTS_A_VALUE = 16
"""Slots of a row's index for each value of it: one in sixteen other values meets a full one by chance."""


@compiled
def _shared_with(row: U64, shift: np.uint64, full: U8, first: I64, other: U64, maybe: U64) -> int:
    """How many of the other row's values stand in the indexed row. Most fail at an empty slot, without a branch."""
    passed: Any = 0
    for j in range(other.size):
        maybe[passed] = other[j]
        passed += np.int64(full[other[j] >> shift])
    count = 0
    for j in range(passed):
        value = maybe[j]
        i = first[value >> shift]
        while i < row.size and row[i] < value:
            i += 1
        count += i < row.size and row[i] == value
    return count


def rows_of(chunks: Sequence[tuple[U64, I64]]) -> tuple[U64, I64, Sequence[tuple[U64, I64]]]:
    """Address and size of every row, and the chunks, which must outlive them; see ``_numpy.rows_of``."""
    addresses = [values.ctypes.data + 8 * offsets[:-1] for values, offsets in chunks]
    sizes = [np.diff(offsets) for _, offsets in chunks]
    none = np.zeros(0, np.int64)
    return np.concatenate((none, *addresses)).astype(np.uint64), np.concatenate((none, *sizes)), chunks


@compiled
def _shared_counts(addresses: U64, sizes: I64, left: I64, right: I64) -> I64:
    longest: Any = 0
    for size in sizes:
        longest = max(longest, size)
    slots = 64
    while slots < longest * _SLOTS_A_VALUE:
        slots *= 2
    # Whether a slot of the range has a value of the left row, and its first value if so.
    full, first = np.zeros(slots, np.uint8), np.empty(slots, np.int64)
    maybe = np.empty(longest + 1, np.uint64)
    out = np.empty(left.size, np.int64)
    indexed, shift = -1, np.uint64(58)
    for pair in range(left.size):
        row = hashes_at(addresses[left[pair]], sizes[left[pair]])
        if indexed != left[pair]:
            indexed = left[pair]
            power = 6
            while (1 << power) < row.size * _SLOTS_A_VALUE:
                power += 1
            shift = np.uint64(64 - power)
            full[: 1 << power] = 0
            for i in range(row.size):
                slot = row[row.size - 1 - i] >> shift
                full[slot] = 1
                first[slot] = row.size - 1 - i
        other = hashes_at(addresses[right[pair]], sizes[right[pair]])
        out[pair] = _shared_with(row, shift, full, first, other, maybe)
    return out


def shared_counts(rows: tuple[U64, I64, Sequence[tuple[U64, I64]]], left: I64, right: I64) -> I64:
    """int64[pairs]; see ``_numpy.shared_counts``. A left row is indexed once for all pairs in a row it stands in."""
    return _shared_counts(rows[0], rows[1], left, right)


@compiled
def band_keys(signature_rows: U32, rows_per_band: int) -> U64:
    """uint64[rows, bands]; see ``_numpy.band_keys``."""
    rows, bands = signature_rows.shape[0], signature_rows.shape[1] // rows_per_band
    keys = np.empty((rows, bands), np.uint64)
    for row in range(rows):
        minima, target = signature_rows[row], keys[row]
        for band in range(bands):
            key = np.uint64(band)
            for i in range(rows_per_band):
                key = _fmix64(key * JOIN + np.uint64(minima[band * rows_per_band + i]))
            target[band] = key
    return keys


@compiled
def bucket_members(keys: U64, offsets: I64, first_row: int, row_bits: int, part: int, parts: int) -> U64:
    """Packed uint64; see ``_numpy.bucket_members``."""
    mask, wanted, bits = np.uint64(parts - 1), np.uint64(part), np.uint64(row_bits)
    members = np.empty(offsets[-1] - offsets[0] + 1, np.uint64)
    count = 0
    for row in range(offsets.size - 1):
        for key in keys[offsets[row] : offsets[row + 1]]:
            members[count] = (key << bits) | np.uint64(first_row + row)
            count += (key & mask) == wanted
    return members[:count].copy()


@compiled
def shared_buckets(members: U64, row_bits: int) -> U64:
    """Packed uint64; see ``_numpy.shared_buckets``."""
    bits = np.uint64(row_bits)
    kept = np.empty(members.size + 1, np.uint64)
    count = 0
    before = False
    for i in range(members.size - 1):
        after = (members[i] ^ members[i + 1]) >> bits == 0
        kept[count] = members[i]
        count += before | after
        before = after
    if before:
        kept[count] = members[-1]
        count += 1
    return kept[:count].copy()
