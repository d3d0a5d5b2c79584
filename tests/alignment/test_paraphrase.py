"""The paraphrase probability."""

from __future__ import annotations

from dedupe.alignment.paraphrase import join_profiles, paraphrase_probability, profiles
from dedupe.alignment.tokenized import pair_texts, tokenize


def test_the_probability_is_symmetric_and_highest_for_the_same_words() -> None:
    left, right = profiles(pair_texts(tokenize("The pier is closed today."), tokenize("Today the pier was closed.")))
    one, other = left[0], right[0]
    there, back, same = paraphrase_probability([one, other, one], [other, one, one]).tolist()
    assert there == back < same
    assert join_profiles([one, other]).words == one.words + other.words
