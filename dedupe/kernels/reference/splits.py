"""NumPy kernels that part texts in two; ``_numpy.py`` hands them on with the others.

``has``: int64[texts, terms], 1 where a text has a term; ``holders``: int64[terms], how many have it; ``weights`` of the
evidence of terms, float64[terms]; ``odds`` of pairs, float64[texts, texts], symmetric, 0 on the diagonal; ``tables``:
float64[size, inside, holders], the evidence of a term that so many texts have, so many of them among those on a side of
that size. A division is worth its weighted evidence − ``pair_weight`` × Σ across of (odds − ``level``). Sums are taken
one summand after the other, so both twins find the same division.
"""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels.contract import LEAST_GAIN


def _added(summands: F64) -> F64:
    """Sum along the last axis, from the first to the last."""
    return summands.cumsum(axis=-1)[..., -1] if summands.shape[-1] else np.zeros(summands.shape[:-1])


def score_all_splits(
    has: I64, holders: I64, weights: F64, odds: F64, tables: F64, pair_weight: float, level: float
) -> F64:
    """What every division is worth, float64[2^(texts - 1) - 1]: at place i that whose second side holds the texts whose
    bits are set in i + 1. The last text is on the first side."""
    texts = odds.shape[0]
    sides = (np.arange(1, 2 ** (texts - 1))[:, None] >> np.arange(texts)) & 1
    size = sides.sum(axis=1)
    gain = _added(tables[size[:, None], sides @ has, holders[None, :]] * weights)
    apart = sides[:, :, None] * (1 - sides)[:, None, :]
    across = _added((apart * odds).reshape(size.size, -1))
    worth: F64 = gain - pair_weight * (across - level * size * (texts - size))
    return worth


def improve_split(
    side: Bools,
    has: I64,
    holders: I64,
    weights: F64,
    odds: F64,
    tables: F64,
    known: Bools,
    pair_weight: float,
    level: float,
    moves: int,
) -> tuple[int, float, bool]:
    """Move the one text that gains most to the other side, until none gains or so many moves are made (Kernighan & Lin
    1970): ``side``, bool[texts], is changed in place.

    Gives the moves that are left, what the division is worth, and True; or, with False, where it needs the tables of
    sizes that are not ``known``, bool[sizes], yet: those up to one away from its own, but no empty side's.
    """
    texts = side.size
    text_of, term_of = np.nonzero(has)
    total = _added(odds)
    while True:
        size, inside = int(side.sum()), has[side].sum(axis=0)
        if not known[max(1, size - 1) : min(texts - 1, size + 1) + 1].all():
            return moves, 0.0, False
        if moves == 0:
            break
        to_second = _added(odds * side)
        gain = np.full(texts, -np.inf)
        for step, movable in ((1, ~side), (-1, side)):
            if 0 < size + step < texts:
                pairs = (size + step) * (texts - size - step) - size * (texts - size)
                across = step * (total - 2 * to_second)
                # A term that all texts of the side left behind have cannot stay as it is; the clip keeps the bounds.
                least, most = np.maximum(0, holders - (texts - size - step)), np.minimum(size + step, holders)
                stays = tables[size + step, np.clip(inside, least, most), holders]
                goes = tables[size + step, np.clip(inside + step, least, most), holders]
                kept = float(_added((stays - tables[size, inside, holders]) * weights))
                moved = kept + np.bincount(text_of, ((goes - stays) * weights)[term_of], minlength=texts)
                change = moved - pair_weight * (across - level * pairs)
                gain[movable] = change[movable]
        best = int(np.argmax(gain))
        if gain[best] <= LEAST_GAIN:
            break
        side[best] = not side[best]
        moves -= 1
    gained = float(_added(tables[size, inside, holders] * weights))
    crossing = float(_added((odds * (side[:, None] & ~side)).ravel()))
    return moves, gained - pair_weight * (crossing - level * size * (texts - size)), True
