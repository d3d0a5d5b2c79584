"""Articles are joined to stories: the two groups of articles that most likely report one event join first.

Every article begins as a group of its own. Two groups are compared by what their articles have in common on average, by
how much of what either has in common with its neighbours lies in the other, by when they were published and by how
large they are. A logistic regression over these features gives the log-odds that both groups report one event. So a
story is judged as a whole at every step, and the reactions to a large event join it by what the event is about, where
no single pair of articles is much alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec
import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels import SERIAL, Compute
from dedupe.kernels.contract import Joined
from dedupe.kernels.linkage import components
from dedupe.kernels.records import LEAST_OUTWARD
from dedupe.stories.candidates import CandidatePairs
from dedupe.stories.sparse import Columns

MEANS = ("similarity", "numbers", "calendar", "second_order", "other_numbers", "other_dates")
"""Features that are means over all pairs of articles across two groups."""

GROUPS = ("share", "larger_group", "days_apart")
"""Features of two groups that are no means over pairs."""

FEATURES = MEANS + GROUPS


class Weight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feature: its weight in log-odds per unit, and what it measures, in words."""

    name: str
    weight: float
    meaning: str


COMPANY_COUNTED = 200
"""Articles of a collection beyond this number do not change how surely a join can be judged."""


class JoinModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The log-odds that two groups of articles report one event: ``intercept`` + ``company`` × the logarithm of the
    articles in the collection (at most COMPANY_COUNTED) + Σ weight × feature.

    A few articles on one topic differ less from each other than from anything else, so among few articles more is
    joined, and left to be split by what the articles say among themselves.
    """

    intercept: float
    company: float
    features: tuple[Weight, ...]

    def intercept_among(self, rows: int) -> float:
        """What the log-odds are in a collection of so many articles before any feature is added."""
        return self.intercept + self.company * math.log(max(1, min(rows, COMPANY_COUNTED)))

    @property
    def weights(self) -> F64:
        """The weight of each of FEATURES, 0 for one that the model does not have."""
        known = {feature.name: feature.weight for feature in self.features}
        return np.array([known.get(name, 0.0) for name in FEATURES])

    def contributions(self, measured: F64, rows: int) -> dict[str, float]:
        """What each feature adds to the log-odds, with ``"intercept"``.

        ``measured``: float64[features]. ``rows``: articles in the collection.
        """
        added = dict(zip(FEATURES, (self.weights * measured).tolist(), strict=True))
        return {"intercept": self.intercept_among(rows), **{name: value for name, value in added.items() if value}}

    def log_odds(self, measured: F64, rows: int) -> F64:
        """Log-odds of several joins in a collection of ``rows`` articles. ``measured``: float64[joins, features]."""
        total = np.full(len(measured), self.intercept_among(rows))
        # Features are added in the order in which joins add them, so that no join has other log-odds than decided it.
        for weight, feature in zip(self.weights.tolist(), measured.T, strict=True):
            total += weight * feature
        return total


@dataclass(frozen=True, slots=True)
class Groups:
    """How articles were joined.

    ``labels``: the first member of each article's group, int64[rows]. ``joined``: all joins in their order, and for the
    first member of each group the join that was refused.
    """

    labels: I64
    joined: Joined


def join_articles(
    rows: int,
    pairs: CandidatePairs,
    columns: Columns,
    day: F64,
    model: JoinModel,
    limits: tuple[float, float, float],
    compute: Compute = SERIAL,
    collection: int | None = None,
) -> Groups:
    """Join articles to groups that likely report one event.

    ``columns``: what ``similarity.measure_similarity`` returned for ``pairs``. ``day``: float64[rows], NaN if unknown.
    ``limits``: the least log-odds of a join, the most days that a group may span, and the days beyond which further
    ones do not count. ``collection``: how many articles the collection has, if these are only some of them.
    """
    values = np.column_stack([columns[name] for name in MEANS])
    shares = np.column_stack([columns["share_left"], columns["share_right"]])
    joined = compute.backend.join_groups(
        pairs.left, pairs.right, values, shares, day, model.weights, model.intercept_among(collection or rows), limits
    )
    return Groups(components(rows, joined.joins[:, 0].copy(), joined.joins[:, 1].copy()), joined)


def measure_newcomer(story: I64, pairs: CandidatePairs, columns: Columns, day: F64, far_days: float) -> tuple[F64, F64]:
    """Measure what article 0 has in common with each of several stories, as if it were about to join them.

    ``story``: of all articles but article 0, int64[rows - 1], numbered from 0 without gaps. ``pairs`` and ``columns``:
    as for ``join_articles``; an article in no pair has nothing in common with any other. ``day``: float64[rows], NaN if
    unknown. ``far_days``: the days beyond which further ones do not count.

    Returns FEATURES, float64[stories, features], as ``join_articles`` measures them for the group of article 0 alone
    and each story, and the days from first to last of both together, float64[stories], 0 where either has no date.
    """
    size = np.bincount(story)
    values = np.column_stack([columns[name] for name in MEANS])
    is_own, right = pairs.left == 0, story[pairs.right - 1]
    is_inside = ~is_own & (story[pairs.left - 1] == right)
    means = _sum_by(right[is_own], values[is_own], size.size) / size[:, None]
    shares = np.column_stack([columns["share_left"], columns["share_right"]])
    to_story, to_newcomer = _sum_by(right[is_own], shares[is_own], size.size).T
    kept = _sum_by(right[is_inside], shares[is_inside], size.size).sum(axis=1)
    share = np.maximum(to_story, to_newcomer / np.maximum(size - kept, LEAST_OUTWARD * size))
    apart, span = _days_to_stories(day[0], story, day[1:], size.size, far_days)
    return np.column_stack([means, share, np.log(size), apart]), span


def _sum_by(group: I64, values: F64, groups: int) -> F64:
    """Sum the rows of ``values`` that belong to each group: float64[groups, columns]. ``group``: int64[rows]."""
    return np.column_stack([np.bincount(group, column, groups) for column in values.T])


def _days_to_stories(own: float, story: I64, day: F64, stories: int, far_days: float) -> tuple[F64, F64]:
    """Compare the day of an article with those of several stories: float64[stories] each.

    ``own``: the day of the article, NaN if unknown. ``story``, ``day``: of the others, int64[rows] and float64[rows].
    The first result is the mean of log(1 + days apart) over the dated articles of a story, 0 where either has no date;
    the second is the days from first to last of both together, 0 where no day is known.
    """
    apart = np.log1p(np.minimum(far_days, np.abs(day - own)))
    is_known = ~np.isnan(apart)
    total = np.bincount(story[is_known], apart[is_known], stories)
    first, last = np.full(stories, np.inf), np.full(stories, -np.inf)
    np.fmin.at(first, story, day)
    np.fmax.at(last, story, day)
    span = np.fmax(last, own) - np.fmin(first, own)
    return total / np.maximum(np.bincount(story[is_known], minlength=stories), 1), np.maximum(span, 0.0)
