"""Sagas of three real months of news, beside simple baselines.

    python -m benchmarks.stories.sagas [--write]

Sagas of the desk are labelled beside its events. An article without a saga is labelled by its event: it belongs together
with the reports of that and with nothing else. Contenders for each month:

``left_out``: the whole program with a model that was fitted without this month.

``tfidf``: articles, not stories, merged by TF-IDF cosine of title and lead, as in ``benchmarks.stories.baselines`` but
whatever the days between. The threshold is the one with the best sum of pair F1 and B-cubed F1 over the *other* months;
``tfidf_at_best`` has the one that is best for the month.

``stories``: every story of ``left_out`` is a saga of its own. ``events``: so is every labelled event.

Needs the extra ``fit``; takes about two minutes.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from benchmarks.common import bench_data, goal, keep_figures
from benchmarks.corpora import MONTHS, articles_of, read_part, read_pool
from benchmarks.fitting.stories import COMPUTE, cluster_by, fit, topics_of
from benchmarks.stories import baselines
from benchmarks.stories.desk import THRESHOLDS, Rows, pairs_in
from dedupe import Settings
from dedupe.evaluation import evaluate

Groups = dict[str, Any]
"""What each article belongs to, by id."""

LEAST_PRECISION = 0.8


def labels_of(rows: Rows) -> Groups:
    """The saga of each article, or else its event."""
    return {row["id"]: ("saga", row["saga"]) if row["saga"] else ("event", row["cluster"]) for row in rows}


def scores(rows: Rows, found: Groups) -> dict[str, float]:
    """Scores of groups of articles against the labels."""
    gold = labels_of(rows)
    right = pairs_in((gold[name], found[name]) for name in gold)
    judged = evaluate(gold, found)
    return {
        "pair_precision": round(right / max(1, pairs_in(found.values())), 6),
        "pair_recall": round(right / max(1, pairs_in(gold.values())), 6),
        "pair_f1": round(judged.pair_f1, 6),
        "b3_f1": round(judged.b3_f1, 6),
        "groups": len(set(found.values())),
    }


def by_baseline(months: dict[str, Rows]) -> dict[str, dict[str, dict[str, float]]]:
    """Scores of the baseline in each month, with a threshold of the other months and with its own best."""
    tried: dict[str, list[dict[str, float]]] = {}
    for month, rows in months.items():
        tree = baselines.merges(baselines.cosines([baselines.opening(row, baselines.LEAD) for row in rows]))
        names = [row["id"] for row in rows]
        cuts = (baselines.cut(tree, threshold) for threshold in THRESHOLDS.tolist())
        tried[month] = [scores(rows, dict(zip(names, labels, strict=True))) for labels in cuts]
    sums = {month: np.array([one["pair_f1"] + one["b3_f1"] for one in some]) for month, some in tried.items()}

    def at(month: str, chosen: list[str]) -> dict[str, float]:
        return tried[month][int(np.argmax(sum(sums[other] for other in chosen)))]

    return {
        month: {
            "tfidf": at(month, [other for other in months if other != month]),
            "tfidf_at_best": at(month, [month]),
        }
        for month in months
    }


def main() -> None:
    """Measure every month."""
    pool = read_pool(bench_data(), COMPUTE)
    months = {month: read_part(bench_data(), month) for month in MONTHS}
    figures: dict[str, Any] = {}
    goals: dict[str, Any] = {}
    for month, of_baseline in by_baseline(months).items():
        rows = months[month]
        model = fit(pool, topics_of(pool), [other for other in MONTHS if other != month])
        found = cluster_by(model, articles_of(rows), Settings(sagas=True)).rows
        own = scores(rows, {row.id: row.saga for row in found})
        figures[month] = {
            "articles": len(rows),
            "sagas": len({row["saga"] for row in rows if row["saga"]}),
            "least_cosine": model.saga.least_cosine,
            "left_out": own,
            **of_baseline,
            "stories": scores(rows, {row.id: row.story for row in found}),
            "events": scores(rows, {row["id"]: row["cluster"] for row in rows}),
        }
        goals[f"{month}: pair precision"] = goal(own["pair_precision"], least=LEAST_PRECISION)
        for score in ("pair_f1", "b3_f1"):
            best = max(figures[month][name][score] for name in ("tfidf", "stories"))
            goals[f"{month}: {score} beyond baseline and stories"] = goal(own[score] - best, least=0.0)
    keep_figures("sagas", {"goals": goals, "months": figures}, "--write" in sys.argv)


if __name__ == "__main__":
    main()
