"""What two articles of a collection have in common, measured for every candidate pair.

Plain similarities are cosines of weighted terms. Most words that two articles share only say that they are about one
topic. So there are also similarities relative to the other articles: whether both are alike to the same third articles;
and how much of what an article has in common with its neighbours lies in the other one, by words that some of these
neighbours have, but not all (Yang et al. 2002). Neighbours that were published at another time count less.
"""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I8, I32, I64, Bools
from dedupe.kernels import SERIAL, Compute
from dedupe.stories.candidates import CandidatePairs
from dedupe.stories.series import SERIES_COSINE, are_figures, series_features
from dedupe.stories.sparse import (
    Columns,
    KeyLists,
    best_per_row,
    count_sharing,
    list_norms,
    sum_over_shared,
    sum_per_list,
    sums_over_shared,
    symmetric_lists,
)
from dedupe.stories.times import closeness
from dedupe.text.terms import Terms

OPENING, FIRST_PART = 60, 300
"""The similarity of two articles is the mean of three cosines: of their first words behind the title, so many each, and
of all words. The words of the title count three times in the first two."""

NEIGHBOUR_SHARE, LEAST_NEIGHBOUR = 0.3, 0.03
"""An article's neighbours have at least this share of its highest similarity, and at least this similarity."""

SECOND_ORDER = 15
"""The second-order similarity compares so many of the best neighbours of both articles."""

NOISE = 0.1
"""So much do articles have in common with others that say nothing about their event. It is added to what an article has
in common with all its neighbours, so that the nearest stranger among a few is not taken for a relative."""


def measure_similarity(terms: Terms, days: F64, pairs: CandidatePairs, compute: Compute = SERIAL) -> Columns:
    """What the articles of each candidate pair have in common, float64[pairs] each.

    ``days``: between the two articles, float64[pairs]. The columns are ``similarity``, ``numbers``, ``calendar``
    (months, weekdays and years) and ``second_order``, which are cosines; ``other_numbers`` and ``other_dates`` (see
    ``series``); and ``share_left`` and ``share_right``, how much of what the left (right) article has in common with
    its neighbours lies in the other one.
    """
    left, right, rows = pairs.left, pairs.right, terms.rows
    found = measure_texts(terms, left, right, compute)
    near = closeness(days)
    weighed = found["similarity"] * near
    share_left, share_right = _shares(_topic_words(terms, weighed, left, right, compute) * near, left, right, rows)
    words = found.pop("words_without_figures")
    return found | {
        "second_order": _second_order(weighed, left, right, rows, compute),
        "share_left": share_left,
        "share_right": share_right,
        **series_features(terms, words, left, right, compute),
    }


def measure_texts(terms: Terms, left: I64, right: I64, compute: Compute = SERIAL) -> Columns:
    """Cosines that need no other articles, float64[pairs] each.

    ``words_without_figures`` is 0 where it cannot be above SERIES_COSINE.
    """
    every, is_figure = KeyLists.of_terms(terms), are_figures(terms)[terms.term]
    parts = _parts_of_text(terms, compute)
    opening, first_part, words = sums_over_shared(every, parts, left, right, compute)
    without_figures = parts[:, 2] * ~is_figure
    norms = list_norms(every.starts, without_figures)
    # Without figures no sum is higher, so only these pairs can have a cosine that ``series_features`` asks for.
    likely = np.flatnonzero(words / (norms[left] * norms[right]) > SERIES_COSINE)
    one, other = left[likely], right[likely]
    of_likely = sum_over_shared(every, {"words": without_figures}, one, other, compute)["words"]
    words_without_figures = np.zeros(left.size)
    words_without_figures[likely] = of_likely / (norms[one] * norms[other])
    figures = every.only(np.flatnonzero(is_figure))
    number = (terms.number & ~terms.year)[figures.keys]
    calendar = (terms.month | terms.weekday | terms.year)[figures.keys]
    of_figures = {
        "numbers": compute.backend.scale_to_unit(figures.starts, number * terms.idf()[figures.keys]),
        "calendar": compute.backend.scale_to_unit(figures.starts, calendar * terms.lead[is_figure]),
    }
    return {
        "similarity": (opening + first_part + words) / 3,
        "words_without_figures": words_without_figures,
        **sum_over_shared(figures, of_figures, left, right, compute),
    }


def _parts_of_text(terms: Terms, compute: Compute) -> F64:
    """The weights whose cosines make the similarity, of the opening, the first part and all words: float64[entries, 3].

    Collections have millions of entries, so few arrays of this length are held at once.
    """
    tf_idf = np.log1p(3 * terms.decayed_tf)
    tf_idf *= terms.idf()[terms.term]
    weights = np.empty((tf_idf.size, 3))
    for part, words in enumerate((OPENING, FIRST_PART, None)):
        own: F64 = tf_idf if words is None else tf_idf * among_first(terms, words)
        weights[:, part] = compute.backend.scale_to_unit(terms.starts, own)
    return weights


def among_first(terms: Terms, words: int) -> I8:
    """How often entries count in the similarity of first words: int8[entries].

    An entry counts once if it stands among so many first words behind the title, three times in the title, else not.
    """
    place = terms.first - np.repeat(terms.title_words.astype(np.int32), np.diff(terms.starts))
    count = (place < words).astype(np.int8)
    count[place < 0] += 2
    return count


def _neighbours(values: F64, left: I64, right: I64, rows: int) -> tuple[Bools, Bools]:
    """Which articles are neighbours: whether the right one is one of the left one, and the other way round."""
    least = least_of_neighbours(best_per_row(values, left, right, rows))
    return values >= least[left], values >= least[right]


def least_of_neighbours(best: F64) -> F64:
    """The least value that an article has with its neighbours. ``best``: its highest value with any, at least 0."""
    return np.maximum(NEIGHBOUR_SHARE * best, LEAST_NEIGHBOUR)


def _topic_words(terms: Terms, weighed: F64, left: I64, right: I64, compute: Compute) -> F64:
    """Cosine of terms weighted by how few of an article's neighbours have them; those that none has are left out."""
    of_left, of_right = _neighbours(weighed, left, right, terms.rows)
    neighbours = (
        1 + np.bincount(left[of_left], minlength=terms.rows) + np.bincount(right[of_right], minlength=terms.rows)
    )
    every = KeyLists.of_terms(terms)
    holders = 1 + count_sharing(every, left, right, of_left, of_right, compute)
    weights = topic_weights(terms, neighbours, holders, compute)
    return sum_over_shared(every, {"words": weights}, left, right, compute)["words"]


def topic_weights(terms: Terms, neighbours: I64, holders: I32, compute: Compute = SERIAL) -> F64:
    """Weights of entries by how few of an article's neighbours have them, of unit length per article: float64[entries].

    ``neighbours``: of each article, and itself, int64[rows]. ``holders``: how many of these have each entry.
    """
    rarity = np.log((np.repeat(neighbours, np.diff(terms.starts)) + 1) / holders) * (holders > 1)
    weight = np.log1p(3 * terms.decayed_tf) * np.sqrt(terms.idf())[terms.term] * rarity
    return compute.backend.scale_to_unit(terms.starts, weight)


def _shares(values: F64, left: I64, right: I64, rows: int) -> tuple[F64, F64]:
    """The share of the other article in what each article of a pair has in common with its neighbours."""
    of_left, of_right = _neighbours(values, left, right, rows)
    to_right, to_left = values * of_left, values * of_right
    total = np.bincount(left, to_right, rows) + np.bincount(right, to_left, rows) + NOISE
    return to_right / total[left], to_left / total[right]


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
    return second_order_cosine(dot, squares[left] - of_left, squares[right] - of_right)


def second_order_cosine(dot: F64, of_left: F64, of_right: F64) -> F64:
    """The second-order similarity from sums over the best neighbours of both articles: float64[pairs].

    ``dot``: of the products over those that both have. ``of_left``, ``of_right``: of the squares over those of each,
    without the other article; rounding may have left them below 0.
    """
    cosine: F64 = dot / (np.sqrt(np.maximum(of_left, 0) * np.maximum(of_right, 0)) + NOISE)
    return cosine
