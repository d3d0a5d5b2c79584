"""Reads articles as numbers of tokens, each token in the language of its article: "die" in German is another reading
than "die" in English.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import I64, U32
from dedupe.kernels import Backend
from dedupe.kernels.ragged import ragged_offsets
from dedupe.text.language import ENGLISH, LEAST_FUNCTION_WORDS, Language, language_of, rules_of
from dedupe.text.line_ends import join_broken_words
from dedupe.text.tokens import TOKEN_RULES, full_text

_TEXTS_A_BATCH = 64
"""Texts tokenized at once. It changes no result."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The tokens of articles as numbers.

    ``tokens``: of each language, its rules and its distinct tokens. All of them, one language after the other, are the
    numbered readings. ``words``, ``offsets``: the number of the reading of each token of each article, ragged.
    ``title_words``: how many tokens of each article are its title, int64[articles]. ``languages``: the code of each
    article's language.
    """

    tokens: list[tuple[Language, list[str]]]
    words: U32
    offsets: I64
    title_words: I64
    languages: list[str]


def read_tokens(
    articles: Iterable[tuple[str, str]], given_language: Iterable[str | None] | None, backend: Backend
) -> Readings:
    """Read the tokens of each article, given as title and text. ``given_language``: see ``terms.read_terms``."""
    # A title may end within a word of the text that it begins. That part of a word is no token of the article.
    reader, title_reader = backend.TokenNumbers(TOKEN_RULES), backend.TokenNumbers(TOKEN_RULES)
    # The function words of English get the first numbers, so that they are easily counted.
    function_words = int(reader.read([english_function_words()])[0].max()) + 1
    read, sizes, title_words = [np.zeros(0, np.uint32)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    languages: list[str] = []
    given = itertools.repeat(None) if given_language is None else iter(given_language)
    remaining = iter(articles)
    while batch := list(itertools.islice(remaining, _TEXTS_A_BATCH)):
        texts = [join_broken_words(full_text(title, text)) for title, text in batch]
        numbers, offsets = reader.read(texts)
        read.append(numbers)
        sizes.append(np.diff(offsets))
        title_words.append(np.diff(title_reader.read([join_broken_words(title.strip()) for title, _ in batch])[1]))
        of_english = np.add.reduceat(np.append(numbers < function_words, 0), offsets[:-1], dtype=np.int64)
        is_english = of_english >= LEAST_FUNCTION_WORDS * np.diff(offsets)
        languages += [
            ENGLISH if english else language_of(text, said)
            for english, text, said in zip(is_english.tolist(), texts, itertools.islice(given, len(texts)), strict=True)
        ]
    words, offsets = np.concatenate(read), ragged_offsets(np.concatenate(sizes))
    tokens, words = _by_language(reader.tokens(), words, offsets, languages)
    return Readings(tokens, words, offsets, np.concatenate(title_words), languages)


@functools.cache
def english_function_words() -> str:
    """The function words of English as a text, in lower case and with capitals, which ``read_tokens`` reads first."""
    english = " ".join(sorted(rules_of(ENGLISH).function_words))
    return f"{english} {english.title()}"


def _by_language(
    tokens: list[str], words: U32, offsets: I64, languages: list[str]
) -> tuple[list[tuple[Language, list[str]]], U32]:
    """Number the tokens of each language apart: ``Readings.tokens``, and ``words`` as numbers of readings."""
    codes = sorted(set(languages))
    language = np.repeat(np.array([codes.index(code) for code in languages], np.uint8), np.diff(offsets))
    readings: list[tuple[Language, list[str]]] = []
    numbered, size = np.zeros_like(words), 0
    for place, code in enumerate(codes):
        own = language == place if len(codes) > 1 else slice(None)
        is_read = np.bincount(words[own], minlength=len(tokens)) > 0
        number = np.cumsum(is_read) + (size - 1)
        numbered[own] = number.astype(np.uint32)[words[own]]
        readings.append((rules_of(code), list(itertools.compress(tokens, is_read.tolist()))))
        size += len(readings[-1][1])
    return readings, numbered
