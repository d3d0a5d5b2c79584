"""What two articles of a collection have in common, measured for every candidate pair.

Plain similarities are cosines of weighted terms. Most words that two articles share only say that they are about one
topic. So there are also similarities relative to the other articles: words that some of an article's neighbours have,
but not all (Yang et al. 2002); how much more alike two articles are than either is to its next best neighbours; whether
both are alike to the same third articles; and how much of what an article has in common with its neighbours lies in the
other one. Neighbours that were published at another time count less.
"""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, Compute, rank_within
from dedupe.stories.candidates import CandidatePairs
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
from dedupe.stories.times import closeness
from dedupe.text.terms import Terms

OPENING, FIRST_PART = 60, 300
"""The similarity of two articles is the mean of three cosines: of their first words behind the title, so many each, and
of all words. The words of the title count three times in the first two."""

NEIGHBOUR_SHARE, LEAST_NEIGHBOUR = 0.3, 0.03
"""An article's neighbours have at least this share of its highest similarity, and at least this similarity."""

NEXT_BEST = 8
"""``beyond_neighbours`` compares a similarity with the mean of so many next best ones of both articles."""

SECOND_ORDER = 15
"""The second-order similarity compares so many of the best neighbours of both articles."""


def measure_similarity(terms: Terms, days: F64, pairs: CandidatePairs, compute: Compute = SERIAL) -> Columns:
    """What the articles of each candidate pair have in common, float64[pairs] each.

    ``days``: between the two articles, float64[pairs]. The columns are ``similarity``, ``numbers``, ``calendar``
    (months and weekdays), ``names`` and ``topic_words``, which are cosines; ``beyond_neighbours``, ``second_order``;
    ``other_numbers`` and ``other_dates`` (see ``series``); and ``share_left`` and ``share_right``, how much of what the
    left (right) article has in common with its neighbours lies in the other one.
    """
    left, right, rows = pairs.left, pairs.right, terms.rows
    found = _plain(terms, left, right, compute)
    near = closeness(days)
    weighed = found["similarity"] * near
    topic_words = _topic_words(terms, weighed, left, right, compute)
    share_left, share_right = _shares(topic_words * near, left, right, rows)
    words = found.pop("words_without_figures")
    return found | {
        "topic_words": topic_words,
        "beyond_neighbours": _beyond_neighbours(weighed, left, right, rows),
        "second_order": _second_order(weighed, left, right, rows, compute),
        "share_left": share_left,
        "share_right": share_right,
        **series_features(terms, words, left, right, compute),
    }


def _plain(terms: Terms, left: I64, right: I64, compute: Compute) -> Columns:
    """Cosines that need no other articles, float64[pairs] each."""
    idf, every = terms.idf()[terms.term], KeyLists.of_terms(terms)
    is_figure = are_figures(terms)[terms.term]
    tf_idf = np.log1p(3 * terms.decayed_tf) * idf
    parts = {
        "opening": scale_to_unit(every.starts, tf_idf * among_first(terms, OPENING)),
        "first_part": scale_to_unit(every.starts, tf_idf * among_first(terms, FIRST_PART)),
        "words": scale_to_unit(every.starts, tf_idf),
    }
    found = sum_over_shared(every, parts | {"words_without_figures": parts["words"] * ~is_figure}, left, right, compute)
    norms = list_norms(every.starts, parts["words"] * ~is_figure)
    figures, names = every.only(np.flatnonzero(is_figure)), every.only(np.flatnonzero(are_names(terms)))
    number = (terms.number & ~terms.year)[figures.keys]
    calendar = (terms.month | terms.weekday | terms.year)[figures.keys]
    of_figures = {
        "numbers": scale_to_unit(figures.starts, number * idf[is_figure]),
        "calendar": scale_to_unit(figures.starts, calendar * terms.lead[is_figure]),
    }
    of_names = {"names": scale_to_unit(names.starts, tf_idf[are_names(terms)])}
    return {
        "similarity": (found["opening"] + found["first_part"] + found["words"]) / 3,
        "words_without_figures": found["words_without_figures"] / (norms[left] * norms[right]),
        **sum_over_shared(figures, of_figures, left, right, compute),
        **sum_over_shared(names, of_names, left, right, compute),
    }


def among_first(terms: Terms, words: int) -> F64:
    """How often entries count in the similarity of first words: float64[entries].

    An entry counts once if it stands among so many first words behind the title, three times in the title, else not.
    """
    title_words = np.repeat(terms.title_words, np.diff(terms.starts))
    return np.asarray(2.0 * (terms.first < title_words) + (terms.first - title_words < words), np.float64)


def are_names(terms: Terms) -> Bools:
    """Which entries are names, bool[entries]: capitalised at every occurrence, and no number, month or weekday."""
    return terms.is_name & ~are_figures(terms)[terms.term]


def _neighbours(values: F64, left: I64, right: I64, rows: int) -> tuple[Bools, Bools]:
    """Which articles are neighbours: whether the right one is one of the left one, and the other way round."""
    least = np.maximum(NEIGHBOUR_SHARE * best_per_row(values, left, right, rows), LEAST_NEIGHBOUR)
    return values >= least[left], values >= least[right]


def _topic_words(terms: Terms, weighed: F64, left: I64, right: I64, compute: Compute) -> F64:
    """Cosine of terms weighted by how few of an article's neighbours have them; those that none has are left out."""
    of_left, of_right = _neighbours(weighed, left, right, terms.rows)
    neighbours = (
        1 + np.bincount(left[of_left], minlength=terms.rows) + np.bincount(right[of_right], minlength=terms.rows)
    )
    every = KeyLists.of_terms(terms)
    holders = 1 + count_sharing(every, left, right, of_left, of_right, compute)
    rarity = np.log((np.repeat(neighbours, np.diff(terms.starts)) + 1) / holders) * (holders > 1)
    weight = np.log1p(3 * terms.decayed_tf) * np.sqrt(terms.idf())[terms.term] * rarity
    return sum_over_shared(every, {"words": scale_to_unit(every.starts, weight)}, left, right, compute)["words"]


def _shares(values: F64, left: I64, right: I64, rows: int) -> tuple[F64, F64]:
    """The share of the other article in what each article of a pair has in common with its neighbours."""
    of_left, of_right = _neighbours(values, left, right, rows)
    to_right, to_left = values * of_left, values * of_right
    total = np.maximum(np.bincount(left, to_right, rows) + np.bincount(right, to_left, rows), 1e-9)
    return to_right / total[left], to_left / total[right]


def _beyond_neighbours(values: F64, left: I64, right: I64, rows: int) -> F64:
    """Each value less the mean of the next best values of both articles (the best one is left out of the mean)."""
    row, value = np.concatenate((left, right)), np.concatenate((values, values))
    rank = rank_within(row, np.lexsort((-value, row)))
    is_next = (rank > 0) & (rank <= NEXT_BEST)
    mean = np.bincount(row[is_next], value[is_next], rows) / NEXT_BEST
    return values - (mean[left] + mean[right]) / 2


def _second_order(values: F64, left: I64, right: I64, rows: int, compute: Compute) -> F64:
    """Cosine of the values that two articles have with their best neighbours, without each other."""
    lists, pair = symmetric_lists(left, right, rows)
    value = values[pair]
    best = np.flatnonzero(compute.backend.top_entries(lists.starts, value, SECOND_ORDER))
    few = lists.only(best)
    kept = value[best]
    dot = sum_over_shared(few, {"values": kept}, left, right, compute)["values"]
    squares = sum_per_list(few.starts, kept**2)
    # The value of the pair itself is taken out of the norms of both, where it is among their best.
    owner = np.repeat(np.arange(rows), np.diff(few.starts))
    of_left, of_right = np.zeros(left.size), np.zeros(left.size)
    is_left = owner == left[pair[best]]
    of_left[pair[best][is_left]] = kept[is_left] ** 2
    of_right[pair[best][~is_left]] = kept[~is_left] ** 2
    norms = np.maximum(squares[left] - of_left, 0) * np.maximum(squares[right] - of_right, 0)
    cosine: F64 = dot / (np.sqrt(norms) + 1e-6)
    return cosine
