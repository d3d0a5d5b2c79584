"""divide → stories: groups of articles that may be one event each, parted in two for as long as that explains them.

Pairs are joined loosely first. Then every group is judged as a whole, from the top down: its best division
(``partings``) is measured, and an additive model says whether the two sides are two events. So a straggler is seen
beside the whole group it may belong to, and two alike events are told apart by what all texts of either say, however
well single pairs agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from dedupe.linkage import average_link
from dedupe.partings import (
    MOST_COMPARED,
    NAME,
    NUMBER,
    OTHER,
    Held,
    Search,
    Shared,
    held_terms,
    kinds_of_terms,
    part,
    shared_terms,
)
from dedupe.story_pairs import Lists, unit
from dedupe.terms import Terms

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

KINDS = ("two texts", "one text and a group", "two groups")
"""What a division parts; each kind is weighed a little differently."""
JOINED_FROM = (-2.5, -1.0, 0.5)
"""Mean log-odds from which texts are joined to be judged together; groups above MOST_TEXTS, from the next of these."""
MOST_TEXTS = 400
"""Texts that are judged together, for time: average link on a full matrix grows with the cube."""
WORDING_APART = ("numbers", "dividing_names", "common_names")
"""What is measured of the wording of the two sides, each taken as one text; it takes as long as all the rest."""
COMMON_NAMES = 3
"""Rare names of both sides that are summed."""


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One reason to divide: log-odds per unit, what changes above each bend (value, log-odds per unit), and what is
    added per unit for each of KINDS."""

    name: str
    weight: float
    meaning: str
    bends: tuple[tuple[float, float], ...] = ()
    by_kind: tuple[float, ...] = (0.0, 0.0, 0.0)

    def added(self, value: float, kind: int) -> float:
        """What a value of it adds to the log-odds of two events."""
        bent = sum(weight * max(0.0, value - bend) for bend, weight in self.bends)
        return (self.weight + self.by_kind[kind]) * value + bent


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Fitted numbers: what divisions are searched by, pairs beyond ``clip`` counting as that, so that no pair decides;
    and how the best is judged. ``intercepts``: one for each of KINDS. ``whole``: a collection is one
    group to begin with. ``few``: judges instead the groups that are small enough to compare every division of."""

    whole: bool
    clip: float
    search: Search
    intercepts: tuple[float, ...]
    reasons: tuple[Reason, ...]
    few: Model | None = None

    def judge(self, texts: int) -> Model:
        """The model that judges groups of so many texts."""
        return self.few if self.few and texts <= MOST_COMPARED else self

    def looks_at(self, names: Collection[str]) -> bool:
        """Whether any of these is a reason; a model without reasons is one to be fitted."""
        return not self.reasons or any(reason.name in names for reason in self.reasons)

    def contributions(self, measured: Mapping[str, float], kind: int) -> dict[str, float]:
        """What each reason adds to the log-odds of two events, ``"intercept"`` included; their sum is the log-odds."""
        added = {reason.name: reason.added(measured[reason.name], kind) for reason in self.reasons}
        return {"intercept": self.intercepts[kind], **added}


@dataclass(frozen=True, slots=True)
class Wording:
    """The terms of a collection as divisions weigh them. ``rarity``, float64[terms], and ``kind``, int64[terms], of the
    vocabulary; the others are weights of entries, unit length per article but for ``rare_names``, 0 for terms that one
    article alone has."""

    words: Terms
    rarity: F64
    kind: I64
    numbers: F64
    dividing_names: F64
    rare_names: F64


def read_wording(words: Terms) -> Wording:
    """Weights of the terms of a collection."""
    rarity, kind, in_articles = words.rarity(), kinds_of_terms(words), words.in_articles
    every, is_number = Lists.of_terms(words), (kind == NUMBER)[words.term]
    at_numbers, at_names = np.flatnonzero(is_number), np.flatnonzero(words.is_name & ~is_number)
    numbers, names = every.only(at_numbers), every.only(at_names)
    few = np.log((words.rows + 1.5) / np.maximum(in_articles, 1))
    often = np.minimum(1, 2 * words.faded[at_names])

    def spread(entries: I64, some: Lists, weight: F64) -> F64:
        weights = np.zeros(words.term.size)
        weights[entries] = weight * (in_articles > 1)[some.keys]
        return weights

    return Wording(
        words,
        rarity,
        kind,
        spread(at_numbers, numbers, unit(numbers.starts, rarity[numbers.keys])),
        spread(at_names, names, unit(names.starts, (rarity * few)[names.keys])),
        spread(at_names, names, often * (rarity**2)[names.keys]),
    )


@dataclass(frozen=True, slots=True)
class Division:
    """The best way to part a group: the rows on either side, the smaller side first, and the numbers it is judged by.

    ``kind``: position in KINDS. ``measured``: by name; each model lists those it uses.
    """

    smaller: I64
    larger: I64
    kind: int
    measured: Mapping[str, float]

    @property
    def texts(self) -> int:
        """How many texts it parts."""
        return self.smaller.size + self.larger.size

    def log_odds(self, model: Model) -> float:
        """Log-odds that these are two events rather than one; where the model counts ``other_divisions``, that
        the texts are two events in any way."""
        return sum(model.contributions(self.measured, self.kind).values())


@dataclass(frozen=True, slots=True)
class Stories:
    """``labels``: story of each row, int64[rows], numbered by first member. ``kept``: for each story of two texts or
    more its best division, which was judged to be no two events."""

    labels: I64
    kept: Mapping[int, Division]


def divide(
    wording: Wording,
    left: I64,
    right: I64,
    log_odds: F64,
    model: Model,
    missing: float,
    least_probability: float = 0.5,
) -> Stories:
    """Stories of a collection, from the log-odds of one event of its pairs (``missing`` for those not listed).

    A group is parted in two where the probability that it is one event is below ``least_probability``; the parts are
    looked at in turn.
    """
    rows = wording.words.rows
    least = float(np.log(least_probability / (1 - least_probability)))
    labels, kept, found = np.zeros(rows, np.int64), {}, 0
    for members, matrix in joined(rows, left, right, log_odds, model, missing):
        waiting = [(np.arange(members.size), False)]
        while waiting:
            own, is_part = waiting.pop()
            odds = matrix if own.size == members.size else matrix[np.ix_(own, own)]
            judge = model.judge(own.size)
            division = measure(wording, members[own], odds, judge, is_part) if own.size > 1 else None
            if division is not None and -division.log_odds(judge) < least:
                waiting += [(np.searchsorted(members, side), True) for side in (division.smaller, division.larger)]
            else:
                labels[members[own]] = found
                if division is not None:
                    kept[found] = division
                found += 1
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable").astype(np.int64)
    return Stories(rank[inverse], {int(rank[label]): division for label, division in kept.items()})


def joined(rows: int, left: I64, right: I64, log_odds: F64, model: Model, missing: float) -> Iterator[tuple[I64, F64]]:
    """Groups of texts that may be on one event: their rows, ascending, and the log-odds of their pairs as a matrix."""
    odds = np.clip(log_odds, -model.clip, model.clip)
    labels = np.zeros(rows, np.int64) if model.whole else _join(rows, left, right, odds, missing)
    order = np.argsort(labels, kind="stable")
    bounds = np.concatenate(([0], np.cumsum(np.bincount(labels))))
    inside = np.flatnonzero(labels[left] == labels[right])
    inside = inside[np.argsort(labels[left[inside]], kind="stable")]
    pair_bounds = np.searchsorted(labels[left[inside]], np.arange(bounds.size))
    place = np.empty(rows, np.int64)
    for label in range(bounds.size - 1):
        members = order[bounds[label] : bounds[label + 1]]
        own = inside[pair_bounds[label] : pair_bounds[label + 1]]
        place[members] = np.arange(members.size)
        yield members, _matrix(members.size, place[left[own]], place[right[own]], odds[own], missing)


def _join(rows: int, left: I64, right: I64, odds: F64, missing: float) -> I64:
    """Loose groups, int64[rows]; those above MOST_TEXTS are joined anew, less loosely."""
    labels = average_link(rows, left, right, odds, JOINED_FROM[0], missing)
    for cut in JOINED_FROM[1:]:
        large = np.bincount(labels, minlength=1)[labels] > MOST_TEXTS
        own = (labels[left] == labels[right]) & large[left]
        anew = average_link(rows, left[own], right[own], odds[own], cut, missing)
        labels = np.unique(np.where(large, rows + anew, labels), return_inverse=True)[1].astype(np.int64)
    return labels


def _matrix(texts: int, left: I64, right: I64, odds: F64, missing: float) -> F64:
    matrix = np.full((texts, texts), missing)
    matrix[left, right] = matrix[right, left] = odds
    np.fill_diagonal(matrix, 0.0)
    return matrix


def measure(wording: Wording, rows: I64, odds: F64, model: Model, is_part: bool = False) -> Division:
    """The best division of some rows, two or more, and its numbers. ``odds``: float64[rows, rows]; ``is_part``: they
    are one side of a division already made, so drawn to look alike."""
    held = held_terms(wording.words, rows)
    shared = shared_terms(wording.words, held, wording.rarity, wording.kind, model.search)
    side, other_divisions = part(shared, odds, model.search)
    if 2 * int(side.sum()) > side.size:
        side = ~side
    smaller = int(side.sum())
    kind = 2 if smaller > 1 else 1 if side.size > 2 else 0
    measured = _agreement(odds, side) | _explained(shared, side, model.search)
    if model.looks_at(WORDING_APART):
        measured |= _wording_apart(wording, held, side)
    texts, words = float(np.log(side.size)), wording.words.words[rows]
    measured |= {"texts": texts, "part": float(is_part), "texts_of_part": is_part * texts}
    measured["words"] = float(np.log1p(words).sum()) / side.size
    measured |= {"one_over_smaller": 1 / smaller, "other_divisions": other_divisions}
    measured["names_in_common"] = names_in_common(wording, held)
    return Division(rows[side], rows[~side], kind, measured)


def _agreement(odds: F64, side: Bools) -> dict[str, float]:
    """Log-odds of one event across the sides: per text, on average, and how much higher the best ones are."""
    crossing = odds[np.flatnonzero(side)[:, None], np.flatnonzero(~side)]
    total = float(crossing.sum())
    across = total / crossing.size
    nearest = np.concatenate((crossing.max(axis=0), crossing.max(axis=1)))
    return {
        "odds_across": total / side.size,
        "pairs_across": crossing.size / side.size,
        "across": across,
        "nearest_beyond_across": float(nearest.sum()) / side.size - across,
    }


def _wording_apart(wording: Wording, held: Held, side: Bools) -> dict[str, float]:
    """How alike the rare names and the numbers of the two sides are, each side taken as one text."""
    size = held.term.size
    of_second = side[held.owner] * size + np.repeat(np.arange(size), held.holders)

    def sums(weight: F64) -> tuple[F64, F64]:
        totals = np.asarray(np.bincount(of_second, weight[held.entries], minlength=2 * size), np.float64)
        return totals[size:], totals[:size]

    def cosine(a: F64, b: F64) -> float:
        return float(a @ b) / max(float(np.sqrt((a @ a) * (b @ b))), 1e-9)

    numbers, dividing = sums(wording.numbers), sums(wording.dividing_names)
    few, many = int(side.sum()), int((~side).sum())
    rare = np.minimum(*(total / texts for total, texts in zip(sums(wording.rare_names), (few, many), strict=True)))
    return {
        "numbers": cosine(*numbers),
        "dividing_names": cosine(*dividing),
        "common_names": float(np.log1p(np.sort(rare)[-COMMON_NAMES:].sum())),
    }


def names_in_common(wording: Wording, held: Held) -> float:
    """The rarest names that two texts or more of a group have, however it is parted: log of the sum of COMMON_NAMES."""
    weight = wording.rare_names[held.entries]
    highest = held.of_each(np.maximum, weight)[held.of_each(np.add, (weight > 0).astype(np.int64)) > 1]
    return float(np.log1p(np.sort(highest)[-COMMON_NAMES:].sum()))


def _explained(shared: Shared, side: Bools, search: Search) -> dict[str, float]:
    """Evidence of each kind of term for the division, and all of it as the search weighs it (logarithm)."""
    if not shared.term.size:
        return dict.fromkeys(("evidence_names", "evidence_numbers", "evidence_others", "evidence"), 0.0)
    gains = shared.gains(side)
    of_kind = [float(gains[shared.kind == kind].sum()) for kind in (NAME, NUMBER, OTHER)]
    weighed = float(gains @ search.weights(shared.kind))
    return {
        "evidence_names": of_kind[0],
        "evidence_numbers": of_kind[1],
        "evidence_others": of_kind[2],
        "evidence": float(np.log1p(max(weighed, 0.0))),
    }


def telling_terms(words: Terms, search: Search, members: Bools, most: int) -> list[str]:
    """The terms that best tell the texts of one story from the others, at most ``most``, the most telling first."""
    held = held_terms(words, np.arange(words.rows))
    shared = shared_terms(words, held, words.rarity(), kinds_of_terms(words), search)
    inside, size = shared.has[members].sum(axis=0), int(members.sum())
    gains = shared.gains(members) * search.weights(shared.kind)
    typical = inside * (words.rows - size) > (shared.holders - inside) * size
    best = np.flatnonzero(typical & (gains > 0))
    chosen = best[np.argsort(-gains[best], kind="stable")][:most]
    return [words.vocabulary[shared.term[k]] for k in chosen.tolist()]
