"""Pair features: what speaks for and against two articles reporting the same event, as named columns.

Besides plain similarities, there are two kinds of features that use the other articles. Topic-conditioned similarity
counts terms that some of an article's neighbours have, but not all: a term that every article on a topic has does not
distinguish its events, and a term that only one article has cannot be shared (Yang et al. 2002). Second-order
similarity asks whether two articles are similar to the same third articles. Numbers, dates and lengths are features
too.
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
"""An article's neighbours have at least this share of its best cosine, and at least this cosine."""

NEAR_DAYS = 2.0
"""``close_in_time`` decays by a factor of e in this many days."""

FAR_DAYS = 366.0
"""``far_in_time`` reaches its maximum, 1, at this many days."""


@dataclass(frozen=True, slots=True)
class Times:
    """When articles were published.

    ``day``: days since 1970, float64[rows], with fractions, NaN if unknown. ``day_precision``: bool[rows], True if only
    the day is known.
    """

    day: F64
    day_precision: Bools


def measure_pair_features(terms: Terms, times: Times, pairs: CandidatePairs, compute: Compute = SERIAL) -> Columns:
    """All features of the candidate pairs, float64[pairs] each; ``data/story_model.json`` says what each one means."""
    left, right, rows = pairs.left, pairs.right, terms.rows
    plain = _plain_similarities(terms, left, right, compute)
    conditioned = _topic_conditioned(terms, plain["text"], left, right, compute)
    profiles = {
        "profile_correlation_words": conditioned["words"],
        "profile_correlation_names": conditioned["names"],
    }
    context = {"second_order_lead_coverage": plain["lead_coverage"], "second_order_leads": conditioned["lead"]}
    second_order = second_order_similarity(profiles | context, left, right, rows, centred=profiles, compute=compute)
    return {
        "numbers": plain["numbers"],
        **series_features(terms, plain["words_without_figures"], left, right, compute),
        "words": plain["text"],
        "names": plain["names"],
        "lead_coverage": plain["lead_coverage"] / 2,
        "topic_conditioned_words": conditioned["words"],
        **second_order,
        **_calendar(terms, plain, left, right),
        **_lengths(terms, left, right),
        **time_features(times, left, right),
    }


def _plain_similarities(terms: Terms, left: I64, right: I64, compute: Compute) -> Columns:
    """Similarities that need no other articles, float64[pairs] each.

    ``text``, ``words_without_figures``, ``names`` and ``numbers`` are cosines. ``weekday``, ``month`` and ``year``
    count shared terms. ``lead_coverage`` is the share of each lead that the other article has, summed over both.
    """
    idf, every, text = terms.idf(), KeyLists.of_terms(terms), text_weights(terms)
    is_figure, is_name = are_figures(terms)[terms.term], _names(terms)
    figures, names = every.only(np.flatnonzero(is_figure)), every.only(np.flatnonzero(is_name))
    without_figures = text * ~is_figure
    lead = terms.lead * (idf**1.5)[terms.term]
    lead /= np.repeat(np.maximum(sum_per_list(every.starts, lead), 1e-12), np.diff(every.starts))
    of_names = scale_to_unit(names.starts, np.log1p(3 * terms.decayed_tf[is_name]) * idf[names.keys])
    flags = {"weekday": terms.weekday, "month": terms.month, "year": terms.year}
    of_figures = {name: flag[figures.keys].astype(np.float64) for name, flag in flags.items()}
    of_figures["numbers"] = scale_to_unit(figures.starts, ((terms.number & ~terms.year) * idf)[figures.keys])
    of_figures["text"] = text[is_figure]
    of_all = {"words_without_figures": without_figures, "lead_coverage": lead}
    found = sum_over_shared(figures, of_figures, left, right, compute)
    found |= sum_over_shared(names, {"names": of_names}, left, right, compute)
    found |= sum_over_shared(every, of_all, left, right, compute, added={"lead_coverage"})
    # So far "text" holds the sum over figures only. The words get a norm of their own once they are added to it.
    found["text"] += found["words_without_figures"]
    norms = list_norms(every.starts, without_figures)
    found["words_without_figures"] /= norms[left] * norms[right]
    return found


def _names(terms: Terms) -> Bools:
    """Which entries are names, bool[entries]: capitalised at every occurrence, and no number, month or weekday."""
    return terms.is_name & ~are_figures(terms)[terms.term]


def _topic_conditioned(terms: Terms, text: F64, left: I64, right: I64, compute: Compute) -> Columns:
    """Cosines of terms weighted by how few of an article's neighbours have them, float64[pairs] each.

    ``text``: the text cosine of each pair. Terms that no neighbour has are left out of ``words`` and ``names``, but not
    of ``lead``: they would only measure how much each article says that no other one does.
    """
    rows, sizes = terms.rows, np.diff(terms.starts)
    least = np.maximum(NEIGHBOUR_SHARE * best_per_row(text, left, right, rows), NEIGHBOUR_COSINE)
    of_left, of_right = text >= least[left], text >= least[right]
    neighbours = 2.0 + np.bincount(left[of_left], minlength=rows) + np.bincount(right[of_right], minlength=rows)
    size, idf, every = np.repeat(neighbours, sizes), terms.idf(), KeyLists.of_terms(terms)
    holders = 1.0 + count_sharing(every, left, right, of_left, of_right, compute)
    topic_idf = np.log(size / holders)
    tf = np.log1p(3 * terms.decayed_tf) * (holders > 1)
    anchors = np.flatnonzero(_names(terms) | terms.number[terms.term])
    # share * (1 - share) is highest for terms that half of the neighbours have, because they separate two events best.
    share = np.minimum(holders[anchors] / size[anchors], 1.0)
    names = every.only(anchors)
    of_names = {"names": scale_to_unit(names.starts, tf[anchors] * np.sqrt(share * (1 - share)))}
    weights = {
        "words": scale_to_unit(every.starts, tf * topic_idf * np.sqrt(idf)[terms.term]),
        "lead": scale_to_unit(every.starts, terms.lead * idf[terms.term] * topic_idf),
    }
    found = sum_over_shared(every, weights, left, right, compute)
    return found | sum_over_shared(names, of_names, left, right, compute)


def second_order_similarity(
    compared: Columns, left: I64, right: I64, rows: int, centred: Container[str] = (), compute: Compute = SERIAL
) -> Columns:
    """For each column, compare the values that two articles have with all third articles: float64[pairs] each.

    ``compared``: columns with one value per pair, float64[pairs]; pairs that are not listed count as 0. The comparison
    is the cosine or, for columns in ``centred``, the correlation. It is 0 if there are too few third articles: none for
    the cosine, fewer than two for the correlation.
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


def _calendar(terms: Terms, plain: Columns, left: I64, right: I64) -> Columns:
    """Flags, float64[pairs] each: both articles name the same month or year; both name years or weekdays, but none in
    common. ``plain``: as ``_plain_similarities`` returns it."""
    flags = {"weekday": terms.weekday, "month": terms.month, "year": terms.year}
    figures = KeyLists.of_terms(terms).only(np.flatnonzero(are_figures(terms)[terms.term]))
    named = {k: sum_per_list(figures.starts, flag[figures.keys]) > 0 for k, flag in flags.items()}
    same = {k: plain[k] > 0 for k in flags}
    other = {k: ~same[k] & named[k][left] & named[k][right] for k in flags}
    columns = {"same_month": same["month"], "same_year": same["year"]}
    columns |= {"other_year": other["year"], "other_weekday": other["weekday"]}
    return {name: flag.astype(np.float64) for name, flag in columns.items()}


def _lengths(terms: Terms, left: I64, right: I64) -> Columns:
    """Logarithms of the words of the shorter article, and of how many times longer the other is: float64[pairs] each.

    They correct for length, because long articles share more by chance.
    """
    words = np.maximum(terms.words, 1).astype(np.float64)
    shorter, longer = np.minimum(words[left], words[right]), np.maximum(words[left], words[right])
    return {"words_of_shorter": np.log(shorter), "times_longer": np.log(longer / shorter)}


def time_features(times: Times, left: I64, right: I64) -> Columns:
    """Closeness and distance in time, float64[pairs] between 0 and 1; both are 0 where a date is missing.

    If either article has only a day, whole days are compared. See Miranda et al. 2018.
    """
    whole = times.day_precision[left] | times.day_precision[right]
    first, second = (np.where(whole, np.floor(times.day[side]), times.day[side]) for side in (left, right))
    days = np.abs(first - second)
    known = ~np.isnan(days)
    days = np.where(known, days, 0.0)
    return {
        "close_in_time": np.where(known, np.exp(-days / NEAR_DAYS), 0.0),
        "far_in_time": np.minimum(np.log1p(days) / np.log1p(FAR_DAYS), 1.0),
    }
