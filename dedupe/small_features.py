"""measure_small → what speaks for one event in each pair of a small collection.

A dozen texts on one topic leave no crowd that says what is ordinary. So how alike two texts are is taken relative to
how alike they are to all others. Texts on other topics would be the wrong measure: beside them, two reports of two
summits look alike. So topics are found first, and the texts of each are measured among themselves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dedupe.story_pairs import Pairs, lengths
from dedupe.terms import Terms

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Columns = dict[str, F64]

MOST_TEXTS = 60
"""Collections of up to this many texts are measured so. At 60 they come out as well as by ``story_features`` or better,
but for Multi-News events and unrelated political reports (benchmarks/story_sizes.py)."""


def measure_small(words: Terms) -> Columns:
    """Features of all pairs of a small collection, in the order of ``np.triu_indices(rows, 1)``.

    Each kind of wording is compared by cosine, and then seen relative to the collection: ``…_of_best``, as a share of
    the higher of the two texts' best cosines, ``…_of_lesser_best``, of the lower; ``…_beyond_average``, less what the
    two texts have with the others on average (double centring, as in classical scaling; Torgerson 1952).
    """
    left, right = np.triu_indices(words.rows, 1)
    columns: Columns = {}
    for name, weight in _weights(words).items():
        alike = _cosines(words, weight)
        columns[name] = alike[left, right]
        best = alike.max(axis=1, initial=0.0)
        columns[f"{name}_of_best"] = columns[name] / np.maximum(np.maximum(best[left], best[right]), 1e-9)
        columns[f"{name}_of_lesser_best"] = columns[name] / np.maximum(np.minimum(best[left], best[right]), 1e-9)
        columns[f"{name}_beyond_average"] = _centred(alike)[left, right]
    length = np.log1p(words.words.astype(np.float64))
    columns["words_of_shorter"] = np.minimum(length[left], length[right])
    columns["times_longer"] = np.abs(length[left] - length[right])
    return columns


def measure_topics(words: Terms, topic: I64) -> tuple[Pairs, Columns]:
    """The pairs of texts on one topic, by left and right, and their features among the texts of that topic.
    ``topic`` of each row: int64[rows]."""
    left, right = np.triu_indices(words.rows, 1)
    same = topic[left] == topic[right]
    left, right = left[same].astype(np.int64), right[same].astype(np.int64)
    columns = {name: np.zeros(left.size) for name in measure_small(words.take(np.arange(0)))}
    for number in np.unique(topic[left]).tolist():
        of_topic = measure_small(words.take(np.flatnonzero(topic == number)))
        for name, values in of_topic.items():
            columns[name][topic[left] == number] = values
    return Pairs(left, right, {}), columns


def _weights(words: Terms) -> Columns:
    """Weights of the entries for each kind of wording."""
    owned = words.term
    rare, often = words.rarity()[owned], np.log1p(3 * words.faded)
    number, calendar = words.number[owned], (words.month | words.weekday)[owned]
    name = words.is_name & ~number & ~calendar
    holders = words.in_articles[owned]
    dividing = np.log((words.rows + 1.5) / holders)
    return {
        "words": often * rare,
        "rare_words": often * rare**2,
        "lead": words.lead * rare,
        "rare_lead": words.lead * rare**2,
        "names": name * often * rare,
        "numbers": number * rare,
        "days_and_months": calendar.astype(np.float64),
        "dividing_words": often * rare * dividing,
        "dividing_shared_words": np.minimum(1, 2 * words.faded) * rare * dividing * (holders > 1),
        "dividing_names": name * often * rare * dividing,
        "dividing_shared_names": name * rare * dividing * (holders > 1),
    }


def _cosines(words: Terms, weight: F64) -> F64:
    """Cosine of every text with every other, float64[rows, rows], 0 on the diagonal."""
    dense = np.zeros((words.rows, len(words.vocabulary)))
    dense[words.owner, words.term] = weight
    dense = dense[:, words.in_articles > 1]
    length = lengths(words.starts, weight)
    alike: F64 = dense @ dense.T / np.maximum(np.outer(length, length), 1e-12)
    np.fill_diagonal(alike, 0.0)
    return alike


def _centred(alike: F64) -> F64:
    """Similarities less the row and column means of the others, plus the mean of all; 0 below four texts."""
    rows = alike.shape[0]
    if rows < 4:
        return np.zeros_like(alike)
    mean = alike.sum(axis=1) / (rows - 1)
    centred: F64 = alike - mean[:, None] - mean[None, :] + alike.sum() / (rows * (rows - 1))
    return centred
