"""The segment of a row of numbers with the largest sum."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64


def best_segment(nats: F64, borders: F64) -> tuple[int, int, float]:
    """The non-empty segment [start, end) of ``nats`` with the largest sum, and that sum.

    The sum includes the bonus ``borders[start] + borders[end]``; ``borders`` has one element more than ``nats``. Of
    equal segments it is that with the first end, then that with the first start.
    """
    total = np.concatenate((np.zeros(1), np.cumsum(nats)))
    cost = total[:-1] - borders[:-1]
    gain = total[1:] + borders[1:] - np.minimum.accumulate(cost)
    end = int(np.argmax(gain))
    return int(np.argmin(cost[: end + 1])), end + 1, float(gain[end])
