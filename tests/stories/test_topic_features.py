"""The texts of a topic are measured among themselves."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from story_articles import JUNE, MAY, read

from dedupe.stories.topic_features import measure_topic_features


@given(st.lists(st.integers(0, 3), max_size=8), st.randoms())
@settings(max_examples=50, deadline=None)
def test_the_texts_of_a_topic_are_measured_as_if_no_others_were_on_a_topic(topic, random):
    topic = np.array(topic, np.int64)
    words = read(*(random.choice((MAY, JUNE)) + f" It was {i}." for i in range(topic.size)))
    pairs, columns = measure_topic_features(words, topic)
    places = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert places == [p for p in itertools.combinations(range(topic.size), 2) if topic[p[0]] == topic[p[1]]]
    for number in set(topic.tolist()):
        here = topic[pairs.left] == number
        apart = measure_topic_features(words, np.where(topic == number, 0, 1 + np.arange(topic.size)))[1]
        for name, expected in apart.items():
            np.testing.assert_allclose(columns[name][here], expected, atol=1e-12)


def test_features_are_finite_for_empty_and_equal_texts():
    words = read("", "", "Same words here", "Same words here")
    columns = measure_topic_features(words, np.zeros(words.rows, np.int64))[1]
    assert all(np.isfinite(values).all() and values.size == 6 for values in columns.values())
