"""Words that typesetters broke at the end of a line, as in "agree-" and "ment"."""

from __future__ import annotations

import functools
import re
import unicodedata

_BEFORE_HYPHEN = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Cf"})
"""Unicode's categories of letters, of their marks, and of what is not shown."""


_AROUND = 30
"""Characters before and behind the end of a line that show whether a text is in capitals."""

_LEAST_CAPITALS = 7

_LETTERS = re.compile(r"[^\W\d_]+")
_LETTERS_AT_END = re.compile(r"[^\W\d_]+$")


@functools.cache
def _broken() -> re.Pattern[str]:
    """A hyphen, which may be a soft one, and the end of the line, which may have a blank before it.

    The patterns are compiled on use, since few texts need them.
    """
    return re.compile(r"(?<=\S)[-\u00ad\u2010] ?\r?\n[ \t]*(?=\S)")


@functools.cache
def _end_behind_hyphen() -> re.Pattern[str]:
    """Found much faster than ``_broken``, because line ends are rarer than hyphens."""
    return re.compile(r"\n(?:(?<=[-\u00ad\u2010]\n)|(?<=[-\u00ad\u2010][ \r]\n)|(?<=[-\u00ad\u2010] \r\n))")


def broken_words(text: str) -> list[tuple[int, int]]:
    r"""The spans of hyphens and line ends that stand inside a word, in order, as (start, end) in code points.

    A letter, with its marks, stands before the hyphen, and one that is no capital begins the next line, or all around
    is in capitals. So names and numbers ("COVID-" and "19") stay apart; a compound that was written with its hyphen
    anyway is joined as well.

    >>> broken_words("They agree-\n  ment")
    [(10, 14)]
    """
    if "\n" not in text or not _end_behind_hyphen().search(text):
        return []
    return [
        found.span()
        for found in _broken().finditer(text)
        if unicodedata.category(text[found.start() - 1]) in _BEFORE_HYPHEN
        and (unicodedata.category(text[found.end()]) in ("Ll", "Lo") or _is_in_capitals(text, *found.span()))
    ]


def _is_in_capitals(text: str, start: int, end: int) -> bool:
    """Whether a hyphen and a line end stand in a word of capitals, among others: in a headline or a telex.

    The word has _LEAST_CAPITALS letters, so that two acronyms, as in "US-" and "EU", stay apart.
    """
    before, behind = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    if not (before.isupper() and behind.isupper()):
        return False
    first, last = _LETTERS_AT_END.search(before), _LETTERS.match(behind)
    parts = [len(found[0]) if found else 0 for found in (first, last)]
    return min(parts) >= 2 and sum(parts) >= _LEAST_CAPITALS


def join_broken_words(text: str) -> str:
    r"""The text without what ``broken_words`` finds.

    >>> join_broken_words("They agree-\nment")
    'They agreement'
    """
    spans = broken_words(text)
    if not spans:
        return text
    borders = [0, *(border for span in spans for border in span), len(text)]
    return "".join(text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True))
