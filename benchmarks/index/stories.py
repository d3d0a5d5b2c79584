"""Does the index, given one article at a time, find the stories that `dedupe cluster` finds in all articles at once?

    python -m benchmarks.index.stories [--story-days 14] [--write]

Reads the stories_* sets from DEDUPE_BENCH_DATA: once only the articles with a date, in the order of their dates, and
once all articles, with those without a date at their place in the file. Both results are scored against the gold labels
(B-cubed). All articles arrive within the story days, so that dates count as features only, as they do in a collection.
The processor time per article is measured too. Exits 1 if the F1 of the index on dated articles is more than 0.03 below
that of the collection.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import bench_data, keep_figures, rows_of
from dedupe import Article, cluster
from dedupe.evaluation import Scores, evaluate
from dedupe.index import Index
from dedupe.index.stories.tracker import CAUTION, COLD_ARTICLES, COLD_CAUTION, NEIGHBOURS

SETS = {
    "ecb_dated": ("stories_ecb", True),
    "wikinews_dated": ("stories_wikinews", True),
    "basil_dated": ("stories_basil", True),
    "ecb_all": ("stories_ecb", False),
    "wikinews_all": ("stories_wikinews", False),
    "multinews_all": ("stories_multinews", False),
}
MOST_LOST = 0.03


def in_order(name: str, only_dated: bool) -> list[dict[str, Any]]:
    """The rows of a set without boilerplate pages, those with a date in the order of their dates."""
    rows = [row for row in rows_of(bench_data() / f"{name}.jsonl.gz") if not row.get("boilerplate")]
    dated = sorted((r for r in rows if r.get("published_at")), key=lambda r: (r["published_at"], r["id"]))
    if only_dated:
        return dated
    next_dated = iter(dated)
    return [next(next_dated) if row.get("published_at") else row for row in rows]


def online(articles: list[Article], gold: dict[str, str], days: float) -> tuple[Scores, float]:
    """Scores of the index, and processor milliseconds per article."""
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder) / "index", story_days=days) as index:
        started = time.process_time()
        verdicts = [answer for article in articles for answer in index.check([article])]
        spent = time.process_time() - started
        again = index.check(articles)
    if [(v.verdict, v.story) for v in again] != [(v.verdict, v.story) for v in verdicts]:
        sys.exit("a second delivery got another answer")
    found = {v.id: v.id if v.story is None else str(v.story) for v in verdicts}
    return evaluate(gold, found), 1000 * spent / len(articles)


def main() -> int:
    """Run, print the figures, and compare them with the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--story-days", type=float, default=14)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    missed = []
    for label, (name, only_dated) in SETS.items():
        rows = in_order(name, only_dated)
        articles = [
            Article(f"{i}", r.get("title") or "", r["text"], r.get("source"), r.get("published_at"))
            for i, r in enumerate(rows)
        ]
        gold = {f"{i}": str(row["cluster"]) for i, row in enumerate(rows)}
        batch = evaluate(gold, {row.id: str(row.story) for row in cluster(articles).rows})
        ours, milliseconds = online(articles, gold, options.story_days)
        difference = round(ours.b3_f1 - batch.b3_f1, 4)
        figures[label] = {
            "articles": len(rows),
            "collection_b3_f1": round(batch.b3_f1, 4),
            "online_b3_f1": round(ours.b3_f1, 4),
            "online_b3_precision": round(ours.b3_precision, 4),
            "online_b3_recall": round(ours.b3_recall, 4),
            "difference": difference,
            "processor_milliseconds_an_article": round(milliseconds, 1),
        }
        missed += [label] if only_dated and difference < -MOST_LOST else []
    constants = {
        "neighbours": NEIGHBOURS,
        "caution": CAUTION,
        "cold_caution": COLD_CAUTION,
        "cold_articles": COLD_ARTICLES,
    }
    keep_figures("index_stories", {"chosen": constants, "sets": figures, "goals_missed": missed}, options.write)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
