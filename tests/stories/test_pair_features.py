"""Features of article pairs, by themselves and among their neighbours."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from story_articles import FIRE, VOTE, log_odds, table

from dedupe.stories.candidates import propose_pairs, text_weights
from dedupe.stories.pair_features import Times, measure_pair_features, second_order_similarity, time_features
from dedupe.stories.scoring import score_same_event
from dedupe.text import terms
from dedupe.text.background import load_background


def test_dates_far_apart_speak_against_one_event_and_missing_ones_say_nothing():
    start = datetime(2024, 3, 4, 8, tzinfo=UTC)
    undated = log_odds(score_same_event(table(FIRE)))
    close = log_odds(score_same_event(table(FIRE, [start, start + timedelta(hours=3), None])))
    far = log_odds(score_same_event(table(FIRE, [start, start + timedelta(days=200), None])))
    assert far[0, 1] < undated[0, 1] < close[0, 1]
    assert close[0, 2] == undated[0, 2] == far[0, 2]


def test_a_year_apart_speaks_more_against_one_event_than_a_month():
    times = Times(np.array([0.0, 31.0, 365.0, 3000.0]), np.ones(4, bool))
    far = time_features(times, np.zeros(3, np.int64), np.arange(1, 4))["far_in_time"]
    assert far[0] < far[1] <= far[2] == 1


def test_a_day_without_a_time_is_the_same_day_as_any_time_of_it():
    times = Times(np.array([100.0, 100.9, 101.5]), np.array([True, False, False]))
    apart = time_features(times, np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert apart["far_in_time"][0] == 0
    assert apart["close_in_time"][0] == 1
    assert apart["far_in_time"][1] > apart["far_in_time"][2] > 0


def test_a_part_of_a_collection_reads_as_if_it_were_read_alone():
    background = load_background()
    part = terms.read_terms(FIRE + VOTE, background).take(np.array([0, 3, 4]))
    alone = terms.read_terms([FIRE[0], VOTE[0], VOTE[1]], background)
    times = Times(np.full(3, np.nan), np.zeros(3, bool))
    for one, other in zip(
        *(measure_pair_features(t, times, propose_pairs(t, text_weights(t))).items() for t in (part, alone)),
        strict=True,
    ):
        assert one[0] == other[0]
        np.testing.assert_allclose(one[1], other[1], rtol=1e-12)


def test_agreement_is_the_correlation_with_all_third_articles():
    left, right = np.triu_indices(6, 1)
    values = np.random.default_rng(1).random(left.size)
    matrix = np.zeros((6, 6))
    matrix[left, right] = matrix[right, left] = values
    found = second_order_similarity({"values": values}, left, right, 6, centred=["values"])["values"]
    for pair, (a, b) in enumerate(zip(left, right, strict=True)):
        others = [i for i in range(6) if i not in (a, b)]
        assert found[pair] == pytest.approx(np.corrcoef(matrix[a, others], matrix[b, others])[0, 1])
