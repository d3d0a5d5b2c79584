"""From texts to counted terms."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from dedupe.arrays import F64, I64, U8, U32, U64
from dedupe.kernels.compiled import native
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import SLACK, CountedTerms, TokenRules

_EMPTY = np.uint32(0xFFFFFFFF)
"""An empty slot."""

Grown = TypeVar("Grown", I64, U8, U64)


class TokenNumbers:
    """See ``Backend.TokenNumbers``. Splits by ``rules.classes``.

    ``_slots``: a hash table of the numbers of the tokens, uint32. ``_keys``: uint64[tokens, 2]. ``_letters``,
    ``_ends``: the tokens in UTF-8, ragged. All have room for more tokens than the ``_known`` ones. ``terms.c`` says
    more.
    """

    def __init__(self, rules: TokenRules) -> None:
        self._classes, self._max_tokens, self._max_characters = rules.classes(), rules.max_tokens, rules.max_characters
        self._slots, self._keys = np.full(2, _EMPTY), np.zeros((0, 2), np.uint64)
        self._letters, self._ends, self._known = np.zeros(0, np.uint8), np.zeros(1, np.int64), 0

    def read(self, texts: Sequence[str]) -> tuple[U32, I64]:
        """See ``TokenReader.read``."""
        # A text in ASCII is encoded by copying it, and only what is not ASCII costs more.
        encoded = [text[: self._max_characters].encode("utf-8", "surrogatepass") for text in texts]
        offsets = ragged_offsets(np.array([len(text) for text in encoded], np.int64))
        letters = np.frombuffer(b"".join((*encoded, bytes(SLACK))), np.uint8)
        size = letters.size - SLACK
        most = min(size, self._max_tokens * len(texts))
        self._make_room(most, size)
        numbers, places = np.empty(most, np.uint32), np.empty_like(offsets)
        tokens = self._slots, self._keys, self._letters, self._ends
        self._known = native.token_numbers(
            letters, offsets, self._classes, self._max_tokens, *tokens, self._known, numbers, places
        )
        return numbers[: places[-1]].copy(), places

    def tokens(self) -> list[str]:
        """See ``TokenReader.tokens``."""
        ends = self._ends[: self._known + 1]
        letters = self._letters[: ends[-1]]
        # All are decoded at once. A byte that continues a character is none by itself.
        characters = letters.tobytes().decode("utf-8", "surrogatepass")
        borders = ragged_offsets((letters & 0xC0 != 0x80).astype(np.int64))[ends]
        return [characters[begin:end] for begin, end in itertools.pairwise(borders.tolist())]

    def _make_room(self, tokens: int, size: int) -> None:
        """Make room for this many more tokens, of a text of ``size`` bytes. At least half of the slots stay empty."""
        # A spaceless character may be in two tokens.
        self._letters = _with_room(self._letters, int(self._ends[self._known]) + 2 * size)
        self._keys = _with_room(self._keys, self._known + tokens)
        self._ends = _with_room(self._ends, self._known + tokens + 1)
        if self._slots.size < 2 * (self._known + tokens):
            self._slots = np.full(1 << (2 * (self._known + tokens)).bit_length(), _EMPTY)
            native.fill_slots(self._slots, self._keys, self._known)


def _with_room(array: Grown, size: int) -> Grown:
    """The array, if it has at least ``size`` rows, or else a copy with twice as many."""
    if array.shape[0] >= size:
        return array
    grown: Grown = np.zeros((2 * size, *array.shape[1:]), array.dtype)
    grown[: array.shape[0]] = array
    return grown


def distinct_terms(codes: U32, offsets: I64, decay: F64, extra: U32, extra_offsets: I64) -> CountedTerms:
    """See ``Backend.distinct_terms``. Looks up the place of each term in an array of all term numbers."""
    most = codes.size + extra.size
    columns = np.empty(most, np.uint32), np.empty(most), np.empty(most, np.uint16), np.empty(most, np.bool_)
    ends = np.empty_like(offsets)
    count = native.distinct_terms(codes, offsets, decay, extra, extra_offsets, *columns, ends)
    for column in columns:
        column.resize(count, refcheck=False)  # gives the rest back without a copy
    return CountedTerms(*columns, ends)
