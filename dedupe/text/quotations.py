"""Finds the parts of a text that are inside quotation marks."""

from __future__ import annotations

import re

_PAIRS = ("“”", "””", "«»", "»«", '„“”"', '""', "＂＂", "「」", "『』")
"""Marks of English, Swedish, French, German and Danish, German and Polish, and Japanese quotations: the one that opens,
and those that close."""

_SINGLE_PAIRS = ("‚‘’", "‹›", "›‹")


def _between(marks: str, longest: int) -> str:
    """A pattern of a quotation between marks, of at most so many characters."""
    opening, closing = re.escape(marks[0]), re.escape(marks[1:])
    return rf"{opening}[^{opening}{closing}\n]{{1,{longest}}}[{closing}]"


_QUOTATION = re.compile(
    r"(?=[“”«»„\"＂「『‚‹›'‘])(?:"
    + "|".join([*(_between(marks, 600) for marks in _PAIRS), *(_between(marks, 300) for marks in _SINGLE_PAIRS)])
    + r"|“[^“”\n]{1,600}(?=\n\s*“)|(?<!\w)['‘](?=\S)[^\n‘]{1,300}?(?<=\S)['’](?!\w))"
)
"""A quotation ends in the line in which it begins, and has at most 600 characters (300 in single marks). A quotation of
several paragraphs is opened anew in each. Single marks count only if no word character is directly outside them, so
that apostrophes are not taken for quotation marks."""


def quotations(text: str) -> list[tuple[int, int]]:
    """The spans of all quotations, including their marks, in order, as (start, end) in code points.

    >>> quotations("The allies' aim is 'peace', he said.")
    [(19, 26)]
    """
    return [found.span() for found in _QUOTATION.finditer(text)]
