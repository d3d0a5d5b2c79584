"""Measure how long an audit takes, and check that its result does not depend on the number of processes.

    python -m benchmarks.alignment.audit [--large] [--write]

Runs the installed ``dedupe audit`` on wire_helsinki from DEDUPE_BENCH_DATA (default ../shared/data), once with one
process and once with one process a core. ``--large`` adds the 12,000 articles of news_allsides, with one process a core
only. Checks that both results for wire_helsinki are the same to the byte, that the shares of every article add up to 1,
that the words of every class are exactly those of the sentences of that class, and that every place of every reused
sentence lies inside its text. Exits with 1 if a check fails or a goal is missed.
``--write`` stores the figures in benchmarks/results/audit.json.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.common import bench_data, cpu_seconds, keep_figures, program, rows_of

GOAL_SECONDS = {"wire_helsinki": 60, "news_allsides": 600}
"""Seconds that an audit with one process a core may take, by collection."""
SHARES = ("original", "verbatim", "edited", "rewritten", "quoted", "boilerplate")


def timed(path: Path, processes: int) -> tuple[float, float, bytes]:
    """The seconds, the seconds of CPU time and the output of one run."""
    start, used = time.perf_counter(), cpu_seconds()
    command = [program(), "audit", str(path), "--format", "json", "--processes", str(processes)]
    out = subprocess.run(command, check=True, capture_output=True).stdout
    return time.perf_counter() - start, cpu_seconds() - used, out


def faults(found: dict[str, Any], path: Path) -> int:
    """How many shares differ from the account of their sentences, or do not add up to 1, or places lie outside texts."""
    lengths = {row["id"]: len(row["text"]) for row in rows_of(path)}
    counted = [row for row in found["articles"] if row["words"]]
    wrong = sum(abs(sum(row[name] for name in SHARES) - 1) > 1e-9 for row in counted)
    for row in counted:
        by_class = Counter[str]()
        for one in row["sentences"]:
            by_class[one["kind"]] += one["words"]
        wrong += sum(by_class[name] / row["words"] != row[name] for name in SHARES)
    places = (place for sentence in found["sentences"] for place in sentence["places"])
    return wrong + sum(not 0 <= p["start"] < p["end"] <= lengths[p["article"]] for p in places)


def measure(name: str) -> dict[str, Any]:
    path = bench_data() / f"{name}.jsonl.gz"
    cores = os.cpu_count() or 1
    seconds, cpu, out = timed(path, cores)
    found = json.loads(out)
    words = found["counts"]["words"]
    shares = {share: round(sum(row[share] * row["words"] for row in found["articles"]) / words, 4) for share in SHARES}
    figures = {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "processes": cores,
        **found["counts"],
        "shares": shares,
    }
    figures["faults"] = faults(found, path)
    if name == "wire_helsinki":
        alone, cpu_alone, same = timed(path, 1)
        figures |= {"seconds_one_process": round(alone, 1), "cpu_seconds_one_process": round(cpu_alone, 1)}
        figures["same_for_one_process"] = same == out
    return figures


def main() -> None:
    names = ["wire_helsinki", *(["news_allsides"] if "--large" in sys.argv else [])]
    figures: dict[str, Any] = {name: measure(name) for name in names}
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    figures["goal_seconds"] = GOAL_SECONDS
    keep_figures("audit", figures, "--write" in sys.argv)
    failed = [
        name
        for name in names
        if figures[name]["seconds"] > GOAL_SECONDS[name]
        or figures[name]["faults"]
        or not figures[name].get("same_for_one_process", True)
    ]
    if failed:
        print(f"missed: {', '.join(failed)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
