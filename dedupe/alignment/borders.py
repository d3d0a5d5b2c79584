"""Refine a passage candidate: find the word at which the reuse begins and ends on either side.

Each word gets a log-likelihood ratio, reused against chance, from how its term occurs in the other side of the
candidate. The borders go where the sum of these ratios is largest. Word order counts only as evidence, so passages
whose words were shuffled are bounded as well. ``dedupe.alignment.passages`` proposes the candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import rank_within

PassageKind = Literal["verbatim", "edited", "rewritten", "summary"]


# "PAN tune" is the tuning half of the PAN-2013 training corpus: `python -m benchmarks.alignment.pan13 --half tune`.
REACH_WORDS = 50
"""How many words a border may move outwards in one round (PAN tune)."""

ROUNDS = 3
"""Most rounds of refinement. A round refines the left borders, then the right ones; most passages are stable after
two."""

HOPELESS_NATS = 16.0
"""Refinement stops after a round that leaves less evidence than this on either side."""

SENTENCE_BORDER_NATS = 4.0
"""Bonus for a border that falls between two sentences, where reuse mostly begins and ends (PAN tune)."""

WORD_NATS = 3.0
"""Limit on the evidence of one word, for or against reuse (PAN tune)."""

CHANCE_PAIR_SHARE = 0.1
"""Of the words that both sides have by chance, the share that also has the same neighbour on both (PAN tune)."""

SUPPORT_WORDS = 20
"""Words before and after a word over which its support is averaged; see ``_is_surplus`` (PAN tune)."""

VERBATIM_SHARE, EDITED_SHARE = 0.8, 0.5
"""A passage is verbatim or edited if at least this share of its words stands in a shared word pair, on the weaker side;
otherwise it is rewritten."""


@dataclass(frozen=True, slots=True)
class PassageCandidate:
    """A passage as half-open intervals of words, with its evidence.

    ``left_start``, ``left_end``, ``right_start``, ``right_end``: word numbers. The other numbers are measured on both
    sides and are those of the weaker side.
    ``evidence_nats``: the log-likelihood ratio of reuse against chance, with the bonuses for borders between sentences;
    of a summary, the log odds that its sentences condense the other text.
    ``shared_words``: 0 to 1, the share of words that have a counterpart on the other side. Of a summary, the mean share
    of its sentences' information that the other text knows.
    ``shared_pairs``: 0 to 1, the share of words that stand beside the same neighbour on the other side (0 for a
    summary).
    ``kind``: the class, from ``shared_pairs``.
    """

    left_start: int
    left_end: int
    right_start: int
    right_end: int
    evidence_nats: float
    shared_words: float
    shared_pairs: float
    kind: PassageKind = "rewritten"


def refine_borders(
    pair: TextPair,
    words: tuple[int, int, int, int],
    left_borders: F64,
    right_borders: F64,
    *,
    right_first: bool = False,
) -> PassageCandidate:
    """Move the borders of a candidate to where the evidence of its words is strongest.

    ``words`` are its left start, left end, right start and right end. ``left_borders`` and ``right_borders`` are the
    bonuses that ``sentence_borders`` gives for either text. The left borders are refined against the right side as it
    is, then the right borders against the new left side, until nothing moves, ``ROUNDS`` are over, or the evidence is
    hopeless; ``right_first`` begins with the right borders.
    """
    left_start, left_end, right_start, right_end = words
    if right_first:
        other = pair.left_terms[left_start:left_end]
        right_start, right_end, *_ = _strongest_segment(
            pair, pair.right_terms, right_start, right_end, other, right_borders
        )
    for _ in range(ROUNDS):
        before = left_start, left_end, right_start, right_end
        other = pair.right_terms[right_start:right_end]
        left_start, left_end, *of_left = _strongest_segment(
            pair, pair.left_terms, left_start, left_end, other, left_borders
        )
        other = pair.left_terms[left_start:left_end]
        right_start, right_end, *of_right = _strongest_segment(
            pair, pair.right_terms, right_start, right_end, other, right_borders
        )
        is_stable = before == (left_start, left_end, right_start, right_end)
        if is_stable or min(of_left[0], of_right[0]) < HOPELESS_NATS:
            break
    evidence, shared_words, shared_pairs = (min(both) for both in zip(of_left, of_right, strict=True))
    kind: PassageKind = (
        "verbatim" if shared_pairs >= VERBATIM_SHARE else "edited" if shared_pairs >= EDITED_SHARE else "rewritten"
    )
    return PassageCandidate(left_start, left_end, right_start, right_end, evidence, shared_words, shared_pairs, kind)


def sentence_borders(text: TokenizedText) -> F64:
    """The bonus, in nats, for a border before each word and behind the last one: float64[words + 1].

    It is ``SENTENCE_BORDER_NATS`` between two sentences and at both ends of the text, and 0 inside a sentence.
    """
    bonus = np.zeros(len(text.forms) + 1)
    bonus[text.sentence_words] = SENTENCE_BORDER_NATS
    return bonus


def _strongest_segment(
    pair: TextPair, terms: I64, start: int, end: int, other: I64, borders: F64
) -> tuple[int, int, float, float, float]:
    """The segment of ``terms`` around [start, end) with the most evidence that it reuses ``other``.

    Each word gets a log-likelihood ratio, reused against chance, from how it occurs in ``other``: with a neighbour it
    has here (paired), without (alone), fewer times than here, so that none is left for it (surplus), or not at all.
    Reused: how often each of these happens inside [start, end). Chance: from the frequency of the word's term in both
    texts and the length of ``other``.

    Returns the start and end of the segment with the largest sum of ratios, that sum with the bonuses of its borders,
    its share of words that are paired or alone, and its share of paired words.
    """
    first, last = max(0, start - REACH_WORDS), min(terms.size, end + REACH_WORDS)
    window = terms[first:last]
    known, paired = _found_in(window, other, pair.terms)
    surplus = known & _is_surplus(window, other, np.add(known, paired, dtype=np.float64), pair.terms)
    alone, paired = known & ~paired & ~surplus, paired & ~surplus
    inside = slice(start - first, end - first)
    size = end - start + 3  # each of the three rates counts one word more than there is, so that none is 0
    paired_rate = (np.count_nonzero(paired[inside]) + 1) / size
    alone_rate = (np.count_nonzero(alone[inside]) + 1) / size
    rest_rate = 1 - paired_rate - alone_rate
    chance = np.minimum(np.maximum(-np.expm1(-pair.frequency[window] * other.size), 0.001), 0.95)
    odds = np.where(alone, alone_rate / (chance * (1 - CHANCE_PAIR_SHARE)), rest_rate / (1 - chance))
    odds = np.where(paired, paired_rate / (chance * CHANCE_PAIR_SHARE), odds)
    # A surplus word speaks against reuse, but the less the likelier its term is found by chance.
    nats = np.where(surplus, np.log(rest_rate) * (1 - chance), np.log(odds))
    nats = np.minimum(np.maximum(nats, -WORD_NATS), WORD_NATS)
    begin, stop, total = best_segment(nats, borders[first : last + 1])
    shared_pairs = float(np.mean(paired[begin:stop]))
    shared_words = shared_pairs + float(np.mean(alone[begin:stop]))
    return first + begin, first + stop, total, shared_words, shared_pairs


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


def _is_surplus(window: I64, other: I64, support: F64, vocabulary: int) -> Bools:
    """Which words of ``window`` get no counterpart, because their term occurs less often in ``other`` than here.

    A term that occurs n times in ``other`` has counterparts for n of its words here. They go to the words with the
    highest mean ``support`` within ``SUPPORT_WORDS`` words; of equal ones, to the first. Without this rule a passage
    would take in the text before and after it, which is about the same subject in the same words.
    """
    places = np.arange(window.size)
    total = np.concatenate((np.zeros(1), np.cumsum(support)))
    low, high = np.maximum(0, places - SUPPORT_WORDS), np.minimum(window.size, places + SUPPORT_WORDS + 1)
    mean_support = (total[high] - total[low]) / (high - low)
    rank = rank_within(window, np.lexsort((-mean_support, window)))
    return np.asarray(rank >= np.bincount(other, minlength=vocabulary)[window])


def best_segment(nats: F64, borders: F64) -> tuple[int, int, float]:
    """The non-empty segment [start, end) of ``nats`` with the largest sum, and that sum.

    The sum includes the bonus ``borders[start] + borders[end]``; ``borders`` has one element more than ``nats``.
    """
    total = np.concatenate((np.zeros(1), np.cumsum(nats)))
    cost = total[:-1] - borders[:-1]
    gain = total[1:] + borders[1:] - np.minimum.accumulate(cost)
    end = int(np.argmax(gain))
    return int(np.argmin(cost[: end + 1])), end + 1, float(gain[end])


def overlap(start: int, end: int, other_start: int, other_end: int) -> int:
    """The length of the intersection of two half-open intervals, 0 where they do not meet."""
    return max(0, min(end, other_end) - max(start, other_start))
