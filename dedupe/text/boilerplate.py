"""Boilerplate that patterns know: sentences that publishers print with every article, such as "All rights reserved".

Two articles that share such a sentence have not copied it from each other. ``furniture`` finds what patterns do not
know, by repetition.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain, compress
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dedupe.arrays import I64, U8
from dedupe.kernels import DEFAULT
from dedupe.kernels.ragged import ragged_offsets
from dedupe.shipped import read_shipped
from dedupe.text.columns import utf8_rows
from dedupe.text.sentences import paragraphs, sentences

if TYPE_CHECKING:
    import pyarrow as pa

_MAX_BOILERPLATE, _MAX_WHOLE = 400, 100
"""Boilerplate is short: sentences with more characters are not searched, or not compared as a whole."""

_MAX_ENDING = 200
"""Characters at the end of a text in which something stands for the rest of it."""

_MAX_BETWEEN = 250
"""What stands between two sentences of boilerplate belongs to them if it has at most so many characters. An offer or a
biography has sentences that no pattern can know ("She lives in Alderby with two cats.")."""


Span = tuple[int, int]
"""Where something begins and ends in a text, in characters."""


class _Search(msgspec.Struct, frozen=True):
    """A pattern to search for in sentences of texts that contain any of some literals, which is quick to find out."""

    contains: tuple[str, ...]
    pattern: str


class _Whole(msgspec.Struct, frozen=True):
    """A pattern of whole sentences, each of which begins with one of some words."""

    begins: tuple[str, ...]
    pattern: str


class _Rules(msgspec.Struct, frozen=True):
    """The file ``data/boilerplate.json``: patterns to search for, of whole sentences, and of the end of a text."""

    source: str
    search: list[_Search]
    whole: list[_Whole]
    ending: list[_Search]


class _Patterns(msgspec.Struct, frozen=True):
    """The rules, by what makes them applicable.

    ``searches``: for each literal, the patterns to search for in a text that has it, which are compiled when they are
    needed. ``endings``: the same for the patterns of the end of a text. ``phrases``: the literals of both, and then the
    words with which whole sentences begin, each behind a line feed, as ``Backend.phrases_in`` takes them. ``whole``
    matches whole sentences in lower case.
    """

    searches: dict[str, list[str]]
    endings: dict[str, list[str]]
    phrases: tuple[U8, I64]
    whole: re.Pattern[str]


@functools.cache
def _patterns() -> _Patterns:
    rules = msgspec.json.decode(read_shipped("boilerplate.json"), type=_Rules)
    searches, endings = _by_literal(rules.search), _by_literal(rules.ending)
    first_words = dict.fromkeys(f"\n{word}" for rule in rules.whole for word in rule.begins)
    encoded = [phrase.encode() for phrase in (*searches, *endings, *first_words)]
    phrases = np.frombuffer(b"".join(encoded), np.uint8), ragged_offsets(np.array(list(map(len, encoded))))
    whole = rf"(?:{'|'.join(rule.pattern for rule in rules.whole)})[.!]?"
    return _Patterns(searches, endings, phrases, re.compile(whole))


def _by_literal(rules: list[_Search]) -> dict[str, list[str]]:
    patterns: dict[str, list[str]] = {}
    for rule in rules:
        for literal in rule.contains:
            patterns.setdefault(literal, []).append(rule.pattern)
    return patterns


def are_boilerplate(text: str, spans: Sequence[Span]) -> tuple[bool, ...]:
    """Decide which sentences are boilerplate: one flag for each.

    ``spans``: of the sentences in ``text``, as ``sentences.sentences`` returns them.

    >>> text = "What's Your Reaction?"
    >>> are_boilerplate(text, [(0, len(text))])
    (True,)
    """
    literals = _present(text)
    lowered = _lower(text) if literals else ""
    starts = [start for start, _ in spans]
    of_sentence: dict[int, list[str]] = {}
    for literal in literals:
        for place in _places(literal, lowered):
            of_sentence.setdefault(bisect_right(starts, place) - 1, []).append(literal)
    applicable = {sentence: _applicable(own) for sentence, own in of_sentence.items()}
    return tuple(_is_boilerplate(text, span, applicable.get(k, [])) for k, span in enumerate(spans))


def _present(text: str) -> list[str]:
    """The literals of the rules that a text has."""
    utf8 = np.frombuffer(text.encode(errors="surrogatepass"), np.uint8)
    found = DEFAULT.phrases_in(utf8, np.array([0, utf8.size]), *_patterns().phrases)
    return list(compress(_patterns().searches, found[0].tolist()))


def _applicable(literals: list[str]) -> list[re.Pattern[str]]:
    """The patterns to search for in the sentences of a text that has these literals."""
    searches = _patterns().searches
    return [_compiled(pattern) for pattern in dict.fromkeys(chain.from_iterable(map(searches.__getitem__, literals)))]


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _is_boilerplate(text: str, span: Span, applicable: list[re.Pattern[str]]) -> bool:
    """Decide on one sentence of a text. ``applicable``: the patterns to search for in the text."""
    sentence = text[span[0] : span[1]]
    if len(sentence) <= _MAX_WHOLE and _is_whole(sentence.lower()):
        return True
    return len(sentence) <= _MAX_BOILERPLATE and any(pattern.search(sentence) for pattern in applicable)


def _is_whole(lowered: str) -> bool:
    """Whether a sentence, in lower case, is boilerplate as a whole."""
    return len(lowered) <= _MAX_WHOLE and _patterns().whole.fullmatch(lowered) is not None


def boilerplate_spans(texts: pa.ChunkedArray) -> dict[int, list[Span]]:
    """Find the boilerplate of many texts: spans of characters, in order and without overlaps, by row of the text.

    Texts without boilerplate are left out. Sentences are split by English rules. What stands between two sentences that
    belong to one offer or biography, in at most _MAX_BETWEEN characters, is found with them. What a service puts in
    place of the rest of a text, such as "[+1021 chars]", is found, too.

    >>> import pyarrow as pa
    >>> boilerplate_spans(pa.chunked_array([["The ferry sank.", "The ferry sank. Subscribe now."]]))
    {1: [(16, 30)]}
    """
    found = {}
    # Publishers print the same paragraphs under many articles.
    known: dict[str, list[Span]] = {}
    searches, endings = _patterns().searches, _patterns().endings
    behind = len(searches) + len(endings)
    first = 0
    for utf8, offsets in utf8_rows(texts):
        # Most texts hold none of the phrases, and are not looked at again.
        present = DEFAULT.phrases_in(utf8, offsets, *_patterns().phrases)
        for row in np.flatnonzero(present.any(axis=1)).tolist():
            text = utf8[offsets[row] : offsets[row + 1]].tobytes().decode()
            literals = list(compress(searches, present[row].tolist()))
            spans = _spans(text, literals, bool(present[row, behind:].any()), known)
            ends = list(compress(endings, present[row, len(searches) : behind].tolist()))
            if ends and (ending := _ending(text, ends)):
                spans = _union([*spans, ending])
            if spans:
                found[first + row] = spans
        first += offsets.size - 1
    return found


def _spans(text: str, literals: list[str], begins: bool, known: dict[str, list[Span]]) -> list[Span]:
    """The boilerplate of one text.

    ``literals``: those that it has. ``begins``: whether a line begins like a whole sentence of boilerplate. ``known``:
    what was found in paragraphs with literals before; those of this text are added.
    """
    lowered = _lower(text)
    places = sorted(place for literal in literals for place in _places(literal, lowered))
    whole: list[Span] = []
    found: list[Span] = []
    for start, end in paragraphs(text):
        if begins and end - start <= _MAX_WHOLE and _is_whole(lowered[start:end].strip()):
            whole.append((start, end))
        elif bisect_left(places, start) < bisect_left(places, end):
            paragraph = text[start:end]
            if paragraph not in known:
                own = [literal for literal in literals if literal in lowered[start:end]]
                known[paragraph] = _find_in_paragraph(paragraph, own)
            found += [(start + first, start + last) for first, last in known[paragraph]]
    return _union([*whole, *_close_gaps(found)])


def _ending(text: str, literals: list[str]) -> Span | None:
    """What stands in place of the rest of a text that was cut; None if there is nothing. ``literals``: those it has."""
    end = len(text.rstrip())
    start = max(0, end - _MAX_ENDING)
    tail = text[start:end]
    for pattern in dict.fromkeys(chain.from_iterable(map(_patterns().endings.__getitem__, literals))):
        if found := _compiled(rf"(?:{pattern})\Z").search(tail):
            return start + found.start(), end
    return None


def _lower(text: str) -> str:
    """The text in lower case, with every character in its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(char.lower()[:1] for char in text)


def _places(literal: str, lowered: str) -> Iterator[int]:
    """Yield where a literal begins in a text."""
    place = lowered.find(literal)
    while place >= 0:
        yield place
        place = lowered.find(literal, place + 1)


def _find_in_paragraph(paragraph: str, literals: list[str]) -> list[Span]:
    """Find the sentences of a paragraph that are boilerplate. ``literals``: those that it has."""
    # Splitting takes longer than searching. What is found in no paragraph is found in no sentence, unless a pattern
    # asks for the beginning or the end of one.
    applicable = [
        pattern
        for pattern in _applicable(literals)
        if pattern.pattern.startswith("\\A") or pattern.pattern.endswith("$") or pattern.search(paragraph)
    ]
    return [span for span in sentences(paragraph) if _is_boilerplate(paragraph, span, applicable)] if applicable else []


def _close_gaps(spans: list[Span]) -> list[Span]:
    """Join spans with at most _MAX_BETWEEN characters between them."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= _MAX_BETWEEN:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _union(spans: list[Span]) -> list[Span]:
    """Spans that cover the same characters, in order, without overlaps."""
    united: list[Span] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united
