"""measure → LIKENESS: the probability that two stretches of text say the same in partly other words.

A logistic regression over six readable features, fitted on the Microsoft Research Paraphrase Corpus (pairs of sentences
from news clusters, judged by people); weights and source are in ``data/paraphrase_model.json``. Between the sentences
of two whole articles, what a pair shares beyond chance counts in addition: there the question is not only whether two
sentences agree, but whether this sentence rather than any other is the source.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import resources
from itertools import takewhile
from typing import NamedTuple

import msgspec
import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import F64, I64

FEATURES = (
    "shared_of_shorter",
    "shared_of_longer",
    "shared_pairs_of_shorter",
    "sorted_words_ratio",
    "numbers_conflict",
    "log_shorter_length",
)

CHANCE_COSINE, COSINE_WEIGHT, MAX_CONTEXT = 0.2, 10.0, 2.0
"""A TF-ISF cosine above what sentences on one subject have by chance raises the log odds, up to a limit."""

PASSAGE_WEIGHT = 1.0
"""Raises the log odds of two sentences that stand in the same reused passage."""


_CHARACTERS = 999_983
"""Terms and pairs of terms are told apart modulo this prime: two sentences never hold enough of them to collide."""


class SentenceProfile(NamedTuple):
    """What a stretch of text is compared by: number of words; its terms and its pairs of neighbouring terms, each
    encoded as one character and sorted; its words, sorted and joined by blanks; its words that begin with a digit."""

    words: int
    terms: str
    term_pairs: str
    sorted_words: str
    numbers: frozenset[str]


def join_profiles(profiles: Sequence[SentenceProfile]) -> SentenceProfile:
    """Profile of several stretches together, as if one followed the other; at least one."""
    if len(profiles) == 1:
        return profiles[0]
    return SentenceProfile(
        sum(profile.words for profile in profiles),
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
    """Weights in the order of ``FEATURES`` and intercept."""
    model = msgspec.json.decode(
        resources.files("dedupe").joinpath("data/paraphrase_model.json").read_bytes(), type=_Model
    )
    return np.array([model.weights[name] for name in FEATURES]), model.intercept


class SentenceProfiles(dict[int, SentenceProfile]):
    """Profiles of the sentences of a text, by number, made when first asked for."""

    def __init__(self, wording: TokenizedText, terms: I64, vocabulary: int) -> None:
        super().__init__()
        self._forms = wording.forms
        self._bounds = wording.sentence_words.tolist()
        sizes = np.diff(wording.sentence_words)
        sentence = np.repeat(np.arange(sizes.size), sizes)
        self._terms = _characters(_sorted_within(sentence, terms))
        inner = np.flatnonzero(sentence[:-1] == sentence[1:])
        neighbours = (terms[inner] * vocabulary + terms[inner + 1]) % _CHARACTERS
        self._term_pairs = _characters(_sorted_within(sentence[inner], neighbours))
        self._pair_bounds = [0, *np.cumsum(np.maximum(0, sizes - 1)).tolist()]

    def __missing__(self, sentence: int) -> SentenceProfile:
        first, last = self._bounds[sentence], self._bounds[sentence + 1]
        forms = sorted(self._forms[first:last])
        self[sentence] = made = SentenceProfile(
            last - first,
            self._terms[first:last],
            self._term_pairs[self._pair_bounds[sentence] : self._pair_bounds[sentence + 1]],
            " ".join(forms),
            frozenset(takewhile(_begins_with_digit, forms)),  # ASCII digits sort before letters
        )
        return made


def _begins_with_digit(form: str) -> bool:
    return form[0].isdigit()


def profiles(pair: TextPair) -> tuple[SentenceProfiles, SentenceProfiles]:
    """Profiles of the sentences of both texts."""
    return SentenceProfiles(pair.left, pair.left_terms, pair.terms), SentenceProfiles(
        pair.right, pair.right_terms, pair.terms
    )


def _sorted_within(sentence: I64, numbers: I64) -> I64:
    """Numbers below ``_CHARACTERS`` sorted within each sentence, sentences in order."""
    return np.sort(sentence * _CHARACTERS + numbers % _CHARACTERS) % _CHARACTERS


def _characters(numbers: I64) -> str:
    """One character a number, equal for equal numbers, in the same order: rapidfuzz compares strings fastest."""
    points = numbers.astype(np.uint32)
    points[points >= 0xD800] += 0x800
    return points.astype("<u4").tobytes().decode("utf-32-le")


def features(left: Sequence[SentenceProfile], right: Sequence[SentenceProfile]) -> F64:
    """Features of pairs of profiles, one row a pair, columns as in ``FEATURES``."""
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
) -> F64:
    """Probability, for each pair, that both say the same.

    ``cosine`` is their TF-ISF cosine among the sentences of two articles, ``in_passage`` 1 where both stand in the same
    reused passage; both are 0 for sentences without context.
    """
    if not left:
        return np.zeros(0)
    weights, intercept = _model()
    context = np.clip(COSINE_WEIGHT * (cosine - CHANCE_COSINE), 0, MAX_CONTEXT) + PASSAGE_WEIGHT * in_passage
    odds = features(left, right) @ weights + intercept + context
    return np.asarray(1 / (1 + np.exp(-odds)), np.float64)
