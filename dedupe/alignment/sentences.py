"""Match the sentences of two texts: one to one, or several to one, but never several to several.

The steps, in order. Each sentence belongs to at most one match in the end; only a repetition has a row of its own.

1. Identical sentences are matched (``_identical``). Such a match stays as it is. If a sentence occurs several times,
   the first occurrence on the left belongs to the first on the right, and so on.
2. Candidate pairs are chosen (``dedupe.alignment.candidates``), and every one gets a paraphrase probability.
3. Paraphrases are matched (``_add_paraphrases``), from the most probable candidate pair down to a probability of 0.5.
   A pair of two unmatched sentences becomes a match. An unmatched sentence may also join the match of the other one.
4. Lists are matched (``_add_lists``): sentences that follow each other and that one longer sentence holds together.
5. Contained sentences are matched (``_add_contained``): those whose information mostly stands in a single longer
   sentence, and those whose words are a run of its words.
6. Neighbours are added (``_add_neighbours``). The shorter side of each match takes in unmatched sentences around it,
   the best first. This finds a sentence that was split in two.
7. Repetitions get rows (``_repetitions``): an unmatched sentence that is close to one that is matched already.
8. All matches are listed in the order of the left text, together with the sentences of either text that have no match
   (``_with_new``).

In steps 3, 5 and 6 a sentence joins a match only if it adds words that the other side has (``_Matches.adds``).
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq

from dedupe.alignment.borders import PassageCandidate
from dedupe.alignment.candidates import (
    MIN_CONTAINED,
    MIN_PROBABILITY,
    Candidates,
    Refusal,
    find_candidates,
    refusals,
)
from dedupe.alignment.changes import MIN_EDITED
from dedupe.alignment.paraphrase import Group, features, paraphrase_probability
from dedupe.alignment.similarity import PieceSimilarity
from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import I64
from dedupe.kernels import DEFAULT

_REMEMBERED = 64
"""Texts whose sentences are remembered, because a text takes part in several alignments."""

MIN_CONTAINED_RARE = 4.5
"""A longer sentence contains another one if it holds ``MIN_CONTAINED`` of its information and if the terms they share
are worth this many rare terms. The names of a story's two heads of state are worth less."""

MIN_ADDED, MIN_JOINING, MIN_BETWEEN = 3, 0.25, 0.15
"""A sentence joins a match if the words that it adds to those that both sides share, mere short words left out, are at
least ``MIN_ADDED`` and at least a certain share of its own: ``MIN_BETWEEN`` for a sentence between two that belong to
the match already, and ``MIN_JOINING`` for others close to it."""

MIN_ADDED_WORDING, MOSTLY_ADDED = 2, 0.5
"""At least so many of the added words are wording (``TextPair``), unless they are this share of the sentence: the names
of the event, "with" and "said" alone tie no sentence to a match."""

MIN_ADDED_FAR, MIN_JOINING_FAR = 4, 0.4
"""The same for a sentence that is not close: two sentences that were merged may have stood far apart."""

NEAR_SENTENCES = 2
"""Two sentences are close if their numbers differ by at most this."""

MAX_MATCH_SENTENCES = 12
"""Limit on the sentences on one side of a match."""

MIN_ITEM_WORDS, MIN_ITEM_CONTAINED, MIN_LIST_WORDS = 2, 0.75, 8
"""The items of a list that became one sentence have at least so many words, and the sentence, of at least
``MIN_LIST_WORDS`` words, holds this share of the information of each."""


MIN_CUT_WORDS = 7
"""A sentence of so many words, the shortest run that counts as shared wording, may have been cut in the middle too."""


class MatchedSentences(NamedTuple):
    """Sentences that belong together, or one sentence without a match.

    ``left``, ``right``: sentence numbers, ascending; one side is empty if the sentence has no match.
    ``score``, ``refused``: see ``dedupe.alignment.align.SentenceMatch``.
    """

    left: tuple[int, ...]
    right: tuple[int, ...]
    score: float
    refused: Refusal | None = None


@dataclass(slots=True)
class _Match:
    """A match that may still grow, unless it is closed. The sentence numbers are in the order in which they came."""

    left: list[int]
    right: list[int]
    score: float
    is_closed: bool

    def side(self, side: int) -> list[int]:
        """The sentences of the left (0) or right (1) side."""
        return self.right if side else self.left


class _Matches:
    """The matches found so far, and for each matched sentence of the left (0) and right (1) text its match."""

    def __init__(self, pair: TextPair) -> None:
        self.pair = pair
        self.all: list[_Match] = []
        self.of: tuple[dict[int, _Match], dict[int, _Match]] = ({}, {})
        self._texts = (pair.left_terms, pair.left.sentence_words), (pair.right_terms, pair.right.sentence_words)

    def start(self, left: int, right: int, score: float, is_closed: bool = False) -> _Match:
        """Start a match of two unmatched sentences."""
        match = _Match([left], [right], score, is_closed)
        self.all.append(match)
        self.of[0][left] = self.of[1][right] = match
        return match

    def extend(self, match: _Match, side: int, sentence: int) -> None:
        """Add an unmatched sentence to the left (0) or right (1) side of a match."""
        match.side(side).append(sentence)
        self.of[side][sentence] = match

    def taken(self) -> tuple[I64, I64]:
        """The sentences of either text that are matched, ascending."""
        left, right = (np.array(sorted(of), np.int64) for of in self.of)
        return left, right

    def terms(self, side: int, sentence: int) -> list[int]:
        """The term of each word of a left (0) or right (1) sentence."""
        terms, bounds = self._texts[side]
        found: list[int] = terms[bounds[sentence] : bounds[sentence + 1]].tolist()
        return found

    def may_extend(self, match: _Match, side: int) -> bool:
        """Whether a side may take in another sentence: the other side must have one only, and this one not too many."""
        return not match.is_closed and len(match.side(1 - side)) == 1 and len(match.side(side)) < MAX_MATCH_SENTENCES

    def adds(self, match: _Match, side: int, sentences: list[int]) -> list[float]:
        """The words that each sentence adds to those that both sides of a match share, as a share of its own words.

        Mere short words do not count. It is 0.0 where the sentence adds too few to join the match.
        """
        members = match.side(side)
        kinds, numbers = (self.pair.wording, self.pair.full), (sentences, members, match.side(1 - side))
        own, other = self._texts[side], self._texts[1 - side]
        counts = DEFAULT.count_added_terms(own, other, kinds, *(np.array(some, np.int64) for some in numbers))
        return [
            _share_added(members, sentence, *of_sentence)
            for sentence, of_sentence in zip(sentences, counts.T.tolist(), strict=True)
        ]


def _share_added(members: list[int], sentence: int, words: int, added: int, added_wording: int) -> float:
    """The share of the ``words`` of a sentence that it adds to a match, 0.0 if they are too few.

    ``members``: the sentences of its side. ``added_wording``: how many of the ``added`` words are wording.
    """
    if added < MIN_ADDED:
        return 0.0
    share = added / words
    is_near = any(abs(sentence - k) <= NEAR_SENTENCES for k in members)
    is_between = min(members) < sentence < max(members)
    least = MIN_BETWEEN if is_near and is_between else MIN_JOINING if is_near else MIN_JOINING_FAR
    if added < (MIN_ADDED if is_near else MIN_ADDED_FAR) or share < least:
        return 0.0
    return share if share >= MOSTLY_ADDED or added_wording >= MIN_ADDED_WORDING else 0.0


def match_sentences(
    pair: TextPair, similarity: PieceSimilarity, passages: Sequence[PassageCandidate], *, with_new: bool = True
) -> list[MatchedSentences]:
    """Match the sentences of two texts.

    ``similarity`` compares the sentences of the pair. ``passages`` are parts of the pair with evidence of reuse.
    Returns every sentence of both texts: first the matches and the unmatched left sentences in the order of the left
    text, then the unmatched right sentences. Only a sentence that the other text repeats is in several matches.
    Without ``with_new`` the unmatched sentences are left out.
    """
    matches = _Matches(pair)
    for i, j in _identical(pair.left, pair.right):
        matches.start(i, j, 1.0, is_closed=True)
    candidates = find_candidates(pair, similarity, passages, matches.taken(), with_refused=with_new)
    _add_paraphrases(matches, candidates)
    _add_lists(matches, similarity, pair)
    _add_contained(matches, similarity, candidates)
    for match in list(matches.all):
        _add_neighbours(matches, match, pair)
    listed = [MatchedSentences(tuple(sorted(one.left)), tuple(sorted(one.right)), one.score) for one in matches.all]
    listed += _repetitions(matches, pair, candidates)
    if with_new:
        return _with_new(listed, pair, candidates)
    return sorted(listed, key=lambda row: (row.left, row.right))


# --- identical sentences ------------------------------------------------------------------------------------------


def _identical(left: TokenizedText, right: TokenizedText) -> Iterator[tuple[int, int]]:
    """Pairs of sentences with the same words in the same order, or without words and with the same characters.

    Of several such sentences those with the same characters belong together.
    """
    of_left, of_right = _identities(left), _identities(right)
    shared = set(of_left).intersection(of_right)
    if not shared:
        return
    waiting: dict[str, list[int]] = defaultdict(list)
    for j, identity in enumerate(of_right):
        if identity in shared:
            waiting[identity].append(j)
    left_over: list[tuple[int, list[int]]] = []
    for i, identity in enumerate(of_left):
        if identity not in shared:
            continue
        same = waiting[identity]
        exact = next((j for j in same if _characters(left, i) == _characters(right, j)), None)
        if exact is not None:
            same.remove(exact)
            yield i, exact
        elif same:
            left_over.append((i, same))
    for i, same in left_over:
        if same:
            yield i, same.pop(0)


@functools.lru_cache(_REMEMBERED)
def _identities(text: TokenizedText) -> list[str]:
    """The words of each sentence, with a blank before each; its characters, behind a line feed, if it has no word."""
    bounds = text.sentence_words.tolist()
    return [
        " ".join(("", *text.forms[first:last])) if first < last else "\n" + _characters(text, k)
        for k, (first, last) in enumerate(pairwise(bounds))
    ]


def _characters(text: TokenizedText, sentence: int) -> str:
    span = text.sentences[sentence]
    return text.text[span.start : span.end]


# --- matches ------------------------------------------------------------------------------------------------------


def _add_paraphrases(matches: _Matches, candidates: Candidates) -> None:
    """Match the candidate pairs of at least ``MIN_PROBABILITY``, the most probable first (step 3)."""
    scores = np.where(candidates.allowed, candidates.scores, 0.0)
    for k in np.argsort(-scores, kind="stable").tolist():
        if scores[k] < MIN_PROBABILITY:
            return
        _match_or_join(matches, int(candidates.left[k]), int(candidates.right[k]), float(scores[k]))


def _match_or_join(matches: _Matches, left: int, right: int, score: float) -> None:
    """Match two unmatched sentences, or let an unmatched one join the match of the other one if it adds something."""
    of_left, of_right = matches.of[0].get(left), matches.of[1].get(right)
    if of_left is None and of_right is None:
        matches.start(left, right, score)
    elif of_left is None or of_right is None:
        side = int(of_right is None)
        match, sentence = (of_left, right) if side else (of_right, left)
        if match and matches.may_extend(match, side) and matches.adds(match, side, [sentence])[0]:
            matches.extend(match, side, sentence)


def _add_contained(matches: _Matches, similarity: PieceSimilarity, candidates: Candidates) -> None:
    """Match unmatched sentences with a longer sentence that contains them (step 5).

    The sentence whose information is contained to the largest share comes first. The longer sentence may have a match
    already; otherwise both become a match, whose score is that share.
    """
    rare = similarity.shared_rare[candidates.rows]
    found: list[tuple[float, int, int, int, int]] = []
    for side, shares in enumerate((similarity.left_in_right, similarity.right_in_left)):
        share = shares[candidates.rows]
        for k in np.flatnonzero((share >= MIN_CONTAINED) & candidates.allowed).tolist():
            i, j = int(candidates.left[k]), int(candidates.right[k])
            sentence, longer = (j, i) if side else (i, j)
            own, other = matches.terms(side, sentence), matches.terms(1 - side, longer)
            if len(own) < len(other) and (rare[k] >= MIN_CONTAINED_RARE or _is_cut_from(own, other)):
                found.append((-float(share[k]), side, sentence, i, j))
    for minus, side, sentence, i, j in sorted(found):
        if sentence not in matches.of[side]:
            _match_or_join(matches, i, j, -minus)


def _is_cut_from(own: list[int], other: list[int]) -> bool:
    """Whether some terms are what is left of other ones when the ends are cut off, and of many terms also one part
    between them."""
    ends = [k + 1 for k in range(len(other)) if other[k] == own[-1]]
    for start in (k for k, term in enumerate(other) if term == own[0]):
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(own, other[start:], strict=False)))
        if same == len(own):
            return True
        rest = len(own) - same
        if len(own) >= MIN_CUT_WORDS and any(
            end - rest > start + same and other[end - rest : end] == own[same:] for end in ends
        ):
            return True
    return False


def _add_neighbours(matches: _Matches, match: _Match, pair: TextPair) -> None:
    """Add unmatched sentences around the shorter side of a match that share more words with the other side (step 6).

    In each round the sentence joins that adds the largest part of its words; the rounds end when none qualifies. The
    score rises to the paraphrase probability of the larger match where that is higher.
    """
    if match.is_closed:
        return
    side = int(_count_words(pair.left, match.left) > _count_words(pair.right, match.right))
    text, members = (pair.right if side else pair.left), match.side(side)
    while matches.may_extend(match, side):
        around = _neighbours(members, len(text.sentences))
        around = [k for k in around if k not in matches.of[side] and not text.boilerplate[k]]
        shares = matches.adds(match, side, around) if around else [0.0]
        if not max(shares):
            return
        matches.extend(match, side, around[shares.index(max(shares))])
        _raise_score(matches, match)


def _count_words(text: TokenizedText, sentences: list[int]) -> int:
    return sum(int(text.sentence_sizes[k]) for k in sentences)


def _raise_score(matches: _Matches, match: _Match) -> None:
    """Raise the score of a match to the paraphrase probability of both sides as a whole, if that is higher."""
    match.score = max(match.score, _probability(matches.pair, sorted(match.left), sorted(match.right)))


def _probability(pair: TextPair, left: Group, right: Group) -> float:
    """The paraphrase probability of some left sentences as a whole and some right ones."""
    return float(paraphrase_probability(features(pair, [left], [right]))[0])


def _neighbours(sentences: list[int], count: int) -> list[int]:
    """The sentences close to one of the given ones, without these, of a text of ``count`` sentences."""
    steps = range(-NEAR_SENTENCES, NEAR_SENTENCES + 1)
    around = {k + step for k in sentences for step in steps} - set(sentences)
    return sorted(k for k in around if 0 <= k < count)


def _add_lists(matches: _Matches, similarity: PieceSimilarity, pair: TextPair) -> None:
    """Match unmatched sentences that follow each other with the one unmatched sentence that holds them all (step 4)."""
    found: list[tuple[float, int, int, list[int]]] = []
    words = pair.left.sentence_sizes, pair.right.sentence_sizes
    for side, share in enumerate((similarity.left_in_right, similarity.right_in_left)):
        items, longer = (similarity.right, similarity.left) if side else (similarity.left, similarity.right)
        wanted = (share >= MIN_ITEM_CONTAINED) & (words[side][items] >= MIN_ITEM_WORDS)
        wanted &= (words[1 - side][longer] >= MIN_LIST_WORDS) & (words[side][items] < words[1 - side][longer])
        groups: dict[int, list[int]] = defaultdict(list)
        for k in np.flatnonzero(wanted).tolist():
            if items[k] not in matches.of[side] and longer[k] not in matches.of[1 - side]:
                groups[int(longer[k])].append(int(items[k]))
        for sentence, members in groups.items():
            for run in _runs(sorted(members)):
                score = _probability(pair, *(([sentence], run) if side else (run, [sentence])))
                if score >= MIN_PROBABILITY:
                    found.append((-score, side, sentence, run))
    for score, side, sentence, run in sorted(found):
        if sentence not in matches.of[1 - side] and not any(k in matches.of[side] for k in run):
            match = matches.start(*((sentence, run[0]) if side else (run[0], sentence)), -score)
            for k in run[1:]:
                matches.extend(match, side, k)


def _runs(numbers: list[int]) -> Iterator[list[int]]:
    """Runs of two or more numbers that follow each other, cut after ``MAX_MATCH_SENTENCES``. ``numbers`` ascend."""
    run: list[int] = []
    for number in [*numbers, -1]:
        if run and (number != run[-1] + 1 or len(run) == MAX_MATCH_SENTENCES):
            if len(run) > 1:
                yield run
            run = []
        run.append(number)


# --- result -------------------------------------------------------------------------------------------------------


def _repetitions(matches: _Matches, pair: TextPair, candidates: Candidates) -> list[MatchedSentences]:
    """Rows of unmatched sentences that are close to a sentence of another match (step 7); at most one for each.

    They are as close as an edited match, so that the text repeats what the other text says.
    """
    found: list[MatchedSentences] = []
    done: tuple[set[int], set[int]] = (set(), set())
    scores = np.where(candidates.allowed, candidates.scores, 0.0)
    for k in np.argsort(-scores, kind="stable").tolist():
        if scores[k] < MIN_PROBABILITY:
            break
        numbers = int(candidates.left[k]), int(candidates.right[k])
        is_matched = [number in of for number, of in zip(numbers, matches.of, strict=True)]
        side = is_matched.index(False) if is_matched.count(False) == 1 else None
        if side is None or numbers[side] in done[side]:
            continue
        left, right = (_forms(text, number) for text, number in zip((pair.left, pair.right), numbers, strict=True))
        if LCSseq.normalized_similarity(left, right) >= MIN_EDITED:
            done[side].add(numbers[side])
            score = 1.0 if left == right else float(scores[k])
            found.append(MatchedSentences((numbers[0],), (numbers[1],), score))
    return found


def _forms(text: TokenizedText, sentence: int) -> list[str]:
    return text.forms[text.sentence_words[sentence] : text.sentence_words[sentence + 1]]


def _with_new(listed: list[MatchedSentences], pair: TextPair, candidates: Candidates) -> list[MatchedSentences]:
    """The matches and all other sentences of both texts, as ``match_sentences`` returns them."""
    known = [{k for row in listed for k in (row.right if side else row.left)} for side in (0, 1)]
    reasons = refusals(candidates)
    lefts, rights = (
        [(k, *reasons[side].get(k, (0.0, None))) for k in range(len(text.sentences)) if k not in known[side]]
        for side, text in enumerate((pair.left, pair.right))
    )
    new = [MatchedSentences((k,), (), score, refused) for k, score, refused in lefts]
    listed = sorted([*listed, *new], key=lambda row: (row.left, row.right))
    return listed + [MatchedSentences((), (k,), score, refused) for k, score, refused in rights]
