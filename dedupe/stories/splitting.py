"""divide → stories: groups of articles that may be one event each, parted in two for as long as that explains them.

Texts are joined loosely first, or by topic. Then every group is judged as a whole, from the top down: its divisions
(``partings``) are weighed against leaving it whole. So a straggler is seen beside the whole group it may belong to, and
two alike events are told apart by what all texts of either say, however well single pairs agree. Of up to MOST_COMPARED
texts all divisions are weighed. A larger group is judged by so many of its texts, those of either side of its best
division that are least like the other side: if even they are one event, so are those between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, Compute
from dedupe.kernels.linkage import average_link
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
"""Mean log-odds from which texts are joined to be judged together; groups above MOST_TEXTS, from the next of these."""

MOST_TEXTS = 400
"""Texts that are judged together, for time: average link on a full matrix grows with the cube."""

COMMON_NAMES = 3
"""Rare names in common that are summed."""


class SplitFeature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason to divide: its weight in log-odds per unit, and what it says in words."""

    name: str
    weight: float
    meaning: str


class SplitModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Fitted numbers: what divisions are searched by, pairs beyond ``clip`` counting as that, so that no pair decides;
    and how the best is judged. ``large``: what divisions of more than MOST_COMPARED texts are searched by, where not by
    ``search``."""

    clip: float
    search: SplitWeights
    intercept: float
    reasons: tuple[SplitFeature, ...]
    large: SplitWeights | None = None

    def contributions(self, measured: Mapping[str, float]) -> dict[str, float]:
        """What each reason adds to the log-odds of two events, ``"intercept"`` included; their sum is the log-odds."""
        added = {reason.name: reason.weight * measured[reason.name] for reason in self.reasons}
        return {"intercept": self.intercept, **added}


@dataclass(frozen=True, slots=True)
class StoryTerms:
    """The terms of a collection as divisions weigh them. ``idf``, float64[terms], and ``kind``, int64[terms], of the
    vocabulary; ``rare_names``: weights of entries, 0 for terms that one article alone has."""

    words: Terms
    idf: F64
    kind: I64
    rare_names: F64


def weigh_story_terms(words: Terms) -> StoryTerms:
    """Weights of the terms of a collection."""
    idf, kind = words.idf(), term_kinds(words)
    counts = (kind != NUMBER) & (words.in_articles > 1)
    names = np.flatnonzero(words.is_name & counts[words.term])
    rare_names = np.zeros(words.term.size)
    rare_names[names] = np.minimum(1, 2 * words.decayed_tf[names]) * (idf**2)[words.term[names]]
    return StoryTerms(words, idf, kind, rare_names)


@dataclass(frozen=True, slots=True)
class PairScores:
    """Log-odds of one event of the pairs of some texts, float64[texts, texts], and the model that judges by them."""

    odds: F64
    model: SplitModel

    def of(self, some: I64) -> PairScores:
        """The same for some of the texts."""
        return PairScores(self.odds[np.ix_(some, some)], self.model)


@dataclass(frozen=True, slots=True)
class TextGroup:
    """Texts judged together: their ``rows``, ascending. Of several ``pair_scores`` any one is enough to part them."""

    rows: I64
    pair_scores: tuple[PairScores, ...]

    def of(self, some: I64) -> TextGroup:
        """Some of the texts, by place in the group."""
        return TextGroup(self.rows[some], tuple(scores.of(some) for scores in self.pair_scores))


@dataclass(frozen=True, slots=True)
class Split:
    """The best way to part a group: the rows on either side, the smaller side first; those it is judged by (all, or
    MOST_COMPARED of a larger group); the numbers, and the ``model`` that judges by some of them."""

    smaller: I64
    larger: I64
    judged: I64
    measured: Mapping[str, float]
    model: SplitModel

    @property
    def contributions(self) -> dict[str, float]:
        """What each reason adds to the log-odds."""
        return self.model.contributions(self.measured)

    @property
    def log_odds(self) -> float:
        """Log-odds that the texts are two events, in any way, rather than one."""
        return sum(self.contributions.values())


@dataclass(frozen=True, slots=True)
class StoryLabels:
    """``labels``: story of each row, int64[rows], numbered by first member. ``kept``: for each story of two texts or
    more its best division, which was judged to be no two events."""

    labels: I64
    kept: Mapping[int, Split]


def split_into_stories(
    wording: StoryTerms, groups: Iterable[TextGroup], least_probability: float = 0.5, compute: Compute = SERIAL
) -> StoryLabels:
    """Stories of a collection; a text in no group is a story of its own.

    A group is parted in two where the probability that it is one event is below ``least_probability``; the parts are
    looked at in turn.
    """
    rows = wording.words.rows
    least = float(np.log(least_probability / (1 - least_probability)))
    labels, kept, found = np.arange(rows), {}, rows
    for group in groups:
        waiting = [(np.arange(group.rows.size), False)]
        while waiting:
            own, is_part = waiting.pop()
            if own.size == 1:
                continue
            current = group.of(own) if is_part else group
            split = measure_best_split(wording, current, is_part, compute)
            if -split.log_odds < least:
                sides = split.smaller, split.larger
                waiting += [(np.searchsorted(group.rows, side), True) for side in sides]
            else:
                labels[current.rows], kept[found] = found, split
                found += 1
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable").astype(np.int64)
    number = dict(zip(labels[first].tolist(), rank.tolist(), strict=True))
    return StoryLabels(rank[inverse], {number[label]: split for label, split in kept.items()})


def scored_groups(
    labels: I64, left: I64, right: I64, log_odds: F64, model: SplitModel, missing: float
) -> Iterator[TextGroup]:
    """The groups of ``labels``, int64[rows], that have pairs; one of theirs that is not listed counts ``missing``."""
    odds = np.clip(log_odds, -model.clip, model.clip)
    inside = np.flatnonzero(labels[left] == labels[right])
    inside = inside[np.argsort(labels[left[inside]], kind="stable")]
    order, texts = np.argsort(labels, kind="stable"), np.bincount(labels, minlength=1)
    ends, pair_ends = np.cumsum(texts), np.cumsum(np.bincount(labels[left[inside]], minlength=texts.size))
    place = np.empty(labels.size, np.int64)
    for label in np.unique(labels[left[inside]]).tolist():
        members = order[ends[label] - texts[label] : ends[label]]
        own = inside[pair_ends[label - 1] if label else 0 : pair_ends[label]]
        place[members] = np.arange(members.size)
        matrix = _matrix(members.size, place[left[own]], place[right[own]], odds[own], missing)
        yield TextGroup(members, (PairScores(matrix, model),))


def join_loosely(
    rows: int, left: I64, right: I64, log_odds: F64, model: SplitModel, missing: float, compute: Compute = SERIAL
) -> I64:
    """Loose groups of texts that may be on one event, int64[rows]; those above MOST_TEXTS joined anew, less loosely."""
    odds = np.clip(log_odds, -model.clip, model.clip)
    labels = average_link(rows, left, right, odds, JOINED_FROM[0], missing, compute.backend)
    for cut in JOINED_FROM[1:]:
        large = np.bincount(labels, minlength=1)[labels] > MOST_TEXTS
        own = (labels[left] == labels[right]) & large[left]
        anew = average_link(rows, left[own], right[own], odds[own], cut, missing, compute.backend)
        labels = np.unique(np.where(large, rows + anew, labels), return_inverse=True)[1].astype(np.int64)
    return labels


def _matrix(texts: int, left: I64, right: I64, odds: F64, missing: float) -> F64:
    matrix = np.full((texts, texts), missing)
    matrix[left, right] = matrix[right, left] = odds
    np.fill_diagonal(matrix, 0.0)
    return matrix


def measure_best_split(
    wording: StoryTerms, group: TextGroup, is_part: bool = False, compute: Compute = SERIAL
) -> Split:
    """The best division of a group of two texts or more, and its numbers: of several views that which speaks most for
    two events. ``is_part``: the group is one side of a division already made, so drawn to look alike."""
    found = (_measure(wording, group.rows, scores, is_part, compute) for scores in group.pair_scores)
    return max(found, key=lambda split: split.log_odds)


def _measure(wording: StoryTerms, rows: I64, scores: PairScores, is_part: bool, compute: Compute) -> Split:
    """``measure_best_split`` by one view."""
    odds, model = scores.odds, scores.model
    few = rows.size <= MOST_COMPARED
    search = model.search if few else model.large or model.search
    held = group_terms(wording.words, rows)
    shared = shared_terms(wording.words, held, wording.idf, wording.kind, search)
    side, other_splits = find_best_split(shared, odds, search, compute)
    if 2 * int(side.sum()) > side.size:
        side = ~side
    texts, judged = float(np.log(rows.size)), rows
    if few:
        measured = _across(odds, side) | _explained(shared, side)
        measured |= {"other_splits": other_splits, "names_in_common": names_in_common(wording, held)}
        words = float(np.log1p(wording.words.words[rows]).sum()) / rows.size
        measured |= {"words": words, "side_of_split": float(is_part)}
    else:
        chosen = least_alike(odds, side)
        judged = rows[chosen]
        measured = dict(_measure(wording, judged, scores.of(chosen), is_part, compute).measured)
    measured |= {"texts": texts, "texts_of_side": is_part * texts}
    return Split(rows[side], rows[~side], judged, measured, model)


def least_alike(odds: F64, side: Bools) -> I64:
    """MOST_COMPARED of the texts of a division, ascending: as many of either side as its share of all (of the second,
    the smaller, one at least), those with the lowest mean log-odds across. int64[MOST_COMPARED]."""
    smaller, larger = np.flatnonzero(side), np.flatnonzero(~side)
    crossing = odds[np.ix_(smaller, larger)]
    few = max(1, round(MOST_COMPARED * smaller.size / side.size))
    of_smaller = smaller[np.argsort(crossing.mean(axis=1), kind="stable")[:few]]
    of_larger = larger[np.argsort(crossing.mean(axis=0), kind="stable")[: MOST_COMPARED - few]]
    return np.sort(np.concatenate((of_smaller, of_larger)))


def _across(odds: F64, side: Bools) -> dict[str, float]:
    """Log-odds of one event across the sides, and how many pairs that are; per text."""
    crossing = odds[np.flatnonzero(side)[:, None], np.flatnonzero(~side)]
    return {"odds_across": float(crossing.sum()) / side.size, "pairs_across": crossing.size / side.size}


def names_in_common(wording: StoryTerms, held: GroupTerms) -> float:
    """The rarest names that two texts or more of a group have, however it is parted: log of the sum of COMMON_NAMES."""
    weight = wording.rare_names[held.entries]
    highest = held.of_each(np.maximum, weight)[held.of_each(np.add, (weight > 0).astype(np.int64)) > 1]
    return float(np.log1p(np.sort(highest)[-COMMON_NAMES:].sum()))


def _explained(shared: SharedTerms, side: Bools) -> dict[str, float]:
    """Evidence of each kind of term for the division."""
    names = {NAME: "evidence_names", NUMBER: "evidence_numbers", OTHER: "evidence_others"}
    if not shared.term.size:
        return dict.fromkeys(names.values(), 0.0)
    gains = shared.gains(side)
    return {name: float(gains[shared.kind == kind].sum()) for kind, name in names.items()}


def distinctive_terms(words: Terms, search: SplitWeights, members: Bools, most: int) -> list[str]:
    """The terms that best tell the texts of one story from the others, at most ``most``, the most telling first."""
    held = group_terms(words, np.arange(words.rows))
    shared = shared_terms(words, held, words.idf(), term_kinds(words), search)
    inside, size = shared.has[members].sum(axis=0), int(members.sum())
    gains = shared.gains(members) * search.weights(shared.kind)
    typical = inside * (words.rows - size) > (shared.holders - inside) * size
    best = np.flatnonzero(typical & (gains > 0))
    chosen = best[np.argsort(-gains[best], kind="stable")][:most]
    return [words.vocabulary[shared.term[k]] for k in chosen.tolist()]
