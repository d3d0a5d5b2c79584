"""Measure what local rescoring of small groups is worth: two similar events, or one, among 60 to 150 other articles.

    python -m benchmarks.stories.in_company [--write]

Both models are fitted four times, each time without a quarter of the ECB+ topics. Collections are drawn around events
of 2 to 6 articles on the left-out topics, among ECB+ articles on other topics (four events in ten whole, one article of
each other). A collection is right if these events come out exactly and hold no other article. Needs the extra ``fit``;
takes about five minutes.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.common import bench_data, keep_figures
from benchmarks.corpora import SETS, StorySet, read_set, read_strangers, same_grouping, small, thinned, undated
from benchmarks.fitting import small_stories as fit_small_stories
from benchmarks.fitting import stories as fit_stories
from dedupe.arrays import I64
from dedupe.stories.models import Models, with_time_features
from dedupe.stories.scoring import score_texts
from dedupe.text.background import load_background

SEED, DRAWS = 11, 400
COMPANY = 60, 150
"""Articles on other topics in a collection (from, to)."""


def without(of: StorySet, fold: int) -> StorySet:
    """The set without the topics of one fold."""
    kept = np.flatnonzero(of.topic.astype(np.int64) % fit_small_stories.FOLDS != fold)
    return StorySet(of.name, of.ids[kept], of.words.take(kept), of.event[kept], of.topic[kept], of.day[kept])


def draw(of: StorySet, events: int, random: np.random.Generator) -> tuple[I64, I64]:
    """Draw the articles of one event, or of two confusable ones, and the collection that holds them: rows of the
    set."""
    own = small(of, np.arange(of.event.size), events, 1, random)[0]
    others = thinned(of, np.flatnonzero(of.topic != of.topic[own[0]]), random)
    count = int(random.integers(COMPANY[0], COMPANY[1] + 1))
    return own, np.sort(np.concatenate((own, random.choice(others, min(count, others.size), False))))


def is_right(of: StorySet, own: I64, rows: I64, labels: I64) -> bool:
    """Whether the events come out exactly and hold no other article."""
    found = labels[np.searchsorted(rows, own)]
    return same_grouping(of.event[own], found) and int(np.isin(labels, found).sum()) == own.size


def main() -> None:
    background = load_background()
    sets = {name: read_set(bench_data(), name, background) for name in SETS}
    ecb, apart = sets["ecb"], read_strangers(bench_data(), background)
    known = [one for name in SETS if name != "ecb" for one in fit_stories.training(sets[name])]
    known += fit_stories.unlabelled(bench_data(), background)
    few = fit_small_stories.training(sets, apart)
    models: list[Models] = []
    for fold in range(fit_small_stories.FOLDS):
        large = fit_stories.fit(fit_stories.training(without(ecb, fold)) + known)
        models.append(with_time_features(large, fit_small_stories.fit([one for one in few if one.fold != fold])))
    figures: dict[str, Any] = {"collections_of_each": DRAWS}
    random = np.random.default_rng(SEED)
    for name, events in (("two_events", 2), ("one_event", 1)):
        right: list[tuple[bool, bool]] = []
        for _ in range(DRAWS):
            own, rows = draw(ecb, events, random)
            fold = int(ecb.topic[own[0]]) % fit_small_stories.FOLDS
            found = score_texts(ecb.words.take(rows), undated(rows.size), models[fold])
            ways = found, replace(found, local=None)
            right.append(tuple(is_right(ecb, own, rows, scores.split(0.5).labels) for scores in ways))
        shares = np.mean(right, axis=0)
        figures |= {f"{name}_right": round(float(shares[0]), 3)}
        figures |= {f"{name}_right_without_closer_look": round(float(shares[1]), 3)}
    keep_figures("in_company", figures, "--write" in sys.argv)


if __name__ == "__main__":
    main()
