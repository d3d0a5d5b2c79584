"""What each setting costs and gives, on real newspaper pages: one value changed at a time.

    python -m benchmarks.settings [FILE…] [--repeats N] [--write]

Without a file, the collection is wire_helsinki (DEDUPE_BENCH_DATA), 358 scraped pages with many real copies. Of every value: the pairs
that are verified, the pairs of each relation, the stories of two or more articles, and the CPU time as a ratio to that
of the default values. Runs of the default and of the value alternate, and the ratio is that of the minima.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from typing import Any

from benchmarks.common import bench_data, cpu_seconds, keep_figures
from dedupe import Article, Clustering, Settings, cluster
from dedupe.reading.articles import read

VALUES: dict[str, tuple[Any, ...]] = {
    "shingle_words": (3, 8),
    "permutations": (64, 256),
    "near_duplicate_jaccard": (0.3, 0.8),
    "candidate_recall": (0.9, 0.9999),
    "excerpt_containment": (0.6, 0.95),
    "excerpt_min_words": (20, 100),
    "passage_words": (10, 40),
    "overlap_words": (10, 100),
    "bucket_cap": (8, 1000),
    "story_probability": (0.2, 0.8),
    "story_span": (1.0,),
    "dates": ("trusted", "doubtful"),
    "sagas": (True,),
    "threads": (2,),
}
"""A lower and a higher value of each setting. ``seed`` and ``giant_story_share`` change no result that is counted here."""
KINDS = "identical", "near_duplicate", "excerpt", "overlapping"


def timed(articles: list[Article], settings: Settings) -> tuple[float, Clustering]:
    """The CPU seconds of one clustering, and the clustering."""
    began = cpu_seconds()
    found = cluster(articles, settings)
    return cpu_seconds() - began, found


def counted(found: Clustering) -> dict[str, int]:
    """What a clustering found."""
    sizes = Counter(row.story for row in found.rows)
    return {
        "candidate_pairs": found.counts["candidate_pairs"],
        **{kind: found.counts[kind] for kind in KINDS},
        "copies": found.counts["copies"],
        "stories": sum(size > 1 for size in sizes.values()),
    }


def measure(articles: list[Article], changed: Settings, repeats: int) -> dict[str, Any]:
    """What changed settings find, and their CPU time in that of the default."""
    defaults, others = [], []
    for _ in range(repeats):
        defaults.append(timed(articles, Settings())[0])
        seconds, found = timed(articles, changed)
        others.append(seconds)
    return counted(found) | {"cpu_ratio": round(min(others) / min(defaults), 2)}


def main() -> None:
    """Measure every value in turn."""
    options = argparse.ArgumentParser()
    options.add_argument("paths", nargs="*", metavar="FILE")
    options.add_argument("--repeats", type=int, default=7)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    articles = list(read(asked.paths or [bench_data() / "wire_helsinki.jsonl.gz"]))
    default = counted(timed(articles, Settings())[1])  # also loads what the first run loads
    values = {
        name: {str(value): measure(articles, replace(Settings(), **{name: value}), asked.repeats) for value in some}
        for name, some in VALUES.items()
    }
    figures = {"articles": len(articles), "repeats": asked.repeats, "default": default, "values": values}
    keep_figures("settings", figures, asked.write)


if __name__ == "__main__":
    main()
