"""Stories of three real months of news, each in one collection, beside simple baselines and beside doing nothing.

    python -m benchmarks.stories.desk [--write]

The labelled sets of ``benchmarks.stories.quality`` were collected around known events. Here a collection is every
article of a crawl of one month, with its dates, and more than half of the articles share their event with no other. A
language model that saw no program's output put them into stories. Contenders for each month:

``left_out``: the whole program with a model that was fitted without this month.

``shipped``: the whole program as it is. Its model was fitted on this month, so its scores promise nothing.

``tfidf``, ``mixed``, ``learned``: the baselines of ``benchmarks.stories.baselines``. The threshold for a month is the one
with the best sum of pair F1 and B-cubed F1 over the *other* months; ``tfidf_by_pairs`` has that with the best pair F1.

``nothing``: every article is a story of its own. Its pair precision is given as 0, because it has no pairs.

Pair scores count pairs of articles in one story. Wrong pairs are strangers if they are not even of one saga. Every score
must agree with ../shared/tools/score_desk.py, if that is available.

For the shipped model it is also measured what wrong and missing dates cost, and what each setting of stories changes.
Needs the extra ``fit``; takes about three minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import combinations, pairwise
from math import comb
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import bench_data, goal, keep_figures
from benchmarks.corpora import MONTHS, SEED, articles_of, read_pool, read_rows
from benchmarks.fitting.stories import COMPUTE, cluster_by, fit, topics_of
from benchmarks.stories import baselines
from dedupe import Settings, cluster
from dedupe.arrays import F64
from dedupe.clustering import Clustering
from dedupe.evaluation import evaluate

THRESHOLDS = np.arange(10, 901, 2) / 1000
"""Similarities at which a baseline may stop merging."""
BASELINES = "tfidf", "mixed", "learned"
DAMAGE = {"3 % wrong": (0.03, 0.0), "10 % missing": (0.0, 0.1), "both": (0.03, 0.1)}
"""Shares of the dates that are made wrong and that are taken away."""
WRONG_DAYS = 400
"""A wrong date is up to so many days off."""
DAMAGE_DRAWS = 3
KNOBS: dict[str, tuple[Any, ...]] = {
    "story_probability": (0.2, 0.35, 0.5, 0.65, 0.8, 0.95),
    "story_span": (1.0, 3.0, 7.0, 14.0, 30.0, 366.0),
    "dates": ("trusted", "usual", "doubtful"),
}
"""Settings and the values that they are given, in an order in which stories become only finer or only coarser."""

Rows = list[dict[str, Any]]
Stories = dict[str, int]
"""Story of each article, by id."""


def stories_of(found: Clustering) -> Stories:
    """The stories of a clustering."""
    return {row.id: row.story for row in found.rows}


def pairs_in(groups: Iterable[Any]) -> int:
    """Number of pairs of articles with the same group."""
    return sum(comb(size, 2) for size in Counter(groups).values())


def members(rows: Rows, stories: Stories) -> list[Rows]:
    """The articles of each story of two or more."""
    found: dict[int, Rows] = defaultdict(list)
    for row in rows:
        found[stories[row["id"]]].append(row)
    return [some for some in found.values() if len(some) > 1]


def are_strangers(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two articles report neither one event nor one saga."""
    same_saga = one["saga"] and one["saga"] == other["saga"]
    return one["cluster"] != other["cluster"] and not same_saga


def scores(rows: Rows, stories: Stories) -> dict[str, float]:
    """Scores of stories against the labels, and what the stories are like.

    ``of_one_publisher``: how many stories come from one publisher alone and are not of one event by the labels. Six
    decimals: figures in the documentation are rounded once, to three.
    """
    gold = {row["id"]: row["cluster"] for row in rows}
    found = evaluate(gold, stories)
    right = pairs_in((gold[name], stories[name]) for name in gold)
    pairs, grouped = pairs_in(stories.values()), members(rows, stories)
    strangers = sum(are_strangers(*pair) for some in grouped for pair in combinations(some, 2))
    return {
        "pair_precision": round(right / max(1, pairs), 6),
        "pair_recall": round(right / max(1, pairs_in(gold.values())), 6),
        "pair_f1": round(found.pair_f1, 6),
        "b3_f1": round(found.b3_f1, 6),
        "strangers_share": round(strangers / max(1, pairs), 6),
        "pairs": pairs,
        "wrong_strangers": strangers,
        "stories": len(grouped),
        "largest_story": max(Counter(stories.values()).values()),
        "of_one_publisher": sum(
            len({row["source"] for row in some}) == 1 < len({row["cluster"] for row in some}) for some in grouped
        ),
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
    if any(abs(theirs[name] - ours[name]) > 0.000051 for name in theirs.keys() & ours.keys()):
        sys.exit(f"the scores of {month} here and by {scorer.name} disagree: {ours} and {theirs}")


def by_models(months: Mapping[str, Rows]) -> dict[str, dict[str, Stories]]:
    """Stories of each month by a model that was fitted without it, and by the shipped one."""
    pool = read_pool(bench_data(), COMPUTE)
    found: dict[str, dict[str, Stories]] = {"left_out": {}, "shipped": {}}
    for month, rows in months.items():
        model = fit(pool, topics_of(pool), [other for other in months if other != month])
        found["left_out"][month] = stories_of(cluster_by(model, articles_of(rows)))
        found["shipped"][month] = stories_of(cluster(articles_of(rows)))
    return found


def similarities(months: Mapping[str, Rows], name: str, month: str) -> dict[str, F64]:
    """Similarities by a baseline, of all months. ``month``: the one that must not be learned from."""
    if name != "learned":
        way = baselines.lead_similarity if name == "tfidf" else baselines.mixed_similarity
        return {other: way(rows) for other, rows in months.items()}
    columns = {other: baselines.pair_columns(rows) for other, rows in months.items()}
    events = {other: np.array([row["cluster"] for row in rows]) for other, rows in months.items()}
    known = [(columns[other], event[:, None] == event) for other, event in events.items() if other != month]
    return {other: baselines.learned_similarity(columns[other], known) for other in months}


def by_baselines(months: Mapping[str, Rows]) -> tuple[dict[str, dict[str, Stories]], dict[str, dict[str, float]]]:
    """Stories of each month by each baseline, and the thresholds that were chosen on the other months."""
    found: dict[str, dict[str, Stories]] = defaultdict(dict)
    thresholds: dict[str, dict[str, float]] = defaultdict(dict)
    for name in BASELINES:
        for month in months:
            trees = {other: baselines.merges(one) for other, one in similarities(months, name, month).items()}

            def cut(of: str, threshold: float, trees: dict[str, F64] = trees) -> Stories:
                labels = baselines.cut(trees[of], threshold)
                return dict(zip((row["id"] for row in months[of]), labels, strict=True))

            def judged(threshold: float, month: str = month) -> tuple[float, float]:
                each = [
                    evaluate({row["id"]: row["cluster"] for row in rows}, cut(other, threshold))
                    for other, rows in months.items()
                    if other != month
                ]
                return sum(one.pair_f1 for one in each), sum(one.b3_f1 for one in each)

            tried = np.array([judged(threshold) for threshold in THRESHOLDS.tolist()])
            chosen = {name: tried.sum(axis=1), f"{name}_by_pairs": tried[:, 0]}
            for way, values in chosen.items():
                if way in {*BASELINES, "tfidf_by_pairs"}:
                    thresholds[way][month] = float(THRESHOLDS[np.argmax(values)])
                    found[way][month] = cut(month, thresholds[way][month])
    return found, thresholds


def damaged(rows: Rows, wrong: float, missing: float, random: np.random.Generator) -> Rows:
    """The rows with a share of the dates wrong, and a share missing."""
    found = []
    for row, chance, other in zip(rows, random.random(len(rows)), random.random(len(rows)), strict=True):
        day = date.fromisoformat(row["published_at"][:10])
        if chance < wrong:
            day += timedelta(days=int(random.integers(-WRONG_DAYS, WRONG_DAYS + 1)))
        found.append(row | {"published_at": None if other < missing else f"{day}T00:00:00Z"})
    return found


def with_damaged_dates(months: Mapping[str, Rows]) -> dict[str, dict[str, float]]:
    """Pair F1 of the shipped model, mean over months and draws, by what is done to the dates."""
    figures = {}
    for name, (wrong, missing) in {"midnight": (0.0, 0.0), **DAMAGE, "no dates": (0.0, 1.0)}.items():
        found = []
        for draw in range(DAMAGE_DRAWS if name in DAMAGE else 1):
            random = np.random.default_rng(SEED + draw)
            for rows in months.values():
                stories = stories_of(cluster(articles_of(damaged(rows, wrong, missing, random))))
                of_labels = evaluate({row["id"]: row["cluster"] for row in rows}, stories)
                found.append((of_labels.pair_f1, of_labels.b3_f1))
        pair_f1, b3_f1 = np.mean(found, axis=0).round(6).tolist()
        figures[name] = {"pair_f1": pair_f1, "b3_f1": b3_f1}
    return figures


def story_sizes(months: Mapping[str, Rows], found: Mapping[str, Clustering]) -> dict[str, float]:
    """What the stories of all months together are like."""
    sizes = [len(some) for month, rows in months.items() for some in members(rows, stories_of(found[month]))]
    return {
        "stories": len(sizes),
        "mean_size": round(float(np.mean(sizes)), 4) if sizes else 0.0,
        "largest": max(sizes, default=0),
        "share_in_stories": round(sum(sizes) / sum(map(len, months.values())), 4),
    }


def is_monotone(values: list[float]) -> bool:
    """Whether values only fall or only rise."""
    return all(a <= b for a, b in pairwise(values)) or all(a >= b for a, b in pairwise(values))


def knobs(months: Mapping[str, Rows]) -> dict[str, Any]:
    """What stories are like under each value of each setting, and which of these measures only fall or only rise."""
    figures: dict[str, Any] = {}
    found = {month: cluster(articles_of(rows)) for month, rows in months.items()}
    for knob, values in KNOBS.items():
        table = {}
        for value in values:
            settings = Settings(**{knob: value})
            table[str(value)] = story_sizes(
                months, {month: one.with_settings(settings) for month, one in found.items()}
            )
        monotone = {name: is_monotone([row[name] for row in table.values()]) for name in table[str(values[0])]}
        figures[knob] = table | {"monotone": monotone}
    return figures


def mean_of(by_month: list[dict[str, float]]) -> dict[str, float]:
    """Mean scores over the months; the share of strangers is that among all pairs together."""
    names = "pair_precision", "pair_recall", "pair_f1", "b3_f1"
    mean = {name: round(float(np.mean([one[name] for one in by_month])), 6) for name in names}
    strangers, pairs = (sum(one[name] for one in by_month) for name in ("wrong_strangers", "pairs"))
    return mean | {"strangers_share": round(strangers / max(1, pairs), 6)}


def goals(months: Mapping[str, Any], mean: Mapping[str, dict[str, float]]) -> dict[str, Any]:
    """What the program with left-out months is to reach. Differences are those from the better baseline of two."""
    ours = mean["left_out"]
    found = {
        "mean pair F1": goal(ours["pair_f1"], least=0.60),
        "mean B-cubed F1": goal(ours["b3_f1"], least=0.89),
        "share of strangers": goal(ours["strangers_share"], most=0.03),
    }
    for month, figures in months.items():
        for score in ("pair_f1", "b3_f1"):
            best = max(figures[name][score] for name in ("tfidf", "mixed"))
            found[f"{month}: {score} beyond both baselines"] = goal(figures["left_out"][score] - best, least=0.0)
    return found


def main() -> None:
    """Measure everything and print it."""
    gold = bench_data() / "stories_desk.jsonl.gz"
    articles = read_rows(gold)
    months = {month: [row for row in articles if row["month"] == month] for month in MONTHS}
    of_baselines, thresholds = by_baselines(months)
    alone = {month: {row["id"]: number for number, row in enumerate(rows)} for month, rows in months.items()}
    contenders = by_models(months) | of_baselines | {"nothing": alone}
    figures: dict[str, Any] = {}
    for month, rows in months.items():
        labels = Counter(row["cluster"] for row in rows)
        figures[month] = {
            "articles": len(rows),
            "gold_stories": sum(size > 1 for size in labels.values()),
            "gold_pairs": pairs_in(row["cluster"] for row in rows),
            "thresholds": {name: of_month[month] for name, of_month in thresholds.items()},
        }
        for name, stories in contenders.items():
            figures[month][name] = scores(rows, stories[month])
            check(gold, month, stories[month], figures[month][name])
    mean = {name: mean_of([of_month[name] for of_month in figures.values()]) for name in contenders}
    document = {"goals": goals(figures, mean), "months": figures, "mean": mean}
    document |= {"shipped_with_damaged_dates": with_damaged_dates(months), "shipped_by_setting": knobs(months)}
    keep_figures("desk", document, "--write" in sys.argv)


if __name__ == "__main__":
    main()
