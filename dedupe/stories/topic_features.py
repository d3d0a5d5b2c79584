"""Pair features of texts on one topic: the features that small collections, and small groups, are scored by.

A dozen texts are too few to tell which words are ordinary, so the similarity of two texts is measured relative to their
similarity with all others. Texts on other topics would distort that measure: beside them, two reports of two summits
look alike. So topics are found first, and the texts of each topic are measured among themselves.
"""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I32, I64
from dedupe.kernels import SERIAL, Compute, ranges, rank_within
from dedupe.stories.candidates import CandidatePairs
from dedupe.stories.series import measure_series_features
from dedupe.stories.sparse import Columns, KeyLists, best_per_row, count_sharing, scale_to_unit, sum_over_shared
from dedupe.text.terms import Terms

MOST_TEXTS = 60
"""Collections of up to this many texts are scored by these features. With 60 texts they score at least as well as with
the large model, except for Multi-News events and unrelated political reports (benchmarks/stories/sizes.py)."""

LEAST_OF_GROUP, MOST_OF_GROUP = 4, 10
"""In larger collections, loosely joined groups of this many texts are scored by these features too; two similar events
have at least four texts. With a maximum of 12, held-out sets and events among other articles
(benchmarks/stories/in_company.py) score the same."""


def measure_topic_features(words: Terms, topic: I64, compute: Compute = SERIAL) -> tuple[CandidatePairs, Columns]:
    """All pairs of texts on one topic, and their features, each measured among the texts of that topic.

    ``topic``: topic of each row, int64[rows], 0 or more. Only idf is taken from the whole collection.

    Each similarity is a cosine of weighted terms (``_weights`` lists them) and gives four columns: the cosine itself;
    ``…_of_best``, the cosine as a share of the higher of the two texts' best cosines; ``…_of_lesser_best``, as a share
    of the lower one; and ``…_beyond_average``, the cosine less the mean cosines of both texts with the others (double
    centring, as in classical scaling; Torgerson 1952). Text lengths and the features of ``series`` are added.
    Returns float64[pairs] each.
    """
    texts = np.bincount(topic, minlength=1)[topic]
    left, right = _pairs_inside(topic, texts)
    columns: Columns = {}
    for name, cosine in _cosines(words, texts, left, right, compute).items():
        columns[name] = cosine
        best = best_per_row(cosine, left, right, words.rows)
        columns[f"{name}_of_best"] = cosine / np.maximum(np.maximum(best[left], best[right]), 1e-9)
        columns[f"{name}_of_lesser_best"] = cosine / np.maximum(np.minimum(best[left], best[right]), 1e-9)
        columns[f"{name}_beyond_average"] = _double_centred(cosine, left, right, topic, texts)
    length = np.log1p(words.words.astype(np.float64))
    columns["words_of_shorter"] = np.minimum(length[left], length[right])
    columns["times_longer"] = np.abs(length[left] - length[right])
    return CandidatePairs(left, right, {}), columns | measure_series_features(words, left, right, compute)


def _pairs_inside(topic: I64, texts: I64) -> tuple[I64, I64]:
    """All pairs of rows on one topic, ``left < right``, sorted. ``texts``: number of texts on the topic of each row."""
    by_topic = np.argsort(topic, kind="stable")
    place = np.argsort(by_topic, kind="stable")
    later = texts - 1 - rank_within(topic, by_topic)
    return np.repeat(np.arange(topic.size), later), by_topic[ranges(place + 1, later)]


def _cosines(words: Terms, texts: I64, left: I64, right: I64, compute: Compute) -> Columns:
    """Cosine of each pair, by each kind of term weight. ``texts``: number of texts on the topic of each row."""
    compared = np.flatnonzero(np.repeat(texts > 1, np.diff(words.starts)))
    lists = KeyLists.of_terms(words).only(compared)
    everywhere = np.ones(left.size, bool)
    holders = 1 + count_sharing(lists, left, right, everywhere, everywhere, compute)
    shared = np.flatnonzero(holders > 1)
    weights = _weights(words, compared, texts, holders)
    of_shared = {name: scale_to_unit(lists.starts, weight)[shared] for name, weight in weights.items()}
    return sum_over_shared(lists.only(shared), of_shared, left, right, compute)


def _weights(words: Terms, entries: I64, texts: I64, holders: I32) -> Columns:
    """Term weights of some entries, by the name of the similarity they are for: float64[entries] each.

    ``texts``: number of texts on the topic of each row. ``holders``: how many of them have the term of each entry.
    """
    term, decayed_tf, lead = words.term[entries], words.decayed_tf[entries], words.lead[entries]
    idf, tf = words.idf()[term], np.log1p(3 * decayed_tf)
    number, calendar = words.number[term], (words.month | words.weekday)[term]
    name = words.is_name[entries] & ~number & ~calendar
    topic_idf = np.log((texts[words.owner[entries]] + 1.5) / holders)
    return {
        "words": tf * idf,
        "rare_words": tf * idf**2,
        "lead": lead * idf,
        "rare_lead": lead * idf**2,
        "names": name * tf * idf,
        "numbers": number * idf,
        "days_and_months": calendar.astype(np.float64),
        "topic_conditioned_words": tf * idf * topic_idf,
        "topic_conditioned_shared_words": np.minimum(1, 2 * decayed_tf) * idf * topic_idf * (holders > 1),
        "topic_conditioned_names": name * tf * idf * topic_idf,
        "topic_conditioned_shared_names": name * idf * topic_idf * (holders > 1),
    }


def _double_centred(cosine: F64, left: I64, right: I64, topic: I64, texts: I64) -> F64:
    """Cosines less the means of either text with the others on its topic, plus the mean of all pairs: float64[pairs].

    0 on topics of fewer than four texts.
    """
    total = np.bincount(left, cosine, topic.size) + np.bincount(right, cosine, topic.size)
    mean = total / np.maximum(texts - 1, 1)
    of_topic = (np.bincount(topic, mean) / np.maximum(np.bincount(topic), 1))[topic]
    return np.where(texts[left] < 4, 0.0, cosine - mean[left] - mean[right] + of_topic[left])
