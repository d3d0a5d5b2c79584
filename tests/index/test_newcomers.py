"""An article that comes to a story of the index is measured as a collection measures two groups that join."""

import random

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from index_support import EVENTS, FILLER

from dedupe.stories.candidates import CandidatePairs, propose_pairs, text_weights
from dedupe.stories.joining import join_articles, measure_newcomer
from dedupe.stories.models import load_model
from dedupe.stories.similarity import measure_similarity
from dedupe.stories.times import days_apart
from dedupe.text.background import load_background
from dedupe.text.terms import read_terms

FAR_DAYS = 5.0


def read_reports(draw):
    """Short reports of two events on ten days. The first one says little of its event, so that it joins late."""
    reports = []
    for i in range(draw.randrange(3, 14)):
        words = draw.choice(list(EVENTS.values())[:2]).split()
        title, own = draw.choices(words, k=3 if i else 0), draw.choices(words, k=draw.randrange(4, 12) if i else 1)
        reports.append((" ".join(title), " ".join(own + draw.choices(FILLER, k=9))))
    return read_terms(reports, load_background()), np.array([draw.choice((np.nan, *range(10))) for _ in reports], float)


def measure(terms, day, listed):
    """The candidate pairs, of which only some are listed, and what their articles have in common."""
    pairs = propose_pairs(terms, text_weights(terms), day)
    columns = measure_similarity(terms, np.minimum(days_apart(day, pairs.left, pairs.right), FAR_DAYS), pairs)
    some = CandidatePairs(pairs.left[listed[: pairs.left.size]], pairs.right[listed[: pairs.left.size]], pairs.counts)
    return some, {name: column[listed[: pairs.left.size]] for name, column in columns.items()}


@given(st.integers(0, 2**32 - 1), st.floats(0.3, 1.0))
@settings(max_examples=200, deadline=None)
def test_a_newcomer_and_each_story_are_measured_as_the_two_groups_of_a_join(seed, listed):
    terms, day = read_reports(random.Random(seed))
    pairs, columns = measure(terms, day, np.random.default_rng(seed).random(100) < listed)
    model = load_model().join
    found = join_articles(terms.rows, pairs, columns, day, model, (-1e9, 1e9, FAR_DAYS)).joined
    of_newcomer = np.flatnonzero(found.joins[:, 0] == 0)
    assume(of_newcomer.size)
    first = of_newcomer[0]
    group = np.arange(terms.rows)
    for low, high in found.joins[:first].tolist():
        group[group == high] = low
    stories, story = np.unique(group[1:], return_inverse=True)
    joined = stories.tolist().index(found.joins[first, 1])
    measured, span = measure_newcomer(story, pairs, columns, day, FAR_DAYS)
    np.testing.assert_allclose(measured[joined], found.measured[first], rtol=1e-9, atol=1e-12)
    days = day[1:][story == joined]
    known = [one for one in (day[0], *days) if not np.isnan(one)]
    assert span[joined] == (max(known) - min(known) if known else 0)
    # A collection joins the two groups with the highest log-odds first.
    is_linked = np.isin(np.arange(stories.size), story[pairs.right[pairs.left == 0] - 1])
    log_odds = model.log_odds(measured, terms.rows)
    assert log_odds[joined] >= log_odds[is_linked].max() - 1e-9
