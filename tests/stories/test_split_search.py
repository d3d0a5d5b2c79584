"""The search for the best split: what it finds, and that both backends find the same."""

import itertools
import math

import msgspec
import numpy as np
import pytest
from backends import EVERY_BACKEND, NEEDS_NUMBA, NUMBA, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st
from story_articles import JUNE, MAY, read

from dedupe.kernels import Compute
from dedupe.stories import split_search
from dedupe.stories.models import load_models
from dedupe.stories.split_search import (
    MOST_COMPARED,
    NAME,
    NUMBER,
    OTHER,
    SharedTerms,
    SplitWeights,
    find_best_split,
    group_terms,
    last_joined,
    score_all_splits,
    shared_terms,
    split_evidence,
    term_kinds,
)
from dedupe.text import tokens

SEARCH = SplitWeights(names=0.1, numbers=0.3, others=0.02, across=1.2, level=1.0, lead="mean")
SMALL = load_models().small.splits


def made_up_group(texts, terms, seed):
    """Shared terms and log-odds of made-up texts, many of them equal."""
    random = np.random.default_rng(seed)
    has = (random.random((texts, terms)) < random.choice([0.2, 0.5, 0.8], terms)).astype(np.int64)
    has = has[:, (has.sum(axis=0) > 1) & (has.sum(axis=0) < texts)]
    odds = random.choice([-3.0, -1.1, 0.3, 3.0], (texts, texts))
    odds = np.triu(odds, 1) + np.triu(odds, 1).T
    terms = has.shape[1]
    weight, kind = random.choice([0.1, 2.3, 7.0], terms), random.integers(0, 3, terms)
    return SharedTerms(np.arange(terms), has, has.sum(axis=0), kind, weight), odds


def score(shared, odds, side):
    """The score of a split by SEARCH, in plain Python."""
    across = sum(odds[i, j] - SEARCH.level for i in np.flatnonzero(side) for j in np.flatnonzero(~side))
    inside = shared.has[side].sum(axis=0)
    gains = split_evidence(side.size, int(side.sum()), inside, shared.holders) * shared.weight
    return gains @ SEARCH.weights(shared.kind) - SEARCH.across / side.size * across


@EVERY_BACKEND
@given(st.integers(2, 7), st.integers(0, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_of_few_texts_the_best_of_all_splits_is_found(backend, texts, terms, seed):
    shared, odds = made_up_group(texts, terms, seed)
    side, _ = find_best_split(shared, odds, SEARCH, Compute(backend))
    assert 0 < side.sum() < texts
    assert not side[-1]
    all_sides = (np.array(one, bool) for one in itertools.product([False, True], repeat=texts) if 0 < sum(one) < texts)
    best = max(score(shared, odds, one) for one in all_sides)
    assert score(shared, odds, side) == pytest.approx(best, abs=1e-7)


@NEEDS_NUMBA
@given(st.integers(2, 40), st.integers(0, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_backends_find_the_same_split(texts, terms, seed):
    shared, odds = made_up_group(texts, terms, seed)
    (side, others), (same, as_many) = (
        find_best_split(shared, odds, SEARCH, Compute(backend)) for backend in (NUMBA, NUMPY)
    )
    assert side.tolist() == same.tolist()
    assert others == as_many


@EVERY_BACKEND
@given(st.integers(MOST_COMPARED + 1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_of_many_texts_no_single_move_makes_the_split_better(backend, texts, terms, seed):
    shared, odds = made_up_group(texts, terms, seed)
    side, _ = find_best_split(shared, odds, SEARCH, Compute(backend))
    reached = score(shared, odds, side)
    for text in range(texts if shared.term.size else 0):
        moved = side.copy()
        moved[text] = not moved[text]
        if 0 < moved.sum() < texts:
            assert score(shared, odds, moved) < reached + 1e-6


def shared_of(words, search=SMALL.search):
    group = group_terms(words, np.arange(words.rows))
    return shared_terms(words, group, words.idf(), term_kinds(words), search)


def test_terms_alone_split_two_events_of_one_kind():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.", JUNE, JUNE + " Silva stayed.")
    side, _ = find_best_split(shared_of(words), np.zeros((5, 5)), SMALL.search)
    assert side.tolist() in ([True] * 3 + [False] * 2, [False] * 3 + [True] * 2)


def test_the_best_of_all_splits_is_found():
    words = read(MAY, JUNE, MAY + " Weber left.", JUNE + " Okafor won.")
    log_odds = np.array([[0, 1, 3, -2], [1, 0, 2, 4], [3, 2, 0, -1], [-2, 4, -1, 0]], float)
    search = SMALL.search

    def score(side):
        gain = shared_of(words).gains(side) @ search.weights(shared_of(words).kind)
        across = [log_odds[i, j] - search.level for i, j in itertools.combinations(range(4), 2) if side[i] != side[j]]
        return gain - search.across / 4 * sum(across)

    every = [np.array(side) for side in itertools.product((False, True), repeat=3) if any(side)]
    scores = [score(np.append(side, False)) for side in every]
    side, others = find_best_split(shared_of(words), log_odds, search)
    assert score(side) == pytest.approx(max(scores))
    assert others == pytest.approx(math.log(sum(math.exp(one - max(scores)) for one in scores)))
    assert sorted(score_all_splits(shared_of(words), log_odds, search)) == pytest.approx(sorted(scores))


def test_each_kind_of_term_has_its_own_weight():
    words = read("On Tuesday 42 leaders met Weber.", "He met Weber in May 1999.")
    kind = dict(zip(words.vocabulary, term_kinds(words).tolist(), strict=True))
    assert kind[tokens.stem("Weber")] == NAME
    assert {kind[number] for number in ("42", "1999", "tuesday", "may")} == {NUMBER}
    assert kind["met"] == kind[tokens.stem("leaders")] == OTHER
    search = SplitWeights(names=1, numbers=2, others=3, across=4, level=5, lead="mean")
    assert search.weights(np.array([OTHER, NAME, NUMBER])).tolist() == [3, 1, 2]


def test_terms_near_the_top_weigh_more():
    beginning, end = "Weber spoke. ", " ".join(["They said so again."] * 40)
    top, bottom = read(*[beginning + end] * 2, end), read(*[end + " " + beginning] * 2, end)
    name = top.vocabulary.index(tokens.stem("Weber"))
    assert bottom.vocabulary == top.vocabulary
    high, low = (one.weight[one.term == name][0] for one in (shared_of(top), shared_of(bottom)))
    assert high > 5 * low > 0


def test_a_term_stands_where_its_highest_or_its_mean_holder_has_it():
    words = read("Weber spoke. " + "They said so. " * 20, "They said so. " * 20 + "Weber spoke.", "They left.")
    name, weights = words.vocabulary.index(tokens.stem("Weber")), {}
    for lead in ("highest", "mean"):
        one = shared_of(words, msgspec.structs.replace(SMALL.search, lead=lead))
        weights[lead] = one.weight[one.term == name][0]
    assert weights["highest"] == pytest.approx(words.idf()[name])
    assert weights["mean"] < weights["highest"]


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_search_for_larger_groups_finds_what_comparing_all_finds_where_texts_are_of_two_kinds(seed):
    random = np.random.default_rng(seed)
    texts = [
        f"{MAY if kind else JUNE} {' '.join(random.choice(list('abcdefgh'), 5))}"
        for kind in random.permutation([0, 1] * 5)
    ]
    words, noise = read(*texts), random.normal(0, 0.5, (10, 10))
    log_odds = noise + noise.T
    np.fill_diagonal(log_odds, 0.0)
    best, _ = find_best_split(shared_of(words), log_odds, SMALL.search)
    compared = split_search.MOST_COMPARED
    try:
        split_search.MOST_COMPARED = 2
        found, _ = find_best_split(shared_of(words), log_odds, SMALL.search)
    finally:
        split_search.MOST_COMPARED = compared
    assert found.tolist() in (best.tolist(), (~best).tolist())


def test_average_linkage_joins_the_least_similar_groups_last():
    log_odds = np.full((5, 5), -2.0)
    for group in ([0, 3], [1, 2, 4]):
        log_odds[np.ix_(group, group)] = 2.0
    assert last_joined(log_odds).tolist() == [False, True, True, False, True]


@given(st.integers(2, 90), st.data())
def test_term_evidence_is_the_beta_binomial_bayes_factor(texts, data):
    size = data.draw(st.integers(1, texts - 1))
    holders = data.draw(st.integers(1, texts - 1))
    inside = data.draw(st.integers(max(0, holders - texts + size), min(size, holders)))

    def log_beta(a, b):
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    rate = (holders + 0.5) / (texts + 1)
    a, b = split_search.PRIOR_STRENGTH * rate, split_search.PRIOR_STRENGTH * (1 - rate)
    outside, others = holders - inside, texts - size
    two = log_beta(a + inside, b + size - inside) + log_beta(a + outside, b + others - outside)
    expected = two - log_beta(a, b) - log_beta(a + holders, b + texts - holders)
    found = split_evidence(texts, size, np.array([inside]), np.array([holders]))
    assert found[0] == pytest.approx(expected, abs=1e-7)
