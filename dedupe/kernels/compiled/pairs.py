"""Compiled kernels that pair rows and count what they share; ``_numba.py`` hands them on with the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dedupe.arrays import I64, U8, U32, U64
from dedupe.kernels.compiled.llvm import compiled, hashes_at
from dedupe.kernels.compiled.words import fmix64
from dedupe.kernels.contract import JOIN

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
                key = fmix64(key * JOIN + np.uint64(minima[band * rows_per_band + i]))
            target[band] = key
    return keys


@compiled
def band_members(signature_rows: U32, band: int, rows_per_band: int, row_bits: int) -> U64:
    """Packed uint64; see ``_numpy.band_members``."""
    members, bits = np.empty(signature_rows.shape[0], np.uint64), np.uint64(row_bits)
    for row in range(members.size):
        key = np.uint64(0)
        for i in range(rows_per_band):
            key = fmix64(key * JOIN + np.uint64(signature_rows[row, band * rows_per_band + i]))
        members[row] = (key << bits) | np.uint64(row)
    return members


@compiled
def equal_minima(signature_rows: U32, left: I64, right: I64) -> I64:
    """int64[pairs]; see ``_numpy.equal_minima``."""
    out = np.empty(left.size, np.int64)
    for pair in range(left.size):
        ours, theirs = signature_rows[left[pair]], signature_rows[right[pair]]
        same = 0
        for i in range(ours.size):
            same += ours[i] == theirs[i]
        out[pair] = same
    return out


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
