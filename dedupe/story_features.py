"""measure → what speaks for and against one event in each pair of articles, as named columns.

Two questions are asked. Do the two share what some of their neighbours share but not all? What all articles of a topic
say tells nothing about which event it is, and what one article alone says cannot be shared (topic-conditioned weights:
Yang et al. 2002). And are both like, and unlike, the same third articles? Numbers, dates and lengths add to that.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.story_pairs import Columns, Lists, Pairs, both_ways, sharing, summed, text_weight, unit
from dedupe.terms import Terms

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NEIGHBOUR_SHARE, NEIGHBOUR_COSINE = 0.3, 0.03
"""A neighbour is at least this share of an article's best cosine, and this cosine."""
SERIES_WORDING = 0.6
"""Independent reports of one event do not reach this cosine of words (numbers, months and weekdays left out)."""
NEAR_DAYS = 2.0
"""Closeness in time fades e times in so many days."""
FAR_DAYS = 30.0
"""Beyond so many days apart, more makes no difference."""


@dataclass(frozen=True, slots=True)
class Times:
    """When articles were published: days since 1970 (NaN: unknown), and whether only the day is known."""

    day: F64
    day_precision: Bools


def measure(terms: Terms, times: Times, pairs: Pairs, threads: int = 1) -> Columns:
    """All features of candidate pairs, float64[pairs] each; ``data/story_model.json`` says what each one means."""
    left, right, rows = pairs.left, pairs.right, terms.rows
    alike = _alike(terms, left, right, threads)
    among = _among_neighbours(terms, alike["text"], left, right, threads)
    contrasts = {"same_contrasts": among["words"], "same_name_contrasts": among["names"]}
    company = {"same_company_told": alike["told_right"] + alike["told_left"], "same_company_lead": among["lead"]}
    compared = agreement(contrasts | company, left, right, rows, centred=contrasts, threads=threads)
    return {
        "numbers": alike["numbers"],
        "same_words_other_numbers": _series(alike),
        "words": alike["text"],
        "names": alike["names"],
        "lead_told": (alike["told_right"] + alike["told_left"]) / 2,
        "dividing_words": among["words"],
        **compared,
        **_calendar(terms, alike, left, right),
        **_lengths(terms, left, right),
        **time_apart(times, left, right),
    }


def _alike(terms: Terms, left: I64, right: I64, threads: int) -> Columns:
    """Cosines of text, names and numbers, shared calendar terms, and how much of either lead the other one has."""
    rare = terms.rarity()[terms.term]
    number, year = terms.number[terms.term], terms.year[terms.term]
    text, numbers = text_weight(terms), unit(terms, (number & ~year) * rare)
    figure = (terms.number | terms.month | terms.weekday)[terms.term]
    wording, figures = unit(terms, text * ~figure), unit(terms, figure.astype(np.float64))
    names = unit(terms, _names(terms) * np.log1p(3 * terms.faded) * rare)
    weights = {"text": (text, text), "numbers": (numbers, numbers), "names": (names, names)}
    weights |= {"wording": (wording, wording), "figures": (figures, figures)}
    for name, flag in (("weekday", terms.weekday), ("month", terms.month), ("year", terms.year)):
        weights[name] = (flag[terms.term].astype(np.float64),) * 2
    lead = terms.lead * rare**1.5
    lead /= np.maximum(np.bincount(terms.owner, lead, minlength=terms.rows), 1e-12)[terms.owner]
    one = np.ones(lead.size)
    weights |= {"told_right": (lead, one), "told_left": (one, lead)}
    return summed(Lists.of_terms(terms), weights, left, right, threads)


def _series(alike: Columns) -> F64:
    """How much two articles look like two days of one series (markets, weather, results): same words, other figures."""
    return np.clip((alike["wording"] - SERIES_WORDING) / (1 - SERIES_WORDING), 0, 1) * (1 - alike["figures"])


def _names(terms: Terms) -> F64:
    """1 for entries that are names: always capitalised, no number, no month or weekday."""
    other = terms.number | terms.month | terms.weekday
    return (terms.is_name & ~other[terms.term]).astype(np.float64)


def best_of(values: F64, left: I64, right: I64, rows: int) -> F64:
    """The highest value each row has with any other (0 without pairs), float64[rows]."""
    best = np.zeros(rows)
    np.maximum.at(best, left, values)
    np.maximum.at(best, right, values)
    return best


def _among_neighbours(terms: Terms, text: F64, left: I64, right: I64, threads: int) -> Columns:
    """Cosines over terms weighted by how few of an article's neighbours have them.

    Terms no neighbour has are left out of all but ``lead``: they would only measure how much each article says alone.
    """
    rows = terms.rows
    least = np.maximum(NEIGHBOUR_SHARE * best_of(text, left, right, rows), NEIGHBOUR_COSINE)
    of_left, of_right = text >= least[left], text >= least[right]
    size = 2.0 + np.bincount(left[of_left], minlength=rows) + np.bincount(right[of_right], minlength=rows)
    lists = Lists.of_terms(terms)
    holders = 1.0 + sharing(lists, left, right, of_left, of_right, threads)
    unusual = np.log(size[terms.owner] / holders)
    rare = terms.rarity()[terms.term]
    often = np.log1p(3 * terms.faded) * (holders > 1)
    share = np.minimum(holders / size[terms.owner], 1.0)
    # Largest for what half of the neighbours have: that is what splits them in two.
    halved = np.sqrt(share * (1 - share))
    anchor = np.maximum(_names(terms), terms.number[terms.term])
    weights = {
        "words": unit(terms, often * unusual * np.sqrt(rare)),
        "names": unit(terms, often * halved * anchor),
        "lead": unit(terms, terms.lead * rare * unusual),
    }
    return summed(lists, {name: (w, w) for name, w in weights.items()}, left, right, threads)


def agreement(
    compared: Columns, left: I64, right: I64, rows: int, centred: Container[str] = (), threads: int = 1
) -> Columns:
    """Cosine (``centred`` ones: correlation) of two articles' values with all third articles, for each column of values
    of the pairs; pairs not listed count 0.

    0 where there are too few third articles to compare: one for the cosine, two for the correlation.
    """
    others = rows - 2
    lists, pair = both_ways(left, right, rows)
    entries = {name: values[pair] for name, values in compared.items()}
    dots = summed(lists, {name: (value, value) for name, value in entries.items()}, left, right, threads)
    row = np.repeat(np.arange(rows), np.diff(lists.starts))
    found: Columns = {}
    for name, values in compared.items():
        if others < (2 if name in centred else 1):
            found[name] = np.zeros(left.size)
            continue
        dot, value = dots[name], entries[name]
        total, squares = np.bincount(row, value, minlength=rows), np.bincount(row, value**2, minlength=rows)
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
    named = {k: np.bincount(terms.owner, flag[terms.term], minlength=terms.rows) > 0 for k, flag in flags.items()}
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


def time_apart(times: Times, left: I64, right: I64) -> Columns:
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
