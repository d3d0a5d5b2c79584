"""Groups of articles are parted in two for as long as that explains them."""

import itertools
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.stories import split_search
from dedupe.stories.models import load_models
from dedupe.stories.split_search import (
    NAME,
    NUMBER,
    OTHER,
    SplitWeights,
    find_best_split,
    group_terms,
    last_joined,
    score_all_splits,
    shared_terms,
    split_evidence,
    term_kinds,
)
from dedupe.stories.splitting import (
    PairScores,
    TextGroup,
    join_loosely,
    least_alike,
    measure_best_split,
    scored_groups,
    split_into_stories,
    weigh_story_terms,
)
from dedupe.stories.topic_features import measure_topic_features
from dedupe.text import terms, tokens
from dedupe.text.background import Background

BACKGROUND = Background(1000, {"leader": 90, "talk": 80, "pari": 20, "said": 500})
MAY = "Leaders met in Paris for talks. Chancellor Weber and Minister Rossi spoke of the Danube bridge and the flood."
JUNE = "Leaders met in Paris for talks. President Okafor and Governor Silva spoke of the Sahel drought and the harvest."
SMALL, LARGE = load_models().small.splits, load_models().large.splits


def read(*texts):
    return terms.read_terms(texts, BACKGROUND)


def shared(words):
    held = group_terms(words, np.arange(words.rows))
    return shared_terms(words, held, words.idf(), term_kinds(words), SMALL.search)


def stories(words, log_odds, model):
    left, right = np.triu_indices(words.rows, 1)
    groups = scored_groups(np.zeros(words.rows, np.int64), left, right, log_odds, model, -3.0)
    return split_into_stories(weigh_story_terms(words), groups)


def symmetric(rows, log_odds):
    odds = np.zeros((rows, rows))
    odds[np.triu_indices(rows, 1)] = log_odds
    return odds + odds.T


def best_division(words, log_odds, model):
    odds = symmetric(words.rows, np.clip(log_odds, -model.clip, model.clip))
    return measure_best_split(weigh_story_terms(words), TextGroup(np.arange(words.rows), (PairScores(odds, model),)))


def measure_one_topic(words):
    return measure_topic_features(words, np.zeros(words.rows, np.int64))[1]


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_no_text_is_no_story_and_one_text_is_one(model):
    assert stories(read(), np.zeros(0), model).labels.tolist() == []
    alone = stories(read("One article alone."), np.zeros(0), model)
    assert alone.labels.tolist() == [0]
    assert not alone.kept


def test_terms_alone_part_two_events_of_one_kind():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.", JUNE, JUNE + " Silva stayed.")
    side, _ = find_best_split(shared(words), np.zeros((5, 5)), SMALL.search)
    assert side.tolist() in ([True] * 3 + [False] * 2, [False] * 3 + [True] * 2)


def test_a_division_is_the_best_of_all_there_are():
    words = read(MAY, JUNE, MAY + " Weber left.", JUNE + " Okafor won.")
    log_odds = np.array([[0, 1, 3, -2], [1, 0, 2, 4], [3, 2, 0, -1], [-2, 4, -1, 0]], float)

    search = SMALL.search

    def value(side):
        gain = shared(words).gains(side) @ search.weights(shared(words).kind)
        across = [log_odds[i, j] - search.level for i, j in itertools.combinations(range(4), 2) if side[i] != side[j]]
        return gain - search.across / 4 * sum(across)

    every = [np.array(side) for side in itertools.product((False, True), repeat=3) if any(side)]
    worth = [value(np.append(side, False)) for side in every]
    side, others = find_best_split(shared(words), log_odds, search)
    assert value(side) == pytest.approx(max(worth))
    assert others == pytest.approx(math.log(sum(math.exp(one - max(worth)) for one in worth)))
    assert sorted(score_all_splits(shared(words), log_odds, search)) == pytest.approx(sorted(worth))


def test_each_kind_of_term_has_its_own_weight():
    words = read("On Tuesday 42 leaders met Weber.", "He met Weber in May 1999.")
    kind = dict(zip(words.vocabulary, term_kinds(words).tolist(), strict=True))
    assert kind[tokens.stem("Weber")] == NAME
    assert {kind[number] for number in ("42", "1999", "tuesday", "may")} == {NUMBER}
    assert kind["met"] == kind[tokens.stem("leaders")] == OTHER
    search = SplitWeights(names=1, numbers=2, others=3, across=4, level=5, lead="mean")
    assert search.weights(np.array([OTHER, NAME, NUMBER])).tolist() == [3, 1, 2]


def test_terms_near_the_top_tell_more():
    beginning, end = "Weber spoke. ", " ".join(["They said so again."] * 40)
    top, bottom = read(*[beginning + end] * 2, end), read(*[end + " " + beginning] * 2, end)
    name = top.vocabulary.index(tokens.stem("Weber"))
    assert bottom.vocabulary == top.vocabulary
    high, low = (one.weight[one.term == name][0] for one in (shared(top), shared(bottom)))
    assert high > 5 * low > 0


def test_a_term_stands_where_its_highest_or_its_mean_holder_has_it():
    words = read("Weber spoke. " + "They said so. " * 20, "They said so. " * 20 + "Weber spoke.", "They left.")
    held = group_terms(words, np.arange(3))
    name, weights = words.vocabulary.index(tokens.stem("Weber")), {}
    for lead in ("highest", "mean"):
        search = msgspec.structs.replace(SMALL.search, lead=lead)
        one = shared_terms(words, held, words.idf(), term_kinds(words), search)
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
    best, _ = find_best_split(shared(words), log_odds, SMALL.search)
    compared = split_search.MOST_COMPARED
    try:
        split_search.MOST_COMPARED = 2
        found, _ = find_best_split(shared(words), log_odds, SMALL.search)
    finally:
        split_search.MOST_COMPARED = compared
    assert found.tolist() in (best.tolist(), (~best).tolist())


def test_average_link_joins_the_two_most_unlike_groups_last():
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


@pytest.mark.parametrize("model", [SMALL, LARGE])
@given(order=st.permutations(range(5)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_texts_changes_no_story(model, order):
    texts = [MAY, MAY + " It rained.", JUNE, JUNE + " Silva stayed.", "The cup final ended in a draw in Turin."]

    def found(places):
        words = read(*(texts[place] for place in places))
        columns = measure_one_topic(words)
        labels = stories(words, 9 * columns["names_beyond_average"] + 9 * columns["words"] - 4, model).labels
        groups = {}
        for place, label in zip(places, labels.tolist(), strict=True):
            groups.setdefault(label, set()).add(place)
        return sorted(map(sorted, groups.values()))

    assert len(found(range(5))) > 1
    assert found(order) == found(range(5))


def test_measures_are_finite_for_empty_and_equal_texts():
    words = read("", "", "Same words here", "Same words here")
    columns = measure_one_topic(words)
    assert all(np.isfinite(values).all() and values.size == 6 for values in columns.values())
    for model in (SMALL, LARGE):
        assert all(map(math.isfinite, best_division(words, np.zeros(6), model).measured.values()))


@given(st.lists(st.integers(0, 3), max_size=8), st.randoms())
@settings(max_examples=50, deadline=None)
def test_the_texts_of_a_topic_are_measured_as_if_no_others_were_on_a_topic(topic, random):
    topic = np.array(topic, np.int64)
    words = read(*(random.choice((MAY, JUNE)) + f" It was {i}." for i in range(topic.size)))
    pairs, columns = measure_topic_features(words, topic)
    places = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert places == [p for p in itertools.combinations(range(topic.size), 2) if topic[p[0]] == topic[p[1]]]
    for number in set(topic.tolist()):
        here = topic[pairs.left] == number
        apart = measure_topic_features(words, np.where(topic == number, 0, 1 + np.arange(topic.size)))[1]
        for name, expected in apart.items():
            np.testing.assert_allclose(columns[name][here], expected, atol=1e-12)


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_more_agreement_never_makes_a_division_likelier(model):
    words = read(MAY, JUNE, MAY + " Weber left.", JUNE + " Okafor won.")
    odds = [best_division(words, np.full(6, z), model).log_odds for z in (-3.0, 0.0, 3.0)]
    assert odds == sorted(odds, reverse=True)


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_what_the_reasons_add_is_the_log_odds(model):
    split = best_division(read(MAY, JUNE, MAY + " Weber left."), np.array([1.0, 2.0, -1.0]), model)
    added = split.contributions
    assert sum(added.values()) == pytest.approx(split.log_odds)
    assert set(added) == {"intercept", *(reason.name for reason in model.reasons)}


def test_a_story_keeps_the_division_that_was_refused():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.")
    kept = stories(words, np.full(3, 3.0), LARGE)
    assert kept.labels.tolist() == [0, 0, 0]
    assert sorted([*kept.kept[0].smaller.tolist(), *kept.kept[0].larger.tolist()]) == [0, 1, 2]
    assert kept.kept[0].log_odds < 0


def test_a_group_is_parted_where_its_log_odds_of_two_events_are_above_zero():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.")
    for intercept, stories_found in ((-99.0, 1), (99.0, 3)):
        model = msgspec.structs.replace(LARGE, intercept=intercept)
        assert len(set(stories(words, np.full(3, 1.0), model).labels.tolist())) == stories_found


def large_group(events=("May", "June"), each=8):
    """Texts of some events, what each says nearly the same, and log-odds that tell them apart."""
    texts = {"May": MAY, "June": JUNE}
    words = read(*(f"{texts[event]} {chr(97 + i) * 3} said so." for event in events for i in range(each)))
    event = np.repeat(np.arange(len(events)), each)
    left, right = np.triu_indices(words.rows, 1)
    return words, event, np.where(event[left] == event[right], 3.0, -1.0)


def test_a_large_group_of_one_event_stays_and_one_of_two_is_parted():
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
    wording, rows = weigh_story_terms(words), np.arange(16)
    group = TextGroup(rows, (PairScores(odds, LARGE),))
    found = measure_best_split(wording, group)
    side = np.isin(rows, found.smaller)
    chosen = least_alike(odds, side)
    of_chosen = measure_best_split(wording, group.of(chosen)).measured
    assert chosen.size == split_search.MOST_COMPARED
    assert found.judged.tolist() == chosen.tolist()
    assert found.measured["texts"] == pytest.approx(math.log(16))
    assert found.measured | {"texts": of_chosen["texts"]} == of_chosen


@given(st.integers(split_search.MOST_COMPARED + 1, 60), st.data())
@settings(max_examples=50, deadline=None)
def test_the_texts_a_division_is_judged_by_are_the_least_alike_of_both_sides(texts, data):
    size = data.draw(st.integers(1, texts // 2))
    random = np.random.default_rng(texts * 100 + size)
    side = random.permutation(texts) < size
    odds = random.normal(0, 1, (texts, texts))
    odds += odds.T
    chosen = np.isin(np.arange(texts), least_alike(odds, side))
    assert chosen.sum() == split_search.MOST_COMPARED
    assert abs(chosen[side].sum() - split_search.MOST_COMPARED * size / texts) < 1
    for one, other in ((side, ~side), (~side, side)):
        across = odds[:, other].mean(axis=1)
        assert chosen[one].any()
        assert across[one & chosen].max() <= across[one & ~chosen].min(initial=np.inf)


def test_names_that_several_texts_have_hold_a_group_together():
    alike, unlike = read(MAY, MAY + " It rained.", "Rain fell."), read(MAY, JUNE, "Rain fell.")
    odds = np.zeros(3)
    common = [best_division(words, odds, LARGE).measured["names_in_common"] for words in (alike, unlike)]
    assert common[0] > common[1] >= 0
    assert best_division(read("Rain fell.", "Snow melted."), np.zeros(1), LARGE).measured["names_in_common"] == 0


def test_any_view_is_enough_to_part_a_group():
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


def test_a_part_is_judged_as_a_part():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.", JUNE, JUNE + " Silva stayed.")
    left, right = np.triu_indices(5, 1)
    parted = stories(words, np.where((left < 3) == (right < 3), 4.0, -4.0), SMALL)
    assert parted.labels.tolist() == [0, 0, 0, 1, 1]
    assert all(split.measured["side_of_split"] == 1.0 for split in parted.kept.values())
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
