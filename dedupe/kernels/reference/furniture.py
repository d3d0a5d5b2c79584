"""Runs of words that are repeated, found by sorting the hashes of all runs."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U64, Bools
from dedupe.kernels.ragged import run_starts
from dedupe.kernels.records import RUN_BASE


def repeated_runs(words: U64, offsets: I64, owner: I64, run: int) -> Bools:
    """See ``Backend.repeated_runs``. A run is repeated if the first and the last row with its hash differ."""
    repeated = np.zeros(words.size, bool)
    row = np.repeat(np.arange(owner.size), np.diff(offsets))
    first, last = row[: row.size - run + 1], row[run - 1 :]
    has_others = np.bincount(owner, minlength=1)[owner] > 1
    start = np.flatnonzero((first == last) & has_others[first]) if row.size >= run else np.zeros(0, np.int64)
    key = np.zeros(start.size, np.uint64)
    for place in range(run):
        key = key * RUN_BASE + words[start + place]
    of_start = owner[row[start]]
    order = np.lexsort((key, of_start))
    key, start, of_start = key[order], start[order], of_start[order]
    of_key = run_starts(of_start, key)
    sizes = np.diff(of_key, append=key.size)
    differs = row[start[of_key]] != row[start[of_key + sizes - 1]]
    marked = start[np.repeat(differs, sizes)]
    for place in range(run):
        repeated[marked + place] = True
    return repeated
