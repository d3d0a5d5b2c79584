"""Runs of words that one publisher prints in several articles, and only these, are furniture."""

from itertools import pairwise

import numpy as np
import pytest
from backends import EVERY_BACKEND, NUMPY
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.text.furniture import RUN_WORDS, repeated_by_publisher


def furniture(articles, publisher, backend=NUMPY):
    """Which words of each article are furniture; articles are lists of numbers that stand for words."""
    offsets = np.cumsum([0, *map(len, articles)], dtype=np.int64)
    words = np.array([word for article in articles for word in article], np.uint64)
    found = repeated_by_publisher(words, offsets, publisher, backend)
    assert found.dtype == bool
    assert found.size == words.size
    return [found[start:end].tolist() for start, end in pairwise(offsets)]


def between(before, run, after):
    """An article with a run of words between words of its own."""
    return [*range(before, before + 5), *range(run), *range(after, after + 5)]


@EVERY_BACKEND
@pytest.mark.parametrize("length", [RUN_WORDS - 1, RUN_WORDS, RUN_WORDS + 1, 3 * RUN_WORDS])
def test_a_run_of_so_many_words_that_one_publisher_prints_twice_is_found(backend, length):
    articles = [between(100, length, 200), between(300, length, 400)]
    is_found = [False] * 5 + [length >= RUN_WORDS] * length + [False] * 5
    for publisher in (["a", "a"], [None, None]):
        assert furniture(articles, publisher, backend) == [is_found, is_found]


@EVERY_BACKEND
@pytest.mark.parametrize("publisher", [["a", "b"], ["a", None], [None, "a"]])
def test_nothing_is_found_across_publishers(backend, publisher):
    articles = [between(100, 20, 200), between(300, 20, 400)]
    assert not any(map(any, furniture(articles, publisher, backend)))


@EVERY_BACKEND
def test_an_article_that_repeats_itself_is_no_furniture(backend):
    article = [*range(20), 99, *range(20), 98, *range(20)]
    assert not any(map(any, furniture([article, [50] * 30], ["a", "a"], backend)))
    assert not any(furniture([article], ["a"], backend)[0])


@EVERY_BACKEND
@pytest.mark.parametrize("articles", [[], [[]], [[], [], []], [[1], [], [1, 2]], [[], list(range(7)), list(range(7))]])
def test_too_few_words_are_never_repeated(backend, articles):
    assert not any(map(any, furniture(articles, ["a"] * len(articles), backend)))


@EVERY_BACKEND
def test_a_run_is_never_found_across_the_border_of_two_articles(backend):
    run = list(range(RUN_WORDS))
    for articles in ([run[:4], run[4:], run], [run, run[:4], [], run[4:]]):
        assert not any(map(any, furniture(articles, ["a"] * len(articles), backend)))


def plain(articles, publisher):
    """All runs of all articles, compared with each other."""
    runs = [
        {tuple(article[at : at + RUN_WORDS]): at for at in range(len(article) - RUN_WORDS + 1)} for article in articles
    ]
    found = [[False] * len(article) for article in articles]
    for row, article in enumerate(articles):
        for at in range(len(article) - RUN_WORDS + 1):
            run = tuple(article[at : at + RUN_WORDS])
            if any(run in runs[i] for i in range(len(runs)) if i != row and publisher[i] == publisher[row]):
                found[row][at : at + RUN_WORDS] = [True] * RUN_WORDS
    return found


@EVERY_BACKEND
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from([(1,), (2,), (1, 2, 3, 4, 5), (6, 7, 8)]), max_size=12), st.sampled_from("ab")
        ),
        max_size=6,
    )
)
@example([([(1, 2, 3, 4, 5)] * 9, "a"), ([(1, 2, 3, 4, 5)] * 2, "a"), ([(6, 7, 8)] * 4, "b")])
@settings(max_examples=100, deadline=None)
def test_what_is_found_is_what_comparing_all_runs_finds(backend, made_up):
    articles = [[word for part in parts for word in part] for parts, _ in made_up]
    publisher = [printed_by for _, printed_by in made_up]
    assert furniture(articles, publisher, backend) == plain(articles, publisher)
