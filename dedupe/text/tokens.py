"""Tokens of a text, and the term that each of them stands for. Stories are made from terms.

A *token* is a number with its separators ("4,000"), a run of letters with apostrophes ("don't"), one or two
neighbouring characters of a script written without spaces, or a run of other characters that may be in a word, such as
underscores; always with its marks and what is not shown in it, as in ``text.words``. Only the first MAX_WORDS tokens of
an article are read. The words of ``text.words``, which are for fingerprints and alignment, are another notion; the
docstring there compares the two.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata

import numpy as np

from dedupe.arrays import U8
from dedupe.kernels import fold_layout
from dedupe.kernels.fold_layout import HALF_SPACE
from dedupe.kernels.records import (
    IS_ATTACHED,
    IS_DIGIT,
    IS_LETTER,
    IS_SPACELESS,
    IS_WORD,
    JOINS_DIGITS,
    JOINS_LETTERS,
    TokenRules,
)
from dedupe.text.letters import apostrophes
from dedupe.text.lookalikes import replace_lookalikes
from dedupe.text.words import attached_points, normalise

MAX_WORDS = 1000
"""Most tokens read of an article. News says first what happened; background and related links follow."""

_MAX_CHARACTERS = 12 * MAX_WORDS
"""Most characters read of an article: twelve per token, which leaves room. Without this limit, a text of a megabyte
would be split as a whole for its first page."""

_JOINS_DIGITS = ".,:"

_SPACELESS_RANGES = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x30FF),
    (0x3100, 0x312F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9D),
)  # fmt: skip
"""Scripts written without spaces (Thai, Lao, Burmese, Khmer, Chinese, Japanese), as first and last code points.

These are the ranges of ``words._SPACELESS_RANGES`` but for those of ideographic numbers, for three others that are
missing here (U+A9E0 to A9FF and U+AA60 to AA7F, Burmese; U+1B000 to 1B16F, kana) and for the ideographs from U+20000
on: all these give tokens as letters of other scripts do. Moreover, every character of the ranges is spaceless here,
while in ``words`` marks and punctuation in them are not."""

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
    if token.isascii():
        term = token.lower().replace("`", "'")
    else:
        term = unaccented(normalise(replace_lookalikes(token).translate(_one_apostrophe())))
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


def unaccented(word: str) -> str:
    """A word without accents and other combining marks."""
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))


@functools.cache
def _one_apostrophe() -> dict[int, str]:
    return dict.fromkeys(map(ord, apostrophes()), "'")


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
    found: list[str] = _pattern().findall(text)
    if not text.isascii():
        found = [part for token in found for part in _pairs(token)]
    return found[:MAX_WORDS]


def _pairs(token: str) -> list[str]:
    """All pairs of neighbouring characters of a token of spaceless ones, if it has three or more, or else the token."""
    spaceless = _character_sets()[IS_SPACELESS]
    places = [found.start() for found in re.finditer(spaceless, token)]
    if len(places) < 3 or re.search(rf"(?!{spaceless})[\d{_JOINS_DIGITS}]", token):
        return [token]
    return [token[first : second + 1] for first, second in itertools.pairwise(places)]


@functools.cache
def _character_sets() -> dict[int, str]:
    """The characters that have each flag but IS_ATTACHED, as a pattern for one of them."""
    spaceless = "".join(f"{chr(first)}-{chr(last)}" for first, last in _SPACELESS_RANGES)
    joins = re.escape(apostrophes())
    return {
        IS_DIGIT: r"\d",
        IS_SPACELESS: f"[{spaceless}]",
        IS_LETTER: rf"[^\W\d_{spaceless}{joins}]",
        IS_WORD: rf"[^\W{spaceless}{joins}]",
        JOINS_LETTERS: f"[{joins}]",
        JOINS_DIGITS: f"[{_JOINS_DIGITS}]",
    }


@functools.cache
def _pattern() -> re.Pattern[str]:
    """The definition of ``TokenRules`` as a pattern. Kernels in C need ``character_classes`` instead."""
    attached = "".join(map(chr, np.flatnonzero(character_classes() == IS_ATTACHED).tolist()))
    goes_on = f"[{attached.replace(chr(HALF_SPACE), '')}]|(?<![\u0600-\u077f]){chr(HALF_SPACE)}"
    sets = _character_sets()
    digits, spaceless, letters, word = (
        f"(?![{attached}]){sets[kind]}(?:(?![{attached}]){sets[kind]}|{goes_on})*"
        for kind in (IS_DIGIT, IS_SPACELESS, IS_LETTER, IS_WORD)
    )
    joined_digits, joined_letters = (f"{sets[JOINS_DIGITS]}{digits}", f"{sets[JOINS_LETTERS]}{letters}")
    return re.compile(f"{digits}(?:{joined_digits})*|{spaceless}|{letters}(?:{joined_letters})*|{word}")


@functools.cache
def character_classes() -> U8:
    """The flags of each code point (see ``TokenRules``): uint8[fold_layout.POINTS]. Higher code points have none.

    They must agree with ``_character_sets``, but come from ranges and two short patterns, which takes a sixth of the
    time.
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
    classes[list(map(ord, apostrophes()))] = JOINS_LETTERS
    classes[list(map(ord, _JOINS_DIGITS))] = JOINS_DIGITS
    attached = attached_points()
    classes[attached[classes[attached] & IS_SPACELESS == 0]] = IS_ATTACHED
    classes.flags.writeable = False
    return classes


TOKEN_RULES = TokenRules(tokens, character_classes, MAX_WORDS, _MAX_CHARACTERS)
