"""part → SIDES: the best way to part some texts in two.

Pairs alone mislead: two reports of different summits by one agency may read more alike than two reports of one summit.
A division is the better the less its sides agree pair by pair, and the more terms it explains: a place that all texts
on one side name and none on the other says more than any pair. Terms of the leads say most: news says what happened at
the top.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal, TypeVar

import msgspec
import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, Compute, ranges
from dedupe.text.terms import Terms

Values = TypeVar("Values", F64, I64)


MOST_COMPARED = 12
"""Up to this many texts all 2^(texts - 1) - 1 ways to part them are compared."""

MOST_SEARCHED = 60
"""Up to this many texts the best division is searched for by moving text after text; beyond, pairs alone decide."""

STARTING_TERMS = 12
"""The search also starts from the texts that have a term, for so many of the terms that part the texts most evenly."""

PRIOR_STRENGTH = 2.0
"""How much a term's rate on one side is expected to be its rate in the group, in texts."""

NAME, NUMBER, OTHER = range(3)
"""Kinds of terms: names; numbers, months and weekdays; all others."""


class SplitWeights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a division is worth: weights of a nat of evidence of each kind of term, and of a unit of log-odds across.

    Pairs on one side should have log-odds of ``level`` at least. Pairs are counted per text: their number grows with
    the square, and those of one text are hardly independent. ``lead``: a term stands as near the top as in the text
    that has it highest, or as in the mean of all that have it, which suits large groups better.
    """

    names: float
    numbers: float
    others: float
    across: float
    level: float
    lead: Literal["highest", "mean"]

    def weights(self, kind: I64) -> F64:
        """Weight of the evidence of terms of these kinds, float64[terms]."""
        return np.array([self.names, self.numbers, self.others])[kind]


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """Terms that some texts of a group have, but not all: their numbers, int64[shared], which texts have them,
    int64[texts, shared], how many, what kind they are of, and what their evidence weighs."""

    term: I64
    has: I64
    holders: I64
    kind: I64
    weight: F64

    def gains(self, side: Bools) -> F64:
        """Evidence of each term for a division: how much better two rates, one a side, explain which texts have it
        than one rate for all, in nats times weight, float64[shared]."""
        inside = self.has[side].sum(axis=0)
        return split_evidence(side.size, int(side.sum()), inside, self.holders) * self.weight


def term_kinds(words: Terms) -> I64:
    """The kind of each term, int64[terms]; a term is a name where any article has it as one."""
    kind = np.full(len(words.vocabulary), OTHER)
    kind[words.term[words.is_name]] = NAME
    kind[words.number | words.month | words.weekday] = NUMBER
    return kind


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """The terms of some texts: which entries of ``words`` they are, by term and then by text, and which of the texts
    each is of; the distinct terms, ascending, where the entries of each begin, and how many of the texts have it."""

    texts: int
    entries: I64
    owner: I64
    term: I64
    first: I64
    holders: I64

    def of_each(self, combine: np.ufunc, values: Values) -> Values:
        """The values of the entries of each term, combined: for each of the terms one."""
        return combine.reduceat(values, self.first) if self.first.size else values[:0]


def group_terms(words: Terms, rows: I64) -> GroupTerms:
    """What the texts of ``rows`` say."""
    starts = words.starts[rows]
    sizes = words.starts[rows + 1] - starts
    entries = ranges(starts, sizes)
    term = words.term[entries]
    order = np.argsort(term, kind="stable")
    term = term[order]
    begins = np.ones(term.size + 1, np.bool_)
    begins[1:-1] = term[1:] != term[:-1]
    bounds = np.flatnonzero(begins)
    first, holders = bounds[:-1], bounds[1:] - bounds[:-1]
    return GroupTerms(
        rows.size, entries[order], np.repeat(np.arange(rows.size), sizes)[order], term[first], first, holders
    )


def shared_terms(words: Terms, held: GroupTerms, idf: F64, kind: I64, search: SplitWeights) -> SharedTerms:
    """What some texts share with some but not all of each other. ``idf`` and ``kind``: of each term of ``words``.

    Their evidence weighs by rarity, times the square of how near the top they stand (``SplitWeights.lead``).
    """
    holders = held.holders
    is_shared = (holders > 1) & (holders < held.texts)
    shared = np.flatnonzero(is_shared)
    if not shared.size:
        return SharedTerms(shared, np.zeros((held.texts, 0), np.int64), shared, shared, np.zeros(0))
    has = np.zeros((held.texts, shared.size), np.int64)
    has[held.owner[np.repeat(is_shared, holders)], np.repeat(np.arange(shared.size), holders[shared])] = 1
    if search.lead == "highest":
        lead = held.of_each(np.maximum, words.lead[held.entries])
    else:
        place = np.repeat(np.arange(holders.size), holders)
        lead = np.bincount(place, words.lead[held.entries], minlength=holders.size) / holders
    term = held.term[shared]
    return SharedTerms(term, has, holders[shared], kind[term], idf[term] * lead[shared] ** 2)


def score_all_splits(shared: SharedTerms, log_odds: F64, search: SplitWeights, compute: Compute = SERIAL) -> F64:
    """What every division of 2 to MOST_COMPARED texts is worth, float64[2^(texts - 1) - 1]: at place i that whose
    second side holds the texts whose bits are set in i + 1. See ``find_best_split``."""
    texts = log_odds.shape[0]
    weight = shared.weight * search.weights(shared.kind)
    worth: F64 = compute.backend.score_all_splits(
        shared.has, shared.holders, weight, log_odds, _all_evidence(texts), search.across / texts, search.level
    )
    return worth


def find_best_split(
    shared: SharedTerms, log_odds: F64, search: SplitWeights, compute: Compute = SERIAL
) -> tuple[Bools, float]:
    """The best division of two texts or more: which are on the second side, bool[texts], and how much all divisions
    together are likelier than this one alone (logarithm), where all were compared; else 0.

    ``log_odds`` of one event: float64[texts, texts], symmetric, 0 on the diagonal. Of up to MOST_COMPARED texts it is
    the best there is (ties: the one whose second side holds the lowest rows); of up to MOST_SEARCHED the best found
    from several starts, Kernighan & Lin's way; beyond, what average link joins last.
    """
    texts = log_odds.shape[0]
    if texts == 2:
        return np.array([True, False]), 0.0
    if texts <= MOST_COMPARED:
        worth = score_all_splits(shared, log_odds, search, compute)
        best = int(np.argmax(worth))
        side = ((best + 1) >> np.arange(texts)) & 1 > 0
        return side, float(np.log(np.exp(worth - worth[best]).sum()))
    start = last_joined(log_odds)
    if texts > MOST_SEARCHED or not shared.term.size:
        return start, 0.0
    weight = shared.weight * search.weights(shared.kind)
    evenly = np.minimum(shared.holders, texts - shared.holders) * weight
    likely = np.argsort(-evenly, kind="stable")[:STARTING_TERMS]
    starts = [start, *(shared.has[:, term].astype(bool) for term in likely.tolist())]
    known = (shared.has, shared.holders, weight, log_odds)
    climbed = [(_climb(compute, side, known, search), side) for side in starts]
    return max(climbed, key=lambda found: found[0])[1], 0.0


def _climb(compute: Compute, side: Bools, group: tuple[I64, I64, F64, F64], search: SplitWeights) -> float:
    """Move text after text, from ``side`` on, which is changed; the value reached, to compare ends by."""
    texts = side.size
    tables, filled = _some_evidence(texts)
    moves, value, done = 3 * texts, 0.0, False
    while not done:
        size = int(side.sum())
        for near in range(max(1, size - 1), min(texts - 1, size + 1) + 1):
            tables[near], filled[near] = _evidence_table(texts, near), True
        moves, value, done = compute.backend.improve_split(
            side, *group, tables, filled, search.across / texts, search.level, moves
        )
    return value


def last_joined(log_odds: F64) -> Bools:
    """The two groups that average link (Sokal & Michener 1958) would join last, as the second side, bool[texts]."""
    texts = log_odds.shape[0]
    sums, size = log_odds.copy(), np.ones(texts)
    group = np.arange(texts)
    mean = np.where(np.triu(np.ones((texts, texts), bool), 1), sums, -np.inf)
    for _ in range(texts - 2):
        a, b = divmod(int(np.argmax(mean)), texts)
        sums[a] += sums[b]
        sums[:, a] += sums[:, b]
        size[a] += size[b]
        group[group == b] = a
        mean[b], mean[:, b] = -np.inf, -np.inf
        alive = np.isfinite(mean[a]) | np.isfinite(mean[:, a])
        value = sums[a] / (size[a] * size)
        after = np.arange(texts) > a
        mean[a, alive & after] = value[alive & after]
        mean[alive & ~after, a] = value[alive & ~after]
    second: Bools = group != group[0]
    return second


def split_evidence(texts: int, size: int, inside: I64, holders: I64) -> F64:
    """Log Bayes factor of two rates over one for terms that ``holders`` of so many texts have, ``inside`` of them among
    the ``size`` on one side: beta-binomial, the group's rate as prior mean."""
    if texts <= MOST_SEARCHED:
        return _evidence_table(texts, size)[inside, holders]
    return _bayes_factor(texts, size, inside.astype(np.float64), holders.astype(np.float64))


@functools.lru_cache(maxsize=1024)
def _evidence_table(texts: int, size: int) -> F64:
    """float64[inside, holders]; what cannot be is taken for the nearest that can."""
    inside, holders = np.arange(texts + 1)[:, None], np.arange(texts + 1)
    inside = np.clip(inside, np.maximum(0, holders - texts + size), np.minimum(size, holders))
    return _bayes_factor(texts, size, inside.astype(np.float64), holders.astype(np.float64))


@functools.cache
def _some_evidence(texts: int) -> tuple[F64, Bools]:
    """Room for the tables of all sizes, float64[size, inside, holders], and which are filled: few are ever needed."""
    return np.empty((texts + 1, texts + 1, texts + 1)), np.zeros(texts + 1, bool)


@functools.cache
def _all_evidence(texts: int) -> F64:
    return np.stack([_evidence_table(texts, size) for size in range(texts + 1)])


def _bayes_factor(texts: int, size: int, inside: F64, holders: F64) -> F64:
    rate = (holders + 0.5) / (texts + 1)
    a, b = PRIOR_STRENGTH * rate, PRIOR_STRENGTH * (1 - rate)
    outside, others = holders - inside, texts - size
    two = _log_beta(a + inside, b + size - inside) + _log_beta(a + outside, b + others - outside)
    one = _log_beta(a, b) + _log_beta(a + holders, b + texts - holders)
    return two - one


def _log_beta(a: F64, b: F64) -> F64:
    return _log_gamma(a) + _log_gamma(b) - _log_gamma(a + b)


def _log_gamma(x: F64) -> F64:
    """Logarithm of the gamma function of x > 0: Stirling's series (Abramowitz & Stegun 6.1.41), good to about 1e-10."""
    product = np.ones_like(x)
    for i in range(7):
        product = product * (x + i)
    z = x + 7
    series = 1 / (12 * z) - 1 / (360 * z**3) + 1 / (1260 * z**5)
    result: F64 = (z - 0.5) * np.log(z) - z + 0.5 * np.log(2 * np.pi) + series - np.log(product)
    return result
