"""match → MATCHES: which sentences of two texts belong together, one to one or several to one.

Identical sentences first; then pairs of enough likeness, best first; then sentences contained in a longer one (the
items of a list); at last neighbours of a match that make it better (a sentence that was split).
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

MIN_LIKENESS = 0.5
"""Least likeness of a rewritten sentence, where accuracy on the MSR Paraphrase Corpus is highest."""

MIN_WORDS = 5
"""Sentences of fewer words only match the very same words: a heading or a date line is nobody's copy."""

MIN_COSINE, MIN_SHARED_RARE, MIN_DICE = 0.1, 1.8, 0.25
"""Sentences are looked at that share rare words (about two that occur nowhere else in the two articles) and a quarter
of all words, or one of which contains the other. With less no pair is ever likely enough."""

SAFE_DICE, SAFE_SHARED_RARE, FEW_SENTENCES = 0.4, 1.0, 6
"""So are those that share much and something rare; in texts of so few sentences in all no word is rare."""

CANDIDATES = 4
"""Sentences of the other text, most similar first, that are looked at for each sentence."""

MIN_CONTAINED, MIN_CONTAINED_RARE = 0.6, 4.5
"""Share of a sentence's information that a longer sentence must hold to contain it, and how many rare words that must
be worth: the names of a story's two heads of state are less."""

MIN_JOINING, MIN_BETWEEN, MIN_ADDED_WORDS = 0.25, 0.15, 3
"""A neighbour joins a match if this share of its information, and of its words, is what the other side has besides;
less is enough between two that belong to the match already."""

NEAR_SENTENCES = 2
"""Sentences of one match stand at most this far from the next one."""

MAX_GROUP = 12
"""Limit on the sentences on one side of a match."""


class MatchedSentences(NamedTuple):
    """Sentence numbers on both sides, ascending, one side empty for new sentences; score as in
    ``paraphrase_probability``."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    score: float


@dataclass(slots=True)
class _Group:
    """A match in the making."""

    left: list[int]
    right: list[int]
    score: float


class _Groups:
    """Matches in the making, found by the sentences they own."""

    def __init__(self) -> None:
        self.all: list[_Group] = []
        self.of_left: dict[int, _Group] = {}
        self.of_right: dict[int, _Group] = {}

    def start(self, left: int, right: int, score: float) -> None:
        group = _Group([left], [right], score)
        self.all.append(group)
        self.of_left[left] = self.of_right[right] = group

    def extend(self, group: _Group, side: int, sentence: int) -> None:
        """Add a sentence to the left (0) or right (1) side of a match."""
        (group.right if side else group.left).append(sentence)
        (self.of_right if side else self.of_left)[sentence] = group


def match_sentences(
    pair: TextPair, alike: PieceSimilarity, stretches: Sequence[PassageCandidate]
) -> list[MatchedSentences]:
    """Matches in the order of the left text, then what is new on the right.

    ``alike`` compares the sentences of the pair. ``stretches`` are its parts that show evidence of reuse; sentences
    that share one are more likely to belong together.
    """
    left, right = profiles(pair)
    groups = _Groups()
    for i, j in _identical(pair.left, pair.right):
        groups.start(i, j, 1.0)
    sizes = np.diff(pair.left.sentence_words), np.diff(pair.right.sentence_words)
    chosen = _candidates(alike, groups, *sizes)
    lefts, rights = alike.left[chosen], alike.right[chosen]
    in_passage = _share_passage(pair, stretches, lefts, rights)
    scores = paraphrase_probability(
        [left[i] for i in lefts.tolist()], [right[j] for j in rights.tolist()], alike.cosine[chosen], in_passage
    )
    _add_alike(groups, lefts, rights, scores)
    _add_contained(groups, alike, chosen, left, right)
    for group in groups.all:
        _grow(groups, group, alike, left, right)
    return _in_order(groups, pair, _refused(lefts, rights, scores))


def _share_passage(pair: TextPair, stretches: Sequence[PassageCandidate], lefts: I64, rights: I64) -> F64:
    """1 where the middle words of both sentences stand in the same stretch, else 0."""
    left_middle = (pair.left.sentence_words[lefts] + pair.left.sentence_words[lefts + 1]) // 2
    right_middle = (pair.right.sentence_words[rights] + pair.right.sentence_words[rights + 1]) // 2
    shared = np.zeros(lefts.size)
    for one in stretches:
        in_left = (one.left_start <= left_middle) & (left_middle < one.left_end)
        shared[in_left & (one.right_start <= right_middle) & (right_middle < one.right_end)] = 1.0
    return shared


def _add_alike(groups: _Groups, lefts: I64, rights: I64, scores: F64) -> None:
    """Match pairs of enough likeness, best first; a second sentence must stand close to the first."""
    for k in np.argsort(-scores, kind="stable").tolist():
        if scores[k] < MIN_LIKENESS:
            return
        i, j = int(lefts[k]), int(rights[k])
        ours, theirs = groups.of_left.get(i), groups.of_right.get(j)
        if ours is None and theirs is None:
            groups.start(i, j, float(scores[k]))
        elif ours is None and theirs and _may_extend(theirs, 0) and _is_near(i, theirs.left):
            groups.extend(theirs, 0, i)
        elif theirs is None and ours and _may_extend(ours, 1) and _is_near(j, ours.right):
            groups.extend(ours, 1, j)


def _is_near(sentence: int, others: list[int]) -> bool:
    return any(abs(sentence - other) <= NEAR_SENTENCES for other in others)


def _identical(left: TokenizedText, right: TokenizedText) -> Iterator[tuple[int, int]]:
    """Sentences of the same words in the same order, or of no word and the same characters; of several equal ones the
    first belongs to the first, and so on."""
    waiting: dict[tuple[str, ...] | str, list[int]] = defaultdict(list)
    for j in range(len(right.sentences) - 1, -1, -1):
        waiting[_identity(right, j)].append(j)
    for i in range(len(left.sentences)):
        found = waiting.get(_identity(left, i))
        if found:
            yield i, found.pop()


def _identity(wording: TokenizedText, sentence: int) -> tuple[str, ...] | str:
    """What makes a sentence the same as another: its words, or its characters if it has none."""
    words = wording.forms[wording.sentence_words[sentence] : wording.sentence_words[sentence + 1]]
    span = wording.sentences[sentence]
    return tuple(words) or wording.text[span.start : span.end]


def _candidates(alike: PieceSimilarity, groups: _Groups, left_words: I64, right_words: I64) -> I64:
    """Which pairs of sentences are looked at: those that share enough, and the most similar ones of each sentence."""
    long_enough = (left_words >= MIN_WORDS)[alike.left] & (right_words >= MIN_WORDS)[alike.right]
    contained = np.maximum(alike.left_in_right, alike.right_in_left) >= MIN_CONTAINED
    rare = (alike.cosine >= MIN_COSINE) & (alike.shared_rare >= MIN_SHARED_RARE)
    safe = (alike.shared_rare >= SAFE_SHARED_RARE) | (left_words.size + right_words.size <= FEW_SENTENCES)
    enough = (rare & ((alike.dice >= MIN_DICE) | contained)) | (safe & (alike.dice >= SAFE_DICE))
    chosen = np.flatnonzero(enough & long_enough)
    if groups.all:
        taken_left = np.isin(alike.left[chosen], np.fromiter(groups.of_left, np.int64))
        taken_right = np.isin(alike.right[chosen], np.fromiter(groups.of_right, np.int64))
        chosen = chosen[~(taken_left & taken_right)]
    chosen = chosen[np.argsort(-alike.cosine[chosen], kind="stable")]
    best = (_rank(alike.left[chosen]) < CANDIDATES) | (_rank(alike.right[chosen]) < CANDIDATES)
    return np.sort(chosen[best])


def _rank(sentences: I64) -> I64:
    """How often the same number occurred before, for each element."""
    order = np.argsort(sentences, kind="stable")
    first = np.flatnonzero(np.diff(sentences[order], prepend=-1))
    rank = np.empty(sentences.size, np.int64)
    rank[order] = np.arange(sentences.size) - np.repeat(first, np.diff(first, append=sentences.size))
    return rank


def _add_contained(
    groups: _Groups, alike: PieceSimilarity, chosen: I64, left: SentenceProfiles, right: SentenceProfiles
) -> None:
    """Match sentences whose words mostly occur in a longer sentence, also when that has a match already."""
    rare = alike.shared_rare[chosen]
    ends = alike.left[chosen], alike.right[chosen]
    shares = alike.left_in_right[chosen], alike.right_in_left[chosen]
    sides = ((groups.of_left, left), (groups.of_right, right))
    for side in (0, 1):
        (own, profile), (of_hub, hub_profile) = sides[side], sides[1 - side]
        wanted = np.flatnonzero((shares[side] >= MIN_CONTAINED) & (rare >= MIN_CONTAINED_RARE))
        for k in wanted[np.argsort(-shares[side][wanted], kind="stable")].tolist():
            sentence, hub = int(ends[side][k]), int(ends[1 - side][k])
            if sentence in own or profile[sentence].words >= hub_profile[hub].words:
                continue
            group = of_hub.get(hub)
            if group is None:
                groups.start(*((sentence, hub) if side == 0 else (hub, sentence)), float(shares[side][k]))
            elif _may_extend(group, side):
                groups.extend(group, side, sentence)


def _may_extend(group: _Group, side: int) -> bool:
    """Whether a side may get another sentence: matches are one to many, never many to many."""
    mine, other = (group.right, group.left) if side else (group.left, group.right)
    return len(other) == 1 and len(mine) < MAX_GROUP


def _grow(
    groups: _Groups, group: _Group, alike: PieceSimilarity, left: SentenceProfiles, right: SentenceProfiles
) -> None:
    """Add neighbours to the shorter side of a match, best first, while they add words that the other side has."""
    if group.score == 1.0 and len(group.left) == len(group.right) == 1:
        return
    ours = join_profiles([left[k] for k in sorted(group.left)])
    theirs = join_profiles([right[k] for k in sorted(group.right)])
    side = int(ours.words > theirs.words)
    own, profile, current, hub = (
        (groups.of_left, left, ours, theirs),
        (groups.of_right, right, theirs, ours),
    )[side]
    count = (alike.right_known if side else alike.left_known).size
    members, hubs = (group.right, group.left) if side else (group.left, group.right)
    while _may_extend(group, side):
        known = LCSseq.similarity(current.terms, hub.terms)
        best, best_gain, wider = -1, 0.0, current
        for k in _neighbours(members, count):
            least = MIN_BETWEEN if min(members) < k < max(members) else MIN_JOINING
            if k in own or _contained(alike, side, k, hubs[0]) < least:
                continue
            both = join_profiles((current, profile[k]))
            added = LCSseq.similarity(both.terms, hub.terms) - known
            if added >= MIN_ADDED_WORDS and added / profile[k].words > max(best_gain, least):
                best, best_gain, wider = k, added / profile[k].words, both
        if best < 0:
            return
        groups.extend(group, side, best)
        current = wider
        group.score = max(group.score, float(paraphrase_probability([current], [hub])[0]))


def _neighbours(sentences: list[int], count: int) -> list[int]:
    """Sentences close before or after one of the given ones."""
    steps = range(-NEAR_SENTENCES, NEAR_SENTENCES + 1)
    around = {k + step for k in sentences for step in steps} - set(sentences)
    return sorted(k for k in around if 0 <= k < count)


def _contained(alike: PieceSimilarity, side: int, sentence: int, hub: int) -> float:
    """Share of the information of a left (0) or right (1) sentence that a sentence of the other text holds."""
    i, j = (hub, sentence) if side else (sentence, hub)
    first, last = np.searchsorted(alike.left, (i, i + 1))
    k = first + int(np.searchsorted(alike.right[first:last], j))
    if k == last or alike.right[k] != j:
        return 0.0
    return float((alike.right_in_left if side else alike.left_in_right)[k])


def _refused(lefts: I64, rights: I64, scores: F64) -> tuple[dict[int, float], dict[int, float]]:
    """Best likeness any candidate had, for each sentence of both texts."""
    best: tuple[dict[int, float], dict[int, float]] = ({}, {})
    for i, j, score in zip(lefts.tolist(), rights.tolist(), scores.tolist(), strict=True):
        best[0][i] = max(score, best[0].get(i, 0.0))
        best[1][j] = max(score, best[1].get(j, 0.0))
    return best


def _in_order(
    groups: _Groups, pair: TextPair, refused: tuple[dict[int, float], dict[int, float]]
) -> list[MatchedSentences]:
    """All sentences of both texts exactly once."""
    lefts, rights = range(len(pair.left.sentences)), range(len(pair.right.sentences))
    matches = [MatchedSentences(tuple(sorted(g.left)), tuple(sorted(g.right)), g.score) for g in groups.all]
    matches += [MatchedSentences((i,), (), refused[0].get(i, 0.0)) for i in lefts if i not in groups.of_left]
    matches.sort()
    return matches + [MatchedSentences((), (j,), refused[1].get(j, 0.0)) for j in rights if j not in groups.of_right]
