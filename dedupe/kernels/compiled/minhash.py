"""From word hashes to fingerprints."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U8, U32, U64
from dedupe.kernels.compiled import native
from dedupe.kernels.records import KeptHashes, Recipe, hash_constants


def sequence_hashes(words: U64, offsets: I64, seed: int) -> U64:
    """See ``Backend.sequence_hashes``. Uses Horner's rule."""
    hashes = np.empty(offsets.size - 1, np.uint64)
    native.sequence_hashes(words, offsets, hash_constants(seed).sequence_base, hashes)
    return hashes


def shingle_hashes(words: U64, offsets: I64, shingle_words: int, seed: int) -> tuple[U64, I64]:
    """See ``Backend.shingle_hashes``. Computes one row after the other."""
    hashes, places = np.empty(words.size, np.uint64), np.empty_like(offsets)
    count = native.shingle_hashes(words, offsets, shingle_words, hash_constants(seed).shingle_base, hashes, places)
    return hashes[:count], places


def unique_sorted(values: U64, offsets: I64) -> tuple[U64, I64]:
    """See ``Backend.unique_sorted``. Uses a radix sort that suits hashes; values that agree in their top bits take
    quadratic time."""
    distinct, places = np.empty(values.size, np.uint64), np.empty_like(offsets)
    count = native.unique_sorted(values, offsets, distinct, places)
    return distinct[:count], places


def winnow(shingles: U64, offsets: I64, window: int, reach_on: int) -> tuple[U64, I64]:
    """See ``Backend.winnow``. Finds the minima of all windows by doubling."""
    minima, places = np.empty(shingles.size, np.uint64), np.empty_like(offsets)
    count = native.winnow(shingles, offsets, window, reach_on, minima, places)
    return minima[:count].copy(), places


def signatures(shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
    """See ``Backend.signatures``. Applies one permutation after the other to a whole row."""
    minima = np.empty((offsets.size - 1, a.size), np.uint32)
    native.signatures(shingles, offsets, a, b, minima)
    return minima


def fingerprint(
    letters: U8, offsets: I64, recipe: Recipe, words: I64, digests: U64, signature_rows: U32, hashes: KeptHashes | None
) -> None:
    """See ``Backend.fingerprint``. Goes through all steps for one row after the other, so that what the steps pass on
    stays in a core's cache."""
    shingle_words, window, reach_on, seed, a, b = recipe
    results = (words, digests, signature_rows, hashes is None, *(hashes or _NO_HASHES))
    native.fingerprint(letters, offsets, shingle_words, window, reach_on, *hash_constants(seed), a, b, *results)


_NO_HASHES = KeptHashes(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.int64))
