"""Groups that are joined by a linear model of what they have in common, with linked lists and a heap."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels.compiled import native
from dedupe.kernels.records import Joined


def join_groups(
    left: I64,
    right: I64,
    values: F64,
    shares: F64,
    day: F64,
    weights: F64,
    intercept: float,
    limits: tuple[float, float, float],
) -> Joined:
    """See ``Backend.join_groups``. Groups that join also join their links in place, so that memory is needed only for
    the links and the heap."""
    rows, features = day.size, weights.size
    found = Joined(
        np.empty((rows, 2), np.int64), np.empty((rows, features)), np.empty(rows, np.int64), np.empty((rows, features))
    )
    # The kernel adds up the values of groups in a copy.
    count = native.join_groups(left, right, values.copy(), shares, day, weights, intercept, *limits, *found)
    return found._replace(joins=found.joins[:count], measured=found.measured[:count])
