"""Story scores of each labelled set, by a model fitted on the other three sets and by the shipped model.

    python -m benchmarks.stories.leave_one_out [--write]

Scores are B-cubed precision, recall and F1, adjusted Rand index and, for ECB+, the share of confusable pairs merged,
with dates and without. A model is fitted on collections drawn at random, and one event that is merged or not changes a
score by a hundredth. So a held-out set is judged by models fitted on five draws, the first of which is that of the
shipped model, and the scores are means. For the sets gathered from links, F1 is also given among the pages that report
the event they are listed under (off_event.json). Copies are not folded here: the figures are those of the story stage
alone. Needs the extra ``fit``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.common import ROOT, bench_data, keep_figures
from benchmarks.corpora import SEED, SETS, StorySet, grouping_scores, read_set, read_strangers, stories
from benchmarks.fitting import small_stories as fit_small_stories
from benchmarks.fitting import stories as fit_stories
from dedupe.arrays import I64
from dedupe.stories.models import Models, load_models, with_time_features
from dedupe.text.background import load_background

DRAWS = range(SEED, SEED + 5)
KEPT = ("b3_precision", "b3_recall", "b3_f1", "ari", "confusable_merged")


def scores(of: StorySet, rows: I64, labels: I64) -> dict[str, float]:
    """Scores of some rows of a set. ``labels``: story of each of the rows."""
    found = asdict(grouping_scores(of, rows, labels))
    return {name: found[name] for name in KEPT if found[name] is not None}


def judged(of: StorySet, models: Sequence[Models], dated: bool, on_event: I64) -> dict[str, Any]:
    """Mean scores of one whole set by several models, the F1 by each model, and the mean F1 among the rows
    ``on_event``."""
    everyone = np.arange(of.event.size)
    found = [stories(of, everyone, one, dated) for one in models]
    each = [scores(of, everyone, labels) for labels in found]
    row: dict[str, Any] = {name: round(float(np.mean([one[name] for one in each])), 4) for name in each[0]}
    if len(each) > 1:
        row["b3_f1_of_each_draw"] = [round(one["b3_f1"], 4) for one in each]
    if on_event.size < everyone.size:
        among = [scores(of, on_event, labels[on_event])["b3_f1"] for labels in found]
        row["b3_f1_of_reports"] = round(float(np.mean(among)), 4)
    return row


def main() -> None:
    folder, background = bench_data(), load_background()
    sets = {name: read_set(folder, name, background) for name in SETS}
    apart = read_strangers(folder, background)
    off_event = json.loads((ROOT / "benchmarks" / "stories" / "off_event.json").read_text(encoding="utf-8"))
    drawn = {seed: {name: fit_stories.training(of, seed) for name, of in sets.items()} for seed in DRAWS}
    alone = {seed: fit_stories.unlabelled(folder, background, seed) for seed in DRAWS}
    figures: dict[str, Any] = {}
    for name, of in sets.items():
        others = [other for other in SETS if other != name]
        small = fit_small_stories.fit(fit_small_stories.training({other: sets[other] for other in others}, apart))
        left_out = [
            with_time_features(
                fit_stories.fit([*(one for other in others for one in drawn[seed][other]), *alone[seed]]), small
            )
            for seed in DRAWS
        ]
        on_event = np.flatnonzero(~np.isin(of.ids, off_event.get(name, [])))
        for label, models in (("left out", left_out), ("shipped model", [load_models()])):
            for dated in (False, True) if name != "multinews" else (False,):
                row = judged(of, models, dated, on_event)
                figures[f"{name}, {label}, {'dated' if dated else 'undated'}"] = row
                print(f"{name:10} {label:14} {'dated' if dated else 'undated':8} {row}", file=sys.stderr)
    for label in ("left out", "shipped model"):
        rows = [figures[f"{name}, {label}, undated"] for name in SETS]
        figures[f"mean F1, {label}, undated"] = round(float(np.mean([row["b3_f1"] for row in rows])), 4)
        reports = [row.get("b3_f1_of_reports", row["b3_f1"]) for row in rows]
        figures[f"mean F1 of reports, {label}, undated"] = round(float(np.mean(reports)), 4)
    keep_figures("leave_one_out", figures, "--write" in sys.argv[1:])


if __name__ == "__main__":
    main()
