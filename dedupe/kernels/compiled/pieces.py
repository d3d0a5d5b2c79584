"""What the pieces of two texts share."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64, U64, Bools
from dedupe.kernels.compiled import native
from dedupe.kernels.records import PIECE_MEASURES, ComparedPieces, PieceRules


def compare_pieces(
    left_bounds: I64, left: I64, right_bounds: I64, right: I64, kinds: tuple[Bools, Bools], nats: F64, rules: PieceRules
) -> ComparedPieces:
    """See ``Backend.compare_pieces``. Adds up what one left piece shares with every right one, term by term."""
    lefts, rights = left_bounds.size - 1, right_bounds.size - 1
    room = min(lefts * rights, rules.most_products)
    pairs, measures = np.empty((2, room), np.int64), np.empty((PIECE_MEASURES, room))
    of_left, of_right = np.empty((2, lefts)), np.empty((2, rights))
    is_partial = np.empty(1, bool)
    least = np.array([rules.least_cosine, rules.least_dice, rules.least_held])
    found = native.compare_pieces(
        left_bounds,
        left,
        right_bounds,
        right,
        *kinds,
        nats,
        rules.unit_nats,
        rules.no_nats,
        rules.most_products,
        least,
        pairs,
        measures,
        of_left,
        of_right,
        is_partial,
    )
    return ComparedPieces(pairs[:, :found], measures[:, :found], of_left, of_right, bool(is_partial[0]))


def number_keys(own: U64, other: U64) -> tuple[I64, int]:
    """See ``Backend.number_keys``. Looks the keys up in a hash table."""
    numbers = np.empty(other.size, np.int64)
    count = native.number_keys(own, other, numbers)
    return numbers, count
