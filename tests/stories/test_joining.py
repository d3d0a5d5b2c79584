"""The log-odds of a join, and how articles are joined by them."""

import math

import msgspec
import numpy as np
import pytest
from backends import EVERY_BACKEND
from hypothesis import given, settings
from hypothesis import strategies as st
from story_articles import FIRE, VOTE, as_sets, find, unrelated

from dedupe.kernels import Compute
from dedupe.stories.joining import COMPANY_COUNTED, FEATURES, JoinModel, Weight, join_articles
from dedupe.stories.models import load_model

MODEL = load_model().join
IN_COMMON = FEATURES[: FEATURES.index("share") + 1]
AGAINST = ("other_numbers", "other_dates")
NO_LIMITS = (-1.0, 1e6, 1e6)


@given(st.lists(st.floats(0, 1), min_size=len(FEATURES), max_size=len(FEATURES)), st.integers(1, 100))
@settings(max_examples=50, deadline=None)
def test_contributions_add_up_to_the_log_odds(measured, rows):
    features = np.array(measured)
    added = MODEL.contributions(features, rows)
    assert sum(added.values()) == pytest.approx(MODEL.log_odds(features[None, :], rows)[0], abs=1e-9)
    assert set(added) <= {"intercept", *FEATURES}


@pytest.mark.parametrize("name", IN_COMMON)
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_more_of_a_similarity_never_lowers_the_log_odds(name, value):
    features = np.full((2, len(FEATURES)), 0.2)
    features[:, FEATURES.index(name)] = value, value + 0.1
    one, other = MODEL.log_odds(features, 50)
    assert one > other if name in AGAINST else one <= other


def test_more_days_lower_the_log_odds():
    features = np.zeros((3, len(FEATURES)))
    features[:, FEATURES.index("days_apart")] = 0.0, 0.5, 1.0
    none, some, more = MODEL.log_odds(features, 50)
    assert more < some < none


def test_the_larger_the_collection_the_more_is_asked_up_to_a_limit():
    asked = [MODEL.intercept_among(rows) for rows in (0, 1, 2, 30, COMPANY_COUNTED, COMPANY_COUNTED + 1, 10**6)]
    assert asked[0] == asked[1] == MODEL.intercept
    assert asked[1] > asked[2] > asked[3] > asked[4] == asked[5] == asked[6]


def test_a_feature_that_the_model_does_not_have_weighs_nothing():
    model = JoinModel(1.0, 0.0, (Weight("numbers", 2.0, "numbers in common"),))
    assert model.weights[FEATURES.index("numbers")] == model.weights.sum() == 2.0
    assert model.contributions(np.ones(len(FEATURES)), 9) == {"intercept": 1.0, "numbers": 2.0}


@EVERY_BACKEND
def test_each_join_is_as_likely_as_its_features_say(backend):
    evidence, _ = find(FIRE + VOTE + unrelated(20))
    rows, compute = evidence.words.rows, Compute(backend)
    groups = join_articles(rows, evidence.pairs, evidence.columns, evidence.day, MODEL, NO_LIMITS, compute)
    joins, measured = groups.joined.joins, groups.joined.measured
    assert (MODEL.log_odds(measured, rows) >= NO_LIMITS[0] - 1e-9).all()
    own = [set(range(row, row + 1)) for row in range(rows)]
    for (low, high), features in zip(joins.tolist(), measured, strict=True):
        assert features[FEATURES.index("larger_group")] == math.log(max(len(own[low]), len(own[high])))
        own[low] |= own[high]
    assert as_sets(groups.labels) == {frozenset(own[low]) for low in set(groups.labels.tolist())}
    assert all(
        label == min(members) for label in groups.labels for members in as_sets(groups.labels) if label in members
    )


def test_the_join_that_was_refused_is_too_unlikely_or_too_long():
    evidence, found = find(FIRE + VOTE + unrelated(20))
    refused, nearest = found.groups.joined.refused, found.groups.joined.nearest
    left = np.unique(found.groups.labels)
    assert (refused[np.setdiff1d(np.arange(refused.size), left)] == -1).all()
    asked = left[refused[left] >= 0]
    assert asked.size
    assert (evidence.model.join.log_odds(nearest[asked], refused.size) < 0).all()


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_articles_without_pairs_stay_alone(rows):
    evidence, found = find(["alpha", "beta", "gamma"][:rows])
    assert found.groups.labels.tolist() == list(range(rows))
    assert evidence.counts["story_pairs"] == 0


def test_a_likelier_model_joins_more():
    evidence, _ = find(FIRE + VOTE + unrelated(20))
    counts = []
    for intercept in (-99.0, MODEL.intercept, 99.0):
        model = msgspec.structs.replace(MODEL, intercept=intercept)
        arguments = evidence.words.rows, evidence.pairs, evidence.columns, evidence.day, model, NO_LIMITS
        counts.append(len(as_sets(join_articles(*arguments).labels)))
    assert counts[0] == evidence.words.rows > counts[1] > counts[2]
