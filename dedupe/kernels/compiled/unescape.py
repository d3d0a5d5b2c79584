"""From JSON strings to texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.arrays import I64, U8, Bools
from dedupe.kernels.compiled.jit import compiled, eight_bytes, put_eight_bytes
from dedupe.kernels.records import SLACK

_BACKSLASH, _QUOTATION_MARK, _U = 0x5C, 0x22, 0x75

_UNESCAPED = np.zeros(128, np.uint8)
"""What each character stands for after a backslash in JSON; zero if it must not follow one. (``u`` is separate.)"""

for _escape, _char in zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True):
    _UNESCAPED[ord(_escape)] = ord(_char)

_ONES, _HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)


@compiled
def _has_backslash(eight: np.uint64) -> bool:
    """Whether one of eight bytes is a backslash."""
    # A byte of ``other`` is zero where there is a backslash; the rest is the usual test for a zero byte in a number.
    other = eight ^ (np.uint64(_BACKSLASH) * _ONES)
    return bool((other - _ONES) & ~other & _HIGH_BITS)


@compiled
def _copy_plain(raw: U8, place: int, end: int, utf8: U8, out: int) -> int:
    """Copy raw[place:end] up to the first backslash to utf8[out:], and return how many bytes these are."""
    count = 0
    while place + count + 8 <= end:
        eight = eight_bytes(raw, place + count)
        if _has_backslash(eight):
            break
        put_eight_bytes(utf8, out + count, eight)
        count += 8
    while place + count < end and raw[place + count] != _BACKSLASH:
        utf8[out + count] = raw[place + count]
        count += 1
    return count


@compiled
def _four_hex(raw: U8, place: int) -> Any:
    """The number that four hexadecimal digits stand for, or -1 if they are none."""
    number: Any = 0
    for i in range(4):
        digit = np.int64(raw[place + i])
        lower = digit | 0x20
        if 0x30 <= digit <= 0x39:
            number = number * 16 + digit - 0x30
        elif 0x61 <= lower <= 0x66:
            number = number * 16 + lower - 0x57
        else:
            return -1
    return number


@compiled
def _put_point(point: int, utf8: U8, out: int) -> int:
    """Write a code point above zero as UTF-8 to utf8[out:], and return the place after it."""
    if point < 0x80:
        utf8[out] = point
        return out + 1
    size = 2 if point < 0x800 else 3 if point < 0x10000 else 4
    for i in range(size - 1, 0, -1):
        utf8[out + i] = 0x80 | (point & 0x3F)
        point >>= 6
    utf8[out] = ((0xF00 >> size) & 0xFF) | point
    return out + size


@compiled
def _unescape_row(raw: U8, start: int, end: int, utf8: U8, out: int) -> int:
    """Write one JSON string to utf8[out:], and return the place after it, or -1 if the value is no text."""
    if end - start < 2 or raw[start] != _QUOTATION_MARK or raw[end - 1] != _QUOTATION_MARK:
        return -1
    place, end = start + 1, end - 1
    while place < end:
        plain = _copy_plain(raw, place, end, utf8, out)
        place, out = place + plain, out + plain
        if place == end:
            break
        kind = raw[place + 1]
        if kind != _U:
            if kind >= 128 or _UNESCAPED[kind] == 0:
                return -1
            utf8[out] = _UNESCAPED[kind]
            place, out = place + 2, out + 1
            continue
        point = _four_hex(raw, place + 2)
        place += 6
        if 0xD800 <= point < 0xDC00 and raw[place] == _BACKSLASH and raw[place + 1] == _U:
            low = _four_hex(raw, place + 2)
            if 0xDC00 <= low < 0xE000:
                point = 0x10000 + ((point - 0xD800) << 10) + low - 0xDC00
                place += 6
        if point <= 0 or 0xD800 <= point < 0xE000 or place > end:
            return -1
        out = _put_point(point, utf8, out)
    return out


@compiled
def unescape(raw: U8, offsets: I64) -> tuple[U8, I64, Bools]:
    """See ``Backend.unescape``. Copies eight bytes at a time up to the next backslash."""
    rows = offsets.size - 1
    utf8 = np.empty(offsets[rows] - offsets[0] + SLACK, np.uint8)
    places = np.zeros(rows + 1, np.int64)
    is_no_text = np.zeros(rows, np.bool_)
    out = 0
    for row in range(rows):
        after = _unescape_row(raw, offsets[row], offsets[row + 1], utf8, out)
        is_no_text[row] = after < 0
        if after >= 0:
            out = after
        places[row + 1] = out
    return utf8[:out], places, is_no_text
