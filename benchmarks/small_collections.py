"""Small collections, templates, page chrome and candidate recall: what whole-set scores do not show about stories.

    python benchmarks/small_collections.py [--write] [--recall]

* ECB+ topics split in two: fitted on the other sets and one half, checked on the other half, both ways round: 1,000
  collections of two confusable events, 1,000 of one event, 2-6 articles each, no dates.
* 200 articles written from four templates (markets, weather, results, prices) over 50 days.
* The page-chrome rows of Multi-News among its articles.
* ``--recall``: links that exhaustive scoring accepts and the candidate index finds too (several minutes).
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from common import bench_data, rows_of, store
from fit_stories import CLIP, F64, FEATURES, I64, SEED, fit, log_odds, sample_size, shipped, training
from story_collections import SETS, StorySet, collect, gather, read_set, series, small

from dedupe import terms
from dedupe.linkage import average_link
from dedupe.story_features import Times, measure
from dedupe.story_pairs import Pairs, propose, text_weight

COUNT = 1000
LOW_COSINE = 0.06
"""Exhaustive scoring looks at every pair with at least this text cosine; no accepted link comes near it."""


def halves(sets: dict[str, StorySet], background: terms.Background) -> dict[str, float]:
    """Share of small collections of unseen ECB+ topics that are grouped exactly."""
    ecb = sets["ecb"]
    random = np.random.default_rng([SEED, 99])
    elsewhere = [one for name in SETS if name != "ecb" for one in training(sets[name])] + series(background)
    topics = np.unique(ecb.topic)
    right: dict[str, list[bool]] = {"two_events_exact": [], "one_event_whole": []}
    for unseen, seen in ((topics[::2], topics[1::2]), (topics[1::2], topics[::2])):
        known = gather(ecb, np.flatnonzero(np.isin(ecb.topic, seen)), random, sample_size)
        model = fit([*elsewhere, *known])
        rows = np.flatnonzero(np.isin(ecb.topic, unseen))
        for events, name in ((2, "two_events_exact"), (1, "one_event_whole")):
            for some in small(ecb, rows, events, COUNT // 2, random):
                one = collect(ecb, name, some)
                right[name].append(one.exact(one.stories(log_odds(one, *model), -CLIP)))
    return {name: round(float(np.mean(values)), 4) for name, values in right.items()}


def template(kind: int, day: date, random: np.random.Generator) -> str:
    """One article of a series: the same words every day, other numbers and dates."""
    when = f"{day:%A, %B} {day.day}, {day.year}"
    n = [f"{value:,.2f}" for value in random.uniform(10, 30_000, 8)]
    low, high, wind = random.integers(-5, 10), random.integers(11, 35), random.integers(3, 60)
    home, away = random.integers(0, 120, 2)
    return (
        f"Stocks close mixed in New York\nNEW YORK, {when} - The Dow Jones industrial average ended at {n[0]} points on "
        f"{day:%A}. The S&P 500 finished at {n[1]}, the Nasdaq composite at {n[2]}. Crude oil traded at {n[3]} dollars a "
        f"barrel and gold at {n[4]} dollars an ounce. Volume on the exchange was {n[5]} million shares.",
        f"Weather forecast for the region\n{when} - Partly cloudy with a low of {low} and a high of {high} degrees. Winds "
        f"from the west at {wind} km/h. Chance of rain {random.integers(0, 100)} percent. Sunrise at "
        f"6:{random.integers(10, 59)}, sunset at 7:{random.integers(10, 59)}. Tomorrow will be similar, the weather "
        f"service said on {day:%A}.",
        f"Hawks and Lions meet in league game\n{when} - The Hawks and the Lions played at Central Arena on {day:%A} night. "
        f"The final score was {home}-{away}. The leading scorer had {random.integers(10, 50)} points and "
        f"{random.integers(2, 20)} rebounds. Attendance was {random.integers(5000, 20000)}. The teams meet again soon.",
        f"Fuel prices at the pump\n{when} - Regular petrol cost {n[6][:4]} on average on {day:%A}, diesel {n[7][:4]}, the "
        f"motoring association said. A week ago the price was {n[0][:4]}. The dearest station charged {n[1][:4]} a litre.",
    )[kind]


def templates(model: tuple[F64, float]) -> dict[str, float]:
    """Share of same-series pairs of other dates put together, and of articles that are in such a story."""
    random = np.random.default_rng(SEED)
    first = date(2024, 1, 8)  # day 19,730 since 1970
    texts = [template(kind, first + timedelta(days=3 * i), random) for kind in range(4) for i in range(50)]
    words = terms.read(texts, terms.load_background())
    labels = grouped(words, np.full(len(texts), np.nan), model)
    dated = np.tile(np.arange(50) * 3.0 + 19730, 4)
    result = {}
    for name, found in (("undated", labels), ("dated", grouped(words, dated, model))):
        together = sum(int(n) * (int(n) - 1) // 2 for n in np.bincount(found))
        result[f"template_pairs_merged_{name}"] = round(together / (4 * 50 * 49 / 2), 4)
    return result


def grouped(words: terms.Terms, day: F64, model: tuple[F64, float]) -> I64:
    """Stories of some articles."""
    pairs = propose(words, text_weight(words))
    return average_link(words.rows, pairs.left, pairs.right, scored(words, day, pairs, model), 0.0, -CLIP)


def scored(words: terms.Terms, day: F64, pairs: Pairs, model: tuple[F64, float]) -> F64:
    """Clipped log-odds of some pairs."""
    columns = measure(words, Times(day, np.ones(words.rows, bool)), pairs)
    return np.clip(np.column_stack([columns[name] for name in FEATURES]) @ model[0] + model[1], -CLIP, CLIP)


def chrome(folder: Path, model: tuple[F64, float]) -> dict[str, int]:
    """Stories of Multi-News that hold both page chrome and real articles."""
    rows = rows_of(folder / "stories_multinews.jsonl.gz")
    words = terms.read((row["text"] for row in rows), terms.load_background())
    labels = grouped(words, np.full(len(rows), np.nan), model)
    boilerplate = np.array([bool(row["boilerplate"]) for row in rows])
    mixed = np.intersect1d(labels[boilerplate], labels[~boilerplate])
    for label in mixed.tolist():
        print([rows[i]["text"][:80] for i in np.flatnonzero(labels == label)], file=sys.stderr)
    return {"chrome_rows": int(boilerplate.sum()), "stories_of_chrome_and_articles": int(mixed.size)}


def every_pair(words: terms.Terms) -> Pairs:
    """All pairs with a text cosine of at least LOW_COSINE, by brute force."""
    weight = text_weight(words)
    left, right = [], []
    for row in range(words.rows):
        dense = np.zeros(len(words.vocabulary))
        own = slice(words.starts[row], words.starts[row + 1])
        dense[words.term[own]] = weight[own]
        rest = slice(words.starts[row + 1], None)
        cosine = np.bincount(words.owner[rest], weight[rest] * dense[words.term[rest]], minlength=words.rows)
        other = np.flatnonzero(cosine >= LOW_COSINE)
        left.append(np.full(other.size, row))
        right.append(other)
    return Pairs(np.concatenate(left), np.concatenate(right), {})


def recall(words: terms.Terms, model: tuple[F64, float]) -> dict[str, float]:
    """Of the links accepted when every pair is scored, the share that the candidate index proposes."""
    wide = every_pair(words)
    day = np.full(words.rows, np.nan)
    accepted = scored(words, day, wide, model) > 0
    index = propose(words, text_weight(words))
    keys = wide.left[accepted] * words.rows + wide.right[accepted]
    found = np.isin(keys, index.left * words.rows + index.right)
    return {
        "pairs_scored_exhaustively": int(wide.left.size),
        "links_accepted": int(keys.size),
        "recall": round(float(found.mean()), 4),
        "index_pairs": int(index.left.size),
    }


def main() -> None:
    folder = bench_data()
    background = terms.load_background()
    sets = {name: read_set(folder, name, background) for name in SETS}
    model = shipped()
    figures: dict[str, Any] = {**halves(sets, background), **templates(model), **chrome(folder, model)}
    if "--recall" in sys.argv[1:]:
        rows = rows_of(folder / "news_allsides.jsonl.gz")[:5000]
        crawl = terms.read((terms.full_text(row["title"] or "", row["text"]) for row in rows), background)
        figures["candidates"] = {
            "wikinews": recall(sets["wikinews"].words, model),
            "5,000 of news_allsides": recall(crawl, model),
        }
    store("small_collections", figures, "--write" in sys.argv[1:])


if __name__ == "__main__":
    main()
