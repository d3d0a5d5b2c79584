"""Pairing rows by equal keys, and counting what two rows share."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from dedupe.arrays import I64, U32, U64
from dedupe.kernels.records import JOIN_MULTIPLIER
from dedupe.kernels.reference.words import fmix64

_PAIRS_AT_ONCE = 512
"""Pairs of signatures compared at once: 512 × 128 × 4 bytes stay in a core's second-level cache."""


def band_keys(signature_rows: U32, rows_per_band: int) -> U64:
    """See ``Backend.band_keys``. Combines one minimum of every band with the keys at a time."""
    bands = signature_rows.shape[1] // rows_per_band
    sliced = signature_rows[:, : bands * rows_per_band].reshape(-1, bands, rows_per_band).astype(np.uint64)
    keys = np.broadcast_to(np.arange(bands, dtype=np.uint64), sliced.shape[:2]).copy()
    for i in range(rows_per_band):
        keys = fmix64(keys * JOIN_MULTIPLIER + sliced[:, :, i])
    return keys


def band_members(signature_rows: U32, band: int, rows_per_band: int, row_bits: int) -> U64:
    """See ``Backend.band_members``. Takes the keys of a signature that has no other band."""
    rows = np.arange(signature_rows.shape[0], dtype=np.uint64)
    keys = band_keys(signature_rows[:, band * rows_per_band : (band + 1) * rows_per_band], rows_per_band)
    packed: U64 = (keys[:, 0] << np.uint64(row_bits)) | rows
    return packed


def equal_minima(signature_rows: U32, left: I64, right: I64) -> I64:
    """See ``Backend.equal_minima``. Compares blocks of pairs."""
    out = np.empty(left.size, np.int64)
    for start in range(0, left.size, _PAIRS_AT_ONCE):
        some = slice(start, start + _PAIRS_AT_ONCE)
        out[some] = (signature_rows[left[some]] == signature_rows[right[some]]).sum(axis=1)
    return out


def bucket_members(keys: U64, offsets: I64, first_row: int, row_bits: int, part: int, parts: int) -> U64:
    """See ``Backend.bucket_members``. The members are in the order of the rows."""
    values = keys[offsets[0] : offsets[-1]]
    here = (values & np.uint64(parts - 1)) == part
    rows = np.repeat(np.arange(first_row, first_row + offsets.size - 1, dtype=np.uint64), np.diff(offsets))
    packed: U64 = (values[here] << np.uint64(row_bits)) | rows[here]
    return packed


def shared_buckets(members: U64, row_bits: int) -> U64:
    """See ``Backend.shared_buckets``. Compares every member with the one before it and the one after it."""
    same = (members[1:] ^ members[:-1]) >> np.uint64(row_bits) == 0
    shared: U64 = members[np.concatenate((same, [False])) | np.concatenate(([False], same))[: members.size]]
    return shared


def rows_of(chunks: Sequence[tuple[U64, I64]]) -> list[U64]:
    """See ``Backend.rows_of``. Returns a list with a view of each row; nothing is copied."""
    return [values[start:end] for values, offsets in chunks for start, end in itertools.pairwise(offsets.tolist())]


def shared_counts(rows: list[U64], left: I64, right: I64) -> I64:
    """See ``Backend.shared_counts``. Sorts the values of two rows together and counts equal neighbours."""
    out = np.empty(left.size, np.int64)
    for i, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        both = np.concatenate((rows[a], rows[b]))
        both.sort()
        out[i] = np.count_nonzero(both[1:] == both[:-1])
    return out
