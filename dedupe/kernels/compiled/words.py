"""Compiled kernels from text to word hashes; ``_numba.py`` hands them on with the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.arrays import I32, I64, U8, U64, Bools
from dedupe.kernels import fold_layout
from dedupe.kernels.compiled.llvm import compiled, copy_plain, eight, filled, fold_ascii, put_eight, put_sums
from dedupe.kernels.contract import SLACK, multipliers

_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)

_BITS_IN = np.array([bin(bits).count("1") for bits in range(256)], np.int64)

_BITS_AT = np.array([([i for i in range(8) if bits >> i & 1] + [0] * 8)[:8] for bits in range(256)], np.int32).ravel()
"""Where the bits of each byte are, ascending; eight are written at once, those that count are kept (Lemire & Langdale
2019, Parsing gigabytes of JSON per second)."""


_UNESCAPED = np.zeros(128, np.uint8)
"""What stands for each letter after a backslash in JSON, zero where it is none of them."""

for _letter, _char in zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True):
    _UNESCAPED[ord(_letter)] = ord(_char)


@compiled
def _four_hex(raw: U8, place: int) -> Any:
    """The number four hexadecimal digits write, or -1."""
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
    """Write a code point above zero as UTF-8; the place after it."""
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
    """The string between two quotation marks into utf8[out:]; the place after it, or -1 where it cannot be text."""
    if end - start < 2 or raw[start] != 0x22 or raw[end - 1] != 0x22:
        return -1
    place, end = start + 1, end - 1
    while place < end:
        plain = min(copy_plain(raw, place, utf8, out), end - place)
        place, out = place + plain, out + plain
        if plain == 64 or place == end:
            continue
        kind = raw[place + 1]
        if kind != 0x75:
            if kind >= 128 or _UNESCAPED[kind] == 0:
                return -1
            utf8[out] = _UNESCAPED[kind]
            place, out = place + 2, out + 1
            continue
        point = _four_hex(raw, place + 2)
        place += 6
        if 0xD800 <= point < 0xDC00 and raw[place] == 0x5C and raw[place + 1] == 0x75:
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
    """Ragged uint8 and bool[rows]; see ``_numpy_words.unescape``."""
    rows = offsets.size - 1
    utf8 = np.empty(offsets[rows] - offsets[0] + SLACK, np.uint8)
    places = np.zeros(rows + 1, np.int64)
    unsure = np.zeros(rows, np.bool_)
    out = 0
    for row in range(rows):
        after = _unescape_row(raw, offsets[row], offsets[row + 1], utf8, out)
        unsure[row] = after < 0
        if after >= 0:
            out = after
        places[row + 1] = out
    return utf8[:out], places, unsure


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
        return out + (np.int64(entry >> np.uint64(fold_layout.LENGTH_SHIFT)) & 7)
    for i in range(size):
        letters[out + i] = utf8[place + i]
    return out + size


_PLAIN = fold_layout.KNOWN >> fold_layout.CLASS_SHIFT
"""Bits of an entry from its class on, for a letter, with its class added, of which no more need be known."""

_THREE_BYTES_ALONE = (_PLAIN + fold_layout.SOLO) << (fold_layout.CLASS_SHIFT - fold_layout.LENGTH_SHIFT) | 3


@compiled
def _composite(table: U64, first: Any, second: Any) -> Any:
    """The code point two in a row compose to, zero if to none."""
    wanted = (np.uint64(first) << np.uint64(21)) | np.uint64(second)
    start = np.uint64(first) * np.uint64(second) * np.uint64(fold_layout.PAIR_MULTIPLIER) >> np.uint64(
        fold_layout.PAIR_SHIFT
    )
    slot = np.int64(start)
    while table[fold_layout.POINTS + slot] != 0:
        pair = table[fold_layout.POINTS + slot]
        if pair >> np.uint64(21) == wanted:
            return np.int64(pair & np.uint64((1 << 21) - 1))
        slot = (slot + 1) & (fold_layout.PAIRS - 1)
    return np.int64(0)


@compiled
def _fold_solos(utf8: U8, place: int, end: int, table: U64, letters: U8, out: int) -> int:
    """Fold the solo words of three bytes, such as ideographs, from a place on, a zero after each; their number."""
    count = 0
    while place + 3 <= end and utf8[place] & 0xF0 == 0xE0:
        second, third = np.int64(utf8[place + 1]) & 0x3F, np.int64(utf8[place + 2]) & 0x3F
        entry = table[((np.int64(utf8[place]) & 0x0F) << 12) | (second << 6) | third]
        if np.int64(entry >> np.uint64(fold_layout.LENGTH_SHIFT)) != _THREE_BYTES_ALONE:
            break
        put_eight(letters, out, entry & np.uint64(0xFFFFFF))
        place, out, count = place + 3, out + 4, count + 1
    return count


@compiled
def _fold_row(  # noqa: C901, PLR0912 - a branch for each kind of code point
    utf8: U8, start: int, end: int, table: U64, is_normal: bool, letters: U8, out: int
) -> int:
    """Fold one text into letters[out:]; the place after it, or -1 for a row only Python can normalise."""
    first_out, place = out, start
    # Whether the last thing written was a solo word and the zero after it; combining class; marks in a row; the letter
    # a mark may compose with, zero for none, and where its form was written.
    solo, combining, marks, base, base_out = False, np.int64(0), 0, np.int64(0), out
    while place < end:
        if utf8[place] < 0x80 and place + 64 <= utf8.size:
            # All that is ASCII in the next 64 bytes; what stands behind it is written over.
            leading = min(fold_ascii(utf8, place, letters, out), end - place)
            out, place = out + leading, place + leading
            solo, combining, marks = False, np.int64(0), 0
            base, base_out = np.int64(utf8[place - 1]), out - 1
            continue
        if solo and not is_normal:
            solos = _fold_solos(utf8, place, end, table, letters, out)
            if solos:
                place, out, combining, marks, base = place + 3 * solos, out + 4 * solos, np.int64(0), 0, np.int64(0)
                continue
        point, size = _code_point(utf8, place)
        entry = table[point if point < fold_layout.POINTS else 0]
        flags = np.int64(entry >> np.uint64(fold_layout.CLASS_SHIFT))
        place += size
        if flags == _PLAIN + fold_layout.LETTER:
            base, base_out = point, out
            out = _put_form(entry, is_normal, utf8, place - size, size, letters, out)
            solo, combining, marks = False, np.int64(0), 0
            continue
        kind = flags & 3
        if not is_normal:
            marks = marks + 1 if kind == fold_layout.MARK else 0
            before, combining = combining, np.int64(entry >> np.uint64(fold_layout.COMBINING_SHIFT))
            if 0 < combining < before or marks > fold_layout.MAX_MARKS:
                return -1
            if entry & np.uint64(fold_layout.CONTEXT):
                base = _composite(table, base, point)
                entry = table[base]
                if base == 0 or np.int64(entry >> np.uint64(fold_layout.CLASS_SHIFT)) != _PLAIN + fold_layout.LETTER:
                    return -1
                out = _put_form(entry, is_normal, utf8, place, 0, letters, base_out)
                continue
        if not entry & np.uint64(fold_layout.KNOWN):
            return -1
        base = np.int64(0)
        follows = solo or (out > first_out and letters[out - 1] != 0)
        if kind == fold_layout.MARK and follows:
            out -= solo  # a mark stands before the zero after its solo word
            out = _put_form(entry, is_normal, utf8, place - size, size, letters, out)
        else:
            letters[out] = 0
            out += kind != fold_layout.LETTER and not solo
            solo = kind == fold_layout.SOLO
            if solo or kind == fold_layout.LETTER:
                out = _put_form(entry, is_normal, utf8, place - size, size, letters, out)
        letters[out] = 0
        out += solo
    letters[out] = 0
    return out + 1


@compiled
def fold(utf8: U8, offsets: I64, table: U64, is_normal: Bools) -> tuple[U8, I64, Bools]:
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
def fmix64(h: np.uint64) -> np.uint64:
    """See ``reference.words.fmix64``."""
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
        words[i] = fmix64(words[i])
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
