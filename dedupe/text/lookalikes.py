"""Latin words in which letters of Greek or Cyrillic stand for those that look the same, which disguises copies."""

from __future__ import annotations

import functools
import re

import numpy as np
import pyarrow as pa

from dedupe.kernels import DEFAULT
from dedupe.text.columns import utf8_rows
from dedupe.text.letters import table

_FIRST, _BEHIND_LAST = 0x370, 0x530
"""Greek and Cyrillic."""

_REMEMBERED = 64
"""Texts of which is remembered whether they have such letters, because a text takes part in several alignments."""


@functools.cache
def _mixed() -> re.Pattern[str]:
    """A letter of ASCII beside one of Greek or Cyrillic. Compiled on use, since few texts need it."""
    return re.compile("[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")


def replace_lookalikes(text: str) -> str:
    """The text with Latin letters for their look-alikes in words that mix both, character for character.

    All letters of such a word must be Latin or look so: a word in Greek or Cyrillic with a Latin beginning or end stays
    as it is, and so does one that only looks Latin.

    >>> replace_lookalikes("the h\u0430rb\u043eur, USB-\u043f\u043e\u0440\u0442, USB\u043f\u043e\u0440\u0442")
    'the harbour, USB-порт, USBпорт'
    """
    if text.isascii():
        return text
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    if not (points - _FIRST < _BEHIND_LAST - _FIRST).any() or not _mixed().search(text):
        return text
    return re.sub(r"[^\W\d_]+", lambda found: _replace_in_word(found[0]), text)


@functools.lru_cache(_REMEMBERED)
def may_have_lookalikes(text: str) -> bool:
    """Whether a text has letters of Greek or Cyrillic, without which ``replace_lookalikes`` changes nothing.

    >>> may_have_lookalikes("the harbour’s"), may_have_lookalikes("the h\u0430rbour’s")
    (False, True)
    """
    return not text.isascii() and _other_letter().search(text) is not None


@functools.cache
def _other_letter() -> re.Pattern[str]:
    return re.compile(f"[{chr(_FIRST)}-{chr(_BEHIND_LAST - 1)}]")


def rows_with_lookalikes(texts: pa.ChunkedArray) -> list[int]:
    """Which texts have words that ``replace_lookalikes`` changes, ascending.

    >>> rows_with_lookalikes(pa.chunked_array([["the harbour", "the h\u0430rb\u043eur"]]))
    [1]
    """
    found: list[int] = []
    first = 0
    for utf8, offsets in utf8_rows(texts):
        for row in np.flatnonzero(DEFAULT.has_odd_words(utf8, offsets)).tolist():
            text = utf8[offsets[row] : offsets[row + 1]].tobytes().decode()
            if replace_lookalikes(text) != text:
                found.append(first + row)
        first += offsets.size - 1
    return found


def _replace_in_word(word: str) -> str:
    if not _mixed().search(word):
        return word
    replaced = word.translate(_latin_for())
    return word if any(_FIRST <= ord(letter) < _BEHIND_LAST for letter in replaced) else replaced


@functools.cache
def _latin_for() -> dict[int, str]:
    return {ord(letter): latin for letter, latin in table().lookalikes.items()}
