"""The search for the best split: the split of a group of texts in two that looks most like two events.

Pair log-odds alone mislead: two reports of different summits by one agency may be more similar than two reports of one
summit. So a split scores higher the less its sides agree pair by pair, and the more terms it explains: a place that all
texts on one side name, and none on the other, says more than any pair. Terms of the leads count most, because news
reports begin with what happened.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import numpy as np

from dedupe.arrays import F64, I64, U16, U32, Bools
from dedupe.kernels import SERIAL, Compute, ranges, run_starts
from dedupe.stories.inner_similarity import inverse_frequency
from dedupe.text.terms import LEAD_WEIGHTS, Terms

Values = TypeVar("Values", F64, I64, U16)


MOST_SEARCHED = 300
"""Larger groups are not searched, to limit memory and time; so large a story gives a warning anyway."""

STARTING_TERMS = 12
"""The search also starts from the texts that have a certain term, for this many terms: those with the highest product
of weight and texts on the smaller side."""

PRIOR_STRENGTH = 2.0
"""Strength of the prior that a term is as frequent on one side as in the whole group, in texts."""

NAME, NUMBER, OTHER = range(3)
"""Kinds of terms: names; numbers, months and weekdays; all others."""


class SplitWeights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a split is scored in the search: score = evidence of terms - ``across`` / texts × Σ (log-odds - ``level``).

    ``names``, ``numbers``, ``others``: weights of a nat of evidence of each kind of term. The sum runs over all pairs
    with one text on either side; it is divided by the number of texts, because the number of pairs grows with its
    square, and the pairs of one text are hardly independent.
    """

    names: float
    numbers: float
    others: float
    across: float
    level: float

    def weights(self, kind: I64) -> F64:
        """Weight of the evidence of terms of these kinds, float64[terms]."""
        return np.array([self.names, self.numbers, self.others])[kind]


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """Terms that at least two texts of a group have, but not all of them.

    ``term``: term numbers, uint32[shared]. ``has``: 1 where a text has a term, int64[texts, shared]. ``holders``: how
    many texts have each term, ``kind``: its kind, ``weight``: the weight of its evidence, float64[shared].
    """

    term: U32
    has: I64
    holders: I64
    kind: I64
    weight: F64

    def gains(self, side: Bools) -> F64:
        """Weighted evidence of each term for a split, in nats × weight: float64[shared].

        The evidence is how much better two rates, one per side, explain which texts have the term than one rate for
        all. ``side``: which texts are on one side, bool[texts].
        """
        inside = self.has[side].sum(axis=0)
        return split_evidence(side.size, int(side.sum()), inside, self.holders) * self.weight


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """The terms of some texts, sorted by term and then by text.

    ``texts``: how many there are. ``entries``: the numbers of the entries in ``Terms``, and ``owner``: the text of each
    (counted from 0 within the group), int64[entries]. ``term``: the distinct terms, ascending; ``first``: where the
    entries of each begin; ``holders``: how many of the texts have it, int64[distinct] each.
    """

    texts: int
    entries: I64
    owner: I64
    term: U32
    first: I64
    holders: I64

    def reduce_by_term(self, combine: np.ufunc, values: Values) -> Values:
        """Combine the values of the entries of each term with a NumPy function: one value for each distinct term."""
        return combine.reduceat(values, self.first) if self.first.size else values[:0]


def group_terms(words: Terms, rows: I64) -> GroupTerms:
    """The terms of the texts in ``rows``, int64."""
    starts = words.starts[rows]
    sizes = words.starts[rows + 1] - starts
    entries = ranges(starts, sizes)
    order = np.argsort(words.term[entries], kind="stable")
    entries, owner = entries[order], np.repeat(np.arange(rows.size), sizes)[order]
    term = words.term[entries]
    first = run_starts(term)
    return GroupTerms(rows.size, entries, owner, term[first], first, np.diff(first, append=term.size))


def shared_terms(words: Terms, group: GroupTerms) -> SharedTerms:
    """The terms of a group that at least two texts have, but not all of them.

    The weight of a term's evidence is its idf times the square of how near the top it stands in the text that has it
    highest. A term is a name if it is one in any text of the group.
    """
    holders = group.holders
    is_shared = (holders > 1) & (holders < group.texts)
    shared = np.flatnonzero(is_shared)
    if not shared.size:
        return SharedTerms(group.term[:0], np.zeros((group.texts, 0), np.int64), shared, shared, np.zeros(0))
    has = np.zeros((group.texts, shared.size), np.int64)
    has[group.owner[np.repeat(is_shared, holders)], np.repeat(np.arange(shared.size), holders[shared])] = 1
    lead = LEAD_WEIGHTS[group.reduce_by_term(np.minimum, words.first[group.entries])[shared]]
    is_name = group.reduce_by_term(np.maximum, words.is_name[group.entries].astype(np.int64))[shared] > 0
    term = group.term[shared]
    kind = np.where(is_name, NAME, OTHER)
    kind[(words.number | words.month | words.weekday)[term]] = NUMBER
    idf = inverse_frequency(words, term, np.full(shared.size, group.texts), holders[shared])
    return SharedTerms(term, has, holders[shared], kind, idf * lead**2)


def find_best_split(
    shared: SharedTerms, log_odds: F64, search: SplitWeights, compute: Compute = SERIAL
) -> tuple[Bools, float]:
    """Find the best split of two or more texts: which of them are on the second side, bool[texts], and its score.

    ``log_odds`` of one event: float64[texts, texts], symmetric, 0 on the diagonal. The split is the best that a local
    search finds from several starts (Kernighan & Lin 1970): the last merge of average linkage, and the texts that have
    a certain term.
    """
    texts = log_odds.shape[0]
    weight = shared.weight * search.weights(shared.kind)
    evenness = np.minimum(shared.holders, texts - shared.holders) * weight
    starting_terms = np.argsort(-evenness, kind="stable")[:STARTING_TERMS]
    starts = [last_joined(log_odds), *(shared.has[:, term].astype(bool) for term in starting_terms.tolist())]
    group = (shared.has, shared.holders, weight, log_odds)
    tables, filled = np.empty((texts + 1, texts + 1, texts + 1)), np.zeros(texts + 1, bool)
    climbed = [(_climb(compute, side, group, search, tables, filled), side) for side in starts]
    score, side = max(climbed, key=lambda found: found[0])
    return side, score


def _climb(
    compute: Compute,
    side: Bools,
    group: tuple[I64, I64, F64, F64],
    search: SplitWeights,
    tables: F64,
    filled: Bools,
) -> float:
    """Improve ``side`` in place by moving one text after the other, and return the score it reaches.

    ``group``: has, holders, weights and log-odds, as the kernel takes them. ``tables`` and ``filled``: evidence of
    terms, filled in here as far as it is needed; most searches need few sizes.
    """
    texts = side.size
    moves, score, done = 3 * texts, 0.0, False
    while not done:
        size = int(side.sum())
        for near in range(max(1, size - 1), min(texts - 1, size + 1) + 1):
            if not filled[near]:
                tables[near], filled[near] = _evidence_table(texts, near), True
        moves, score, done = compute.backend.improve_split(
            side, *group, tables, filled, search.across / texts, search.level, moves
        )
    return score


def last_joined(log_odds: F64) -> Bools:
    """The two groups that average linkage (Sokal & Michener 1958) would merge last, as the second side, bool[texts].

    The groups with the highest mean log-odds merge first (ties: lowest first members). ``log_odds``: as in
    ``find_best_split``, of two or more texts.

    Neither existing implementation fits. ``kernels.linkage.average_link`` stops at a threshold, not at a number of
    groups. SciPy breaks ties in another way, and log-odds are clipped, so ties are common.
    """
    texts = log_odds.shape[0]
    sums, size, group = log_odds.copy(), np.ones(texts), np.arange(texts)
    # A group is known by its first member; the rows and columns of all other members are -inf, like the diagonal.
    mean = log_odds.copy()
    np.fill_diagonal(mean, -np.inf)
    for _ in range(texts - 2):
        kept, merged = divmod(int(np.argmax(mean)), texts)
        sums[kept] += sums[merged]
        sums[:, kept] += sums[:, merged]
        size[kept] += size[merged]
        group[group == merged] = kept
        mean[merged] = mean[:, merged] = -np.inf
        others = np.isfinite(mean[kept])
        mean[kept, others] = mean[others, kept] = sums[kept, others] / (size[kept] * size[others])
    second: Bools = group != group[0]
    return second


def split_evidence(texts: int, size: int, inside: I64, holders: I64) -> F64:
    """Log Bayes factor of two rates over one for terms, in nats: float64[terms].

    Of ``texts`` texts, ``holders`` have the term; ``inside`` of them are among the ``size`` texts on one side. The
    model is beta-binomial, with the group's rate as the prior mean and PRIOR_STRENGTH as its strength.
    """
    return _evidence_table(texts, size)[inside, holders]


@functools.lru_cache(maxsize=128)
def _evidence_table(texts: int, size: int) -> F64:
    """``split_evidence`` for all counts, float64[inside, holders]; impossible ones repeat the nearest possible."""
    inside, holders = np.arange(texts + 1)[:, None], np.arange(texts + 1)
    inside = np.clip(inside, np.maximum(0, holders - texts + size), np.minimum(size, holders))
    with_term, without = _log_gammas(texts)

    def log_beta(successes: I64 | int, trials: int) -> F64:
        """Log B(a + successes, b + trials - successes); a + b is PRIOR_STRENGTH."""
        both: F64 = with_term[successes, holders] + without[trials - successes, holders]
        return both - math.lgamma(PRIOR_STRENGTH + trials)

    two_rates = log_beta(inside, size) + log_beta(holders - inside, texts - size)
    return two_rates - log_beta(0, 0) - log_beta(holders, texts)


@functools.lru_cache(maxsize=32)
def _log_gammas(texts: int) -> tuple[F64, F64]:
    """Log Γ(a + count) and log Γ(b + count), float64[count, holders] each, for counts of up to ``texts``.

    ``a`` and ``b`` are the parameters of the prior for a term that so many texts have. The splits of a group into sides
    of all sizes need the same few of these numbers.
    """
    rate = (np.arange(texts + 1) + 0.5) / (texts + 1)
    count = np.arange(texts + 1)[:, None]
    return _log_gamma(PRIOR_STRENGTH * rate + count), _log_gamma(PRIOR_STRENGTH * (1 - rate) + count)


_log_gamma = np.vectorize(math.lgamma, otypes=[np.float64])
"""Logarithm of the gamma function. ``scipy.special.gammaln`` takes longer to import than this takes in a whole run."""
