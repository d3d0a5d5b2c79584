"""From texts to counted terms.

Every distinct token is kept and compared letter by letter, so hash collisions cannot change a result. Tokens are
numbered in the order in which they first occur. Each has a key of 128 bits. That of a *plain* token, of one to sixteen
ASCII characters as nearly all are, is its characters; that of any other token is a hash, marked by ``_OTHER``, and such
tokens are compared by their characters too. The open-addressed hash table ``slots`` holds the numbers of the tokens.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from dedupe.arrays import F64, I64, U8, U16, U32, U64, Bools
from dedupe.kernels.compiled.jit import compiled
from dedupe.kernels.compiled.words import fmix64, longest_row
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import (
    IS_DIGIT,
    IS_LETTER,
    IS_SPACELESS,
    IS_WORD,
    JOINS_DIGITS,
    JOINS_LETTERS,
    NOWHERE,
    CountedTerms,
    TokenRules,
)

_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
"""Constants of the hash FNV-1a (Fowler, Noll & Vo), here over code points instead of bytes."""

_EMPTY = np.uint32(0xFFFFFFFF)
"""An empty slot."""

_PLAIN, _LAST_ASCII = 16, 127
"""Most characters of a plain token, and the highest code point in one."""

_OTHER = np.uint64(0xFFFFFFFFFFFFFFFF)
"""The upper half of the key of a token that is not plain. No ASCII characters give it."""

Grown = TypeVar("Grown", I64, U32, U64)


@compiled
def _run(points: U32, classes: U8, at: int, stop: int, kind: int) -> int:
    """Where the run of characters with the flag ``kind`` that begins at ``at`` ends; ``at`` itself if there is none."""
    while at < stop and classes[points[at]] & kind:
        at += 1
    return at


@compiled
def _goes_on(points: U32, classes: U8, at: int, stop: int, kind: int = IS_LETTER, joint: int = JOINS_LETTERS) -> bool:
    """Whether a character with the flag ``joint`` is here and one with the flag ``kind`` follows it."""
    return bool(at + 1 < stop and classes[points[at]] & joint and classes[points[at + 1]] & kind)


@compiled
def _joined(points: U32, classes: U8, at: int, stop: int, kind: int, joint: int) -> int:
    """Where runs of characters with the flag ``kind``, joined by one character with the flag ``joint`` each, end."""
    end = _run(points, classes, at, stop, kind)
    while _goes_on(points, classes, end, stop, kind, joint):
        end = _run(points, classes, end + 1, stop, kind)
    return end


@compiled
def _token_begin(points: U32, classes: U8, at: int, stop: int) -> int:
    """Where the next token begins; ``stop`` if there is none."""
    while at < stop and not classes[points[at]] & (IS_WORD | IS_SPACELESS):
        at += 1
    return at


@compiled
def _token_end(points: U32, classes: U8, at: int, stop: int) -> int:
    """Where the token that begins here ends; see ``TokenRules``."""
    kind = classes[points[at]]
    if kind & IS_DIGIT:
        return _joined(points, classes, at, stop, IS_DIGIT, JOINS_DIGITS)
    if kind & IS_SPACELESS:
        return _run(points, classes, at, stop, IS_SPACELESS)
    if kind & IS_LETTER:
        return _joined(points, classes, at, stop, IS_LETTER, JOINS_LETTERS)
    return _run(points, classes, at, stop, IS_WORD)


@compiled
def _are_spaceless(points: U32, classes: U8, at: int) -> bool:
    """Whether the three characters from here on are spaceless."""
    return bool(classes[points[at]] & classes[points[at + 1]] & classes[points[at + 2]] & IS_SPACELESS)


@compiled
def _key(points: U32, begin: int, end: int) -> tuple[np.uint64, np.uint64]:
    """The two halves of the key of the token points[begin:end]."""
    upper, lower, all_bits = np.uint64(0), np.uint64(0), np.uint32(0)
    for i in range(begin, end):
        upper = (upper << np.uint64(8)) | (lower >> np.uint64(56))
        lower = (lower << np.uint64(8)) | np.uint64(points[i])
        all_bits |= points[i]
    if end - begin <= _PLAIN and all_bits <= _LAST_ASCII:
        return upper, lower
    value = _FNV_START
    for i in range(begin, end):
        value = (value ^ np.uint64(points[i])) * _FNV_PRIME
    return _OTHER, value


@compiled
def _same(points: U32, begin: int, end: int, letters: U32, first: int, last: int) -> bool:
    """Whether points[begin:end] and letters[first:last] are the same characters."""
    size, same = end - begin, 0
    if size != last - first:
        return False
    while same < size and points[begin + same] == letters[first + same]:
        same += 1
    return bool(same == size)


@compiled
def _slot(
    upper: np.uint64,
    lower: np.uint64,
    points: U32,
    begin: int,
    end: int,
    slots: U32,
    keys: U64,
    letters: U32,
    ends: I64,
) -> np.uint64:
    """The slot of the token points[begin:end], whose key is given in two halves, or the empty one where it belongs."""
    mask = np.uint64(slots.size - 1)
    slot = np.uint64(fmix64(lower ^ (upper * _FNV_PRIME))) & mask
    while True:
        number = slots[slot]
        if number == _EMPTY:
            return slot
        if (
            keys[number, 0] == upper
            and keys[number, 1] == lower
            and (upper != _OTHER or _same(points, begin, end, letters, ends[number], ends[number + 1]))
        ):
            return slot
        slot = (slot + np.uint64(1)) & mask


@compiled
def _add(
    upper: np.uint64,
    lower: np.uint64,
    points: U32,
    begin: int,
    end: int,
    number: int,
    keys: U64,
    letters: U32,
    ends: I64,
) -> None:
    """Add the token points[begin:end] with this number, one higher than the last."""
    keys[number, 0], keys[number, 1] = upper, lower
    first = ends[number]
    for i in range(end - begin):
        letters[first + i] = points[begin + i]
    ends[number + 1] = first + end - begin


@compiled
def _fill_slots(slots: U32, keys: U64, known: int) -> None:
    """Put the numbers of all ``known`` tokens into the slots, which must be empty."""
    mask = np.uint64(slots.size - 1)
    for number in range(known):
        slot = np.uint64(fmix64(keys[number, 1] ^ (keys[number, 0] * _FNV_PRIME))) & mask
        while slots[slot] != _EMPTY:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = number


@compiled
def _token_numbers(
    points: U32, offsets: I64, classes: U8, most: int, slots: U32, keys: U64, letters: U32, ends: I64, known: int
) -> tuple[U32, I64, int]:
    """The number of each token of each text, at most ``most`` per text: ragged uint32.

    ``points``, ``offsets``: the characters of the texts, ragged. ``known``: how many tokens are known. New tokens are
    added to the arrays that ``TokenNumbers`` describes; also returns how many are known then.
    """
    numbers, places = np.empty((offsets.size - 1) * most, np.uint32), np.zeros(offsets.size, np.int64)
    total: Any = 0
    for row in range(offsets.size - 1):
        stop, last = offsets[row + 1], total + most
        at = _token_begin(points, classes, offsets[row], stop)
        while at < stop and total < last:
            # This finds the end and the key of a plain word in one pass. In a function of its own it would take a third
            # longer.
            end, upper, lower, all_bits = at, np.uint64(0), np.uint64(0), np.uint32(0)
            while end < stop:
                point = points[end]
                if not classes[point] & IS_LETTER:
                    break
                upper = (upper << np.uint64(8)) | (lower >> np.uint64(56))
                lower = (lower << np.uint64(8)) | np.uint64(point)
                all_bits |= point
                end += 1
            size, step = end - at, end - at
            if not (0 < size <= _PLAIN and all_bits <= _LAST_ASCII) or _goes_on(points, classes, end, stop):
                end = _token_end(points, classes, at, stop)
                size, step = end - at, end - at
                if size > 2 and _are_spaceless(points, classes, at):
                    size, step = 2, 1
                upper, lower = _key(points, at, at + size)
            while at + size <= end and total < last:
                slot = _slot(upper, lower, points, at, at + size, slots, keys, letters, ends)
                if slots[slot] == _EMPTY:
                    slots[slot] = known
                    _add(upper, lower, points, at, at + size, known, keys, letters, ends)
                    known += 1
                numbers[total] = slots[slot]
                total += 1
                at += step
                if at + size <= end:
                    upper, lower = _key(points, at, at + size)
            at = _token_begin(points, classes, end, stop)
        places[row + 1] = total
    return numbers[:total], places, known


class TokenNumbers:
    """See ``Backend.TokenNumbers``. Splits by ``rules.classes``.

    ``_slots``: see the module docstring. ``_keys``: uint64[tokens, 2]. ``_letters``, ``_ends``: the code points of the
    tokens, ragged. All have room for more tokens than the ``_known`` ones.
    """

    def __init__(self, rules: TokenRules) -> None:
        self._classes, self._max_tokens, self._max_characters = rules.classes(), rules.max_tokens, rules.max_characters
        self._slots, self._keys = np.full(2, _EMPTY), np.zeros((0, 2), np.uint64)
        self._letters, self._ends, self._known = np.zeros(0, np.uint32), np.zeros(1, np.int64), 0

    def read(self, texts: Sequence[str]) -> tuple[U32, I64]:
        """See ``TokenReader.read``."""
        cut = [text[: self._max_characters] for text in texts]
        points = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), np.uint32)
        points = np.minimum(points, np.uint32(self._classes.size - 1))
        offsets = ragged_offsets(np.array([len(text) for text in cut], np.int64))
        self._make_room(min(points.size, self._max_tokens * len(texts)), points.size)
        tokens = self._slots, self._keys, self._letters, self._ends
        numbers, places, self._known = _token_numbers(
            points, offsets, self._classes, self._max_tokens, *tokens, self._known
        )
        return numbers.copy(), places

    def tokens(self) -> list[str]:
        """See ``TokenReader.tokens``."""
        ends = self._ends[: self._known + 1]
        characters = self._letters[: ends[-1]].tobytes().decode("utf-32-le", "surrogatepass")
        return [characters[begin:end] for begin, end in itertools.pairwise(ends.tolist())]

    def _make_room(self, tokens: int, characters: int) -> None:
        """Make room for this many more tokens and characters. At least half of the slots stay empty."""
        # A spaceless character may be in two tokens.
        self._letters = _with_room(self._letters, int(self._ends[self._known]) + 2 * characters)
        self._keys = _with_room(self._keys, self._known + tokens)
        self._ends = _with_room(self._ends, self._known + tokens + 1)
        if self._slots.size < 2 * (self._known + tokens):
            self._slots = np.full(1 << (2 * (self._known + tokens)).bit_length(), _EMPTY)
            _fill_slots(self._slots, self._keys, self._known)


def _with_room(array: Grown, size: int) -> Grown:
    """The array, if it has at least ``size`` rows, or else a copy with twice as many."""
    if array.shape[0] >= size:
        return array
    grown: Grown = np.zeros((2 * size, *array.shape[1:]), array.dtype)
    grown[: array.shape[0]] = array
    return grown


@compiled
def _sort(numbers: U32, highest: np.uint32, room: U32, counts: I64) -> None:
    """Sort numbers up to ``highest``, byte by byte from the lowest on (radix sort). It is much faster than a general
    sort for the few hundred terms of a text.

    ``room``: as long as ``numbers`` or longer. ``counts``: room for 257 numbers.
    """
    shift = np.uint32(0)
    while shift < np.uint32(32) and highest >> shift:
        counts[:] = 0
        for number in numbers:
            counts[np.int64(number >> shift & np.uint32(255)) + 1] += 1
        for byte in range(255):
            counts[byte + 1] += counts[byte]
        for number in numbers:
            value = np.int64(number >> shift & np.uint32(255))
            room[counts[value]] = number
            counts[value] += 1
        for i in range(numbers.size):
            numbers[i] = room[i]
        shift += np.uint32(8)


@compiled
def _distinct_terms(
    codes: U32, offsets: I64, decay: F64, extra: U32, extra_offsets: I64
) -> tuple[U32, F64, U16, Bools, I64]:
    highest = np.uint32(0)
    for code in codes:
        highest = max(highest, code >> np.uint32(1))
    for number in extra:
        highest = max(highest, number)
    # What is found in a text, in the order of first occurrence, and where each term is in that, counted on from the
    # terms of the texts before: a place from an earlier text lies before ``begin``.
    most, begin, place = longest_row(offsets) + longest_row(extra_offsets), 0, np.full(np.int64(highest) + 1, -1)
    found, total = np.empty(most, np.uint32), np.empty(most)
    room, counts = np.empty(most, np.uint32), np.empty(257, np.int64)
    at_first, capital = np.empty(most, np.uint16), np.empty(most, np.bool_)
    size = codes.size + extra.size
    term, decayed_tf, first = np.empty(size, np.uint32), np.empty(size), np.empty(size, np.uint16)
    is_name, ends = np.empty(size, np.bool_), np.zeros(offsets.size, np.int64)
    for row in range(offsets.size - 1):
        own, count = codes[offsets[row] : offsets[row + 1]], 0
        for i in range(own.size):
            number = own[i] >> np.uint32(1)
            if place[number] < begin:
                place[number] = begin + count
                found[count], total[count], at_first[count], capital[count] = number, 0.0, i, True
                count += 1
            at = place[number] - begin
            total[at] += decay[i]
            capital[at] &= (own[i] & np.uint32(1)) == 1
        for number in extra[extra_offsets[row] : extra_offsets[row + 1]]:
            place[number] = begin + count
            found[count], total[count], at_first[count], capital[count] = number, 0.0, NOWHERE, False
            count += 1
        _sort(found[:count], highest, room, counts)
        for i in range(count):
            at = place[found[i]] - begin
            term[begin + i], decayed_tf[begin + i] = found[i], total[at]
            first[begin + i], is_name[begin + i] = at_first[at], capital[at]
        begin += count
        ends[row + 1] = begin
    return term[:begin], decayed_tf[:begin], first[:begin], is_name[:begin], ends


def distinct_terms(codes: U32, offsets: I64, decay: F64, extra: U32, extra_offsets: I64) -> CountedTerms:
    """See ``Backend.distinct_terms``. Looks up the place of each term in an array of all term numbers."""
    term, decayed_tf, first, is_name, ends = _distinct_terms(codes, offsets, decay, extra, extra_offsets)
    return CountedTerms(term.copy(), decayed_tf.copy(), first.copy(), is_name.copy(), ends)
