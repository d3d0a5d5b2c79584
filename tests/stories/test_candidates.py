"""Candidate pairs: the index finds what exhaustive scoring would, within the days in which an event is reported."""

import itertools

import numpy as np
import pytest
from backends import EVERY_BACKEND
from story_articles import read

from dedupe.kernels import Compute
from dedupe.stories.candidates import (
    LONGEST_LIST,
    OF_STORIES,
    RARE_TERM,
    propose_pairs,
    rank_within_article,
    text_weights,
)

COMMON = ["".join(letters) for letters in itertools.permutations("bdkmtvz", 5)]
UNDATED = np.nan


def made_up(count, seed=3):
    """Articles of random words, two on each event."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count // 2):
        own = ["".join(random.permutation(list("abcdfghklmnop"))) for _ in range(12)]
        common = [COMMON[i] for i in random.integers(0, len(COMMON), 60)]
        found += [" ".join(random.permutation(own + common[half::2])) for half in (0, 1)]
    return found


def proposed(words, day=None, **options):
    day = np.full(words.rows, UNDATED) if day is None else np.array(day, float)
    return propose_pairs(words, text_weights(words), day, **options)


def as_pairs(pairs):
    return list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


@EVERY_BACKEND
def test_two_reports_of_each_event_are_found_among_many(backend):
    words = read(*made_up(600))
    pairs = proposed(words, compute=Compute(backend, 2))
    found = as_pairs(pairs)
    assert found == sorted(set(found))
    assert set(found) >= {(i, i + 1) for i in range(0, words.rows, 2)}
    assert len(found) < words.rows * (OF_STORIES.most + 1)
    assert found == as_pairs(proposed(words))


@pytest.mark.parametrize("texts", [[], ["One article about one thing."], ["", ""], ["alpha beta", "gamma delta"]])
def test_articles_with_nothing_in_common_are_no_pairs(texts):
    assert as_pairs(proposed(read(*texts))) == []


def test_articles_that_share_one_term_are_a_pair():
    assert as_pairs(proposed(read("alpha beta", "gamma delta", "epsilon beta"))) == [(0, 2)]


def test_terms_in_too_many_articles_are_counted_not_dropped_silently():
    pairs = proposed(read(*[f"Everybody mentions Springfield again, {i}." for i in range(LONGEST_LIST + 10)]))
    assert pairs.counts["oversized_postings"] > 0
    assert {type(count) for count in pairs.counts.values()} == {int}


def weeks_apart(common, day):
    """Articles with a few words in common, and many more with the same words far from all of them."""
    others = [f"{common} {name}" for name in COMMON[: 2 * RARE_TERM]]
    return read(*[common] * len(day), *others), [*day, *[1e4] * len(others)]


def test_common_terms_are_looked_up_among_the_weeks_around_only():
    words, day = weeks_apart("alpha beta", [0, OF_STORIES.days, OF_STORIES.days + 1, UNDATED])
    few = [pair for pair in as_pairs(proposed(words, day)) if max(pair) < 4]
    assert few == [(0, 1), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert (3, 4) in as_pairs(proposed(words, day))
    few = [pair for pair in as_pairs(proposed(words, day, span=0.5)) if max(pair) < 4]
    assert few == [(0, 3), (1, 3), (2, 3)]


def test_rare_terms_are_looked_up_everywhere_because_a_date_may_be_wrong():
    assert as_pairs(proposed(read("alpha beta", "alpha gamma", "delta"), [0, 9999, 0])) == [(0, 1)]


def test_one_day_for_all_gives_the_pairs_of_no_dates():
    words = read(*made_up(200))
    dated, undated = proposed(words, np.full(words.rows, 7.0)), proposed(words)
    assert as_pairs(dated) == as_pairs(undated)
    assert dated.counts == undated.counts


def test_the_order_of_articles_changes_no_pair():
    texts, day = made_up(120), np.where(np.arange(120) % 3 == 0, UNDATED, np.arange(120.0))
    order = np.random.default_rng(1).permutation(120)
    shuffled = proposed(read(*(texts[i] for i in order)), day[order])
    found = sorted(tuple(sorted((order[a], order[b]))) for a, b in as_pairs(shuffled))
    assert found == as_pairs(proposed(read(*texts), day))


def test_the_weights_of_an_article_have_unit_length_and_ranks_by_weight():
    words = read("Oslo alpha beta alpha", "", "beta May 4")
    weight = text_weights(words)
    lengths = np.sqrt(np.bincount(words.owner, weight**2, words.rows))
    np.testing.assert_allclose(lengths, [1, 0, 1])
    rank = rank_within_article(words, weight)
    for row in range(words.rows):
        own = words.owner == row
        assert sorted(rank[own].tolist()) == list(range(own.sum()))
        assert (np.diff(weight[own][np.argsort(rank[own])]) <= 0).all()
