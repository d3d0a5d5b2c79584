"""From letters to word hashes and word sequences."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U8, U64
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import hash_constants


def fmix64(h: U64) -> U64:
    """MurmurHash3's 64-bit finaliser (Appleby), a bijection."""
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


def word_hashes(letters: U8, offsets: I64, seed: int) -> tuple[U64, I64]:
    """See ``Backend.word_hashes``. Hashes eight bytes of all words at once, then of those that are longer, and so
    on."""
    inside = np.concatenate((np.zeros(1, bool), letters != 0, np.zeros(1, bool)))
    borders = np.flatnonzero(inside[1:] != inside[:-1])
    starts, left = borders[0::2], borders[1::2] - borders[0::2]
    eights: U64 = np.ndarray((letters.size,), "<u8", np.concatenate((letters, np.zeros(8, np.uint8))), strides=(1,))
    constants = hash_constants(seed)
    masks = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
    hashes = np.full(starts.size, constants.word_start)
    hashes ^= eights[starts] & masks[np.minimum(left, 8)]
    longer, at = np.flatnonzero(left > 8), starts
    while longer.size:
        at, left = at + 8, left - 8
        mixed = hashes[longer] * constants.word_multiplier
        hashes[longer] = mixed ^ (mixed >> np.uint64(32)) ^ (eights[at[longer]] & masks[np.minimum(left[longer], 8)])
        longer = longer[left[longer] > 8]
    return fmix64(hashes), np.searchsorted(starts, offsets).astype(np.int64)


def word_sequences(letters: U8, offsets: I64) -> tuple[U8, I64]:
    """See ``Backend.word_sequences``. A zero stays if a word ends before it and the row has another word behind it."""
    size, rows = int(offsets[-1]), np.arange(offsets.size - 1)
    in_word = letters[:size] != 0
    row = np.repeat(rows, np.diff(offsets))
    places = np.flatnonzero(in_word)
    last = np.append(0, places)[np.searchsorted(places, offsets[1:])]  # the last letter that stands before a row's end
    follows = in_word[:-1] & (row[1:] == row[:-1]) & (np.arange(1, size) < last[row[1:]])
    kept = in_word | np.append(False, follows)[:size]
    return letters[:size][kept], ragged_offsets(np.bincount(row[kept], minlength=rows.size))
