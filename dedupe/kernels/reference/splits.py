"""Splits of a group of texts in two. All sums are taken one summand after the other, from the first to the last."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels.records import MIN_GAIN


def _sum_in_order(summands: F64) -> F64:
    """Sum along the last axis, from the first summand to the last; ``np.sum`` adds them in another order."""
    return summands.cumsum(axis=-1)[..., -1] if summands.shape[-1] else np.zeros(summands.shape[:-1])


def improve_split(
    side: Bools,
    has: I64,
    holders: I64,
    weights: F64,
    odds: F64,
    tables: F64,
    filled: Bools,
    pair_weight: float,
    level: float,
    moves: int,
) -> tuple[int, float, bool]:
    """See ``Backend.improve_split``. Computes the gains of all moves at once: first those to the second side, then
    those from it."""
    texts = side.size
    text_of, term_of = np.nonzero(has)
    total = _sum_in_order(odds)
    while True:
        size, inside = int(side.sum()), has[side].sum(axis=0)
        if not filled[max(1, size - 1) : min(texts - 1, size + 1) + 1].all():
            return moves, 0.0, False
        if moves == 0:
            break
        to_second = _sum_in_order(odds * side)
        gain = np.full(texts, -np.inf)
        for step, movable in ((1, ~side), (-1, side)):
            if 0 < size + step < texts:
                pairs = (size + step) * (texts - size - step) - size * (texts - size)
                across = step * (total - 2 * to_second)
                # If all texts on the side that loses one have a term, its count cannot stay. What is looked up for it
                # cancels out, because every text that may move has the term; clipping keeps the look-up in the table.
                least, most = np.maximum(0, holders - (texts - size - step)), np.minimum(size + step, holders)
                stays = tables[size + step, np.clip(inside, least, most), holders]
                goes = tables[size + step, np.clip(inside + step, least, most), holders]
                if_no_term_moves = float(_sum_in_order((stays - tables[size, inside, holders]) * weights))
                of_terms = np.bincount(text_of, ((goes - stays) * weights)[term_of], minlength=texts)
                change = if_no_term_moves + of_terms - pair_weight * (across - level * pairs)
                gain[movable] = change[movable]
        best = int(np.argmax(gain))
        if gain[best] <= MIN_GAIN:
            break
        side[best] = not side[best]
        moves -= 1
    evidence = float(_sum_in_order(tables[size, inside, holders] * weights))
    crossing = float(_sum_in_order((odds * (side[:, None] & ~side)).ravel()))
    return moves, evidence - pair_weight * (crossing - level * size * (texts - size)), True
