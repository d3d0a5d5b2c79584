"""The paraphrase probability."""

from __future__ import annotations

import pytest

from dedupe.alignment.paraphrase import features, paraphrase_probability
from dedupe.alignment.tokenized import pair_texts, tokenize

ONE, OTHER = "The pier is closed today. Nobody says why.", "Today the pier was closed. Nobody says why."


def probability(left: str, right: str, *groups: list[int]) -> float:
    pair = pair_texts(tokenize(left), tokenize(right))
    return float(paraphrase_probability(features(pair, *([group] for group in groups)))[0])


def test_the_probability_is_symmetric_and_highest_for_the_same_words() -> None:
    there, back = probability(ONE, OTHER, [0], [0]), probability(OTHER, ONE, [0], [0])
    assert there == back < probability(ONE, ONE, [0], [0])


def test_several_sentences_are_compared_as_one() -> None:
    alone, both = probability(ONE, OTHER, [0], [0]), probability(ONE, OTHER, [0, 1], [0, 1])
    assert alone < both
    assert both == pytest.approx(
        probability(ONE.replace(". N", ", n"), OTHER.replace(". N", ", n"), [0], [0]), abs=0.02
    )
