"""Splits a text into sentences, with offsets into the original in Unicode code points.

Paragraphs are found here; within a paragraph `sentencex <https://github.com/wikimedia/sentencex>`_ (MIT) splits, and
``sentence_ends`` corrects what it does not know. Of the splits in tests/text/sentence_splits.txt, sentencex alone gets
72 % right, pysbd 72 %, Bling Fire 64 % and syntok 60 %.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice, pairwise

from dedupe.text.language import ENGLISH, language_of
from dedupe.text.sentence_ends import sentence_ends

_MAX_PARAGRAPH = 20_000
"""Most characters given to the sentence splitter at once, because its time grows with the square of the number of
quotation marks."""

MAX_SENTENCES = 20_000
"""Most sentences of a text. A book has fewer, and an article a few dozen. What follows them is cut into pieces of
``_MAX_PARAGRAPH`` characters, each of which counts as one sentence."""

_LINE = re.compile(".+")
MIXED = "mul"
"""ISO 639's code for several languages."""

_LINE_ENDS = "\r\x0b\x0c\u0085\u2028\u2029"
"""What ends a line beside the line feed, which ``_LINE`` knows: faster than a class of characters."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")

_WIDE_SPACE = re.compile("[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
"""All white space that is not ASCII, written out, because a negated class takes three times as long."""

_NOT_ENGLISH_LETTER = re.compile(r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\ud7ff\uf900-\uffdc]")
_TYPOGRAPHIC = "‘’“”–—…•"
"""What else English texts have beyond ASCII. Counting is much faster than looking for a letter."""
_NUMBER_BEFORE_CAPITAL = re.compile(r"\. (?=[A-Z])(?:(?<= \d\. )|(?<= \d\d\. ))")
"""In an English paragraph with one of these, which may be an ordinal number, another language is looked for."""

_MOST_HINTS = 1_000
"""Of these, as many are looked at in a text, because it may take milliseconds to find a language."""

_ONE_SENTENCE = re.compile(r"[\w ,'’-]*[^\w\s]*\s*")
"""A paragraph in which no sentence can end but at its end, in whatever language."""

_VISIBLE, _NO_SENTENCE = re.compile(r"\S"), "\ufdd0"
"""What stands for paragraphs in other languages while an English text is split: a character that is none."""

_PLAIN_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")

_LINE_ENDS_SENTENCE = (".", "!", "?", "…", ":", ";", "。", "！", "？", "”", "»", '"', "’", "'", ")")
"""A line that ends with one of these may end a sentence."""


def sentences(text: str, language: str | None = "en") -> list[tuple[int, int]]:
    """Split a text into sentences: (start, end) offsets into the text, in order, without surrounding white space.

    No sentence is empty; a text of white space has none. ``language``: a code such as "en" or "en-GB", which chooses
    the rules of the splitter. None: it is found. ``MIXED``: English, but for paragraphs in others. As usual in news,
    every line is a paragraph and ends a sentence; in hard-wrapped text, only a blank line does. What follows the first
    ``MAX_SENTENCES`` sentences is not split. The splitter's pieces add up to the paragraph, which makes the offsets
    exact. In doubt, as after "U.S.", it does not split.

    >>> text = "He met the U.S. President. They agreed."
    >>> [text[start:end] for start, end in sentences(text)]
    ['He met the U.S. President.', 'They agreed.']
    """
    # Versions 1.0.27 to 1.0.32 of the splitter panic on a lone capital, a non-ASCII space and a full stop. All spaces
    # therefore become ASCII ones, which moves no offset.
    clean = text if text.isascii() else _WIDE_SPACE.sub(" ", _without_surrogates(text))
    code = (language or split_language(clean)).lower().replace("_", "-").partition("-")[0]
    spans = _sentences_of_mixed(clean) if code == MIXED else _sentences_in(clean, code)
    unsplit = spans[MAX_SENTENCES - 1][1] if len(spans) > MAX_SENTENCES else spans[-1][1] if spans else len(clean)
    return spans[:MAX_SENTENCES] + _pieces(clean, unsplit)


def split_language(text: str, said: str | None = None) -> str:
    """The language by whose rules to split a text whose source has ``said`` its language, as ``sentences`` takes it.

    ``MIXED`` if it is English, since an English text may have paragraphs in other languages.
    """
    code = language_of(text, said)
    return MIXED if code == ENGLISH else code


def _sentences_in(clean: str, code: str) -> list[tuple[int, int]]:
    """The sentences of a text in one language; somewhat more than ``MAX_SENTENCES`` at most."""
    starts: list[int] = []
    of_paragraphs: set[int] = set()
    unsplit = len(clean)
    for start, end in _limited(paragraphs(clean)):
        if len(starts) > MAX_SENTENCES:
            unsplit = start
            break
        of_paragraphs.add(start)
        found = _split(clean[start:end], code)
        starts += accumulate(map(len, found[:-1]), initial=start) if len(found) > 1 else (start,)
    one_line = clean[:unsplit].replace("\n", " ").replace("\r", " ").replace("\t", " ")
    starts = sentence_ends(code).corrected(one_line, starts, of_paragraphs)
    return [span for start, end in pairwise([*starts, unsplit]) for span in _without_space(clean[start:end], start)]


def _sentences_of_mixed(clean: str) -> list[tuple[int, int]]:
    """The sentences of an English text, some paragraphs of which may be in other languages."""
    others = list(_in_other_languages(clean))
    if not others:
        return _sentences_in(clean, ENGLISH)
    spans: list[tuple[int, int]] = []
    english: list[str] = []
    done = 0
    for start, end, code in others:
        spans += [(start + first, start + last) for first, last in _sentences_in(clean[start:end], code)]
        english += clean[done:start], _VISIBLE.sub(_NO_SENTENCE, clean[start:end])
        done = end
    english.append(clean[done:])
    kept = "".join(english)
    spans += [span for span in _sentences_in(kept, ENGLISH) if kept[span[0]] != _NO_SENTENCE]
    return sorted(spans)


def _in_other_languages(clean: str) -> Iterator[tuple[int, int, str]]:
    """The spans of paragraphs of an English text that are in other languages, and their languages.

    A paragraph of one sentence is left out: its language would split nothing, and may take long to find.
    """
    hints = [match.start() for match in islice(_NUMBER_BEFORE_CAPITAL.finditer(clean), _MOST_HINTS)]
    if len(clean.encode("ascii", "ignore")) + sum(map(clean.count, _TYPOGRAPHIC)) < len(clean):
        hints += [match.start() for match in islice(_NOT_ENGLISH_LETTER.finditer(clean), _MOST_HINTS)]
        hints.sort()
    for start, end in paragraphs(clean) if hints else ():
        if bisect_left(hints, start) < bisect_left(hints, end) and not _ONE_SENTENCE.fullmatch(clean, start, end):
            code = language_of(clean[start:end])
            if code != ENGLISH:
                yield start, end, code


def _limited(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Cut spans into spans of at most ``_MAX_PARAGRAPH`` characters."""
    for start, end in spans:
        if end - start <= _MAX_PARAGRAPH:
            yield start, end
        else:
            yield from ((first, min(end, first + _MAX_PARAGRAPH)) for first in range(start, end, _MAX_PARAGRAPH))


def _without_surrogates(text: str) -> str:
    """The text with a replacement character for every lone surrogate, which the splitter refuses."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def _without_space(piece: str, position: int) -> list[tuple[int, int]]:
    """The span of a piece of the text at ``position`` without surrounding white space; none if it is white space."""
    trimmed = piece.strip()
    if not trimmed:
        return []
    start = position + piece.index(trimmed[0])
    return [(start, start + len(trimmed))]


def _pieces(text: str, start: int) -> list[tuple[int, int]]:
    """The spans of the rest of a text, cut into pieces of ``_MAX_PARAGRAPH`` characters."""
    return [span for first, end in _limited([(start, len(text))]) for span in _without_space(text[first:end], first)]


def _split(paragraph: str, language: str) -> list[str]:
    """Split a paragraph into sentences that add up to it.

    If the splitter, which is written in Rust, panics, the sentence that causes the panic is found and left as it is,
    from one full stop to the next. The text before it and the text behind it are split without it.
    """
    found: list[str] = []
    while paragraph:
        pieces = _segmented(paragraph, language)
        if pieces is not None:
            return found + pieces
        ends = [*(end.end() for end in _PLAIN_SENTENCE_END.finditer(paragraph)), len(paragraph)]
        odd = bisect_left(ends, True, key=lambda end: _segmented(paragraph[:end], language) is None)
        start = ends[odd - 1] if odd else 0
        found += [*(_segmented(paragraph[:start], language) or []), paragraph[start : ends[odd]]]
        paragraph = paragraph[ends[odd] :]
    return found


def _segmented(paragraph: str, language: str) -> list[str] | None:
    """The splitter's result for a paragraph, or None if it panics."""
    import sentencex

    try:
        pieces: list[str] = sentencex.segment(language, paragraph)
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":  # no module exports this class
            raise
        return None
    return pieces


def paragraphs(text: str) -> list[tuple[int, int]]:
    """The spans of paragraphs: every line, or in hard-wrapped text every block between blank lines."""
    fed = functools.reduce(lambda lines, end: lines.replace(end, "\n"), _LINE_ENDS, text)
    lines = [match.span() for match in _LINE.finditer(fed)]
    if not _is_hard_wrapped(text, lines):
        return lines
    blocks: list[tuple[int, int]] = []
    for start, end in lines:
        if not text[start:end].strip():
            blocks.append((end, end))
        elif blocks and blocks[-1][0] < blocks[-1][1] and text.count("\n", blocks[-1][1], start) < 2:
            blocks[-1] = (blocks[-1][0], end)
        else:
            blocks.append((start, end))
    return [block for block in blocks if block[0] < block[1]]


def _is_hard_wrapped(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether line ends are typesetting only: most lines have 40 to 100 characters and do not end a sentence."""
    filled = sum(not text[start:end].isspace() for start, end in lines)
    medium = [text[start:end].rstrip() for start, end in lines if 40 <= end - start <= 100]
    if filled < 4 or len(medium) <= filled / 2:
        return False
    return sum(line != "" and not line.endswith(_LINE_ENDS_SENTENCE) for line in medium) > filled / 2
