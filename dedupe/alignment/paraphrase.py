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
from itertools import chain, pairwise, takewhile

import msgspec
import numpy as np
from rapidfuzz import fuzz, process

from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import F64, I64
from dedupe.kernels import DEFAULT
from dedupe.kernels.ragged import ragged_offsets
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

Group = Sequence[int]
"""The numbers of some sentences of a text that are compared as one; at least one."""


class _Model(msgspec.Struct, frozen=True):
    source: str
    intercept: float
    weights: dict[str, float]


@functools.cache
def _model() -> tuple[F64, float]:
    """The weights, in the order of ``FEATURES``, and the intercept."""
    model = msgspec.json.decode(read_shipped("paraphrase_model.json"), type=_Model)
    return np.array([model.weights[name] for name in FEATURES]), model.intercept


@functools.lru_cache(_REMEMBERED)
def sorted_words(text: TokenizedText) -> list[str]:
    """For each sentence the normal forms of its words, sorted and joined by blanks."""
    return [" ".join(sorted(text.forms[first:last])) for first, last in pairwise(text.sentence_words.tolist())]


@functools.lru_cache(_REMEMBERED)
def _numbers(text: TokenizedText) -> list[frozenset[str]]:
    """For each sentence the normal forms that begin with a digit."""
    # ASCII digits sort before letters.
    return [frozenset(takewhile(_begins_with_digit, words.split(" "))) for words in sorted_words(text)]


def _begins_with_digit(form: str) -> bool:
    return form[:1].isdigit()


def features(pair: TextPair, lefts: Sequence[Group], rights: Sequence[Group]) -> F64:
    """The features of pairs of groups of sentences, float64[pairs, features], in the order of ``FEATURES``.

    ``lefts`` and ``rights`` have one group of the left and of the right text a pair. The side with fewer words is the
    shorter one. Pairs of words across the border of two sentences do not count.

    - ``shared_of_shorter``, ``shared_of_longer``: shared terms, repeated ones counted, by the words of that side.
    - ``shared_pairs_of_shorter``: shared pairs of neighbouring terms by the pairs of the shorter side.
    - ``sorted_words_ratio``: ``rapidfuzz.fuzz.ratio`` of the sorted words, 0 to 1.
    - ``numbers_conflict``: 1 if each side has a number that the other one lacks, else 0.
    - ``log_shorter_length``: the natural logarithm of the words of the shorter side.
    """
    texts, sides = (pair.left, pair.right), (lefts, rights)
    flat = [_flat(groups) for groups in sides]
    words = [
        np.add.reduceat(text.sentence_sizes[numbers], offsets[:-1])
        for text, (numbers, offsets) in zip(texts, flat, strict=True)
    ]
    shorter, longer = np.minimum(*words), np.maximum(*words)
    left_text, right_text = (pair.left_terms, pair.left.sentence_words), (pair.right_terms, pair.right.sentence_words)
    shared, shared_pairs = DEFAULT.count_common_terms(left_text, right_text, pair.terms, *flat)
    joined = [
        [_joined_words(sorted_words(text), group) for group in groups]
        for text, groups in zip(texts, sides, strict=True)
    ]
    ratio = process.cpdist(*joined, scorer=fuzz.ratio, processor=None, dtype=np.float64)
    of_left, of_right = (
        [_joined_numbers(_numbers(t), group) for group in g] for t, g in zip(texts, sides, strict=True)
    )
    conflict = [bool(a - b and b - a) for a, b in zip(of_left, of_right, strict=True)]
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


def _flat(groups: Sequence[Group]) -> tuple[I64, I64]:
    """Groups as a ragged array."""
    return np.array([*chain.from_iterable(groups)], np.int64), ragged_offsets(np.array([*map(len, groups)], np.int64))


def _joined_words(words: list[str], group: Group) -> str:
    """The sorted words of several sentences together."""
    if len(group) == 1:
        return words[group[0]]
    return " ".join(sorted(" ".join(words[k] for k in group).split(" ")))


def _joined_numbers(numbers: list[frozenset[str]], group: Group) -> frozenset[str]:
    """The numbers of several sentences together."""
    return numbers[group[0]] if len(group) == 1 else frozenset().union(*(numbers[k] for k in group))


def paraphrase_probability(measured: F64, cosine: F64 | float = 0.0, in_passage: F64 | float = 0.0) -> F64:
    """The probability that the two sides of each pair say the same, float64[pairs], 0 to 1.

    ``measured``: what ``features`` returns. ``cosine`` is the TF-ISF cosine of each pair among the sentences of two
    articles, and ``in_passage`` is 1 where both sentences stand in the same passage; leave both at 0 for sentences
    without context.
    """
    weights, intercept = _model()
    context = np.clip(COSINE_WEIGHT * (cosine - CHANCE_COSINE), 0, MAX_CONTEXT) + PASSAGE_WEIGHT * in_passage
    log_odds = measured @ weights + intercept + context
    return np.asarray(1 / (1 + np.exp(-log_odds)), np.float64)
