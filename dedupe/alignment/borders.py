"""settle → STRETCHES: where a reused stretch of two texts begins and ends, to the word.

Every word votes for or against reuse by how much more likely it is to be found in the other side if reused than by
chance; the borders go where the sum of the votes is largest. Word order matters only as evidence, so shuffled wording
is bounded as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import F64, I64, Bools

PassageKind = Literal["verbatim", "edited", "rewritten", "summary"]


# "PAN tune" is the tuning half of the PAN-2013 training corpus: `python -m benchmarks.alignment.pan13 --half tune`.
REACH_WORDS = 50
"""How far evidence may move a border outwards in one round (PAN tune)."""

ROUNDS = 3
"""Left borders, right borders, in turn; most passages are stable after two."""

HOPELESS_NATS = 16.0
"""Stretches with less evidence after a round are not worth another one."""

SENTENCE_BORDER_NATS = 4.0
"""Bonus for a border between sentences, where reuse mostly begins and ends (PAN tune)."""

WORD_NATS = 3.0
"""Largest evidence one word can give for or against (PAN tune)."""

CHANCE_PAIR_SHARE = 0.1
"""How often a word that both sides have by chance also has the same neighbour on both (PAN tune)."""

SUPPORT_WORDS = 20
"""How far around a word its support is measured (PAN tune)."""

VERBATIM_SHARE, EDITED_SHARE = 0.8, 0.5
"""Share of words that stand in a shared word pair, on the weaker side, for a passage to count as that kind."""


@dataclass(frozen=True, slots=True)
class PassageCandidate:
    """A passage in words (half-open); its evidence in nats and its shares of words that have a counterpart and that
    stand in a shared word pair, all of the weaker side."""

    left_start: int
    left_end: int
    right_start: int
    right_end: int
    evidence_nats: float
    shared_words: float
    shared_pairs: float
    kind: PassageKind = "rewritten"


def refine_borders(
    pair: TextPair, words: tuple[int, int, int, int], left_borders: F64, right_borders: F64
) -> PassageCandidate:
    """Move the borders of a stretch to where the evidence of its words is strongest, each side given the other.

    ``words`` are its left start, left end, right start and right end; the bonuses are those of ``sentence_borders``.
    """
    left_start, left_end, right_start, right_end = words
    for _ in range(ROUNDS):
        before = left_start, left_end, right_start, right_end
        source = pair.right_terms[right_start:right_end]
        left_start, left_end, *ours = _strongest(pair, pair.left_terms, left_start, left_end, source, left_borders)
        source = pair.left_terms[left_start:left_end]
        right_start, right_end, *theirs = _strongest(
            pair, pair.right_terms, right_start, right_end, source, right_borders
        )
        if before == (left_start, left_end, right_start, right_end) or min(ours[0], theirs[0]) < HOPELESS_NATS:
            break
    evidence, shared_words, shared_pairs = (min(both) for both in zip(ours, theirs, strict=True))
    kind: PassageKind = (
        "verbatim" if shared_pairs >= VERBATIM_SHARE else "edited" if shared_pairs >= EDITED_SHARE else "rewritten"
    )
    return PassageCandidate(left_start, left_end, right_start, right_end, evidence, shared_words, shared_pairs, kind)


def sentence_borders(wording: TokenizedText) -> F64:
    """Bonus for a border before each word, and after the last: some between sentences, none within."""
    bonus = np.zeros(len(wording.forms) + 1)
    bonus[wording.sentence_words] = SENTENCE_BORDER_NATS
    return bonus


def _strongest(
    pair: TextPair, terms: I64, start: int, end: int, other: I64, borders: F64
) -> tuple[int, int, float, float, float]:
    """The segment of ``terms`` around [start, end) that is best explained as reuse of ``other``.

    Every word votes with the log odds of being found in ``other`` as it is – beside a neighbour it has here, alone,
    more often here than there, not at all – if reused, the rates inside [start, end), against by chance, which depends
    on the term's frequency and the length of ``other``. Gives the segment with the largest sum of votes, that sum, and
    its shares of words that have a counterpart and that stand in a shared pair.
    """
    first, last = max(0, start - REACH_WORDS), min(terms.size, end + REACH_WORDS)
    window = terms[first:last]
    known, paired = _found_in(window, other, pair.terms)
    surplus = known & _is_surplus(window, other, np.add(known, paired, dtype=np.float64), pair.terms)
    alone, paired = known & ~paired & ~surplus, paired & ~surplus
    inside = slice(start - first, end - first)
    size = end - start + 3
    paired_rate = (np.count_nonzero(paired[inside]) + 1) / size
    alone_rate = (np.count_nonzero(alone[inside]) + 1) / size
    rest_rate = 1 - paired_rate - alone_rate
    chance = np.minimum(np.maximum(-np.expm1(-pair.frequency[window] * other.size), 0.001), 0.95)
    odds = np.where(alone, alone_rate / (chance * (1 - CHANCE_PAIR_SHARE)), rest_rate / (1 - chance))
    odds = np.where(paired, paired_rate / (chance * CHANCE_PAIR_SHARE), odds)
    nats = np.where(surplus, np.log(rest_rate) * (1 - chance), np.log(odds))
    nats = np.minimum(np.maximum(nats, -WORD_NATS), WORD_NATS)
    begin, stop, total = best_segment(nats, borders[first : last + 1])
    shared_pairs = float(np.mean(paired[begin:stop]))
    shared_words = shared_pairs + float(np.mean(alone[begin:stop]))
    return first + begin, first + stop, total, shared_words, shared_pairs


def _found_in(window: I64, other: I64, vocabulary: int) -> tuple[Bools, Bools]:
    """For each word of ``window``: is it in ``other``, and does it stand there beside a neighbour it has here?"""
    present = np.zeros(vocabulary, bool)
    present[other] = True
    paired = np.zeros(window.size, bool)
    wanted, couples = np.sort(other[:-1] * vocabulary + other[1:]), window[:-1] * vocabulary + window[1:]
    if wanted.size:
        couples = wanted[np.minimum(np.searchsorted(wanted, couples), wanted.size - 1)] == couples
        paired[:-1] |= couples
        paired[1:] |= couples
    return present[window], paired


def _is_surplus(window: I64, other: I64, support: F64, vocabulary: int) -> Bools:
    """Which words of ``window`` have no counterpart left in ``other``, where their term occurs less often.

    Counterparts go first to the words with the most ``support`` around them. Without this a passage would swallow its
    neighbours in the source, which speak of the same things in the same words.
    """
    places = np.arange(window.size)
    total = np.concatenate((np.zeros(1), np.cumsum(support)))
    low, high = np.maximum(0, places - SUPPORT_WORDS), np.minimum(window.size, places + SUPPORT_WORDS + 1)
    order = np.lexsort(((total[low] - total[high]) / (high - low), window))
    ordered = window[order]
    starts_term = np.concatenate((np.ones(1, bool), ordered[1:] != ordered[:-1]))
    rank = np.empty(window.size, np.int64)
    rank[order] = places - np.maximum.accumulate(np.where(starts_term, places, 0))
    return np.asarray(rank >= np.bincount(other, minlength=vocabulary)[window])


def best_segment(nats: F64, borders: F64) -> tuple[int, int, float]:
    """Non-empty segment [start, end) with the largest sum of ``nats`` and of the bonus at both borders (one longer)."""
    total = np.concatenate((np.zeros(1), np.cumsum(nats)))
    cost = total[:-1] - borders[:-1]
    gain = total[1:] + borders[1:] - np.minimum.accumulate(cost)
    end = int(np.argmax(gain))
    return int(np.argmin(cost[: end + 1])), end + 1, float(gain[end])


def overlap(start: int, end: int, other_start: int, other_end: int) -> int:
    """Length of the intersection of two half-open intervals."""
    return max(0, min(end, other_end) - max(start, other_start))
