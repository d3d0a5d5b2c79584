"""Compiled kernels that turn texts into counted terms; ``_numba.py`` hands them on with the others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dedupe.arrays import F64, I64, U8, U32, U64, Bools
from dedupe.kernels.compiled.llvm import compiled
from dedupe.kernels.compiled.words import fmix64
from dedupe.kernels.contract import APOSTROPHE, DIGIT, LETTER, POINT, SOLO, WORD, CountedTerms, TokenRules
from dedupe.kernels.ragged import ragged_offsets

_START, _MULTIPLIER = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
"""FNV-1a (Fowler, Noll & Vo), over code points."""

_EMPTY = np.uint32(0xFFFFFFFF)

_HEAD = 2
"""Numbers before the letters of a token in the pool."""

_PLAIN, _ASCII = 8, 127
"""Letters of a plain word, and the highest of them."""


@compiled
def _run(points: U32, classes: U8, at: int, stop: int, kind: int) -> int:
    """Where a run of a kind of character ends."""
    while at < stop and classes[points[at]] & kind:
        at += 1
    return at


@compiled
def _goes_on(points: U32, classes: U8, at: int, stop: int, kind: int = LETTER, joint: int = APOSTROPHE) -> bool:
    """Whether a joint stands here and after it another run of a kind of character."""
    return bool(at + 1 < stop and classes[points[at]] & joint and classes[points[at + 1]] & kind)


@compiled
def _joined(points: U32, classes: U8, at: int, stop: int, kind: int, joint: int) -> int:
    """Where runs of a kind of character, joined by one joint each, end."""
    end = _run(points, classes, at, stop, kind)
    while _goes_on(points, classes, end, stop, kind, joint):
        end = _run(points, classes, end + 1, stop, kind)
    return end


@compiled
def _token_begin(points: U32, classes: U8, at: int, stop: int) -> int:
    """Where the next token begins."""
    while at < stop and not classes[points[at]] & (WORD | SOLO):
        at += 1
    return at


@compiled
def _token_end(points: U32, classes: U8, at: int, stop: int) -> int:
    """Where the token that begins here ends."""
    kind = classes[points[at]]
    if kind & DIGIT:
        return _joined(points, classes, at, stop, DIGIT, POINT)
    if kind & SOLO:
        return _run(points, classes, at, stop, SOLO)
    if kind & LETTER:
        return _joined(points, classes, at, stop, LETTER, APOSTROPHE)
    return _run(points, classes, at, stop, WORD)


@compiled
def _are_solo(points: U32, classes: U8, at: int) -> bool:
    """Whether three characters from here on are of a script without spaces."""
    return bool(classes[points[at]] & classes[points[at + 1]] & classes[points[at + 2]] & SOLO)


@compiled
def _packed(points: U32, classes: U8, begin: int, end: int) -> np.uint64:
    """The letters of a token as one number, if it is a plain word: one to eight of ASCII; else 0."""
    key = np.uint64(0)
    if end - begin > _PLAIN:
        return key
    for i in range(begin, end):
        if not classes[points[i]] & LETTER or points[i] > _ASCII:
            return np.uint64(0)
        key = (key << np.uint64(8)) | np.uint64(points[i])
    return key


@compiled
def _plain_slot(key: np.uint64, words: U64) -> np.uint64:
    """The slot of a plain word, or the empty one for it."""
    mask = np.uint64(words.size // 2 - 1)
    slot = np.uint64(fmix64(key)) & mask
    while True:
        held = words[2 * slot]
        if held == key or not held:
            return slot
        slot = (slot + np.uint64(1)) & mask


@compiled
def _hash(points: U32, begin: int, end: int) -> np.uint64:
    value = _START
    for i in range(begin, end):
        value = (value ^ np.uint64(points[i])) * _MULTIPLIER
    return np.uint64(fmix64(value))


@compiled
def _slot(points: U32, begin: int, end: int, slots: U32, pool: U32) -> np.uint64:
    """The slot of the token that stands in these places, or the empty one for it."""
    mask = np.uint64(slots.size - 1)
    slot = _hash(points, begin, end) & mask
    while slots[slot] != _EMPTY:
        entry = np.int64(slots[slot])
        if pool[entry + 1] == end - begin:
            letters = entry + _HEAD - begin
            i = begin
            while i < end and pool[letters + i] == points[i]:
                i += 1
            if i == end:
                break
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _append(points: U32, begin: int, end: int, number: int, pool: U32, used: int) -> int:
    """Put a token at the end of the pool; where that ends then."""
    pool[used], pool[used + 1] = number, end - begin
    for i in range(begin, end):
        pool[used + _HEAD - begin + i] = points[i]
    return int(used + _HEAD + end - begin)


@compiled
def _place(classes: U8, words: U64, slots: U32, pool: U32, used: int) -> None:
    """Put all tokens of the pool into empty slots."""
    entry: Any = 0
    while entry < used:
        letters = entry + _HEAD
        after = letters + np.int64(pool[entry + 1])
        key = _packed(pool, classes, letters, after)
        if key:
            slot = _plain_slot(key, words)
            words[2 * slot], words[2 * slot + 1] = key, pool[entry]
        else:
            slots[_slot(pool, letters, after, slots, pool)] = entry
        entry = after


@compiled
def _token_numbers(
    points: U32, offsets: I64, classes: U8, most: int, words: U64, slots: U32, pool: U32, used: int, known: int
) -> tuple[U32, I64, I64]:
    """Numbers of the tokens of each text, ragged; and where in the pool each new token begins, and the end of all."""
    numbers, places = np.empty((offsets.size - 1) * most, np.uint32), np.zeros(offsets.size, np.int64)
    new = np.empty(numbers.size + 1, np.int64)
    count: Any = 0
    total: Any = 0
    for row in range(offsets.size - 1):
        stop, last = offsets[row + 1], total + most
        at = _token_begin(points, classes, offsets[row], stop)
        while at < stop and total < last:
            # A plain word's end and key in one pass: in a function of its own this takes a third as long again.
            end, key, every = at, np.uint64(0), np.uint32(0)
            while end < stop:
                point = points[end]
                if not classes[point] & LETTER:
                    break
                key = (key << np.uint64(8)) | np.uint64(point)
                every |= point
                end += 1
            if at < end <= at + _PLAIN and every <= _ASCII and not _goes_on(points, classes, end, stop):
                slot = _plain_slot(key, words)
                if not words[2 * slot]:
                    words[2 * slot], words[2 * slot + 1] = key, known + count
                    new[count] = used
                    used = _append(points, at, end, known + count, pool, used)
                    count += 1
                numbers[total] = words[2 * slot + 1]
                total += 1
            else:
                end = _token_end(points, classes, at, stop)
                size, step = end - at, end - at
                if size > 2 and _are_solo(points, classes, at):
                    size, step = 2, 1
                while at + size <= end and total < last:
                    place = _slot(points, at, at + size, slots, pool)
                    if slots[place] == _EMPTY:
                        slots[place], new[count] = used, used
                        used = _append(points, at, at + size, known + count, pool, used)
                        count += 1
                    numbers[total] = pool[slots[place]]
                    total += 1
                    at += step
            at = _token_begin(points, classes, end, stop)
        places[row + 1] = total
    new[count] = used
    return numbers[:total], places, new[: count + 1]


class TokenCodes:
    """See ``_numpy_terms.TokenCodes``. Every distinct token is kept, letter by letter: hashes alone decide nothing.

    In the pool each has its number, its length and its letters, as uint32. Plain words, most of all tokens, are found
    without it, in pairs of uint64: the letters and the number; for others slots say where in the pool they begin.
    """

    def __init__(self, splitting: TokenRules, code_of: Callable[[str], int]) -> None:
        self._classes, self._code_of = splitting.classes(), code_of
        self._most, self._most_characters = splitting.most, splitting.most_characters
        self._words, self._slots, self._pool = np.zeros(4, np.uint64), np.full(2, _EMPTY), np.zeros(0, np.uint32)
        self._used, self._codes = 0, np.zeros(0, np.int64)

    def read(self, texts: Sequence[str]) -> tuple[I64, I64]:
        """Ragged int64; see ``_numpy_terms.TokenCodes.read``."""
        cut = [text[: self._most_characters] for text in texts]
        points = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), np.uint32)
        points = np.minimum(points, np.uint32(self._classes.size - 1))
        offsets = ragged_offsets(np.array([len(text) for text in cut], np.int64))
        self._make_room(min(points.size, self._most * len(texts)), points.size)
        known = self._words, self._slots, self._pool, self._used, self._codes.size
        numbers, places, entries = _token_numbers(points, offsets, self._classes, self._most, *known)
        written, entries = self._pool[self._used : entries[-1]].copy(), entries - self._used
        written[entries[:-1]] = 0  # a token's number need be no character
        letters = written.tobytes().decode("utf-32-le", "surrogatepass")
        new = [self._code_of(letters[begin + _HEAD : end]) for begin, end in itertools.pairwise(entries.tolist())]
        self._used, self._codes = self._used + written.size, np.concatenate((self._codes, np.array(new, np.int64)))
        return self._codes[numbers], places

    def _make_room(self, tokens: int, characters: int) -> None:
        """For so many more tokens of texts of so many characters; half of the slots stay empty. A character may stand
        in two tokens."""
        room = self._used + _HEAD * tokens + 2 * characters
        if self._pool.size < room:
            self._pool = np.concatenate((self._pool[: self._used], np.zeros(2 * room - self._used, np.uint32)))
        if self._slots.size < 2 * (self._codes.size + tokens):
            size = 1 << (2 * (self._codes.size + tokens)).bit_length()
            self._words, self._slots = np.zeros(2 * size, np.uint64), np.full(size, _EMPTY)
            _place(self._classes, self._words, self._slots, self._pool, self._used)


@compiled
def _distinct_terms(codes: I64, offsets: I64, decay: F64) -> tuple[I64, F64, I64, Bools, I64]:
    highest: Any = -1
    for code in codes:
        highest = max(highest, code >> 1)
    place = np.full(highest + 1, -1, np.int64)
    term, decayed_tf, first = np.empty(codes.size, np.int64), np.zeros(codes.size), np.empty(codes.size, np.int64)
    is_name, ends = np.ones(codes.size, np.bool_), np.zeros(offsets.size, np.int64)
    count: Any = 0
    for row in range(offsets.size - 1):
        own = codes[offsets[row] : offsets[row + 1]]
        begin = count
        for i in range(own.size):
            number = own[i] >> 1
            # What stands there from an earlier text lies before this one's first term.
            if place[number] < begin:
                place[number] = count
                term[count] = number
                first[count] = i
                count += 1
            at = place[number]
            decayed_tf[at] += decay[i]
            is_name[at] &= (own[i] & 1) == 1
        ends[row + 1] = count
    return term[:count], decayed_tf[:count], first[:count], is_name[:count], ends


def distinct_terms(codes: I64, offsets: I64, decay: F64) -> CountedTerms:
    """See ``_numpy_terms.distinct_terms``."""
    term, decayed_tf, first, is_name, ends = _distinct_terms(codes, offsets, decay)
    return CountedTerms(term.copy(), decayed_tf.copy(), first.copy(), is_name.copy(), ends)
