"""NumPy kernels, the reference. "Ragged" means Arrow's list layout: flat values and int64 offsets, one row a slice.

All arithmetic is unsigned and wraps around: the wrap *is* the modulo 2^32 or 2^64.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]

_EMPTY_MINIMUM = np.uint32(0xFFFFFFFF)
_SIGNATURE_BLOCK = 1024
"""Shingles permuted at once: 1024 x 128 x 4 bytes stay in a core's second-level cache."""


def _fmix32(h: U32) -> U32:
    """MurmurHash3's 32-bit finaliser (Appleby), a bijection."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def _fmix64(h: U64) -> U64:
    """MurmurHash3's 64-bit finaliser (Appleby), a bijection."""
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


@functools.cache
def _bases(seed: int) -> tuple[int, int, int]:
    """Three odd 64-bit multipliers drawn from the seed: for letters, for words in a shingle, for sequences."""
    drawn = np.random.RandomState(seed).randint(0, 2**32, 6, dtype=np.uint32).astype(object)
    first, second, third = ((int(drawn[i]) << 32) | int(drawn[i + 1]) | 1 for i in (0, 2, 4))
    return first, second, third


def _powers(base: int, count: int) -> U64:
    """base^0 … base^(count-1) modulo 2^64, uint64[count]."""
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)


def _range_hashes(values: U64, starts: I64, ends: I64, base: int) -> U64:
    """Polynomial hash of values[start:end] for every range, uint64[ranges] (Karp & Rabin 1987, modulo 2^64).

    Prefix sums of value x base^i, differences brought back to base^0 with the inverse of the odd base.
    """
    prefix = np.zeros(values.size + 1, np.uint64)
    np.cumsum(values * _powers(base, values.size), out=prefix[1:])
    inverse = _powers(pow(base, -1, 2**64), values.size + 1)
    return _fmix64((prefix[ends] - prefix[starts]) * inverse[starts])


def word_hashes(points: U32, starts: I64, ends: I64, seed: int) -> U64:
    """Hash of each word, uint64[words]. ``points``: code points of normalised text; a word is points[start:end]."""
    return _range_hashes(points.astype(np.uint64) + np.uint64(1), starts, ends, _bases(seed)[0])


def sequence_hashes(words: U64, offsets: I64, seed: int) -> U64:
    """Hash of each row's whole word sequence, uint64[rows]; equal exactly when the words are (64-bit)."""
    return _range_hashes(words, offsets[:-1], offsets[1:], _bases(seed)[2])


def shingle_hashes(words: U64, offsets: I64, shingle_words: int, seed: int) -> tuple[U64, I64]:
    """Hashes of all runs of ``shingle_words`` words, in text order: ragged uint64.

    A row with fewer words, but at least one, has a single shingle: the hash of all it has. So short rows match only
    when their words are the same. An empty row has none.
    """
    lengths = np.diff(offsets)
    counts = np.where(lengths >= shingle_words, lengths - shingle_words + 1, np.minimum(lengths, 1))
    shingle_offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    if shingle_offsets[-1] == 0:
        return np.zeros(0, np.uint64), shingle_offsets
    rows = np.repeat(np.arange(counts.size), counts)
    starts = offsets[:-1][rows] + np.arange(shingle_offsets[-1]) - shingle_offsets[rows]
    powers = _powers(_bases(seed)[1], shingle_words)
    padded = np.concatenate((words, np.zeros(shingle_words, np.uint64)))
    total = np.zeros(starts.size, np.uint64)
    inside = np.minimum(lengths[rows], shingle_words)
    for i in range(shingle_words):
        total += np.where(inside > i, padded[starts + i] * powers[i], np.uint64(0))
    # A short row is told from a full shingle of the same words plus nothing by its length.
    return _fmix64(total ^ (np.uint64(shingle_words) - inside.astype(np.uint64))), shingle_offsets


def unique_sorted(values: U64, offsets: I64) -> tuple[U64, I64]:
    """Each row's distinct values in ascending order: ragged uint64."""
    pieces = [np.unique(values[start:end]) for start, end in itertools.pairwise(offsets)]
    sizes = np.fromiter((piece.size for piece in pieces), np.int64, len(pieces))
    flat = np.concatenate(pieces) if pieces else np.zeros(0, np.uint64)
    return flat, np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))


def signatures(shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
    """MinHash signatures, uint32[rows, permutations], bit-identical to datasketch 2's ``affine32``.

    ``a``, ``b``: its multipliers and addends, uint32[permutations]. A minimum is the least of a x fmix32(low 32 bits of
    the shingle) + b, modulo 2^32, over a row's shingles (Broder 1997). An empty row is all ones, datasketch's own empty
    value; callers must not compare such rows.
    """
    mixed = _fmix32((shingles & np.uint64(0xFFFFFFFF)).astype(np.uint32))
    out = np.full((offsets.size - 1, a.size), _EMPTY_MINIMUM, np.uint32)
    for row, (start, end) in enumerate(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)):
        for block in range(start, end, _SIGNATURE_BLOCK):
            hashed = mixed[block : min(end, block + _SIGNATURE_BLOCK)]
            permuted = a[:, None] * hashed[None, :] + b[:, None]
            np.minimum(out[row], permuted.min(axis=1), out=out[row])
    return out


def band_keys(signature_rows: U32, rows_per_band: int) -> U64:
    """One key a band, uint64[rows, bands]: a hash of the band's minima and of its number (Indyk & Motwani 1998)."""
    bands = signature_rows.shape[1] // rows_per_band
    sliced = signature_rows[:, : bands * rows_per_band].reshape(-1, bands, rows_per_band).astype(np.uint64)
    keys = np.broadcast_to(np.arange(bands, dtype=np.uint64), sliced.shape[:2]).copy()
    for i in range(rows_per_band):
        keys = _fmix64(keys * np.uint64(0x9E3779B97F4A7C15) + sliced[:, :, i])
    return keys


def winnow(shingles: U64, offsets: I64, window: int) -> tuple[U64, I64]:
    """Passage fingerprints: the distinct window minima of each row, ascending, ragged uint64.

    Winnowing (Schleimer, Wilkerson & Aiken 2003): two rows that share a run of ``window + k - 1`` words, k the words
    of a shingle, share a fingerprint. A row with fewer shingles than the window gives its one minimum.
    """
    pieces = []
    for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        row = shingles[start:end]
        if row.size > window:
            # Minimum of every window by doubling: log2(window) passes instead of one a position.
            reach, span = row, 1
            while span * 2 <= window:
                reach, span = np.minimum(reach[:-span], reach[span:]), span * 2
            rest = window - span
            reach = np.minimum(reach[: reach.size - rest], reach[rest:])
            pieces.append(np.unique(reach))
        else:
            pieces.append(row[:0] if row.size == 0 else row.min(keepdims=True))
    sizes = np.fromiter((piece.size for piece in pieces), np.int64, len(pieces))
    flat = np.concatenate(pieces) if pieces else np.zeros(0, np.uint64)
    return flat, np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))


def shared_counts(values: U64, offsets: I64, left: I64, right: I64) -> I64:
    """Number of values that rows ``left[i]`` and ``right[i]`` share, int64[pairs]. Rows are distinct and ascending."""
    out = np.empty(left.size, np.int64)
    for i, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        both = np.concatenate((values[offsets[a] : offsets[a + 1]], values[offsets[b] : offsets[b + 1]]))
        both.sort()
        out[i] = np.count_nonzero(both[1:] == both[:-1])
    return out
