"""read → WORDINGS: a text as numbered words and sentences, and how much the pieces of two texts resemble each other.

What passages and sentence rows both stand on. Comparison is by TF-ISF (inverse *sentence* frequency), over the terms
two pieces share, so that it costs what they have in common and not the product of their lengths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe import text as texts
from dedupe.marks import are_boilerplate, quotations

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

STEM_CHARACTERS = 6
"""Words count as the same term when they begin alike; 5, 6 and 7 differ by less than 0.002 plagdet on PAN tune."""
MIN_QUOTED = 0.5
"""Share of a sentence's words that must stand inside quotation marks for it to count as a quotation."""
MAX_PRODUCTS = 4_000_000
"""Limit on term-by-term comparisons, rarest terms first, about 0.5 s and 300 MB; beyond it frequent terms are
ignored."""


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open interval of code points in a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wording:
    """A text made ready for alignment.

    Words are numbered from 0: ``sentence_words[k]`` is the first word of sentence k and ``sentence_words[k + 1]`` the
    one after its last. ``stems`` are the distinct beginnings of words and ``word_stems`` the number of each word's.
    For each sentence: whether most of its words are quoted, and whether it is boilerplate.
    """

    text: str
    sentences: tuple[Span, ...]
    starts: Ints
    ends: Ints
    forms: list[str]
    sentence_words: Ints
    stems: list[str]
    word_stems: Ints
    quoted: tuple[bool, ...]
    boilerplate: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two wordings, their terms as numbers below ``terms``; ``frequency`` is a term's share of the words of both."""

    left: Wording
    right: Wording
    left_terms: Ints
    right_terms: Ints
    terms: int
    frequency: Floats


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Pairs of pieces that share a term, ordered by left, then right piece: indexes of both, cosine of TF-ISF, Dice of
    terms, information of the shared terms, counted in words that occur once in either text, and its share of the
    information of either piece. Then for each left and right piece the share of its information that is known anywhere
    in the other text; and whether frequent terms were ignored to stay within the limit."""

    left: Ints
    right: Ints
    cosine: Floats
    dice: Floats
    shared_rare: Floats
    left_in_right: Floats
    right_in_left: Floats
    left_known: Floats
    right_known: Floats
    is_partial: bool


def read(text: str, language: str | None = "en") -> Wording:
    """Words and sentences of a text, once, for as many alignments as needed."""
    words = texts.words(text)
    spans = texts.sentences(text, language)
    first = np.searchsorted(words.starts, np.array([start for start, _ in spans], np.int64))
    sentence_words = np.append(first, len(words.forms))
    numbers: dict[str, int] = {}
    word_stems = [numbers.setdefault(form[:STEM_CHARACTERS], len(numbers)) for form in words.forms]
    return Wording(
        text,
        tuple(Span(start, end) for start, end in spans),
        words.starts,
        words.ends,
        words.forms,
        sentence_words,
        list(numbers),
        np.array(word_stems, np.int64),
        _are_quoted(text, words.starts, sentence_words),
        are_boilerplate(text, spans),
    )


def _are_quoted(text: str, starts: Ints, sentence_words: Ints) -> tuple[bool, ...]:
    """Whether most words of each sentence begin inside quotation marks."""
    spans = np.array(quotations(text), np.int64).reshape(-1, 2)
    borders = np.searchsorted(starts, spans.ravel())
    inside = np.zeros(starts.size + 1, np.int64)
    np.add.at(inside, borders[0::2], 1)
    np.add.at(inside, borders[1::2], -1)
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.cumsum(inside))))
    quoted = np.diff(before[sentence_words])
    return tuple((quoted > MIN_QUOTED * np.diff(sentence_words)).tolist())


def pair_up(left: Wording, right: Wording) -> Pair:
    """Number the terms of two wordings in one vocabulary."""
    numbers = {stem: k for k, stem in enumerate(left.stems)}
    of_right = np.array([numbers.setdefault(stem, len(numbers)) for stem in right.stems], np.int64)
    left_terms, right_terms = left.word_stems, of_right[right.word_stems]
    terms = len(numbers)
    counts = np.bincount(left_terms, minlength=terms) + np.bincount(right_terms, minlength=terms)
    return Pair(left, right, left_terms, right_terms, terms, counts / max(1, left_terms.size + right_terms.size))


def _term_table(bounds: Ints, terms: Ints, vocabulary: int) -> tuple[Ints, Ints, Ints]:
    """Distinct (piece, term) with its count; pieces given by their first words."""
    piece = np.repeat(np.arange(bounds.size - 1), np.diff(bounds))
    keys, counts = np.unique(piece * vocabulary + terms[bounds[0] : bounds[-1]], return_counts=True)
    return keys // vocabulary, keys % vocabulary, counts


def resemblance(pair: Pair, left_bounds: Ints, right_bounds: Ints) -> Resemblance:
    """Compare every piece of the left text with every piece of the right one that shares a term with it.

    TF-ISF, the inverse frequency taken over the pieces of both texts. Costs the number of (left, right) occurrences of
    shared terms, never left × right pieces.
    """
    left_piece, left_term, left_count = _term_table(left_bounds, pair.left_terms, pair.terms)
    right_piece, right_term, right_count = _term_table(right_bounds, pair.right_terms, pair.terms)
    lefts, rights = left_bounds.size - 1, right_bounds.size - 1
    in_left = np.bincount(left_term, minlength=pair.terms)
    in_right = np.bincount(right_term, minlength=pair.terms)
    rare_enough = _within_limit(in_left * in_right)
    nats = np.log((lefts + rights) / np.maximum(1, in_left + in_right)) * rare_enough
    left_weight, right_weight = left_count * nats[left_term], right_count * nats[right_term]
    entry, other = _join(left_term, right_term, rare_enough & (in_right > 0), in_right)
    cell = left_piece[entry] * rights + right_piece[other]
    product = left_weight[entry] * right_weight[other]
    cells, dot, shared, shared_nats = _sum_by_cell(cell, lefts * rights, product, nats[left_term[entry]])
    left, right = cells // max(1, rights), cells % max(1, rights)
    left_norm = np.sqrt(_sums(left_piece, left_weight**2, lefts))
    right_norm = np.sqrt(_sums(right_piece, right_weight**2, rights))
    left_size = _sums(left_piece, rare_enough[left_term], lefts)
    right_size = _sums(right_piece, rare_enough[right_term], rights)
    norm = left_norm[left] * right_norm[right]
    left_nats = np.maximum(_sums(left_piece, nats[left_term], lefts), 1e-9)
    right_nats = np.maximum(_sums(right_piece, nats[right_term], rights), 1e-9)
    left_known = _sums(left_piece, (nats * (in_right > 0))[left_term], lefts)
    right_known = _sums(right_piece, (nats * (in_left > 0))[right_term], rights)
    return Resemblance(
        left,
        right,
        np.divide(dot, norm, out=np.zeros_like(dot), where=norm > 0),
        2 * shared / (left_size[left] + right_size[right]),
        shared_nats / max(float(np.log(max(2, lefts + rights) / 2)), 1e-9),
        shared_nats / left_nats[left],
        shared_nats / right_nats[right],
        left_known / left_nats,
        right_known / right_nats,
        not rare_enough.all(),
    )


def _within_limit(products: Ints) -> Flags:
    """Which terms are compared: all, or the rarest ones whose comparisons add up to ``MAX_PRODUCTS``."""
    if products.sum() <= MAX_PRODUCTS:
        return np.ones(products.size, bool)
    order = np.argsort(products, kind="stable")
    kept = np.zeros(products.size, bool)
    kept[order[np.cumsum(products[order]) <= MAX_PRODUCTS]] = True
    return kept


def _join(left_term: Ints, right_term: Ints, wanted: Flags, in_right: Ints) -> tuple[Ints, Ints]:
    """Indexes (left entry, right entry) of all entries of the two term tables with the same wanted term."""
    right_order = np.argsort(right_term, kind="stable")
    first = np.cumsum(in_right) - in_right
    entries = np.flatnonzero(wanted[left_term])
    repeats = in_right[left_term[entries]]
    entry = np.repeat(entries, repeats)
    within = np.arange(entry.size) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return entry, right_order[first[left_term[entry]] + within]


def _sums(cell: Ints, values: Floats | Flags, size: int) -> Floats:
    """Sum of the values of each cell below ``size``."""
    return np.asarray(np.bincount(cell, values, size), np.float64)


def _sum_by_cell(cell: Ints, size: int, first: Floats, second: Floats) -> tuple[Ints, Floats, Floats, Floats]:
    """Cells that occur, in order, and in each the sum of ``first``, the count, and the sum of ``second``."""
    if size > MAX_PRODUCTS:
        cells, cell = np.unique(cell, return_inverse=True)
    else:
        cells = np.arange(size)
    count = np.bincount(cell, minlength=cells.size)
    hit = np.flatnonzero(count)
    return (
        cells[hit],
        _sums(cell, first, cells.size)[hit],
        count[hit].astype(np.float64),
        _sums(cell, second, cells.size)[hit],
    )
