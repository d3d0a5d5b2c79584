"""split → words and sentences, always with offsets into the original text (Unicode code points).

One definition of a *word* serves the whole package: a maximal run of letters, digits, underscores and the combining
marks that follow them; in scripts written without spaces (CJK, Thai, Lao, Khmer, Burmese) every character, with its
marks, is a word of its own. Numbers, dates and names are never normalised away: they tell two events apart.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import I64, U8, U32
from dedupe.kernels import fold_layout
from dedupe.kernels.fold_layout import LETTER, MARK, SEPARATOR, SOLO

NORMALISER_VERSION = 1
"""Part of the recipe: raise it whenever the same text could give other words."""


TABLE_SIZE = 0x20000

_SOLO_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # kana
    (0x3100, 0x312F),  # bopomofo
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9D),  # half-width kana
    (0x1B000, 0x1B16F),
)


def every_character() -> str:
    """Every code point below U+20000 as one string, surrogates included."""
    return np.arange(TABLE_SIZE, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")


@functools.cache
def point_classes() -> U8:
    """Class of every code point below U+20000, by the running Python's Unicode version; about 10 ms, once."""
    table = np.full(TABLE_SIZE, LETTER, np.uint8)
    # "\W" is what is neither alphanumeric nor an underscore; combining marks are among it.
    for run in re.finditer(r"\W+", every_character()):
        kinds = [MARK if unicodedata.category(char)[0] == "M" else SEPARATOR for char in run[0]]
        table[run.start() : run.end()] = kinds
    for first, last in _SOLO_RANGES:
        span = table[first : last + 1]
        span[span == LETTER] = SOLO
    return table


@functools.cache
def _ascii_classes() -> U8:
    return np.array([LETTER if chr(p).isalnum() or p == 0x5F else SEPARATOR for p in range(128)], np.uint8)


def code_points(text: str) -> U32:
    """The text as one uint32 a character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def classify(points: U32) -> U8:
    """Class of each code point, uint8."""
    if points.size == 0 or points.max() < 128:
        return _ascii_classes()[points]
    ideographs = (points >= TABLE_SIZE) & (points < 0x40000)
    classes = point_classes()[np.where(points < TABLE_SIZE, points, 0)]
    classes[ideographs] = SOLO
    return classes


def word_bounds(points: U32) -> tuple[I64, I64]:
    """Start and end (int64, code points) of every word of a text given as code points, in order."""
    classes = classify(points)
    marks = classes == MARK
    if marks.any():
        base = np.maximum.accumulate(np.where(marks, 0, np.arange(classes.size)))
        inherited = classes[base]
        inherited[inherited == MARK] = SEPARATOR
    else:
        inherited = classes
    before = np.concatenate((np.zeros(1, np.uint8), inherited[:-1]))
    starts = (inherited != SEPARATOR) & ~marks & ((before != inherited) | (inherited == SOLO))
    after = np.concatenate((starts[1:] | (inherited[1:] == SEPARATOR), np.ones(1, bool)))[: inherited.size]
    ends = (inherited != SEPARATOR) & after
    return np.flatnonzero(starts), np.flatnonzero(ends) + 1


def normalise(text: str) -> str:
    """Text as it is compared: compatibility forms unified (NFKC), case folded; where words begin and end, their order,
    numbers and punctuation stay, so "™" does not become the word "tm".

    >>> normalise("Ｎ° 5 STRASSE™") == normalise("n° 5 straße™")
    True
    """
    if text.isascii():
        return text.lower()
    if not unicodedata.is_normalized("NFKC", text):
        changes = {ord(char): form for char in set(text) if (form := _compatible(char)) is not None}
        limited = _limit_marks(text)
        text = unicodedata.normalize("NFC", limited.translate(changes) if changes else limited)
    return text.casefold()


@functools.cache
def _compatible(char: str) -> str | None:
    """For a compatibility character what to write for it: its NFKC form where that is all word as it is itself, a space
    where it is no word character; None for the others, which stay."""
    form = unicodedata.normalize("NFKC", char)
    if form == unicodedata.normalize("NFC", char):
        return None
    if not classify(code_points(char)).all():
        return " "
    return form if classify(code_points(form)).all() else None


def _limit_marks(text: str) -> str:
    """Drop combining marks beyond ``MAX_MARKS`` in a row."""
    marks = classify(code_points(text)) == MARK
    if int(np.count_nonzero(marks)) <= fold_layout.MAX_MARKS:
        return text
    last_base = np.maximum.accumulate(np.where(marks, -1, np.arange(marks.size)))
    keep = np.arange(marks.size) - last_base <= fold_layout.MAX_MARKS
    return text if keep.all() else "".join(char for char, kept in zip(text, keep.tolist(), strict=True) if kept)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text: where they stand in it (code points) and their normal forms, all of one length."""

    starts: I64
    ends: I64
    forms: list[str]


def words(text: str) -> Words:
    """Every word of a text with its place and its normal form.

    >>> found = words("U.S. troops — 26 nations’")
    >>> found.forms
    ['u', 's', 'troops', '26', 'nations']
    >>> text = "Ünïted"; text[words(text).starts[0]:words(text).ends[0]]
    'Ünïted'
    """
    starts, ends = word_bounds(code_points(text))
    folded = text.lower() if text.isascii() else None
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    if folded is not None:
        return Words(starts, ends, [folded[start:end] for start, end in pairs])
    return Words(starts, ends, [normalise(text[start:end]) for start, end in pairs])
