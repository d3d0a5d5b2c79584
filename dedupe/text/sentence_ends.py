"""Corrects where the sentence splitter sees ends of sentences, by rules for all languages and a table of words.

The splitter knows English well and other languages less. ``data/sentence_ends.json`` holds, for each language, its
abbreviations by what may follow them, whether a full stop makes an ordinal number, and how a sentence goes on after a
quotation. Where no rule of this module applies, the splitter is right.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Set

import msgspec

from dedupe.shipped import read_shipped
from dedupe.text.language import rules_of

_SMALL, _CAPITAL = "a-zß-öø-ÿа-џ", "A-ZÀ-ÖØ-ÞЀ-Я"
"""Letters of Latin and Cyrillic, as parts of a regular expression."""

_OPENING, _CLOSING_QUOTES = "«„“‘‚‹\"'([（「『¿¡", "»“”’›\"'」』"
_BRACKETS = ("“", "”"), ("「", "」"), ("『", "』"), ("（", "）"), ("(", ")"), ("《", "》")
_LONGEST_QUOTATION, _NEAR = 300, 16
"""Characters before a place in which an open bracket is looked for, and in which a number or a word is."""

_BEHIND_ELISION = re.compile(r"(?<=[^\W\d_])['’]")
_WORD = re.compile(r"(?!\w\.)\w+")
_ROMAN = re.compile(r"[IVXL]+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)*[^\W\d_]")
_MOST_ORDINAL_DIGITS, _MOST_LIST_DIGITS = 2, 3
"""Digits of an ordinal number, and of a number in a list."""
_MOST_LETTERS = 4
"""Letters of an abbreviation that no table has."""
_LEAST_LETTERS = 3
"""Letters of a word that the next sentence abuts on."""
_ABUTTED = re.compile(rf"(?:[^\W\d_]{{{_LEAST_LETTERS}}}\.+[^\w\s]{{0,3}}|\.[{_CLOSING_QUOTES}]{{1,2}})\Z")
_LINK = re.compile(r"https?:|www\.|pic\.")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``data/sentence_ends.json`` says of a language; ``_source`` there explains every field."""

    before_names: str = ""
    before_numbers: str = ""
    after_numbers: str = ""
    closing: str = ""
    also_words: str = ""
    starters: str = ""
    ordinals: bool = False
    nouns_have_capitals: bool = False
    full_stop: str = ""
    attribution: str = "(?!)"


def _stop(known: Iterable[str]) -> re.Pattern[str]:
    """What may end a sentence: a mark, closing marks, and white space, which languages without spaces leave out.

    It leaves out the usual end, a full stop between a longer word than any that is ``known`` and a capital, for which
    there is no rule.
    """
    longer = 1 + max((len(re.split(f"[^{_SMALL}]", word)[-1]) for word in known), default=1)
    usual = f"(?<![{_SMALL}]{{{longer}}}\\.)"
    return re.compile(
        f"[.!?…।؟。！？](?:{usual}\\s++|\\s++(?![{_CAPITAL}])|[^\\w\\s]{{1,8}}\\s++|(?<=[。！？])[”’」』）\"')]{{0,8}}\\s*+)"
    )


def _with_capitals(words: str) -> frozenset[str]:
    """Words that are separated by spaces, as they stand and with a capital."""
    return frozenset(form for word in words.split() for form in (word, word[0].upper() + word[1:]))


class SentenceEnds:
    """The rules for one language."""

    def __init__(self, code: str, table: _Table) -> None:
        self._code = code
        self._before_names = _with_capitals(table.before_names)
        self._before_numbers = _with_capitals(table.before_numbers)
        self._after_numbers = _with_capitals(table.after_numbers)
        self._closing = frozenset(table.closing.split())
        self._also_words = frozenset(table.also_words.split())
        known = self._before_names | self._before_numbers | self._after_numbers | self._closing | self._also_words
        self._stop = _stop(known)
        self._starters = frozenset(table.starters.split())
        self._ordinals = table.ordinals
        self._nouns_have_capitals = table.nouns_have_capitals
        self._full_stop = table.full_stop
        self._attribution = re.compile(table.attribution)

    def corrected(self, text: str, starts: Iterable[int], fixed: Set[int] = frozenset()) -> list[int]:
        """Correct where the splitter found sentences of a text: the starts of sentences, in order.

        ``fixed`` are starts of paragraphs, which stay. A line end inside a paragraph must be written as a space.

        >>> text = "Im 19. Jahrhundert stand hier z. B. eine Mühle usw. Sie brannte ab."
        >>> starts = sentence_ends("de").corrected(text, [0, 7], {0})
        >>> [text[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
        ['Im 19. Jahrhundert stand hier z. B. eine Mühle usw. ', 'Sie brannte ab.']
        """
        has_own_stop = self._full_stop in text if self._full_stop else False
        found = set(_plausible(text, starts, fixed, has_own_stop))
        for match in self._stop.finditer(text):
            stop, end = match.span()
            if end == len(text) or end in fixed:
                continue
            is_end = self._is_end(text, stop, end, found, has_own_stop)
            if is_end is not None:
                (found.add if is_end else found.discard)(end)
        return sorted(found)

    def _is_end(self, text: str, stop: int, end: int, found: Set[int], has_own_stop: bool) -> bool | None:
        """Whether a sentence ends with the mark at ``stop``, where ``text[end:]`` follows; None where no rule says."""
        marks = text[stop:end].rstrip()
        is_quoted = marks[-1] in _CLOSING_QUOTES
        is_dots = marks.startswith(("..", "…"))
        if is_dots or (is_quoted and marks[0] != "."):
            goes_on = _first_letter(text, end).islower() or (is_dots and _is_caseless(text[end]))
            if goes_on or (is_quoted and self._attribution.match(text, end)):
                return False
        elif marks[0] == ".":
            return self._is_full_stop(text, stop, end, found, has_own_stop)
        if marks[0] in "。！？" and text[end].isascii() and text[end].isalnum():
            return not _is_in_brackets(text, stop) or None
        return None

    def _is_full_stop(self, text: str, stop: int, end: int, found: Set[int], has_own_stop: bool) -> bool | None:
        """The same for a single full stop, which may be that of an abbreviation or a number."""
        word = _BEHIND_ELISION.split(text[text.rfind(" ", 0, stop) + 1 : stop].lstrip(_OPENING))[-1]
        start = stop - len(word)
        if word.isdecimal():
            is_first = start == 0 or start in found
            if len(word) <= _MOST_LIST_DIGITS and (is_first or text[end].islower()):
                return False
            return self._is_after_number(word, text, end)
        if has_own_stop:
            return False
        if len(word) == 1 and text[max(0, start - 2) : start] == ". " and text[start - 3 : start - 2].isalpha():
            word = f"{text[start - 3]}.{word}"  # "z. B." is written as "z.B." in the table
        if text[end].islower() and not (len(word) > _MOST_LETTERS and word.isalpha()) and not _LINK.match(text, end):
            return False
        return self._is_after_word(word, text, start, end)

    def _is_after_word(self, word: str, text: str, start: int, end: int) -> bool | None:
        """Whether a sentence ends with a word and its full stop."""
        if word in self._after_numbers and _is_after_number(text, start, self._after_numbers):
            return not self._nouns_have_capitals or self._is_starter(text, end)
        if word in self._closing or (word in self._also_words and text[end].isupper()):
            return True
        if word in self._before_names or (word in self._before_numbers and text[end].isdecimal()):
            return False
        if self._ordinals and len(word) > 1 and _ROMAN.fullmatch(word):
            return self._is_starter(text, end)
        if self._code != "en" and _INITIALS.fullmatch(word) and (len(word) == 1 or not word[-1].islower()):
            return word[-1].isupper() and self._is_starter(text, end)
        return None

    def _is_after_number(self, number: str, text: str, end: int) -> bool | None:
        """Whether a sentence ends with a number and its full stop."""
        if len(number) > _MOST_ORDINAL_DIGITS:
            return None
        if self._ordinals:
            return self._is_starter(text, end)
        return False if _word_at(text, end) in _months_after_ordinals() else None

    def _is_starter(self, text: str, end: int) -> bool:
        """Whether what is at ``end`` begins a sentence more likely than it is a name or a noun."""
        if text[end] in _OPENING:
            return True
        word = _word_at(text, end)
        return word in self._starters or word in rules_of(self._code).function_words


@functools.lru_cache(maxsize=100)  # articles may say anything of their language
def sentence_ends(code: str) -> SentenceEnds:
    """The rules for a language. One that is not in the table has only those that hold for all."""
    return SentenceEnds(code, _tables().get(code, _Table()))


@functools.cache
def _tables() -> dict[str, _Table]:
    """The content of ``data/sentence_ends.json``, but for its first entry, which says where it comes from."""
    tables = msgspec.json.decode(read_shipped("sentence_ends.json"), type=dict[str, str | _Table])
    return {code: table for code, table in tables.items() if isinstance(table, _Table)}


@functools.cache
def _months_after_ordinals() -> frozenset[str]:
    """The months and weekdays of languages that write dates as "3. Oktober", without those that English has too."""
    calendars = [rules_of(code).calendar for code, table in _tables().items() if table.ordinals]
    english = {name for calendar in calendars for name in calendar.values()}
    return frozenset(form for calendar in calendars for form in calendar) - english


def _word_at(text: str, start: int) -> str:
    """The word that begins at ``start``, in lower case; "" if none does, or only an initial."""
    match = _WORD.match(text, start)
    return match[0].lower() if match else ""


def _first_letter(text: str, end: int) -> str:
    """The character at ``end``, or the one behind a dash at ``end``."""
    return text[end + 2 : end + 3] if text[end] in "—–-" and text[end + 1 : end + 2] == " " else text[end]


def _is_caseless(char: str) -> bool:
    """Whether a letter is of a script without capitals."""
    return char.isalpha() and not char.isupper() and not char.islower()


def _is_after_number(text: str, start: int, units: frozenset[str]) -> bool:
    """Whether a number, or a number and a unit, stand before the word that begins at ``start``."""
    words = text[max(0, start - _NEAR) : start].split()
    if len(words) > 1 and words[-1].rstrip(".") in units:
        words.pop()
    return bool(words) and (words[-1][-1].isdigit() or _ROMAN.fullmatch(words[-1]) is not None)


def _is_in_brackets(text: str, position: int) -> bool:
    """Whether a bracket or quotation mark is open at a position."""
    before = text[max(0, position - _LONGEST_QUOTATION) : position]
    return any(before.count(opening) > before.count(closing) for opening, closing in _BRACKETS)


def _plausible(text: str, starts: Iterable[int], fixed: Set[int], has_own_stop: bool) -> Iterator[int]:
    """The starts of sentences that may be right, as far as the white space before them shows.

    The opening quotation mark of a sentence belongs to it.
    """
    for start in starts:
        if start in fixed or text[start - 1] == " ":
            yield start
        elif text[start - 1] in _OPENING and text[start - 2] == " ":
            yield start - 1
        elif _may_abut(text, start, has_own_stop):
            yield start


def _may_abut(text: str, start: int, has_own_stop: bool) -> bool:
    """Whether a sentence may begin at ``start`` though no white space is before it.

    Behind a full stop it has a capital, or no case, and the word before the full stop has several letters, or a
    quotation ends there: "U.S." and "n.º 2" hold no end.
    """
    before = text[max(0, start - _NEAR) : start]
    if "." not in before[-_LEAST_LETTERS:]:
        return True
    if has_own_stop or text[start].islower():
        return False
    return text[start] in _OPENING or _ABUTTED.search(before) is not None
