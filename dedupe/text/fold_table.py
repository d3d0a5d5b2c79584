"""The normal forms of characters as a table that kernels read."""

from __future__ import annotations

import functools
import unicodedata

import numpy as np

from dedupe.arrays import U32, U64
from dedupe.kernels import fold_layout
from dedupe.kernels.fold_layout import LETTER, SEPARATOR, SOLO
from dedupe.text.words import classify, code_points, every_character, normalise

_COMMON_LETTERS = "".join(map(chr, (*range(0x180), *range(0x2010, 0x2040), 0x20AC, 0x2122, 0xFEFF)))
"""Known to a fresh FoldTable: with these, most batches of western news need not be folded twice."""


class FoldTable:
    """``normalise`` and ``classify`` as a table for kernels: ``entries``, filled with the code points met.

    >>> table = FoldTable()
    >>> table.learn("“Größe”")
    >>> hex(int(table.entries[ord("ß")] & 0xFFFFFF)), "ss".encode().hex()
    ('0x7373', '7373')
    """

    def __init__(self) -> None:
        self.entries = np.zeros(fold_layout.POINTS + fold_layout.PAIRS, np.uint64)
        self.entries[fold_layout.POINTS :] = _pair_slots()
        self.learn(_COMMON_LETTERS)

    def learn(self, text: str) -> None:
        """Fill the entries of every code point of a text, and of what its marks may compose to; the same values whoever
        learns first."""
        fresh = self._unknown(code_points(text))
        composites = [char for (_, second), char in _pairs().items() if second in fresh]
        fresh |= self._unknown(code_points("".join(composites)))
        chars = sorted(fresh)
        forms = [normalise(char) for char in chars]
        kinds = classify(code_points("".join(chars))).tolist()
        form_kinds = iter(classify(code_points("".join(forms))).tolist())
        for char, form, kind in zip(chars, forms, kinds, strict=True):
            self.entries[ord(char)] = _fold_entry(char, form, kind, {next(form_kinds) for _ in form})

    def _unknown(self, points: U32) -> set[str]:
        points = points[points < fold_layout.POINTS]
        return set(map(chr, np.unique(points[self.entries[points] & np.uint64(fold_layout.KNOWN) == 0]).tolist()))


def _fold_entry(char: str, form: str, kind: int, form_kinds: set[int]) -> int:
    """The table entry of a code point of class ``kind`` with its normal form; layout in ``kernels/folding.py``."""
    entry = (
        fold_layout.KNOWN
        | (kind << fold_layout.CLASS_SHIFT)
        | (unicodedata.combining(char) << fold_layout.COMBINING_SHIFT)
    )
    merges = not char.isascii() and char in _second_in_pairs()
    if merges or form_kinds != {kind} or (len(form) > 1 and kind != LETTER):
        return entry | fold_layout.CONTEXT
    if kind == SEPARATOR:
        return entry
    utf8 = form.encode()
    # A kernel has twice the room of the original, and needs some of it to set a solo word apart.
    room = 2 * len(char.encode()) - (2 if kind == SOLO else 0)
    if len(utf8) > min(room, fold_layout.FORM_BYTES):
        return entry | fold_layout.CONTEXT
    return entry | int.from_bytes(utf8, "little") | (len(utf8) << fold_layout.LENGTH_SHIFT)


@functools.cache
def _pairs() -> dict[tuple[str, str], str]:
    """The primary composites of Unicode: what two characters in a row become under NFC, but for Hangul."""
    decomposed = filter(unicodedata.decomposition, every_character())
    parts = ((char, unicodedata.decomposition(char).split()) for char in decomposed)
    twos = ((char, pair) for char, pair in parts if len(pair) == 2 and not pair[0].startswith("<"))
    return {
        (chr(int(pair[0], 16)), chr(int(pair[1], 16))): char
        for char, pair in twos
        if unicodedata.is_normalized("NFC", char)
    }


@functools.cache
def _pair_slots() -> U64:
    """``_pairs`` as kernels look them up; layout in ``kernels/folding.py``."""
    slots = [0] * fold_layout.PAIRS
    for (first, second), char in _pairs().items():
        slot = ord(first) * ord(second) * fold_layout.PAIR_MULTIPLIER % 2**64 >> fold_layout.PAIR_SHIFT
        while slots[slot]:
            slot = (slot + 1) % fold_layout.PAIRS
        slots[slot] = ord(first) << 42 | ord(second) << 21 | ord(char)
    return np.array(slots, np.uint64)


@functools.cache
def _second_in_pairs() -> frozenset[str]:
    """Characters that may merge with the one before them under NFC (NFC_Quick_Check is not Yes, Unicode annex 15)."""
    # Vowels and final consonants of Hangul merge by rule, not by table.
    return frozenset({second for _, second in _pairs()} | set(map(chr, range(0x1160, 0x1200))))
