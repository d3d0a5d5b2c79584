"""part → SIDES: the best way to part some texts in two.

Pairs alone mislead: two reports of different summits by one agency may read more alike than two reports of one summit.
A division is the better the less its sides agree pair by pair, and the more terms it explains: a place that all texts
on one side name and none on the other says more than any pair.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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


def shared_terms(words: Terms, weight: F64, rows: I64) -> Shared:
    """What the texts of ``rows`` share with some but not all of each other."""
    sizes = np.diff(words.starts)[rows]
    term, place = np.unique(words.term[ranges(words.starts[rows], sizes)], return_inverse=True)
    holders = np.bincount(place, minlength=term.size)
    shared = np.flatnonzero((holders > 1) & (holders < rows.size))
    column = np.full(term.size, -1, np.int64)
    column[shared] = np.arange(shared.size)
    has = np.zeros((rows.size, shared.size), np.int64)
    owner, kept = np.repeat(np.arange(rows.size), sizes), column[place] >= 0
    has[owner[kept], column[place[kept]]] = 1
    return Shared(term[shared], has, holders[shared], weight[term[shared]])


def part(shared: Shared, log_odds: F64, search: Search) -> Bools:
    """The best division of two texts or more: which are on the second side, bool[texts].

    ``log_odds`` of one event: float64[texts, texts], symmetric, 0 on the diagonal. Of up to MOST_COMPARED texts it is
    the best there is (ties: the one whose second side holds the lowest rows); of up to MOST_SEARCHED the best found
    from several starts, Kernighan & Lin's way; beyond, what average link joins last.
    """
    texts = log_odds.shape[0]
    if texts <= MOST_COMPARED:
        return _best_of_all(shared, log_odds, search)
    start = last_joined(log_odds)
    if texts > MOST_SEARCHED or not shared.term.size:
        return start
    evenly = np.minimum(shared.holders, texts - shared.holders) * shared.weight
    likely = np.argsort(-evenly, kind="stable")[:STARTING_TERMS]
    starts = [start, *(shared.has[:, term].astype(bool) for term in likely.tolist())]
    climbed = [_climb(shared, log_odds, search, side) for side in starts]
    return max(climbed, key=lambda found: found[0])[1]


def _best_of_all(shared: Shared, log_odds: F64, search: Search) -> Bools:
    texts = log_odds.shape[0]
    sides = (np.arange(1, 2 ** (texts - 1))[:, None] >> np.arange(texts)) & 1
    second = sides.astype(np.float64)
    size = sides.sum(axis=1)
    across = np.einsum("di,ij,dj->d", second, log_odds, 1 - second)
    gain: F64 = _all_evidence(texts)[size[:, None], sides @ shared.has, shared.holders[None, :]] @ shared.weight
    value = search.evidence_weight * gain - (across - search.level * size * (texts - size))
    best: Bools = sides[int(np.argmax(value))].astype(bool)
    return best


def _climb(shared: Shared, log_odds: F64, search: Search, start: Bools) -> tuple[float, Bools]:
    """Move the one text that gains most, until none gains; the value reached (to compare ends by) and the sides."""
    texts = start.size
    pair_weight = min(1.0, PAIRS_COUNT_UP_TO / texts)
    side, total = start.copy(), log_odds.sum(axis=1)
    for _ in range(3 * texts):
        size, inside = int(side.sum()), shared.has[side].sum(axis=0)
        to_second = log_odds @ side
        gain = np.full(texts, -np.inf)
        for step, movable in ((1, ~side), (-1, side)):
            if 0 < size + step < texts:
                pairs = (size + step) * (texts - size - step) - size * (texts - size)
                across = step * (total - 2 * to_second)
                moved = _evidence_moved(shared, texts, size, inside, step)
                change = search.evidence_weight * moved - pair_weight * (across - search.level * pairs)
                gain[movable] = change[movable]
        best = int(np.argmax(gain))
        if gain[best] <= 1e-9:
            break
        side[best] = not side[best]
    size = int(side.sum())
    across = float(log_odds[np.ix_(side, ~side)].sum()) - search.level * size * (texts - size)
    return search.evidence_weight * float(shared.gains(side).sum()) - pair_weight * across, side


def _evidence_moved(shared: Shared, texts: int, size: int, inside: I64, step: int) -> F64:
    """Term evidence gained by each text if it alone changed sides, float64[texts]; ``step``: 1 to the second side."""
    now = evidence(texts, size, inside, shared.holders)
    # A term that every text of the side left behind has cannot stay as it is; the clip only keeps the table's bounds.
    least = np.maximum(0, shared.holders - (texts - size - step))
    without = np.clip(inside, least, np.minimum(size + step, shared.holders))
    moved = np.clip(inside + step, least, np.minimum(size + step, shared.holders))
    stays = evidence(texts, size + step, without, shared.holders)
    goes = evidence(texts, size + step, moved, shared.holders)
    gained: F64 = float(((stays - now) * shared.weight).sum()) + shared.has @ ((goes - stays) * shared.weight)
    return gained


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
    inside, holders = np.meshgrid(np.arange(texts + 1), np.arange(texts + 1), indexing="ij")
    inside = np.clip(inside, np.maximum(0, holders - texts + size), np.minimum(size, holders))
    return _bayes_factor(texts, size, inside.astype(np.float64), holders.astype(np.float64))


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
