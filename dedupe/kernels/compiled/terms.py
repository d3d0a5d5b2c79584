"""From texts to counted terms.

Every distinct token is kept and compared letter by letter, so hash collisions cannot change a result. Tokens are
numbered in the order in which they first occur, and are found again in two places. *Plain words*, most of all tokens,
consist of one to eight ASCII letters: their letters fit into one uint64, the key of an open-addressed hash table of
(key, number) pairs called ``words``. All other tokens are found through an open-addressed hash table called ``slots``,
which holds where they begin in the ``pool``. The pool is a uint32 array with an entry for every token: its number, its
length, and its characters as code points.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dedupe.arrays import F64, I64, U8, U32, U64, Bools
from dedupe.kernels.compiled.jit import compiled
from dedupe.kernels.compiled.words import fmix64
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import (
    IS_DIGIT,
    IS_LETTER,
    IS_SPACELESS,
    IS_WORD,
    JOINS_DIGITS,
    JOINS_LETTERS,
    CountedTerms,
    TokenRules,
)

_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
"""Constants of the hash FNV-1a (Fowler, Noll & Vo), here over code points instead of bytes."""

_EMPTY = np.uint32(0xFFFFFFFF)
"""An empty slot."""

_HEAD = 2
"""Elements of an entry of the pool before the characters."""

_PLAIN_LETTERS, _LAST_ASCII = 8, 127
"""Most letters of a plain word, and the highest code point in one."""


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
def _plain_key(points: U32, classes: U8, begin: int, end: int) -> np.uint64:
    """The letters of a plain word as one number; 0 for all other tokens."""
    key = np.uint64(0)
    if end - begin > _PLAIN_LETTERS:
        return key
    for i in range(begin, end):
        if not classes[points[i]] & IS_LETTER or points[i] > _LAST_ASCII:
            return np.uint64(0)
        key = (key << np.uint64(8)) | np.uint64(points[i])
    return key


@compiled
def _plain_slot(key: np.uint64, words: U64) -> np.uint64:
    """The slot of ``words`` that has this key, or the empty one where it belongs."""
    mask = np.uint64(words.size // 2 - 1)
    slot = np.uint64(fmix64(key)) & mask
    while True:
        held = words[2 * slot]
        if held == key or not held:
            return slot
        slot = (slot + np.uint64(1)) & mask


@compiled
def _hash(points: U32, begin: int, end: int) -> np.uint64:
    value = _FNV_START
    for i in range(begin, end):
        value = (value ^ np.uint64(points[i])) * _FNV_PRIME
    return np.uint64(fmix64(value))


@compiled
def _slot(points: U32, begin: int, end: int, slots: U32, pool: U32) -> np.uint64:
    """The slot of ``slots`` that has the token points[begin:end], or the empty one where it belongs."""
    mask = np.uint64(slots.size - 1)
    slot = _hash(points, begin, end) & mask
    while slots[slot] != _EMPTY:
        entry = np.int64(slots[slot])
        if pool[entry + 1] == end - begin:
            shift = entry + _HEAD - begin
            i = begin
            while i < end and pool[shift + i] == points[i]:
                i += 1
            if i == end:
                break
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _append(points: U32, begin: int, end: int, number: int, pool: U32, used: int) -> int:
    """Append an entry for the token points[begin:end] to the pool, and return where the pool ends then."""
    pool[used], pool[used + 1] = number, end - begin
    for i in range(begin, end):
        pool[used + _HEAD - begin + i] = points[i]
    return int(used + _HEAD + end - begin)


@compiled
def _fill_tables(classes: U8, words: U64, slots: U32, pool: U32, used: int) -> None:
    """Put all tokens of the pool into the hash tables, which must be empty."""
    entry: Any = 0
    while entry < used:
        begin = entry + _HEAD
        after = begin + np.int64(pool[entry + 1])
        key = _plain_key(pool, classes, begin, after)
        if key:
            slot = _plain_slot(key, words)
            words[2 * slot], words[2 * slot + 1] = key, pool[entry]
        else:
            slots[_slot(pool, begin, after, slots, pool)] = entry
        entry = after


@compiled
def _token_numbers(
    points: U32, offsets: I64, classes: U8, most: int, words: U64, slots: U32, pool: U32, used: int, known: int
) -> tuple[U32, I64, I64]:
    """The number of each token of each text, at most ``most`` per text: ragged uint32.

    ``points``, ``offsets``: the characters of the texts, ragged. ``used``: where the pool ends; ``known``: how many
    tokens it has. New tokens are added to the pool and the hash tables. Also returns where in the pool each new token
    begins, and where the last one ends.
    """
    numbers, places = np.empty((offsets.size - 1) * most, np.uint32), np.zeros(offsets.size, np.int64)
    new = np.empty(numbers.size + 1, np.int64)
    count: Any = 0
    total: Any = 0
    for row in range(offsets.size - 1):
        stop, last = offsets[row + 1], total + most
        at = _token_begin(points, classes, offsets[row], stop)
        while at < stop and total < last:
            # This finds the end and the key of a plain word in one pass. In a function of its own it would take a third
            # longer.
            end, key, all_bits = at, np.uint64(0), np.uint32(0)
            while end < stop:
                point = points[end]
                if not classes[point] & IS_LETTER:
                    break
                key = (key << np.uint64(8)) | np.uint64(point)
                all_bits |= point
                end += 1
            if at < end <= at + _PLAIN_LETTERS and all_bits <= _LAST_ASCII and not _goes_on(points, classes, end, stop):
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
                if size > 2 and _are_spaceless(points, classes, at):
                    size, step = 2, 1
                while at + size <= end and total < last:
                    other_slot = _slot(points, at, at + size, slots, pool)
                    if slots[other_slot] == _EMPTY:
                        slots[other_slot], new[count] = used, used
                        used = _append(points, at, at + size, known + count, pool, used)
                        count += 1
                    numbers[total] = pool[slots[other_slot]]
                    total += 1
                    at += step
            at = _token_begin(points, classes, end, stop)
        places[row + 1] = total
    new[count] = used
    return numbers[:total], places, new[: count + 1]


class TokenCodes:
    """See ``Backend.TokenCodes``. Splits by ``rules.classes``, and asks ``code_of`` once for each distinct token.

    The module docstring describes the attributes.
    """

    def __init__(self, rules: TokenRules, code_of: Callable[[str], int]) -> None:
        self._classes, self._code_of = rules.classes(), code_of
        self._max_tokens, self._max_characters = rules.max_tokens, rules.max_characters
        self._words, self._slots, self._pool = np.zeros(4, np.uint64), np.full(2, _EMPTY), np.zeros(0, np.uint32)
        self._used, self._codes = 0, np.zeros(0, np.int64)

    def read(self, texts: Sequence[str]) -> tuple[I64, I64]:
        """See ``TokenReader.read``."""
        cut = [text[: self._max_characters] for text in texts]
        points = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), np.uint32)
        points = np.minimum(points, np.uint32(self._classes.size - 1))
        offsets = ragged_offsets(np.array([len(text) for text in cut], np.int64))
        self._make_room(min(points.size, self._max_tokens * len(texts)), points.size)
        known = self._words, self._slots, self._pool, self._used, self._codes.size
        numbers, places, entries = _token_numbers(points, offsets, self._classes, self._max_tokens, *known)
        added, entries = self._pool[self._used : entries[-1]].copy(), entries - self._used
        added[entries[:-1]] = 0  # the number of a token may be too high for a code point
        characters = added.tobytes().decode("utf-32-le", "surrogatepass")
        new = [self._code_of(characters[begin + _HEAD : end]) for begin, end in itertools.pairwise(entries.tolist())]
        self._used, self._codes = self._used + added.size, np.concatenate((self._codes, np.array(new, np.int64)))
        return self._codes[numbers], places

    def _make_room(self, tokens: int, characters: int) -> None:
        """Make room for this many more tokens and characters. At least half of the slots stay empty."""
        # A spaceless character may be in two tokens.
        room = self._used + _HEAD * tokens + 2 * characters
        if self._pool.size < room:
            self._pool = np.concatenate((self._pool[: self._used], np.zeros(2 * room - self._used, np.uint32)))
        if self._slots.size < 2 * (self._codes.size + tokens):
            size = 1 << (2 * (self._codes.size + tokens)).bit_length()
            self._words, self._slots = np.zeros(2 * size, np.uint64), np.full(size, _EMPTY)
            _fill_tables(self._classes, self._words, self._slots, self._pool, self._used)


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
            # A place from an earlier text lies before the first term of this text.
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
    """See ``Backend.distinct_terms``. Looks up the place of each term in an array of all term numbers."""
    term, decayed_tf, first, is_name, ends = _distinct_terms(codes, offsets, decay)
    return CountedTerms(term.copy(), decayed_tf.copy(), first.copy(), is_name.copy(), ends)
