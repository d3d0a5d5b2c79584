"""Is anything lost if the system refuses the Nth write, sync or read of an index, once or for a while?

    python -m benchmarks.index.faults [--points 25] [--full-points 25] [--only pwrite64] [--write]

A writer runs under ``strace``, which makes system calls on the files of the index fail with EIO or ENOSPC: only the Nth
call, or the Nth and the following ones for a while. The writer repeats a refused call, in the same process and with the
same object, and acknowledges answers outside the index. Afterwards the stored rows must hold every acknowledged answer
as it was given. An error must be one of the package's own, with a line that says what to do. The control acknowledges
before it stores, and must lose answers.

Needs Linux and strace; without them it says so and exits with 77. Exits 1 if an answer was lost, if a writer did not
finish, or if the control lost no answer.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.common import keep_figures
from benchmarks.index.durability import stream
from dedupe import Settings
from dedupe.errors import DedupeError
from dedupe.index import Index, fingerprint_articles
from dedupe.index.storage import segments
from dedupe.index.storage.folder import DATABASE
from dedupe.index.stories import tracker

T = TypeVar("T")
ARTICLES = 200
FAULTS = (
    ("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fdatasync", "EIO"), ("fsync", "EIO"), ("pread64", "EIO"),
    ("ftruncate", "EIO"), ("rename", "ENOSPC"),
)  # fmt: skip
WHOLE_PROCESS = ("rename", "fsync")
"""Calls that nothing else in the writer makes. They are traced for the whole process, so that they are also refused for
segments, whose file names change."""
A_WHILE = 40
"""How many more calls are refused after the Nth one."""
ATTEMPTS = 400


def attempt(refused: Counter[str], what: Callable[[], T]) -> T:
    """Do something until it succeeds, and count the messages of the refusals.

    Errors that are not the package's own end the writer.
    """
    for _ in range(ATTEMPTS):
        try:
            return what()
        except DedupeError as error:
            refused[str(error).split(": ", 1)[-1]] += 1
            time.sleep(0.001)
    sys.exit(f"not through after {ATTEMPTS} attempts: {list(refused)}")


def write(folder: str, acks: str, control: bool) -> None:
    """In the traced process: check articles until all are answered, whatever is refused in between."""
    # With small blocks and few neighbours every kind of file is written, and a run takes seconds.
    segments.BASE_BITS = tracker.NEIGHBOURS = 4
    given = fingerprint_articles(stream(ARTICLES, 5), Settings(), stories=True)
    draw = random.Random(5)
    report = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    refused: Counter[str] = Counter()

    index = attempt(refused, lambda: Index(folder, 1_000 / 86_400, story_days=1, clock=lambda: 1e9 + place))
    place = 0
    while place < len(given):
        size = draw.choice((1, 3, 12))
        batch = given[place : place + size]
        if control:
            for one in batch:
                os.write(report, json.dumps([one.name, "new", None, None]).encode() + b"\n")
        try:
            answers = (
                index.check_fingerprinted(batch)
                if control
                else attempt(refused, lambda batch=batch: index.check_fingerprinted(batch))
            )
        except DedupeError:
            answers = []
        for a in answers if not control else ():
            os.write(report, json.dumps([a.id, a.verdict, a.matched_id, a.story]).encode() + b"\n")
        place += size
    attempt(refused, index.close)
    print(json.dumps(refused))


def trace(place: Path, call: str, options: list[str], *, control: bool) -> subprocess.CompletedProcess[str]:
    """Run a writer under strace, which traces one call on the files of SQLite, or in the whole process."""
    index = place / "index"
    names = [DATABASE, f"{DATABASE}-journal", f"{DATABASE}-wal", f"{DATABASE}-shm"]
    only = [] if call in WHOLE_PROCESS else [part for name in names for part in ("-P", str(index / name))]
    command = ["strace", "-f", "--seccomp-bpf", "-o", str(place / "trace"), "-e", f"trace={call}", *only, *options]
    writer = [
        sys.executable,
        "-m",
        "benchmarks.index.faults",
        "--writer",
        str(index),
        str(place / "acks"),
        str(int(control)),
    ]
    return subprocess.run([*command, *writer], capture_output=True, text=True, check=False, timeout=300)


def run(folder: Path, call: str, error: str, nth: int, last: str, *, control: bool) -> dict[str, Any]:
    """Run one writer with one fault, and return what became of its answers."""
    place = Path(tempfile.mkdtemp(dir=folder))
    index, acks = place / "index", place / "acks"
    inject = f"inject={call}:error={error}:when={nth}{last}"
    done = trace(place, call, ["-e", inject], control=control)
    found = {"code": done.returncode, "said": done.stderr.strip().splitlines()[-1:], "lost": 0, "damaged": 0}
    found["injected"] = (place / "trace").read_text(errors="replace").count("(INJECTED)")
    found["refused"] = json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else {}
    found |= compare(index, acks, names_only=control)
    shutil.rmtree(place)
    return found


def compare(index: Path, acks: Path, *, names_only: bool) -> dict[str, int]:
    """Count the acknowledged answers that are gone or, unless ``names_only``, differ, and what ``doctor`` finds
    damaged."""
    lines = acks.read_text(encoding="utf-8").splitlines() if acks.exists() else []
    acknowledged = {row[0]: row for row in map(json.loads, lines)}
    with Index(index, clock=lambda: 1e9) as opened:
        stored = {row.name: [row.name, row.verdict, row.matched, row.story] for row in opened.export()}
        kept = 1 if names_only else 4
        lost = sum(stored.get(name, [])[:kept] != row[:kept] for name, row in acknowledged.items())
        health = opened.doctor()
    return {"acknowledged": len(acknowledged), "lost": lost, "damaged": len(health.damaged)}


def count_calls(folder: Path, call: str) -> int:
    """Count how often a writer makes a call on the index if none is refused."""
    place = Path(tempfile.mkdtemp(dir=folder))
    trace(place, call, [], control=False).check_returncode()
    return sum(f"{call}(" in line for line in (place / "trace").read_text(errors="replace").splitlines())


def faults(folder: Path, call: str, error: str, points: int, draw: random.Random) -> dict[str, Any]:
    """Run a kind of fault ``points`` times, or in every way there is: at every call, half of the runs with one refusal
    and half with refusals for a while."""
    calls = count_calls(folder, call)
    once, long = (draw.sample(range(1, calls + 1), calls) for _ in range(2))
    ways = [way for a, b in zip(once, long, strict=True) for way in ((a, ""), (b, f"..{b + A_WHILE}"))]
    chosen = ways[:points]
    total: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    # The writers are processes of their own, so threads use all cores.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for way, found in zip(
            chosen, pool.map(lambda way: run(folder, call, error, *way, control=False), chosen), strict=True
        ):
            total.update({name: found[name] for name in ("acknowledged", "lost", "damaged", "injected")})
            total["not_through"] += found["code"] != 0
            if found["code"]:
                print(call, error, *way, found["said"], file=sys.stderr)
            messages.update(found["refused"])
    return {"calls": calls, "runs": len(chosen), **total, "errors": dict(messages)}


def main() -> int:
    """Run every kind of fault and the control, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=25, help="runs for each kind of fault")
    parser.add_argument("--full-points", type=int, help="runs for each call that says ENOSPC; default: --points")
    parser.add_argument("--only", help="only this system call")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    parser.add_argument("--writer", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.writer:
        folder, acks, control = options.writer
        write(folder, acks, control == "1")
        return 0
    if not shutil.which("strace"):
        print("no strace on this machine: no fault was injected", file=sys.stderr)
        return 77
    draw = random.Random(options.seed)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="index-faults-") as folder:
        for call, error in FAULTS:
            if options.only in (None, call):
                points = options.full_points if error == "ENOSPC" and options.full_points else options.points
                figures[f"{call} {error}"] = faults(Path(folder), call, error, points, draw)
        figures["control"] = run(Path(folder), "fdatasync", "EIO", 9, f"..{9 + A_WHILE}", control=True)
    keep_figures("index_faults", figures, options.write)
    cases = [found for name, found in figures.items() if name != "control"]
    wrong = any(found.get(name) for found in cases for name in ("lost", "damaged", "not_through"))
    return int(wrong or not figures["control"]["lost"])


if __name__ == "__main__":
    sys.exit(main())
