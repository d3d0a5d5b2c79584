"""measure → what speaks for and against one event in each pair of articles, as named columns.

Two questions are asked. Do the two share what some of their neighbours share but not all? What all articles of a topic
say tells nothing about which event it is, and what one article alone says cannot be shared (topic-conditioned weights:
Yang et al. 2002). And are both like, and unlike, the same third articles? Numbers, dates and lengths add to that.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, Compute
from dedupe.stories.candidates import CandidatePairs, text_weights
from dedupe.stories.series import are_figures, series_features
from dedupe.stories.sparse import (
    Columns,
    KeyLists,
    best_per_row,
    count_sharing,
    list_norms,
    scale_to_unit,
    sum_over_shared,
    sum_per_list,
    symmetric_lists,
)
from dedupe.text.terms import Terms

NEIGHBOUR_SHARE, NEIGHBOUR_COSINE = 0.3, 0.03
"""A neighbour is at least this share of an article's best cosine, and this cosine."""

NEAR_DAYS = 2.0
"""Closeness in time fades e times in so many days."""

FAR_DAYS = 366.0
"""Beyond so many days apart, more makes no difference."""


@dataclass(frozen=True, slots=True)
class Times:
    """When articles were published: days since 1970 (NaN: unknown), and whether only the day is known."""

    day: F64
    day_precision: Bools


def measure_pair_features(terms: Terms, times: Times, pairs: CandidatePairs, compute: Compute = SERIAL) -> Columns:
    """All features of candidate pairs, float64[pairs] each; ``data/story_model.json`` says what each one means."""
    left, right, rows = pairs.left, pairs.right, terms.rows
    alike = _alike(terms, left, right, compute)
    among = _among_neighbours(terms, alike["text"], left, right, compute)
    profiles = {"profile_correlation_words": among["words"], "profile_correlation_names": among["names"]}
    context = {"second_order_lead_coverage": alike["lead_coverage"], "second_order_leads": among["lead"]}
    compared = second_order_similarity(profiles | context, left, right, rows, centred=profiles, compute=compute)
    return {
        "numbers": alike["numbers"],
        **series_features(terms, alike["wording"], left, right, compute),
        "words": alike["text"],
        "names": alike["names"],
        "lead_coverage": alike["lead_coverage"] / 2,
        "topic_conditioned_words": among["words"],
        **compared,
        **_calendar(terms, alike, left, right),
        **_lengths(terms, left, right),
        **time_features(times, left, right),
    }


def _alike(terms: Terms, left: I64, right: I64, compute: Compute) -> Columns:
    """Cosines of text, of words without figures, of names and numbers, shared calendar terms, and how much of either
    lead the other one has."""
    idf, every, text = terms.idf(), KeyLists.of_terms(terms), text_weights(terms)
    is_figure, is_name = are_figures(terms)[terms.term], _names(terms)
    figures, names = every.only(np.flatnonzero(is_figure)), every.only(np.flatnonzero(is_name))
    wording = text * ~is_figure
    lead = terms.lead * (idf**1.5)[terms.term]
    lead /= np.repeat(np.maximum(sum_per_list(every.starts, lead), 1e-12), np.diff(every.starts))
    often = np.log1p(3 * terms.decayed_tf[is_name]) * idf[names.keys]
    flags = {"weekday": terms.weekday, "month": terms.month, "year": terms.year}
    of_figures = {name: flag[figures.keys].astype(np.float64) for name, flag in flags.items()}
    of_figures["numbers"] = scale_to_unit(figures.starts, ((terms.number & ~terms.year) * idf)[figures.keys])
    of_figures["text"] = text[is_figure]
    by = left, right, compute
    found = sum_over_shared(figures, of_figures, *by) | sum_over_shared(
        names, {"names": scale_to_unit(names.starts, often)}, *by
    )
    found |= sum_over_shared(every, {"wording": wording, "lead_coverage": lead}, *by, added={"lead_coverage"})
    found["text"] += found["wording"]
    length = list_norms(every.starts, wording)
    found["wording"] /= length[left] * length[right]
    return found


def _names(terms: Terms) -> Bools:
    """Which entries are names: always capitalised, and no figures."""
    return terms.is_name & ~are_figures(terms)[terms.term]


def _among_neighbours(terms: Terms, text: F64, left: I64, right: I64, compute: Compute) -> Columns:
    """Cosines over terms weighted by how few of an article's neighbours have them.

    Terms no neighbour has are left out of all but ``lead``: they would only measure how much each article says alone.
    """
    rows, sizes = terms.rows, np.diff(terms.starts)
    least = np.maximum(NEIGHBOUR_SHARE * best_per_row(text, left, right, rows), NEIGHBOUR_COSINE)
    of_left, of_right = text >= least[left], text >= least[right]
    neighbours = 2.0 + np.bincount(left[of_left], minlength=rows) + np.bincount(right[of_right], minlength=rows)
    size, idf, every = np.repeat(neighbours, sizes), terms.idf(), KeyLists.of_terms(terms)
    holders = 1.0 + count_sharing(every, left, right, of_left, of_right, compute)
    unusual = np.log(size / holders)
    often = np.log1p(3 * terms.decayed_tf) * (holders > 1)
    anchors = np.flatnonzero(_names(terms) | terms.number[terms.term])
    # Largest for what half of the neighbours have: that is what splits them in two.
    share = np.minimum(holders[anchors] / size[anchors], 1.0)
    names = every.only(anchors)
    of_names = {"names": scale_to_unit(names.starts, often[anchors] * np.sqrt(share * (1 - share)))}
    weights = {
        "words": scale_to_unit(every.starts, often * unusual * np.sqrt(idf)[terms.term]),
        "lead": scale_to_unit(every.starts, terms.lead * idf[terms.term] * unusual),
    }
    return sum_over_shared(every, weights, left, right, compute) | sum_over_shared(
        names, of_names, left, right, compute
    )


def second_order_similarity(
    compared: Columns, left: I64, right: I64, rows: int, centred: Container[str] = (), compute: Compute = SERIAL
) -> Columns:
    """Cosine (``centred`` ones: correlation) of two articles' values with all third articles, for each column of values
    of the pairs; pairs not listed count 0.

    0 where there are too few third articles to compare: one for the cosine, two for the correlation.
    """
    others = rows - 2
    lists, pair = symmetric_lists(left, right, rows)
    entries = {name: values[pair] for name, values in compared.items()}
    dots = sum_over_shared(lists, entries, left, right, compute)
    found: Columns = {}
    for name, values in compared.items():
        if others < (2 if name in centred else 1):
            found[name] = np.zeros(left.size)
            continue
        dot, value = dots[name], entries[name]
        total, squares = sum_per_list(lists.starts, value), sum_per_list(lists.starts, value**2)
        a, b = total[left] - values, total[right] - values
        aa, bb = squares[left] - values**2, squares[right] - values**2
        if name in centred:
            spread = np.maximum(aa - a * a / others, 0) * np.maximum(bb - b * b / others, 0)
            dot, spread = dot - a * b / others, np.maximum(spread, 1e-9)
        else:
            spread = np.maximum(aa * bb, 1e-12)
        found[name] = dot / np.sqrt(spread)
    return found


def _calendar(terms: Terms, alike: Columns, left: I64, right: I64) -> Columns:
    """Months and years named in both; years and weekdays named in each, but never the same one."""
    flags = {"weekday": terms.weekday, "month": terms.month, "year": terms.year}
    figures = KeyLists.of_terms(terms).only(np.flatnonzero(are_figures(terms)[terms.term]))
    named = {k: sum_per_list(figures.starts, flag[figures.keys]) > 0 for k, flag in flags.items()}
    same = {k: alike[k] > 0 for k in flags}
    other = {k: ~same[k] & named[k][left] & named[k][right] for k in flags}
    columns = {"same_month": same["month"], "same_year": same["year"]}
    columns |= {"other_year": other["year"], "other_weekday": other["weekday"]}
    return {name: flag.astype(np.float64) for name, flag in columns.items()}


def _lengths(terms: Terms, left: I64, right: I64) -> Columns:
    """Long articles share more by chance: log words of the shorter, and how many times longer the other is (log)."""
    words = np.maximum(terms.words, 1).astype(np.float64)
    shorter, longer = np.minimum(words[left], words[right]), np.maximum(words[left], words[right])
    return {"words_of_shorter": np.log(shorter), "times_longer": np.log(longer / shorter)}


def time_features(times: Times, left: I64, right: I64) -> Columns:
    """Nearness and distance in time, each between 0 and 1, both 0 where a date is missing (Miranda et al. 2018)."""
    whole = times.day_precision[left] | times.day_precision[right]
    first, second = (np.where(whole, np.floor(times.day[side]), times.day[side]) for side in (left, right))
    days = np.abs(first - second)
    known = ~np.isnan(days)
    days = np.where(known, days, 0.0)
    return {
        "close_in_time": np.where(known, np.exp(-days / NEAR_DAYS), 0.0),
        "far_in_time": np.minimum(np.log1p(days) / np.log1p(FAR_DAYS), 1.0),
    }
