"""Compare the pieces of one text with the pieces of another by the terms they share.

A *piece* is a sentence, or a part of a very long one (``dedupe.alignment.passages.pieces``). Terms are weighted by
TF-ISF: the term frequency in a piece times the inverse *sentence* frequency, taken over the pieces of both texts. The
*information* of a set of terms is the sum of their inverse sentence frequencies, in nats. The search for passages and
the matching of sentences both start from these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.alignment.tokenized import TextPair
from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import ranges

MAX_PRODUCTS = 4_000_000
"""Limit on the (left, right) occurrences of shared terms that are compared, which takes about 0.5 s and 300 MB. Beyond
it the most frequent terms are ignored."""


NO_NATS = 1e-9
"""As good as no information; divisors are at least so large."""


@dataclass(frozen=True, slots=True)
class PieceSimilarity:
    """What the pieces of two texts have in common.

    One element a pair of pieces that share a term, ordered by the left piece, then by the right one:

    ``left``, ``right``: int64[pairs], the numbers of the two pieces.
    ``cosine``: float64[pairs], 0 to 1, the cosine of their TF-ISF vectors.
    ``dice``: float64[pairs], 0 to 1, the Dice coefficient of their sets of terms.
    ``shared_rare``: float64[pairs], the information of the terms they share. The unit is the information of one term
    that stands in a single piece of each text, so that 2.0 is worth two such rare terms.
    ``shared_full``: float64[pairs], how many terms they share that are not just short words.
    ``shared_plain_terms``: float64[pairs], how many plain terms they share.
    ``shared_plain_rare``: float64[pairs], the information of the plain terms they share, in the unit of
    ``shared_rare``.
    ``shared_plain``: float64[pairs], 0 to 1, how many plain terms they share, as a share of those of the piece that has
    fewer; 0 where one has none. ``TextPair`` says what plain and short words are.
    ``left_in_right``, ``right_in_left``: float64[pairs], 0 to 1, the share of the left (right) piece's information
    whose terms also stand in the other piece; where no term has information, as in texts of one sentence, the share of
    the terms.

    One element a piece:

    ``left_known``: float64[left pieces], 0 to 1, the share of a left piece's information whose terms stand anywhere in
    the right text. ``right_known``: the same for the right pieces.

    ``is_partial``: frequent terms were ignored to stay within ``MAX_PRODUCTS``.
    """

    left: I64
    right: I64
    cosine: F64
    dice: F64
    shared_rare: F64
    shared_full: F64
    shared_plain_terms: F64
    shared_plain_rare: F64
    shared_plain: F64
    left_in_right: F64
    right_in_left: F64
    left_known: F64
    right_known: F64
    is_partial: bool


def _term_table(bounds: I64, terms: I64, vocabulary: int) -> tuple[I64, I64, I64]:
    """The distinct (piece, term) of a text, in order, with their counts. ``bounds`` are the pieces' first words."""
    piece = np.repeat(np.arange(bounds.size - 1), np.diff(bounds))
    keys, counts = np.unique(piece * vocabulary + terms[bounds[0] : bounds[-1]], return_counts=True)
    return keys // vocabulary, keys % vocabulary, counts


def compare_pieces(pair: TextPair, left_bounds: I64, right_bounds: I64) -> PieceSimilarity:
    """Compare every piece of the left text with every piece of the right one that shares a term with it.

    ``left_bounds`` is int64[left pieces + 1]: the first word of every piece, then the number of words of the text;
    ``right_bounds`` likewise. The cost grows with the (left, right) occurrences of shared terms, not with left × right
    pieces.
    """
    left_piece, left_term, left_count = _term_table(left_bounds, pair.left_terms, pair.terms)
    right_piece, right_term, right_count = _term_table(right_bounds, pair.right_terms, pair.terms)
    lefts, rights = left_bounds.size - 1, right_bounds.size - 1
    in_left = np.bincount(left_term, minlength=pair.terms)
    in_right = np.bincount(right_term, minlength=pair.terms)
    rare_enough = _within_limit(in_left * in_right)
    nats = np.log((lefts + rights) / np.maximum(1, in_left + in_right)) * rare_enough
    left_weight, right_weight = left_count * nats[left_term], right_count * nats[right_term]
    left_row, right_row = _join(left_term, right_term, rare_enough & (in_right > 0), in_right)
    cell = left_piece[left_row] * rights + right_piece[right_row]
    product = left_weight[left_row] * right_weight[right_row]
    shared_term = left_term[left_row]
    cells, cell = _number_cells(cell, lefts * rights)
    of_term = nats, pair.full, pair.plain, pair.plain * nats
    dot, shared, shared_nats, shared_full, shared_plain, shared_plain_nats = (
        _sums(cell, values, cells.size)
        for values in (product, np.ones(cell.size), *(values[shared_term] for values in of_term))
    )
    left, right = cells // max(1, rights), cells % max(1, rights)
    left_norm = np.sqrt(_sums(left_piece, left_weight**2, lefts))
    right_norm = np.sqrt(_sums(right_piece, right_weight**2, rights))
    left_size = _sums(left_piece, rare_enough[left_term], lefts)
    right_size = _sums(right_piece, rare_enough[right_term], rights)
    rare_nats = max(float(np.log(max(2, lefts + rights) / 2)), NO_NATS)
    norm = left_norm[left] * right_norm[right]
    left_plain = _sums(left_piece, (pair.plain & rare_enough)[left_term], lefts)
    right_plain = _sums(right_piece, (pair.plain & rare_enough)[right_term], rights)
    left_nats = np.maximum(_sums(left_piece, nats[left_term], lefts), NO_NATS)
    right_nats = np.maximum(_sums(right_piece, nats[right_term], rights), NO_NATS)
    left_known = _sums(left_piece, (nats * (in_right > 0))[left_term], lefts)
    right_known = _sums(right_piece, (nats * (in_left > 0))[right_term], rights)
    return PieceSimilarity(
        left,
        right,
        np.divide(dot, norm, out=np.zeros_like(dot), where=norm > 0),
        2 * shared / (left_size[left] + right_size[right]),
        shared_nats / rare_nats,
        shared_full,
        shared_plain,
        shared_plain_nats / rare_nats,
        shared_plain / np.maximum(1, np.minimum(left_plain[left], right_plain[right])),
        np.where(left_nats[left] > NO_NATS, shared_nats / left_nats[left], shared / left_size[left]),
        np.where(right_nats[right] > NO_NATS, shared_nats / right_nats[right], shared / right_size[right]),
        left_known / left_nats,
        right_known / right_nats,
        not rare_enough.all(),
    )


def _within_limit(products: I64) -> Bools:
    """Which terms are compared: all, or the rarest ones whose ``products`` add up to at most ``MAX_PRODUCTS``."""
    if products.sum() <= MAX_PRODUCTS:
        return np.ones(products.size, bool)
    order = np.argsort(products, kind="stable")
    kept = np.zeros(products.size, bool)
    kept[order[np.cumsum(products[order]) <= MAX_PRODUCTS]] = True
    return kept


def _join(left_term: I64, right_term: I64, wanted: Bools, in_right: I64) -> tuple[I64, I64]:
    """All (left row, right row) of the two term tables that have the same wanted term.

    ``wanted`` and ``in_right`` have one element a term: whether it is compared, and its rows in the right table.
    """
    right_order = np.argsort(right_term, kind="stable")
    first = np.cumsum(in_right) - in_right
    left_rows = np.flatnonzero(wanted[left_term])
    term = left_term[left_rows]
    return np.repeat(left_rows, in_right[term]), right_order[ranges(first[term], in_right[term])]


def _sums(cell: I64, values: F64 | Bools, size: int) -> F64:
    """The sum of the values of each cell, float64[size]."""
    return np.asarray(np.bincount(cell, values, size), np.float64)


def _number_cells(cell: I64, size: int) -> tuple[I64, I64]:
    """The cells that occur, in order, and for each element of ``cell``, each below ``size``, which of them it is."""
    if size > MAX_PRODUCTS:  # too many cells for one array of them all
        return np.unique(cell, return_inverse=True)
    occurs = np.zeros(size, bool)
    occurs[cell] = True
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[cell]
