"""Which parts of a text stand inside quotation marks."""

from __future__ import annotations

import re

_QUOTATION = re.compile(
    r"(?=[“«„\"「'‘])(?:“[^“”\n]{1,600}”|«[^«»\n]{1,600}»|„[^„“”\n]{1,600}[“”]|\"[^\"\n]{1,600}\"|「[^「」\n]{1,600}」"
    r"|(?<!\w)['‘](?=\S)[^\n‘]{1,300}?(?<=\S)['’](?!\w))"
)
"""A quotation ends within its paragraph; single marks are quotes only outside words, so that apostrophes are not."""


def quotations(text: str) -> list[tuple[int, int]]:
    """Spans of quotations, marks included, in order.

    >>> quotations("The allies' aim is 'peace', he said.")
    [(19, 26)]
    """
    return [found.span() for found in _QUOTATION.finditer(text)]
