"""Refine a passage candidate: find the word at which the reuse begins and ends on either side.

Each word gets a log-likelihood ratio, reused against chance, from how its term occurs in the other side of the
candidate. The borders go where the sum of these ratios is largest. Word order counts only as evidence, so passages
whose words were shuffled are bounded as well. ``dedupe.alignment.passages`` proposes the candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import F64
from dedupe.kernels import DEFAULT, BorderRules

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
"""A term that occurs n times on the other side has counterparts for n of its words here: those with the highest mean
support within so many words before and after them (PAN tune). Without this rule a passage would take in the text before
and after it, which is about the same subject in the same words."""

LEAST_CHANCE, MOST_CHANCE = 0.001, 0.95
"""Limits on the probability that a term is found on the other side by chance."""

_RULES = BorderRules(
    REACH_WORDS, ROUNDS, SUPPORT_WORDS, HOPELESS_NATS, WORD_NATS, CHANCE_PAIR_SHARE, LEAST_CHANCE, MOST_CHANCE
)

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
    candidates: Sequence[tuple[int, int, int, int]],
    left_borders: F64,
    right_borders: F64,
    *,
    right_first: bool = False,
) -> list[PassageCandidate]:
    """Move the borders of candidates to where the evidence of their words is strongest.

    ``candidates``: the left start, left end, right start and right end of each, in words. ``left_borders`` and
    ``right_borders`` are the bonuses that ``sentence_borders`` gives for either text. ``right_first``: begin with the
    borders on the right. ``dedupe.kernels.passage_contract`` describes the computation.
    """
    if not candidates:
        return []
    sides = slice(None, None, -1 if right_first else 1)
    words = np.array(candidates, np.int64).reshape(-1, 2, 2)[:, sides].reshape(-1, 4)
    one, other, borders = pair.left_terms, pair.right_terms, (left_borders, right_borders)
    if right_first:
        one, other, borders = other, one, (right_borders, left_borders)
    refined, evidence = DEFAULT.refine_borders(one, other, pair.terms, borders, _RULES, words)
    return [
        PassageCandidate(left_start, left_end, right_start, right_end, nats, shared_words, pairs, _kind(pairs))
        for (left_start, left_end, right_start, right_end), (nats, shared_words, pairs) in zip(
            refined.reshape(-1, 2, 2)[:, sides].reshape(-1, 4).tolist(), evidence.tolist(), strict=True
        )
    ]


def _kind(shared_pairs: float) -> PassageKind:
    return "verbatim" if shared_pairs >= VERBATIM_SHARE else "edited" if shared_pairs >= EDITED_SHARE else "rewritten"


def sentence_borders(text: TokenizedText) -> F64:
    """The bonus, in nats, for a border before each word and behind the last one: float64[words + 1].

    It is ``SENTENCE_BORDER_NATS`` between two sentences and at both ends of the text, and 0 inside a sentence.
    """
    bonus = np.zeros(len(text.forms) + 1)
    bonus[text.sentence_words] = SENTENCE_BORDER_NATS
    return bonus


def overlap(start: int, end: int, other_start: int, other_end: int) -> int:
    """The length of the intersection of two half-open intervals, 0 where they do not meet."""
    return max(0, min(end, other_end) - max(start, other_start))
