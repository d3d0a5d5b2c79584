"""The layout of the table by which kernels read details: one uint32 per code point.

``copies.detail_table`` fills in entries when they are first needed. An entry consists of

    bits  0-20  the form in which the character is compared, a code point
    bits 21-27  flags
    bit  31     KNOWN: the entry is filled in

Words are hashed as polynomials over the forms of their characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dedupe.arrays import U32, U64, Bools

POINTS = 0x40000
"""Entries for code points. All code points from here on are read as U+0000."""

FORM = (1 << 21) - 1
"""The bits of an entry that hold the form."""

DIGIT, LETTER, CAPITAL, JOINS_DIGITS, GROUPS_DIGITS, ENDS_SENTENCE, TRANSPARENT = (1 << bit for bit in range(21, 28))
"""Flags of a character: it is a digit; it is a letter; it is a letter that may begin a name; between two digits it is
part of their number; between two digits it is not even written when the number is compared; it ends a sentence, so that
the next word has its capital for that reason; it is read as if it were not there."""

KNOWN = 1 << 31

CHARACTER_BASE = 0x9E3779B97F4A7C15
"""Base of the polynomial over the characters of a word, 2^64 divided by the golden ratio, rounded down: character i
counts (form + 1) × base^i, modulo 2^64. MurmurHash3's 64-bit finaliser follows."""

NUMBER, DAY, NAME = range(3)
"""The kinds of details."""

NUMBER_MASK, NAME_MASK = 1, 2
"""What stands for the hash of a word in the places of other details: of a number or a day, and of a name."""

PLACE_BITS, VALUE_BITS = 22, 24
"""A packed detail has the hash of its value in its lowest bits, its kind in the two bits above, and then its place."""


class DetailRules(NamedTuple):
    """What is read as a detail.

    ``table``: uint32[POINTS]. ``max_characters``: the characters read of a text at most. ``calendar``: the hashes of
    the names of days and months and of their short forms, ascending, uint64; ``full_names``: the hash of the full name
    of each; ``is_month``: which of them are months, bool.
    """

    table: U32
    max_characters: int
    calendar: U64
    full_names: U64
    is_month: Bools


def word_hash(forms: Iterable[int]) -> int:
    """The hash of one word, given the forms of its characters."""
    total = 0
    for place, form in enumerate(forms):
        total += (form + 1) * pow(CHARACTER_BASE, place, 1 << 64)
    h = total % 2**64
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD % 2**64
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53 % 2**64
    return h ^ h >> 33
