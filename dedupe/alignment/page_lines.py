"""Know the lines that a page prints around an article: datelines, bylines, credits, captions, signatures of tweets.

Two articles that share the form of such a line share no wording. ``dedupe.text.boilerplate`` knows more of them; what
is only known here does not change fingerprints. The patterns are in ``data/page_lines.json``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

import msgspec

from dedupe.shipped import read_shipped

LONGEST_LINE = 400
"""Most characters of such a line."""

LONGEST_DATELINE = 16
"""Most words of a dateline."""

LONGEST_CREDIT, LONGEST_BYLINE = 100, 300
"""Most characters of a photo credit and of a byline; a longer sentence is none."""

CLOSING, _ENDING = "\"'”’»«“)]」』 ", (".", "!", "?", "…", "。", "！", "？", "؟", "।", "։")
"""Marks that may stand behind the one that ends a sentence, and marks that end one."""


class _Containing(msgspec.Struct, frozen=True):
    literal: str
    pattern: str


class _PageLines(msgspec.Struct, frozen=True):
    source: str
    bylines: list[str]
    photo_credit: str
    dateline_words: frozenset[str]
    begins: list[str]
    contains: list[_Containing]


class _Patterns(msgspec.Struct, frozen=True):
    """The rules compiled: all bylines, beginnings and literals, and what to search for where a literal stands."""

    bylines: re.Pattern[str]
    photo_credit: re.Pattern[str]
    dateline_words: frozenset[str]
    begins: re.Pattern[str]
    literals: re.Pattern[str]
    searches: list[tuple[str, re.Pattern[str]]]


@functools.cache
def _patterns() -> _Patterns:
    lines = msgspec.json.decode(read_shipped("page_lines.json"), type=_PageLines)
    literals = dict.fromkeys(re.escape(one.literal) for one in lines.contains)
    searches = [(one.literal, re.compile(one.pattern)) for one in lines.contains]
    return _Patterns(
        re.compile("|".join(lines.bylines)),
        re.compile(lines.photo_credit),
        lines.dateline_words,
        re.compile("|".join(lines.begins)),
        re.compile("|".join(literals)),
        searches,
    )


def is_page_line(sentence: str, forms: Sequence[str]) -> bool:
    """Whether a sentence is a line of the page and not of the article. ``forms`` are the normal forms of its words.

    >>> is_page_line("By Maren Holt, Harbour News", ["by", "maren", "holt", "harbour", "news"])
    True
    >>> is_page_line("By Monday the wall was repaired.", ["by", "monday", "the", "wall", "was", "repaired"])
    False
    >>> is_page_line("___", []), is_page_line("HARBOUR", ["harbour"]), is_page_line("Why?", ["why"])
    (True, True, False)
    """
    if len(sentence) > LONGEST_LINE:
        return False
    if len(forms) < 2:  # a rule, a button, a tag, or the place of a dateline
        return not forms or not sentence.rstrip(CLOSING).endswith(_ENDING)
    if len(forms) <= LONGEST_DATELINE and is_dateline(forms):
        return True
    patterns = _patterns()
    if is_byline(sentence) or patterns.begins.match(sentence) or is_photo_credit(sentence):
        return True
    if not patterns.literals.search(sentence):
        return False
    return any(literal in sentence and pattern.search(sentence) for literal, pattern in patterns.searches)


def is_dateline(forms: Sequence[str]) -> bool:
    """Whether a sentence says only when, or by which agency, the article was published.

    ``forms`` are the normal forms of its words. A sentence without words is no dateline.

    >>> is_dateline(["updated", "july", "16", "2018", "6", "52", "am"]), is_dateline(["july", "was", "hot"])
    (True, False)
    """
    words = _patterns().dateline_words
    return bool(forms) and all(form in words or form[0].isdigit() for form in forms)


def is_byline(sentence: str) -> bool:
    """Whether a sentence says only who wrote the article, or who contributed to it and from where.

    >>> is_byline("By ANA RUIZ, Associated Press"), is_byline("Ruiz reported from Oslo."), is_byline("By noon it fell")
    (True, True, False)
    """
    bare = " ".join(sentence[: LONGEST_BYLINE + 1].split())
    return len(bare) <= LONGEST_BYLINE and _patterns().bylines.fullmatch(bare) is not None


def is_photo_credit(sentence: str) -> bool:
    """Whether a sentence says only who took a picture.

    >>> is_photo_credit("Brendan Smialowski, AFP/Getty Images"), is_photo_credit("He spoke to Reuters")
    (True, False)
    """
    return len(sentence) <= LONGEST_CREDIT and _patterns().photo_credit.fullmatch(sentence) is not None
