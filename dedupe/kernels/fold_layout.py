"""The layout of the fold table: one uint64 per code point, all that a kernel needs to normalise and classify it.

``text.fold_table.FoldTable`` fills in entries when they are first needed, because building the whole table takes longer
than most collections do. An entry consists of

    bits  0-47  the normal form in UTF-8, first byte lowest
    bits 48-50  the length of the normal form in bytes, 0 to 6
    bits 52-53  the class of the code point: SEPARATOR, LETTER, SPACELESS or MARK; one that is DROPPED is a MARK
                without a normal form
    bit  54     KNOWN: the entry is filled in
    bit  55     CONTEXT: the normal form depends on the neighbours, so that only ``text.words.normalise`` can tell;
                a mark that may compose with what precedes it has its own form all the same
    bits 56-63  the canonical combining class

Behind the code points follow the pairs of characters that compose to one character, in an open-addressed hash table of
``PAIRS`` slots. A slot is zero if it is empty; otherwise it has the composite in bits 0-20, the second character in
bits 21-41 and the first character from bit 42 on. The search for a pair begins at slot ``first * second *
PAIR_MULTIPLIER >> PAIR_SHIFT`` (modulo 2^64) and goes on to the next slot, from the last slot to the first.
"""

SEPARATOR, LETTER, SPACELESS, MARK, DROPPED = range(5)
"""Classes of a code point: it stands outside words; it stands inside words; it belongs to a script written without
spaces and is a word by itself; it is a combining mark and belongs to what precedes it; it belongs to what precedes it
and is not in the normal form, such as a soft hyphen. (The flags ``IS_…`` in
``kernels.records`` are another matter: they are for tokens.)"""

POINTS = 0x40000
"""Entries for code points. All code points from here on are separators and are looked up as U+0000, except for tags and
variation selectors."""

TAGS = 0xE0
"""Code points with this number above the lowest 12 bits, U+E0000 to U+E0FFF, are tags, variation selectors and others
that are never shown. They are DROPPED."""

HALF_SPACE = 0x200C
"""The zero width non-joiner. It separates words behind letters of the Arabic script, of which Persian writes it between
the parts of a word or leaves a space there; elsewhere it is DROPPED."""

PAIRS = 1 << 13
"""Slots for pairs of characters."""

PAIR_MULTIPLIER = 0x9E3779B97F4A7C15
"""Multiplier of the hash of a pair: 2^64 divided by the golden ratio, rounded down."""

PAIR_SHIFT = 64 - 13
"""The top 13 bits of the hash are the number of a slot."""

FORM_BYTES = 6
"""Longest normal form that an entry has room for, in bytes of UTF-8."""

LENGTH_SHIFT = 48

CLASS_SHIFT = 52

KNOWN = 1 << 54

CONTEXT = 1 << 55

COMBINING_SHIFT = 56

MAX_MARKS = 30
"""Most combining marks kept in a row, as in Unicode's Stream-Safe Text Format (annex 15). Normalising longer runs takes
time that grows with the square of their length."""
