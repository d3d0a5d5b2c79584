"""Compiled kernels from text to word hashes; ``_numba.py`` hands them on with the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import folding
from dedupe.kernels._jit import compiled, eight, filled, fold_ascii, put_eight, put_sums
from dedupe.kernels._numpy import I64, SLACK, U8, U64, Flags, multipliers

I32 = np.ndarray[tuple[int], np.dtype[np.int32]]

_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
_BITS_IN = np.array([bin(bits).count("1") for bits in range(256)], np.int64)
_BITS_AT = np.array([([i for i in range(8) if bits >> i & 1] + [0] * 8)[:8] for bits in range(256)], np.int32).ravel()
"""Where the bits of each byte are, ascending; eight are written at once, those that count are kept (Lemire & Langdale
2019, Parsing gigabytes of JSON per second)."""


@compiled
def _code_point(utf8: U8, place: int) -> tuple[Any, int]:
    """The code point at a place of valid UTF-8 and its bytes."""
    first = np.int64(utf8[place])
    if first < 0x80:
        return first, 1
    second = np.int64(utf8[place + 1]) & 0x3F
    if first < 0xE0:
        return ((first & 0x1F) << 6) | second, 2
    third = np.int64(utf8[place + 2]) & 0x3F
    if first < 0xF0:
        return ((first & 0x0F) << 12) | (second << 6) | third, 3
    return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (np.int64(utf8[place + 3]) & 0x3F), 4


@compiled
def _put_form(entry: np.uint64, is_normal: bool, utf8: U8, place: int, size: int, letters: U8, out: int) -> Any:
    """Write the normal form of one code point; the place after it."""
    if not is_normal:
        put_eight(letters, out, entry)
        return out + (np.int64(entry >> np.uint64(folding.LENGTH_SHIFT)) & 7)
    for i in range(size):
        letters[out + i] = utf8[place + i]
    return out + size


@compiled
def _fold_row(utf8: U8, start: int, end: int, table: U64, is_normal: bool, letters: U8, out: int) -> int:
    """Fold one text into letters[out:]; the place after it, or -1 for a row only Python can normalise."""
    first_out, place = out, start
    # Whether the last thing written was a solo word and the zero after it; combining class; marks in a row.
    solo, combining, marks = False, np.int64(0), 0
    while place < end:
        if utf8[place] < 0x80 and place + 64 <= utf8.size:
            # All that is ASCII in the next 64 bytes; what stands behind it is written over.
            leading = min(fold_ascii(utf8, place, letters, out), end - place)
            out, place = out + leading, place + leading
            solo, combining, marks = False, np.int64(0), 0
            continue
        point, size = _code_point(utf8, place)
        entry = table[point if point < folding.POINTS else 0]
        kind = np.int64(entry >> np.uint64(folding.CLASS_SHIFT)) & 3
        if not is_normal:
            marks = marks + 1 if kind == folding.MARK else 0
            before, combining = combining, np.int64(entry >> np.uint64(folding.COMBINING_SHIFT))
            if entry & np.uint64(folding.CONTEXT) or 0 < combining < before or marks > folding.MAX_MARKS:
                return -1
        if not entry & np.uint64(folding.KNOWN):
            return -1
        joined = kind == folding.MARK and (solo or (out > first_out and letters[out - 1] != 0))
        alone = kind == folding.SOLO or (joined and solo)
        if not joined and kind != folding.LETTER:
            letters[out] = 0
            out += 1
        elif alone:
            out -= 1  # a mark stands before the zero after its solo word
        if alone or joined or kind == folding.LETTER:
            out = _put_form(entry, is_normal, utf8, place, size, letters, out)
        if alone:
            letters[out] = 0
            out += 1
        solo = alone
        place += size
    letters[out] = 0
    return out + 1


@compiled
def fold(utf8: U8, offsets: I64, table: U64, is_normal: Flags) -> tuple[U8, I64, Flags]:
    """Ragged uint8 letters and bool[rows]; see ``_numpy.fold``."""
    rows = offsets.size - 1
    # A form is at most twice as long as what it stands for; eight bytes are written at once, into the slack at the end.
    letters = np.empty(2 * (offsets[rows] - offsets[0]) + rows + SLACK, np.uint8)
    places = np.zeros(rows + 1, np.int64)
    unsure = np.zeros(rows, np.bool_)
    out = 0
    for row in range(rows):
        after = _fold_row(utf8, offsets[row], offsets[row + 1], table, is_normal[row], letters, out)
        unsure[row] = after < 0
        if after >= 0:
            out = after
        places[row + 1] = out
    letters[out : out + SLACK] = 0
    return letters[: out + SLACK], places, unsure


@compiled
def _turns(letters: U8, start: int, end: int, turns: I32) -> int:
    """Places where letters[start:end] goes from zero to a word or back, relative to start; their number."""
    count = 0
    before = np.uint64(0)
    for place in range(start, end, 64):
        bits = filled(letters, place)
        if place + 64 > end:
            bits &= (np.uint64(1) << np.uint64(end - place)) - np.uint64(1)
        changed = bits ^ ((bits << np.uint64(1)) | before)
        before = bits >> np.uint64(63)
        for i in range(8):
            byte = np.int64((changed >> np.uint64(8 * i)) & np.uint64(0xFF))
            put_sums(turns, count, _BITS_AT, byte, np.int32(place - start + 8 * i))
            count += _BITS_IN[byte]
    if before:
        turns[count] = end - start
        count += 1
    return count


@compiled
def _fmix64(h: np.uint64) -> np.uint64:
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


@compiled
def _mix(h: np.uint64, multiplier: np.uint64) -> np.uint64:
    h *= multiplier
    return h ^ (h >> np.uint64(32))


@compiled
def hash_row(letters: U8, start: int, end: int, turns: I32, drawn: U64, words: U64) -> int:
    """Hashes of the words in letters[start:end] into ``words``; their number. The slack after the end is read."""
    multiplier, beginning = drawn[0], drawn[3]
    count = _turns(letters, start, end, turns) // 2
    for i in range(count):
        place = start + np.int64(turns[2 * i])
        size: Any = start + np.int64(turns[2 * i + 1]) - place
        # Two steps always, the second kept where the word has it: a branch here is guessed wrong too often.
        h = beginning ^ (eight(letters, place) & _MASKS[min(size, 8)])
        longer = _mix(h, multiplier) ^ (eight(letters, place + 8) & _MASKS[min(max(size - 8, 0), 8)])
        h = longer if size > 8 else h
        while size > 16:
            place += 8
            size -= 8
            h = _mix(h, multiplier) ^ (eight(letters, place + 8) & _MASKS[min(size - 8, 8)])
        words[i] = h
    for i in range(count):
        words[i] = _fmix64(words[i])
    return count


@compiled
def _word_hashes(letters: U8, offsets: I64, drawn: U64) -> tuple[U64, I64]:
    rows = offsets.size - 1
    turns = np.empty(longest_row(offsets) + 10, np.int32)
    words = np.empty(letters.size // 2 + 1, np.uint64)
    word_offsets = np.zeros(rows + 1, np.int64)
    for row in range(rows):
        first = word_offsets[row]
        count = hash_row(letters, offsets[row], offsets[row + 1], turns, drawn, words[first:])
        word_offsets[row + 1] = first + count
    return words[: word_offsets[rows]], word_offsets


def word_hashes(letters: U8, offsets: I64, seed: int) -> tuple[U64, I64]:
    """Ragged uint64; see ``_numpy.word_hashes``."""
    return _word_hashes(letters, offsets, multipliers(seed))


@compiled
def longest_row(offsets: I64) -> int:
    """Values in the longest row."""
    longest = 0
    for row in range(offsets.size - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest
