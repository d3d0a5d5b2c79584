"""Tokens of a text, and the term each of them stands for."""

from __future__ import annotations

import functools
import re
import unicodedata

import numpy as np

from dedupe.arrays import U8
from dedupe.kernels import fold_layout
from dedupe.kernels.contract import APOSTROPHE, DIGIT, LETTER, POINT, SOLO, WORD, TokenRules

MAX_WORDS = 1000
"""Words read of an article. News says what happened at the top; what follows is background, and related links."""

_MAX_CHARACTERS = 12 * MAX_WORDS
"""Twelve characters a word leave room; without a cut, a megabyte of text is split for its first page."""


_SOLO = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007"
    "\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
)
"""Scripts without spaces: Thai, Lao, Burmese, Khmer, Chinese, Japanese."""

_TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*|[{_SOLO}]+|[^\W\d_{_SOLO}]+(?:['’][^\W\d_{_SOLO}]+)*|[^\W{_SOLO}]+")

_CLASSES = {
    DIGIT: r"\d",
    SOLO: f"[{_SOLO}]",
    LETTER: rf"[^\W\d_{_SOLO}]",
    WORD: rf"[^\W{_SOLO}]",
    APOSTROPHE: "['’]",
    POINT: "[.,:]",
}
"""The same characters as in _TOKEN."""

_SOLO_RUN = re.compile(rf"[{_SOLO}]{{3,}}")

MONTHS = "january february march april may june july august september october november december"

_SHORT_MONTHS = "jan feb mar apr jun jul aug sep sept oct nov dec"

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"

_REPEATED = re.compile(r"(.)\1+")

_ENDINGS = ("ing", "ed", "er")


def stem(token: str) -> str:
    """The term a token stands for.

    >>> [stem(token) for token in ("bombs", "bombing", "Zelensky’s", "Zelenskyy", "4,000", "7.1", "Tuesday")]
    ['bomb', 'bomb', 'zelenski', 'zelenski', '4000', '7.1', 'tuesday']
    """
    term = token.casefold()
    if not term.isascii():
        term = "".join(c for c in unicodedata.normalize("NFKD", term.replace("’", "'")) if not unicodedata.combining(c))
    term = term.removesuffix("'s").replace("'", "")
    if term[:1].isdigit():
        return term.replace(",", "")
    if term in _CALENDAR:
        return _CALENDAR[term]
    if len(term) > 3 and term.endswith("s") and term[-2] not in "sui":
        term = term[:-1]
    for ending in _ENDINGS:
        if term.endswith(ending) and len(term) >= len(ending) + 3:
            term = term.removesuffix(ending)
            if len(term) > 3 and term[-1] == term[-2] and term[-1] not in "ls":
                term = term[:-1]
            break
    term = term[:-1] if len(term) > 3 and term.endswith("e") else term
    return _REPEATED.sub(r"\1", term.replace("y", "i")) if len(term) > 3 else term


_CALENDAR = {name: name for name in f"{MONTHS} {WEEKDAYS}".split()}

_CALENDAR |= {
    short: next(name for name in MONTHS.split() if name.startswith(short[:3])) for short in _SHORT_MONTHS.split()
}


def full_text(title: str, text: str) -> str:
    """Title and text as one, the title once."""
    title, text = title.strip(), text.strip()
    return text if text.startswith(title) else f"{title}\n{text}"


def tokens(text: str) -> list[str]:
    """The tokens of a text, in order, at most MAX_WORDS."""
    text = text[:_MAX_CHARACTERS]
    found: list[str] = _TOKEN.findall(text)
    if not text.isascii() and _SOLO_RUN.search(text):
        pairs: list[str] = []
        for token in found:
            pairs += [token[i : i + 2] for i in range(len(token) - 1)] if _SOLO_RUN.match(token) else [token]
        found = pairs
    return found[:MAX_WORDS]


@functools.cache
def character_classes() -> U8:
    """What each code point is to _TOKEN, the sum of its classes: uint8[fold_layout.POINTS]; all others are none."""
    everything = "".join(map(chr, range(fold_layout.POINTS)))
    classes = np.zeros(len(everything), np.uint8)
    for kind, pattern in _CLASSES.items():
        for run in re.finditer(f"{pattern}+", everything):
            classes[run.start() : run.end()] |= kind
    classes.flags.writeable = False
    return classes


SPLITTING = TokenRules(tokens, character_classes, MAX_WORDS, _MAX_CHARACTERS)
