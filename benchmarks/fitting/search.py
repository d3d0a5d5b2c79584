"""Fit what a division of articles is worth, on few enough articles to look at every way to part them.

A group is left whole, worth 0, or parted in two, worth what ``dedupe/partings.py`` says plus an intercept. The weights
make what is right likeliest, every way being as likely as the exponential of its worth (conditional log-linear model:
Berger et al. 1996). Any division is right that parts no event, so a group of three events has three right ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from dedupe.arrays import F64, I64, Bools
from dedupe.stories.split_search import MOST_COMPARED, SplitWeights, group_terms, score_all_splits, shared_terms
from dedupe.stories.splitting import SplitFeature, SplitModel, StoryTerms, names_in_common

RIDGE = 1e-3
"""On weights per standard deviation; 1e-2 does a little worse on topics that were not fitted."""
LEAD = "highest"
"""On topics that were not fitted the mean does as well, but it joins the two summits of the seeds (seeds/README.md)."""
UNITS = [SplitWeights(*unit, 0, LEAD) for unit in np.eye(4).tolist()]
NO_SEARCH = SplitWeights(0, 0, 0, 1, 0, LEAD)
"""For a model whose search is not fitted yet."""
REASONS = {
    "evidence_names": "names that one side has and the other has not, rare ones near the top most",
    "evidence_numbers": "the same of numbers, months and weekdays",
    "evidence_others": "the same of other words",
    "odds_across": "log-odds of one event between texts of the two sides, per text",
    "pairs_across": "pairs across the sides, per text",
    "other_splits": "how much likelier it is that any split is right than that this one is (logarithm)",
    "names_in_common": "the rarest names that two texts or more have",
    "words": "words of a text (logarithm, mean)",
    "texts": "texts of the group (logarithm)",
    "side_of_split": "the group is one side of a group that was split",
    "texts_of_side": "texts of such a side (logarithm)",
}


@dataclass(frozen=True)
class Ways:
    """Every division of 2 to MOST_COMPARED texts, a group or what a larger one is judged by: ``columns``,
    float64[divisions, 11] (evidence of names, of numbers and of others, less log-odds across per text, pairs across per
    text, less names in common, 1, log words of a text, log texts, and for parts of a group divided before 1 and log
    texts), and which are ``right``, bool[divisions]: none where the texts are on one event."""

    columns: F64
    right: Bools

    @property
    def texts(self) -> int:
        """How many texts the group has."""
        return int(self.right.size).bit_length() + 1


def ways(
    wording: StoryTerms,
    rows: I64,
    odds: F64,
    event: npt.NDArray[np.str_],
    is_part: bool = False,
    names: bool = False,
    of: int = 0,
) -> Ways:
    """The divisions of some rows of a collection. ``odds``: float64[rows, rows]; ``event``: of each of the rows;
    ``names``: names in common count; ``of``: how many texts the group has that they were chosen from, if any."""
    texts, log_texts = rows.size, np.log(of or rows.size)
    assert 2 <= texts <= MOST_COMPARED
    held = group_terms(wording.words, rows)
    shared = shared_terms(wording.words, held, wording.idf, wording.kind, NO_SEARCH)
    sides = (np.arange(1, 2 ** (texts - 1))[:, None] >> np.arange(texts)) & 1
    size = sides.sum(axis=1)
    columns = [score_all_splits(shared, odds, unit) for unit in UNITS]
    length = np.log1p(wording.words.words[rows]).mean()
    common = names_in_common(wording, held) if names else 0.0
    alike = (-common, 1.0, length, log_texts, float(is_part), is_part * log_texts)
    columns += [size * (texts - size) / texts, *(np.full(size.size, value) for value in alike)]
    events, of_event = np.unique(event, return_inverse=True)
    inside = sides @ np.eye(events.size, dtype=np.int64)[of_event]
    parted = ((inside > 0) & (inside < np.bincount(of_event))).any(axis=1)
    return Ways(np.column_stack(columns), ~parted if events.size > 1 else np.zeros(size.size, bool))


def fit_search(groups: Sequence[Ways], weight: F64) -> tuple[SplitWeights, list[float]]:
    """The weights of a division, and of being one at all: what names in common take, an intercept, what is added per log
    word and per log text, and what more in a part of a group, and there per log text."""
    columns = np.concatenate([one.columns for one in groups])
    right = np.concatenate([one.right for one in groups])
    count = np.array([one.right.size for one in groups])
    first, group = np.cumsum(count) - count, np.repeat(np.arange(count.size), count)
    whole = ~np.logical_or.reduceat(right, first)
    weight = weight / weight.sum()
    scale = columns.std(axis=0)
    scale[scale == 0] = 1.0
    z = columns / scale

    def likelihood(worth: F64) -> tuple[F64, F64]:
        """Log of the summed exponentials of each group, 0 for leaving it whole included, and each way's share."""
        highest = np.maximum(np.maximum.reduceat(worth, first), 0.0)
        share = np.exp(worth - highest[group])
        total = np.add.reduceat(share, first) + np.exp(-highest)
        return highest + np.log(total), share / total[group]

    def loss(p: F64) -> tuple[float, F64]:
        worth = z @ p
        every, share = likelihood(worth)
        among = np.where(right, worth, -np.inf)
        highest = np.where(whole, 0.0, np.maximum.reduceat(among, first))
        right_share = np.exp(among - highest[group])
        total = np.where(whole, 1.0, np.add.reduceat(right_share, first))
        gained = np.where(whole, 0.0, highest + np.log(total))
        slope = z.T @ ((share - right_share / total[group]) * weight[group])
        return float(weight @ (every - gained)) + RIDGE * float(p @ p) / 2, slope + RIDGE * p

    bounds = [(0.0, np.inf)] * 6 + [(-np.inf, np.inf)] * 5
    found = minimize(loss, np.zeros(11), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}).x / scale
    names, numbers, others, across, pairs, *own = (round(float(value), 4) for value in found)
    level = round(pairs / across, 3) if across else 0.0
    return SplitWeights(names, numbers, others, across, level, LEAD), own


def best_right(group: Ways, search: SplitWeights) -> I64:
    """Which texts the best of the right divisions puts on the second side, int64[texts], 0 or 1."""
    weights = [search.names, search.numbers, search.others, search.across, search.across * search.level]
    worth = np.where(group.right, group.columns[:, :5] @ weights, -np.inf)
    return ((int(np.argmax(worth)) + 1) >> np.arange(group.texts)) & 1


def right_parts(rows: I64, whole: Ways, search: SplitWeights, ways_of: Callable[[I64], Ways]) -> list[Ways]:
    """The divisions of the parts of a group, and of their parts in turn, as long as dividing is right. ``ways_of``:
    those of some of its rows, two or more."""
    found: list[Ways] = []
    waiting = [(rows, whole)]
    while waiting:
        own, group = waiting.pop()
        if group.right.any():
            second = best_right(group, search)
            for side in (own[second == 1], own[second == 0]):
                if side.size > 1:
                    found.append(ways_of(side))
                    waiting.append((side, found[-1]))
    return found


def judge_by_all_ways(
    search: SplitWeights, own: Sequence[float], clip: float, large: SplitWeights | None = None
) -> SplitModel:
    """What ``fit_search`` found, as the model that judges groups by it; larger ones are searched by ``large``."""
    names, intercept, *by_size = own
    added = (search.names, search.numbers, search.others, -search.across, search.across * search.level, 1.0)
    added += (-names, *by_size)
    named = zip(REASONS.items(), added, strict=True)
    reasons = tuple(SplitFeature(name, round(w, 4), said) for (name, said), w in named if w)
    return SplitModel(clip, search, intercept, reasons, large)
