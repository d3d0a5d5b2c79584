"""Runs of words that two texts have in common, and seeds of passages that lie close together."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64
from dedupe.kernels.compiled import native


def shared_runs(left: I64, right: I64, terms: int, run: int, most: int) -> tuple[I64, I64]:
    """See ``Backend.shared_runs``. Looks the runs of the left text up in a table of those of the right one."""
    room = min(most, left.size)
    lefts, rights = np.empty(room, np.int64), np.empty(room, np.int64)
    found = native.shared_runs(left, right, terms, run, lefts, rights)
    return lefts[:found], rights[:found]


def join_seeds(seeds: I64, gap: int) -> I64:
    """See ``Backend.join_seeds``. Splits the seeds along one text after the other."""
    joined = np.empty_like(seeds)
    return joined[: native.join_seeds(seeds, gap, joined)]
