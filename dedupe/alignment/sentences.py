"""Match the sentences of two texts: one to one, or several to one, but never several to several.

The steps, in order. Each sentence belongs to at most one match in the end.

1. Identical sentences are matched (``_identical``). If a sentence occurs several times, the first occurrence on the
   left belongs to the first on the right, and so on.
2. Candidate pairs are chosen (``_candidate_pairs``): pairs of sentences, not both matched yet, that share enough terms.
   Each sentence keeps only its most similar candidates. Every candidate pair gets a paraphrase probability.
3. Paraphrases are matched (``_add_paraphrases``), from the most probable candidate pair down to a probability of 0.5.
   A pair of two unmatched sentences becomes a match. An unmatched sentence may also join the match of the other one, if
   it stands close to a sentence that is already on its side of the match.
4. Contained sentences are matched (``_add_contained``). A sentence whose information mostly stands in a single longer
   sentence joins the match of that longer sentence. This finds the items of a list that became one sentence.
5. Neighbours are added (``_add_neighbours``). The shorter side of each match takes in unmatched sentences around it,
   the best first, as long as they add words that the other side has. This finds a sentence that was split in two.
6. All matches are listed in the order of the left text, together with the sentences of either text that have no match
   (``_list_matches``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq

from dedupe.alignment.borders import PassageCandidate
from dedupe.alignment.paraphrase import SentenceProfiles, join_profiles, paraphrase_probability, profiles
from dedupe.alignment.similarity import PieceSimilarity
from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import F64, I64
from dedupe.kernels import rank_within

MIN_PROBABILITY = 0.5
"""Least paraphrase probability of a match, where accuracy on the MSR Paraphrase Corpus is highest."""

MIN_WORDS = 5
"""Sentences of fewer words match only identical sentences: a heading or a dateline is not copied from a sentence that
happens to hold its words."""

MIN_COSINE, MIN_SHARED_RARE, MIN_DICE = 0.1, 1.8, 0.25
"""A pair of sentences is a candidate if it reaches this TF-ISF cosine and shares this many rare terms (in units of a
term that stands in one sentence of each text only), and if it also reaches this Dice coefficient or one of the two
holds ``MIN_CONTAINED`` of the other's information. Pairs below these values never reach ``MIN_PROBABILITY``."""

SAFE_DICE, SAFE_SHARED_RARE, FEW_SENTENCES = 0.4, 1.0, 6
"""A pair is also a candidate if it reaches this Dice coefficient and shares this many rare terms. If both texts
together have at most so many sentences, no term counts as rare, and the Dice coefficient decides alone."""

MAX_CANDIDATES = 4
"""A candidate pair must be among this many pairs with the highest cosine of its left or of its right sentence."""

MIN_CONTAINED, MIN_CONTAINED_RARE = 0.6, 4.5
"""A longer sentence contains another one if it holds this share of its information and if the terms they share are
worth this many rare terms. The names of a story's two heads of state are worth less."""

MIN_JOINING, MIN_BETWEEN, MIN_ADDED_WORDS = 0.25, 0.15, 3
"""A neighbour joins a match on two conditions. The other side must hold at least a certain share of the neighbour's
information; and the shared words that the neighbour adds must be at least ``MIN_ADDED_WORDS`` and more than the same
share of its words. The share is ``MIN_BETWEEN`` for a sentence between two that belong to the match already, and
``MIN_JOINING`` for all others."""

NEAR_SENTENCES = 2
"""Two sentences are close if their numbers differ by at most this."""

MAX_MATCH_SENTENCES = 12
"""Limit on the sentences on one side of a match."""


class MatchedSentences(NamedTuple):
    """Sentences that belong together, or one sentence without a match.

    ``left``, ``right``: sentence numbers, ascending; one side is empty if the sentence has no match.
    ``score``: see ``dedupe.alignment.align.SentenceMatch``.
    """

    left: tuple[int, ...]
    right: tuple[int, ...]
    score: float


@dataclass(slots=True)
class _Match:
    """A match that may still grow. The sentence numbers are in the order in which they were added."""

    left: list[int]
    right: list[int]
    score: float


class _Matches:
    """The matches found so far, and for each matched sentence its match."""

    def __init__(self) -> None:
        self.all: list[_Match] = []
        self.of_left: dict[int, _Match] = {}
        self.of_right: dict[int, _Match] = {}

    def start(self, left: int, right: int, score: float) -> None:
        """Start a match of two unmatched sentences."""
        match = _Match([left], [right], score)
        self.all.append(match)
        self.of_left[left] = self.of_right[right] = match

    def extend(self, match: _Match, side: int, sentence: int) -> None:
        """Add an unmatched sentence to the left (0) or right (1) side of a match."""
        (match.right if side else match.left).append(sentence)
        (self.of_right if side else self.of_left)[sentence] = match


def match_sentences(
    pair: TextPair, similarity: PieceSimilarity, passages: Sequence[PassageCandidate]
) -> list[MatchedSentences]:
    """Match the sentences of two texts.

    ``similarity`` compares the sentences of the pair. ``passages`` are parts of the pair with evidence of reuse; two
    sentences that stand in the same one are likelier to belong together. Returns every sentence of both texts exactly
    once: first the matches and the unmatched left sentences in the order of the left text, then the unmatched right
    sentences.
    """
    left, right = profiles(pair)
    matches = _Matches()
    for i, j in _identical(pair.left, pair.right):
        matches.start(i, j, 1.0)
    sizes = np.diff(pair.left.sentence_words), np.diff(pair.right.sentence_words)
    candidates = _candidate_pairs(similarity, matches, *sizes)
    lefts, rights = similarity.left[candidates], similarity.right[candidates]
    in_passage = _stand_in_one_passage(pair, passages, lefts, rights)
    cosine = similarity.cosine[candidates]
    scores = paraphrase_probability(
        [left[i] for i in lefts.tolist()], [right[j] for j in rights.tolist()], cosine, in_passage
    )
    _add_paraphrases(matches, lefts, rights, scores)
    _add_contained(matches, similarity, candidates, left, right)
    for match in matches.all:
        _add_neighbours(matches, match, similarity, left, right)
    return _list_matches(matches, pair, _best_scores(lefts, rights, scores))


# --- identical sentences ------------------------------------------------------------------------------------------


def _identical(left: TokenizedText, right: TokenizedText) -> Iterator[tuple[int, int]]:
    """Pairs of sentences with the same words in the same order, or without words and with the same characters."""
    waiting: dict[tuple[str, ...] | str, list[int]] = defaultdict(list)
    for j in range(len(right.sentences) - 1, -1, -1):
        waiting[_identity(right, j)].append(j)
    for i in range(len(left.sentences)):
        same = waiting.get(_identity(left, i))
        if same:
            yield i, same.pop()


def _identity(text: TokenizedText, sentence: int) -> tuple[str, ...] | str:
    """The words of a sentence, or its characters if it has no word."""
    words = text.forms[text.sentence_words[sentence] : text.sentence_words[sentence + 1]]
    span = text.sentences[sentence]
    return tuple(words) or text.text[span.start : span.end]


# --- candidate pairs ----------------------------------------------------------------------------------------------


def _candidate_pairs(similarity: PieceSimilarity, matches: _Matches, left_words: I64, right_words: I64) -> I64:
    """The candidate pairs, as ascending positions in ``similarity``.

    ``left_words`` and ``right_words`` are the numbers of words of all sentences.
    """
    long_enough = (left_words >= MIN_WORDS)[similarity.left] & (right_words >= MIN_WORDS)[similarity.right]
    contained = np.maximum(similarity.left_in_right, similarity.right_in_left) >= MIN_CONTAINED
    rare = (similarity.cosine >= MIN_COSINE) & (similarity.shared_rare >= MIN_SHARED_RARE)
    safe = (similarity.shared_rare >= SAFE_SHARED_RARE) | (left_words.size + right_words.size <= FEW_SENTENCES)
    enough = (rare & ((similarity.dice >= MIN_DICE) | contained)) | (safe & (similarity.dice >= SAFE_DICE))
    pairs = np.flatnonzero(enough & long_enough)
    if matches.all:
        taken_left = np.isin(similarity.left[pairs], np.fromiter(matches.of_left, np.int64))
        taken_right = np.isin(similarity.right[pairs], np.fromiter(matches.of_right, np.int64))
        pairs = pairs[~(taken_left & taken_right)]
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


# --- matches ------------------------------------------------------------------------------------------------------


def _add_paraphrases(matches: _Matches, lefts: I64, rights: I64, scores: F64) -> None:
    """Match the candidate pairs of at least ``MIN_PROBABILITY``, the most probable first (step 3)."""
    for k in np.argsort(-scores, kind="stable").tolist():
        if scores[k] < MIN_PROBABILITY:
            return
        i, j = int(lefts[k]), int(rights[k])
        of_left, of_right = matches.of_left.get(i), matches.of_right.get(j)
        if of_left is None and of_right is None:
            matches.start(i, j, float(scores[k]))
        elif of_left is None and of_right and _may_extend(of_right, 0) and _is_near(i, of_right.left):
            matches.extend(of_right, 0, i)
        elif of_right is None and of_left and _may_extend(of_left, 1) and _is_near(j, of_left.right):
            matches.extend(of_left, 1, j)


def _may_extend(match: _Match, side: int) -> bool:
    """Whether a side may take in another sentence: the other side must have one only, and this one not too many."""
    own, other = (match.right, match.left) if side else (match.left, match.right)
    return len(other) == 1 and len(own) < MAX_MATCH_SENTENCES


def _is_near(sentence: int, others: list[int]) -> bool:
    return any(abs(sentence - other) <= NEAR_SENTENCES for other in others)


def _add_contained(
    matches: _Matches, similarity: PieceSimilarity, candidates: I64, left: SentenceProfiles, right: SentenceProfiles
) -> None:
    """Match unmatched sentences with a longer sentence that contains them (step 4).

    The sentence whose information is contained to the largest share comes first. The longer sentence may have a match
    already; otherwise both become a match, whose score is that share.
    """
    rare = similarity.shared_rare[candidates]
    sentences = similarity.left[candidates], similarity.right[candidates]
    shares = similarity.left_in_right[candidates], similarity.right_in_left[candidates]
    sides = ((matches.of_left, left), (matches.of_right, right))
    for side in (0, 1):
        (matched, profile), (matches_of_longer, longer_profile) = sides[side], sides[1 - side]
        contained = np.flatnonzero((shares[side] >= MIN_CONTAINED) & (rare >= MIN_CONTAINED_RARE))
        for k in contained[np.argsort(-shares[side][contained], kind="stable")].tolist():
            sentence, longer = int(sentences[side][k]), int(sentences[1 - side][k])
            if sentence in matched or profile[sentence].words >= longer_profile[longer].words:
                continue
            match = matches_of_longer.get(longer)
            if match is None:
                matches.start(*((sentence, longer) if side == 0 else (longer, sentence)), float(shares[side][k]))
            elif _may_extend(match, side):
                matches.extend(match, side, sentence)


def _add_neighbours(
    matches: _Matches, match: _Match, similarity: PieceSimilarity, left: SentenceProfiles, right: SentenceProfiles
) -> None:
    """Add unmatched sentences around the shorter side of a match that share more words with the other side (step 5).

    In each round the sentence joins whose words are shared to the largest part; the rounds end when none qualifies. The
    score rises to the paraphrase probability of the larger match where that is higher.
    """
    if match.score == 1.0 and len(match.left) == len(match.right) == 1:
        return
    left_profile = join_profiles([left[k] for k in sorted(match.left)])
    right_profile = join_profiles([right[k] for k in sorted(match.right)])
    side = int(left_profile.words > right_profile.words)
    matched, profile, current, other = (
        (matches.of_left, left, left_profile, right_profile),
        (matches.of_right, right, right_profile, left_profile),
    )[side]
    count = (similarity.right_known if side else similarity.left_known).size
    members, others = (match.right, match.left) if side else (match.left, match.right)
    while _may_extend(match, side):
        shared = LCSseq.similarity(current.terms, other.terms)
        best, best_share, wider = -1, 0.0, current
        for k in _neighbours(members, count):
            least = MIN_BETWEEN if min(members) < k < max(members) else MIN_JOINING
            if k in matched or _contained_share(similarity, side, k, others[0]) < least:
                continue
            both = join_profiles((current, profile[k]))
            added = LCSseq.similarity(both.terms, other.terms) - shared
            if added >= MIN_ADDED_WORDS and added / profile[k].words > max(best_share, least):
                best, best_share, wider = k, added / profile[k].words, both
        if best < 0:
            return
        matches.extend(match, side, best)
        current = wider
        match.score = max(match.score, float(paraphrase_probability([current], [other])[0]))


def _neighbours(sentences: list[int], count: int) -> list[int]:
    """The sentences close to one of the given ones, without these, of a text of ``count`` sentences."""
    steps = range(-NEAR_SENTENCES, NEAR_SENTENCES + 1)
    around = {k + step for k in sentences for step in steps} - set(sentences)
    return sorted(k for k in around if 0 <= k < count)


def _contained_share(similarity: PieceSimilarity, side: int, sentence: int, other: int) -> float:
    """The share of the information of a left (0) or right (1) sentence that a sentence of the other text holds."""
    i, j = (other, sentence) if side else (sentence, other)
    first, last = np.searchsorted(similarity.left, (i, i + 1))
    k = first + int(np.searchsorted(similarity.right[first:last], j))
    if k == last or similarity.right[k] != j:
        return 0.0
    return float((similarity.right_in_left if side else similarity.left_in_right)[k])


# --- result -------------------------------------------------------------------------------------------------------


def _best_scores(lefts: I64, rights: I64, scores: F64) -> tuple[dict[int, float], dict[int, float]]:
    """The highest paraphrase probability of each left and of each right sentence that is in a candidate pair."""
    best: tuple[dict[int, float], dict[int, float]] = ({}, {})
    for i, j, score in zip(lefts.tolist(), rights.tolist(), scores.tolist(), strict=True):
        best[0][i] = max(score, best[0].get(i, 0.0))
        best[1][j] = max(score, best[1].get(j, 0.0))
    return best


def _list_matches(
    matches: _Matches, pair: TextPair, best_scores: tuple[dict[int, float], dict[int, float]]
) -> list[MatchedSentences]:
    """All sentences of both texts exactly once, as ``match_sentences`` returns them."""
    lefts, rights = range(len(pair.left.sentences)), range(len(pair.right.sentences))
    listed = [MatchedSentences(tuple(sorted(one.left)), tuple(sorted(one.right)), one.score) for one in matches.all]
    listed += [MatchedSentences((i,), (), best_scores[0].get(i, 0.0)) for i in lefts if i not in matches.of_left]
    listed.sort()
    return listed + [
        MatchedSentences((), (j,), best_scores[1].get(j, 0.0)) for j in rights if j not in matches.of_right
    ]
