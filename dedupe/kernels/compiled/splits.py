"""Splits of a group of texts in two."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels.compiled import native


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
    """See ``Backend.improve_split``. Computes the gains of all moves, one after the other."""
    left, score = np.array([moves], np.int64), np.empty(1)
    group = (np.ascontiguousarray(has), holders, weights, np.ascontiguousarray(odds), tables, filled)
    done = native.improve_split(side, *group, pair_weight, level, left, score)
    return int(left[0]), float(score[0]), bool(done)
