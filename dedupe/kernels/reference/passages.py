"""The borders of passages that two texts share."""

from __future__ import annotations

import math

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels.ragged import rank_within
from dedupe.kernels.records import BorderRules
from dedupe.kernels.segments import best_segment


def refine_borders(
    left: I64, right: I64, terms: int, borders: tuple[F64, F64], rules: BorderRules, words: I64
) -> tuple[I64, F64]:
    """See ``Backend.refine_borders``. Refines one candidate after the other."""
    refined, evidence = np.array(words), np.zeros((len(words), 3))
    counts = np.bincount(left, minlength=terms) + np.bincount(right, minlength=terms)
    frequency = counts / max(1, left.size + right.size)
    for k, (left_start, left_end, right_start, right_end) in enumerate(words.tolist()):
        sides = (left_start, left_end), (right_start, right_end)
        for _ in range(rules.rounds):
            new_left, of_left = _strongest(left, sides[0], right[slice(*sides[1])], frequency, borders[0], rules)
            new_right, of_right = _strongest(right, sides[1], left[slice(*new_left)], frequency, borders[1], rules)
            is_stable, sides = sides == (new_left, new_right), (new_left, new_right)
            evidence[k] = np.minimum(of_left, of_right)
            if is_stable or evidence[k, 0] < rules.hopeless_nats:
                break
        refined[k] = (*sides[0], *sides[1])
    return refined, evidence


def _strongest(
    terms: I64, words: tuple[int, int], other: I64, frequency: F64, borders: F64, rules: BorderRules
) -> tuple[tuple[int, int], tuple[float, float, float]]:
    """The segment of ``terms`` around the words [start, end) with the most evidence that it reuses ``other``.

    Returns its start and end, and its evidence: the sum of ratios with the bonuses of its borders, its share of words
    that are paired or alone, and its share of paired words.
    """
    start, end = words
    first, last = max(0, start - rules.reach_words), min(terms.size, end + rules.reach_words)
    window = terms[first:last]
    known, paired = _found_in(window, other, frequency.size)
    support = np.add(known, paired, dtype=np.float64)
    surplus = known & _is_surplus(window, other, support, frequency.size, rules.support_words)
    alone, paired = known & ~paired & ~surplus, paired & ~surplus
    inside = slice(start - first, end - first)
    size = end - start + 3  # each of the three rates counts one word more than there is, so that none is 0
    paired_rate = (np.count_nonzero(paired[inside]) + 1) / size
    alone_rate = (np.count_nonzero(alone[inside]) + 1) / size
    rest_rate = 1 - paired_rate - alone_rate
    # The functions of the C library, which the other backend calls too; those of NumPy differ in the last digit.
    likely = np.array([-math.expm1(nats) for nats in (-frequency[window] * other.size).tolist()])
    chance = np.minimum(np.maximum(likely, rules.least_chance), rules.most_chance)
    odds = np.where(alone, alone_rate / (chance * (1 - rules.chance_pair_share)), rest_rate / (1 - chance))
    odds = np.where(paired, paired_rate / (chance * rules.chance_pair_share), odds)
    # A surplus word speaks against reuse, but the less the likelier its term is found by chance.
    logs = np.array([math.log(ratio) for ratio in odds.tolist()])
    nats = np.where(surplus, math.log(rest_rate) * (1 - chance), logs)
    nats = np.minimum(np.maximum(nats, -rules.word_nats), rules.word_nats)
    begin, stop, total = best_segment(nats, borders[first : last + 1])
    shared_pairs = np.count_nonzero(paired[begin:stop]) / (stop - begin)
    shared_words = shared_pairs + np.count_nonzero(alone[begin:stop]) / (stop - begin)
    return (first + begin, first + stop), (total, shared_words, shared_pairs)


def _found_in(window: I64, other: I64, vocabulary: int) -> tuple[Bools, Bools]:
    """For each word of ``window``: whether its term is in ``other``, and whether it has a neighbour there as here."""
    present = np.zeros(vocabulary, bool)
    present[other] = True
    paired = np.zeros(window.size, bool)
    wanted, couples = np.sort(other[:-1] * vocabulary + other[1:]), window[:-1] * vocabulary + window[1:]
    if wanted.size:
        shared = wanted[np.minimum(np.searchsorted(wanted, couples), wanted.size - 1)] == couples
        paired[:-1] |= shared
        paired[1:] |= shared
    return present[window], paired


def _is_surplus(window: I64, other: I64, support: F64, vocabulary: int, reach: int) -> Bools:
    """Which words of ``window`` get no counterpart, because their term occurs less often in ``other`` than here.

    The counterparts go to the words with the highest mean ``support`` within ``reach`` words; of equal ones, to the
    first.
    """
    places = np.arange(window.size)
    total = np.concatenate((np.zeros(1), np.cumsum(support)))
    low, high = np.maximum(0, places - reach), np.minimum(window.size, places + reach + 1)
    mean_support = (total[high] - total[low]) / (high - low)
    rank = rank_within(window, np.lexsort((-mean_support, window)))
    return np.asarray(rank >= np.bincount(other, minlength=vocabulary)[window])
