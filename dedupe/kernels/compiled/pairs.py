"""Pairing rows by equal keys, and counting what two rows share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dedupe.arrays import I64, U32, U64
from dedupe.kernels.compiled import native


class Rows(NamedTuple):
    """The rows of several arrays, where they are.

    ``addresses``: of the first value of each row, uint64[rows]. ``sizes``: the values of each row, int64[rows].
    ``values``: the arrays, which must live as long as their addresses are used.
    """

    addresses: U64
    sizes: I64
    values: list[U64]


def rows_of(chunks: Sequence[tuple[U64, I64]]) -> Rows:
    """See ``Backend.rows_of``. Returns the address and the size of each row; nothing is copied."""
    arrays = [np.require(values, np.uint64, ["C_CONTIGUOUS", "ALIGNED"]) for values, _ in chunks]
    addresses, sizes = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for values, (_, offsets) in zip(arrays, chunks, strict=True):
        addresses.append(np.uint64(values.ctypes.data) + offsets[:-1].astype(np.uint64) * np.uint64(values.itemsize))
        sizes.append(np.diff(offsets))
    return Rows(np.concatenate(addresses), np.concatenate(sizes), arrays)


def shared_counts(rows: Rows, left: I64, right: I64) -> I64:
    """See ``Backend.shared_counts``. Indexes the left row once for all pairs that follow each other with it."""
    out = np.empty(left.size, np.int64)
    native.shared_counts(rows.addresses, rows.sizes, left, right, out)
    return out


def band_keys(signature_rows: U32, rows_per_band: int) -> U64:
    """See ``Backend.band_keys``. Computes one signature after the other."""
    rows, permutations = signature_rows.shape
    keys = np.empty((rows, permutations // rows_per_band), np.uint64)
    native.band_keys(signature_rows, permutations, rows_per_band, keys)
    return keys


def band_members(signature_rows: U32, band: int, rows_per_band: int, row_bits: int) -> U64:
    """See ``Backend.band_members``. Computes the keys of this band only."""
    rows, permutations = signature_rows.shape
    members = np.empty(rows, np.uint64)
    native.band_members(signature_rows, permutations, band, rows_per_band, row_bits, members)
    return members


def equal_minima(signature_rows: U32, left: I64, right: I64) -> I64:
    """See ``Backend.equal_minima``. Compares one pair after the other."""
    out = np.empty(left.size, np.int64)
    native.equal_minima(signature_rows, signature_rows.shape[1], left, right, out)
    return out


def bucket_members(keys: U64, offsets: I64, first_row: int, row_bits: int, part: int, parts: int) -> U64:
    """See ``Backend.bucket_members``. The members are in the order of the rows."""
    members = np.empty(int(offsets[-1] - offsets[0]), np.uint64)
    count = native.bucket_members(keys, offsets, first_row, row_bits, part, parts, members)
    return members[:count].copy()


def shared_buckets(members: U64, row_bits: int) -> U64:
    """See ``Backend.shared_buckets``. Compares every member with the next one."""
    kept = np.empty(members.size, np.uint64)
    count = native.shared_buckets(members, row_bits, kept)
    return kept[:count].copy()
