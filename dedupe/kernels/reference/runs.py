"""Runs of words that two texts have in common, and seeds of passages that lie close together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from dedupe.arrays import I64


def shared_runs(left: I64, right: I64, terms: int, run: int, most: int) -> tuple[I64, I64]:
    """See ``Backend.shared_runs``. Looks at no word that the other text lacks."""
    of_left, of_right = _may_be_shared(left, right, terms, run)
    first_places: dict[bytes, int] = {}
    for place in of_right.tolist():
        first_places.setdefault(right[place : place + run].tobytes(), place)
    found = [(k, first_places.get(left[k : k + run].tobytes(), -1)) for k in of_left.tolist()]
    shared = np.array([pair for pair in found if pair[1] >= 0][:most], np.int64).reshape(-1, 2)
    return shared[:, 0], shared[:, 1]


def _may_be_shared(left: I64, right: I64, terms: int, run: int) -> tuple[I64, I64]:
    """The first words of the runs of either text all of whose terms the other one has."""
    found = []
    for own, other in ((left, right), (right, left)):
        is_known = np.zeros(terms, bool)
        is_known[other] = True
        known = np.concatenate((np.zeros(1, np.int64), np.cumsum(is_known[own])))
        found.append(np.flatnonzero(known[run:] - known[:-run] == run))
    return found[0], found[1]


def join_seeds(seeds: I64, gap: int) -> I64:
    """See ``Backend.join_seeds``. Splits the seeds along one text after the other."""
    joined = [
        (*(members[:, 0].min(), members[:, 1].max()), *(members[:, 2].min(), members[:, 3].max()))
        for members in _split_at_gaps(seeds, gap)
    ]
    return np.array(joined, np.int64).reshape(-1, 4)


def _split_at_gaps(seeds: I64, gap: int) -> Iterator[I64]:
    """Groups of seeds in which no gap is wider than ``gap`` words in either text.

    A split along one text may open new gaps in the other, so the two texts take turns until a group is split in
    neither.
    """
    todo = [(seeds, 0, False)]
    while todo:
        within, side, is_whole_on_other_side = todo.pop()
        within = within[np.argsort(within[:, 2 * side], kind="stable")]
        starts, ends = within[:, 2 * side], np.maximum.accumulate(within[:, 2 * side + 1])
        breaks = (np.flatnonzero(starts[1:] - ends[:-1] > gap) + 1).tolist()
        if breaks or not is_whole_on_other_side:
            cuts = pairwise([0, *breaks, len(within)])
            todo.extend((within[first:last], 1 - side, not breaks) for first, last in cuts if first < last)
        else:
            yield within
