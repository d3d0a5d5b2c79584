"""Finds the parts of a text that are inside quotation marks."""

from __future__ import annotations

import re

_QUOTATION = re.compile(
    r"(?=[“«„\"「'‘])(?:“[^“”\n]{1,600}”|«[^«»\n]{1,600}»|„[^„“”\n]{1,600}[“”]|\"[^\"\n]{1,600}\"|「[^「」\n]{1,600}」"
    r"|(?<!\w)['‘](?=\S)[^\n‘]{1,300}?(?<=\S)['’](?!\w))"
)
"""A quotation ends in the line in which it begins, and has at most 600 characters (300 in single marks). Single marks
count only if no word character is directly outside them, so that apostrophes are not taken for quotation marks."""


def quotations(text: str) -> list[tuple[int, int]]:
    """The spans of all quotations, including their marks, in order, as (start, end) in code points.

    >>> quotations("The allies' aim is 'peace', he said.")
    [(19, 26)]
    """
    return [found.span() for found in _QUOTATION.finditer(text)]
