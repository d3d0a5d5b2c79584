"""From texts to letters: normal forms, and zeros between words."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.arrays import I64, U8, U64, Bools
from dedupe.kernels.compiled.jit import compiled, eight_bytes, put_eight_bytes
from dedupe.kernels.fold_layout import (
    CLASS_SHIFT,
    COMBINING_SHIFT,
    CONTEXT,
    KNOWN,
    LENGTH_SHIFT,
    LETTER,
    MARK,
    MAX_MARKS,
    PAIR_MULTIPLIER,
    PAIR_SHIFT,
    PAIRS,
    POINTS,
    SPACELESS,
)
from dedupe.kernels.records import SLACK

_BLOCK = 64
"""Bytes of ASCII folded at once."""

_HIGH_BITS = np.uint64(0x8080808080808080)

_SIMPLE = KNOWN >> CLASS_SHIFT
"""An entry shifted by CLASS_SHIFT is this plus its class if it is known, does not depend on its neighbours and has the
combining class 0."""

_SIMPLE_SPACELESS = (_SIMPLE + SPACELESS) << (CLASS_SHIFT - LENGTH_SHIFT) | 3
"""An entry shifted by LENGTH_SHIFT is this if it is a simple spaceless character with a form of three bytes."""


@compiled
def _fold_ascii(utf8: U8, place: int, letters: U8, out: int) -> int:
    """Fold the ASCII characters at the beginning of utf8[place:place + _BLOCK] into letters[out:]; return how many.

    What it writes behind these has no meaning.
    """
    source, target = utf8[place : place + _BLOCK], letters[out : out + _BLOCK]
    # Comparisons instead of a look-up in a table: LLVM makes vector instructions of them.
    for i in range(_BLOCK):
        byte = source[i]
        is_upper = (byte >= 0x41) & (byte <= 0x5A)
        is_lower = (byte >= 0x61) & (byte <= 0x7A)
        is_digit = (byte >= 0x30) & (byte <= 0x39)
        target[i] = byte | 0x20 if is_upper else byte if is_lower | is_digit | (byte == 0x5F) else 0
    i = 0
    while i < _BLOCK and not eight_bytes(utf8, place + i) & _HIGH_BITS:
        i += 8
    while i < _BLOCK and source[i] < 0x80:
        i += 1
    return i


@compiled
def _code_point(utf8: U8, place: int) -> tuple[Any, int]:
    """The code point at a place of valid UTF-8, and its length in bytes."""
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
    """Write the normal form of one character to letters[out:], and return the place after it.

    ``entry``: of the fold table. If ``is_normal``, the form is utf8[place:place + size].
    """
    if not is_normal:
        # The bits above the form are written too, and what comes next is written over them.
        put_eight_bytes(letters, out, entry)
        return out + (np.int64(entry >> np.uint64(LENGTH_SHIFT)) & 7)
    for i in range(size):
        letters[out + i] = utf8[place + i]
    return out + size


@compiled
def _composite(table: U64, first: Any, second: Any) -> Any:
    """The code point that two code points in a row compose to, or 0 if they do not compose."""
    wanted = (np.uint64(first) << np.uint64(21)) | np.uint64(second)
    slot = np.int64(np.uint64(first) * np.uint64(second) * np.uint64(PAIR_MULTIPLIER) >> np.uint64(PAIR_SHIFT))
    while table[POINTS + slot] != 0:
        pair = table[POINTS + slot]
        if pair >> np.uint64(21) == wanted:
            return np.int64(pair & np.uint64((1 << 21) - 1))
        slot = (slot + 1) & (PAIRS - 1)
    return np.int64(0)


@compiled
def _fold_spaceless(utf8: U8, place: int, end: int, table: U64, letters: U8, out: int) -> int:
    """Fold a run of simple spaceless characters of three bytes, such as ideographs, each with a zero behind it; return
    how many there were."""
    count = 0
    while place + 3 <= end and utf8[place] & 0xF0 == 0xE0:
        second, third = np.int64(utf8[place + 1]) & 0x3F, np.int64(utf8[place + 2]) & 0x3F
        entry = table[((np.int64(utf8[place]) & 0x0F) << 12) | (second << 6) | third]
        if np.int64(entry >> np.uint64(LENGTH_SHIFT)) != _SIMPLE_SPACELESS:
            break
        put_eight_bytes(letters, out, entry & np.uint64(0xFFFFFF))
        place, out, count = place + 3, out + 4, count + 1
    return count


@compiled
def _fold_row(  # noqa: C901, PLR0912 - a branch for each kind of code point
    utf8: U8, start: int, end: int, table: U64, is_normal: bool, letters: U8, out: int
) -> int:
    """Fold one text into letters[out:], and return the place after it, or -1 if ``Backend.fold`` has to flag the
    row."""
    first_out, place = out, start
    # Whether a spaceless character and the zero behind it were written last; the combining class of the last character;
    # the length of the current run of marks; the letter that a mark may compose with (0: none), and where its form is.
    spaceless, combining, marks, base, base_out = False, np.int64(0), 0, np.int64(0), out
    while place < end:
        if utf8[place] < 0x80 and place + _BLOCK <= utf8.size:
            leading = min(_fold_ascii(utf8, place, letters, out), end - place)
            out, place = out + leading, place + leading
            spaceless, combining, marks = False, np.int64(0), 0
            base, base_out = np.int64(utf8[place - 1]), out - 1
            continue
        if spaceless and not is_normal:
            run = _fold_spaceless(utf8, place, end, table, letters, out)
            if run:
                place, out, combining, marks, base = place + 3 * run, out + 4 * run, np.int64(0), 0, np.int64(0)
                continue
        point, size = _code_point(utf8, place)
        entry = table[point if point < POINTS else 0]
        flags = np.int64(entry >> np.uint64(CLASS_SHIFT))
        place += size
        if flags == _SIMPLE + LETTER:
            base, base_out = point, out
            out = _put_form(entry, is_normal, utf8, place - size, size, letters, out)
            spaceless, combining, marks = False, np.int64(0), 0
            continue
        kind = flags & 3
        if not is_normal:
            marks = marks + 1 if kind == MARK else 0
            before, combining = combining, np.int64(entry >> np.uint64(COMBINING_SHIFT))
            if 0 < combining < before or marks > MAX_MARKS:
                return -1
            if entry & np.uint64(CONTEXT):
                base = _composite(table, base, point)
                entry = table[base]
                if base == 0 or np.int64(entry >> np.uint64(CLASS_SHIFT)) != _SIMPLE + LETTER:
                    return -1
                out = _put_form(entry, is_normal, utf8, place, 0, letters, base_out)
                continue
        if not entry & np.uint64(KNOWN):
            return -1
        base = np.int64(0)
        follows_word = spaceless or (out > first_out and letters[out - 1] != 0)
        if kind == MARK and follows_word:
            out -= spaceless  # the mark takes the place of the zero behind the spaceless character
            out = _put_form(entry, is_normal, utf8, place - size, size, letters, out)
        else:
            letters[out] = 0
            out += kind != LETTER and not spaceless
            spaceless = kind == SPACELESS
            if spaceless or kind == LETTER:
                out = _put_form(entry, is_normal, utf8, place - size, size, letters, out)
        letters[out] = 0
        out += spaceless
    letters[out] = 0
    return out + 1


@compiled
def fold(utf8: U8, offsets: I64, table: U64, is_normal: Bools) -> tuple[U8, I64, Bools]:
    """See ``Backend.fold``. Folds blocks of ASCII at once and other characters one by one, composing marks where the
    table has the pair."""
    rows = offsets.size - 1
    # A form is at most twice as long as its original. Eight bytes are written at once, at the end into the slack.
    letters = np.empty(2 * (offsets[rows] - offsets[0]) + rows + SLACK, np.uint8)
    places = np.zeros(rows + 1, np.int64)
    is_flagged = np.zeros(rows, np.bool_)
    out = 0
    for row in range(rows):
        after = _fold_row(utf8, offsets[row], offsets[row + 1], table, is_normal[row], letters, out)
        is_flagged[row] = after < 0
        if after >= 0:
            out = after
        places[row + 1] = out
    letters[out : out + SLACK] = 0
    return letters[: out + SLACK], places, is_flagged
