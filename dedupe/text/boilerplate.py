"""Finds boilerplate: sentences that a publisher prints with every article, such as "All rights reserved".

Two articles that share such a sentence have not copied it from each other.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from importlib import resources

import msgspec

_MAX_BOILERPLATE, _MAX_WHOLE = 400, 100
"""Boilerplate is short: sentences with more characters are not searched, or not compared as a whole."""


class _Search(msgspec.Struct, frozen=True):
    """A pattern to search for in sentences of texts that contain any of some literals, which is quick to find out."""

    contains: tuple[str, ...]
    pattern: str


class _Rules(msgspec.Struct, frozen=True):
    """The file ``data/boilerplate.json``: patterns to search for, and patterns of whole sentences."""

    source: str
    search: list[_Search]
    whole: list[str]


@functools.cache
def _boilerplate() -> tuple[list[tuple[tuple[str, ...], re.Pattern[str]]], re.Pattern[str]]:
    """The literals and the compiled pattern of each search, and all patterns of whole sentences compiled as one."""
    rules = msgspec.json.decode(resources.files("dedupe").joinpath("data/boilerplate.json").read_bytes(), type=_Rules)
    searches = [(rule.contains, re.compile(rule.pattern, re.IGNORECASE)) for rule in rules.search]
    return searches, re.compile(rf"(?:{'|'.join(rules.whole)})[.!]?", re.IGNORECASE)


def are_boilerplate(text: str, sentences: Sequence[tuple[int, int]]) -> tuple[bool, ...]:
    """Decide which sentences are boilerplate: one flag for each.

    ``sentences``: spans in ``text``, as ``sentences.sentences`` returns them.

    >>> text = "What's Your Reaction?"
    >>> are_boilerplate(text, [(0, len(text))])
    (True,)
    """
    searches, whole = _boilerplate()
    lowered = text.lower()
    applicable = [pattern for literals, pattern in searches if any(literal in lowered for literal in literals)]
    found = []
    for start, end in sentences:
        size = end - start
        is_found = size <= _MAX_WHOLE and whole.fullmatch(text, start, end) is not None
        if not is_found and applicable and size <= _MAX_BOILERPLATE:
            is_found = any(pattern.search(text[start:end]) for pattern in applicable)
        found.append(is_found)
    return tuple(found)
