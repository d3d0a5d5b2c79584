"""Story scores: each set judged by a model fitted on the other three, and by the shipped model; with dates and without.

    python benchmarks/leave_one_out.py [--write]

B-cubed precision, recall and F1, adjusted Rand index and, for ECB+, the share of confusable pairs merged. No copies are
folded here: the figures are those of the story stage alone. Needs the extra ``fit``.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import numpy as np
from common import bench_data, store
from fit_stories import fit, training, unlabelled
from story_collections import SETS, StorySet, collect, read_set

from dedupe import terms
from dedupe.stories import StoryModel, load_model


def judged(of: StorySet, model: StoryModel, dated: bool) -> dict[str, Any]:
    """Scores of one whole set."""
    whole = collect(of, "whole", np.arange(of.event.size), dated)
    scores = whole.scores(whole.stories(model))
    kept = ("b3_precision", "b3_recall", "b3_f1", "ari", "confusable_merged")
    return {k: round(v, 4) for k, v in asdict(scores).items() if k in kept and v is not None}


def main() -> None:
    background = terms.load_background()
    sets = {name: read_set(bench_data(), name, background) for name in SETS}
    collections = {name: training(of) for name, of in sets.items()}
    alone = unlabelled(bench_data(), background)
    figures: dict[str, Any] = {}
    for name, of in sets.items():
        left_out = fit([*(one for other in SETS if other != name for one in collections[other]), *alone])
        for label, model in (("left out", left_out), ("shipped model", load_model())):
            for dated in (False, True) if name != "multinews" else (False,):
                row = judged(of, model, dated)
                figures[f"{name}, {label}, {'dated' if dated else 'undated'}"] = row
                print(f"{name:10} {label:14} {'dated' if dated else 'undated':8} {row}")
    for label in ("left out", "shipped model"):
        figures[f"mean F1, {label}, undated"] = round(
            float(np.mean([figures[f"{name}, {label}, undated"]["b3_f1"] for name in SETS])), 4
        )
    store("leave_one_out", figures, "--write" in sys.argv[1:])


if __name__ == "__main__":
    main()
