"""What the texts of one group have in common, measured among themselves.

A group that was joined in a large collection may still be two events of one kind: two summits, two storms. What all its
texts share says nothing about that. So the group is measured as if it were the whole collection: how rare a term is
among its texts, and how much more alike two texts are than either is to the others. Nothing outside the group counts,
so that company does not change the answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I64, U32
from dedupe.kernels import SERIAL, Compute, ranges, rank_within
from dedupe.stories.sparse import Columns, KeyLists, count_sharing, sum_over_shared, symmetric_lists
from dedupe.stories.times import days_apart
from dedupe.text.terms import Terms

LEAST_TO_CENTRE = 4
"""Groups of fewer texts have no ``…_beyond_average``: too few others are left to take a mean of."""

LEAST_OTHERS = 3
"""A correlation over fewer values says nothing."""

LEAST_SPREAD = 1e-4
"""Added to the spread of cosines, so that differences of rounding are no correlation."""


@dataclass(frozen=True, slots=True)
class InnerPairs:
    """All pairs of texts of one group, for several groups: int64[pairs], ``left < right``, sorted, with columns."""

    left: I64
    right: I64
    columns: Columns


def measure_inner(
    words: Terms, group: I64, day: F64, far_days: float = math.inf, compute: Compute = SERIAL
) -> InnerPairs:
    """Measure all pairs of texts of one group, each within its group.

    ``group``: int64[rows], 0 or more. ``day``: of each text, float64[rows], NaN if unknown. ``far_days``: the days
    beyond which further ones do not count. The columns, float64[pairs], are cosines: ``names``, ``numbers``,
    ``calendar`` (months, weekdays and years) and ``topic_words`` (words weighted by how few of the group have them);
    ``words_beyond_average``, ``names_beyond_average`` and ``calendar_beyond_average``, a cosine less the mean cosines
    of both texts with the others (double centring; Torgerson 1952); ``second_order``, the correlation of the cosines
    that both texts have with all others; ``days_apart``, the logarithm of 1 + days, 0 where either day is unknown; and
    ``words_of_shorter``, the logarithm of the words of the shorter text.
    """
    texts = np.bincount(group, minlength=1)[group]
    left, right = _pairs_inside(group, texts)
    cosines = _cosines(words, texts, left, right, compute)
    of_words = cosines.pop("words")
    centred = {"words": of_words, "names": cosines["names"], "calendar": cosines["calendar"]}
    beyond = {f"{name}_beyond_average": _double_centred(c, left, right, group, texts) for name, c in centred.items()}
    length = np.log1p(words.words.astype(np.float64))
    return InnerPairs(
        left,
        right,
        cosines
        | beyond
        | {
            "second_order": _second_order(of_words, left, right, group.size, compute),
            "days_apart": np.log1p(np.minimum(far_days, days_apart(day, left, right))),
            "words_of_shorter": np.minimum(length[left], length[right]),
        },
    )


def _pairs_inside(group: I64, texts: I64) -> tuple[I64, I64]:
    """All pairs of rows of one group, ``left < right``, sorted. ``texts``: number of texts in the group of each row."""
    by_group = np.argsort(group, kind="stable")
    place = np.argsort(by_group, kind="stable")
    later = texts - 1 - rank_within(group, by_group)
    return np.repeat(np.arange(group.size), later), by_group[ranges(place + 1, later)]


def _cosines(words: Terms, texts: I64, left: I64, right: I64, compute: Compute) -> Columns:
    """Cosine of each pair, by each kind of term weight. ``texts``: number of texts in the group of each row."""
    compared = np.flatnonzero(np.repeat(texts > 1, np.diff(words.starts)))
    lists = KeyLists.of_terms(words).only(compared)
    everywhere = np.ones(left.size, bool)
    holders = 1 + count_sharing(lists, left, right, everywhere, everywhere, compute).astype(np.int64)
    term, of_group = words.term[compared], texts[words.owner[compared]]
    idf = inverse_frequency(words, term, of_group, holders)
    tf = np.log1p(3 * words.decayed_tf[compared])
    number, calendar = (words.number & ~words.year)[term], (words.month | words.weekday | words.year)[term]
    weights = {
        "words": tf * idf,
        "names": (words.is_name[compared] & ~number & ~calendar) * tf * idf,
        "numbers": number * idf,
        "calendar": calendar * words.lead[compared],
        "topic_words": tf * np.sqrt(idf) * np.log((of_group + 1) / holders),
    }
    shared = np.flatnonzero(holders > 1)
    # Terms that no other text of the group has say nothing about its events, only how much else a text has to say.
    weights["topic_words"] *= holders > 1
    of_shared = {name: compute.backend.scale_to_unit(lists.starts, weight)[shared] for name, weight in weights.items()}
    return sum_over_shared(lists.only(shared), of_shared, left, right, compute)


def inverse_frequency(words: Terms, term: U32, texts: I64, holders: I64) -> F64:
    """Inverse document frequency of terms in general news and one group of texts together, float64[terms].

    ``texts``: how many texts the group has; ``holders``: how many of them have each term.
    """
    idf: F64 = np.log((words.news_articles + texts + 1) / (words.in_news[term] + holders + 0.5))
    return idf


def _double_centred(cosine: F64, left: I64, right: I64, group: I64, texts: I64) -> F64:
    """Cosines less the means of either text with the others of its group, plus the mean of all pairs: float64[pairs].

    0 in groups of fewer than LEAST_TO_CENTRE texts.
    """
    total = np.bincount(left, cosine, group.size) + np.bincount(right, cosine, group.size)
    mean = total / np.maximum(texts - 1, 1)
    of_group = (np.bincount(group, mean) / np.maximum(np.bincount(group), 1))[group]
    centred = cosine - mean[left] - mean[right] + of_group[left]
    return np.where(texts[left] < LEAST_TO_CENTRE, 0.0, centred)


def _second_order(cosine: F64, left: I64, right: I64, rows: int, compute: Compute) -> F64:
    """Correlation of the cosines that two texts have with all others of the group: float64[pairs].

    A correlation, because the cosines of long texts are all high. 0 where there are fewer than LEAST_OTHERS others.
    """
    lists, pair = symmetric_lists(left, right, rows)
    dot = sum_over_shared(lists, {"cosine": cosine[pair]}, left, right, compute)["cosine"]
    total = np.bincount(left, cosine, rows) + np.bincount(right, cosine, rows)
    squares = np.bincount(left, cosine**2, rows) + np.bincount(right, cosine**2, rows)
    others = np.diff(lists.starts)[left] - 1
    count = np.maximum(others, 1)
    one, other = total[left] - cosine, total[right] - cosine
    spread = np.maximum(squares[left] - cosine**2 - one**2 / count, 0)
    spread *= np.maximum(squares[right] - cosine**2 - other**2 / count, 0)
    correlation = (dot - one * other / count) / (np.sqrt(spread) + LEAST_SPREAD)
    return np.where(others >= LEAST_OTHERS, correlation, 0.0)
