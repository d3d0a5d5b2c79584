"""Does the index, given one article at a time, find the stories that `dedupe cluster` finds in all articles at once?

    python -m benchmarks.index.stories [--story-days 14] [--write]

Reads the three months of the news desk, BASIL and Wikinews from DEDUPE_BENCH_DATA: the articles with a date, in the
order of their dates. The clock of the index shows the date of each article when it arrives. A month of the desk is as
news arrives in practice; in BASIL and Wikinews few articles arrive within the story days, often fewer than ten. Both
results are scored against the gold labels by pair F1 and by B-cubed F1. The processor time per article is measured too,
with everything that `check` does. Exits 1 if the mean pair F1 of the index over the three months is more than 0.03
below that of the collection.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.common import bench_data, goal, keep_figures
from benchmarks.corpora import MONTHS, articles_of, read_part
from dedupe import Article, cluster
from dedupe.evaluation import Scores, evaluate
from dedupe.index import Index
from dedupe.index.stories.tracker import CAUTION, NEIGHBOURS

SETS = (*MONTHS, "basil", "wikinews")
MOST_LOST = 0.03
LONGEST_GAP = 9 * 86_400
"""Seconds; an open index refuses a clock that jumps by more than ten days."""


def in_order(name: str) -> list[dict[str, Any]]:
    """The dated rows of a set in the order of their dates, with their place in this order as id."""
    rows = [row for row in read_part(bench_data(), name) if row.get("published_at")]
    rows.sort(key=lambda row: (row["published_at"], row["id"]))
    return [row | {"id": f"{place}"} for place, row in enumerate(rows)]


def seconds(article: Article) -> float:
    """When an article was published, in seconds since 1970 UTC."""
    return datetime.fromisoformat(str(article.published_at)).replace(tzinfo=UTC).timestamp()


def without_gaps(articles: list[Article]) -> Iterator[list[Article]]:
    """Articles with no long time between one and the next. An index believes a clock that jumps only on opening."""
    some: list[Article] = []
    for article in articles:
        if some and seconds(article) - seconds(some[-1]) > LONGEST_GAP:
            yield some
            some = []
        some.append(article)
    yield some


def online(articles: list[Article], gold: dict[str, str], days: float) -> tuple[Scores, float]:
    """Scores of the index, and processor milliseconds per article."""
    spent, verdicts = 0.0, []
    with tempfile.TemporaryDirectory() as folder:
        for some in without_gaps(articles):
            now = [seconds(some[0])]
            path = Path(folder) / "index"
            with Index(path, story_days=days, clock=lambda now=now: now[0], trust_clock=True) as index:
                started = time.process_time()
                for article in some:
                    now[0] = seconds(article)
                    verdicts += index.check([article])
                spent += time.process_time() - started
    found = {v.id: v.id if v.story is None else str(v.story) for v in verdicts}
    return evaluate(gold, found), 1000 * spent / len(articles)


def rounded(scores: Scores) -> dict[str, float]:
    """The scores that are kept."""
    names = "pair_f1", "b3_f1", "b3_precision", "b3_recall"
    return {name: round(getattr(scores, name), 4) for name in names}


def main() -> int:
    """Run, print the figures, and compare them with the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--story-days", type=float, default=14)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    lost = []
    for name in SETS:
        rows = in_order(name)
        articles = articles_of(rows)
        gold = {row["id"]: str(row["cluster"]) for row in rows}
        batch = evaluate(gold, {row.id: str(row.story) for row in cluster(articles).rows})
        ours, milliseconds = online(articles, gold, options.story_days)
        figures[name] = {
            "articles": len(rows),
            "collection": rounded(batch),
            "index": rounded(ours),
            "pair_f1_lost": round(batch.pair_f1 - ours.pair_f1, 4),
            "b3_f1_lost": round(batch.b3_f1 - ours.b3_f1, 4),
            "processor_milliseconds_an_article": round(milliseconds, 1),
        }
        lost += [batch.pair_f1 - ours.pair_f1] if name in MONTHS else []
    constants = {"neighbours": NEIGHBOURS, "caution": CAUTION}
    reached = goal(sum(lost) / len(lost), most=MOST_LOST)
    found = {"chosen": constants, "sets": figures, "mean_pair_f1_lost_in_a_month": reached}
    keep_figures("index_stories", found, options.write)
    return int(not reached["met"])


if __name__ == "__main__":
    sys.exit(main())
