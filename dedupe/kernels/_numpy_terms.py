"""Kernels that turn texts into counted terms, without compiled code; ``_numpy.py`` hands them on with the others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedupe.kernels._numpy_words import I64, U8, Flags, ragged_offsets

F64 = npt.NDArray[np.float64]

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


class TokenCodes:
    """The codes of the tokens of texts; ``code_of`` is asked once for each distinct token, or whenever it stands."""

    def __init__(self, splitting: Splitting, code_of: Callable[[str], int]) -> None:
        self._tokens, self._code_of = splitting.tokens, code_of

    def read(self, texts: Sequence[str]) -> tuple[I64, I64]:
        """Codes of the tokens of each text, in order: ragged int64."""
        split = [self._tokens(text) for text in texts]
        offsets = ragged_offsets(np.array([len(each) for each in split], np.int64))
        return np.fromiter(map(self._code_of, itertools.chain.from_iterable(split)), np.int64, offsets[-1]), offsets


class Counted(NamedTuple):
    """Distinct terms of texts, each text's in the order of their first occurrence: number, sum of fading weights, place
    of the first occurrence, whether every occurrence is capitalised; and where each text's begin, int64[texts + 1]."""

    term: I64
    faded: F64
    first: I64
    is_name: Flags
    offsets: I64


def distinct_terms(codes: I64, offsets: I64, fading: F64) -> Counted:
    """Counts of ragged codes, twice the number of a term each and one more where it is capitalised; an occurrence at a
    place weighs ``fading[place]``, added in the order of the places."""
    parts = []
    for start, end in itertools.pairwise(offsets.tolist()):
        own = codes[start:end]
        term, first, inverse, count = np.unique(own >> 1, return_index=True, return_inverse=True, return_counts=True)
        faded = np.asarray(np.bincount(inverse, fading[: own.size], minlength=term.size), np.float64)
        capitals = np.bincount(inverse, own & 1, minlength=term.size)
        order = np.argsort(first)
        size = np.array([0, term.size])
        parts.append(Counted(term[order], faded[order], first[order], (capitals == count)[order], size))
    return together(parts)


def together(parts: Sequence[Counted]) -> Counted:
    """The texts of all parts, one behind the other."""
    none = np.zeros(0, np.int64)
    nothing = Counted(none, np.zeros(0), none, np.zeros(0, np.bool_), np.zeros(1, np.int64))
    term, faded, first, is_name, _ = zip(nothing, *parts, strict=True)
    sizes = np.concatenate([np.diff(part.offsets) for part in (nothing, *parts)])
    columns = np.concatenate(term), np.concatenate(faded), np.concatenate(first), np.concatenate(is_name)
    return Counted(*columns, ragged_offsets(sizes))
