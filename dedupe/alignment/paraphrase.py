"""Estimate the paraphrase probability: how likely two sentences say the same in partly different words.

The model is a logistic regression over the six features in ``FEATURES``. It was fitted on the Microsoft Research
Paraphrase Corpus, pairs of sentences from news clusters that people judged (Dolan, Quirk & Brockett 2004); the weights
are in ``data/paraphrase_model.json``, and ``benchmarks/alignment/msrp.py`` makes that file.

Between the sentences of two whole articles the question is also whether this sentence, rather than another one, is the
source. There two terms are added to the log odds: one for a TF-ISF cosine above chance, and one for two sentences that
stand in the same passage. ``dedupe.alignment.sentences`` matches sentences by the result.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

import msgspec
import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import F64, I64, Bools
from dedupe.shipped import read_shipped

FEATURES = (
    "shared_of_shorter",
    "shared_of_longer",
    "shared_pairs_of_shorter",
    "sorted_words_ratio",
    "numbers_conflict",
    "log_shorter_length",
)
"""Names of the model's features, in the order of the columns of ``features``, which explains them."""

CHANCE_COSINE, COSINE_WEIGHT, MAX_CONTEXT = 0.2, 10.0, 2.0
"""A TF-ISF cosine adds weight × (cosine − chance cosine) to the log odds, at least 0 and at most ``MAX_CONTEXT``. The
chance cosine is what two sentences on one subject have by chance."""

PASSAGE_WEIGHT = 1.0
"""Added to the log odds of two sentences that stand in the same passage."""


_REMEMBERED = 64
"""Texts whose sorted words are remembered, because a text takes part in several alignments."""

_CHARACTERS = 999_983
"""Terms and pairs of terms are encoded as characters modulo this prime, which lies below the number of code points. Two
sentences hold far too few of them for collisions to matter."""


class SentenceProfile(NamedTuple):
    """What one or more sentences are compared by.

    ``words``: the number of words. ``in_order``: one character for each word's term; equal terms have equal
    characters. ``terms``: the same, sorted.
    ``term_pairs``: one character for each two neighbouring words, sorted. ``sorted_words``: the words' normal forms,
    sorted and joined by blanks. ``numbers``: the normal forms that begin with a digit.
    """

    words: int
    in_order: str
    terms: str
    term_pairs: str
    sorted_words: str
    numbers: frozenset[str]


def join_profiles(profiles: Sequence[SentenceProfile]) -> SentenceProfile:
    """The profile of several sentences together. There must be at least one.

    Pairs of words across the border of two sentences do not count.
    """
    if len(profiles) == 1:
        return profiles[0]
    return SentenceProfile(
        sum(profile.words for profile in profiles),
        "".join(profile.in_order for profile in profiles),
        "".join(sorted("".join(profile.terms for profile in profiles))),
        "".join(sorted("".join(profile.term_pairs for profile in profiles))),
        " ".join(sorted(" ".join(profile.sorted_words for profile in profiles).split(" "))),
        frozenset().union(*(profile.numbers for profile in profiles)),
    )


class _Model(msgspec.Struct, frozen=True):
    source: str
    intercept: float
    weights: dict[str, float]


@functools.cache
def _model() -> tuple[F64, float]:
    """The weights, in the order of ``FEATURES``, and the intercept."""
    model = msgspec.json.decode(read_shipped("paraphrase_model.json"), type=_Model)
    return np.array([model.weights[name] for name in FEATURES]), model.intercept


class SentenceProfiles(dict[int, SentenceProfile]):
    """The profiles of the sentences of a text by sentence number; each is made when it is first asked for.

    ``terms``: the terms of the text as in ``TextPair``, int64[words]. ``vocabulary``: the number of
    terms of the pair.
    """

    def __init__(self, text: TokenizedText, terms: I64, vocabulary: int) -> None:
        super().__init__()
        self._sorted_words = _sorted_words(text)
        self._bounds = text.sentence_words.tolist()
        self._in_order = _characters(terms % _CHARACTERS)
        self._term_pairs = _characters((terms[:-1] * vocabulary + terms[1:]) % _CHARACTERS)

    def __missing__(self, sentence: int) -> SentenceProfile:
        first, last = self._bounds[sentence], self._bounds[sentence + 1]
        self[sentence] = made = SentenceProfile(
            last - first,
            self._in_order[first:last],
            "".join(sorted(self._in_order[first:last])),
            "".join(sorted(self._term_pairs[first : max(first, last - 1)])),
            *self._sorted_words[sentence],
        )
        return made

    def sorted_words(self, sentence: int) -> str:
        """The words of a sentence as in its profile, which is not made for that."""
        return self._sorted_words[sentence][0]


@functools.lru_cache(_REMEMBERED)
def _sorted_words(text: TokenizedText) -> list[tuple[str, frozenset[str]]]:
    """``sorted_words`` and ``numbers`` of the profile of every sentence."""
    sentences = (sorted(text.forms[first:last]) for first, last in pairwise(text.sentence_words.tolist()))
    # ASCII digits sort before letters.
    return [(" ".join(forms), frozenset(takewhile(_begins_with_digit, forms))) for forms in sentences]


def _begins_with_digit(form: str) -> bool:
    return form[0].isdigit()


def profiles(pair: TextPair) -> tuple[SentenceProfiles, SentenceProfiles]:
    """The profiles of the sentences of the left and of the right text. Only profiles of one pair can be compared."""
    left = SentenceProfiles(pair.left, pair.left_terms, pair.terms)
    return left, SentenceProfiles(pair.right, pair.right_terms, pair.terms)


def _characters(numbers: I64) -> str:
    """One character for each number, ordered as the numbers are. rapidfuzz compares strings fastest."""
    points = numbers.astype(np.uint32)
    points[points >= 0xD800] += 0x800  # step over the surrogates, which cannot be encoded
    return points.astype("<u4").tobytes().decode("utf-32-le")


def characters_of(terms: I64) -> str:
    """The characters that stand for some terms in a ``SentenceProfile``."""
    return _characters(terms % _CHARACTERS)


def features(left: Sequence[SentenceProfile], right: Sequence[SentenceProfile]) -> F64:
    """The features of pairs of profiles, float64[pairs, features], with the columns in the order of ``FEATURES``.

    ``left`` and ``right`` have one profile a pair. The side with fewer words is the shorter one.

    - ``shared_of_shorter``, ``shared_of_longer``: shared terms, repeated ones counted, by the words of that side.
    - ``shared_pairs_of_shorter``: shared pairs of neighbouring terms by the pairs of the shorter side.
    - ``sorted_words_ratio``: ``rapidfuzz.fuzz.ratio`` of the sorted words, 0 to 1.
    - ``numbers_conflict``: 1 if each side has a number that the other one lacks, else 0.
    - ``log_shorter_length``: the natural logarithm of the words of the shorter side.
    """
    left_words = np.array([profile.words for profile in left], np.float64)
    right_words = np.array([profile.words for profile in right], np.float64)
    shorter, longer = np.minimum(left_words, right_words), np.maximum(left_words, right_words)
    # The longest common subsequence of two sorted sequences is the intersection of two multisets.
    shared = process.cpdist(
        [p.terms for p in left], [p.terms for p in right], scorer=LCSseq.similarity, dtype=np.float64
    )
    shared_pairs = process.cpdist(
        [p.term_pairs for p in left], [p.term_pairs for p in right], scorer=LCSseq.similarity, dtype=np.float64
    )
    ratio = process.cpdist(
        [p.sorted_words for p in left],
        [p.sorted_words for p in right],
        scorer=fuzz.ratio,
        processor=None,
        dtype=np.float64,
    )
    conflict = [bool(a.numbers - b.numbers and b.numbers - a.numbers) for a, b in zip(left, right, strict=True)]
    return np.column_stack(
        (
            shared / np.maximum(1, shorter),
            shared / np.maximum(1, longer),
            shared_pairs / np.maximum(1, shorter - 1),
            ratio / 100,
            conflict,
            np.log(np.maximum(1, shorter)),
        )
    )


def paraphrase_probability(
    left: Sequence[SentenceProfile],
    right: Sequence[SentenceProfile],
    cosine: F64 | float = 0.0,
    in_passage: F64 | float = 0.0,
    wanted: Bools | None = None,
) -> F64:
    """The probability that the two sentences of each pair say the same, float64[pairs], 0 to 1.

    ``left`` and ``right`` have one profile a pair. ``cosine`` is the TF-ISF cosine of each pair among the sentences of
    two articles, and ``in_passage`` is 1 where both sentences stand in the same passage; leave both at 0 for sentences
    without context. Swapping left and right does not change the result.

    ``wanted``: bool[pairs], the pairs that ``left`` and ``right`` hold, by default all. Of the others the probability
    says nothing.
    """
    if not left:
        return np.zeros(0 if wanted is None else wanted.size)
    weights, intercept = _model()
    context = np.clip(COSINE_WEIGHT * (cosine - CHANCE_COSINE), 0, MAX_CONTEXT) + PASSAGE_WEIGHT * in_passage
    measured = features(left, right)
    if wanted is not None:
        # A product of matrices rounds a row by its place, so every pair keeps its own.
        measured, of_wanted = np.zeros((wanted.size, len(FEATURES))), measured
        measured[wanted] = of_wanted
    log_odds = measured @ weights + intercept + context
    return np.asarray(1 / (1 + np.exp(-log_odds)), np.float64)
