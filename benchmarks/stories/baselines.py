"""Simple ways to find the stories of a month, which the program is compared with.

Each gives the similarity of all pairs of articles. Groups are merged by average linkage, and one threshold says where
merging stops. Needs the extra ``fit``.

``lead_similarity``: TF-IDF cosine of title and lead, falling with the days between.

``mixed_similarity``: the mean cosine of three lengths of text, falling with the days between, and whether two articles
are alike to the same others. It was the best of some twenty ways to combine cosines.

``learned_similarity``: a logistic regression over plain columns of a pair, fitted on other months.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dedupe.arrays import F64

Rows = Sequence[dict[str, Any]]

LEAD = 300
LENGTHS = 60, 300, 2_000
"""Words of an article that are read, with its title twice in front."""
DAYS = 7.0
"""Similarity falls by the factor e in this many days."""
NEIGHBOURS, SECOND_ORDER = 15, 0.3
"""Two articles are compared by their values with so many of their best neighbours; the weight of that."""

FARTHEST = 2.0
"""A distance above every similarity."""


def cosines(texts: Sequence[str]) -> F64:
    """TF-IDF cosine of all pairs: sublinear counts, no English stop words, no terms in over half of the articles."""
    weights = TfidfVectorizer(sublinear_tf=True, stop_words="english", max_df=0.5).fit_transform(texts)
    return np.asarray((weights @ weights.T).toarray())


def opening(row: dict[str, Any], words: int) -> str:
    """The first words of an article, with its title twice in front."""
    return " ".join(f"{row['title']} {row['title']} {row['text']}".split()[:words])


def days_between(rows: Rows) -> F64:
    """Days between all pairs of articles."""
    day = np.array([row["published_at"][:10] for row in rows], "datetime64[D]").astype(np.float64)
    return np.abs(day[:, None] - day)


def lead_similarity(rows: Rows) -> F64:
    """Cosine of title and lead, times exp(-days / DAYS)."""
    return cosines([opening(row, LEAD) for row in rows]) * np.exp(-days_between(rows) / DAYS)


def mean_similarity(rows: Rows) -> F64:
    """Mean of the cosines of LENGTHS, times exp(-days / DAYS)."""
    found = [cosines([opening(row, words) for row in rows]) for words in LENGTHS]
    return np.mean(found, axis=0) * np.exp(-days_between(rows) / DAYS)


def second_order(similarity: F64) -> F64:
    """Cosine of the similarities that two articles have with their NEIGHBOURS best neighbours."""
    values = similarity.copy()
    np.fill_diagonal(values, 0.0)
    values[values < np.partition(values, -NEIGHBOURS, axis=1)[:, [-NEIGHBOURS]]] = 0.0
    values /= np.linalg.norm(values, axis=1, keepdims=True) + 1e-9
    return np.asarray(values @ values.T)


def mixed_similarity(rows: Rows) -> F64:
    """Mean similarity and SECOND_ORDER times the second-order similarity."""
    mean = mean_similarity(rows)
    return mean + SECOND_ORDER * second_order(mean)


def pair_columns(rows: Rows) -> F64:
    """Plain columns of all pairs, float64[articles, articles, columns]: cosines, each also less the best of both
    articles; second order; days."""
    days = days_between(rows)
    of_parts = [cosines([row["title"] or "" for row in rows])]
    of_parts += [cosines([opening(row, words) for row in rows]) for words in LENGTHS]
    columns = []
    for cosine in of_parts:
        near = cosine * np.exp(-days / DAYS)
        best = (near - np.diag(np.diag(near))).max(axis=1)
        columns += [cosine, near, near - (best[:, None] + best) / 2]
    return np.stack([*columns, second_order(mean_similarity(rows)), np.log1p(days), days], axis=-1)


def learned_similarity(columns: F64, known: Sequence[tuple[F64, F64]]) -> F64:
    """Probability that two articles share a story, by a logistic regression.

    ``known``: for each month it is fitted on, the ``pair_columns`` and whether each pair shares a story.
    """
    above = [np.triu_indices(len(right), 1) for _, right in known]
    features = np.concatenate([of_month[pairs] for (of_month, _), pairs in zip(known, above, strict=True)])
    right = np.concatenate([of_month[pairs] for (_, of_month), pairs in zip(known, above, strict=True)])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000)).fit(features, right)
    shape = columns.shape[:2]
    return np.asarray(model.predict_proba(columns.reshape(-1, columns.shape[-1]))[:, 1]).reshape(shape)


def merges(similarity: F64) -> F64:
    """All merges by average linkage, as scipy's linkage matrix: a distance is FARTHEST less a similarity."""
    distance = FARTHEST - similarity
    np.fill_diagonal(distance, 0.0)
    return np.asarray(linkage(squareform(distance, checks=False), "average"))


def cut(tree: F64, threshold: float) -> list[int]:
    """Groups that were merged while the mean similarity across them was at least ``threshold``: one of each article."""
    return fcluster(tree, FARTHEST - threshold, "distance").tolist()
