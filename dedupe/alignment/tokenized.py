"""Tokenize a text for alignment, and number the terms of two texts in one vocabulary.

Everything else in this room works on the result: a ``TokenizedText`` holds the words and sentences of one text with
their offsets, a ``TextPair`` holds two of them. A text that takes part in several alignments is tokenized only once.

A *term* is the first six characters of a word's normal form. The room compares words by their terms, so that "pier"
and "piers" are different terms but "announce" and "announced" are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.text.boilerplate import are_boilerplate
from dedupe.text.quotations import quotations
from dedupe.text.sentences import sentences
from dedupe.text.words import words

STEM_CHARACTERS = 6
"""Length of a term in characters of the word's normal form. 5, 6 and 7 differ by less than 0.002 plagdet on PAN tune,
the tuning half of the PAN-2013 training corpus (``benchmarks/alignment/pan13.py``)."""

MIN_QUOTED = 0.5
"""A sentence counts as a quotation if more than this share of its words stands inside quotation marks."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval of a text in code points: ``text[span.start : span.end]`` cuts it out."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """The words and sentences of one text, ready for alignment.

    ``text``: the original. ``sentences``: their spans, in order.
    ``starts``, ``ends``: int64[words], the half-open span of every word in code points.
    ``forms``: the normal form of every word.
    ``sentence_words``: int64[sentences + 1]. Sentence k holds the words [``sentence_words[k]``,
    ``sentence_words[k + 1]``), which may be none; every word belongs to the sentence it begins in.
    ``stems``: the distinct terms of the text. ``word_stems``: int64[words], the position of every word's term in them.
    ``quoted``: for each sentence, whether most of its words stand inside quotation marks.
    ``boilerplate``: for each sentence, whether a rule of ``dedupe.text.boilerplate`` calls it boilerplate.
    """

    text: str
    sentences: tuple[Span, ...]
    starts: I64
    ends: I64
    forms: list[str]
    sentence_words: I64
    stems: list[str]
    word_stems: I64
    quoted: tuple[bool, ...]
    boilerplate: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class TextPair:
    """Two tokenized texts whose terms are numbered in one vocabulary.

    ``left_terms``, ``right_terms``: int64[words], the term of every word. ``terms``: the size of the vocabulary; every
    term is below it. ``frequency``: float64[terms], the share of the words of both texts that have this term.
    """

    left: TokenizedText
    right: TokenizedText
    left_terms: I64
    right_terms: I64
    terms: int
    frequency: F64


def tokenize(text: str, language: str | None = "en") -> TokenizedText:
    """Tokenize a text. ``language`` is a code such as "en" that chooses the sentence splitter's rules (None: found).

    A text without words has no terms. A text of white space alone has no sentences either.
    """
    found = words(text)
    spans = sentences(text, language)
    first = np.searchsorted(found.starts, np.array([start for start, _ in spans], np.int64))
    sentence_words = np.append(first, len(found.forms))
    numbers: dict[str, int] = {}
    word_stems = [numbers.setdefault(form[:STEM_CHARACTERS], len(numbers)) for form in found.forms]
    return TokenizedText(
        text,
        tuple(Span(start, end) for start, end in spans),
        found.starts,
        found.ends,
        found.forms,
        sentence_words,
        list(numbers),
        np.array(word_stems, np.int64),
        _are_quoted(text, found.starts, sentence_words),
        are_boilerplate(text, spans),
    )


def _are_quoted(text: str, starts: I64, sentence_words: I64) -> tuple[bool, ...]:
    """For each sentence, whether more than ``MIN_QUOTED`` of its words begin inside quotation marks."""
    spans = np.array(quotations(text), np.int64).reshape(-1, 2)
    borders = np.searchsorted(starts, spans.ravel())
    # The number of open quotations rises by one at the first word of each and falls by one behind its last.
    change = np.zeros(starts.size + 1, np.int64)
    np.add.at(change, borders[0::2], 1)
    np.add.at(change, borders[1::2], -1)
    quoted_before = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.cumsum(change))))
    quoted = np.diff(quoted_before[sentence_words])
    return tuple((quoted > MIN_QUOTED * np.diff(sentence_words)).tolist())


def pair_texts(left: TokenizedText, right: TokenizedText) -> TextPair:
    """Number the terms of two tokenized texts in one vocabulary, the terms of the left text first."""
    numbers = {stem: k for k, stem in enumerate(left.stems)}
    of_right = np.array([numbers.setdefault(stem, len(numbers)) for stem in right.stems], np.int64)
    left_terms, right_terms = left.word_stems, of_right[right.word_stems]
    terms = len(numbers)
    counts = np.bincount(left_terms, minlength=terms) + np.bincount(right_terms, minlength=terms)
    return TextPair(left, right, left_terms, right_terms, terms, counts / max(1, left_terms.size + right_terms.size))
