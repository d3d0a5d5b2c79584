"""Words of a text and their normal forms, for fingerprints and alignment.

A *word* is a maximal run of letters, digits, underscores and the combining marks that follow them. In scripts written
without spaces (CJK, Thai, Lao, Khmer, Burmese) every character, with its marks, is a word by itself. Numbers, dates and
names are never normalised away, because they distinguish two events.

The package has two more notions of a word, for other purposes:

- ``tokens`` splits texts into tokens for terms, from which stories are made. There, a number with its separators
  ("4,000") and a word with its apostrophes ("don't") are one token each; letters and digits are apart ("G7" is two
  tokens); a combining mark ends a token; scripts without spaces give pairs of characters; and only the beginning of an
  article is read. Its table of these scripts differs as well; ``tokens._SPACELESS_RANGES`` says how.
- ``alignment.tokenized`` takes the words of this module, but compares them by the first six characters of their forms.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import I64, U8, U32
from dedupe.kernels import distinct, fold_layout
from dedupe.kernels.fold_layout import LETTER, MARK, SEPARATOR, SPACELESS

NORMALISER_VERSION = 2
"""Part of what identifies a fingerprint. It must be raised whenever the same text could give other words, and so also
when other boilerplate is left out (see ``text.boilerplate``). Version 2 leaves out boilerplate."""


TABLE_SIZE = 0x20000
"""Code points that have a class of their own; of the higher ones, those below U+40000 are ideographs."""

_UNKNOWN = 255
"""Not yet a class."""

_SPACELESS_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),  # ideographic iteration mark, closing mark and zero
    (0x3040, 0x30FF),  # kana
    (0x3100, 0x312F),  # bopomofo
    (0x3400, 0x4DBF),  # ideographs, extension A
    (0x4E00, 0x9FFF),  # ideographs
    (0xA9E0, 0xA9FF),  # Burmese, extension B
    (0xAA60, 0xAA7F),  # Burmese, extension A
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0xFF66, 0xFF9D),  # half-width kana
    (0x1B000, 0x1B16F),  # kana, supplement and extensions
)
"""Scripts written without spaces, as first and last code points: letters and digits in these ranges are SPACELESS. The
ranges of ``tokens._SPACELESS_RANGES`` differ; see there."""


def every_character() -> str:
    """Every code point below U+20000 as one string, surrogates included."""
    return np.arange(TABLE_SIZE, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")


def class_of(char: str) -> int:
    """The class of a character below TABLE_SIZE, by the Unicode version of the running Python."""
    if not (char.isalnum() or char == "_"):
        return MARK if unicodedata.category(char)[0] == "M" else SEPARATOR
    return SPACELESS if any(first <= ord(char) <= last for first, last in _SPACELESS_RANGES) else LETTER


@functools.cache
def _known_classes() -> U8:
    """The class of every code point below TABLE_SIZE that was met so far, uint8, and _UNKNOWN for all others.

    Texts have a few hundred different characters. To classify all code points takes 10 ms.
    """
    return np.full(TABLE_SIZE, _UNKNOWN, np.uint8)


@functools.cache
def _ascii_classes() -> U8:
    return np.array([LETTER if chr(p).isalnum() or p == 0x5F else SEPARATOR for p in range(128)], np.uint8)


def code_points(text: str) -> U32:
    """The code points of a text, uint32[characters]. Unpaired surrogates are kept."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def classify(points: U32) -> U8:
    """The class of each code point (see ``kernels.fold_layout``), uint8[points]."""
    if points.size == 0 or points.max() < 128:
        return _ascii_classes()[points]
    ideographs = (points >= TABLE_SIZE) & (points < 0x40000)
    places, known = np.where(points < TABLE_SIZE, points, 0), _known_classes()
    classes = known[places]
    if (classes == _UNKNOWN).any():
        # Several threads may do this at once, because a code point always gets the same class.
        for place in distinct(places[classes == _UNKNOWN]).tolist():
            known[place] = class_of(chr(place))
        classes = known[places]
    classes[ideographs] = SPACELESS
    return classes


def word_bounds(points: U32) -> tuple[I64, I64]:
    """Where every word of a text begins and ends, in order: int64[words] each, in code points.

    ``points``: the text, as ``code_points`` returns it. A mark that follows no word is in no word.
    """
    classes = classify(points)
    marks = classes == MARK
    if marks.any():
        base = np.maximum.accumulate(np.where(marks, 0, np.arange(classes.size)))
        inherited = classes[base]
        inherited[inherited == MARK] = SEPARATOR
    else:
        inherited = classes
    before = np.concatenate((np.zeros(1, np.uint8), inherited[:-1]))
    starts = (inherited != SEPARATOR) & ~marks & ((before != inherited) | (inherited == SPACELESS))
    after = np.concatenate((starts[1:] | (inherited[1:] == SEPARATOR), np.ones(1, bool)))[: inherited.size]
    ends = (inherited != SEPARATOR) & after
    return np.flatnonzero(starts), np.flatnonzero(ends) + 1


def normalise(text: str) -> str:
    """The form in which texts are compared: compatibility characters are unified (NFKC), and case is folded.

    The borders and the order of words, numbers and punctuation stay: "™" does not become the word "tm". Combining marks
    beyond MAX_MARKS in a row are dropped.

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
    """What to write for a compatibility character, or None for all other characters, which stay.

    A compatibility character that is no word character becomes a space. One that is a word character becomes its NFKC
    form, if that consists of word characters, and otherwise stays.
    """
    form = unicodedata.normalize("NFKC", char)
    if form == unicodedata.normalize("NFC", char):
        return None
    if not classify(code_points(char)).all():
        return " "
    return form if classify(code_points(form)).all() else None


def _limit_marks(text: str) -> str:
    """The text without combining marks beyond ``fold_layout.MAX_MARKS`` in a row."""
    marks = classify(code_points(text)) == MARK
    if int(np.count_nonzero(marks)) <= fold_layout.MAX_MARKS:
        return text
    last_base = np.maximum.accumulate(np.where(marks, -1, np.arange(marks.size)))
    stays = np.arange(marks.size) - last_base <= fold_layout.MAX_MARKS
    return text if stays.all() else "".join(itertools.compress(text, stays.tolist()))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text: ``starts`` and ``ends``, int64[words] each, in code points, and the normal ``forms``."""

    starts: I64
    ends: I64
    forms: list[str]


def words(text: str) -> Words:
    """Find every word of a text, with its place and its normal form. A text without words gives empty arrays.

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
