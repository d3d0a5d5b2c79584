"""Stories of three real months of news, each in one collection, beside a simple baseline and beside doing nothing.

    python -m benchmarks.stories.desk [--write]

The labelled sets of ``benchmarks.stories.quality`` were collected around known events. Here a collection is every
article of a crawl of one month, with its dates, and more than half of the articles share their event with no other. A
language model that saw no program's output put them into stories. Contenders for each month:

``ours``: ``dedupe.cluster`` with its default settings.

``tfidf``: TF-IDF cosine of title and lead, times exp(-days / 7), and average linkage. Its threshold for a month is the
one with the best mean pair F1 over the *other* months; the labels of the month itself are not used.

``nothing``: every article is a story of its own. Its pair precision is given as 0, because it has no pairs.

Pair scores count pairs of articles in one story. Every score must agree with ../shared/tools/score_desk.py, if that is
available. Needs the extra ``fit``; takes less than a minute.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.common import bench_data, keep_figures, rows_of
from dedupe import Article, cluster
from dedupe.arrays import F64
from dedupe.evaluation import evaluate

MONTHS = "may2013", "oct2019", "jan2020"
CONTENDERS = "ours", "tfidf", "nothing"
THRESHOLDS = np.arange(10, 701) / 1000
"""Similarities at which the baseline may stop merging."""
LEAD, DAYS = 300, 7.0
"""The baseline reads this many words of an article; similarity falls by the factor e in this many days."""

Rows = list[dict[str, Any]]
Stories = dict[str, int]
"""Story of each article, by id."""


def by_program(rows: Rows) -> Stories:
    """Stories that ``dedupe cluster`` finds, with dates."""
    articles = [
        Article(row["id"], row["title"] or "", row["text"], row["source"], row["published_at"], row["url"])
        for row in rows
    ]
    return {row.id: row.story for row in cluster(articles).rows}


def merges(rows: Rows) -> F64:
    """All merges of the TF-IDF baseline, as scipy's linkage matrix: a distance is 1 less the similarity.

    The first words of title, title and text; sublinear counts, no English stop words, no terms in over half of the
    month's articles.
    """
    texts = [" ".join(f"{row['title']} {row['title']} {row['text']}".split()[:LEAD]) for row in rows]
    weight = TfidfVectorizer(sublinear_tf=True, stop_words="english", max_df=0.5).fit_transform(texts)
    day = np.array([row["published_at"][:10] for row in rows], "datetime64[D]").astype(np.float64)
    similarity = (weight @ weight.T).toarray() * np.exp(-np.abs(day[:, None] - day) / DAYS)
    return np.asarray(linkage(squareform(1 - similarity, checks=False), "average"))


def cut(rows: Rows, tree: F64, threshold: float) -> Stories:
    """Stories of the baseline: groups merged while the mean similarity across them is at least the threshold."""
    labels = fcluster(tree, 1 - threshold, "distance").tolist()
    return dict(zip((row["id"] for row in rows), labels, strict=True))


def pairs_in(groups: Iterable[Any]) -> int:
    """Number of pairs of articles with the same group."""
    return sum(comb(size, 2) for size in Counter(groups).values())


def scores(rows: Rows, stories: Stories) -> dict[str, float]:
    """Scores of stories against the labels, and how many stories of two or more and how many pairs there are.

    Six decimals: figures in the documentation are rounded once, to three.
    """
    gold = {row["id"]: row["cluster"] for row in rows}
    found = evaluate(gold, stories)
    right = pairs_in((gold[name], stories[name]) for name in gold)
    pairs = pairs_in(stories.values())
    return {
        "pair_precision": round(right / max(1, pairs), 6),
        "pair_recall": round(right / max(1, pairs_in(gold.values())), 6),
        "pair_f1": round(found.pair_f1, 6),
        "b3_f1": round(found.b3_f1, 6),
        "stories": sum(size > 1 for size in Counter(stories.values()).values()),
        "pairs": pairs,
    }


def check(gold: Path, month: str, stories: Stories, ours: dict[str, float]) -> None:
    """Stop if the independent scorer is available and does not agree."""
    scorer = bench_data().parent / "tools" / "score_desk.py"
    if not scorer.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        predicted = Path(folder) / "predicted.jsonl"
        lines = [json.dumps({"id": name, "story": story}) for name, story in stories.items()]
        predicted.write_text("\n".join(lines), encoding="utf-8")
        command = [sys.executable, str(scorer), str(gold), str(predicted), month]
        theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if any(abs(theirs[name] - value) > 0.000051 for name, value in ours.items() if name != "stories"):
        sys.exit(f"dedupe.evaluation and {scorer.name} disagree on {month}: {ours} and {theirs}")


def main() -> None:
    gold = bench_data() / "stories_desk.jsonl.gz"
    articles = rows_of(gold)
    months = {month: [row for row in articles if row["month"] == month] for month in MONTHS}
    trees = {month: merges(rows) for month, rows in months.items()}
    f1 = {
        month: np.array([scores(rows, cut(rows, trees[month], at))["pair_f1"] for at in THRESHOLDS.tolist()])
        for month, rows in months.items()
    }
    figures: dict[str, Any] = {}
    for month, rows in months.items():
        others = np.mean([f1[other] for other in MONTHS if other != month], axis=0)
        threshold = float(THRESHOLDS[np.argmax(others)])
        stories = {
            "ours": by_program(rows),
            "tfidf": cut(rows, trees[month], threshold),
            "nothing": {row["id"]: number for number, row in enumerate(rows)},
        }
        labels = Counter(row["cluster"] for row in rows)
        figures[month] = {
            "articles": len(rows),
            "gold_stories": sum(size > 1 for size in labels.values()),
            "gold_pairs": pairs_in(row["cluster"] for row in rows),
            "tfidf_threshold": threshold,
        }
        for name in CONTENDERS:
            figures[month][name] = scores(rows, stories[name])
            check(gold, month, stories[name], figures[month][name])
    mean = {
        name: {
            score: round(float(np.mean([figures[month][name][score] for month in MONTHS])), 6)
            for score in ("pair_precision", "pair_recall", "pair_f1", "b3_f1")
        }
        for name in CONTENDERS
    }
    keep_figures("desk", {"months": figures, "mean": mean}, "--write" in sys.argv)


if __name__ == "__main__":
    main()
