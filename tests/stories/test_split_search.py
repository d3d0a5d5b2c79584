"""The search for the best division: both kernel twins against each other, to the bit, and against plain Python."""

import itertools

import numpy as np
import pytest
from backends import EVERY_BACKEND, HAS_NUMBA, NUMBA, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.kernels import Compute
from dedupe.stories.split_search import MOST_COMPARED, SharedTerms, SplitWeights, find_best_split, split_evidence

SEARCH = SplitWeights(names=0.1, numbers=0.3, others=0.02, across=1.2, level=1.0, lead="mean")


def group(texts, terms, seed):
    """Texts with made-up terms and log-odds, many of them equal."""
    random = np.random.default_rng(seed)
    has = (random.random((texts, terms)) < random.choice([0.2, 0.5, 0.8], terms)).astype(np.int64)
    has = has[:, (has.sum(axis=0) > 1) & (has.sum(axis=0) < texts)]
    odds = random.choice([-3.0, -1.1, 0.3, 3.0], (texts, texts))
    odds = np.triu(odds, 1) + np.triu(odds, 1).T
    terms = has.shape[1]
    weight, kind = random.choice([0.1, 2.3, 7.0], terms), random.integers(0, 3, terms)
    return SharedTerms(np.arange(terms), has, has.sum(axis=0), kind, weight), odds


def worth(shared, odds, side):
    across = sum(odds[i, j] - SEARCH.level for i in np.flatnonzero(side) for j in np.flatnonzero(~side))
    inside = shared.has[side].sum(axis=0)
    gains = split_evidence(side.size, int(side.sum()), inside, shared.holders) * shared.weight
    return gains @ SEARCH.weights(shared.kind) - SEARCH.across / side.size * across


@EVERY_BACKEND
@given(st.integers(2, 7), st.integers(0, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_of_few_texts_the_best_of_all_divisions_is_found(backend, texts, terms, seed):
    shared, odds = group(texts, terms, seed)
    side, _ = find_best_split(shared, odds, SEARCH, Compute(backend))
    assert 0 < side.sum() < texts
    assert not side[-1]
    all_sides = (np.array(one, bool) for one in itertools.product([False, True], repeat=texts) if 0 < sum(one) < texts)
    best = max(worth(shared, odds, one) for one in all_sides)
    assert worth(shared, odds, side) == pytest.approx(best, abs=1e-7)


@pytest.mark.skipif(not HAS_NUMBA, reason="numba is not installed")
@given(st.integers(2, 40), st.integers(0, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_twins_find_the_same_division(texts, terms, seed):
    shared, odds = group(texts, terms, seed)
    (side, others), (same, as_many) = (
        find_best_split(shared, odds, SEARCH, Compute(backend)) for backend in (NUMBA, NUMPY)
    )
    assert side.tolist() == same.tolist()
    assert others == as_many


@EVERY_BACKEND
@given(st.integers(MOST_COMPARED + 1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_of_many_texts_no_single_move_makes_the_division_better(backend, texts, terms, seed):
    shared, odds = group(texts, terms, seed)
    side, _ = find_best_split(shared, odds, SEARCH, Compute(backend))
    reached = worth(shared, odds, side)
    for text in range(texts if shared.term.size else 0):
        moved = side.copy()
        moved[text] = not moved[text]
        if 0 < moved.sum() < texts:
            assert worth(shared, odds, moved) < reached + 1e-6
