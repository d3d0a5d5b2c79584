"""Compare the details of two texts: a copy keeps them, the next report of a series replaces them.

Reports on markets, weather, lotteries, results and warnings are often written from one template. Two of them share most
of their words, as copies do, and report two events. An updated report also replaces figures, but few of those it has.

A *detail* is a number, a day or a name, in its *place*: between the two words before it and the two behind it, in which
other details are masked. Two texts that have one place with different details contradict each other there. Whatever
only one of them has, such as a further paragraph or the furniture of a page, has no place in the other and counts
nothing.
"""

from __future__ import annotations

import re
import zlib

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U64, Bools
from dedupe.text.line_ends import join_broken_words
from dedupe.text.tokens import CALENDAR, WEEKDAYS
from dedupe.text.words import leave_out_hidden

_CHARACTERS = 2000
"""Characters that are read of a text. What tells two reports of a series apart stands near the top."""

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+|[.!?:\n\"“”„«»]")

_NUMBER, _DAY, _NAME = range(3)

LEAST_CONTRADICTIONS = {_DAY: 2, _NAME: 3, _NUMBER: 5}
"""How many details of two reports of a series contradict each other at least: if a day is among them, else if a name
is, and if there are only numbers. Copies hardly ever contradict each other in a day. But an updated report of a
disaster may replace the dead, the injured, the missing and the homes destroyed, while its days and names stay."""

_LEAST_FIGURES = 3
"""More figures that contradict than agree decide from so many on, whatever names agree. Two, such as a toll and the day
of the report, may be all the figures that an updated brief has."""

_MASKS = {_NUMBER: "0", _DAY: "0", _NAME: "@"}

_MONTHS = frozenset(CALENDAR.values()) - frozenset(WEEKDAYS.split())

_VALUE_BITS = 24
"""Low bits of a packed detail: the hash of its value. Above them are two bits for its kind and 22 for its place."""


def read_details(text: str) -> U64:
    """Return the distinct details of a text as packed numbers below 2^48, uint64[details], ascending.

    Neighbouring numbers and days are one detail, as in "Monday, May 4", and so are neighbouring names. A name is a word
    with a capital letter that does not begin a sentence. Months and weekdays are known in English only; in other
    languages they count as names if they are capitalised.
    """
    text = leave_out_hidden(join_broken_words(text[:_CHARACTERS]))
    shown, details = _mask_details(_TOKEN.findall(text))
    shown = ["", "", *shown, "", ""]
    packed = set()
    for at, kind, words in details:
        place = zlib.crc32(" ".join((*shown[at : at + 2], *shown[at + 3 : at + 5])).encode()) >> 10
        value = zlib.crc32(_value(kind, words).encode()) >> (32 - _VALUE_BITS)
        packed.add((place << 2 | kind) << _VALUE_BITS | value)
    return np.array(sorted(packed), np.uint64)


def _mask_details(tokens: list[str]) -> tuple[list[str], list[tuple[int, int, list[str]]]]:
    """Return the words of a text, with one mask for each detail, and the details: their position, kind and words."""
    shown: list[str] = []
    details: list[tuple[int, int, list[str]]] = []
    begins, last = True, ""
    for token in tokens:
        kind = None
        if token.islower():
            word = token
        elif token[0].isdigit():
            kind, word = _NUMBER, token.replace(",", "")
        elif token[0].isalpha():
            word = token.casefold()
            if token[0].isupper():
                kind = _DAY if word in CALENDAR else None if begins else _NAME
                word = CALENDAR.get(word, word)
        else:
            begins = True
            continue
        begins = False
        mask = "" if kind is None else _MASKS[kind]
        if kind is None:
            shown.append(word)
        elif mask == last:
            at, own, words = details[-1]
            details[-1] = (at, max(own, kind), [*words, word])
        else:
            details.append((len(shown), kind, [word]))
            shown.append(mask)
        last = mask
    return shown, details


def _value(kind: int, words: list[str]) -> str:
    """Return what is compared of a detail. Of a day with its month that is these two, without weekday and year."""
    months = [at for at, word in enumerate(words) if word in _MONTHS] if kind == _DAY else []
    for at in months:
        for day in words[at + 1 : at + 2] + words[max(0, at - 1) : at]:
            if len(day) <= 2 and day.isdigit():
                return f"{words[at]} {int(day)}"
    return " ".join(words)


def are_series(left: U64, right: U64) -> bool:
    """Whether two texts, given by their details, are two reports of one series, and so no copies.

    They are if enough details contradict (LEAST_CONTRADICTIONS) and either as many details contradict as agree, or more
    figures do, which are numbers and days. One change that is made in several places counts once.
    """
    if np.array_equal(left, right):
        return False
    left_values, right_values = _by_place(left), _by_place(right)
    contradicting: set[tuple[int, int, int]] = set()
    agreeing: set[tuple[int, int]] = set()
    for place in left_values.keys() & right_values.keys():
        one, other = left_values[place], right_values[place]
        kind = place & 3
        if one & other:
            agreeing |= {(kind, value) for value in one & other}
        else:
            contradicting.add((kind, min(one), min(other)))
    kinds = [kind for kind, _, _ in contradicting]
    if not kinds or len(kinds) < min(LEAST_CONTRADICTIONS[kind] for kind in kinds):
        return False
    figures = len(kinds) - kinds.count(_NAME)
    agreeing_figures = sum(kind != _NAME for kind, _ in agreeing)
    return len(kinds) >= len(agreeing) or figures >= max(_LEAST_FIGURES, agreeing_figures + 1)


def _by_place(details: U64) -> dict[int, set[int]]:
    """Return the values of packed details by place and kind."""
    found: dict[int, set[int]] = {}
    for detail in details.tolist():
        found.setdefault(detail >> _VALUE_BITS, set()).add(detail & ((1 << _VALUE_BITS) - 1))
    return found


class TextDetails:
    """The details of the texts of a collection. Each text is read when it is first asked for."""

    def __init__(self, texts: pa.ChunkedArray) -> None:
        self._texts = texts
        self._known: dict[int, U64] = {}

    def of(self, row: int) -> U64:
        """Return the details of one text."""
        if row not in self._known:
            self._known[row] = read_details(self._texts[row].as_py())
        return self._known[row]

    def are_series(self, left: I64, right: I64) -> Bools:
        """Whether each pair of rows is two reports of one series, bool[pairs]."""
        found = [are_series(self.of(a), self.of(b)) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
        return np.array(found, np.bool_)
