"""The search for the best split: what it finds, and that both backends find the same."""

import itertools
import math

import numpy as np
import pytest
from backends import EVERY_BACKEND, NATIVE, NEEDS_NATIVE, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st
from story_articles import JUNE, MAY, read

from dedupe.kernels import Compute
from dedupe.stories import split_search
from dedupe.stories.models import load_model
from dedupe.stories.split_search import (
    NAME,
    NUMBER,
    OTHER,
    SharedTerms,
    SplitWeights,
    find_best_split,
    group_terms,
    last_joined,
    shared_terms,
    split_evidence,
)
from dedupe.text import tokens

SEARCH = SplitWeights(names=0.1, numbers=0.3, others=0.02, across=1.2, level=1.0)
FITTED = load_model().split.search


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
@given(st.integers(2, 30), st.integers(0, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_no_move_of_one_text_makes_the_split_better(backend, texts, terms, seed):
    shared, odds = made_up_group(texts, terms, seed)
    side, reached = find_best_split(shared, odds, SEARCH, Compute(backend))
    assert 0 < side.sum() < texts
    assert score(shared, odds, side) == pytest.approx(reached, abs=1e-7)
    for text in range(texts):
        moved = side.copy()
        moved[text] = not moved[text]
        if 0 < moved.sum() < texts:
            assert score(shared, odds, moved) < reached + 1e-6


@given(st.integers(2, 7), st.integers(0, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_of_few_texts_no_split_is_much_better(texts, terms, seed):
    shared, odds = made_up_group(texts, terms, seed)
    _, reached = find_best_split(shared, odds, SEARCH)
    every = [np.array((*side, False)) for side in itertools.product((False, True), repeat=texts - 1) if any(side)]
    scores = [score(shared, odds, side) for side in every]
    assert reached <= max(scores) + 1e-7
    assert sum(one > reached + 1e-7 for one in scores) <= 0.2 * len(scores)


@NEEDS_NATIVE
@given(st.integers(2, 40), st.integers(0, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_backends_find_the_same_split(texts, terms, seed):
    shared, odds = made_up_group(texts, terms, seed)
    (side, reached), (same, also_reached) = (
        find_best_split(shared, odds, SEARCH, Compute(backend)) for backend in (NATIVE, NUMPY)
    )
    assert side.tolist() == same.tolist()
    assert reached == also_reached


def shared_of(words):
    return shared_terms(words, group_terms(words, np.arange(words.rows)))


def kinds_of(words):
    """The kind of each shared term, by the term."""
    shared = shared_of(words)
    return dict(zip((words.vocabulary[term] for term in shared.term), shared.kind.tolist(), strict=True))


def test_terms_alone_split_two_events_of_one_kind():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.", JUNE, JUNE + " Silva stayed.")
    side, _ = find_best_split(shared_of(words), np.zeros((5, 5)), FITTED)
    assert side.tolist() in ([True] * 3 + [False] * 2, [False] * 3 + [True] * 2)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_texts_of_two_kinds_are_split_by_their_kind(seed):
    random = np.random.default_rng(seed)
    kinds = random.permutation([0, 1] * 5)
    words = read(*(f"{MAY if kind else JUNE} {' '.join(random.choice(list('abcdefgh'), 5))}" for kind in kinds))
    log_odds = np.triu(random.normal(0.5, 0.5, (10, 10)), 1)
    side, _ = find_best_split(shared_of(words), log_odds + log_odds.T, FITTED)
    assert side.tolist() in ((kinds == 0).tolist(), (kinds == 1).tolist())


def test_each_kind_of_term_has_its_own_weight():
    text = "On Tuesday 42 leaders met Weber, who in May 1999 saw rain."
    kind = kinds_of(read(text, text, "Snow fell."))
    assert kind[tokens.stem("Weber")] == NAME
    assert {kind[number] for number in ("42", "1999", "tuesday", "may")} == {NUMBER}
    assert kind["met"] == kind[tokens.stem("leaders")] == OTHER
    search = SplitWeights(names=1, numbers=2, others=3, across=4, level=5)
    assert search.weights(np.array([OTHER, NAME, NUMBER])).tolist() == [3, 1, 2]


def test_a_term_is_a_name_if_any_text_has_it_as_one():
    assert kinds_of(read("Weber spoke.", "The weber spoke.", "Snow fell."))[tokens.stem("weber")] == NAME


def test_terms_that_one_text_or_every_text_has_say_nothing_about_a_split():
    shared = kinds_of(read("Oslo alpha", "Oslo alpha beta", "Oslo gamma"))
    assert set(shared) == {"alpha"}


def test_terms_near_the_top_weigh_more():
    beginning, end = "Weber spoke. ", " ".join(["They said so again."] * 40)
    top, bottom = read(*[beginning + end] * 2, end), read(*[end + " " + beginning] * 2, end)
    name = top.vocabulary.index(tokens.stem("Weber"))
    assert bottom.vocabulary == top.vocabulary
    high, low = (one.weight[one.term == name][0] for one in map(shared_of, (top, bottom)))
    assert high > 5 * low > 0


def test_a_term_stands_where_the_text_that_has_it_highest_has_it():
    both = read("Weber spoke. " + "They said so. " * 20, "They said so. " * 20 + "Weber spoke.", "They left.")
    high = read(*["Weber spoke. " + "They said so. " * 20] * 2, "They left.")
    weight = [one.weight[one.kind == NAME].max() for one in map(shared_of, (both, high))]
    assert weight[0] == pytest.approx(weight[1])


def test_other_texts_of_the_collection_change_no_weight():
    alone, among = read(MAY, MAY, JUNE), read(MAY, MAY, JUNE, *[MAY + JUNE] * 20)
    one, other = shared_of(alone), shared_terms(among, group_terms(among, np.arange(3)))
    assert np.array_equal(one.weight, other.weight)
    assert np.array_equal(one.has, other.has)


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
