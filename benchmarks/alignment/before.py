"""Measure ``audit`` and ``align`` beside an earlier commit: CPU time, and the peak of memory.

    python -m benchmarks.alignment.before --before OLD/bin/dedupe [--before-commit NAME] [--large] [--repeats 3] [--write]

``--before`` is the ``dedupe`` command of an earlier commit as its README installs it. Both take turns:

- ``audit`` of wire_helsinki with one process;
- with ``--large``, ``audit`` of the 12,000 articles of news_allsides, with one process, once;
- ``dedupe.align`` of ten pairs of articles of about 600 words, from text, with texts that the process has not seen
  before (benchmarks/alignment/unseen_pairs.py).

The least of several turns counts, because a busy machine can only add time. Goals are listed, and those that are missed
by name. Needs DEDUPE_BENCH_DATA (default ../shared/data). ``--write`` stores the figures in
benchmarks/results/align_before.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.alignment.speed import chosen
from benchmarks.common import bench_data, goal, keep_figures, missed, program, whole_process

LEAST_FASTER = {"wire_helsinki": 7.0, "news_allsides": 4.0, "unseen pairs": 3.0}
"""How many times our CPU time the earlier commit is to take."""
MOST_KB = 80
"""Peak memory of an article of news_allsides."""
LARGE_ARTICLES = 12_000
ROUNDS = 15
"""Rounds of the ten pairs."""

Figures = dict[str, Any]


def measure_audit(path: Path, commands: dict[str, str], repeats: int) -> dict[str, Figures]:
    """The least CPU seconds and peak memory of an audit, by contender."""
    output = path.with_name("output")
    best: dict[str, Figures] = {}
    for _ in range(repeats):
        for name, command in commands.items():
            asked = [command, "audit", str(path), "--format", "json", "--processes", "1", "--output", str(output)]
            found = whole_process(asked, output, elsewhere=name == "before")
            print(f"{path.stem}, {name}: {found}", file=sys.stderr, flush=True)
            if "missing" in found:
                sys.exit(f"{name}: {found['missing']}")
            if name not in best or found["cpu"] < best[name]["cpu"]:
                counts = json.loads(output.read_text("utf-8"))["counts"]
                best[name] = {**found, "compared": counts["compared"], "not_compared": counts["not_compared"]}
    return best


def measure_pairs(place: Path, commands: dict[str, str], repeats: int) -> dict[str, Figures]:
    """The least CPU milliseconds of ten pairs, by contender."""
    pairs = place / "pairs.json"
    pairs.write_text(json.dumps(chosen()), "utf-8")
    script = Path(__file__).with_name("unseen_pairs.py")
    best: dict[str, Figures] = {}
    for _ in range(repeats):
        for name, command in commands.items():
            python = Path(command).with_name("python")
            asked = [str(python), "-P", str(script), str(pairs), str(ROUNDS)]
            out = subprocess.run(asked, check=True, capture_output=True, cwd=place).stdout
            ms = min([*json.loads(out), best.get(name, {"ms": float("inf")})["ms"]])
            best[name] = {"ms": ms}
    return best


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--before", required=True, help="the dedupe command of an earlier commit")
    options.add_argument("--before-commit", default="unknown", help="its name, for the figures")
    options.add_argument("--large", action="store_true", help="also audit 12,000 articles, which takes minutes")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    commands = {"dedupe": program(), "before": asked.before}
    figures: Figures = {"before": asked.before_commit, "repeats": asked.repeats}
    goals = {}
    with tempfile.TemporaryDirectory() as place:
        figures["unseen pairs"] = measure_pairs(Path(place), commands, asked.repeats)
        for name in ["wire_helsinki", *(["news_allsides"] if asked.large else [])]:
            path = Path(place, f"{name}.jsonl")
            path.write_bytes(gzip.decompress((bench_data() / f"{name}.jsonl.gz").read_bytes()))
            figures[name] = measure_audit(path, commands, 1 if name == "news_allsides" else asked.repeats)
    for name, least in LEAST_FASTER.items():
        if name in figures:
            ours, before = (figures[name][contender] for contender in commands)
            unit = "ms" if "ms" in ours else "cpu"
            goals[f"{name}: CPU time of the earlier commit to ours"] = goal(before[unit] / ours[unit], least=least)
    if asked.large:
        kb = figures["news_allsides"]["dedupe"]["peak_mb"] * 1024 / LARGE_ARTICLES
        goals["KB of memory an article of news_allsides"] = goal(kb, most=MOST_KB)
    keep_figures("align_before", figures | {"goals": goals, "missed": missed(goals)}, asked.write)


if __name__ == "__main__":
    main()
