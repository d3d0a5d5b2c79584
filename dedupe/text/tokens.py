"""Tokens of a text, and the term that each of them stands for. Stories are made from terms.

A *token* is a number with its separators ("4,000"), a run of letters with apostrophes ("don't"), one or two
neighbouring characters of a script written without spaces, or a run of other characters that may be in a word, such as
underscores. Only the first MAX_WORDS tokens of an article are read. The words of ``text.words``, which are for
fingerprints and alignment, are another notion; the docstring there compares the two.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import numpy as np

from dedupe.arrays import U8
from dedupe.kernels import fold_layout
from dedupe.kernels.records import (
    IS_DIGIT,
    IS_LETTER,
    IS_SPACELESS,
    IS_WORD,
    JOINS_DIGITS,
    JOINS_LETTERS,
    TokenRules,
)

MAX_WORDS = 1000
"""Most tokens read of an article. News says first what happened; background and related links follow."""

_MAX_CHARACTERS = 12 * MAX_WORDS
"""Most characters read of an article: twelve per token, which leaves room. Without this limit, a text of a megabyte
would be split as a whole for its first page."""


_SPACELESS_RANGES = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x30FF),
    (0x3100, 0x312F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9D),
)  # fmt: skip
"""Scripts written without spaces (Thai, Lao, Burmese, Khmer, Chinese, Japanese), as first and last code points.

These are the ranges of ``words._SPACELESS_RANGES`` but for three that are missing here (U+A9E0 to A9FF and U+AA60 to
AA7F, Burmese; U+1B000 to 1B16F, kana) and for the ideographs from U+20000 on: all these give tokens as letters of other
scripts do. Moreover, every character of the ranges is spaceless here, while in ``words`` marks and punctuation in them
are not."""

MONTHS = "january february march april may june july august september october november december"

_SHORT_MONTHS = "jan feb mar apr jun jul aug sep sept oct nov dec"

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"

_REPEATED = re.compile(r"(.)\1+")

_ENDINGS = ("ing", "ed", "er")
"""Endings that ``stem`` removes; of each token at most one."""


def stem(token: str) -> str:
    """The term that a token stands for: in lower case, without accents and apostrophes, and lightly stemmed.

    Stemming removes the possessive, a plural s, one of the endings -ing, -ed and -er, and a final e; it makes double
    letters single and writes i for y. Short words and numbers are not stemmed; numbers lose their commas. Names of
    months and weekdays become their full form.

    >>> [stem(token) for token in ("bombs", "bombing", "Zelensky’s", "Zelenskyy", "4,000", "7.1", "Tuesday")]
    ['bomb', 'bomb', 'zelenski', 'zelenski', '4000', '7.1', 'tuesday']
    """
    term = token.casefold()
    if not term.isascii():
        term = "".join(c for c in unicodedata.normalize("NFKD", term.replace("’", "'")) if not unicodedata.combining(c))
    term = term.removesuffix("'s").replace("'", "")
    if term[:1].isdigit():
        return term.replace(",", "")
    if term in CALENDAR:
        return CALENDAR[term]
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


CALENDAR = {name: name for name in f"{MONTHS} {WEEKDAYS}".split()}

CALENDAR |= {
    short: next(name for name in MONTHS.split() if name.startswith(short[:3])) for short in _SHORT_MONTHS.split()
}
"""The full name of every month and weekday, and of every short form of a month, in lower case."""


def full_text(title: str, text: str) -> str:
    """Title and text as one text. A title with which the text already begins is not repeated."""
    title, text = title.strip(), text.strip()
    return text if text.startswith(title) else f"{title}\n{text}"


def tokens(text: str) -> list[str]:
    """The first tokens of a text, in order, at most MAX_WORDS."""
    text = text[:_MAX_CHARACTERS]
    one_token, spaceless_run = _patterns()
    found: list[str] = one_token.findall(text)
    if not text.isascii() and spaceless_run.search(text):
        pairs: list[str] = []
        for token in found:
            pairs += [token[i : i + 2] for i in range(len(token) - 1)] if spaceless_run.match(token) else [token]
        found = pairs
    return found[:MAX_WORDS]


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The pattern of a token, and that of three or more spaceless characters, which are split into pairs.

    They take 7 ms to compile, and kernels in C need ``character_classes`` instead.
    """
    spaceless = "".join(f"{chr(first)}-{chr(last)}" for first, last in _SPACELESS_RANGES)
    letter = rf"[^\W\d_{spaceless}]"
    token = rf"\d+(?:[.,:]\d+)*|[{spaceless}]+|{letter}+(?:['’]{letter}+)*|[^\W{spaceless}]+"
    return re.compile(token), re.compile(rf"[{spaceless}]{{3,}}")


@functools.cache
def character_classes() -> U8:
    """The flags of each code point (see ``TokenRules``): uint8[fold_layout.POINTS]. Higher code points have none.

    They must agree with ``_patterns``, but come from ranges and two short patterns, which takes a sixth of the time.
    """
    everything = np.arange(fold_layout.POINTS, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    classes = np.zeros(fold_layout.POINTS, np.uint8)
    for run in re.finditer(r"\w+", everything):
        classes[run.start() : run.end()] = IS_WORD | IS_LETTER
    classes[list(map(ord, re.findall(r"\d", everything)))] = IS_WORD | IS_DIGIT
    classes[ord("_")] = IS_WORD
    for first, last in _SPACELESS_RANGES:
        span = classes[first : last + 1]
        span[:] = IS_SPACELESS | span & IS_DIGIT
    for joined_by, kind in (("'’", JOINS_LETTERS), (".,:", JOINS_DIGITS)):
        classes[list(map(ord, joined_by))] |= kind
    classes.flags.writeable = False
    return classes


TOKEN_RULES = TokenRules(tokens, character_classes, MAX_WORDS, _MAX_CHARACTERS)
