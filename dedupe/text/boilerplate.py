"""mark → MARKS: which words of a text are quoted, and which of its sentences are boilerplate.

A shared quotation is not copied narration, and what a publisher prints under every article is nobody's copy.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from importlib import resources

import msgspec

_MAX_BOILERPLATE, _MAX_WHOLE = 400, 100
"""Characters; longer sentences are not searched, or not compared as a whole: boilerplate is short."""


class _Search(msgspec.Struct, frozen=True):
    contains: tuple[str, ...]
    pattern: str


class _Rules(msgspec.Struct, frozen=True):
    source: str
    search: list[_Search]
    whole: list[str]


@functools.cache
def _boilerplate() -> tuple[list[tuple[tuple[str, ...], re.Pattern[str]]], re.Pattern[str]]:
    """The rules of ``data/boilerplate.json``: literals and pattern of each to search, and one pattern of a whole."""
    rules = msgspec.json.decode(resources.files("dedupe").joinpath("data/boilerplate.json").read_bytes(), type=_Rules)
    searches = [(rule.contains, re.compile(rule.pattern, re.IGNORECASE)) for rule in rules.search]
    return searches, re.compile(rf"(?:{'|'.join(rules.whole)})[.!]?", re.IGNORECASE)


def are_boilerplate(text: str, sentences: Sequence[tuple[int, int]]) -> tuple[bool, ...]:
    """Whether each sentence is boilerplate.

    >>> text = "What's Your Reaction?"
    >>> are_boilerplate(text, [(0, len(text))])
    (True,)
    """
    searches, whole = _boilerplate()
    lowered = text.lower()
    present = [pattern for literals, pattern in searches if any(literal in lowered for literal in literals)]
    found = []
    for start, end in sentences:
        size = end - start
        is_found = size <= _MAX_WHOLE and whole.fullmatch(text, start, end) is not None
        if not is_found and present and size <= _MAX_BOILERPLATE:
            is_found = any(pattern.search(text[start:end]) for pattern in present)
        found.append(is_found)
    return tuple(found)
