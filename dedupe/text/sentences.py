"""Sentences of a text, with offsets into the original (Unicode code points)."""

from __future__ import annotations

import re
from bisect import bisect_left

_MAX_PARAGRAPH = 20_000
"""Characters given to the sentence splitter at once: it is quadratic in the number of quotation marks."""


_LINE = re.compile(r"[^\r\n\x0b\x0c\u0085\u2028\u2029]+")

_SURROGATE = re.compile(r"[\ud800-\udfff]")

_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")

_PLAIN_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")

_SENTENCE_END = (".", "!", "?", "…", ":", ";", "。", "！", "？", "”", "»", '"', "’", "'", ")")


def sentences(text: str, language: str | None = "en") -> list[tuple[int, int]]:
    """Sentences as (start, end) offsets into the text, in order, white space trimmed, none empty.

    A line is a paragraph and ends a sentence, as news text has it, except in hard-wrapped text, where only a blank
    line does. Within paragraphs the splitter is `sentencex <https://github.com/wikimedia/sentencex>`_ (MIT), whose
    pieces add up to the text, so that offsets are exact; it prefers not to split over splitting at "U.S.".

    >>> text = "He met the U.S. President. They agreed."
    >>> [text[start:end] for start, end in sentences(text)]
    ['He met the U.S. President.', 'They agreed.']
    """
    # A space is a space: the splitter panics on a lone capital, a non-ASCII space and a full stop (1.0.27 to 1.0.32).
    clean = _WIDE_SPACE.sub(" ", _SURROGATE.sub("\ufffd", text))
    spans: list[tuple[int, int]] = []
    for start, end in _paragraphs(clean):
        for piece_start in range(start, end, _MAX_PARAGRAPH):
            position = piece_start
            piece = clean[piece_start : min(end, piece_start + _MAX_PARAGRAPH)]
            for sentence in _split(piece, language or "en"):
                trimmed = sentence.strip()
                if trimmed:
                    lead = len(sentence) - len(sentence.lstrip())
                    spans.append((position + lead, position + lead + len(trimmed)))
                position += len(sentence)
    return spans


def _split(paragraph: str, language: str) -> list[str]:
    """Sentences of a paragraph, which add up to it.

    A panic of the splitter, which is written in Rust, costs the sentence that causes it and no other: that is left as
    it is, from one full stop to the next, and what stands before and behind it is split without it.
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
    """What the splitter makes of a paragraph; None where it panics."""
    import sentencex

    try:
        pieces: list[str] = sentencex.segment(language, paragraph)
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":  # a BaseException that no module exports
            raise
        return None
    return pieces


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Spans of paragraphs: every line, or in hard-wrapped text every block between blank lines."""
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
    """Whether line ends are typesetting: most lines are 40 to 100 characters and break off mid-sentence."""
    filled = [(start, end) for start, end in lines if text[start:end].strip()]
    if len(filled) < 4:
        return False
    broken = sum(
        40 <= end - start <= 100 and not text[start:end].rstrip().endswith(_SENTENCE_END) for start, end in filled
    )
    return broken > len(filled) / 2
