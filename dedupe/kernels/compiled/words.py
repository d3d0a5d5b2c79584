"""From letters to word hashes and word sequences."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U8, U64
from dedupe.kernels.compiled import native
from dedupe.kernels.records import hash_constants


def word_hashes(letters: U8, offsets: I64, seed: int) -> tuple[U64, I64]:
    """See ``Backend.word_hashes``. Finds the borders of all words of a row first, then hashes one word after the
    other."""
    constants = hash_constants(seed)
    words, places = np.empty(letters.size // 2 + 1, np.uint64), np.empty_like(offsets)
    count = native.word_hashes(letters, offsets, constants.word_multiplier, constants.word_start, words, places)
    return words[:count], places


def word_sequences(letters: U8, offsets: I64) -> tuple[U8, I64]:
    """See ``Backend.word_sequences``. Leaves out zeros behind a zero while it copies."""
    words, places = np.empty(letters.size, np.uint8), np.empty_like(offsets)
    count = native.word_sequences(letters, offsets, words, places)
    return words[:count], places
