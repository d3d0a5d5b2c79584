"""From letters to word hashes, and two helpers that other kernels use."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.arrays import I32, I64, U8, U64
from dedupe.kernels.compiled.jit import compiled, eight_bytes
from dedupe.kernels.records import hash_constants

_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
"""The mask of the first 0 to 8 bytes of a number."""


@compiled
def _word_borders(letters: U8, start: int, end: int, borders: I32) -> int:
    """Write where words of letters[start:end] begin and end, relative to ``start``, to ``borders``; return how many.

    ``borders`` must have room for one more than there are letters.
    """
    row = letters[start:end]
    count = 0
    before = False
    # Every place is written, and stays if it is a border; a branch would often be predicted wrongly.
    for i in range(row.size):
        inside = row[i] != 0
        borders[count] = i
        count += inside != before
        before = inside
    if before:
        borders[count] = row.size
        count += 1
    return count


@compiled
def fmix64(h: np.uint64) -> np.uint64:
    """MurmurHash3's 64-bit finaliser (Appleby)."""
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


@compiled
def _mix(h: np.uint64, multiplier: np.uint64) -> np.uint64:
    h *= multiplier
    return h ^ (h >> np.uint64(32))


@compiled
def hash_row(
    letters: U8, start: int, end: int, borders: I32, multiplier: np.uint64, word_start: np.uint64, words: U64
) -> int:
    """Write the hashes of the words in letters[start:end] to ``words``, and return how many there are.

    Reads up to 16 bytes behind the end. ``borders``: room as ``_word_borders`` needs it. ``multiplier`` and
    ``word_start``: see ``HashConstants``.
    """
    count = _word_borders(letters, start, end, borders) // 2
    for i in range(count):
        place: Any = start + np.int64(borders[2 * i])
        size: Any = start + np.int64(borders[2 * i + 1]) - place
        # The second step is always computed and kept only for words that have it: a branch is predicted wrongly too
        # often.
        h = word_start ^ (eight_bytes(letters, place) & _MASKS[min(size, 8)])
        longer = _mix(h, multiplier) ^ (eight_bytes(letters, place + 8) & _MASKS[min(max(size - 8, 0), 8)])
        h = longer if size > 8 else h
        while size > 16:
            place += 8
            size -= 8
            h = _mix(h, multiplier) ^ (eight_bytes(letters, place + 8) & _MASKS[min(size - 8, 8)])
        words[i] = h
    for i in range(count):
        words[i] = fmix64(words[i])
    return count


@compiled
def _word_hashes(letters: U8, offsets: I64, multiplier: np.uint64, word_start: np.uint64) -> tuple[U64, I64]:
    rows = offsets.size - 1
    borders = np.empty(longest_row(offsets) + 1, np.int32)
    words = np.empty(letters.size // 2 + 1, np.uint64)
    word_offsets = np.zeros(rows + 1, np.int64)
    for row in range(rows):
        first = word_offsets[row]
        count = hash_row(letters, offsets[row], offsets[row + 1], borders, multiplier, word_start, words[first:])
        word_offsets[row + 1] = first + count
    return words[: word_offsets[rows]], word_offsets


def word_hashes(letters: U8, offsets: I64, seed: int) -> tuple[U64, I64]:
    """See ``Backend.word_hashes``. Finds the borders of all words of a row first, then hashes one word after the
    other."""
    constants = hash_constants(seed)
    return _word_hashes(letters, offsets, constants.word_multiplier, constants.word_start)


@compiled
def longest_row(offsets: I64) -> int:
    """The length of the longest row of a ragged array; 0 if there are no rows."""
    longest = 0
    for row in range(offsets.size - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest
