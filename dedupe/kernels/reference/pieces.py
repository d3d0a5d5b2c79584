"""What the pieces of two texts share."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64, U64, Bools
from dedupe.kernels.ragged import ranges
from dedupe.kernels.records import ComparedPieces, PieceRules


def compare_pieces(
    left_bounds: I64, left: I64, right_bounds: I64, right: I64, kinds: tuple[Bools, Bools], nats: F64, rules: PieceRules
) -> ComparedPieces:
    """See ``Backend.compare_pieces``. Joins the terms of all left pieces with those of all right ones at once."""
    plain, full = kinds
    left_piece, left_term, left_count = _term_table(left_bounds, left, plain.size)
    right_piece, right_term, right_count = _term_table(right_bounds, right, plain.size)
    lefts, rights = left_bounds.size - 1, right_bounds.size - 1
    in_left, in_right = (np.bincount(term, minlength=plain.size) for term in (left_term, right_term))
    compared = _within_limit(in_left * in_right, rules.most_products)
    nats = nats[in_left + in_right] * compared
    left_weight, right_weight = left_count * nats[left_term], right_count * nats[right_term]
    left_row, right_row = _join(left_term, right_term, compared & (in_right > 0), in_right)
    cells, cell = np.unique(left_piece[left_row] * rights + right_piece[right_row], return_inverse=True)
    shared_term = left_term[left_row]
    dot = _sums(cell, left_weight[left_row] * right_weight[right_row], cells.size)
    of_term = np.ones(plain.size), nats, full, plain, plain * nats
    shared, shared_nats, shared_full, shared_plain, shared_plain_nats = (
        _sums(cell, values[shared_term], cells.size) for values in of_term
    )
    i, j = cells // max(1, rights), cells % max(1, rights)
    left_norm = np.sqrt(_sums(left_piece, left_weight**2, lefts))
    right_norm = np.sqrt(_sums(right_piece, right_weight**2, rights))
    left_size, right_size = (
        _sums(left_piece, compared[left_term], lefts),
        _sums(right_piece, compared[right_term], rights),
    )
    left_plain = _sums(left_piece, (plain & compared)[left_term], lefts)
    right_plain = _sums(right_piece, (plain & compared)[right_term], rights)
    left_nats = np.maximum(_sums(left_piece, nats[left_term], lefts), rules.no_nats)
    right_nats = np.maximum(_sums(right_piece, nats[right_term], rights), rules.no_nats)
    norm = left_norm[i] * right_norm[j]
    measures = np.stack(
        (
            np.divide(dot, norm, out=np.zeros_like(dot), where=norm > 0),
            2 * shared / (left_size[i] + right_size[j]),
            shared_nats / rules.unit_nats,
            shared_full,
            shared_plain,
            shared_plain_nats / rules.unit_nats,
            shared_plain / np.maximum(1, np.minimum(left_plain[i], right_plain[j])),
            np.where(left_nats[i] > rules.no_nats, shared_nats / left_nats[i], shared / left_size[i]),
            np.where(right_nats[j] > rules.no_nats, shared_nats / right_nats[j], shared / right_size[j]),
        )
    )
    cosine, dice, *_, in_right_share, in_left_share = measures
    kept = (cosine >= rules.least_cosine) | (dice >= rules.least_dice)
    kept |= (in_right_share >= rules.least_held) | (in_left_share >= rules.least_held)
    return ComparedPieces(
        np.stack((i, j))[:, kept],
        measures[:, kept],
        np.stack((_sums(left_piece, (nats * (in_right > 0))[left_term], lefts) / left_nats, _best(i, cosine, lefts))),
        np.stack(
            (_sums(right_piece, (nats * (in_left > 0))[right_term], rights) / right_nats, _best(j, cosine, rights))
        ),
        not compared.all(),
    )


def number_keys(own: U64, other: U64) -> tuple[I64, int]:
    """See ``Backend.number_keys``. Searches the keys in their order."""
    order = np.argsort(own)
    if own.size:
        place = order[np.minimum(np.searchsorted(own, other, sorter=order), own.size - 1)]
        is_new = own[place] != other
    else:
        place, is_new = np.zeros(other.size, np.int64), np.ones(other.size, bool)
    count = own.size + int(np.count_nonzero(is_new))
    place[is_new] = np.arange(own.size, count)
    return place, count


def _term_table(bounds: I64, terms: I64, vocabulary: int) -> tuple[I64, I64, I64]:
    """The distinct (piece, term) of a text, in order, with their counts. ``bounds`` are the pieces' first words."""
    piece = np.repeat(np.arange(bounds.size - 1), np.diff(bounds))
    keys, counts = np.unique(piece * vocabulary + terms[bounds[0] : bounds[-1]], return_counts=True)
    return keys // max(1, vocabulary), keys % max(1, vocabulary), counts


def _within_limit(products: I64, most: int) -> Bools:
    """Which terms are compared: all, or the rarest ones whose ``products`` add up to at most ``most``."""
    if products.sum() <= most:
        return np.ones(products.size, bool)
    order = np.argsort(products, kind="stable")
    kept = np.zeros(products.size, bool)
    kept[order[np.cumsum(products[order]) <= most]] = True
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


def _best(piece: I64, cosine: F64, size: int) -> F64:
    """The highest cosine of each piece, 0.0 where it shares no term."""
    best = np.zeros(size)
    np.maximum.at(best, piece, cosine)
    return best
