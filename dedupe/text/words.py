"""Words of a text and their normal forms, for fingerprints and alignment.

A *word* is what a reader sees as one: a maximal run of letters, digits, underscores and the combining marks that follow
them. In scripts written without spaces (CJK, Thai, Lao, Khmer, Burmese) every character, with its marks, is a word by
itself. Characters that are not shown (soft hyphens, zero width spaces and joiners, marks of direction) belong to the
word but not to its form, as do vowel signs of Arabic and points of Hebrew; a word that was broken at the end of a line
is one word (``line_ends``). All apostrophes separate words, also those that are letters to Unicode. Numbers, dates and
names are never normalised away, because they distinguish two events.

The package has two more notions of a word, for other purposes:

- ``tokens`` splits texts into tokens for terms, from which stories are made. There, a number with its separators
  ("4,000") and a word with its apostrophes ("don't") are one token each; letters and digits are apart ("G7" is two
  tokens); scripts without spaces give pairs of characters; and only the beginning of an article is read. Its table of
  these scripts differs as well; ``tokens._SPACELESS_RANGES`` says how.
- ``alignment.tokenized`` takes the words of this module, but compares them by the first six characters of their forms.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import I64, U8, U32
from dedupe.kernels import distinct, fold_layout
from dedupe.kernels.fold_layout import DROPPED, HALF_SPACE, LETTER, MARK, SEPARATOR, SPACELESS
from dedupe.text import letters
from dedupe.text.line_ends import broken_words, join_broken_words
from dedupe.text.lookalikes import replace_lookalikes

NORMALISER_VERSION = 3
"""Part of what identifies a fingerprint. It must be raised whenever the same text could give other words, and so also
when other boilerplate is left out (see ``text.boilerplate``). Version 2 leaves out boilerplate; version 3 folds what
``letters`` says and leaves out what is not shown."""


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
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3038, 0x303A),  # Hangzhou numerals
    (0x3040, 0x30FF),  # kana
    (0x3100, 0x312F),  # bopomofo
    (0x3192, 0x3195),  # ideographic numbers of annotations
    (0x3280, 0x3289),  # ideographic numbers in circles
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
    """The class of a character, by the Unicode version of the running Python (see ``kernels.fold_layout``)."""
    point = ord(char)
    if point >= TABLE_SIZE:
        return SPACELESS if point < 0x40000 else DROPPED if point >> 12 == fold_layout.TAGS else SEPARATOR
    if point in _exceptions():
        return _exceptions()[point]
    if char.isalnum() or char == "_":
        if point < _SPACELESS_RANGES[0][0]:
            return LETTER
        return SPACELESS if any(first <= point <= last for first, last in _SPACELESS_RANGES) else LETTER
    category = unicodedata.category(char)
    return MARK if category[0] == "M" else DROPPED if category == "Cf" else SEPARATOR


@functools.cache
def _exceptions() -> dict[int, int]:
    """The classes of the code points for which ``letters`` says something else than Unicode's categories."""
    table = letters.table()
    classes = ((table.dropped, DROPPED), (table.marks, MARK), (table.apostrophes, SEPARATOR))
    found = {
        point: kind for ranges, kind in classes for points in letters.code_point_ranges(ranges) for point in points
    }
    visible = (point for points in letters.code_point_ranges(table.visible) for point in points)
    # In the ranges of visible signs, later versions of Unicode have marks and letters, too.
    return found | {point: SEPARATOR for point in visible if unicodedata.category(chr(point)) == "Cf"}


def attached_points() -> I64:
    """The code points below TABLE_SIZE whose class is MARK or DROPPED, ascending.

    To ask ``class_of`` for all code points would take ten times as long.
    """
    others = "".join(re.findall(r"\W+", every_character()))
    categories = np.frombuffer("".join(map(unicodedata.category, others)).encode(), np.uint8).reshape(-1, 2)
    major, minor = categories.T
    attached = np.zeros(TABLE_SIZE, np.bool_)
    attached[code_points(others)] = (major == ord("M")) | ((major == ord("C")) & (minor == ord("f")))
    attached[list(_exceptions())] = [kind >= MARK for kind in _exceptions().values()]
    return np.flatnonzero(attached)


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
    places, known = np.where(points < TABLE_SIZE, points, 0), _known_classes()
    classes = known[places]
    if (classes == _UNKNOWN).any():
        # Several threads may do this at once, because a code point always gets the same class.
        for place in distinct(places[classes == _UNKNOWN]).tolist():
            known[place] = class_of(chr(place))
        classes = known[places]
    classes[(points >= TABLE_SIZE) & (points < 0x40000)] = SPACELESS
    classes[points >> 12 == fold_layout.TAGS] = DROPPED
    return classes


def word_bounds(text: str) -> tuple[I64, I64]:
    """Where every word of a text begins and ends, in order: int64[words] each, in code points.

    A mark that follows no word is in no word. Neither is a character that is not shown.
    """
    points = code_points(text)
    classes = classify(points)
    for start, end in broken_words(text):
        classes[start:end] = DROPPED
    if chr(HALF_SPACE) in text:
        _separate_half_spaces(points, classes)
    if any(parts[0] in text for parts in PARTS_OF_AM.values()):
        _unite_split_vowels(points, classes)
    attached = classes >= MARK
    if attached.any():
        base = np.maximum.accumulate(np.where(attached, 0, np.arange(classes.size)))
        inherited = classes[base]
        inherited[inherited >= MARK] = SEPARATOR
    else:
        inherited = classes
    before = np.concatenate((np.zeros(1, np.uint8), inherited[:-1]))
    starts = (inherited != SEPARATOR) & ~attached & ((before != inherited) | (inherited == SPACELESS))
    after = np.concatenate((starts[1:] | (inherited[1:] == SEPARATOR), np.ones(1, bool)))[: inherited.size]
    ends = (inherited != SEPARATOR) & after
    return np.flatnonzero(starts), np.flatnonzero(ends) + 1


def _separate_half_spaces(points: U32, classes: U8) -> None:
    """Make each HALF_SPACE behind a letter of the Arabic script a SEPARATOR. Changes ``classes``."""
    half_spaces = np.flatnonzero(points == HALF_SPACE)
    shown = np.maximum.accumulate(np.where(classes == DROPPED, 0, np.arange(classes.size)))
    before = points[shown[half_spaces]]
    is_arabic = np.zeros(before.size, np.bool_)
    for first, last in _ARABIC_RANGES:
        is_arabic |= (before >= first) & (before <= last)
    classes[half_spaces[is_arabic]] = SEPARATOR


def _unite_split_vowels(points: U32, classes: U8) -> None:
    """Make one word of the two parts of a vowel AM, a mark and a spaceless character. Changes ``classes``."""
    shown = np.flatnonzero(classes != DROPPED)
    for first, second in map(code_points, PARTS_OF_AM.values()):
        parts = (points[shown[:-1]] == first) & (points[shown[1:]] == second)
        classes[shown[:-1][parts]] = classes[shown[1:][parts]]
        classes[shown[1:][parts]] = MARK


def normalise(text: str) -> str:
    """The form in which texts are compared: compatibility characters are unified (NFKC), letters that are one letter to
    a reader become one (``letters.plain_letter``), and what is not shown is left out.

    The borders and the order of words, numbers and punctuation stay: "™" does not become the word "tm". Combining marks
    beyond MAX_MARKS in a row are dropped.

    >>> normalise("Ｎ° 5 STRASSE™") == normalise("n° 5 straße™")
    True
    >>> normalise("Halb\u00adjahr")
    'halbjahr'
    """
    if text.isascii():
        return text.lower()
    text = text.translate(_SHOWN)
    if chr(HALF_SPACE) in text:
        text = _SEPARATING_HALF_SPACE.sub(" ", text).replace(chr(HALF_SPACE), "")
    for vowel, parts in PARTS_OF_AM.items():
        text = text.replace(parts, vowel)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", _limit_marks(text))
    return _UNREAD_MARKS.sub("", text.translate(_PLAIN))


_ARABIC_RANGES = ((0x0600, 0x077F), (0xFB50, 0xFDF9), (0xFE70, 0xFEFE), (0x1EE00, 0x1EEFF))
"""The Arabic script and its compatibility characters, as first and last code points."""

_SEPARATING_HALF_SPACE = re.compile(f"(?<=[\u0600-\u077f]){chr(HALF_SPACE)}+")

PARTS_OF_AM = {"\u0e33": "\u0e4d\u0e32", "\u0eb3": "\u0ecd\u0eb2"}
"""The vowel AM of Thai and of Lao, and the mark and the vowel that NFKC makes of it: the mark would belong to the word
before. It stays one character, and those two become one."""

_UNREAD_MARKS = re.compile("(?<=[\u0380-\u04ff])[\u0300\u0301]+|(?<=i)\u0307+")
"""Marks that Unicode composes with no letter, and that readers do without: accents of Greek and Cyrillic, which print
the stress of a word, and the dot of an i, which lower case makes of the Turkish capital."""


class _Replacements(dict[int, str]):
    """What becomes of each code point, for ``str.translate``; found out when a code point is first met."""

    def __init__(self, replace: Callable[[str], str]) -> None:
        super().__init__()
        self._replace = replace

    def __missing__(self, point: int) -> str:
        replaced = self[point] = self._replace(chr(point))
        return replaced


def _shown(char: str) -> str:
    """What is shown of a character: nothing of one that is DROPPED, but HALF_SPACE stays, and of a compatibility
    character its unified form.

    A compatibility character that is no word character becomes a space. One that is a word character becomes its NFKC
    form, if that consists of word characters and is one word, and otherwise stays.
    """
    kind = class_of(char)
    if kind == DROPPED:
        return char if ord(char) == HALF_SPACE else ""
    form = unicodedata.normalize("NFKC", char)
    if form == unicodedata.normalize("NFC", char) or (kind == SPACELESS and len(form) > 1):
        return char
    if kind == SEPARATOR:
        return " "
    return form if all(map(class_of, form)) else char


def _plain(char: str) -> str:
    """The form of a character that was composed: nothing of one that is DROPPED, or else ``letters.plain_letter``."""
    return "" if class_of(char) == DROPPED else letters.plain_letter(char)


_SHOWN, _PLAIN = _Replacements(_shown), _Replacements(_plain)


def _limit_marks(text: str) -> str:
    """The text without combining marks beyond ``fold_layout.MAX_MARKS`` in a row."""
    marks = classify(code_points(text)) == MARK
    if int(np.count_nonzero(marks)) <= fold_layout.MAX_MARKS:
        return text
    last_base = np.maximum.accumulate(np.where(marks, -1, np.arange(marks.size)))
    stays = np.arange(marks.size) - last_base <= fold_layout.MAX_MARKS
    return text if stays.all() else "".join(itertools.compress(text, stays.tolist()))


def leave_out_hidden(text: str) -> str:
    """The text without characters that are not shown, and otherwise as it is. Half-spaces that separate become spaces.

    >>> leave_out_hidden("Halb\u00adjahr")
    'Halbjahr'
    """
    if text.isascii():
        return text
    if chr(HALF_SPACE) in text:
        text = _SEPARATING_HALF_SPACE.sub(" ", text)
    hidden = classify(code_points(text)) == DROPPED
    return "".join(itertools.compress(text, (~hidden).tolist())) if hidden.any() else text


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
    starts, ends = word_bounds(text)
    joined = text
    begins, stops = starts, ends
    if broken := broken_words(text):
        removed = np.concatenate([np.arange(start, end) for start, end in broken])
        begins, stops = (places - np.searchsorted(removed, places) for places in (starts, ends))
        joined = join_broken_words(text)
    joined = replace_lookalikes(joined)
    lowered = joined.lower()
    if len(lowered) != len(joined):  # a capital of Turkish becomes two characters
        lowered = joined
    forms = [lowered[start:end] for start, end in zip(begins.tolist(), stops.tolist(), strict=True)]
    if forms and not joined.isascii():
        others = np.flatnonzero(code_points(joined) >= 128)
        for word in range(len(forms)) if lowered is joined else _touched(begins, stops, others):
            forms[word] = normalise(joined[begins[word] : stops[word]])
    return Words(starts, ends, forms)


def _touched(begins: I64, stops: I64, places: I64) -> list[int]:
    """The words in which any of some places lie, ascending. ``begins`` and ``stops``: where each word begins and
    ends."""
    word = np.searchsorted(begins, places, "right") - 1
    inside = (word >= 0) & (places < stops[word])
    touched: list[int] = distinct(word[inside]).tolist()
    return touched
