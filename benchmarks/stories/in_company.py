"""Two alike events, or one, among other articles: do they come out exactly, and with no stranger, however many others?

    python -m benchmarks.stories.in_company [--write]

**The seeds**: five articles about two summits, with the dates of their events, among articles of news_allsides that are
drawn at random or from their own topic, dated or undated; by the shipped program. No model was fitted on the seeds.

**Confusable events**: one event of ECB+, or two of one topic, of 2 to 6 articles each, alone and among articles of
news_allsides, with simulated dates or none. The model is fitted three times, each time without a third of the topics;
events are drawn from these topics. Figures are shares of collections in which the events come out exactly.

Needs the extra ``fit``; takes about five minutes.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np

from benchmarks.common import ROOT, bench_data, goal, keep_figures
from benchmarks.corpora import (
    MONTHS,
    SEED,
    Collection,
    articles_of,
    draw_events,
    is_right,
    read_pool,
    read_rows,
    simulated_days,
    undated,
    with_company,
)
from benchmarks.fitting.stories import COMPUTE, fit, stories, topic_folds
from dedupe import Article, cluster

SEED_DAYS = "2025-09-04", "2025-09-05", "2025-09-05", "2026-01-06", "2026-01-06"
"""When the seeds were published, in the order of their files."""
SEED_EVENTS = [{0, 1, 2}, {3, 4}]
SEED_DRAWS = {0: 1, 20: 20, 55: 20, 60: 20, 100: 20, 300: 20, 1_000: 3, 5_000: 3}
"""How many others the seeds are put among, and how many collections are drawn."""
TOPIC = re.compile(r"\b(?:Ukraine|Putin|NATO|summit)\b")
DRAWS = {0: 600, 60: 200, 1_000: 40}
"""The same for confusable events; collections are shared out among the folds."""


def read_seeds(dated: bool) -> list[Article]:
    """The seeds: the first line of each file is its title."""
    found = []
    for path, day in zip(sorted((ROOT / "seeds").glob("*.txt")), SEED_DAYS, strict=True):
        title, _, text = path.read_text(encoding="utf-8").partition("\n")
        found.append(Article(path.stem, title, text, published_at=day if dated else None))
    return found


def are_seeds_right(others: list[dict[str, Any]], dated: bool) -> bool:
    """Whether the seeds come out as their two events, and with no other article, among some others."""
    stories = [row.story for row in cluster(read_seeds(dated) + articles_of(others, dated)).rows]
    return all(
        {number for number, story in enumerate(stories) if story == stories[min(event)]} == event
        for event in SEED_EVENTS
    )


def of_seeds() -> dict[str, dict[str, float]]:
    """Share of collections in which the seeds come out right, by dates, kind of company and number of others."""
    crawl = read_rows(bench_data() / "news_allsides.jsonl.gz")
    kinds = {"random": crawl, "topic": [row for row in crawl if TOPIC.search(f"{row['title']} {row['text']}")]}
    figures = {}
    for dated in (True, False):
        for kind, rows in kinds.items():
            random = np.random.default_rng(SEED)
            by_others = {}
            for others, draws in SEED_DRAWS.items():
                count = min(others, len(rows))
                drawn = [random.choice(len(rows), count, replace=False).tolist() for _ in range(draws)]
                right = [are_seeds_right([rows[number] for number in some], dated) for some in drawn]
                by_others[str(count)] = round(float(np.mean(right)), 4)
            figures[f"{kind}, {'dated' if dated else 'undated'}"] = by_others
            print(kind, dated, by_others, file=sys.stderr)
    return figures


def of_confusable_events() -> dict[str, float]:
    """Share of collections in which one event, or two of one topic, come out right, by others and dates."""
    pool = read_pool(bench_data(), COMPUTE)
    right: dict[str, list[bool]] = {}
    for fold, (known, left_out) in enumerate(folds := topic_folds(pool)):
        model = fit(pool, known, MONTHS)
        random = np.random.default_rng(SEED + 1 + fold)
        for others, draws in DRAWS.items():
            for events in (1, 2):
                for dated in (True, False):
                    name = f"{events} among {others}, {'dated' if dated else 'undated'}"
                    for _ in range(-(-draws // len(folds))):
                        rows = draw_events(pool, left_out, events, random)
                        if others:
                            one = with_company(pool, rows, others, dated, random)
                        else:
                            one = Collection("", rows, simulated_days(pool, rows, random) if dated else undated(rows))
                        found = is_right(pool, one, stories(pool, one, model), rows.size)
                        right.setdefault(name, []).append(found)
    return {name: round(float(np.mean(some)), 4) for name, some in right.items()}


def goals(seeds: dict[str, dict[str, float]], confusable: dict[str, float]) -> dict[str, Any]:
    """What is to be reached: for the seeds, among any number of others; for confusable events, among 60 and 1,000."""
    least = {"random, dated": 0.95, "topic, dated": 0.95, "random, undated": 0.90, "topic, undated": 0.60}
    found = {f"seeds, {name}": goal(min(seeds[name].values()), least=value) for name, value in least.items()}
    for others in DRAWS:
        for events, dated, undated_least in ((2, 0.90, 0.84), (1, 0.98, 0.96)):
            if others:
                name = f"{events} among {others}, dated"
                found[name] = goal(confusable[name], least=dated)
            name = f"{events} among {others}, undated"
            alone = 0.85 if events > 1 else 0.946
            found[name] = goal(confusable[name], least=undated_least if others else alone)
    return found


def main() -> None:
    """Measure both parts."""
    seeds, confusable = of_seeds(), of_confusable_events()
    figures = {"goals": goals(seeds, confusable), "seeds": seeds, "confusable_events": confusable}
    keep_figures("in_company", figures | {"seed_draws": SEED_DRAWS, "draws": DRAWS}, "--write" in sys.argv)


if __name__ == "__main__":
    main()
