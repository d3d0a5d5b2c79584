"""Hostile input: families of files of at most one megabyte, and what every command needs for each of them.

A family is a pattern that an attacker, or a broken crawler, sends: a text of one repeated mark, a line that gzip packs a
thousandfold, a header of a hundred thousand columns. Every command reads a file of each family. It must end within 10 s
of CPU time and 1 GB of memory, without a traceback. Where it needs a second more than an empty run, it also reads a file
of half the size: the CPU time beyond that of an empty run may grow 2.5 times. Below a second the start of a program and
the noise of a machine decide.

    python -m benchmarks.hostile                      every family, every command: about half an hour on two cores
    python -m benchmarks.hostile --only words_hi ...  some families
    python -m benchmarks.hostile --commands audit ... some commands
    python -m benchmarks.hostile --write              keep the figures in benchmarks/results/hostile.json
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.common import keep_figures, program
from benchmarks.hostile_families import families, json_lines

MOST_BYTES = 1_000_000
"""Size of the larger file of every family, in bytes."""

MOST_SECONDS, MOST_MEGABYTES, MOST_GROWTH = 10.0, 1000.0, 2.5

WORTH_COMPARING = 1.0
"""CPU seconds beyond those of an empty run from which growth is measured."""

KILLED_AFTER = 60
"""CPU seconds after which a command is stopped, so that a failure does not hold up the others."""


# --- runs -----------------------------------------------------------------------------------------------------------


def commands(path: Path, folder: Path) -> dict[str, list[str]]:
    """The command lines that read a file. ``folder`` holds the file of pairs, and may be written to."""
    pairs, file = folder / "pairs.jsonl", str(path)
    return {
        "cluster": ["cluster", file, "--format", "jsonl"],
        "pairs": ["pairs", file],
        "audit": ["audit", file],
        "align": ["align", "--articles", file, "a", "b"],
        "align --pairs": ["align", "--articles", file, "--pairs", str(pairs)],
        "explain": ["explain", file, "a", "b"],
        "filter": ["filter", "--index", str(folder / "index"), file],
        "filter --story-days": ["filter", "--story-days", "14", "--index", str(folder / "stories"), file],
        "evaluate": ["evaluate", file, file],
    }


def measured(arguments: list[str], folder: Path) -> dict[str, Any]:
    """Run a command, and return its CPU seconds, its peak memory in megabytes and its exit code."""
    messages = folder / "stderr"
    limited = ["bash", "-c", f'ulimit -t {KILLED_AFTER}; exec "$@"', "bash", program(), *arguments]
    with messages.open("wb") as errors:
        process = subprocess.Popen(limited, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "megabytes": round(usage.ru_maxrss / 1024),
        "exit": process.returncode,
        "has_traceback": b"Traceback" in messages.read_bytes(),
    }


def run_command(command: str, name: str, content: bytes) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, name)
        path.write_bytes(content)
        Path(place, "pairs.jsonl").write_text('{"id": "p", "a": "a", "b": "b"}\n', encoding="utf-8")
        return measured(commands(path, Path(place))[command], Path(place))


def run_family(name: str, content: Callable[[int], bytes], idle: float, chosen: Sequence[str]) -> list[dict[str, Any]]:
    """What the chosen commands need for a family, and whether that is within the limits."""
    rows = []
    small, large = content(MOST_BYTES // 2), content(MOST_BYTES)
    for command in chosen:
        row = run_command(command, name, large)
        growth = None
        if row["seconds"] - idle >= WORTH_COMPARING:
            half = run_command(command, name, small)["seconds"] - idle
            growth = round((row["seconds"] - idle) / max(0.01, half), 2)
        met = (
            row["seconds"] <= MOST_SECONDS
            and row["megabytes"] <= MOST_MEGABYTES
            and (growth is None or growth <= MOST_GROWTH)
            and row["exit"] in {0, 3}
            and not row["has_traceback"]
        )
        rows.append({"family": name, "command": command, **row, "growth": growth, "met": met})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="FAMILY", help="families by the beginning of their names")
    every = list(commands(Path(), Path()))
    parser.add_argument("--commands", nargs="+", choices=every, default=every, metavar="COMMAND", help="some commands")
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results/hostile.json")
    chosen = parser.parse_args()
    one = json_lines({"id": "a", "text": "Talks ended."})
    idle = statistics.median(run_command("cluster", "one.jsonl", one)["seconds"] for _ in range(5))
    picked = {n: c for n, c in families().items() if not chosen.only or n.startswith(tuple(chosen.only))}
    rows: list[dict[str, Any]] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for of_family in pool.map(lambda name: run_family(name, picked[name], idle, chosen.commands), picked):
            rows += of_family
            for row in of_family:
                if chosen.only or not row["met"]:
                    print(row, file=sys.stderr, flush=True)
    worst = [max((r for r in rows if r["family"] == name), key=lambda row: row["seconds"]) for name in picked]
    missed = [row for row in rows if not row["met"]]
    keep_figures(
        "hostile",
        {
            "families": len(picked),
            "commands": chosen.commands,
            "idle_seconds": idle,
            "goals": {"seconds": MOST_SECONDS, "megabytes": MOST_MEGABYTES, "growth": MOST_GROWTH},
            **{f"most_{key}": max(row[key] or 0 for row in rows) for key in ("seconds", "megabytes", "growth")},
            "missed": [
                f"{row['family']}, {row['command']}: {row['seconds']} s, {row['megabytes']} MB, growth {row['growth']}"
                for row in missed
            ],
            "slowest_command": {r["family"]: f"{r['command']}: {r['seconds']} s, {r['megabytes']} MB" for r in worst},
        },
        chosen.write,
    )


if __name__ == "__main__":
    main()
