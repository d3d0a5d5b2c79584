"""split → words and sentences, always with offsets into the original text (Unicode code points).

One definition of a *word* serves the whole package: a maximal run of letters, digits, underscores and the combining
marks that follow them; in scripts written without spaces (CJK, Thai, Lao, Khmer, Burmese) every character, with its
marks, is a word of its own. Numbers, dates and names are never normalised away: they tell two events apart.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.kernels import folding
from dedupe.kernels.folding import LETTER, MARK, SEPARATOR, SOLO

NORMALISER_VERSION = 1
"""Part of the recipe: raise it whenever the same text could give other words."""

_TABLE_SIZE = 0x20000
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
_MAX_PARAGRAPH = 20_000
"""Characters given to the sentence splitter at once: it is quadratic in the number of quotation marks."""

_LINE = re.compile(r"[^\r\n\x0b\x0c\u0085\u2028\u2029]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")
_PLAIN_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_SENTENCE_END = (".", "!", "?", "…", ":", ";", "。", "！", "？", "”", "»", '"', "’", "'", ")")


@functools.cache
def point_classes() -> npt.NDArray[np.uint8]:
    """Class of every code point below U+20000, by the running Python's Unicode version; about 40 ms, once."""
    table = np.zeros(_TABLE_SIZE, np.uint8)
    for point in range(_TABLE_SIZE):
        char = chr(point)
        if unicodedata.category(char)[0] == "M":
            table[point] = MARK
        elif char.isalnum() or char == "_":
            table[point] = LETTER
    for first, last in _SOLO_RANGES:
        span = table[first : last + 1]
        span[span == LETTER] = SOLO
    return table


@functools.cache
def _ascii_classes() -> npt.NDArray[np.uint8]:
    return np.array([LETTER if chr(p).isalnum() or p == 0x5F else SEPARATOR for p in range(128)], np.uint8)


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """The text as one uint32 a character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def classify(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Class of each code point, uint8."""
    if points.size == 0 or points.max() < 128:
        return _ascii_classes()[points]
    ideographs = (points >= _TABLE_SIZE) & (points < 0x40000)
    classes = point_classes()[np.where(points < _TABLE_SIZE, points, 0)]
    classes[ideographs] = SOLO
    return classes


def word_bounds(points: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
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
    if int(np.count_nonzero(marks)) <= folding.MAX_MARKS:
        return text
    last_base = np.maximum.accumulate(np.where(marks, -1, np.arange(marks.size)))
    keep = np.arange(marks.size) - last_base <= folding.MAX_MARKS
    return text if keep.all() else "".join(char for char, kept in zip(text, keep.tolist(), strict=True) if kept)


_COMMON_LETTERS = "".join(map(chr, (*range(0x180), *range(0x2010, 0x2040), 0x20AC, 0x2122, 0xFEFF)))
"""Known to a fresh FoldTable: with these, most batches of western news need not be folded twice."""


class FoldTable:
    """``normalise`` and ``classify`` as a table for kernels, uint64[folding.POINTS], filled with the code points met.

    >>> table = FoldTable()
    >>> table.learn("“Größe”")
    >>> hex(int(table.entries[ord("ß")] & 0xFFFFFF)), "ss".encode().hex()
    ('0x7373', '7373')
    """

    def __init__(self) -> None:
        self.entries = np.zeros(folding.POINTS + folding.PAIRS, np.uint64)
        self.entries[folding.POINTS :] = _pair_slots()
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

    def _unknown(self, points: npt.NDArray[np.uint32]) -> set[str]:
        points = points[points < folding.POINTS]
        return set(map(chr, np.unique(points[self.entries[points] & np.uint64(folding.KNOWN) == 0]).tolist()))


def _fold_entry(char: str, form: str, kind: int, form_kinds: set[int]) -> int:
    """The table entry of a code point of class ``kind`` with its normal form; layout in ``kernels/folding.py``."""
    entry = folding.KNOWN | (kind << folding.CLASS_SHIFT) | (unicodedata.combining(char) << folding.COMBINING_SHIFT)
    merges = not char.isascii() and char in _second_in_pairs()
    if merges or form_kinds != {kind} or (len(form) > 1 and kind != LETTER):
        return entry | folding.CONTEXT
    if kind == SEPARATOR:
        return entry
    utf8 = form.encode()
    # A kernel has twice the room of the original, and needs some of it to set a solo word apart.
    room = 2 * len(char.encode()) - (2 if kind == SOLO else 0)
    if len(utf8) > min(room, folding.FORM_BYTES):
        return entry | folding.CONTEXT
    return entry | int.from_bytes(utf8, "little") | (len(utf8) << folding.LENGTH_SHIFT)


@functools.cache
def _pairs() -> dict[tuple[str, str], str]:
    """The primary composites of Unicode: what two characters in a row become under NFC, but for Hangul."""
    parts = ((chr(point), unicodedata.decomposition(chr(point)).split()) for point in range(_TABLE_SIZE))
    twos = ((char, pair) for char, pair in parts if len(pair) == 2 and not pair[0].startswith("<"))
    return {
        (chr(int(pair[0], 16)), chr(int(pair[1], 16))): char
        for char, pair in twos
        if unicodedata.is_normalized("NFC", char)
    }


@functools.cache
def _pair_slots() -> npt.NDArray[np.uint64]:
    """``_pairs`` as kernels look them up; layout in ``kernels/folding.py``."""
    slots = [0] * folding.PAIRS
    for (first, second), char in _pairs().items():
        slot = ord(first) * ord(second) * folding.PAIR_MULTIPLIER % 2**64 >> folding.PAIR_SHIFT
        while slots[slot]:
            slot = (slot + 1) % folding.PAIRS
        slots[slot] = ord(first) << 42 | ord(second) << 21 | ord(char)
    return np.array(slots, np.uint64)


@functools.cache
def _second_in_pairs() -> frozenset[str]:
    """Characters that may merge with the one before them under NFC (NFC_Quick_Check is not Yes, Unicode annex 15)."""
    # Vowels and final consonants of Hangul merge by rule, not by table.
    return frozenset({second for _, second in _pairs()} | set(map(chr, range(0x1160, 0x1200))))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text: where they stand in it (code points) and their normal forms, all of one length."""

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
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


def sentences(text: str, language: str | None = "en") -> list[tuple[int, int]]:
    """Sentences as (start, end) offsets into the text, in order, white space trimmed, none empty.

    A line is a paragraph and ends a sentence, as news text has it, except in hard-wrapped text, where only a blank
    line does. Within paragraphs the splitter is `sentencex <https://github.com/wikimedia/sentencex>`_ (MIT), whose
    pieces add up to the text, so that offsets are exact; it prefers not to split over splitting at "U.S.".

    >>> text = "He met the U.S. President. They agreed."
    >>> [text[start:end] for start, end in sentences(text)]
    ['He met the U.S. President.', 'They agreed.']
    """
    # A space is a space: the splitter panics on a lone capital, a non-ASCII space and a full stop (1.0.27 to 1.0.32).
    clean = _WIDE_SPACE.sub(" ", _SURROGATE.sub("\ufffd", text))
    spans: list[tuple[int, int]] = []
    for start, end in _paragraphs(clean):
        for piece_start in range(start, end, _MAX_PARAGRAPH):
            position = piece_start
            piece = clean[piece_start : min(end, piece_start + _MAX_PARAGRAPH)]
            for sentence in _split(piece, language or "en"):
                trimmed = sentence.strip()
                if trimmed:
                    lead = len(sentence) - len(sentence.lstrip())
                    spans.append((position + lead, position + lead + len(trimmed)))
                position += len(sentence)
    return spans


def _split(paragraph: str, language: str) -> list[str]:
    """Sentences of a paragraph, which add up to it.

    A panic of the splitter, which is written in Rust, costs the sentence that causes it and no other: that is left as
    it is, from one full stop to the next, and what stands before and behind it is split without it.
    """
    found: list[str] = []
    while paragraph:
        pieces = _segmented(paragraph, language)
        if pieces is not None:
            return found + pieces
        ends = [*(end.end() for end in _PLAIN_SENTENCE_END.finditer(paragraph)), len(paragraph)]
        odd = bisect_left(ends, True, key=lambda end: _segmented(paragraph[:end], language) is None)
        start = ends[odd - 1] if odd else 0
        found += [*(_segmented(paragraph[:start], language) or []), paragraph[start : ends[odd]]]
        paragraph = paragraph[ends[odd] :]
    return found


def _segmented(paragraph: str, language: str) -> list[str] | None:
    """What the splitter makes of a paragraph; None where it panics."""
    import sentencex

    try:
        pieces: list[str] = sentencex.segment(language, paragraph)
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":  # a BaseException that no module exports
            raise
        return None
    return pieces


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Spans of paragraphs: every line, or in hard-wrapped text every block between blank lines."""
    lines = [match.span() for match in _LINE.finditer(text)]
    if not _is_hard_wrapped(text, lines):
        return lines
    blocks: list[tuple[int, int]] = []
    for start, end in lines:
        if not text[start:end].strip():
            blocks.append((end, end))
        elif blocks and blocks[-1][0] < blocks[-1][1] and text.count("\n", blocks[-1][1], start) < 2:
            blocks[-1] = (blocks[-1][0], end)
        else:
            blocks.append((start, end))
    return [block for block in blocks if block[0] < block[1]]


def _is_hard_wrapped(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether line ends are typesetting: most lines are 40 to 100 characters and break off mid-sentence."""
    filled = [(start, end) for start, end in lines if text[start:end].strip()]
    if len(filled) < 4:
        return False
    broken = sum(
        40 <= end - start <= 100 and not text[start:end].rstrip().endswith(_SENTENCE_END) for start, end in filled
    )
    return broken > len(filled) / 2
