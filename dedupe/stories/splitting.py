"""Groups of articles are looked at by themselves, and split in two where their words speak of two events.

Joining compares articles with all others of a collection. Two events of one kind, such as two summits in one city, may
still end in one group, because they are more alike than anything around them. So every group is measured once more
among its own texts (``inner_similarity``). Its best split is searched for and weighed against leaving it whole; the
sides are judged in turn. Groups of two texts stay as they were joined: nothing is left to compare them with.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, Compute, run_starts
from dedupe.kernels.ragged import ragged_offsets
from dedupe.stories.inner_similarity import InnerPairs, measure_inner
from dedupe.stories.joining import Weight
from dedupe.stories.split_search import (
    MOST_SEARCHED,
    NAME,
    NUMBER,
    OTHER,
    SharedTerms,
    SplitWeights,
    find_best_split,
    group_terms,
    shared_terms,
)
from dedupe.text.terms import Terms

LEAST_TEXTS = 3
"""Groups of fewer texts are not judged again."""

TEXTS_AT_ONCE = 4_000
"""About so many texts are measured at once, because each needs some tens of kilobytes then. It changes no result."""


class SplitModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the splits of a group are searched and judged.

    ``pair_intercept`` and ``pairs``: the log-odds of one event for two texts of a group, over the columns of
    ``inner_similarity.measure_inner``; they are clipped to ±``clip``, so that no single pair decides. ``search``: how a
    split is scored. ``intercept``, ``words`` and ``texts`` turn the score of the best split into log-odds of two
    events: ``words`` is the weight of the mean logarithm of the words of a text, ``texts`` that of the logarithm of the
    texts, and ``side`` is added for a group that is one side of an earlier split, whose texts were chosen for being
    alike.
    """

    clip: float
    pair_intercept: float
    pairs: tuple[Weight, ...]
    search: SplitWeights
    intercept: float
    words: float
    texts: float
    side: float

    def pair_log_odds(self, inner: InnerPairs) -> F64:
        """Log-odds of one event of all pairs inside groups: float64[pairs]."""
        total = np.full(inner.left.size, self.pair_intercept)
        for feature in self.pairs:
            total += feature.weight * inner.columns[feature.name]
        clipped: F64 = np.clip(total, -self.clip, self.clip)
        return clipped


@dataclass(frozen=True, slots=True)
class Split:
    """The best split of a group, and how it was judged.

    ``smaller`` and ``larger``: the rows on either side. ``contributions``: what speaks for two events (+) and for one
    (-), in log-odds; ``log_odds`` is their sum.
    """

    smaller: I64
    larger: I64
    contributions: Mapping[str, float]

    @property
    def log_odds(self) -> float:
        """Log-odds that the group reports two events, divided in this way."""
        return sum(self.contributions.values())


@dataclass(frozen=True, slots=True)
class SplitGroups:
    """Groups after they were split.

    ``labels``: group of each row, int64[rows], numbered from 0 in the order of first members. ``refused``: for each
    group of LEAST_TEXTS or more, by number, its best split, which was refused. ``made``: the splits that were made.
    """

    labels: I64
    refused: Mapping[int, Split]
    made: tuple[Split, ...]


def split_groups(
    words: Terms,
    labels: I64,
    day: F64,
    model: SplitModel,
    limits: tuple[float, float] = (0.5, math.inf),
    compute: Compute = SERIAL,
) -> SplitGroups:
    """Split groups of articles in two for as long as one event is less likely than ``limits[0]``.

    ``labels``: the first member of each row's group, int64[rows]. ``day``: of each row, float64[rows], NaN if unknown;
    more than ``limits[1]`` days between two count as that many.
    """
    least_probability, far_days = limits
    least = math.log(least_probability / (1 - least_probability))
    labels, refused, made = labels.copy(), {}, []
    waiting = _to_judge(members_of(labels))
    # First members of the sides of splits of two texts or more from two or more: they were chosen for being alike. What
    # is left when a single stray text was taken off was not.
    chosen: set[int] = set()
    while waiting:
        sides: list[I64] = []
        for rows, odds in _measured_in_batches(words, waiting, day, far_days, model, compute):
            split = best_split(words, rows, odds, model, int(rows[0]) in chosen, compute)
            if -split.log_odds < least:
                made.append(split)
                own = (split.smaller, split.larger)
                sides += own
                if split.smaller.size > 1:
                    chosen.update(int(side[0]) for side in own)
                for side in own:
                    labels[side] = side[0]
            else:
                refused[int(rows[0])] = split
        waiting = _to_judge(sides)
    first, numbers = np.unique(labels, return_inverse=True)
    number_of = dict(zip(first.tolist(), range(first.size), strict=True))
    by_number = {number_of[label]: split for label, split in refused.items()}
    return SplitGroups(numbers.astype(np.int64), by_number, tuple(made))


def members_of(labels: I64) -> list[I64]:
    """The rows of each group, ascending, in the order of the ``labels``, int64[rows]."""
    by_label = np.argsort(labels, kind="stable")
    return np.split(by_label, np.flatnonzero(np.diff(labels[by_label])) + 1)


def _to_judge(groups: list[I64]) -> list[I64]:
    return [rows for rows in groups if LEAST_TEXTS <= rows.size <= MOST_SEARCHED]


def _measured_in_batches(
    words: Terms, groups: list[I64], day: F64, far_days: float, model: SplitModel, compute: Compute
) -> Iterator[tuple[I64, F64]]:
    """``_measured`` for about TEXTS_AT_ONCE texts after the other. No group changes what is measured of another."""
    batch = np.cumsum([rows.size for rows in groups]) // TEXTS_AT_ONCE
    for begin, end in itertools.pairwise([*run_starts(batch).tolist(), len(groups)]):
        yield from _measured(words, groups[begin:end], day, far_days, model, compute)


def _measured(
    words: Terms, groups: list[I64], day: F64, far_days: float, model: SplitModel, compute: Compute
) -> Iterator[tuple[I64, F64]]:
    """Yield each group with the log-odds of one event of its pairs, float64[texts, texts], symmetric, diagonal 0."""
    sizes = np.array([rows.size for rows in groups])
    rows, number = np.concatenate(groups), np.repeat(np.arange(sizes.size), sizes)
    inner = measure_inner(words.take(rows), number, day[rows], far_days, compute)
    odds = model.pair_log_odds(inner)
    starts = ragged_offsets(sizes)
    # Pairs are sorted by left row, and groups follow each other, so the pairs of a group do too.
    ends = ragged_offsets(sizes * (sizes - 1) // 2)
    for group, rows in enumerate(groups):
        own = slice(ends[group], ends[group + 1])
        left, right = inner.left[own] - starts[group], inner.right[own] - starts[group]
        matrix = np.zeros((rows.size, rows.size))
        matrix[left, right] = matrix[right, left] = odds[own]
        yield rows, matrix


def best_split(
    words: Terms, rows: I64, odds: F64, model: SplitModel, is_side: bool = False, compute: Compute = SERIAL
) -> Split:
    """Find the best split of a group and what speaks for and against it.

    ``rows``: of the group, ascending. ``odds``: log-odds of one event of its pairs, as ``split_groups`` measures them.
    ``is_side``: whether the group is one side of an earlier split.
    """
    shared = shared_terms(words, group_terms(words, rows))
    side, _ = find_best_split(shared, odds, model.search, compute)
    if 2 * int(side.sum()) > side.size:
        side = ~side
    reasons = contributions_of(words, rows, side, shared, odds, model)
    return Split(rows[side], rows[~side], reasons | {"side": model.side * is_side})


def contributions_of(
    words: Terms, rows: I64, side: Bools, shared: SharedTerms, odds: F64, model: SplitModel
) -> dict[str, float]:
    """What speaks for two events at this split (+) and for one (-), in log-odds.

    ``side``: which of the group's ``rows`` are on one side, bool[texts].
    """
    search, texts = model.search, rows.size
    gains = shared.gains(side) if shared.term.size else np.zeros(0)
    evidence = {kind: float(gains[shared.kind == kind].sum()) for kind in (NAME, NUMBER, OTHER)}
    crossing = odds[np.flatnonzero(side)[:, None], np.flatnonzero(~side)]
    length = float(np.log1p(words.words[rows]).sum()) / texts
    return {
        "names": search.names * evidence[NAME],
        "numbers": search.numbers * evidence[NUMBER],
        "others": search.others * evidence[OTHER],
        "across": -search.across / texts * (float(crossing.sum()) - search.level * crossing.size),
        "words": model.words * length,
        "texts": model.texts * float(np.log(texts)),
        "intercept": model.intercept,
    }


def parting_terms(shared: SharedTerms, side: Bools) -> I64:
    """The places in ``shared`` of the terms that tell the texts on one side of a group from the others: int64[terms].

    The best ones come first. ``side``: which of the group's texts are on that side, bool[texts].
    """
    inside, size = shared.has[side].sum(axis=0), int(side.sum())
    gains = shared.gains(side)
    is_typical = inside * (side.size - size) > (shared.holders - inside) * size
    typical = np.flatnonzero(is_typical & (gains > 0))
    return typical[np.argsort(-gains[typical], kind="stable")]
