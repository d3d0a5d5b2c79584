"""Groups of texts are split in two for as long as that explains them."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story_articles import JUNE, MAY, read

from dedupe.stories import split_search
from dedupe.stories.models import load_models
from dedupe.stories.splitting import (
    PairScores,
    TextGroup,
    join_loosely,
    least_similar,
    measure_best_split,
    scored_groups,
    split_into_stories,
    weigh_story_terms,
)
from dedupe.stories.topic_features import measure_topic_features

SMALL, LARGE = load_models().small.splits, load_models().large.splits


def stories(words, log_odds, model):
    left, right = np.triu_indices(words.rows, 1)
    groups = scored_groups(np.zeros(words.rows, np.int64), left, right, log_odds, model, -3.0)
    return split_into_stories(weigh_story_terms(words), groups)


def symmetric(rows, log_odds):
    odds = np.zeros((rows, rows))
    odds[np.triu_indices(rows, 1)] = log_odds
    return odds + odds.T


def best_split(words, log_odds, model):
    odds = symmetric(words.rows, np.clip(log_odds, -model.clip, model.clip))
    return measure_best_split(weigh_story_terms(words), TextGroup(np.arange(words.rows), (PairScores(odds, model),)))


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_no_text_is_no_story_and_one_text_is_one(model):
    assert stories(read(), np.zeros(0), model).labels.tolist() == []
    alone = stories(read("One article alone."), np.zeros(0), model)
    assert alone.labels.tolist() == [0]
    assert not alone.kept


@pytest.mark.parametrize("model", [SMALL, LARGE])
@given(order=st.permutations(range(5)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_texts_changes_no_story(model, order):
    texts = [MAY, MAY + " It rained.", JUNE, JUNE + " Silva stayed.", "The cup final ended in a draw in Turin."]

    def found(places):
        words = read(*(texts[place] for place in places))
        _, columns = measure_topic_features(words, np.zeros(words.rows, np.int64))
        labels = stories(words, 9 * columns["names_beyond_average"] + 9 * columns["words"] - 4, model).labels
        groups = {}
        for place, label in zip(places, labels.tolist(), strict=True):
            groups.setdefault(label, set()).add(place)
        return sorted(map(sorted, groups.values()))

    assert len(found(range(5))) > 1
    assert found(order) == found(range(5))


def test_split_features_are_finite_for_empty_and_equal_texts():
    words = read("", "", "Same words here", "Same words here")
    for model in (SMALL, LARGE):
        assert all(map(math.isfinite, best_split(words, np.zeros(6), model).measured.values()))


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_higher_log_odds_of_pairs_never_make_a_split_likelier(model):
    words = read(MAY, JUNE, MAY + " Weber left.", JUNE + " Okafor won.")
    odds = [best_split(words, np.full(6, z), model).log_odds for z in (-3.0, 0.0, 3.0)]
    assert odds == sorted(odds, reverse=True)


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_contributions_add_up_to_the_log_odds(model):
    split = best_split(read(MAY, JUNE, MAY + " Weber left."), np.array([1.0, 2.0, -1.0]), model)
    added = split.contributions
    assert sum(added.values()) == pytest.approx(split.log_odds)
    assert set(added) == {"intercept", *(reason.name for reason in model.reasons)}


def test_a_story_keeps_the_split_that_was_refused():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.")
    kept = stories(words, np.full(3, 3.0), LARGE)
    assert kept.labels.tolist() == [0, 0, 0]
    assert sorted([*kept.kept[0].smaller.tolist(), *kept.kept[0].larger.tolist()]) == [0, 1, 2]
    assert kept.kept[0].log_odds < 0


def test_a_group_is_split_where_its_log_odds_of_two_events_are_above_zero():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.")
    for intercept, stories_found in ((-99.0, 1), (99.0, 3)):
        model = msgspec.structs.replace(LARGE, intercept=intercept)
        assert len(set(stories(words, np.full(3, 1.0), model).labels.tolist())) == stories_found


def large_group(events=("May", "June"), each=8):
    """Texts on some events, nearly the same on each, with log-odds that separate the events."""
    texts = {"May": MAY, "June": JUNE}
    words = read(*(f"{texts[event]} {chr(97 + i) * 3} said so." for event in events for i in range(each)))
    event = np.repeat(np.arange(len(events)), each)
    left, right = np.triu_indices(words.rows, 1)
    return words, event, np.where(event[left] == event[right], 3.0, -1.0)


def test_a_large_group_of_one_event_stays_and_one_of_two_is_split():
    words, event, log_odds = large_group()
    assert words.rows > split_search.MOST_COMPARED
    assert stories(words, log_odds, LARGE).labels.tolist() == event.tolist()
    words, event, log_odds = large_group(("May", "May"))
    kept = stories(words, np.full(log_odds.size, 3.0), LARGE)
    assert kept.labels.tolist() == [0] * 16
    assert kept.kept[0].smaller.size + kept.kept[0].larger.size == 16


def test_a_large_group_is_judged_by_as_many_texts_as_can_be_compared():
    words, _, log_odds = large_group()
    odds = symmetric(16, log_odds)
    story_terms, rows = weigh_story_terms(words), np.arange(16)
    group = TextGroup(rows, (PairScores(odds, LARGE),))
    found = measure_best_split(story_terms, group)
    side = np.isin(rows, found.smaller)
    chosen = least_similar(odds, side)
    of_chosen = measure_best_split(story_terms, group.of(chosen)).measured
    assert chosen.size == split_search.MOST_COMPARED
    assert found.judged.tolist() == chosen.tolist()
    assert found.measured["texts"] == pytest.approx(math.log(16))
    assert found.measured | {"texts": of_chosen["texts"]} == of_chosen


@given(st.integers(split_search.MOST_COMPARED + 1, 60), st.data())
@settings(max_examples=50, deadline=None)
def test_a_split_is_judged_by_the_least_similar_texts_of_both_sides(texts, data):
    size = data.draw(st.integers(1, texts // 2))
    random = np.random.default_rng(texts * 100 + size)
    side = random.permutation(texts) < size
    odds = random.normal(0, 1, (texts, texts))
    odds += odds.T
    chosen = np.isin(np.arange(texts), least_similar(odds, side))
    assert chosen.sum() == split_search.MOST_COMPARED
    assert abs(chosen[side].sum() - split_search.MOST_COMPARED * size / texts) < 1
    for one, other in ((side, ~side), (~side, side)):
        across = odds[:, other].mean(axis=1)
        assert chosen[one].any()
        assert across[one & chosen].max() <= across[one & ~chosen].min(initial=np.inf)


def test_names_that_several_texts_have_hold_a_group_together():
    similar, different = read(MAY, MAY + " It rained.", "Rain fell."), read(MAY, JUNE, "Rain fell.")
    odds = np.zeros(3)
    common = [best_split(words, odds, LARGE).measured["names_in_common"] for words in (similar, different)]
    assert common[0] > common[1] >= 0
    assert best_split(read("Rain fell.", "Snow melted."), np.zeros(1), LARGE).measured["names_in_common"] == 0


def test_any_pair_scores_are_enough_to_split_a_group():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.", JUNE, JUNE + " Silva stayed.")
    event = np.array([0, 0, 0, 1, 1])
    left, right = np.triu_indices(5, 1)
    apart = PairScores(symmetric(5, np.where(event[left] == event[right], 4.0, -4.0)), SMALL)
    together = PairScores(symmetric(5, np.full(10, 3.0)), LARGE)
    for pair_scores, expected in (
        ((together,), [0] * 5),
        ((together, apart), event.tolist()),
        ((apart, together), event.tolist()),
    ):
        found = split_into_stories(weigh_story_terms(words), [TextGroup(np.arange(5), pair_scores)])
        assert found.labels.tolist() == expected
        by = [
            measure_best_split(weigh_story_terms(words), TextGroup(np.arange(5), (scores,))).log_odds
            for scores in pair_scores
        ]
        assert measure_best_split(weigh_story_terms(words), TextGroup(np.arange(5), pair_scores)).log_odds == max(by)


def test_texts_in_no_group_are_stories_of_their_own():
    words = read(MAY, "The cup final ended in a draw.", MAY + " It rained.", "Rain fell.")
    group = TextGroup(np.array([0, 2]), (PairScores(symmetric(2, np.full(1, 3.0)), LARGE),))
    found = split_into_stories(weigh_story_terms(words), [group])
    assert found.labels.tolist() == [0, 1, 0, 2]
    assert list(found.kept) == [0]


def test_a_side_is_judged_as_a_side():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.", JUNE, JUNE + " Silva stayed.")
    left, right = np.triu_indices(5, 1)
    found = stories(words, np.where((left < 3) == (right < 3), 4.0, -4.0), SMALL)
    assert found.labels.tolist() == [0, 0, 0, 1, 1]
    assert all(split.measured["side_of_split"] == 1.0 for split in found.kept.values())
    whole = stories(words, np.full(10, 5.0), SMALL)
    assert whole.labels.tolist() == [0] * 5
    assert whole.kept[0].measured["side_of_split"] == whole.kept[0].measured["texts_of_side"] == 0.0


def test_a_group_too_large_to_be_judged_at_once_is_joined_less_loosely(monkeypatch):
    words = read(*[MAY] * 4, *[JUNE] * 4)
    left, right = np.triu_indices(8, 1)
    odds = np.where((left < 4) == (right < 4), 2.0, -1.5)
    assert join_loosely(8, left, right, odds, LARGE, -3.0).tolist() == [0] * 8
    monkeypatch.setattr("dedupe.stories.scoring.splitting.MOST_TEXTS", 6)
    groups = join_loosely(8, left, right, odds, LARGE, -3.0)
    assert groups.tolist() == [0] * 4 + [1] * 4
    found = split_into_stories(weigh_story_terms(words), scored_groups(groups, left, right, odds, LARGE, -3.0))
    assert found.labels.tolist() == [0] * 4 + [1] * 4
    assert all(split.smaller.size + split.larger.size == 4 for split in found.kept.values())
