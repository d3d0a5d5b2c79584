"""Cost and memory of data frames beside a JSON Lines file of the same rows: ``near_duplicates`` and ``cluster``.

    python -m benchmarks.copies.frames [--pairs 1000000] [--cluster 50000] [--threads N] [--folder DIR] [--write]

The rows are made from one seed: 60 to 100 words, drawn from a vocabulary of made-up words by their rank, with an id, a
title, a publisher, an address and a time. Every twentieth is a copy of an earlier one with some words exchanged. Every
run is a process of its own; ``input_mb`` is what it holds before it begins: the frame, and nothing for a file. What the
first use loads is not counted. ``same`` says that the answers are the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from benchmarks.common import cpu_seconds, keep_figures, peak_mb

SEED = 23
LEAST_WORDS, MOST_WORDS, VOCABULARY = 60, 100, 30_000
COPY_EVERY, EXCHANGED, REMEMBERED = 20, 0.03, 5_000
ROWS_AT_ONCE = 20_000
SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("id", "title", "text", "publisher", "url")]
    + [("published_at", pa.timestamp("us", "UTC"))]
)


def rows(number: int) -> Iterator[dict[str, Any]]:
    """The rows, one after the other."""
    draw = np.random.default_rng(SEED)
    words = np.array(["".join(draw.choice(SYLLABLES, size=draw.integers(1, 5))) for _ in range(VOCABULARY)], object)
    earlier: list[np.ndarray] = []
    began = datetime(2024, 1, 1, 6, tzinfo=UTC)
    for i in range(number):
        if i % COPY_EVERY == COPY_EVERY - 1:
            own = earlier[draw.integers(len(earlier))].copy()
            own[draw.random(own.size) < EXCHANGED] = words[draw.integers(VOCABULARY)]
        else:
            # Squared, so that some words are common and most are rare.
            own = words[(draw.random(draw.integers(LEAST_WORDS, MOST_WORDS + 1)) ** 2 * VOCABULARY).astype(np.int64)]
            place = len(earlier) if len(earlier) < REMEMBERED else draw.integers(REMEMBERED)
            earlier[place : place + 1] = [own]
        yield {
            "id": f"r{i}",
            "title": " ".join(own[:8]).capitalize(),
            "text": " ".join(own).capitalize() + ".",
            "publisher": f"Paper {i % 50}",
            "url": f"https://paper{i % 50}.example/{i}",
            "published_at": began + timedelta(seconds=37 * i),
        }


def make(folder: Path, number: int) -> None:
    """Write the rows as JSON Lines and as an Arrow file."""
    made = rows(number)
    with (
        (folder / "rows.jsonl").open("w", encoding="utf-8") as lines,
        ipc.new_file(folder / "rows.arrow", SCHEMA) as table,
    ):
        for start in range(0, number, ROWS_AT_ONCE):
            some = [next(made) for _ in range(min(ROWS_AT_ONCE, number - start))]
            table.write_batch(pa.RecordBatch.from_pylist(some, SCHEMA))
            lines.writelines(json.dumps(row | {"published_at": row["published_at"].isoformat()}) + "\n" for row in some)


def run(task: str, path: Path, threads: int) -> None:
    """Do one task on a file or on the frame that it holds; figures as JSON on stdout."""
    from dedupe import Settings, cluster, near_duplicates, read

    settings = Settings(threads=threads)
    few = pa.table({"id": ["a", "b"], "text": ["a few words " * 9] * 2})
    _ = near_duplicates(few, settings), cluster(few, settings)
    given: Any = path
    if path.suffix == ".arrow":
        with path.open("rb") as file:
            given = ipc.open_file(file).read_all()
    held = given.nbytes / 2**20 if isinstance(given, pa.Table) else 0
    wall, cpu = time.perf_counter(), cpu_seconds()
    began: list[tuple[str, float]] = [("read", cpu)]

    def note(stage: str) -> None:
        began.append((stage, cpu_seconds()))

    if task == "pairs":
        pairs = near_duplicates(given, settings, progress=note)
        answer = [(pair.left, pair.right, pair.jaccard) for pair in pairs.relations]
    else:
        found = cluster(given if isinstance(given, pa.Table) else read([given]), settings, note)
        answer = [(row.id, row.title, row.copy_group, row.story, str(row.published_at)) for row in found.rows]
    ended = cpu_seconds()
    ends = [*(at for _, at in began[1:]), ended]
    figures = {
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(ended - cpu, 2),
        "peak_mb": round(peak_mb()),
        "input_mb": round(held),
        "stages_cpu_s": {stage: round(end - at, 2) for (stage, at), end in zip(began, ends, strict=True)},
    }
    json.dump({"figures": figures, "answer": hashlib.sha256(repr(answer).encode()).hexdigest()}, sys.stdout)


def measure(task: str, number: int, folder: Path, threads: int) -> dict[str, Any]:
    """Make the rows, do a task on both forms in processes of their own."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        make(Path(place), number)
        answers = {}
        for name, file in (("file", "rows.jsonl"), ("frame", "rows.arrow")):
            command = [sys.executable, "-m", "benchmarks.copies.frames", "--run", task, str(Path(place, file))]
            command += ["--threads", str(threads)]
            answers[name] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    same = answers["file"]["answer"] == answers["frame"]["answer"]
    return {"rows": number, "same": same} | {name: answer["figures"] for name, answer in answers.items()}


def main() -> None:
    """Both tasks in turn."""
    options = argparse.ArgumentParser()
    options.add_argument("--pairs", type=int, default=1_000_000)
    options.add_argument("--cluster", type=int, default=50_000)
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    if asked.run:
        run(asked.run[0], Path(asked.run[1]), asked.threads)
        return
    sizes = {"pairs": asked.pairs, "cluster": asked.cluster}
    measured = {task: measure(task, number, asked.folder, asked.threads) for task, number in sizes.items() if number}
    keep_figures("frames", {"seed": SEED, "threads": asked.threads} | measured, asked.write)


if __name__ == "__main__":
    main()
