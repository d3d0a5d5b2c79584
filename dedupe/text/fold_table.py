"""``normalise`` and ``classify`` as a table that kernels can read, filled in when characters are first met.

Kernels know nothing of Unicode. ``copies.fingerprints`` hands them this table; where the table is not enough, because a
character depends on its neighbours, it normalises the text in Python. ``kernels.fold_layout`` describes the layout.
"""

from __future__ import annotations

import functools
import unicodedata
from functools import partial
from itertools import chain, filterfalse

import numpy as np

from dedupe.arrays import U32, U64
from dedupe.kernels import distinct, fold_layout
from dedupe.kernels.fold_layout import DROPPED, LETTER, MARK, SEPARATOR, SPACELESS
from dedupe.text.words import PARTS_OF_AM, classify, code_points, every_character, normalise

_COMMON_LETTERS = "".join(map(chr, (*range(0x180), *range(0x200B, 0x2070), 0x20AC, 0x2122, 0xFEFF)))
"""The characters that a new FoldTable knows. With these, most batches of western news need not be folded twice."""

_BLOCK = 64
"""Characters in a block of ``_pairs``. It changes no result."""

_FIRST_PARTS_OF_AM = frozenset(parts[0] for parts in PARTS_OF_AM.values())


class FoldTable:
    """A table of normal forms and classes.

    ``entries``: uint64[fold_layout.POINTS + fold_layout.PAIRS], of which those of learned characters are filled in.

    >>> table = FoldTable()
    >>> table.learn("“Größe”")
    >>> hex(int(table.entries[ord("ß")]) & 0xFFFFFF), "ss".encode().hex()
    ('0x7373', '7373')
    """

    def __init__(self) -> None:
        self.entries = np.zeros(fold_layout.POINTS + fold_layout.PAIRS, np.uint64)
        self.entries[fold_layout.POINTS :] = _pair_slots()
        self.learn(_COMMON_LETTERS)

    def learn(self, text: str) -> None:
        """Fill in the entries of every code point of a text, and of all characters that they may compose to.

        Several threads may learn at once, because an entry always gets the same value.
        """
        fresh = self._unknown(code_points(text))
        composites = [char for (_, second), char in _pairs().items() if second in fresh]
        fresh |= self._unknown(code_points("".join(composites)))
        chars = sorted(fresh)
        forms = [normalise(char) for char in chars]
        kinds = classify(code_points("".join(chars))).tolist()
        form_kinds = iter(classify(code_points("".join(forms))).tolist())
        for char, form, kind in zip(chars, forms, kinds, strict=True):
            self.entries[ord(char)] = _fold_entry(char, form, kind, [next(form_kinds) for _ in form])

    def _unknown(self, points: U32) -> set[str]:
        """The characters among these code points whose entries are not filled in."""
        points = points[points < fold_layout.POINTS]
        return set(map(chr, distinct(points[self.entries[points] & np.uint64(fold_layout.KNOWN) == 0]).tolist()))


def _fold_entry(char: str, form: str, kind: int, form_kinds: list[int]) -> int:
    """The table entry of a character with class ``kind`` and normal form ``form``, whose characters have the classes
    ``form_kinds``."""
    if kind == DROPPED:
        return fold_layout.KNOWN | MARK << fold_layout.CLASS_SHIFT
    entry = (
        fold_layout.KNOWN
        | (kind << fold_layout.CLASS_SHIFT)
        | (unicodedata.combining(char) << fold_layout.COMBINING_SHIFT)
    )
    merges = not char.isascii() and char in _second_in_pairs()
    # These have no form here and are left to ``normalise``.
    merges_otherwise = (form != char and form[:1] in _second_in_pairs()) or char in _FIRST_PARTS_OF_AM
    if kind == SEPARATOR:
        return entry | fold_layout.CONTEXT if merges or set(form_kinds) != {SEPARATOR} else entry
    utf8 = form.encode()
    # Kernels make room for twice the length of the original, and need two of these bytes for the zeros around a
    # spaceless character.
    room = 2 * len(char.encode()) - (2 if kind == SPACELESS else 0)
    is_one_kind = form_kinds == [kind] or (
        kind == LETTER and form_kinds[:1] == [LETTER] and set(form_kinds) <= {LETTER, MARK}
    )
    if not is_one_kind or len(utf8) > min(room, fold_layout.FORM_BYTES) or merges_otherwise:
        return entry | fold_layout.CONTEXT
    entry |= int.from_bytes(utf8, "little") | (len(utf8) << fold_layout.LENGTH_SHIFT)
    return entry | fold_layout.CONTEXT if merges else entry


@functools.cache
def _pairs() -> dict[tuple[str, str], str]:
    """The primary composites of Unicode, except for Hangul: what two characters in a row become under NFC."""
    everything = every_character()
    blocks = (everything[start : start + _BLOCK] for start in range(0, len(everything), _BLOCK))
    # Few blocks have a character that decomposes, and it takes a tenth of the time to ask this of a whole block.
    decomposing = filterfalse(partial(unicodedata.is_normalized, "NFD"), blocks)
    decomposed = filter(unicodedata.decomposition, chain.from_iterable(decomposing))
    parts = ((char, unicodedata.decomposition(char).split()) for char in decomposed)
    twos = ((char, pair) for char, pair in parts if len(pair) == 2 and not pair[0].startswith("<"))
    return {
        (chr(int(pair[0], 16)), chr(int(pair[1], 16))): char
        for char, pair in twos
        if unicodedata.is_normalized("NFC", char)
    }


@functools.cache
def _pair_slots() -> U64:
    """``_pairs`` as a hash table for kernels: uint64[fold_layout.PAIRS]."""
    slots = [0] * fold_layout.PAIRS
    for (first, second), char in _pairs().items():
        slot = ord(first) * ord(second) * fold_layout.PAIR_MULTIPLIER % 2**64 >> fold_layout.PAIR_SHIFT
        while slots[slot]:
            slot = (slot + 1) % fold_layout.PAIRS
        slots[slot] = ord(first) << 42 | ord(second) << 21 | ord(char)
    return np.array(slots, np.uint64)


@functools.cache
def _second_in_pairs() -> frozenset[str]:
    """Characters that may compose with the one before them under NFC (NFC_Quick_Check is not Yes, Unicode annex 15)."""
    # The vowels and final consonants of Hangul compose by a rule, not by the table.
    return frozenset({second for _, second in _pairs()} | set(map(chr, range(0x1160, 0x1200))))
