"""What both backends agree on: the records and constants that kernels take and give."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from dedupe.arrays import F64, I64, U8, U32, U64, Bools
from dedupe.kernels.ragged import ragged_offsets

SLACK = 64
"""Bytes after the last row that kernels may read, because they read several at once; after letters they are zeros."""


@functools.cache
def multipliers(seed: int) -> U64:
    """Four odd 64-bit numbers drawn from the seed, uint64[4].

    Multipliers of letters, of words in a shingle and of words in a sequence, and the value a word starts from.
    """
    drawn = np.random.RandomState(seed).randint(0, 2**32, 8, dtype=np.uint32).astype(np.uint64)
    return (drawn[0::2] << np.uint64(32)) | drawn[1::2] | np.uint64(1)


DIGIT, SOLO, LETTER, WORD, APOSTROPHE, POINT = (1 << bit for bit in range(6))
"""Bits of the class of a code point: a digit; of a script without spaces; a letter (no digit, no underscore, no SOLO);
inside words (no SOLO); what joins letters; what joins digits."""


class Splitting(NamedTuple):
    """How texts are split into tokens, said twice. ``tokens``: those of one text. ``classes``: of code points, the last
    of which stands for all that follow, for these rules: digits, joined by single points; else a run of SOLO; else
    letters, joined by single apostrophes; else a run of WORD; of a token whose first three characters are SOLO all
    pairs of neighbours instead. A text has at most so many tokens, and is read for so many characters."""

    tokens: Callable[[str], list[str]]
    classes: Callable[[], U8]
    most: int
    most_characters: int


class Counted(NamedTuple):
    """Distinct terms of texts, each text's in the order of their first occurrence: number, sum of fading weights, place
    of the first occurrence, whether every occurrence is capitalised; and where each text's begin, int64[texts + 1]."""

    term: I64
    faded: F64
    first: I64
    is_name: Bools
    offsets: I64


class TokenReader(Protocol):
    """Reads the tokens of texts as codes; each backend has one of its own."""

    def read(self, texts: Sequence[str]) -> tuple[I64, I64]:
        """Codes of the tokens of each text, in order: ragged int64."""


def together(parts: Sequence[Counted]) -> Counted:
    """The texts of all parts, one behind the other."""
    none = np.zeros(0, np.int64)
    nothing = Counted(none, np.zeros(0), none, np.zeros(0, np.bool_), np.zeros(1, np.int64))
    term, faded, first, is_name, _ = zip(nothing, *parts, strict=True)
    sizes = np.concatenate([np.diff(part.offsets) for part in (nothing, *parts)])
    columns = np.concatenate(term), np.concatenate(faded), np.concatenate(first), np.concatenate(is_name)
    return Counted(*columns, ragged_offsets(sizes))


class Holders(NamedTuple):
    """Which lists, ascending, hold each key, and what it weighs there: those of key k are ``first[k]:first[k + 1]``."""

    first: I64
    lists: U32
    weights: F64


LEAST_GAIN = 1e-9
"""A move that gains less is none: rounding could undo it for ever."""

JOIN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, an odd multiplier that tells the first of two joined hashes from the second."""


class Recipe(NamedTuple):
    """What decides a fingerprint, as kernels need it: shingle size, window and reach of ``winnow``, the seed of the
    hashes, multipliers and addends of the permutations (uint32 each)."""

    shingle_words: int
    window: int
    reach_on: int
    seed: int
    a: U32
    b: U32


class Kept(NamedTuple):
    """Where ``fingerprint`` writes what is kept of a text beside its sketch: uint64 values, int64 offsets."""

    shingles: U64
    shingle_offsets: I64
    passages: U64
    passage_offsets: I64
