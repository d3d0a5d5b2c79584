"""CPU time that ``cluster`` spends on stories and on copies, as a collection grows; one thread.

    python -m benchmarks.stories.speed [--sizes 1500 12000] [--repeats N] [--write]

The articles are the first of news_allsides (DEDUPE_BENCH_DATA). Every run has a process of its own; the first one
is not counted. Times are CPU seconds, the minimum over the runs, because a machine is
seldom idle: ``read`` (the file), ``copies`` (sign, pair, verify), ``relate`` and ``group`` (stories).
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common import bench_data, cpu_seconds, keep_figures, peak_mb

STAGES = {"sign": "copies", "pair": "copies", "verify": "copies", "relate": "relate", "group": "group"}


def run(path: Path) -> None:
    """Cluster one file, and print the CPU seconds of its stages as JSON."""
    from dedupe import Settings, cluster
    from dedupe.reading.articles import read, to_table

    began = cpu_seconds()
    table = to_table(read([path]))
    marks = [("read", began)]
    found = cluster(table, Settings(), lambda stage: marks.append((stage, cpu_seconds())))
    ends = [at for _, at in marks[1:]] + [cpu_seconds()]
    times = dict.fromkeys(("read", "copies", "relate", "group"), 0.0)
    for (stage, at), after in zip(marks, ends, strict=True):
        times[STAGES.get(stage, stage)] += after - at
    counts = {name: found.counts[name] for name in ("stories", "story_pairs")}
    json.dump({"times": times, "peak_mb": round(peak_mb())} | counts, sys.stdout)


def measure(lines: list[bytes], repeats: int) -> dict[str, Any]:
    """Minimum times of ``repeats`` runs over a file of these lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.jsonl"
        path.write_bytes(b"".join(lines))
        command = [sys.executable, "-m", "benchmarks.stories.speed", "--run", str(path)]
        runs = [
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for _ in range(repeats + 1)
        ][1:]
    times = {stage: min(one["times"][stage] for one in runs) for stage in runs[0]["times"]}
    stories = times["relate"] + times["group"]
    figures: dict[str, Any] = {f"{stage}_s": round(seconds, 2) for stage, seconds in times.items()}
    figures |= {"stories_s": round(stories, 2), "stories_to_copies": round(stories / times["copies"], 1)}
    return figures | {name: runs[0][name] for name in ("peak_mb", "stories", "story_pairs")}


def main() -> None:
    """Measure every size in turn."""
    options = argparse.ArgumentParser()
    options.add_argument("--sizes", type=int, nargs="*", default=[1_500, 3_000, 6_000, 12_000])
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    if asked.run:
        run(asked.run)
        return
    with gzip.open(bench_data() / "news_allsides.jsonl.gz") as file:
        lines = list(itertools.islice(file, max(asked.sizes)))
    sizes = {str(size): measure(lines[:size], asked.repeats) for size in asked.sizes}
    keep_figures("story_speed", {"threads": 1, "repeats": asked.repeats, "sizes": sizes}, asked.write)


if __name__ == "__main__":
    main()
