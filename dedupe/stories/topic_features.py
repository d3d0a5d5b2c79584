"""measure_topics → what speaks for one event in each pair of texts on one topic.

A dozen texts on one topic leave no crowd that says what is ordinary. So how alike two texts are is taken relative to
how alike they are to all others. Texts on other topics would be the wrong measure: beside them, two reports of two
summits look alike. So topics are found first, and the texts of each are measured among themselves.
"""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I32, I64
from dedupe.kernels import SERIAL, Compute
from dedupe.stories.candidates import CandidatePairs
from dedupe.stories.series import measure_series_features
from dedupe.stories.sparse import Columns, KeyLists, best_per_row, count_sharing, scale_to_unit, sum_over_shared
from dedupe.text.terms import Terms

MOST_TEXTS = 60
"""Collections of up to this many texts are measured so. At 60 they come out as well as if they were large or better,
but for Multi-News events and unrelated political reports (benchmarks/stories/sizes.py)."""

LEAST_OF_GROUP, MOST_OF_GROUP = 4, 10
"""In larger collections, groups of so many texts loosely joined are measured so too: two alike events have four texts
or more. With 12 sets left out and events in company (benchmarks/stories/in_company.py) come out the same."""


def measure_topic_features(words: Terms, topic: I64, compute: Compute = SERIAL) -> tuple[CandidatePairs, Columns]:
    """The pairs of texts on one topic, and their features among the texts of that topic. ``topic`` of each row:
    int64[rows], 0 or more. Only how rare a term is is told by the whole collection.

    Each kind of wording is compared by cosine, and then seen relative to the topic: ``…_of_best``, as a share of the
    higher of the two texts' best cosines, ``…_of_lesser_best``, of the lower; ``…_beyond_average``, less what the two
    texts have with the others on average (double centring, as in classical scaling; Torgerson 1952).
    """
    texts = np.bincount(topic, minlength=1)[topic]
    left, right = _pairs_inside(topic)
    columns: Columns = {}
    for name, alike in _cosines(words, texts, left, right, compute).items():
        columns[name] = alike
        best = best_per_row(alike, left, right, words.rows)
        columns[f"{name}_of_best"] = alike / np.maximum(np.maximum(best[left], best[right]), 1e-9)
        columns[f"{name}_of_lesser_best"] = alike / np.maximum(np.minimum(best[left], best[right]), 1e-9)
        columns[f"{name}_beyond_average"] = _centred(alike, left, right, topic, texts)
    length = np.log1p(words.words.astype(np.float64))
    columns["words_of_shorter"] = np.minimum(length[left], length[right])
    columns["times_longer"] = np.abs(length[left] - length[right])
    return CandidatePairs(left, right, {}), columns | measure_series_features(words, left, right, compute)


def _pairs_inside(topic: I64) -> tuple[I64, I64]:
    """All pairs of rows on one topic, ``left < right``, sorted."""
    order = np.argsort(topic, kind="stable")
    place = np.argsort(order, kind="stable")
    ends = np.cumsum(np.bincount(topic, minlength=1))[topic]
    after = ends - place - 1
    left = np.repeat(np.arange(topic.size), after)
    step = np.arange(left.size) - np.repeat(np.cumsum(after) - after, after) + 1
    return left, order[place[left] + step]


def _cosines(words: Terms, texts: I64, left: I64, right: I64, compute: Compute) -> Columns:
    """Cosine of each pair, by each kind of wording. ``texts`` on the topic of each row."""
    compared = np.flatnonzero(np.repeat(texts > 1, np.diff(words.starts)))
    lists = KeyLists.of_terms(words).only(compared)
    everywhere = np.ones(left.size, bool)
    holders = 1 + count_sharing(lists, left, right, everywhere, everywhere, compute)
    shared = np.flatnonzero(holders > 1)
    weights = _weights(words, compared, texts, holders)
    of_shared = {name: scale_to_unit(lists.starts, weight)[shared] for name, weight in weights.items()}
    return sum_over_shared(lists.only(shared), of_shared, left, right, compute)


def _weights(words: Terms, entries: I64, texts: I64, holders: I32) -> Columns:
    """Weights of some entries for each kind of wording. ``texts`` on the topic of each row; ``holders``: those of them
    that have the term of each entry."""
    owned, decayed_tf, lead = words.term[entries], words.decayed_tf[entries], words.lead[entries]
    rare, often = words.idf()[owned], np.log1p(3 * decayed_tf)
    number, calendar = words.number[owned], (words.month | words.weekday)[owned]
    name = words.is_name[entries] & ~number & ~calendar
    dividing = np.log((texts[words.owner[entries]] + 1.5) / holders)
    return {
        "words": often * rare,
        "rare_words": often * rare**2,
        "lead": lead * rare,
        "rare_lead": lead * rare**2,
        "names": name * often * rare,
        "numbers": number * rare,
        "days_and_months": calendar.astype(np.float64),
        "topic_conditioned_words": often * rare * dividing,
        "topic_conditioned_shared_words": np.minimum(1, 2 * decayed_tf) * rare * dividing * (holders > 1),
        "topic_conditioned_names": name * often * rare * dividing,
        "topic_conditioned_shared_names": name * rare * dividing * (holders > 1),
    }


def _centred(alike: F64, left: I64, right: I64, topic: I64, texts: I64) -> F64:
    """Similarities less the row and column means of the others on a topic, plus the mean of all; 0 below four texts."""
    total = np.bincount(left, alike, topic.size) + np.bincount(right, alike, topic.size)
    mean = total / np.maximum(texts - 1, 1)
    of_topic = (np.bincount(topic, mean) / np.maximum(np.bincount(topic), 1))[topic]
    return np.where(texts[left] < 4, 0.0, alike - mean[left] - mean[right] + of_topic[left])
