"""Story scores: each set judged by a model fitted on the other three, and by the shipped model; with dates and without.

    python benchmarks/leave_one_out.py [--write]

B-cubed precision, recall and F1, adjusted Rand index and, for ECB+, the share of confusable pairs merged. No copies are
folded here: the figures are those of the story stage alone. Needs the extra ``fit``.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import fit_small_stories
import fit_stories
import numpy as np
from common import bench_data, store
from story_collections import SETS, StorySet, grouping_scores, read_set, read_strangers, stories

from dedupe import terms
from dedupe.stories import Models, load_models, with_times


def judged(of: StorySet, models: Models, dated: bool) -> dict[str, Any]:
    """Scores of one whole set."""
    everyone = np.arange(of.event.size)
    scores = grouping_scores(of, everyone, stories(of, everyone, models, dated))
    kept = ("b3_precision", "b3_recall", "b3_f1", "ari", "confusable_merged")
    return {k: round(v, 4) for k, v in asdict(scores).items() if k in kept and v is not None}


def main() -> None:
    background = terms.load_background()
    sets = {name: read_set(bench_data(), name, background) for name in SETS}
    collections = {name: fit_stories.training(of) for name, of in sets.items()}
    alone, apart = fit_stories.unlabelled(bench_data(), background), read_strangers(bench_data(), background)
    figures: dict[str, Any] = {}
    for name, of in sets.items():
        large = fit_stories.fit([*(one for other in SETS if other != name for one in collections[other]), *alone])
        others = {other: sets[other] for other in SETS if other != name}
        left_out = with_times(large, fit_small_stories.fit(fit_small_stories.training(others, apart)))
        for label, models in (("left out", left_out), ("shipped model", load_models())):
            for dated in (False, True) if name != "multinews" else (False,):
                row = judged(of, models, dated)
                figures[f"{name}, {label}, {'dated' if dated else 'undated'}"] = row
                print(f"{name:10} {label:14} {'dated' if dated else 'undated':8} {row}")
    for label in ("left out", "shipped model"):
        figures[f"mean F1, {label}, undated"] = round(
            float(np.mean([figures[f"{name}, {label}, undated"]["b3_f1"] for name in SETS])), 4
        )
    store("leave_one_out", figures, "--write" in sys.argv[1:])


if __name__ == "__main__":
    main()
