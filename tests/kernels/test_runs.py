"""Runs that two texts share, and seeds that are joined: every backend against plain Python."""

import numpy as np
import pytest
from backends import EVERY_BACKEND, NATIVE, NEEDS_NATIVE
from hypothesis import given, settings
from hypothesis import strategies as st
from support import cpu_growth

WORDS = st.lists(st.integers(0, 3), max_size=30)
SEEDS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9), st.integers(0, 60), st.integers(1, 9)), max_size=12)


@EVERY_BACKEND
@given(WORDS, WORDS, st.integers(1, 5), st.sampled_from([2, 100]))
@settings(max_examples=100, deadline=None)
def test_a_run_stands_where_it_first_stands_in_the_right_text(backend, left, right, run, most):
    first = {}
    for place in range(len(right) - run + 1):
        first.setdefault(tuple(right[place : place + run]), place)
    runs = ((k, tuple(left[k : k + run])) for k in range(len(left) - run + 1))
    expected = [(k, first[words]) for k, words in runs if words in first][:most]
    found = backend.shared_runs(np.array(left, np.int64), np.array(right, np.int64), 4, run, most)
    assert list(zip(*(side.tolist() for side in found), strict=True)) == expected


def groups(seeds, gap):
    """The groups of seeds, split at one gap after the other until there is none."""
    for start, end in ((0, 1), (2, 3)):
        ordered = sorted(seeds, key=lambda seed: seed[start])
        for k in range(1, len(ordered)):
            if ordered[k][start] - max(seed[end] for seed in ordered[:k]) > gap:
                return [*groups(ordered[:k], gap), *groups(ordered[k:], gap)]
    return [seeds]


@EVERY_BACKEND
@given(SEEDS, st.integers(0, 12))
@settings(max_examples=200, deadline=None)
def test_seeds_are_joined_that_no_gap_parts_in_either_text(backend, seeds, gap):
    seeds = [(a, a + length, b, b + other) for a, length, b, other in seeds]
    expected = [
        (min(s[0] for s in group), max(s[1] for s in group), min(s[2] for s in group), max(s[3] for s in group))
        for group in (groups(seeds, gap) if seeds else [])
    ]
    joined = backend.join_seeds(np.array(seeds, np.int64).reshape(-1, 4), gap)
    assert sorted(map(tuple, joined.tolist())) == sorted(expected)


@NEEDS_NATIVE
@pytest.mark.parametrize("terms", [1, 2])
def test_a_long_text_of_few_words_takes_no_square_time(terms):
    def run(size):
        text = np.arange(size) % terms
        NATIVE.shared_runs(text, text, terms, 7, size)

    assert cpu_growth(run, 50_000, 400_000) < 30
