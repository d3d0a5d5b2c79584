"""NumPy kernels, the reference. "Ragged" means Arrow's list layout: flat values and int64 offsets, one row a slice.

All arithmetic is unsigned and wraps around: the wrap *is* the modulo 2^32 or 2^64. ``_numba.py`` has the same names and
arguments and gives the same answers to the bit, except where a docstring here leaves a choice.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedupe.kernels._numpy_linkage import agglomerated
from dedupe.kernels._numpy_partings import climb, worth_of_all
from dedupe.kernels._numpy_shares import best_matches, heaviest, holders, shared_holders, shared_sums
from dedupe.kernels._numpy_terms import TokenCodes, distinct_terms
from dedupe.kernels._numpy_words import (
    I64,
    U8,
    U64,
    distinct,
    fmix64,
    fold,
    multipliers,
    ragged_offsets,
    unescape,
    word_hashes,
)

__all__ = [
    "TokenCodes",
    "agglomerated",
    "agreements",
    "band_keys",
    "band_members",
    "best_matches",
    "bucket_members",
    "climb",
    "distinct_terms",
    "fingerprint",
    "fold",
    "heaviest",
    "holders",
    "rows_of",
    "sequence_hashes",
    "shared_buckets",
    "shared_counts",
    "shared_holders",
    "shared_sums",
    "shingle_hashes",
    "signatures",
    "unescape",
    "unique_sorted",
    "winnow",
    "word_hashes",
    "worth_of_all",
]

U32 = npt.NDArray[np.uint32]

_EMPTY_MINIMUM = np.uint32(0xFFFFFFFF)
JOIN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, an odd multiplier that tells the first of two joined hashes from the second."""
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


class Recipe(NamedTuple):
    """What decides a fingerprint, as kernels need it: shingle size, window and reach of ``winnow``, the seed of the
    hashes, multipliers and addends of the permutations (uint32 each)."""

    shingle_words: int
    window: int
    reach_on: int
    seed: int
    a: U32
    b: U32


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


def band_keys(signature_rows: U32, rows_per_band: int) -> U64:
    """One key a band, uint64[rows, bands]: a hash of the band's minima and of its number (Indyk & Motwani 1998)."""
    bands = signature_rows.shape[1] // rows_per_band
    sliced = signature_rows[:, : bands * rows_per_band].reshape(-1, bands, rows_per_band).astype(np.uint64)
    keys = np.broadcast_to(np.arange(bands, dtype=np.uint64), sliced.shape[:2]).copy()
    for i in range(rows_per_band):
        keys = fmix64(keys * JOIN + sliced[:, :, i])
    return keys


def band_members(signature_rows: U32, band: int, rows_per_band: int, row_bits: int) -> U64:
    """Members of the buckets of one band, uint64[rows]: as many low bits of its key as there is room for, above the
    number of the row, which fits in ``row_bits``."""
    rows = np.arange(signature_rows.shape[0], dtype=np.uint64)
    keys = band_keys(signature_rows[:, band * rows_per_band : (band + 1) * rows_per_band], rows_per_band)
    packed: U64 = (keys[:, 0] << np.uint64(row_bits)) | rows
    return packed


def agreements(signature_rows: U32, left: I64, right: I64) -> I64:
    """Number of minima that rows ``left[i]`` and ``right[i]`` have in common, int64[pairs]."""
    out = np.empty(left.size, np.int64)
    for start in range(0, left.size, _SIGNATURE_BLOCK):
        some = slice(start, start + _SIGNATURE_BLOCK)
        out[some] = (signature_rows[left[some]] == signature_rows[right[some]]).sum(axis=1)
    return out


def bucket_members(keys: U64, offsets: I64, first_row: int, row_bits: int, part: int, parts: int) -> U64:
    """Members of the buckets of one part: the low bits of each key above the number of its row, uint64 in any order.

    ``keys``, ``offsets``: ragged; row i is numbered ``first_row + i`` and fits in ``row_bits``. ``parts``, a power of
    two, splits the keys evenly; the low bits of a least hash are even, its high bits are not.
    """
    values = keys[offsets[0] : offsets[-1]]
    here = (values & np.uint64(parts - 1)) == part
    rows = np.repeat(np.arange(first_row, first_row + offsets.size - 1, dtype=np.uint64), np.diff(offsets))
    packed: U64 = (values[here] << np.uint64(row_bits)) | rows[here]
    return packed


def shared_buckets(members: U64, row_bits: int) -> U64:
    """What is left of ascending packed members without those alone in their bucket."""
    same = (members[1:] ^ members[:-1]) >> np.uint64(row_bits) == 0
    kept: U64 = members[np.concatenate((same, [False])) | np.concatenate(([False], same))[: members.size]]
    return kept


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


class Kept(NamedTuple):
    """Where ``fingerprint`` writes what is kept of a text beside its sketch: uint64 values, int64 offsets."""

    shingles: U64
    shingle_offsets: I64
    passages: U64
    passage_offsets: I64


def fingerprint(
    letters: U8, offsets: I64, recipe: Recipe, words: I64, digests: U64, signature_rows: U32, kept: Kept | None
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


def rows_of(chunks: Sequence[tuple[U64, I64]]) -> list[U64]:
    """Rows of several ragged arrays, one behind the other, as ``shared_counts`` takes them; nothing is copied."""
    return [values[start:end] for values, offsets in chunks for start, end in itertools.pairwise(offsets.tolist())]


def shared_counts(rows: list[U64], left: I64, right: I64) -> I64:
    """Number of values that rows ``left[i]`` and ``right[i]`` share, int64[pairs]. Rows are distinct and ascending;
    ``rows``: what ``rows_of`` gave."""
    out = np.empty(left.size, np.int64)
    for i, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        both = np.concatenate((rows[a], rows[b]))
        both.sort()
        out[i] = np.count_nonzero(both[1:] == both[:-1])
    return out
