"""When articles were published: whole days, the days between two articles, and how much these count."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from story_articles import table

from dedupe.stories.times import WRONG_DATE, Times, closeness, days_apart


def test_an_hour_of_a_day_is_that_day_and_no_date_is_nan():
    published = [datetime(1970, 1, 3, 23, 59, tzinfo=UTC), None, datetime(1969, 12, 31, 1, tzinfo=UTC)]
    times = Times.of_articles(table(["a", "b", "c"], published))
    np.testing.assert_array_equal(times.whole_day, [2, np.nan, -1])
    assert times.day[0] > 2.9
    assert not times.day_precision.any()


def test_no_articles_have_no_times():
    assert Times.of_articles(table([])).whole_day.tolist() == []


def test_an_undated_article_is_no_day_away_from_any():
    day = np.array([3.0, np.nan, 10.0, np.nan])
    assert days_apart(day, np.array([0, 0, 1, 1]), np.array([2, 1, 2, 3])).tolist() == [7, 0, 0, 0]


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_days_never_count_more_and_never_nothing(one, other):
    near, far = closeness(np.array(sorted((one, other))))
    assert WRONG_DATE <= far <= near <= 1
    assert closeness(np.zeros(1)) == 1
