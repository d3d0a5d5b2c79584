"""Closed classes of words, which say what kind of word changed or is no name: ``data/word_classes.json``."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import msgspec

from dedupe.shipped import read_shipped

MIN_CAPITAL_NOUNS = 2
"""A text that has so many of the words of a language with capital nouns is in that language."""


class WordClasses(msgspec.Struct, frozen=True):
    """The content of the file; its ``source`` says what each field holds."""

    source: str
    negations: frozenset[str]
    denials: frozenset[str]
    negations_without_spaces: tuple[str, ...]
    negating_prefixes: list[str]
    scales: dict[str, str]
    numbers: dict[str, str]
    minus: frozenset[str]
    units: dict[str, str]
    percent: frozenset[str]
    speech: frozenset[str]
    pronouns: frozenset[str]
    calendar: frozenset[str]
    titles: frozenset[str]
    capital_nouns: frozenset[str]


@functools.cache
def word_classes() -> WordClasses:
    """Read the file, once."""
    return msgspec.json.decode(read_shipped("word_classes.json"), type=WordClasses)


def has_capital_nouns(forms: Iterable[str]) -> bool:
    """Whether words are of a language that writes all nouns with a capital, so that capitals show no names.

    >>> has_capital_nouns(["der", "Hafen", "ist", "zu"]), has_capital_nouns(["the", "harbour", "is", "closed"])
    (True, False)
    """
    return len(word_classes().capital_nouns.intersection(forms)) >= MIN_CAPITAL_NOUNS
