"""Does the index stay fast and small while the retention window slides, and while near-identical pages flood it?

    python -m benchmarks.index.window [--days 90] [--articles-a-day 1000] [--flood 100000] [--write]

The clock is simulated. Every day brings its articles in batches of 100, and the index keeps 30 days. Then comes a flood
of near-identical pages, such as cookie walls. Only processor time counts, not waiting for the disk. Exits 1 if a goal
is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import keep_figures
from benchmarks.index.articles import SETTINGS, Chunk, chunks, fingerprint_words
from dedupe import Article
from dedupe.index import Index

RETENTION_DAYS, BATCH = 30, 100
GOALS = {"disk_growth": 1.3, "memory_growth": 1.3, "slowdown": 1.5, "flood_rate_against_clean": 0.5}
DAYS_PER_ROW = 10


def window(folder: Path, days: int, a_day: int) -> dict[str, Any]:
    """Measure every ten days, and the growth from the day on which the window is full to the end."""
    now = 1.7e9
    rows = []
    spent = taken = 0.0
    with Index(folder, RETENTION_DAYS, clock=lambda: now) as index:
        for day, chunk in enumerate(chunks(days * a_day, 1, a_day)):
            started = time.process_time()
            for first in range(0, a_day, BATCH):
                index.check_fingerprinted(chunk.fingerprinted[first : first + BATCH])
                now += 86_400 * BATCH / a_day
            spent += time.process_time() - started
            taken += a_day
            if (day + 1) % DAYS_PER_ROW == 0:
                stats = index.stats()
                rows.append(
                    {
                        "day": day + 1,
                        "articles": stats.articles,
                        "per_processor_second": round(taken / spent),
                        "megabytes_on_disk": round((stats.bytes_log + stats.bytes_segments) / 1e6, 1),
                        "megabytes_in_memory": resident(),
                        "segments": stats.segments,
                    }
                )
                spent = taken = 0.0
        health = index.doctor()
    steady = [row for row in rows if row["day"] > RETENTION_DAYS]
    return {
        "rows": rows,
        "disk_growth": ratio(steady, "megabytes_on_disk"),
        "memory_growth": ratio(steady, "megabytes_in_memory"),
        "slowdown": round(steady[0]["per_processor_second"] / min(r["per_processor_second"] for r in steady), 2),
        "damaged": len(health.damaged),
    }


def ratio(rows: list[dict[str, Any]], name: str) -> float:
    """The largest value divided by the first."""
    return round(max(row[name] for row in rows) / rows[0][name], 3)


def resident() -> float:
    """Anonymous memory of this process in MB. Mapped files such as segments are not part of it."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def pages(number: int, seed: int) -> Chunk:
    """Near-identical pages of 200 words. Two words of each page are its own, like a time and a number."""
    draw = np.random.default_rng(99)
    page = draw.integers(2**63, size=200, dtype=np.uint64)
    draw = np.random.default_rng(seed)
    texts = []
    for _ in range(number):
        text = page.copy()
        text[draw.integers(200, size=2)] = draw.integers(2**63, size=2, dtype=np.uint64)
        texts.append(text)
    names = [Article(f"page-{seed}-{i}") for i in range(number)]
    return fingerprint_words(names, texts, ["near"] * number, all_signatures=False)


def flood(folder: Path, number: int) -> dict[str, Any]:
    """Measure the rate before, during and after a flood."""
    clean = list(chunks(30_000, 1))
    with Index(folder) as index:
        rates = {"clean_before": rate(index, clean[:20])}
        verdicts: Counter[str] = Counter()
        parts = []
        for start in range(0, number // 1_000, 10):
            own = [pages(1_000, start + i) for i in range(min(10, number // 1_000 - start))]
            parts.append(rate(index, own, verdicts))
        rates |= {"flood_first": parts[0], "flood_last": parts[-1]}
        found: Counter[str] = Counter()
        rates["clean_after"] = rate(index, clean[20:], found)
        stats = index.stats()
    wanted = Counter(kind for chunk in clean[20:] for kind in chunk.kinds)
    return {
        "pages": number,
        "per_processor_second": rates,
        "flood_rate_against_clean": round(min(parts) / rates["clean_before"], 2),
        "verdicts": dict(verdicts),
        "copies_found_after": round((found.total() - found["new"]) / (wanted.total() - wanted["new"]), 3),
        "capped_keys": stats.capped_keys,
        "uncompared": stats.uncompared,
    }


def rate(index: Index, parts: list[Chunk], verdicts: Counter[str] | None = None) -> int:
    """Articles per processor second, in batches of 100."""
    spent = 0.0
    for chunk in parts:
        for first in range(0, len(chunk.fingerprinted), BATCH):
            started = time.process_time()
            answers = index.check_fingerprinted(chunk.fingerprinted[first : first + BATCH])
            spent += time.process_time() - started
            if verdicts is not None:
                verdicts.update(answer.verdict for answer in answers)
    return round(sum(len(chunk.fingerprinted) for chunk in parts) / spent)


def main() -> int:
    """Run, print, compare with the goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--articles-a-day", type=int, default=1_000)
    parser.add_argument("--flood", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    figures: dict[str, Any] = {"bucket_cap": SETTINGS.bucket_cap}
    with tempfile.TemporaryDirectory(prefix="index-window-") as folder:
        if options.days:
            figures["window"] = window(Path(folder) / "window", options.days, options.articles_a_day)
        if options.flood:
            figures["flood"] = flood(Path(folder) / "flood", options.flood)
    reached = figures.get("window", {}) | figures.get("flood", {})
    missed = [
        name
        for name, goal in GOALS.items()
        if name in reached and (reached[name] < goal if name.startswith("flood") else reached[name] > goal)
    ]
    keep_figures("index_window", figures | {"goals_missed": missed}, options.write)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
