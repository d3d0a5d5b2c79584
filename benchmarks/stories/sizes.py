"""Where small collections end: collections of 16 to 120 articles, split as small and as large collections are.

    python -m benchmarks.stories.sizes [--write]

Measures B-cubed F1 of undated collections drawn from each labelled set. They hold events, half of them with one article
and half with up to 6, or articles without any event in common; news_allsides gives only the latter. Both models are the
shipped ones, which were fitted on all sets.
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np

from benchmarks.common import bench_data, keep_figures
from benchmarks.corpora import SETS, StorySet, grouping_scores, read_set, read_strangers, stories, strangers
from dedupe.arrays import I64
from dedupe.stories.models import load_models
from dedupe.text.background import load_background

SEED, SIZES, DRAWS = 5, (16, 30, 60, 120), 40
MOST_OF_EVENT = 6
"""Articles of one event in a collection, at most."""


def draw(of: StorySet, size: int, random: np.random.Generator) -> I64:
    """Draw ``size`` articles of events in random order: of half of the events one article, of the others 1 to
    MOST_OF_EVENT."""
    rows: list[int] = []
    for event in random.permutation(np.unique(of.event)).tolist():
        members = np.flatnonzero(of.event == event)
        count = int(random.integers(1, MOST_OF_EVENT + 1)) if random.random() < 0.5 else 1
        rows += random.choice(members, min(count, members.size), False).tolist()
        if len(rows) >= size:
            break
    return np.sort(rows[:size])


def main() -> None:
    background = load_background()
    sets = [*(read_set(bench_data(), name, background) for name in SETS), read_strangers(bench_data(), background)]
    models = load_models()
    random = np.random.default_rng(SEED)
    figures: dict[str, dict[str, float]] = {}
    for size in SIZES:
        for of in sets:
            found: dict[str, list[float]] = defaultdict(list)
            for _ in range(DRAWS):
                drawn = {"unrelated articles": strangers(of, np.arange(of.event.size), random, (size, size))}
                if of.name in SETS:
                    drawn["events"] = draw(of, size, random)
                for kind, rows in drawn.items():
                    for way, most in (("small", size), ("large", 0)):
                        labels = stories(of, rows, models, most_texts=most)
                        found[f"{kind}, divided as {way}"].append(grouping_scores(of, rows, labels).b3_f1)
            figures[f"{size} of {of.name}"] = {name: round(float(np.mean(all_)), 3) for name, all_ in found.items()}
    keep_figures("story_sizes", figures, "--write" in sys.argv)


if __name__ == "__main__":
    main()
