"""Days of a series, which share their words but not their figures, are stories of their own."""

import numpy as np
import pytest
from story_articles import DAYS_OF_A_SERIES, FIRE, VOTE, market, read, stories, unrelated

from dedupe.stories.series import SERIES_COSINE, mark_series, series_features


def measured(*texts, cosine=1.0):
    """Both features of all pairs of texts whose words without figures have this cosine, by pair."""
    left, right = np.triu_indices(len(texts), 1)
    columns = series_features(read(*texts), np.full(left.size, cosine), left, right)
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    return [dict(zip(pairs, columns[name].tolist(), strict=True)) for name in ("other_numbers", "other_dates")]


def test_other_numbers_are_a_series_and_a_text_cut_short_is_none():
    monday = "Stocks closed mixed. The index ended at 4100 points, oil at 71.2 dollars and gold at 1890 dollars."
    other = monday.replace("4100", "3950").replace("71.2", "69.8").replace("1890", "1875")
    numbers, dates = measured(monday, other, monday.partition(", oil")[0], "Stocks closed mixed.")
    assert numbers[0, 1] > 0.7
    assert numbers[0, 2] == numbers[0, 3] == numbers[2, 3] == 0
    assert not any(dates.values())


def test_other_days_of_a_month_are_a_series_whatever_the_numbers():
    first, second = DAYS_OF_A_SERIES[:2]
    numbers, dates = measured(first, second, first.replace("May 4", "May 5"), first.replace("May 4", "today"))
    assert numbers[0, 1] > 0.7
    assert dates[0, 1] == dates[0, 2] == 1
    assert numbers[0, 2] == dates[0, 3] == 0
    assert measured("May 4 and May 7", "on 7 May")[1][0, 1] == 0


def test_only_nearly_the_same_words_are_a_series_and_more_so_the_more_alike():
    found = [measured(*DAYS_OF_A_SERIES[:2], cosine=cosine) for cosine in (0.3, SERIES_COSINE, 0.8, 1.0, 1.0 + 1e-9)]
    for feature in (0, 1):
        values = [one[feature][0, 1] for one in found]
        assert values[0] == values[1] == 0 < values[2] < values[3] == values[4] <= 1


@pytest.mark.parametrize("others", [[], FIRE + VOTE, FIRE + VOTE + unrelated()], ids=["alone", "few", "many"])
def test_days_of_a_series_are_a_story_each_whatever_the_size_of_the_collection(others):
    for some in (DAYS_OF_A_SERIES[:2], DAYS_OF_A_SERIES):
        found = stories([*some, *others])
        assert found[: len(some)] == list(range(len(some)))
        assert not set(found[: len(some)]) & set(found[len(some) :])


def test_figures_alone_keep_many_days_of_one_report_apart():
    days = [market(f"May {i + 1}", 4000 + 7 * i, 70 + i / 10, 1800 + 3 * i, 600 + i) for i in range(30)]
    assert stories(days) == list(range(30))
    numbers_only = [day.replace(f"May {i + 1}", "today") for i, day in enumerate(days)]
    assert stories(numbers_only) == list(range(30))


def test_pairs_known_to_be_of_one_series_get_the_full_value_and_no_others():
    features = {"other_numbers": np.array([0.0, 0.2, 0.0]), "other_dates": np.zeros(3)}
    mark_series(features, np.array([1, 5, 9]), np.array([5, 9, 12]))
    assert features["other_numbers"].tolist() == [0, 1, 1]
    assert not features["other_dates"].any()
