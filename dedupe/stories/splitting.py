"""Stories: groups of articles that may report one event are split in two for as long as that explains them better.

Texts are first joined loosely, or by topic. Then each group is judged as a whole, from the top down: its best split is
weighed against leaving it whole. So a straggler is seen beside the whole group it may belong to, and two similar events
are separated by what all their texts say, even if some pairs across them agree well. For up to MOST_COMPARED texts, all
splits are weighed. A larger group is judged by MOST_COMPARED of its texts, those of either side of its best split that
are least similar to the other side: if even these report one event, so do the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, Compute, rank_within
from dedupe.kernels.linkage import average_link
from dedupe.kernels.ragged import ragged_offsets
from dedupe.stories.split_search import (
    MOST_COMPARED,
    NAME,
    NUMBER,
    OTHER,
    GroupTerms,
    SharedTerms,
    SplitWeights,
    find_best_split,
    group_terms,
    shared_terms,
    term_kinds,
)
from dedupe.text.terms import Terms

JOINED_FROM = (-2.5, -1.0, 0.5)
"""Mean log-odds from which texts are joined into a group. Groups above MOST_TEXTS are joined again from the next
value."""

MOST_TEXTS = 400
"""Groups above this many texts are joined again, to save time: average linkage on a full matrix grows with the cube."""

COMMON_NAMES = 3
"""How many of the rarest common names count in ``names_in_common``."""


class SplitFeature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feature of splits: its weight in log-odds of two events per unit, and what it measures, in words."""

    name: str
    weight: float
    meaning: str


class SplitModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How splits are searched and judged.

    ``clip``: pair log-odds beyond this value count as this value, so no single pair decides. ``search``: how the best
    split is searched. ``intercept`` and ``reasons``: a logistic regression for the log-odds that the best split, or any
    other, separates two events. ``large``: how groups of more than MOST_COMPARED texts are searched, if not by
    ``search``.
    """

    clip: float
    search: SplitWeights
    intercept: float
    reasons: tuple[SplitFeature, ...]
    large: SplitWeights | None = None

    def contributions(self, measured: Mapping[str, float]) -> dict[str, float]:
        """What each feature adds to the log-odds of two events, with ``"intercept"``; their sum is the log-odds.

        ``measured``: a number for each feature of the model; others are ignored.
        """
        added = {reason.name: reason.weight * measured[reason.name] for reason in self.reasons}
        return {"intercept": self.intercept, **added}


@dataclass(frozen=True, slots=True)
class StoryTerms:
    """The terms of a collection with what splits need to know of them.

    ``idf``, float64[terms], and ``kind``, int64[terms]: of each term of the vocabulary. ``rare_names``: weight of each
    entry as a rare name, float64[entries]; 0 if it is no name, or if only one article has the term.
    """

    words: Terms
    idf: F64
    kind: I64
    rare_names: F64


def weigh_story_terms(words: Terms) -> StoryTerms:
    """Compute what splits need to know of the terms of a collection."""
    idf, kind = words.idf(), term_kinds(words)
    may_count = (kind != NUMBER) & (words.in_articles > 1)
    names = np.flatnonzero(words.is_name & may_count[words.term])
    rare_names = np.zeros(words.term.size)
    rare_names[names] = np.minimum(1, 2 * words.decayed_tf[names]) * (idf**2)[words.term[names]]
    return StoryTerms(words, idf, kind, rare_names)


@dataclass(frozen=True, slots=True)
class PairScores:
    """Log-odds of one event for all pairs of some texts, float64[texts, texts], and the model that judges by them.

    The matrix is symmetric and 0 on the diagonal; its values are clipped to ``model.clip``.
    """

    odds: F64
    model: SplitModel

    def of(self, some: I64) -> PairScores:
        """The same for some of the texts, by their places."""
        return PairScores(self.odds[np.ix_(some, some)], self.model)


@dataclass(frozen=True, slots=True)
class TextGroup:
    """Texts that are judged together. ``rows``: ascending row numbers, int64[texts].

    ``pair_scores``: one or more sets of scores of their pairs. The group is split if any of them says so.
    """

    rows: I64
    pair_scores: tuple[PairScores, ...]

    def of(self, some: I64) -> TextGroup:
        """Some of the texts, by their places in the group."""
        return TextGroup(self.rows[some], tuple(scores.of(some) for scores in self.pair_scores))


@dataclass(frozen=True, slots=True)
class Split:
    """The best split of a group, and how it was judged.

    ``smaller`` and ``larger``: the rows on either side. ``judged``: the rows it was judged by, which are all or, in a
    larger group, MOST_COMPARED of them. ``measured``: its features. ``model``: the model that judges by them.
    """

    smaller: I64
    larger: I64
    judged: I64
    measured: Mapping[str, float]
    model: SplitModel

    @property
    def contributions(self) -> dict[str, float]:
        """What each feature adds to the log-odds of two events."""
        return self.model.contributions(self.measured)

    @property
    def log_odds(self) -> float:
        """Log-odds that the group is two events, at this split or at any other, rather than one."""
        return sum(self.contributions.values())


@dataclass(frozen=True, slots=True)
class StoryLabels:
    """The stories of a collection.

    ``labels``: story of each row, int64[rows], numbered from 0 in the order of first members. ``kept``: for each story
    of two or more texts, its best split, which was refused.
    """

    labels: I64
    kept: Mapping[int, Split]


def split_into_stories(
    story_terms: StoryTerms, groups: Iterable[TextGroup], least_probability: float = 0.5, compute: Compute = SERIAL
) -> StoryLabels:
    """Split groups of texts into stories. A text in no group is a story of its own.

    A group is split in two if the probability that it is one event is below ``least_probability``. Its sides are then
    treated in the same way.
    """
    rows = story_terms.words.rows
    least = float(np.log(least_probability / (1 - least_probability)))
    # Texts that are alone keep their row number as label; stories of several get numbers from ``rows`` on.
    labels, kept, next_label = np.arange(rows), {}, rows
    for group in groups:
        waiting = [(np.arange(group.rows.size), False)]
        while waiting:
            own, is_side = waiting.pop()
            if own.size == 1:
                continue
            current = group.of(own) if is_side else group
            split = measure_best_split(story_terms, current, is_side, compute)
            if -split.log_odds < least:
                sides = split.smaller, split.larger
                waiting += [(np.searchsorted(group.rows, side), True) for side in sides]
            else:
                labels[current.rows], kept[next_label] = next_label, split
                next_label += 1
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable").astype(np.int64)
    number = dict(zip(labels[first].tolist(), rank.tolist(), strict=True))
    return StoryLabels(rank[inverse], {number[label]: split for label, split in kept.items()})


def scored_groups(
    labels: I64, left: I64, right: I64, log_odds: F64, model: SplitModel, missing: float
) -> Iterator[TextGroup]:
    """Yield the groups that have at least one listed pair, with the scores of their pairs.

    ``labels``: group of each row, int64[rows]. ``left``, ``right``, ``log_odds``: the listed pairs; those across groups
    are ignored. ``missing``: log-odds of the pairs of a group that are not listed.
    """
    odds = np.clip(log_odds, -model.clip, model.clip)
    inside = np.flatnonzero(labels[left] == labels[right])
    inside = inside[np.argsort(labels[left[inside]], kind="stable")]
    by_label, sizes = np.argsort(labels, kind="stable"), np.bincount(labels, minlength=1)
    starts = ragged_offsets(sizes)
    pair_starts = ragged_offsets(np.bincount(labels[left[inside]], minlength=sizes.size))
    place = rank_within(labels, by_label)
    for label in np.flatnonzero(np.diff(pair_starts)).tolist():
        members = by_label[starts[label] : starts[label + 1]]
        own = inside[pair_starts[label] : pair_starts[label + 1]]
        matrix = _matrix(members.size, place[left[own]], place[right[own]], odds[own], missing)
        yield TextGroup(members, (PairScores(matrix, model),))


def join_loosely(
    rows: int, left: I64, right: I64, log_odds: F64, model: SplitModel, missing: float, compute: Compute = SERIAL
) -> I64:
    """Join texts that may report one event by average linkage: group of each row, int64[rows].

    The threshold is low, because groups are split afterwards. Groups of more than MOST_TEXTS texts are joined again
    with a higher one. ``missing``: log-odds of pairs that are not listed.
    """
    odds = np.clip(log_odds, -model.clip, model.clip)
    labels = average_link(rows, left, right, odds, JOINED_FROM[0], missing, compute.backend)
    for cut in JOINED_FROM[1:]:
        large = np.bincount(labels, minlength=1)[labels] > MOST_TEXTS
        own = (labels[left] == labels[right]) & large[left]
        joined_again = average_link(rows, left[own], right[own], odds[own], cut, missing, compute.backend)
        labels = np.unique(np.where(large, rows + joined_again, labels), return_inverse=True)[1].astype(np.int64)
    return labels


def _matrix(texts: int, left: I64, right: I64, odds: F64, missing: float) -> F64:
    matrix = np.full((texts, texts), missing)
    matrix[left, right] = matrix[right, left] = odds
    np.fill_diagonal(matrix, 0.0)
    return matrix


def measure_best_split(
    story_terms: StoryTerms, group: TextGroup, is_side: bool = False, compute: Compute = SERIAL
) -> Split:
    """Find the best split of a group of two or more texts, and measure its features.

    If the group has several pair scores, the split with the highest log-odds of two events is returned. ``is_side``:
    whether the group is one side of an earlier split; such texts were chosen for being similar, so they are judged
    differently.
    """
    splits = (_measure(story_terms, group.rows, scores, is_side, compute) for scores in group.pair_scores)
    return max(splits, key=lambda split: split.log_odds)


def _measure(story_terms: StoryTerms, rows: I64, scores: PairScores, is_side: bool, compute: Compute) -> Split:
    """``measure_best_split`` for one set of pair scores."""
    odds, model = scores.odds, scores.model
    is_small = rows.size <= MOST_COMPARED
    search = model.search if is_small else model.large or model.search
    terms = group_terms(story_terms.words, rows)
    shared = shared_terms(story_terms.words, terms, story_terms.idf, story_terms.kind, search)
    side, other_splits = find_best_split(shared, odds, search, compute)
    if 2 * int(side.sum()) > side.size:
        side = ~side
    log_texts, judged = float(np.log(rows.size)), rows
    if is_small:
        measured = _across(odds, side) | _evidence(shared, side)
        measured |= {"other_splits": other_splits, "names_in_common": names_in_common(story_terms, terms)}
        words = float(np.log1p(story_terms.words.words[rows]).sum()) / rows.size
        measured |= {"words": words, "side_of_split": float(is_side)}
    else:
        some = least_similar(odds, side)
        judged = rows[some]
        measured = dict(_measure(story_terms, judged, scores.of(some), is_side, compute).measured)
    measured |= {"texts": log_texts, "texts_of_side": is_side * log_texts}
    return Split(rows[side], rows[~side], judged, measured, model)


def least_similar(odds: F64, side: Bools) -> I64:
    """Choose MOST_COMPARED texts to judge a split of a larger group by: ascending places, int64[MOST_COMPARED].

    Each side gives as many as is its share of all texts, those with the lowest mean log-odds across. ``side``: the
    texts on the smaller side, bool[texts]; it gives at least one.
    """
    smaller, larger = np.flatnonzero(side), np.flatnonzero(~side)
    crossing = odds[np.ix_(smaller, larger)]
    few = max(1, round(MOST_COMPARED * smaller.size / side.size))
    of_smaller = smaller[np.argsort(crossing.mean(axis=1), kind="stable")[:few]]
    of_larger = larger[np.argsort(crossing.mean(axis=0), kind="stable")[: MOST_COMPARED - few]]
    return np.sort(np.concatenate((of_smaller, of_larger)))


def _across(odds: F64, side: Bools) -> dict[str, float]:
    """Sum of the log-odds of the pairs across the sides, and the number of these pairs, both per text of the group."""
    crossing = odds[np.flatnonzero(side)[:, None], np.flatnonzero(~side)]
    return {"odds_across": float(crossing.sum()) / side.size, "pairs_across": crossing.size / side.size}


def names_in_common(story_terms: StoryTerms, group: GroupTerms) -> float:
    """Log of 1 + the summed weights of the COMMON_NAMES rarest names that at least two texts of the group have.

    It does not depend on how the group is split.
    """
    weight = story_terms.rare_names[group.entries]
    holders = group.reduce_by_term(np.add, (weight > 0).astype(np.int64))
    highest = group.reduce_by_term(np.maximum, weight)[holders > 1]
    return float(np.log1p(np.sort(highest)[-COMMON_NAMES:].sum()))


def _evidence(shared: SharedTerms, side: Bools) -> dict[str, float]:
    """Summed evidence for a split, by kind of term."""
    names = {NAME: "evidence_names", NUMBER: "evidence_numbers", OTHER: "evidence_others"}
    if not shared.term.size:
        return dict.fromkeys(names.values(), 0.0)
    gains = shared.gains(side)
    return {name: float(gains[shared.kind == kind].sum()) for kind, name in names.items()}


def distinctive_terms(words: Terms, search: SplitWeights, members: Bools, most: int) -> list[str]:
    """The terms that best separate the texts of one story from all others: at most ``most``, best first.

    ``members``: which texts of ``words`` belong to the story, bool[rows].
    """
    group = group_terms(words, np.arange(words.rows))
    shared = shared_terms(words, group, words.idf(), term_kinds(words), search)
    inside, size = shared.has[members].sum(axis=0), int(members.sum())
    gains = shared.gains(members) * search.weights(shared.kind)
    is_typical = inside * (words.rows - size) > (shared.holders - inside) * size
    typical = np.flatnonzero(is_typical & (gains > 0))
    best = typical[np.argsort(-gains[typical], kind="stable")][:most]
    return [words.vocabulary[shared.term[place]] for place in best.tolist()]
