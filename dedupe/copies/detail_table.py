"""How kernels read the characters of a text for its details: a table, filled in when characters are first met."""

from __future__ import annotations

import functools
import unicodedata

import numpy as np

from dedupe.kernels import detail_layout as layout
from dedupe.kernels.detail_layout import DetailRules, word_hash
from dedupe.kernels.fold_layout import DROPPED, SEPARATOR
from dedupe.text.tokens import CALENDAR, WEEKDAYS
from dedupe.text.words import class_of, normalise

_MAX_CHARACTERS = 2000
"""Characters that are read of a text. What tells two reports of a series apart stands near the top."""

_ENDS_SENTENCE = '.!?:\n"“”„«»'

_JOINS_DIGITS = ".,:"

_GROUPS_DIGITS = ","

_COMMON_CHARACTERS = "".join(map(chr, (*range(0x180), *range(0x2010, 0x2040))))
"""The characters that a new table knows. With these, most batches of western news need not be read twice."""


@functools.cache
def rules() -> DetailRules:
    """The rules for all texts. ``learn`` fills in more of their table, which changes no entry that is there."""
    months = set(CALENDAR.values()) - set(WEEKDAYS.split())
    names = sorted((word_hash(map(ord, name)), full) for name, full in CALENDAR.items())
    made = DetailRules(
        np.zeros(layout.POINTS, np.uint32),
        _MAX_CHARACTERS,
        np.array([name for name, _ in names], np.uint64),
        np.array([word_hash(map(ord, full)) for _, full in names], np.uint64),
        np.array([full in months for _, full in names], np.bool_),
    )
    learn(_COMMON_CHARACTERS, made)
    return made


def learn(text: str, into: DetailRules) -> None:
    """Fill in the entries of the characters of a text. Several threads may do so at once, because an entry always gets
    the same value."""
    for char in set(text):
        if ord(char) < layout.POINTS:
            into.table[ord(char)] = _entry(char)


def _entry(char: str) -> int:
    if char.isdecimal():
        return layout.KNOWN | layout.DIGIT | ord("0") + unicodedata.decimal(char)
    entry, kind = layout.KNOWN | _form(char), class_of(char)
    if unicodedata.combining(char) or kind == DROPPED:
        return entry | layout.TRANSPARENT
    if kind != SEPARATOR and char != "_":
        entry |= layout.LETTER
    if char.isalpha() and char.isupper():
        entry |= layout.CAPITAL
    if char in _ENDS_SENTENCE:
        entry |= layout.ENDS_SENTENCE
    if char in _JOINS_DIGITS:
        entry |= layout.JOINS_DIGITS
    if char in _GROUPS_DIGITS:
        entry |= layout.GROUPS_DIGITS
    return entry


def _form(char: str) -> int:
    """The code point in which a letter is compared: as in words, but without accents, if that is one character."""
    bases = [c for c in unicodedata.normalize("NFKD", normalise(char)) if not unicodedata.combining(c)]
    return ord(bases[0] if len(bases) == 1 else char.lower()[:1])
