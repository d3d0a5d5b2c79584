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


_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007"
    "\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
)
"""Scripts written without spaces (Thai, Lao, Burmese, Khmer, Chinese, Japanese), as the inside of a character class.

These are the ranges of ``words._SPACELESS_RANGES`` but for three that are missing here (U+A9E0 to A9FF and U+AA60 to
AA7F, Burmese; U+1B000 to 1B16F, kana) and for the ideographs from U+20000 on: all these give tokens as letters of other
scripts do. Moreover, every character of the ranges is spaceless here, while in ``words`` marks and punctuation in them
are not."""

_LETTER = rf"[^\W\d_{_SPACELESS}]"

_TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*|[{_SPACELESS}]+|{_LETTER}+(?:['’]{_LETTER}+)*|[^\W{_SPACELESS}]+")

_CLASSES = {
    IS_DIGIT: r"\d",
    IS_SPACELESS: f"[{_SPACELESS}]",
    IS_LETTER: _LETTER,
    IS_WORD: rf"[^\W{_SPACELESS}]",
    JOINS_LETTERS: "['’]",
    JOINS_DIGITS: "[.,:]",
}
"""The characters that have each flag. They must agree with _TOKEN."""

_SPACELESS_RUN = re.compile(rf"[{_SPACELESS}]{{3,}}")

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
    found: list[str] = _TOKEN.findall(text)
    if not text.isascii() and _SPACELESS_RUN.search(text):
        pairs: list[str] = []
        for token in found:
            pairs += [token[i : i + 2] for i in range(len(token) - 1)] if _SPACELESS_RUN.match(token) else [token]
        found = pairs
    return found[:MAX_WORDS]


@functools.cache
def character_classes() -> U8:
    """The flags of each code point (see ``TokenRules``): uint8[fold_layout.POINTS]. Higher code points have none."""
    everything = "".join(map(chr, range(fold_layout.POINTS)))
    classes = np.zeros(len(everything), np.uint8)
    for kind, pattern in _CLASSES.items():
        for run in re.finditer(f"{pattern}+", everything):
            classes[run.start() : run.end()] |= kind
    classes.flags.writeable = False
    return classes


TOKEN_RULES = TokenRules(tokens, character_classes, MAX_WORDS, _MAX_CHARACTERS)
