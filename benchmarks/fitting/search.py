"""Fit how splits of a group of articles are searched and judged, for groups small enough to compare all splits.

A group is left whole, which scores 0, or split in two, which scores what ``dedupe/stories/split_search.py`` says plus
an intercept. The probability of each outcome is proportional to the exponential of its score (conditional log-linear
model: Berger et al. 1996), and the weights are fitted to make the right outcomes likeliest. Every split that separates
no two articles on one event is right, so a group of three events has three right splits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from dedupe.arrays import F64, I64, Bools
from dedupe.stories.split_search import MOST_COMPARED, SplitWeights, group_terms, score_all_splits, shared_terms
from dedupe.stories.splitting import SplitFeature, SplitModel, StoryTerms, names_in_common

RIDGE = 1e-3
"""Ridge penalty on the weights per standard deviation; 1e-2 does a little worse on held-out topics."""
TOLERANCE = 0.003
"""A number in a model file may differ by this share of it when it is fitted again: where the optimiser stops depends on
rounding, and so on the BLAS library and its number of threads. The largest share seen is .002."""
LEAD = "highest"
"""On held-out topics "mean" does as well, but it joins the two summits of the seeds (seeds/README.md)."""
UNITS = [SplitWeights(*unit, 0, LEAD) for unit in np.eye(4).tolist()]
"""Weights that score splits by one component each: names, numbers, others, pairs across."""
NO_SEARCH = SplitWeights(0, 0, 0, 1, 0, LEAD)
"""For a model whose search is not fitted yet."""
REASONS = {
    "evidence_names": "names that one side has and the other has not, most of all rare names near the top",
    "evidence_numbers": "numbers, months and weekdays that one side has and the other has not",
    "evidence_others": "other words that one side has and the other has not",
    "odds_across": "log-odds of one event, summed over the pairs across the sides, per text",
    "pairs_across": "pairs across the sides, per text",
    "other_splits": "how much likelier it is that any split is right than that this one is (log)",
    "names_in_common": "the rarest names that at least two texts have",
    "words": "length of the texts (mean log of words)",
    "texts": "texts in the group (log)",
    "side_of_split": "the group is one side of an earlier split",
    "texts_of_side": "texts in such a side (log)",
}
"""What each feature of a split measures, in words: the `meaning` in the model files."""


@dataclass(frozen=True)
class LabelledSplits:
    """All splits of 2 to MOST_COMPARED texts, which are a group or what a larger group is judged by.

    ``columns``: float64[splits, 11]: evidence of names, of numbers and of others; minus the log-odds across, per text;
    pairs across, per text; minus the names in common; 1; log words of a text; log texts; and 1 and log texts again for
    one side of an earlier split, else 0 and 0. ``right``: whether a split separates no event, bool[splits]; all False
    if the texts are on one event.
    """

    columns: F64
    right: Bools

    @property
    def texts(self) -> int:
        """How many texts there are."""
        return int(self.right.size).bit_length() + 1


def labelled_splits(
    story_terms: StoryTerms,
    rows: I64,
    odds: F64,
    event: npt.NDArray[np.str_],
    is_side: bool = False,
    names: bool = False,
    of: int = 0,
) -> LabelledSplits:
    """All splits of some rows of a collection.

    ``odds``: float64[rows, rows]. ``event``: of each of the rows. ``names``: whether names in common count. ``of``: how
    many texts the group has that the rows were chosen from, 0 if they are a whole group.
    """
    texts, log_texts = rows.size, np.log(of or rows.size)
    assert 2 <= texts <= MOST_COMPARED
    group = group_terms(story_terms.words, rows)
    shared = shared_terms(story_terms.words, group, story_terms.idf, story_terms.kind, NO_SEARCH)
    sides = (np.arange(1, 2 ** (texts - 1))[:, None] >> np.arange(texts)) & 1
    size = sides.sum(axis=1)
    columns = [score_all_splits(shared, odds, unit) for unit in UNITS]
    length = np.log1p(story_terms.words.words[rows]).mean()
    common = names_in_common(story_terms, group) if names else 0.0
    of_group = (-common, 1.0, length, log_texts, float(is_side), is_side * log_texts)
    columns += [size * (texts - size) / texts, *(np.full(size.size, value) for value in of_group)]
    events, of_event = np.unique(event, return_inverse=True)
    inside = sides @ np.eye(events.size, dtype=np.int64)[of_event]
    separated = ((inside > 0) & (inside < np.bincount(of_event))).any(axis=1)
    right = ~separated if events.size > 1 else np.zeros(size.size, bool)
    return LabelledSplits(np.column_stack(columns), right)


def fit_search(groups: Sequence[LabelledSplits], weight: F64) -> tuple[SplitWeights, list[float]]:
    """Fit the weights by which splits are searched and judged. ``weight`` of each group: float64[groups].

    Returns the search weights, and the weights of the last six columns of ``LabelledSplits``: names in common, the
    intercept, log words, log texts, being one side of an earlier split, and log texts of such a side.
    """
    columns = np.concatenate([one.columns for one in groups])
    right = np.concatenate([one.right for one in groups])
    count = np.array([one.right.size for one in groups])
    first, group = np.cumsum(count) - count, np.repeat(np.arange(count.size), count)
    whole = ~np.logical_or.reduceat(right, first)
    weight = weight / weight.sum()
    scale = columns.std(axis=0)
    scale[scale == 0] = 1.0
    z = columns / scale

    def likelihood(score: F64) -> tuple[F64, F64]:
        """Log of the summed exponentials of each group, including 0 for leaving it whole, and each split's share."""
        highest = np.maximum(np.maximum.reduceat(score, first), 0.0)
        share = np.exp(score - highest[group])
        total = np.add.reduceat(share, first) + np.exp(-highest)
        return highest + np.log(total), share / total[group]

    def loss(p: F64) -> tuple[float, F64]:
        score = z @ p
        log_total, share = likelihood(score)
        of_right = np.where(right, score, -np.inf)
        highest = np.where(whole, 0.0, np.maximum.reduceat(of_right, first))
        right_share = np.exp(of_right - highest[group])
        total = np.where(whole, 1.0, np.add.reduceat(right_share, first))
        log_right = np.where(whole, 0.0, highest + np.log(total))
        slope = z.T @ ((share - right_share / total[group]) * weight[group])
        return float(weight @ (log_total - log_right)) + RIDGE * float(p @ p) / 2, slope + RIDGE * p

    bounds = [(0.0, np.inf)] * 6 + [(-np.inf, np.inf)] * 5
    found = minimize(loss, np.zeros(11), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}).x / scale
    names, numbers, others, across, pairs, *own = (round(float(value), 4) for value in found)
    level = round(pairs / across, 3) if across else 0.0
    return SplitWeights(names, numbers, others, across, level, LEAD), own


def best_right(splits: LabelledSplits, search: SplitWeights) -> I64:
    """Which texts the best right split puts on the second side: int64[texts], 0 or 1."""
    weights = [search.names, search.numbers, search.others, search.across, search.across * search.level]
    score = np.where(splits.right, splits.columns[:, :5] @ weights, -np.inf)
    return ((int(np.argmax(score)) + 1) >> np.arange(splits.texts)) & 1


def splits_of_sides(
    rows: I64, whole: LabelledSplits, search: SplitWeights, splits_of: Callable[[I64], LabelledSplits]
) -> list[LabelledSplits]:
    """The splits of the sides of a group, and of their sides in turn, for as long as splitting is right.

    ``whole``: the splits of all ``rows``. ``splits_of``: gives the splits of two or more of the rows.
    """
    found: list[LabelledSplits] = []
    waiting = [(rows, whole)]
    while waiting:
        own, splits = waiting.pop()
        if splits.right.any():
            second = best_right(splits, search)
            for side in (own[second == 1], own[second == 0]):
                if side.size > 1:
                    found.append(splits_of(side))
                    waiting.append((side, found[-1]))
    return found


def split_model(
    search: SplitWeights, own: Sequence[float], clip: float, large: SplitWeights | None = None
) -> SplitModel:
    """The model that judges splits by what ``fit_search`` returned; groups of more than MOST_COMPARED texts are
    searched by ``large``."""
    names, intercept, *by_size = own
    weights = (search.names, search.numbers, search.others, -search.across, search.across * search.level, 1.0)
    weights += (-names, *by_size)
    named = zip(REASONS.items(), weights, strict=True)
    reasons = tuple(SplitFeature(name, round(weight, 4), meaning) for (name, meaning), weight in named if weight)
    return SplitModel(clip, search, intercept, reasons, large)


def same_model(one: str, other: str) -> bool:
    """Whether two model files agree: in all text, and in numbers up to TOLERANCE."""
    number = re.compile(r"-?\d+\.\d+")
    pairs = zip(number.findall(one), number.findall(other), strict=False)
    near = all(math.isclose(float(a), float(b), rel_tol=TOLERANCE, abs_tol=2e-4) for a, b in pairs)
    return near and number.sub("#", one) == number.sub("#", other)
