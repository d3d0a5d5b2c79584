"""Read the numbers, amounts and dates of some sentences, with their units, so that two texts can be compared by them.

The words that scales, numbers and units go by are in ``data/word_classes.json``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from dedupe.alignment.word_classes import word_classes
from dedupe.text.tokens import CALENDAR

CURRENCIES = frozenset("$€£¥₽₹₺元")
"""Units that count as a part of the number."""

_ATTACHED = re.compile(r"(?<=\d)[^\W\d_]+$")
"""Letters right behind the digits of a number."""


_HAN = dict(zip("〇零一二两兩三四五六七八九十百千", (0, 0, 1, 2, 2, 2, *range(3, 11), 100, 1000), strict=True))
"""Numerals of Chinese and Japanese that make up one number with those beside them; those from 10,000 on are scales."""

_HYPHENS = frozenset("-‐‑")

_OF = frozenset(["de", "d", "di"])
"""Words between a scale and its unit, as in "millions d'euros"."""


def read_quantities(forms: Sequence[str], raw: Sequence[str], gaps: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each number, amount or date as a value, with its sign and currency, and the unit behind it, or "".

    ``forms``: what the words and numbers are compared by, ``raw``: as they are written, ``gaps``: the characters behind
    each, one element a piece. A number in words, a share in per cent and a number with a scale ("1.5 million", "1.5m")
    have one value however they are written. A currency may stand before the number as a code ("EUR 5"), and a dollar
    may have letters before it that say whose it is ("A$5"); those of the United States say nothing. An abbreviation
    that may be a scale or a unit, as "m" is, is a scale right behind the digits, as a capital, or beside a currency,
    and else a unit. A month counts with a capital or behind a number; else it may be another word, as "may" and "mars"
    are.

    >>> list(read_quantities(["100", "m", "of", "$5m"], ["100", "m", "of", "$5m"], [" ", " ", " ", ""]))
    [('100', 'm'), ('$5e6', '')]
    """
    words = word_classes()
    forms, raw, gaps = _join_numbers(forms, raw, gaps)
    for k, form in enumerate(forms):
        if _is_figure(form):
            value, unit = _split(_ascii_digits(form))
        elif form in words.numbers:
            value, unit = words.numbers[form], ""
        else:
            is_dated = raw[k][:1].isupper() or (k and forms[k - 1][:1].isdigit())
            if form in words.calendar and (is_dated or (len(form) > 4 and form != "march")):
                yield CALENDAR.get(form, form), ""
            continue
        following, behind, last = [*forms[k + 1 : k + 4], "", "", ""][:3]
        if behind in _OF and following in words.scales:
            behind = last
        if following in words.percent or f"{following} {behind}" in words.percent:
            value += "" if "%" in value else "%"
        elif following in words.scales and "e" not in value and not _is_unit(value, following, behind, raw[k + 1]):
            value += words.scales[following]
            following = next((char for char in gaps[k + 1] if char in CURRENCIES), behind)
        unit = unit or words.units.get(following, following if following in CURRENCIES else "")
        before, code = (raw[k - 1], words.units.get(forms[k - 1], "")) if k else ("", "")
        sign = next((char for char in (*value, unit, code if before.isupper() else "") if char in CURRENCIES), "")
        value = value.replace(sign, "") if sign else value
        if k and forms[k - 1] in words.minus:
            value = "-" + value
        if form.startswith("$") and not gaps[k - 1] and before != "US":
            sign = before + sign
        yield sign + value, "" if unit in CURRENCIES else unit


def _join_numbers(forms: Sequence[str], raw: Sequence[str], gaps: Sequence[str]) -> tuple[list[str], ...]:
    """The same pieces, of which those that make up one number or one unit are one piece.

    >>> _join_numbers(["二", "十", "人"], ["二", "十", "人"], ["", "", ""])
    (['20', '人'], ['二十', '人'], ['', ''])
    >>> _join_numbers(["twenty", "five"], ["twenty", "five"], ["-", " "])[0]
    ['25']
    """
    numbers = word_classes().numbers
    borders = [0] if forms else []
    for k in range(1, len(forms)):
        one, other, gap = forms[k - 1], forms[k], gaps[k - 1]
        is_han = one in _HAN and other in _HAN and not gap
        is_tens = gap in _HYPHENS and len(numbers.get(one, "")) == 2 and len(numbers.get(other, "")) == 1
        is_half_of_day = other == "m" and one in ("a", "p") and gap in (".", ". ")
        if not (is_han or is_half_of_day or (is_tens and numbers[one].endswith("0"))):
            borders.append(k)
    parts = [(a, b) for a, b in pairwise([*borders, len(forms)])]
    joined = [forms[a] if b - a == 1 and forms[a] not in _HAN else _join(forms[a:b]) for a, b in parts]
    return joined, ["".join(raw[a:b]) for a, b in parts], [gaps[b - 1] for _, b in parts]


def _join(forms: Sequence[str]) -> str:
    """The figure of the numerals or the words of one number, or the two letters of a half of the day.

    >>> _join(["twenty", "five"]), _join(list("三百二十一")), _join(list("二〇一八")), _join(["p", "m"])
    ('25', '321', '2018', 'pm')
    """
    if forms[0] not in _HAN:
        numbers = word_classes().numbers
        return str(sum(int(numbers[form]) for form in forms)) if forms[0] in numbers else "".join(forms)
    values = [_HAN[form] for form in forms]
    if max(values) < 10:
        return "".join(map(str, values))
    total = digit = 0
    for value in values:
        if value < 10:
            digit = value
        else:
            total, digit = total + (digit or 1) * value, 0
    return str(total + digit)


def _is_figure(form: str) -> bool:
    """Whether a form has digits, or is a number of another script that is no word."""
    if form.isalpha() and not form[:1].isnumeric():  # nearly all
        return False
    return (form[:1].isnumeric() and form not in word_classes().numbers) or any(char.isdigit() for char in form)


def _split(figure: str) -> tuple[str, str]:
    """The value of a figure, and the unit that is written right behind its digits.

    >>> _split("$5m"), _split("5km"), _split("1990s")
    (('$5e6', ''), ('5', 'km'), ('1990s', ''))
    """
    words, found = word_classes(), _ATTACHED.search(figure)
    letters = found.group() if found else ""
    if letters in words.scales:
        return figure.removesuffix(letters) + words.scales[letters], ""
    if letters in words.units:
        return figure.removesuffix(letters), words.units[letters]
    return figure, ""


def _is_unit(value: str, following: str, behind: str, raw: str) -> bool:
    """Whether a word behind a number that may be a scale is a unit there: "100 m", but not "$100 m" or "100 M€"."""
    units = word_classes().units
    is_money = not CURRENCIES.isdisjoint(value) or units.get(behind) in CURRENCIES
    return following in units and not is_money and not raw[:1].isupper()


def _ascii_digits(form: str) -> str:
    """A number with the digits 0 to 9 in the place of those of another script.

    >>> _ascii_digits("٣٤"), _ascii_digits("½")
    ('34', '½')
    """
    return form if form.isascii() else "".join(str(unicodedata.decimal(char, char)) for char in form)
