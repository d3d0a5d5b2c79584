"""From word hashes to fingerprints. All integer arithmetic is unsigned: wrapping around is the modulo 2^32 or 2^64."""

from __future__ import annotations

import itertools

import numpy as np

from dedupe.arrays import I64, U8, U32, U64
from dedupe.kernels.ragged import distinct, ragged_offsets
from dedupe.kernels.records import JOIN_MULTIPLIER, KeptHashes, Recipe, hash_constants
from dedupe.kernels.reference.words import fmix64, word_hashes

_EMPTY_MINIMUM = np.uint32(0xFFFFFFFF)

_SIGNATURE_BLOCK = 512
"""Shingles permuted at once: 512 × 128 × 4 bytes stay in a core's second-level cache."""


def _fmix32(h: U32) -> U32:
    """MurmurHash3's 32-bit finaliser (Appleby), a bijection."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def _powers(base: int, count: int) -> U64:
    """base^0 … base^(count - 1) modulo 2^64, uint64[count]."""
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)


def sequence_hashes(words: U64, offsets: I64, seed: int) -> U64:
    """See ``Backend.sequence_hashes``. Takes differences of prefix sums of word × base^i over all rows, and divides
    them by the power at which each row begins, by multiplying with the inverse of the odd base."""
    base = int(hash_constants(seed).sequence_base)
    prefix = np.zeros(words.size + 1, np.uint64)
    np.cumsum(words * _powers(base, words.size), out=prefix[1:])
    inverse = _powers(pow(base, -1, 2**64), words.size + 1)
    return fmix64((prefix[offsets[1:]] - prefix[offsets[:-1]]) * inverse[offsets[:-1]])


def shingle_hashes(words: U64, offsets: I64, shingle_words: int, seed: int) -> tuple[U64, I64]:
    """See ``Backend.shingle_hashes``. Adds up all shingles of all rows at once, one word of each at a time."""
    lengths = np.diff(offsets)
    counts = np.where(lengths >= shingle_words, lengths - shingle_words + 1, np.minimum(lengths, 1))
    shingle_offsets = ragged_offsets(counts)
    if shingle_offsets[-1] == 0:
        return np.zeros(0, np.uint64), shingle_offsets
    rows = np.repeat(np.arange(counts.size), counts)
    starts = offsets[:-1][rows] + np.arange(shingle_offsets[-1]) - shingle_offsets[rows]
    powers = _powers(int(hash_constants(seed).shingle_base), shingle_words)
    padded = np.concatenate((words, np.zeros(shingle_words, np.uint64)))
    total = np.zeros(starts.size, np.uint64)
    inside = np.minimum(lengths[rows], shingle_words)
    for i in range(shingle_words):
        total += np.where(inside > i, padded[starts + i] * powers[i], np.uint64(0))
    # The number of missing words distinguishes a short row from a full shingle whose last words have the hash 0.
    return fmix64(total ^ (np.uint64(shingle_words) - inside.astype(np.uint64))), shingle_offsets


def unique_sorted(values: U64, offsets: I64) -> tuple[U64, I64]:
    """See ``Backend.unique_sorted``. Sorts one row after the other."""
    return _ragged([distinct(values[start:end]) for start, end in itertools.pairwise(offsets.tolist())])


def _ragged(rows: list[U64]) -> tuple[U64, I64]:
    sizes = np.fromiter((row.size for row in rows), np.int64, len(rows))
    return np.concatenate(rows) if rows else np.zeros(0, np.uint64), ragged_offsets(sizes)


def signatures(shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
    """See ``Backend.signatures``. Applies all permutations to a block of shingles at once."""
    mixed = _fmix32((shingles & np.uint64(0xFFFFFFFF)).astype(np.uint32))
    out = np.full((offsets.size - 1, a.size), _EMPTY_MINIMUM, np.uint32)
    scratch = np.empty((a.size, _SIGNATURE_BLOCK), np.uint32)
    for row, (start, end) in enumerate(itertools.pairwise(offsets.tolist())):
        for block in range(start, end, _SIGNATURE_BLOCK):
            hashed = mixed[block : min(end, block + _SIGNATURE_BLOCK)]
            permuted = scratch[:, : hashed.size]
            np.multiply(a[:, None], hashed[None, :], out=permuted)
            permuted += b[:, None]
            np.minimum(out[row], permuted.min(axis=1), out=out[row])
    return out


def winnow(shingles: U64, offsets: I64, window: int, reach_on: int) -> tuple[U64, I64]:
    """See ``Backend.winnow``. Finds the minima of all windows by doubling: in log2(``window``) passes over a row."""
    rows = []
    for start, end in itertools.pairwise(offsets.tolist()):
        runs = shingles[start:end]
        if 0 < reach_on < runs.size:
            runs = runs[:-reach_on] * JOIN_MULTIPLIER + runs[reach_on:]
        if runs.size > window:
            minima, span = runs, 1
            while span * 2 <= window:
                minima, span = np.minimum(minima[:-span], minima[span:]), span * 2
            rest = window - span
            minima = np.minimum(minima[: minima.size - rest], minima[rest:])
            rows.append(distinct(minima))
        else:
            rows.append(runs[:0] if runs.size == 0 else runs.min(keepdims=True))
    return _ragged(rows)


def fingerprint(
    letters: U8, offsets: I64, recipe: Recipe, words: I64, digests: U64, signature_rows: U32, hashes: KeptHashes | None
) -> None:
    """See ``Backend.fingerprint``. Calls the other kernels one after the other."""
    hashed, word_offsets = word_hashes(letters, offsets, recipe.seed)
    words[:] = np.diff(word_offsets)
    digests[:] = sequence_hashes(hashed, word_offsets, recipe.seed)
    in_order, shingle_offsets = shingle_hashes(hashed, word_offsets, recipe.shingle_words, recipe.seed)
    signature_rows[:] = signatures(in_order, shingle_offsets, recipe.a, recipe.b)
    if hashes is None:
        return
    for (values, ends), target, target_offsets in (
        (unique_sorted(in_order, shingle_offsets), hashes.shingles, hashes.shingle_offsets),
        (winnow(in_order, shingle_offsets, recipe.window, recipe.reach_on), hashes.passages, hashes.passage_offsets),
    ):
        target_offsets[1:] = target_offsets[0] + ends[1:]
        target[target_offsets[0] : target_offsets[-1]] = values
