"""Days of a series, which share their words but not their figures, are stories of their own."""

import numpy as np
import pytest
from story_articles import FIRE, VOTE, stories, unrelated

from dedupe.stories.candidates import propose_pairs, text_weights
from dedupe.stories.pair_features import Times, measure_pair_features
from dedupe.text import terms
from dedupe.text.background import Background, load_background

NO_NEWS = Background(0, {})


MARKET = (
    "Stocks close mixed in Oslo\nOSLO, {date} - The main index ended at {a} points. Oil traded at {b} dollars a barrel and "
    "gold at {c} dollars an ounce. Volume on the exchange was {d} million shares, a broker said."
)


def market(date, a, b, c, d):
    return MARKET.format(date=date, a=a, b=b, c=c, d=d)


DAYS_OF_A_SERIES = [
    market("May 4", 4100.25, 71.2, 1890.1, 612),
    market("May 7", 4177.5, 70.8, 1875.3, 598),
    market("8 May", 4102.75, 72.4, 1881.7, 640),
    market("June 4th", 4020.5, 69.1, 1866.9, 655),
    market("June 5", 4020.75, 68.3, 1869.4, 601),
]


def test_the_same_words_with_other_figures_are_a_series_and_a_text_cut_short_is_none():
    monday = (
        "Stocks close mixed. On Monday the index ended at 4100 points, oil at 71.2 dollars and gold at 1890 dollars."
    )
    other = monday.replace("Monday", "Friday").replace("4100", "3950").replace("71.2", "69.8").replace("1890", "1875")
    cut, without = monday.partition(", oil")[0] + ".", "Stocks close mixed. The index ended higher, traders said."
    words = terms.read_terms([monday, other, cut, without, without], load_background())
    pairs = propose_pairs(words, text_weights(words))
    series = measure_pair_features(words, Times(np.full(5, np.nan), np.zeros(5, bool)), pairs)[
        "same_words_other_numbers"
    ]
    found = dict(zip(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True), series.tolist(), strict=True))
    assert found[0, 1] > 0.7
    assert found[0, 2] == found[3, 4] == 0


@pytest.mark.parametrize("others", [[], FIRE + VOTE, FIRE + VOTE + unrelated()])
def test_days_of_a_series_are_a_story_each_whatever_the_size_of_the_collection(others):
    for some in (DAYS_OF_A_SERIES[:2], DAYS_OF_A_SERIES):
        found = stories([*some, *others])
        assert found[: len(some)] == list(range(len(some)))
        assert not set(found[: len(some)]) & set(found[len(some) :])


def test_a_report_of_one_market_day_with_another_dateline_is_the_same_event():
    printed = market("May 4", 4100.25, 71.2, 1890.1, 612)
    later = printed.replace("May 4", "May 5").replace("a broker said", "according to one broker in the city")
    assert stories([printed, later]) == [0, 0]


def test_numbers_and_days_of_a_month_tell_a_series():
    first, second = DAYS_OF_A_SERIES[:2]
    words = terms.read_terms([first, second, first.replace("May 4", "May 5"), first.partition(" Oil")[0]], NO_NEWS)
    pairs = propose_pairs(words, text_weights(words))
    columns = measure_pair_features(words, Times(np.full(4, np.nan), np.zeros(4, bool)), pairs)
    numbers, dates = (columns[f"same_words_other_{name}"].reshape(-1) for name in ("numbers", "dates"))
    place = {pair: i for i, pair in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))}
    assert numbers[place[0, 1]] > 0.7 < dates[place[0, 1]]  # another day
    assert numbers[place[0, 2]] == 0 < dates[place[0, 2]]  # another dateline
    assert numbers[place[0, 3]] == dates[place[0, 3]] == 0  # cut short
