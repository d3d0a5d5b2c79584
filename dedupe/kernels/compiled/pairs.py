"""Pairing rows by equal keys, and counting what two rows share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dedupe.arrays import I64, U8, U32, U64
from dedupe.kernels.compiled.jit import compiled
from dedupe.kernels.compiled.words import fmix64, longest_row
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import JOIN_MULTIPLIER

_SLOTS_A_VALUE = 16
"""Slots of a row's index for each value in the row. With this many, one in sixteen values of another row meets a full
slot by chance."""


@compiled
def _shared_with(row: U64, shift: np.uint64, full: U8, first: I64, other: U64, maybe: U64) -> int:
    """How many values of another row are in the indexed row.

    ``row``, ``shift``, ``full``, ``first``: the indexed row and its index, see ``_shared_counts``. ``maybe``: room for
    one value more than the other row has.
    """
    # Values that meet an empty slot are dropped, without a branch, which would be predicted wrongly too often.
    candidates: Any = 0
    for j in range(other.size):
        maybe[candidates] = other[j]
        candidates += np.int64(full[other[j] >> shift])
    count = 0
    for j in range(candidates):
        value = maybe[j]
        i = first[value >> shift]
        while i < row.size and row[i] < value:
            i += 1
        count += i < row.size and row[i] == value
    return count


def rows_of(chunks: Sequence[tuple[U64, I64]]) -> tuple[U64, I64]:
    """See ``Backend.rows_of``. Copies all values into one ragged array, because compiled code cannot take a list of
    arrays whose length may vary."""
    values = [values[offsets[0] : offsets[-1]] for values, offsets in chunks]
    sizes = [np.diff(offsets) for _, offsets in chunks]
    joined = np.concatenate((np.zeros(0, np.uint64), *values))
    return joined, ragged_offsets(np.concatenate((np.zeros(0, np.int64), *sizes)))


@compiled
def _shared_counts(values: U64, offsets: I64, left: I64, right: I64) -> I64:
    longest = longest_row(offsets)
    slots = 64
    while slots < longest * _SLOTS_A_VALUE:
        slots *= 2
    # The index of the left row: the range of all hashes is divided into slots. ``full``: whether the row has a value in
    # a slot; ``first``: the place in the row of the first one, if so.
    full, first = np.zeros(slots, np.uint8), np.empty(slots, np.int64)
    maybe = np.empty(longest + 1, np.uint64)
    out = np.empty(left.size, np.int64)
    indexed, shift = -1, np.uint64(58)
    for pair in range(left.size):
        row = values[offsets[left[pair]] : offsets[left[pair] + 1]]
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
        other = values[offsets[right[pair]] : offsets[right[pair] + 1]]
        out[pair] = _shared_with(row, shift, full, first, other, maybe)
    return out


def shared_counts(rows: tuple[U64, I64], left: I64, right: I64) -> I64:
    """See ``Backend.shared_counts``. Indexes the left row once for all pairs that follow each other with it."""
    return _shared_counts(*rows, left, right)


@compiled
def band_keys(signature_rows: U32, rows_per_band: int) -> U64:
    """See ``Backend.band_keys``. Computes one signature after the other."""
    rows, bands = signature_rows.shape[0], signature_rows.shape[1] // rows_per_band
    keys = np.empty((rows, bands), np.uint64)
    for row in range(rows):
        minima, target = signature_rows[row], keys[row]
        for band in range(bands):
            key = np.uint64(band)
            for i in range(rows_per_band):
                key = fmix64(key * JOIN_MULTIPLIER + np.uint64(minima[band * rows_per_band + i]))
            target[band] = key
    return keys


@compiled
def band_members(signature_rows: U32, band: int, rows_per_band: int, row_bits: int) -> U64:
    """See ``Backend.band_members``. Computes the keys of this band only."""
    members, bits = np.empty(signature_rows.shape[0], np.uint64), np.uint64(row_bits)
    for row in range(members.size):
        key = np.uint64(0)
        for i in range(rows_per_band):
            key = fmix64(key * JOIN_MULTIPLIER + np.uint64(signature_rows[row, band * rows_per_band + i]))
        members[row] = (key << bits) | np.uint64(row)
    return members


@compiled
def equal_minima(signature_rows: U32, left: I64, right: I64) -> I64:
    """See ``Backend.equal_minima``. Compares one pair after the other."""
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
    """See ``Backend.bucket_members``. The members are in the order of the rows."""
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
    """See ``Backend.shared_buckets``. Compares every member with the next one."""
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
