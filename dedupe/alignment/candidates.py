"""Choose the pairs of sentences that may be matched, and say of the others why they may not.

A pair of sentences is a candidate if it shares enough terms. It is *refused* if what it shares is no wording: the names
and the date that every report on the event has, or the form of a line that the page prints.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from rapidfuzz import fuzz, process

from dedupe.alignment.borders import PassageCandidate
from dedupe.alignment.paraphrase import FEATURES, features, paraphrase_probability, sorted_words
from dedupe.alignment.similarity import PieceSimilarity
from dedupe.alignment.tokenized import TextPair
from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import rank_within
from dedupe.shipped import read_shipped

Refusal = Literal["boilerplate", "names_only", "closer_match"]
"""Why two sentences that resemble each other are no match: one of them is boilerplate; they share hardly more than
names, numbers and short words; one of them belongs to another match, to which the other one adds nothing."""

MIN_PROBABILITY = 0.5
"""Least paraphrase probability of a match, where accuracy on the MSR Paraphrase Corpus is highest."""

MIN_WORDS = 5
"""Sentences of fewer words match only identical sentences, and together with others a sentence that holds them all: a
heading or a dateline is not copied from a sentence that happens to hold its words."""

MIN_COSINE, MIN_SHARED_RARE, MIN_DICE = 0.1, 1.8, 0.25
"""A pair of sentences is a candidate if it reaches this TF-ISF cosine and shares this many rare terms (in units of a
term that stands in one sentence of each text only), and if it also reaches this Dice coefficient or one of the two
holds ``MIN_CONTAINED`` of the other's information. Pairs below these values never reach ``MIN_PROBABILITY``."""

SAFE_DICE, SAFE_SHARED_RARE, FEW_SENTENCES = 0.4, 1.0, 6
"""A pair is also a candidate if it reaches this Dice coefficient, or one of the two holds the whole other one, and if
it shares this many rare terms. If both texts together have at most so many sentences, no term counts as rare."""

MIN_CONTAINED, WHOLE = 0.6, 0.999
"""A longer sentence contains another one if it holds the first share of its information, and all of it from the
second share on."""

MAX_CANDIDATES = 4
"""A candidate pair must be among this many pairs with the highest cosine of its left or of its right sentence."""

MIN_SHARED_PLAIN, MIN_SHARED_PLAIN_TERMS, MIN_SHARED_FULL = 0.25, 2, 3
"""Two sentences share wording only if they share this share of the plain words of the one that has fewer, so many
plain words, and so many words that are not short. Of the paraphrases in the MSR Paraphrase Corpus that reach
``MIN_PROBABILITY``, 2.6 % share fewer plain words, and of the other pairs 5.8 %."""

SPACELESS_DICE, SPACELESS_HELD = 0.62, 0.75
"""Two sentences of a script without spaces share wording only from this Dice coefficient of their pairs of characters
on, or if one holds this share of the other's information: a common verb with its endings is a third of a sentence, and
neither names nor verbs can be told from other words."""

SPELLED_ALIKE = 85.0
"""Two sentences are one in another spelling from this ``rapidfuzz.fuzz.ratio`` of their sorted words on."""

EDITED_DICE, NEARLY_ALL = 0.72, 0.8
"""From the first Dice coefficient on two sentences are so close that ``wording_log_odds`` is not asked, and from the
second on no other rule either. Below the first one lie captions of one event, which are made of the same names."""

MIN_WORDING_LOG_ODDS = 0.35
"""Two sentences share wording from these log odds on. On 71 rewritten matches of 60 pairs of articles that the
model was not fitted on, 5 of the 9 false ones lie below, and 3 of the 59 true ones."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of sentences that resemble each other; one element a pair, in the order of ``PieceSimilarity``.

    ``rows``: int64[pairs], their positions in ``PieceSimilarity``. ``left``, ``right``: int64[pairs], the sentences.
    ``scores``: float64[pairs], their paraphrase probabilities.
    ``is_boilerplate``, ``is_names_only``: bool[pairs], they are refused for this reason.
    """

    rows: I64
    left: I64
    right: I64
    scores: F64
    is_boilerplate: Bools
    is_names_only: Bools

    @property
    def allowed(self) -> Bools:
        """bool[pairs], which of them may be matched."""
        return ~self.is_boilerplate & ~self.is_names_only


def find_candidates(
    pair: TextPair,
    similarity: PieceSimilarity,
    passages: Sequence[PassageCandidate],
    taken: tuple[I64, I64],
    *,
    with_refused: bool = True,
) -> Candidates:
    """Choose the candidate pairs of the sentences of two texts.

    ``passages`` are parts of the pair with evidence of reuse; two sentences that stand in the same one are likelier to
    belong together. ``taken`` are the sentences of either text that are matched already; a pair of two of them is no
    candidate. Without ``with_refused`` most refused pairs are not scored, which saves time.
    """
    rows = _similar(similarity, pair.left.sentence_sizes, pair.right.sentence_sizes, taken)
    if not rows.size:
        return Candidates(rows, rows, rows, np.zeros(0), np.zeros(0, bool), np.zeros(0, bool))
    of_left, of_right = (np.array(text.boilerplate, bool) for text in (pair.left, pair.right))
    is_names_only = ~_share_wording(pair, similarity, rows) & (similarity.dice[rows] < NEARLY_ALL)
    lefts, rights = similarity.left[rows], similarity.right[rows]
    is_boilerplate = of_left[lefts] | of_right[rights]
    scored, is_alike = np.ones(rows.size, bool), np.zeros(rows.size, bool)
    if not with_refused:
        doubtful = np.flatnonzero(is_names_only & ~is_boilerplate)
        is_alike[doubtful] = _are_spelled_alike(pair, lefts[doubtful], rights[doubtful])
        scored = ~is_boilerplate & (~is_names_only | is_alike)
    # Of pairs that are not scored all features are 0: a product of matrices rounds a row by its place.
    measured = np.zeros((rows.size, len(FEATURES)))
    if scored.any():
        measured[scored] = features(pair, lefts[scored, None].tolist(), rights[scored, None].tolist())
    in_passage = _stand_in_one_passage(pair, passages, lefts, rights)
    scores = paraphrase_probability(measured, similarity.cosine[rows], in_passage)
    is_probable = scores >= MIN_PROBABILITY
    if with_refused:
        doubtful = np.flatnonzero(is_names_only & is_probable)
        is_alike[doubtful] = _are_spelled_alike(pair, lefts[doubtful], rights[doubtful])
    is_names_only &= ~(is_alike & is_probable)
    return Candidates(rows, lefts, rights, scores, is_boilerplate, is_names_only)


def _are_spelled_alike(pair: TextPair, lefts: I64, rights: I64) -> Bools:
    """Which pairs of sentences are one sentence in another spelling."""
    if not lefts.size:
        return np.zeros(0, bool)
    of_left, of_right = sorted_words(pair.left), sorted_words(pair.right)
    ratios = process.cpdist(
        [of_left[k] for k in lefts.tolist()],
        [of_right[k] for k in rights.tolist()],
        scorer=fuzz.ratio,
        score_cutoff=SPELLED_ALIKE,
        dtype=np.float64,
    )
    return np.asarray(ratios >= SPELLED_ALIKE)


def _share_wording(pair: TextPair, similarity: PieceSimilarity, rows: I64) -> Bools:
    """Which pairs of sentences share more than the names, the numbers and the few words of the event."""
    enough = (similarity.shared_plain[rows] >= MIN_SHARED_PLAIN) & (similarity.shared_full[rows] >= MIN_SHARED_FULL)
    enough &= similarity.shared_plain_terms[rows] >= MIN_SHARED_PLAIN_TERMS
    left, right = similarity.left[rows], similarity.right[rows]
    held = np.maximum(similarity.left_in_right[rows], similarity.right_in_left[rows])
    enough &= ~(pair.left.is_spaceless[left] & pair.right.is_spaceless[right]) | (
        (similarity.dice[rows] >= SPACELESS_DICE) | (held >= SPACELESS_HELD)
    )
    if len(pair.left.sentences) + len(pair.right.sentences) <= FEW_SENTENCES:
        return enough
    doubtful = np.flatnonzero(enough & (similarity.dice[rows] < EDITED_DICE))
    if doubtful.size:
        enough[doubtful] = wording_log_odds(pair, similarity, rows[doubtful]) >= MIN_WORDING_LOG_ODDS
    return enough


def wording_log_odds(pair: TextPair, similarity: PieceSimilarity, rows: I64) -> F64:
    """The log odds that two sentences share wording, and not just the event they report on: float64[rows].

    The weights, in ``data/wording_model.json``, are those of the cosine and of ``shared_plain_rare`` and
    ``shared_plain`` of ``PieceSimilarity``, of whether either sentence is open or dated, and of the larger share of
    quoted words (``TokenizedText``).
    """
    model = _model()
    left, right = similarity.left[rows], similarity.right[rows]
    features = {
        "cosine": similarity.cosine[rows],
        "shared_plain_rare": similarity.shared_plain_rare[rows],
        "shared_plain": similarity.shared_plain[rows],
        "is_open": pair.left.is_open[left] | pair.right.is_open[right],
        "is_dated": pair.left.is_dated[left] | pair.right.is_dated[right],
        "quoted": np.maximum(pair.left.quoted_share[left], pair.right.quoted_share[right]),
    }
    odds = np.full(rows.size, model.intercept)
    for name, values in features.items():
        odds += model.weights[name] * values
    return odds


class _WordingModel(msgspec.Struct, frozen=True):
    source: str
    intercept: float
    weights: dict[str, float]


@functools.cache
def _model() -> _WordingModel:
    return msgspec.json.decode(read_shipped("wording_model.json"), type=_WordingModel)


def _similar(similarity: PieceSimilarity, left_words: I64, right_words: I64, taken: tuple[I64, I64]) -> I64:
    """The candidate pairs, as ascending positions in ``similarity``.

    ``left_words`` and ``right_words`` are the numbers of words of all sentences.
    """
    long_enough = (left_words >= MIN_WORDS)[similarity.left] & (right_words >= MIN_WORDS)[similarity.right]
    held = np.maximum(similarity.left_in_right, similarity.right_in_left)
    contained = held >= MIN_CONTAINED
    rare = (similarity.cosine >= MIN_COSINE) & (similarity.shared_rare >= MIN_SHARED_RARE)
    safe = (similarity.shared_rare >= SAFE_SHARED_RARE) | (left_words.size + right_words.size <= FEW_SENTENCES)
    enough = rare & ((similarity.dice >= MIN_DICE) | contained)
    enough |= safe & ((similarity.dice >= SAFE_DICE) | (held >= WHOLE))
    pairs = np.flatnonzero(enough & long_enough)
    if taken[0].size:
        is_taken = [np.zeros(words.size, bool) for words in (left_words, right_words)]
        for flags, sentences in zip(is_taken, taken, strict=True):
            flags[sentences] = True
        pairs = pairs[~(is_taken[0][similarity.left[pairs]] & is_taken[1][similarity.right[pairs]])]
    if np.bincount(similarity.left[pairs], minlength=1).max() <= MAX_CANDIDATES:
        return pairs  # as with most articles: every pair is among the best of its left sentence
    pairs = pairs[np.argsort(-similarity.cosine[pairs], kind="stable")]
    rank_of_left, rank_of_right = (
        rank_within(sentences, np.argsort(sentences, kind="stable"))
        for sentences in (similarity.left[pairs], similarity.right[pairs])
    )
    return np.sort(pairs[np.minimum(rank_of_left, rank_of_right) < MAX_CANDIDATES])


def _stand_in_one_passage(pair: TextPair, passages: Sequence[PassageCandidate], lefts: I64, rights: I64) -> F64:
    """For each pair of sentences: 1.0 if the middle words of both stand in the same passage, else 0.0."""
    left_middle = (pair.left.sentence_words[lefts] + pair.left.sentence_words[lefts + 1]) // 2
    right_middle = (pair.right.sentence_words[rights] + pair.right.sentence_words[rights + 1]) // 2
    shared = np.zeros(lefts.size)
    for one in passages:
        in_left = (one.left_start <= left_middle) & (left_middle < one.left_end)
        shared[in_left & (one.right_start <= right_middle) & (right_middle < one.right_end)] = 1.0
    return shared


def refusals(candidates: Candidates) -> tuple[dict[int, tuple[float, Refusal | None]], ...]:
    """For each left and each right sentence in a candidate pair: its highest probability, and why it is no match.

    The reason is None where the probability is too low for a match.
    """
    best: tuple[dict[int, tuple[float, Refusal | None]], ...] = ({}, {})
    columns = candidates.left, candidates.right, candidates.scores, candidates.is_boilerplate, candidates.is_names_only
    for i, j, score, is_boilerplate, is_names_only in zip(*(one.tolist() for one in columns), strict=True):
        reason: Refusal | None = None
        if score >= MIN_PROBABILITY:
            reason = "boilerplate" if is_boilerplate else "names_only" if is_names_only else "closer_match"
        for found, sentence in zip(best, (i, j), strict=True):
            if score > found.get(sentence, (0.0, None))[0]:
                found[sentence] = score, reason
    return best
