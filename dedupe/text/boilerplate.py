"""Boilerplate that patterns know: sentences that publishers print with every article, such as "All rights reserved".

Two articles that share such a sentence have not copied it from each other. ``furniture`` finds what patterns do not
know, by repetition.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from importlib import resources

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays import Bools
from dedupe.text.sentences import paragraphs, sentences

_MAX_BOILERPLATE, _MAX_WHOLE = 400, 100
"""Boilerplate is short: sentences with more characters are not searched, or not compared as a whole."""

_MAX_BETWEEN = 250
"""What stands between two sentences of boilerplate belongs to them if it has at most so many characters. An offer or a
biography has sentences that no pattern can know ("She lives in Alderby with two cats.")."""


_FEW = 16
"""Up to so many texts are searched by Python. Arrow's regular expressions are much faster, but take 5 ms to compile."""


Searches = list[tuple[tuple[str, ...], re.Pattern[str]]]
"""Patterns to search for in sentences, each with the literals of which a text must have one."""


class _Search(msgspec.Struct, frozen=True):
    """A pattern to search for in sentences of texts that contain any of some literals, which is quick to find out."""

    contains: tuple[str, ...]
    pattern: str


class _Rules(msgspec.Struct, frozen=True):
    """The file ``data/boilerplate.json``: patterns to search for, and patterns of whole sentences."""

    source: str
    search: list[_Search]
    whole: list[str]


class _Patterns(msgspec.Struct, frozen=True):
    """The rules, compiled. ``any_of``, for RE2, finds every text that holds boilerplate, and some others."""

    searches: Searches
    literals: list[str]
    whole: re.Pattern[str]
    any_of: str


@functools.cache
def _patterns() -> _Patterns:
    rules = msgspec.json.decode(resources.files("dedupe").joinpath("data/boilerplate.json").read_bytes(), type=_Rules)
    searches = [(rule.contains, re.compile(rule.pattern, re.IGNORECASE)) for rule in rules.search]
    whole = rf"(?:{'|'.join(rules.whole)})[.!]?"
    literals = sorted({literal for rule in rules.search for literal in rule.contains})
    line_end = r"[\n\r\x0b\x0c\x{85}\x{2028}\x{2029}]"
    any_of = "|".join((*map(re.escape, literals), rf"(?:\A|{line_end})\W*{whole}\W*(?:\z|{line_end})"))
    return _Patterns(searches, literals, re.compile(whole, re.IGNORECASE), any_of)


def are_boilerplate(text: str, spans: Sequence[tuple[int, int]]) -> tuple[bool, ...]:
    """Decide which sentences are boilerplate: one flag for each.

    ``spans``: of the sentences in ``text``, as ``sentences.sentences`` returns them.

    >>> text = "What's Your Reaction?"
    >>> are_boilerplate(text, [(0, len(text))])
    (True,)
    """
    applicable = _applicable(text, _patterns().searches)
    return tuple(_is_boilerplate(text, span, applicable) for span in spans)


def _applicable(text: str, searches: Searches) -> Searches:
    """Those of the searches, and of their literals, that apply to a text because it has the literals."""
    lowered = text.lower()
    return [
        (present, pattern)
        for literals, pattern in searches
        if (present := tuple(literal for literal in literals if literal in lowered))
    ]


def _is_boilerplate(text: str, span: tuple[int, int], applicable: Searches) -> bool:
    """Decide on one sentence of a text. ``applicable``: the searches that apply to the text."""
    start, end = span
    if end - start <= _MAX_WHOLE and _patterns().whole.fullmatch(text, start, end):
        return True
    sentence = text[start:end]
    return len(sentence) <= _MAX_BOILERPLATE and any(pattern.search(sentence) for _, pattern in applicable)


def boilerplate_spans(texts: pa.ChunkedArray) -> dict[int, list[tuple[int, int]]]:
    """Find the boilerplate of many texts: spans of characters, in order and without overlaps, by row of the text.

    Texts without boilerplate are left out. Sentences are split by English rules. What stands between two sentences that
    belong to one offer or biography, in at most _MAX_BETWEEN characters, is found with them.

    >>> boilerplate_spans(pa.chunked_array([["The ferry sank.", "The ferry sank. Subscribe now."]]))
    {1: [(16, 30)]}
    """
    may_hold: Callable[[pa.ChunkedArray], Bools]
    if len(texts) < _FEW:
        rows, may_hold = list(range(len(texts))), _are_suspected
    else:
        rows, may_hold = np.flatnonzero(_may_hold_boilerplate(texts)).tolist(), _may_hold_boilerplate
    read = [texts[row].as_py() for row in rows]
    bounds = [paragraphs(text) for text in read]
    pieces = [text[start:end] for text, own in zip(read, bounds, strict=True) for start, end in own]
    suspected = iter(may_hold(pa.chunked_array([pa.array(pieces, pa.large_string())])).tolist())
    found = {}
    for row, text, own in zip(rows, read, bounds, strict=True):
        spans = _spans(text, [paragraph for paragraph in own if next(suspected)])
        if spans:
            found[row] = spans
    return found


def _may_hold_boilerplate(texts: pa.ChunkedArray) -> Bools:
    """Which texts may hold boilerplate, bool[texts]: all that do, and some others."""
    may: Bools = pc.match_substring_regex(texts, _patterns().any_of, ignore_case=True).to_numpy()
    return may


def _are_suspected(texts: pa.ChunkedArray) -> Bools:
    """The same for a few paragraphs: they are short, or have a literal that some pattern asks for."""
    lowered = [paragraph.lower() for paragraph in texts.to_pylist()]
    together = "\n".join(lowered)
    present = [literal for literal in _patterns().literals if literal in together]
    return np.array([len(one) <= _MAX_WHOLE or any(literal in one for literal in present) for one in lowered], np.bool_)


def _spans(text: str, suspected: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The boilerplate of one text. ``suspected``: the spans of the paragraphs that may hold some."""
    patterns = _patterns()
    whole: list[tuple[int, int]] = []
    found: list[tuple[int, int]] = []
    of_text = _applicable("\n".join(text[first:last] for first, last in suspected), patterns.searches)
    for first, last in suspected:
        paragraph = text[first:last]
        if last - first <= _MAX_WHOLE and patterns.whole.fullmatch(paragraph.strip()):
            whole.append((first, last))
            continue
        # Splitting takes longer than searching. What is found in no paragraph is found in no sentence, unless a pattern
        # asks for the beginning or the end of one.
        applicable = [
            (literals, pattern)
            for literals, pattern in _applicable(paragraph, of_text)
            if pattern.pattern.startswith("\\A") or pattern.pattern.endswith("$") or pattern.search(paragraph)
        ]
        if applicable:
            split = sentences(paragraph)
            flags = (_is_boilerplate(paragraph, span, applicable) for span in split)
            found += [(first + start, first + end) for (start, end), flag in zip(split, flags, strict=True) if flag]
    return _union([*whole, *_close_gaps(found)])


def _close_gaps(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans with at most _MAX_BETWEEN characters between them."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= _MAX_BETWEEN:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _union(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that cover the same characters, in order, without overlaps."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united
