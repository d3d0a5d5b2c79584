"""part → SIDES: the best way to part some texts in two.

Pairs alone mislead: two reports of different summits by one agency may read more alike than two reports of one summit.
A division is the better the less its sides agree pair by pair, and the more terms it explains: a place that all texts
on one side name and none on the other says more than any pair.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from dedupe import kernels
from dedupe.kernels import ranges
from dedupe.terms import Terms

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MOST_COMPARED = 12
"""Up to this many texts all 2^(texts - 1) - 1 ways to part them are compared."""
MOST_SEARCHED = 60
"""Up to this many texts the best division is searched for by moving text after text; beyond, pairs alone decide."""
PAIRS_COUNT_UP_TO = 24
"""Above so many texts, pairs count less: their number grows with the square, term evidence does not."""
STARTING_TERMS = 12
"""The search also starts from the texts that have a term, for so many of the terms that part the texts most evenly."""
PRIOR_STRENGTH = 2.0
"""How much a term's rate on one side is expected to be its rate in the group, in texts."""
_ENTRIES_A_BYTE = 10
"""Terms weighed in the time that NumPy takes to sign a byte of text: what ``kernels.pick`` counts in."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a division is searched by: ``evidence_weight`` is what a nat of term evidence counts against a unit of
    log-odds across, ``level`` the log-odds that a pair on one side should have at least."""

    evidence_weight: float
    level: float


@dataclass(frozen=True, slots=True)
class Shared:
    """Terms that some texts of a group have, but not all: their numbers, int64[shared], which texts have them,
    int64[texts, shared], how many, and what each weighs."""

    term: I64
    has: I64
    holders: I64
    weight: F64

    def gains(self, side: Bools) -> F64:
        """Evidence of each term for a division: how much better two rates, one a side, explain which texts have it
        than one rate for all, in nats weighted by rarity, float64[shared]."""
        inside = self.has[side].sum(axis=0)
        return evidence(side.size, int(side.sum()), inside, self.holders) * self.weight


def term_weights(words: Terms) -> F64:
    """What the evidence of each term weighs: its rarity, times 1.5 for names and 0.5 for others, float64[terms]."""
    name = np.zeros(len(words.vocabulary))
    np.maximum.at(name, words.term, words.is_name.astype(np.float64))
    return words.rarity() * (0.5 + name)


@dataclass(frozen=True, slots=True)
class Held:
    """The terms of some texts: which entries of ``words`` they are, and for each of these which of the texts it is of
    and which of the distinct terms, ``term``, ascending, it stands for."""

    texts: int
    entries: I64
    owner: I64
    term: I64
    place: I64


def held_terms(words: Terms, rows: I64) -> Held:
    """What the texts of ``rows`` say."""
    sizes = np.diff(words.starts)[rows]
    entries = ranges(words.starts[rows], sizes)
    term, place = np.unique(words.term[entries], return_inverse=True)
    return Held(rows.size, entries, np.repeat(np.arange(rows.size), sizes), term, place)


def shared_terms(held: Held, weight: F64) -> Shared:
    """What some texts share with some but not all of each other. ``weight``: of each term of the collection."""
    holders = np.bincount(held.place, minlength=held.term.size)
    shared = np.flatnonzero((holders > 1) & (holders < held.texts))
    column = np.full(held.term.size, -1, np.int64)
    column[shared] = np.arange(shared.size)
    has = np.zeros((held.texts, shared.size), np.int64)
    where = column[held.place]
    has[held.owner[where >= 0], where[where >= 0]] = 1
    return Shared(held.term[shared], has, holders[shared], weight[held.term[shared]])


def part(shared: Shared, log_odds: F64, search: Search, twin: str = "auto") -> Bools:
    """The best division of two texts or more: which are on the second side, bool[texts].

    ``log_odds`` of one event: float64[texts, texts], symmetric, 0 on the diagonal. Of up to MOST_COMPARED texts it is
    the best there is (ties: the one whose second side holds the lowest rows); of up to MOST_SEARCHED the best found
    from several starts, Kernighan & Lin's way; beyond, what average link joins last. ``twin``: see ``kernels.pick``.
    """
    texts = log_odds.shape[0]
    if texts == 2:
        return np.array([True, False])
    if texts > MOST_SEARCHED:
        return last_joined(log_odds)
    known = (shared.has, shared.holders, shared.weight, log_odds)
    if texts <= MOST_COMPARED:
        using = kernels.pick((shared.term.size << texts) // _ENTRIES_A_BYTE, twin)
        best: Bools = using.best_side(*known, _all_evidence(texts), search.evidence_weight, search.level)
        return best
    start = last_joined(log_odds)
    if not shared.term.size:
        return start
    using = kernels.pick(texts * shared.has.size // _ENTRIES_A_BYTE, twin)
    evenly = np.minimum(shared.holders, texts - shared.holders) * shared.weight
    likely = np.argsort(-evenly, kind="stable")[:STARTING_TERMS]
    starts = [start, *(shared.has[:, term].astype(bool) for term in likely.tolist())]
    climbed = [(_climb(using, side, known, search), side) for side in starts]
    return max(climbed, key=lambda found: found[0])[1]


def _climb(using: ModuleType, side: Bools, group: tuple[I64, I64, F64, F64], search: Search) -> float:
    """Move text after text, from ``side`` on, which is changed; the value reached, to compare ends by."""
    texts = side.size
    tables, filled = _some_evidence(texts)
    pair_weight = min(1.0, PAIRS_COUNT_UP_TO / texts)
    moves, value, done = 3 * texts, 0.0, False
    while not done:
        size = int(side.sum())
        for near in range(max(1, size - 1), min(texts - 1, size + 1) + 1):
            tables[near], filled[near] = _evidence_table(texts, near), True
        moves, value, done = using.climb(
            side, *group, tables, filled, search.evidence_weight, pair_weight, search.level, moves
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


def evidence(texts: int, size: int, inside: I64, holders: I64) -> F64:
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
