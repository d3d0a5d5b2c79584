"""Story scores of each labelled set, by a model that was fitted without it and by the shipped model.

    python -m benchmarks.stories.leave_one_out [--write]

Scores are B-cubed precision, recall and F1, adjusted Rand index and, for ECB+, the share of confusable pairs merged, of
the whole program, with dates and without. Of ECB+, a third of the topics at a time is left out of the fit: the whole set
is clustered, and the topics left out are scored. The Vietnamese set is in no fit. For the sets gathered from links, F1 is
also given among the pages that report the event they are listed under (off_event.json). Needs the extra ``fit``; takes
about two minutes.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.common import ROOT, bench_data, goal, keep_figures
from benchmarks.corpora import MONTHS, SETS, articles_of, read_part, read_pool
from benchmarks.fitting.stories import COMPUTE, WHOLE_SETS, cluster_by, fit, topic_folds, topics_of
from dedupe.evaluation import evaluate
from dedupe.stories.models import StoryModel, load_model

KEPT = "b3_precision", "b3_recall", "b3_f1", "ari", "confusable_merged"

Rows = list[dict[str, Any]]
Judge = tuple[StoryModel, list[str] | None]
"""A model, and the topics that it may be judged by, if not by all."""


def scores(rows: Rows, stories: dict[str, Any]) -> dict[str, float]:
    """Scores of stories against the labels."""
    topic = {row["id"]: row["topic"] for row in rows if row.get("topic")}
    found = evaluate({row["id"]: row["cluster"] for row in rows}, stories, topic)
    return {name: round(value, 4) for name in KEPT if (value := getattr(found, name)) is not None}


def judged(rows: Rows, judges: list[Judge], dated: bool, off_event: set[str]) -> dict[str, float]:
    """Scores of a set, each row by the model that may be judged by its topic."""
    stories: dict[str, Any] = {}
    for number, (model, topics) in enumerate(judges):
        found = cluster_by(model, articles_of(rows, dated)).rows
        stories |= {
            row["id"]: (number, one.story)
            for row, one in zip(rows, found, strict=True)
            if topics is None or f"ecb {row['topic']}" in topics
        }
    figures = scores(rows, stories)
    if off_event:
        figures["b3_f1_of_reports"] = scores([row for row in rows if row["id"] not in off_event], stories)["b3_f1"]
    return figures


def main() -> None:
    """Measure every set by every model."""
    pool = read_pool(bench_data(), COMPUTE)
    topics, shipped = topics_of(pool), [(load_model(), None)]
    left_out: dict[str, list[Judge]] = {
        name: [(fit(pool, topics, MONTHS, sets=[other for other in WHOLE_SETS if other != name]), None)]
        for name in WHOLE_SETS
    }
    left_out["ecb"] = [(fit(pool, known, MONTHS), unknown) for known, unknown in topic_folds(pool)]
    off_event = json.loads((ROOT / "benchmarks" / "stories" / "off_event.json").read_text(encoding="utf-8"))
    figures: dict[str, Any] = {}
    for name in SETS:
        rows = read_part(bench_data(), name)
        for label, judges in (("left out", left_out.get(name)), ("shipped model", shipped)):
            for dated in (True, False) if any(row.get("published_at") for row in rows) else (False,):
                if judges:
                    found = judged(rows, judges, dated, set(off_event.get(name, ())))
                    figures[f"{name}, {label}, {'dated' if dated else 'undated'}"] = found
    for label in ("left out", "shipped model"):
        of_sets = [figures[f"{name}, {label}, undated"] for name in SETS if name in left_out]
        figures[f"mean F1, {label}, undated"] = round(sum(one["b3_f1"] for one in of_sets) / len(of_sets), 4)
        reports = [one.get("b3_f1_of_reports", one["b3_f1"]) for one in of_sets]
        figures[f"mean F1 of reports, {label}, undated"] = round(sum(reports) / len(of_sets), 4)
    least = {"ecb, left out, undated": 0.93}
    for dates in ("dated", "undated"):
        least |= {f"basil, left out, {dates}": 0.99, f"wikinews, left out, {dates}": 0.85}
    goals = {name: goal(figures[name]["b3_f1"], least=value) for name, value in least.items()}
    keep_figures("leave_one_out", {"goals": goals} | figures, "--write" in sys.argv)


if __name__ == "__main__":
    main()
