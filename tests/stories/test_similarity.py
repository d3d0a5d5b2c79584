"""What two articles have in common: by itself, and among their neighbours."""

import numpy as np
import pytest
from story_articles import BACKGROUND, FIRE, VOTE, read, title_and_text, unrelated

from dedupe.stories.candidates import CandidatePairs, propose_pairs, text_weights
from dedupe.stories.joining import MEANS
from dedupe.stories.similarity import NOISE, SECOND_ORDER, measure_similarity
from dedupe.text import terms
from dedupe.text.background import load_background

COSINES = ("similarity", "numbers", "calendar")
BOUNDED = (*COSINES, "second_order", "other_numbers", "other_dates", "share_left", "share_right")


def all_pairs(rows):
    left, right = np.triu_indices(rows, 1)
    return CandidatePairs(left, right, {})


def measure(words, days=0.0, pairs=None):
    pairs = pairs or all_pairs(words.rows)
    return measure_similarity(words, np.full(pairs.left.size, days) if np.isscalar(days) else days, pairs)


def read_articles(articles):
    return terms.read_terms(map(title_and_text, articles), load_background())


def test_the_columns_are_those_that_joining_needs():
    assert set(measure(read(*FIRE))) == {*MEANS, "share_left", "share_right"}


@pytest.mark.parametrize("texts", [[], ["Alone."], ["", ""], ["", "a", "a", "same words", "same words"], FIRE[:1] * 9])
def test_odd_collections_have_finite_values_within_bounds(texts):
    columns = measure(read(*texts))
    assert all(values.size == len(texts) * (len(texts) - 1) // 2 for values in columns.values())
    assert all(np.isfinite(values).all() for values in columns.values())
    assert all(((values >= 0) & (values < 1 + 1e-9)).all() for name, values in columns.items() if name in BOUNDED)


def test_a_text_is_like_itself_and_not_like_one_without_a_common_word():
    columns = measure(read("Oslo 42 May", "Oslo 42 May", "bergen fjord"))
    for name in COSINES:
        np.testing.assert_allclose(columns[name], [1, 0, 0], atol=1e-9)
    assert not columns["share_left"][1:].any()


def test_what_stands_in_the_title_counts_most():
    body = "They said so again today. " * 40
    articles = [("Weber wins", body), ("", body + "Weber wins"), ("Weber wins", "Elsewhere it rained and it snowed.")]
    similarity = measure(terms.read_terms(articles, BACKGROUND))["similarity"]
    assert similarity[1] > 2 * similarity[2] > 0


def test_a_part_of_a_collection_is_measured_as_if_it_were_read_alone():
    part = read_articles(FIRE + VOTE).take(np.array([0, 3, 4]))
    alone = read_articles([FIRE[0], VOTE[0], VOTE[1]])
    one, other = measure(part), measure(alone)
    for name, values in one.items():
        np.testing.assert_allclose(values, other[name], rtol=1e-12)


def test_neighbours_of_another_time_count_less():
    """Three articles: the first two of one day, the third like the first but of another time."""
    words, pairs = read(FIRE[0], FIRE[1], FIRE[2]), all_pairs(3)
    near, far = measure(words), measure(words, np.array([0.0, 90.0, 90.0]), pairs)
    for name in (*COSINES, "other_numbers", "other_dates"):
        assert np.array_equal(near[name], far[name])
    assert near["share_left"][0] < far["share_left"][0]
    assert near["share_left"][1] > far["share_left"][1]


def dense(values, rows):
    matrix = np.zeros((rows, rows))
    matrix[np.triu_indices(rows, 1)] = values
    return matrix + matrix.T


def test_second_order_is_the_cosine_of_the_values_with_all_others():
    columns = measure(read_articles(FIRE + VOTE + unrelated(3)))
    similarity = dense(columns["similarity"], 12)
    assert SECOND_ORDER >= 11
    for pair, (a, b) in enumerate(zip(*np.triu_indices(12, 1), strict=True)):
        others = [row for row in range(12) if row not in {a, b}]
        one, other = similarity[a, others], similarity[b, others]
        expected = one @ other / (np.linalg.norm(one) * np.linalg.norm(other) + NOISE)
        assert columns["second_order"][pair] == pytest.approx(expected, abs=1e-9)


def test_the_shares_of_an_article_are_parts_of_one_whole():
    words = read_articles(FIRE + VOTE + unrelated(3))
    pairs = propose_pairs(words, text_weights(words), np.full(12, np.nan))
    columns = measure(words, pairs=pairs)
    total = np.bincount(pairs.left, columns["share_left"], 12) + np.bincount(pairs.right, columns["share_right"], 12)
    assert ((total > 0) & (total < 1)).all()
    # The rest of the whole is NOISE, so both shares of a pair of neighbours tell how much the pair has in common.
    one = columns["share_left"] / (1 - total[pairs.left]) * NOISE
    other = columns["share_right"] / (1 - total[pairs.right]) * NOISE
    are_mutual = (one > 0) & (other > 0)
    assert are_mutual.sum() > 5
    np.testing.assert_allclose(one[are_mutual], other[are_mutual])
