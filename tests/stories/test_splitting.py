"""Groups of texts are split in two for as long as their own words speak of two events."""

import math

import msgspec
import numpy as np
import pytest
from backends import EVERY_BACKEND
from hypothesis import given, settings
from hypothesis import strategies as st
from story_articles import FIRE, JUNE, MAY, VOTE, read, unrelated

from dedupe.kernels import Compute
from dedupe.stories.inner_similarity import measure_inner
from dedupe.stories.models import load_model
from dedupe.stories.split_search import MOST_SEARCHED, group_terms, shared_terms
from dedupe.stories.splitting import LEAST_TEXTS, best_split, parting_terms, split_groups
from dedupe.text import tokens

MODEL = load_model().split


def with_intercept(intercept):
    return msgspec.structs.replace(MODEL, intercept=intercept)


def split(words, labels=None, model=MODEL, least_probability=0.5, **options):
    labels = np.zeros(words.rows, np.int64) if labels is None else np.array(labels)
    day = np.full(words.rows, np.nan)
    return split_groups(words, labels, day, model, (least_probability, math.inf), **options)


def best(words, odds, model=MODEL, **options):
    return best_split(words, np.arange(words.rows), np.asarray(odds, float), model, **options)


def shared_among(words):
    return shared_terms(words, group_terms(words, np.arange(words.rows)))


def odds_of(words, model=MODEL):
    """Log-odds of all pairs of the texts, which are one group."""
    found = measure_inner(words, np.zeros(words.rows, np.int64), np.full(words.rows, np.nan))
    odds = np.zeros((words.rows, words.rows))
    odds[found.left, found.right] = odds[found.right, found.left] = model.pair_log_odds(found)
    return odds


def rows_of(one):
    return sorted([*one.smaller.tolist(), *one.larger.tolist()])


@pytest.mark.parametrize("texts", [[], ["One article alone."], [MAY, JUNE]])
def test_groups_of_fewer_than_three_texts_are_not_judged(texts):
    found = split(read(*texts), model=with_intercept(99.0))
    assert len(texts) < LEAST_TEXTS
    assert found.labels.tolist() == [0] * len(texts)
    assert not found.refused
    assert not found.made


def test_two_events_in_one_group_are_split_and_one_event_is_not():
    found = split(read(*FIRE, *VOTE))
    assert found.labels.tolist() == [0] * 3 + [1] * 3
    assert [rows_of(one) for one in found.made] == [list(range(6))]
    assert {number: rows_of(one) for number, one in found.refused.items()} == {0: [0, 1, 2], 1: [3, 4, 5]}
    whole = split(read(*FIRE))
    assert whole.labels.tolist() == [0, 0, 0]
    assert whole.refused[0].log_odds < 0
    assert not whole.made


@given(st.sampled_from([FIRE + VOTE, [MAY, JUNE, MAY + " Weber left."], [""] * 4, FIRE[:1] * 3]), st.booleans())
@settings(max_examples=20, deadline=None)
def test_contributions_of_a_split_add_up_to_its_log_odds(texts, is_side):
    words = read(*texts)
    one = best(words, odds_of(words), is_side=is_side)
    assert sum(one.contributions.values()) == one.log_odds
    assert all(map(math.isfinite, one.contributions.values()))
    assert one.contributions["side"] == MODEL.side * is_side
    assert rows_of(one) == list(range(words.rows))
    assert 0 < one.smaller.size <= one.larger.size


def test_a_group_is_split_where_one_event_is_less_likely_than_asked():
    words = read(*FIRE)
    log_odds = split(words).refused[0].log_odds
    for difference, stories_found in ((-0.01, 1), (0.01, 2)):
        model = with_intercept(MODEL.intercept - log_odds + difference)
        assert split(words, model=model).labels.max() + 1 == stories_found
    one_event = 1 / (1 + math.exp(log_odds))
    assert split(words, least_probability=one_event - 1e-6).labels.max() == 0


@pytest.mark.parametrize("texts", [FIRE + VOTE, [MAY, JUNE, MAY + " Weber left.", JUNE + " Okafor won."]])
def test_higher_log_odds_of_pairs_never_make_a_split_likelier(texts):
    words = read(*texts)
    found = [best(words, z * (1 - np.eye(words.rows))).log_odds for z in (-MODEL.clip, -1, 0, 1, MODEL.clip)]
    assert found == sorted(found, reverse=True)


def test_no_pair_of_texts_alone_decides():
    inner = measure_inner(read(*FIRE, *VOTE), np.zeros(6, np.int64), np.full(6, np.nan))
    strong = msgspec.structs.replace(MODEL, pair_intercept=1e6)
    assert (strong.pair_log_odds(inner) == MODEL.clip).all()
    assert (np.abs(MODEL.pair_log_odds(inner)) <= MODEL.clip).all()


@given(order=st.permutations(range(6)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_texts_changes_no_split(order):
    texts = FIRE + VOTE
    labels = split(read(*(texts[place] for place in order))).labels
    assert {
        label: {place // 3 for place, own in zip(order, labels, strict=True) if own == label} for label in labels
    } in (
        {0: {0}, 1: {1}},
        {0: {1}, 1: {0}},
    )


@EVERY_BACKEND
def test_company_changes_no_split(backend):
    """Three groups together are split as each is alone, to the bit."""
    groups = FIRE + VOTE, [MAY, MAY + " It rained.", JUNE, JUNE + " Silva stayed."], unrelated(3)
    texts = [text for group in groups for text in group]
    first = np.cumsum([0, *map(len, groups)])
    labels = np.repeat(first[:-1], np.diff(first))
    together = split(read(*texts), labels, compute=Compute(backend, 2))
    judged = [*together.made, *together.refused.values()]
    expected = []
    for start, group in zip(first.tolist(), groups, strict=False):
        alone = split(read(*group))
        expected += [(start, one) for one in (*alone.made, *alone.refused.values())]
    assert len(judged) == len(expected)
    for start, one in expected:
        [same] = [other for other in judged if rows_of(other) == [row + start for row in rows_of(one)]]
        assert same.contributions == one.contributions
        assert same.smaller.tolist() == (one.smaller + start).tolist()


def test_stories_are_numbered_by_their_first_articles():
    texts = [VOTE[0], FIRE[0], "Alone.", FIRE[1], VOTE[1], FIRE[2], VOTE[2]]
    found = split(read(*texts), [0, 0, 2, 0, 0, 0, 0])
    assert found.labels.tolist() == [0, 1, 2, 1, 0, 1, 0]
    assert sorted(found.refused) == [0, 1]


def test_a_side_is_judged_as_a_side():
    found = split(read(*FIRE, *VOTE))
    assert [one.contributions["side"] for one in found.made] == [0.0]
    assert [one.contributions["side"] for one in found.refused.values()] == [MODEL.side] * 2


def test_a_group_that_is_split_to_the_end_leaves_pairs():
    found = split(read(*FIRE, *VOTE), model=with_intercept(1e3))
    assert max(np.bincount(found.labels)) < LEAST_TEXTS
    assert not found.refused


def test_a_group_too_large_to_be_searched_stays_as_it_is():
    words = read(*[MAY, JUNE] * (MOST_SEARCHED // 2), MAY)
    found = split(words, model=with_intercept(1e3))
    assert not found.labels.any()
    assert not found.refused
    assert not found.made


@pytest.mark.parametrize("texts", [["", "", ""], ["Same words here"] * 4, ["a", "b", "c"], [*FIRE[:1] * 3, "", "x"]])
def test_odd_groups_are_judged_by_finite_numbers(texts):
    found = split(read(*texts))
    judged = [*found.made, *found.refused.values()]
    assert judged
    assert all(math.isfinite(one.log_odds) for one in judged)


def test_the_terms_that_part_two_events_are_their_own():
    words, side = read(*FIRE, *VOTE), np.arange(6) < 3
    shared = shared_among(words)
    found = [words.vocabulary[term] for term in shared.term[parting_terms(shared, side)]]
    assert found
    assert set(found) <= {tokens.stem(token) for text in FIRE for token in tokens.tokens(text)}
    assert not parting_terms(shared_among(read("", "a", "b")), np.array([True, False, False])).size
