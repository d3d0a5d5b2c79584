"""The texts of a group are measured among themselves, and nothing outside the group changes a number."""

import itertools

import numpy as np
import pytest
from backends import NATIVE, NEEDS_NATIVE
from hypothesis import given, settings
from hypothesis import strategies as st
from story_articles import FIRE, JUNE, MAY, VOTE, read, unrelated

from dedupe.kernels import Compute
from dedupe.stories.inner_similarity import LEAST_OTHERS, LEAST_TO_CENTRE, measure_inner
from dedupe.stories.models import load_model


def undated(words, group, *options):
    """What texts without dates have in common."""
    return measure_inner(words, group, np.full(words.rows, np.nan), 10.0, *options)


def together(*texts):
    """The columns of texts that are one group."""
    return undated(read(*texts), np.zeros(len(texts), np.int64)).columns


def dense(values, texts):
    matrix = np.zeros((texts, texts))
    matrix[np.triu_indices(texts, 1)] = values
    return matrix + matrix.T


@given(st.lists(st.integers(0, 3), max_size=9), st.randoms())
@settings(max_examples=60, deadline=None)
def test_other_groups_change_no_number_of_a_group(group, random):
    group = np.array(group, np.int64)
    texts = [random.choice((MAY, JUNE, *FIRE)) + f" It was {i}." for i in range(group.size)]
    found = undated(read(*texts), group)
    pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert pairs == [p for p in itertools.combinations(range(group.size), 2) if group[p[0]] == group[p[1]]]
    for number in set(group.tolist()):
        rows = np.flatnonzero(group == number)
        alone = undated(read(*(texts[row] for row in rows)), np.zeros(rows.size, np.int64))
        here = group[found.left] == number
        assert rows[alone.left].tolist() == found.left[here].tolist()
        for name, values in alone.columns.items():
            assert np.array_equal(values, found.columns[name][here]), name


def test_a_group_taken_from_a_collection_is_measured_as_if_it_were_read_alone():
    taken = read(*FIRE, *VOTE, *unrelated(5)).take(np.array([0, 1, 3, 4]))
    alone = read(*FIRE[:2], *VOTE[:2])
    for name, values in undated(alone, np.zeros(4, np.int64)).columns.items():
        assert np.array_equal(values, undated(taken, np.zeros(4, np.int64)).columns[name]), name


@NEEDS_NATIVE
def test_neither_backend_nor_threads_change_a_number():
    words, group = read(*FIRE, *VOTE, *unrelated(10)), np.arange(26) % 3
    one, other = undated(words, group), undated(words, group, Compute(NATIVE, 3))
    for name, values in one.columns.items():
        assert np.array_equal(values, other.columns[name]), name


@pytest.mark.parametrize("texts", [[], [MAY], ["", ""], ["", "", *["Same words here"] * 3], [MAY] * 7])
def test_odd_groups_have_finite_numbers(texts):
    columns = together(*texts)
    assert all(values.size == len(texts) * (len(texts) - 1) // 2 for values in columns.values())
    assert all(np.isfinite(values).all() for values in columns.values())


def test_the_columns_are_those_of_the_model():
    columns = together(*FIRE)
    assert {feature.name for feature in load_model().split.pairs} <= set(columns)
    for name in ("names", "numbers", "calendar", "topic_words"):
        assert ((columns[name] >= 0) & (columns[name] < 1 + 1e-9)).all()


def test_small_groups_have_nothing_to_compare_with():
    columns = together(*FIRE)
    assert len(FIRE) < LEAST_TO_CENTRE
    assert not any(columns[name].any() for name in columns if name.endswith("_beyond_average"))
    assert len(FIRE) - 2 < LEAST_OTHERS
    assert not columns["second_order"].any()


def test_what_exceeds_the_average_has_no_average():
    """After double centring the values of a text with the others have a mean of nearly 0, whatever the text is like."""
    texts = (*FIRE, *VOTE, MAY, JUNE)
    names, centred = (dense(together(*texts)[name], len(texts)) for name in ("names", "names_beyond_average"))
    means = names.sum(axis=1) / (len(texts) - 1)
    off_diagonal = ~np.eye(len(texts), dtype=bool)
    expected = names - means[:, None] - means + means.mean()
    np.testing.assert_allclose(centred[off_diagonal], expected[off_diagonal], atol=1e-12)


def test_the_second_order_is_a_correlation_with_all_other_texts():
    texts = (*FIRE, *VOTE, MAY, JUNE)
    columns, count = together(*texts), len(texts)
    # The cosine of all words is not among the columns; the correlation is, so two events must show in its sign.
    correlation = dense(columns["second_order"], count)
    event = np.repeat([0, 1, 2], [3, 3, 2])
    same = event[:, None] == event
    off_diagonal = ~np.eye(count, dtype=bool)
    assert correlation[same & off_diagonal].min() > correlation[~same].max()
    assert (np.abs(correlation) <= 1).all()


def test_the_length_is_that_of_the_shorter_text():
    assert together("one two three", "one", "")["words_of_shorter"].tolist() == [np.log1p(1), 0, 0]


def test_days_count_as_logarithms_up_to_far_days_and_unknown_ones_as_none():
    day = np.array([3.0, np.nan, 5.0, 400.0])
    found = measure_inner(read(*FIRE, MAY), np.zeros(4, np.int64), day, 10.0)
    assert found.columns["days_apart"].tolist() == [0, *np.log1p([2, 10]), 0, 0, np.log1p(10)]
