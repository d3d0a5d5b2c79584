"""Runs of words that are repeated, found by sorting the hashes of all runs."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U64, Bools
from dedupe.kernels.ragged import run_starts
from dedupe.kernels.records import RUN_BASE


def repeated_runs(words: U64, offsets: I64, owner: I64, group: I64, run: int, least: int) -> Bools:
    """See ``Backend.repeated_runs``. After sorting, the groups that have a run stand next to each other."""
    repeated = np.zeros(words.size, bool)
    row = np.repeat(np.arange(owner.size), np.diff(offsets))
    first, last = row[: row.size - run + 1], row[run - 1 :]
    has_enough = np.bincount(owner, minlength=1)[owner] >= least
    start = np.flatnonzero((first == last) & has_enough[first]) if row.size >= run else np.zeros(0, np.int64)
    key = np.zeros(start.size, np.uint64)
    for place in range(run):
        key = key * RUN_BASE + words[start + place]
    of_start, group_of_start = owner[row[start]], group[row[start]]
    order = np.lexsort((group_of_start, key, of_start))
    key, start, of_start, group_of_start = key[order], start[order], of_start[order], group_of_start[order]
    of_key = run_starts(of_start, key)
    of_group = run_starts(of_start, key, group_of_start)
    sizes = np.diff(of_key, append=key.size)
    groups = np.diff(np.searchsorted(of_group, of_key), append=of_group.size)
    marked = start[np.repeat(groups >= least, sizes)]
    for place in range(run):
        repeated[marked + place] = True
    return repeated
