"""NumPy kernels, the reference. "Ragged" means Arrow's list layout: flat values and int64 offsets, one row a slice.

All arithmetic is unsigned and wraps around: the wrap *is* the modulo 2^32 or 2^64. ``_numba.py`` has the same names and
arguments and gives the same answers to the bit, except where a docstring here leaves a choice.
"""

from __future__ import annotations

import itertools

import numpy as np

from dedupe.arrays import I64, U8, U32, U64
from dedupe.kernels.contract import JOIN, KeptHashes, Recipe, multipliers
from dedupe.kernels.ragged import distinct, ragged_offsets
from dedupe.kernels.reference.words import fmix64, word_hashes

_EMPTY_MINIMUM = np.uint32(0xFFFFFFFF)

_SIGNATURE_BLOCK = 512
"""Shingles permuted at once: 512 x 128 x 4 bytes stay in a core's second-level cache."""


def _fmix32(h: U32) -> U32:
    """MurmurHash3's 32-bit finaliser (Appleby), a bijection."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def _powers(base: int, count: int) -> U64:
    """base^0 … base^(count-1) modulo 2^64, uint64[count]."""
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)


def sequence_hashes(words: U64, offsets: I64, seed: int) -> U64:
    """Hash of each row's whole word sequence, uint64[rows]; equal exactly when the words are (64-bit).

    Polynomial modulo 2^64 (Karp & Rabin 1987): prefix sums of word x base^i, differences brought back to base^0 with
    the inverse of the odd base.
    """
    base = int(multipliers(seed)[2])
    prefix = np.zeros(words.size + 1, np.uint64)
    np.cumsum(words * _powers(base, words.size), out=prefix[1:])
    inverse = _powers(pow(base, -1, 2**64), words.size + 1)
    return fmix64((prefix[offsets[1:]] - prefix[offsets[:-1]]) * inverse[offsets[:-1]])


def shingle_hashes(words: U64, offsets: I64, shingle_words: int, seed: int) -> tuple[U64, I64]:
    """Hashes of all runs of ``shingle_words`` words, in text order: ragged uint64.

    A row with fewer words, but at least one, has a single shingle: the hash of all it has. So short rows match only
    when their words are the same. An empty row has none.
    """
    lengths = np.diff(offsets)
    counts = np.where(lengths >= shingle_words, lengths - shingle_words + 1, np.minimum(lengths, 1))
    shingle_offsets = ragged_offsets(counts)
    if shingle_offsets[-1] == 0:
        return np.zeros(0, np.uint64), shingle_offsets
    rows = np.repeat(np.arange(counts.size), counts)
    starts = offsets[:-1][rows] + np.arange(shingle_offsets[-1]) - shingle_offsets[rows]
    powers = _powers(int(multipliers(seed)[1]), shingle_words)
    padded = np.concatenate((words, np.zeros(shingle_words, np.uint64)))
    total = np.zeros(starts.size, np.uint64)
    inside = np.minimum(lengths[rows], shingle_words)
    for i in range(shingle_words):
        total += np.where(inside > i, padded[starts + i] * powers[i], np.uint64(0))
    # A short row is told from a full shingle of the same words plus nothing by its length.
    return fmix64(total ^ (np.uint64(shingle_words) - inside.astype(np.uint64))), shingle_offsets


def unique_sorted(values: U64, offsets: I64) -> tuple[U64, I64]:
    """Each row's distinct values in ascending order: ragged uint64."""
    return _ragged([distinct(values[start:end]) for start, end in itertools.pairwise(offsets.tolist())])


def _ragged(pieces: list[U64]) -> tuple[U64, I64]:
    sizes = np.fromiter((piece.size for piece in pieces), np.int64, len(pieces))
    return np.concatenate(pieces) if pieces else np.zeros(0, np.uint64), ragged_offsets(sizes)


def signatures(shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
    """MinHash signatures, uint32[rows, permutations], bit-identical to datasketch 2's ``affine32``.

    ``a``, ``b``: its multipliers and addends, uint32[permutations]. Each minimum is the minimum over a row's shingles
    of a x fmix32(low 32 bits of the shingle) + b, modulo 2^32 (Broder 1997). An empty row is all ones, datasketch's
    own empty value; callers must not compare such rows.
    """
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
    """Passage fingerprints: the distinct window minima of each row, ascending, ragged uint64.

    Winnowing (Schleimer, Wilkerson & Aiken 2003) over runs longer than a shingle: each shingle is joined with the one
    ``reach_on`` places on, where the row has one. So two rows that share ``window`` such runs in a row always share a
    fingerprint, and two that share a turn of phrase seldom do. A row with fewer runs than the window gives its one
    minimum.
    """
    pieces = []
    for start, end in itertools.pairwise(offsets.tolist()):
        row = shingles[start:end]
        if 0 < reach_on < row.size:
            row = row[:-reach_on] * JOIN + row[reach_on:]
        if row.size > window:
            # Minimum of every window by doubling: log2(window) passes instead of one a position.
            reach, span = row, 1
            while span * 2 <= window:
                reach, span = np.minimum(reach[:-span], reach[span:]), span * 2
            rest = window - span
            reach = np.minimum(reach[: reach.size - rest], reach[rest:])
            pieces.append(distinct(reach))
        else:
            pieces.append(row[:0] if row.size == 0 else row.min(keepdims=True))
    return _ragged(pieces)


def fingerprint(
    letters: U8, offsets: I64, recipe: Recipe, words: I64, digests: U64, signature_rows: U32, kept: KeptHashes | None
) -> None:
    """Everything a fingerprint holds, in one pass from folded letters into the caller's arrays.

    Written are: number of words, digest and signature of each row; and into ``kept``, if given, distinct shingles and
    passages behind what the first of their offsets counts already, and their ends.
    """
    hashed, word_offsets = word_hashes(letters, offsets, recipe.seed)
    words[:] = np.diff(word_offsets)
    digests[:] = sequence_hashes(hashed, word_offsets, recipe.seed)
    in_order, places = shingle_hashes(hashed, word_offsets, recipe.shingle_words, recipe.seed)
    signature_rows[:] = signatures(in_order, places, recipe.a, recipe.b)
    if kept is None:
        return
    for (values, ends), target, target_offsets in (
        (unique_sorted(in_order, places), kept.shingles, kept.shingle_offsets),
        (winnow(in_order, places, recipe.window, recipe.reach_on), kept.passages, kept.passage_offsets),
    ):
        target_offsets[1:] = target_offsets[0] + ends[1:]
        target[target_offsets[0] : target_offsets[-1]] = values
