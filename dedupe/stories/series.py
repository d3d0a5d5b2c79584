"""Series detection: how much two articles look like two days of one series, with the same words but other figures.

Reports on markets, weather and results are often written from one template. Two of them share nearly all their words,
often more than two reports of one event do, and yet they report two events. Only numbers and dates separate them.
"""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, Compute
from dedupe.stories.sparse import Columns, KeyLists, sum_over_shared
from dedupe.text.terms import Terms

SERIES_COSINE = 0.6
"""Two articles may be two days of one series if the cosine of their words without figures is above this. Most reports
of one event that are so similar also agree in their figures: of 637 such pairs in ECB+, 492 share half of their
numbers, and 555 do not name different days."""


def are_figures(terms: Terms) -> Bools:
    """Which terms are numbers, months or weekdays, bool[terms]."""
    return terms.number | terms.month | terms.weekday


def series_features(terms: Terms, cosine: F64, left: I64, right: I64, compute: Compute = SERIAL) -> Columns:
    """Two features, float64[pairs] between 0 and 1: the same words with other numbers, and with other dates.

    ``cosine``: float64[pairs], the cosine of the words without figures. Pairs are sorted by ``left``. Up to
    SERIES_COSINE both features are 0; above, they grow with it to their full value at 1. That value is, for numbers,
    how far the numbers of the two articles disagree. It is 0 if at least half of the shorter list of numbers is shared,
    or if one article has no numbers, so a truncated copy does not disagree with its original. For dates it is 1 if both
    articles name days of a month but none in common, else 0.
    """
    every = KeyLists.of_terms(terms)
    numbers = every.only(np.flatnonzero((terms.number & ~terms.year)[terms.term]))
    dates = every.only(np.flatnonzero(terms.date[terms.term]))
    likely = np.flatnonzero(cosine > SERIES_COSINE)
    left, right = left[likely], right[likely]
    shared = sum_over_shared(numbers, {"numbers": np.ones(numbers.keys.size)}, left, right, compute)["numbers"]
    shared_dates = sum_over_shared(dates, {"dates": np.ones(dates.keys.size)}, left, right, compute)["dates"]
    count, has_dates = np.diff(numbers.starts), np.diff(dates.starts) > 0
    share = (shared + 0.5) / (np.minimum(count[left], count[right]) + 0.5)
    same_words = np.minimum(1.0, (cosine[likely] - SERIES_COSINE) / (1 - SERIES_COSINE))
    features = {"other_numbers": np.zeros(cosine.size), "other_dates": np.zeros(cosine.size)}
    features["other_numbers"][likely] = same_words * np.maximum(0.0, 1 - 2 * share)
    features["other_dates"][likely] = same_words * (has_dates[left] & has_dates[right] & (shared_dates == 0))
    return features


def mark_series(features: Columns, pairs: I64, series: I64) -> None:
    """Give ``other_numbers`` its full value for pairs that are known to be two reports of one series.

    ``pairs``, ``series``: a code for each pair, int64[pairs].
    """
    features["other_numbers"][np.isin(pairs, series)] = 1.0
