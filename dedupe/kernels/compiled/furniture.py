"""Runs of words that are repeated, found owner by owner: with bitmaps, and a hash table for the few that remain."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U64, Bools
from dedupe.kernels.compiled import native


def repeated_runs(words: U64, offsets: I64, owner: I64, group: I64, run: int, least: int) -> Bools:
    """See ``Backend.repeated_runs``. Most runs occur once, which a bitmap shows that fits into the cache."""
    bounds = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(owner, minlength=1))))
    repeated = np.empty(words.size, np.bool_)
    native.repeated_runs(words, offsets, np.lexsort((group, owner)), bounds, group, run, least, repeated)
    return repeated
