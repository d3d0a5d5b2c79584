"""measure_series → how much two texts look like two days of one series: the same words with other figures.

Reports on markets, weather and results are written from one pattern. Two of them share nearly all their words, more
than two reports of one event do, and yet are two events; only figures tell them apart.
"""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, Compute
from dedupe.stories.candidates import text_weights
from dedupe.stories.sparse import Columns, KeyLists, scale_to_unit, sum_over_shared
from dedupe.text.terms import Terms

SERIES_WORDING = 0.6
"""From this cosine of words (figures left out) on, two texts may be two days of one series. Most reports of one event
so alike agree in figures too: of 637 such pairs in ECB+ 492 share half of their numbers, and 555 name no other days."""


def are_figures(terms: Terms) -> Bools:
    """Which terms are numbers, months or weekdays, bool[terms]."""
    return terms.number | terms.month | terms.weekday


def measure_series_features(terms: Terms, left: I64, right: I64, compute: Compute = SERIAL) -> Columns:
    """Both features of ``series_features``. Pairs are sorted by ``left``."""
    every = KeyLists.of_terms(terms)
    weight = scale_to_unit(every.starts, text_weights(terms) * ~are_figures(terms)[terms.term])
    alike = sum_over_shared(every, {"wording": weight}, left, right, compute)["wording"]
    return series_features(terms, alike, left, right, compute)


def series_features(terms: Terms, alike: F64, left: I64, right: I64, compute: Compute = SERIAL) -> Columns:
    """How much pairs look like two days of one series, float64[pairs] each, 0 to 1: by how alike their words are
    (``alike``: cosine without figures), times how far their numbers contradict each other, and times whether both name
    days of a month but not the same.

    Numbers contradict each other not at all where half of the fewer are shared or one text has none: a text cut short
    contradicts nothing.
    """
    every = KeyLists.of_terms(terms)
    numbers = every.only(np.flatnonzero((terms.number & ~terms.year)[terms.term]))
    dates = every.only(np.flatnonzero(terms.date[terms.term]))
    likely = np.flatnonzero(alike > SERIES_WORDING)
    left, right = left[likely], right[likely]
    shared = sum_over_shared(numbers, {"numbers": np.ones(numbers.keys.size)}, left, right, compute)["numbers"]
    shared_dates = sum_over_shared(dates, {"dates": np.ones(dates.keys.size)}, left, right, compute)["dates"]
    count, dated = np.diff(numbers.starts), np.diff(dates.starts) > 0
    share = (shared + 0.5) / (np.minimum(count[left], count[right]) + 0.5)
    same_words = np.minimum(1.0, (alike[likely] - SERIES_WORDING) / (1 - SERIES_WORDING))
    found = {"same_words_other_numbers": np.zeros(alike.size), "same_words_other_dates": np.zeros(alike.size)}
    found["same_words_other_numbers"][likely] = same_words * np.maximum(0.0, 1 - 2 * share)
    found["same_words_other_dates"][likely] = same_words * (dated[left] & dated[right] & (shared_dates == 0))
    return found
