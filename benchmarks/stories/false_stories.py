"""Count false stories: articles that report no common event, but are grouped into one story.

    python -m benchmarks.stories.false_stories [--write]

* 200 articles written from four templates (markets, weather, results, prices) over 50 days, with dates and without; and
  a few of them as small collections. No two days of a series belong together.
* The boilerplate rows of Multi-News among its articles.
* Articles drawn at random from news_allsides (2012-2020), no two within a week, with dates and without. Hardly any two
  of them share an event.
* 12 or 40 such articles, weeks apart, whole or cut to their first 100 words, with the furniture of one page on them (see
  ``benchmarks.stories.furniture``). At most one more of them than of the plain articles may end in a story.

All are whole runs of ``dedupe.cluster``; takes about two minutes.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import bench_data, goal, keep_figures
from benchmarks.corpora import articles_of, read_rows
from benchmarks.stories.furniture import DRESSINGS, PUBLISHERS
from dedupe import Article, cluster
from dedupe.arrays import F64

SEED = 7
DRAWS = {5: 80, 12: 40, 50: 20, 200: 6}
"""How many articles are drawn at once, and how many times."""
DAYS_APART = 8
"""Articles that are drawn together were published at least this many days apart. Among 200 articles drawn without this
rule, a third of the stories found lie within a week, and most of these are real events."""
DRESSED_DRAWS = {12: 10, 40: 5}
"""How many articles are given furniture at once, and how many times they are drawn."""
DRESSED_DAYS_APART = 45
LENGTHS = {"whole": None, "100 words": 100}
PLAIN = "plain"

Rows = list[dict[str, Any]]


def template(kind: int, day: date, random: np.random.Generator) -> str:
    """Write one article of a series: the same words every day, with other numbers and dates."""
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


def templates() -> dict[str, float]:
    """Share of the pairs of one series, which are of different dates, that are put into one story."""
    random = np.random.default_rng(SEED)
    days = [date(2024, 1, 8) + timedelta(days=3 * i) for i in range(50)]
    articles = [
        Article(f"{kind}-{day}", text=template(kind, day, random), published_at=datetime.combine(day, time(), UTC))
        for kind in range(4)
        for day in days
    ]
    undated = [Article(one.id, text=one.text) for one in articles]
    result = {}
    for name, some in (("undated", undated), ("dated", articles)):
        found = [row.story for row in cluster(some).rows]
        result[f"template_pairs_merged_{name}"] = round(merged(found, 50) / (4 * 50 * 49 / 2), 4)
    return result


FEW = {"2 of one series": (1, 2), "5 of one series": (1, 5), "12 of one series": (1, 12), "14 of each of four": (4, 14)}
"""Small collections of templates: how many series, and how many days of each."""


def few_templates(draws: int = 50) -> dict[str, float]:
    """The same share in small undated collections, of ``draws`` draws each."""
    random = np.random.default_rng(SEED)
    days = [date(2024, 1, 8) + timedelta(days=3 * i) for i in range(50)]
    written = [[template(kind, day, random) for day in days] for kind in range(4)]
    result = {}
    for name, (series, size) in FEW.items():
        together = 0
        for draw in range(draws):
            drawn = [random.choice(written[(draw + i) % 4], size, replace=False) for i in range(series)]
            texts = [str(text) for own in drawn for text in own]
            together += merged(
                [row.story for row in cluster(Article(str(i), text=t) for i, t in enumerate(texts)).rows], size
            )
        result[f"template_pairs_merged, {name}"] = round(together / (draws * series * size * (size - 1) / 2), 4)
    return result


def merged(found: list[int], days: int) -> int:
    """Number of pairs of one series that are in one story. ``found``: stories of the articles, series by series, each
    of ``days`` articles."""
    series = [found[i : i + days] for i in range(0, len(found), days)]
    return sum(int(n) * (int(n) - 1) // 2 for own in series for n in np.bincount(own))


def chrome(folder: Path) -> dict[str, int]:
    """Number of stories of Multi-News that hold both boilerplate rows and real articles; they are printed to stderr."""
    rows = read_rows(folder / "stories_multinews.jsonl.gz")
    found = np.array([row.story for row in cluster([Article(row["id"], text=row["text"]) for row in rows]).rows])
    boilerplate = np.array([bool(row["boilerplate"]) for row in rows])
    mixed = np.intersect1d(found[boilerplate], found[~boilerplate])
    for story in mixed.tolist():
        print([rows[i]["text"][:80] for i in np.flatnonzero(found == story)], file=sys.stderr)
    return {"chrome_rows": int(boilerplate.sum()), "stories_of_chrome_and_articles": int(mixed.size)}


def drawn_apart(day: F64, size: int, random: np.random.Generator, apart: int = DAYS_APART) -> list[int]:
    """Draw ``size`` articles at random, no two of them published less than ``apart`` days apart."""
    chosen: list[int] = []
    for row in random.permutation(day.size).tolist():
        if (np.abs(day[chosen] - day[row]) >= apart).all():
            chosen.append(row)
            if len(chosen) == size:
                break
    return chosen


def days_of(rows: Rows) -> F64:
    """The day of each row."""
    return np.array([float(date.fromisoformat(row["published_at"][:10]).toordinal()) for row in rows])


def strangers(rows: Rows) -> dict[str, float]:
    """Mean number of drawn articles that were put into one story with an article that is not their copy."""
    random = np.random.default_rng(SEED)
    day = days_of(rows)
    result = {}
    for size, draws in DRAWS.items():
        chosen = [[rows[i] for i in drawn_apart(day, size, random)] for _ in range(draws)]
        for dates in (False, True):
            together = 0
            for drawn in chosen:
                found = cluster(articles_of(drawn, dates))
                texts = {story.canonical: story.texts for story in found.stories}
                together += sum(texts[row.story_canonical] > 1 for row in found.rows)
            name = f"of {size} random articles in a story, {'dated' if dates else 'undated'}"
            result[name] = round(together / draws, 2)
    return result


def in_a_story(rows: Rows, dated: bool) -> int:
    """Number of articles that end in a story with another."""
    stories = Counter(row.story for row in cluster(articles_of(rows, dated)).rows)
    return sum(size for size in stories.values() if size > 1)


def with_furniture(rows: Rows) -> dict[str, dict[str, float]]:
    """Mean number of unrelated articles that end in a story, plain and with each kind of furniture, and the most by
    which a draw with furniture is beyond the same draw without."""
    day = days_of(rows)
    figures: dict[str, dict[str, float]] = {}
    for size, draws in DRESSED_DRAWS.items():
        random = np.random.default_rng(SEED)
        chosen = [[rows[i] for i in drawn_apart(day, size, random, DRESSED_DAYS_APART)] for _ in range(draws)]
        for (length, words), (publisher, publish), dated in product(LENGTHS.items(), PUBLISHERS.items(), (False, True)):
            cases = [
                [publish(row | {"text": " ".join(row["text"].split(" ")[:words])}) for row in drawn] for drawn in chosen
            ]
            counts = {PLAIN: [in_a_story(case, dated) for case in cases]}
            for name, dress in DRESSINGS.items():
                counts[name] = [in_a_story(dress(case), dated) for case in cases]
            of_case = {name: round(float(np.mean(some)), 2) for name, some in counts.items()}
            worst = max(int(np.max(np.subtract(some, counts[PLAIN]))) for some in counts.values())
            case_name = f"{size} articles, {length}, {publisher}, {'dated' if dated else 'undated'}"
            figures[case_name] = of_case | {"most_beyond_plain": worst}
            print(case_name, figures[case_name], file=sys.stderr)
    return figures


def main() -> None:
    """Measure everything and print it."""
    folder = bench_data()
    crawl = [row for row in read_rows(folder / "news_allsides.jsonl.gz") if row["published_at"]]
    series = {**templates(), **few_templates()}
    dressed = with_furniture(crawl)
    beyond = [
        {name: value - case[PLAIN] for name, value in case.items() if name in DRESSINGS} for case in dressed.values()
    ]
    goals = {
        "pairs of one series": goal(max(series.values()), most=0.0),
        "articles with furniture in a story, beyond plain": goal(max(max(case.values()) for case in beyond), most=1.0),
    }
    figures = {"goals": goals, **series, **chrome(folder), **strangers(crawl), "furniture": dressed}
    figures["cases_beyond_plain"] = sum(value > 1 for case in beyond for value in case.values())
    keep_figures("false_stories", figures, "--write" in sys.argv[1:])


if __name__ == "__main__":
    main()
