"""Splits a text into sentences, with offsets into the original in Unicode code points.

Paragraphs are found here; within a paragraph `sentencex <https://github.com/wikimedia/sentencex>`_ (MIT) splits.
"""

from __future__ import annotations

import re
from bisect import bisect_left

_MAX_PARAGRAPH = 20_000
"""Most characters given to the sentence splitter at once, because its time grows with the square of the number of
quotation marks."""

MAX_SENTENCES = 20_000
"""Most sentences of a text. A book has fewer, and an article a few dozen. What follows them is cut into pieces of
``_MAX_PARAGRAPH`` characters, each of which counts as one sentence."""

_LINE = re.compile(r"[^\r\n\x0b\x0c\u0085\u2028\u2029]+")

_SURROGATE = re.compile(r"[\ud800-\udfff]")

_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")

_PLAIN_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")

_LINE_ENDS_SENTENCE = (".", "!", "?", "…", ":", ";", "。", "！", "？", "”", "»", '"', "’", "'", ")")
"""A line that ends with one of these may end a sentence."""


def sentences(text: str, language: str | None = "en") -> list[tuple[int, int]]:
    """Split a text into sentences: (start, end) offsets into the text, in order, without surrounding white space.

    No sentence is empty; a text of white space has none. ``language``: a code such as "en", which chooses the rules of
    the splitter (None: English). As usual in news, every line is a paragraph and ends a sentence; in hard-wrapped text,
    only a blank line does. What follows the first ``MAX_SENTENCES`` sentences is not split. The splitter's pieces add
    up to the paragraph, which makes the offsets exact. In doubt, as after "U.S.", it does not split.

    >>> text = "He met the U.S. President. They agreed."
    >>> [text[start:end] for start, end in sentences(text)]
    ['He met the U.S. President.', 'They agreed.']
    """
    # Versions 1.0.27 to 1.0.32 of the splitter panic on a lone capital, a non-ASCII space and a full stop. All spaces
    # therefore become ASCII ones, which moves no offset.
    clean = _WIDE_SPACE.sub(" ", _SURROGATE.sub("\ufffd", text))
    spans: list[tuple[int, int]] = []
    for start, end in paragraphs(clean):
        for piece_start in range(start, end, _MAX_PARAGRAPH):
            position = piece_start
            piece = clean[piece_start : min(end, piece_start + _MAX_PARAGRAPH)]
            for sentence in _split(piece, language or "en"):
                spans += _without_space(sentence, position)
                position += len(sentence)
            if len(spans) >= MAX_SENTENCES:
                return spans[:MAX_SENTENCES] + _pieces(clean, spans[MAX_SENTENCES - 1][1])
    return spans


def _without_space(piece: str, position: int) -> list[tuple[int, int]]:
    """The span of a piece of the text at ``position`` without surrounding white space; none if it is white space."""
    trimmed = piece.strip()
    start = position + len(piece) - len(piece.lstrip())
    return [(start, start + len(trimmed))] if trimmed else []


def _pieces(text: str, start: int) -> list[tuple[int, int]]:
    """The spans of the rest of a text, cut into pieces of ``_MAX_PARAGRAPH`` characters."""
    starts = range(start, len(text), _MAX_PARAGRAPH)
    return [span for first in starts for span in _without_space(text[first : first + _MAX_PARAGRAPH], first)]


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
    lines = [match.span() for match in _LINE.finditer(text)]
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
    filled = [(start, end) for start, end in lines if text[start:end].strip()]
    if len(filled) < 4:
        return False
    broken = sum(
        40 <= end - start <= 100 and not text[start:end].rstrip().endswith(_LINE_ENDS_SENTENCE) for start, end in filled
    )
    return broken > len(filled) / 2
