"""The search for the best division: both kernel twins against each other, to the bit, and against plain Python."""

import importlib.util
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.partings import MOST_COMPARED, Search, Shared, evidence, part

HAS_NUMBA = importlib.util.find_spec("numba") is not None
NUMBA = pytest.param("numba", marks=pytest.mark.skipif(not HAS_NUMBA, reason="numba is not installed"))
TWINS = pytest.mark.parametrize("using", ["numpy", NUMBA])

SEARCH = Search(evidence_weight=0.05, level=1.0)


def group(texts, terms, seed):
    """Texts with made-up terms and log-odds, many of them equal."""
    random = np.random.default_rng(seed)
    has = (random.random((texts, terms)) < random.choice([0.2, 0.5, 0.8], terms)).astype(np.int64)
    has = has[:, (has.sum(axis=0) > 1) & (has.sum(axis=0) < texts)]
    odds = random.choice([-3.0, -1.1, 0.3, 3.0], (texts, texts))
    odds = np.triu(odds, 1) + np.triu(odds, 1).T
    return Shared(np.arange(has.shape[1]), has, has.sum(axis=0), random.choice([0.1, 2.3, 7.0], has.shape[1])), odds


def worth(shared, odds, side, pair_weight):
    across = sum(odds[i, j] - SEARCH.level for i in np.flatnonzero(side) for j in np.flatnonzero(~side))
    inside = shared.has[side].sum(axis=0)
    gains = evidence(side.size, int(side.sum()), inside, shared.holders) * shared.weight
    return SEARCH.evidence_weight * gains.sum() - pair_weight * across


@TWINS
@given(st.integers(2, 7), st.integers(0, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_of_few_texts_the_best_of_all_divisions_is_found(using, texts, terms, seed):
    shared, odds = group(texts, terms, seed)
    side = part(shared, odds, SEARCH, using)
    assert 0 < side.sum() < texts
    assert not side[-1]
    all_sides = (np.array(one, bool) for one in itertools.product([False, True], repeat=texts) if 0 < sum(one) < texts)
    best = max(worth(shared, odds, one, 1.0) for one in all_sides)
    assert worth(shared, odds, side, 1.0) == pytest.approx(best, abs=1e-7)


@pytest.mark.skipif(not HAS_NUMBA, reason="numba is not installed")
@given(st.integers(2, 40), st.integers(0, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_twins_find_the_same_division(texts, terms, seed):
    shared, odds = group(texts, terms, seed)
    assert part(shared, odds, SEARCH, "numba").tolist() == part(shared, odds, SEARCH, "numpy").tolist()


@TWINS
@given(st.integers(MOST_COMPARED + 1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_of_many_texts_no_single_move_makes_the_division_better(using, texts, terms, seed):
    shared, odds = group(texts, terms, seed)
    side = part(shared, odds, SEARCH, using)
    pair_weight = min(1.0, 24 / texts)
    reached = worth(shared, odds, side, pair_weight)
    for text in range(texts if shared.term.size else 0):
        moved = side.copy()
        moved[text] = not moved[text]
        if 0 < moved.sum() < texts:
            assert worth(shared, odds, moved, pair_weight) < reached + 1e-6
