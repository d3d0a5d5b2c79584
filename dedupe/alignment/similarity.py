"""How much the pieces of two texts have in common, by TF-ISF (inverse *sentence* frequency)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.alignment.tokenized import TextPair
from dedupe.arrays import F64, I64, Bools

MAX_PRODUCTS = 4_000_000
"""Limit on term-by-term comparisons, rarest terms first, about 0.5 s and 300 MB; beyond it frequent terms are
ignored."""


@dataclass(frozen=True, slots=True)
class PieceSimilarity:
    """Pairs of pieces that share a term, ordered by left, then right piece: indexes of both, cosine of TF-ISF, Dice of
    terms, information of the shared terms, counted in words that occur once in either text, and its share of the
    information of either piece. Then for each left and right piece the share of its information that is known anywhere
    in the other text; and whether frequent terms were ignored to stay within the limit."""

    left: I64
    right: I64
    cosine: F64
    dice: F64
    shared_rare: F64
    left_in_right: F64
    right_in_left: F64
    left_known: F64
    right_known: F64
    is_partial: bool


def _term_table(bounds: I64, terms: I64, vocabulary: int) -> tuple[I64, I64, I64]:
    """Distinct (piece, term) with its count; pieces given by their first words."""
    piece = np.repeat(np.arange(bounds.size - 1), np.diff(bounds))
    keys, counts = np.unique(piece * vocabulary + terms[bounds[0] : bounds[-1]], return_counts=True)
    return keys // vocabulary, keys % vocabulary, counts


def compare_pieces(pair: TextPair, left_bounds: I64, right_bounds: I64) -> PieceSimilarity:
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
    return PieceSimilarity(
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


def _within_limit(products: I64) -> Bools:
    """Which terms are compared: all, or the rarest ones whose comparisons add up to ``MAX_PRODUCTS``."""
    if products.sum() <= MAX_PRODUCTS:
        return np.ones(products.size, bool)
    order = np.argsort(products, kind="stable")
    kept = np.zeros(products.size, bool)
    kept[order[np.cumsum(products[order]) <= MAX_PRODUCTS]] = True
    return kept


def _join(left_term: I64, right_term: I64, wanted: Bools, in_right: I64) -> tuple[I64, I64]:
    """Indexes (left entry, right entry) of all entries of the two term tables with the same wanted term."""
    right_order = np.argsort(right_term, kind="stable")
    first = np.cumsum(in_right) - in_right
    entries = np.flatnonzero(wanted[left_term])
    repeats = in_right[left_term[entries]]
    entry = np.repeat(entries, repeats)
    within = np.arange(entry.size) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return entry, right_order[first[left_term[entry]] + within]


def _sums(cell: I64, values: F64 | Bools, size: int) -> F64:
    """Sum of the values of each cell below ``size``."""
    return np.asarray(np.bincount(cell, values, size), np.float64)


def _sum_by_cell(cell: I64, size: int, first: F64, second: F64) -> tuple[I64, F64, F64, F64]:
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
