"""Layout of the fold table: one uint64 a code point, everything a kernel must know to normalise and classify it.

``text.FoldTable`` fills it on demand, because building all of it takes longer than most collections do:

    bits  0-47  UTF-8 of the normal form, first byte lowest
    bits 48-50  its length in bytes, 0 to 6
    bits 52-53  class of the code point: SEPARATOR, LETTER, SOLO or MARK
    bit  54     KNOWN: the entry is filled
    bit  55     CONTEXT: the normal form depends on neighbours; only ``text.normalise`` can tell
    bits 56-63  canonical combining class

Behind the code points stand the pairs of characters that compose to one, an open-addressed table of ``PAIRS`` slots,
zero where empty: first character above bit 42, second above bit 21, composite below. A search begins at the slot
``first x second`` gives by ``PAIR_MULTIPLIER`` and goes on to the next, the last before the first.
"""

SEPARATOR, LETTER, SOLO, MARK = range(4)
"""Classes of a code point: outside words, inside words, a word by itself, joined to what precedes it."""


POINTS = 0x40000
"""Entries of a table; every code point from here on is a separator and looked up as U+0000."""

PAIRS = 1 << 13

PAIR_MULTIPLIER = 0x9E3779B97F4A7C15

PAIR_SHIFT = 64 - 13

FORM_BYTES = 6

LENGTH_SHIFT = 48

CLASS_SHIFT = 52

KNOWN = 1 << 54

CONTEXT = 1 << 55

COMBINING_SHIFT = 56


MAX_MARKS = 30
"""Longest run of combining marks kept (Unicode's Stream-Safe Text Format); more makes normalisation quadratic."""
