"""Boilerplate that patterns know: sentences that publishers print with every article, such as "All rights reserved".

Two articles that share such a sentence have not copied it from each other. ``furniture`` finds what patterns do not
know, by repetition.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain, compress, groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dedupe.arrays import I64, U8, Bools
from dedupe.kernels import DEFAULT
from dedupe.kernels.ragged import ragged_offsets
from dedupe.shipped import read_shipped
from dedupe.text.sentences import paragraphs, sentences

if TYPE_CHECKING:
    import pyarrow as pa

_MAX_BOILERPLATE, _MAX_WHOLE = 400, 100
"""Boilerplate is short: sentences with more characters are not searched, or not compared as a whole."""

_MAX_BETWEEN = 250
"""What stands between two sentences of boilerplate belongs to them if it has at most so many characters. An offer or a
biography has sentences that no pattern can know ("She lives in Alderby with two cats.")."""


_FEW = 16
"""Up to so many texts are searched by Python. Arrow's regular expressions are much faster, but take 5 ms to compile."""

_AT_ONCE = 20_000
"""So many texts are split into lines at once, which copies those that may hold boilerplate. It changes no result."""

_LINE_END = r"[\n\r\x0b\x0c\x{85}\x{2028}\x{2029}]"
"""What ends a line for ``sentences.paragraphs``, for RE2."""


_Paragraph = tuple[int, str]
"""Where a paragraph begins in its text, and the paragraph."""

_Found = tuple[list[tuple[int, int]], list[tuple[int, int]]]
"""Boilerplate of a paragraph: its own span if all of it is a known phrase, and the spans of its sentences that are."""


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
    """The rules, by what makes them applicable.

    ``searches``: for each literal, the patterns to search for in a text that has it, which are compiled when they are
    needed. ``literals``: the same literals as ragged UTF-8. ``whole`` matches whole sentences. ``any_of``, for RE2,
    finds every text that holds boilerplate, and some others.
    """

    searches: dict[str, list[str]]
    literals: tuple[U8, I64]
    whole: re.Pattern[str]
    any_of: str


@functools.cache
def _patterns() -> _Patterns:
    rules = msgspec.json.decode(read_shipped("boilerplate.json"), type=_Rules)
    searches: dict[str, list[str]] = {}
    for rule in rules.search:
        for literal in rule.contains:
            searches.setdefault(literal, []).append(rule.pattern)
    encoded = [literal.encode() for literal in searches]
    literals = np.frombuffer(b"".join(encoded), np.uint8), ragged_offsets(np.array(list(map(len, encoded))))
    whole = rf"(?:{'|'.join(rules.whole)})[.!]?"
    any_of = "|".join((*map(re.escape, searches), rf"(?:\A|{_LINE_END})\W*{whole}\W*(?:\z|{_LINE_END})"))
    return _Patterns(searches, literals, re.compile(whole, re.IGNORECASE), any_of)


def are_boilerplate(text: str, spans: Sequence[tuple[int, int]]) -> tuple[bool, ...]:
    """Decide which sentences are boilerplate: one flag for each.

    ``spans``: of the sentences in ``text``, as ``sentences.sentences`` returns them.

    >>> text = "What's Your Reaction?"
    >>> are_boilerplate(text, [(0, len(text))])
    (True,)
    """
    applicable = _applicable(_present(text))
    return tuple(_is_boilerplate(text, span, applicable) for span in spans)


def _present(text: str) -> list[str]:
    """The literals of the rules that a text has."""
    lowered = np.frombuffer(text.lower().encode(errors="surrogatepass"), np.uint8)
    found = DEFAULT.phrases_in(lowered, np.array([0, lowered.size]), *_patterns().literals)
    return list(compress(_patterns().searches, found[0].tolist()))


def _applicable(literals: list[str]) -> list[re.Pattern[str]]:
    """The patterns to search for in the sentences of a text that has these literals."""
    searches = _patterns().searches
    return [_compiled(pattern) for pattern in dict.fromkeys(chain.from_iterable(map(searches.__getitem__, literals)))]


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _is_boilerplate(text: str, span: tuple[int, int], applicable: list[re.Pattern[str]]) -> bool:
    """Decide on one sentence of a text. ``applicable``: the patterns to search for in the text."""
    start, end = span
    if end - start <= _MAX_WHOLE and _patterns().whole.fullmatch(text, start, end):
        return True
    sentence = text[start:end]
    return len(sentence) <= _MAX_BOILERPLATE and any(pattern.search(sentence) for pattern in applicable)


def boilerplate_spans(texts: pa.ChunkedArray) -> dict[int, list[tuple[int, int]]]:
    """Find the boilerplate of many texts: spans of characters, in order and without overlaps, by row of the text.

    Texts without boilerplate are left out. Sentences are split by English rules. What stands between two sentences that
    belong to one offer or biography, in at most _MAX_BETWEEN characters, is found with them.

    >>> import pyarrow as pa
    >>> boilerplate_spans(pa.chunked_array([["The ferry sank.", "The ferry sank. Subscribe now."]]))
    {1: [(16, 30)]}
    """
    found = {}
    # Publishers print the same paragraphs under many articles.
    known: dict[str, _Found] = {}
    if len(texts) < _FEW:
        for row, text in enumerate(texts.to_pylist()):
            found[row] = _spans(_paragraphs(text), known)
    else:
        for start in range(0, len(texts), _AT_ONCE):
            for row, suspected in _suspected(texts.slice(start, _AT_ONCE)):
                found[start + row] = _spans(suspected, known)
    return {row: spans for row, spans in found.items() if spans}


def _paragraphs(text: str) -> list[_Paragraph]:
    return [(start, text[start:end]) for start, end in paragraphs(text)]


def _suspected(texts: pa.ChunkedArray) -> Iterator[tuple[int, list[_Paragraph]]]:
    """Yield the row of each text that may hold boilerplate, with the paragraphs that may.

    Most texts hold none, and the others have it in few lines. So texts are searched as a whole and then line by line,
    and only those lines are read.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = np.flatnonzero(_may_hold_boilerplate(texts))
    chosen = texts.take(pa.array(rows)).combine_chunks()
    split = pc.split_pattern_regex(chosen, _LINE_END)
    lines, first = split.flatten(), split.offsets.to_numpy().astype(np.int64)
    suspected = np.flatnonzero(_may_hold_boilerplate(lines))
    text_of = np.searchsorted(first, suspected, side="right") - 1
    lengths = pc.utf8_length(lines).to_numpy().astype(np.int64)
    # A line end is one character.
    begins = ragged_offsets(lengths + 1)
    starts = (begins[suspected] - begins[first[text_of]]).tolist()
    wrapped = _may_be_wrapped(lines, lengths, first)
    found = zip(text_of.tolist(), starts, lines.take(pa.array(suspected)).to_pylist(), strict=True)
    for text, own in groupby(found, key=itemgetter(0)):
        chosen_lines = [(start, line) for _, start, line in own]
        if wrapped[text]:
            # Paragraphs may have several lines.
            whole = _paragraphs(chosen[text].as_py())
            at = {bisect_right(whole, start, key=itemgetter(0)) - 1 for start, _ in chosen_lines}
            chosen_lines = [whole[number] for number in sorted(at)]
        yield int(rows[text]), chosen_lines


def _may_be_wrapped(lines: pa.Array, lengths: I64, first: I64) -> Bools:
    """Which texts may be hard-wrapped (see ``sentences.paragraphs``): all that are, and some others, bool[texts].

    ``lengths``: of the ``lines``, in characters, int64[lines]. ``first``: the first line of each text, and the number
    of all lines, int64[texts + 1].
    """
    import pyarrow.compute as pc

    middling = (lengths >= 40) & (lengths <= 100)
    filled = pc.match_substring_regex(lines, "[[:graph:]]").to_numpy(zero_copy_only=False)
    most_broken, least_filled = (np.add.reduceat(flags.astype(np.int64), first[:-1]) for flags in (middling, filled))
    return np.asarray(2 * most_broken > least_filled, np.bool_)


def _may_hold_boilerplate(texts: pa.ChunkedArray | pa.Array) -> Bools:
    """Which texts may hold boilerplate, bool[texts]: all that do, and some others."""
    import pyarrow.compute as pc

    may: Bools = pc.match_substring_regex(texts, _patterns().any_of, ignore_case=True).to_numpy(zero_copy_only=False)
    return may


def _spans(paragraphs_of_text: list[_Paragraph], known: dict[str, _Found]) -> list[tuple[int, int]]:
    """The boilerplate of one text. ``known``: what was found in paragraphs before; those of this text are added."""
    unknown = [paragraph for _, paragraph in paragraphs_of_text if paragraph not in known]
    literals = _present("\n".join(unknown))
    for paragraph in unknown:
        known[paragraph] = _find_in_paragraph(paragraph, literals)
    whole, found = (
        [
            (first + start, first + end)
            for first, paragraph in paragraphs_of_text
            for start, end in known[paragraph][kind]
        ]
        for kind in (0, 1)
    )
    return _union([*whole, *_close_gaps(found)])


def _find_in_paragraph(paragraph: str, literals: list[str]) -> _Found:
    """Find the boilerplate of a paragraph. ``literals``: those that it may have."""
    if len(paragraph) <= _MAX_WHOLE and _patterns().whole.fullmatch(paragraph.strip()):
        return [(0, len(paragraph))], []
    # Splitting takes longer than searching. What is found in no paragraph is found in no sentence, unless a pattern
    # asks for the beginning or the end of one.
    lowered = paragraph.lower()
    applicable = [
        pattern
        for pattern in _applicable([literal for literal in literals if literal in lowered])
        if pattern.pattern.startswith("\\A") or pattern.pattern.endswith("$") or pattern.search(paragraph)
    ]
    if not applicable:
        return [], []
    return [], [span for span in sentences(paragraph) if _is_boilerplate(paragraph, span, applicable)]


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
