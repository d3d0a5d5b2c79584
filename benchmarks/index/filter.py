"""What the filter takes for whole articles: reading, fingerprinting and deciding, against an index of a million.

    python -m benchmarks.index.filter [--articles 1000000] [--peer-articles 100000] [--folder DIR] [--write]

The index is loaded with made articles (see articles.py). Then come real ones of news_allsides, which it has not seen,
in batches of 100, each with a durable commit:

``signed``: fingerprinted beforehand. ``filter``: ``dedupe filter`` from JSON lines to answers, from the difference
between a long and a short run, so that neither starting nor opening counts. ``sqlite_rows``: a plain table of band keys
that is given finished signatures (see speed.py).

``one_line``: from writing one line into the pipe of a running ``dedupe filter`` until its answer is there, beside
``commit``, one row of the same size written to SQLite in the same folder with a durable commit. ``opening``: the bytes
that the system reads from the disk while an index is opened whose files it does not hold in memory. Exits 1 if a goal
is missed.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import bench_data, goal, keep_figures, missed, whole_process
from benchmarks.index.articles import SETTINGS, chunks
from benchmarks.index.speed import FRESH, measure_sqlite
from dedupe import read
from dedupe.index import Index, fingerprint_articles

BATCH, SHORT, LONG, SIGNED, ONE_BY_ONE = 100, 1_400, 6_200, 4_000, 300
"""How many articles come at once and in each part. In the short run, the filter's other processes start already."""

PROGRAM = str(Path(sys.executable).with_name("dedupe"))


def load(folder: Path, number: int) -> None:
    """Fill an index with made articles."""
    with Index(folder) as index:
        for chunk in chunks(number, 1):
            index.check_fingerprinted(chunk.fingerprinted)


def opening(folder: Path) -> dict[str, Any]:
    """How much of the index is read while it is opened, in a process of its own."""
    files = [path for path in folder.iterdir() if path.is_file()]
    for path in files:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)
    code = (
        "import sys, time; from pathlib import Path; from dedupe.index import Index\n"
        "read = lambda: int(Path('/proc/self/io').read_text().split('read_bytes: ')[1].split()[0])\n"
        "before, began = read(), time.perf_counter()\n"
        "with Index(sys.argv[1], read_only=True): print(read() - before, time.perf_counter() - began)"
    )
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
    taken, seconds = done.stdout.split()
    size = sum(path.stat().st_size for path in files)
    return {
        "read_bytes": int(taken),
        "index_bytes": size,
        "share": int(taken) / size,
        "seconds": round(float(seconds), 3),
    }


def signed_rate(folder: Path, lines: Path) -> float:
    """Articles per second, fingerprinted beforehand."""
    fingerprinted = fingerprint_articles(read([lines]), SETTINGS)
    with Index(folder) as index:
        began = time.perf_counter()
        for start in range(0, len(fingerprinted), BATCH):
            index.check_fingerprinted(fingerprinted[start : start + BATCH])
        return len(fingerprinted) / (time.perf_counter() - began)


def filter_rate(folder: Path, short: Path, long: Path) -> float:
    """Articles per second of ``dedupe filter``, without its start."""
    took = [
        whole_process([PROGRAM, "filter", "--index", str(folder), "--batch", str(BATCH), str(p)]) for p in (short, long)
    ]
    return (LONG - SHORT) / (took[1]["wall"] - took[0]["wall"])


def one_by_one(folder: Path, lines: Iterable[bytes]) -> dict[str, float]:
    """Milliseconds from each line to its answer, and for a durable commit of a row of the same size."""
    answers, commits = [], []
    database = sqlite3.connect(folder.with_name("commits.sqlite"), isolation_level=None)
    database.execute("PRAGMA journal_mode=TRUNCATE")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, content BLOB)")
    command = [PROGRAM, "filter", "--index", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin
        assert process.stdout
        for line in lines:
            began = time.perf_counter()
            process.stdin.write(line)
            process.stdin.flush()
            process.stdout.readline()
            answers.append(time.perf_counter() - began)
            began = time.perf_counter()
            database.execute("INSERT INTO line (content) VALUES (?)", (line,))
            commits.append(time.perf_counter() - began)
        process.stdin.close()
    database.close()
    # The first line waits for the start of the program.
    return {
        f"{name}_milliseconds_p{rank}": round(1000 * float(np.quantile(taken[1:], rank / 100)), 2)
        for name, taken in (("one_line", answers), ("commit", commits))
        for rank in (50, 99)
    }


def measure(folder: Path, articles: int, peer_articles: int) -> dict[str, Any]:
    """Load everything, and measure in turn."""
    index = folder / "index"
    load(index, articles)
    peer = measure_sqlite(folder / "rows", peer_articles, next(chunks(FRESH, 2, FRESH, all_signatures=True)), 2.5)
    figures: dict[str, Any] = {"articles": articles, "peer_articles": peer_articles, "opening": opening(index)}
    with gzip.open(bench_data() / "news_allsides.jsonl.gz") as packed:
        figures |= one_by_one(index, islice(packed, ONE_BY_ONE))
        short, long, beforehand = (folder / f"{name}.jsonl" for name in ("short", "long", "beforehand"))
        for path, number in ((short, SHORT), (long, LONG), (beforehand, SIGNED)):
            path.write_bytes(b"".join(islice(packed, number)))
    rates = {
        "signed": signed_rate(index, beforehand),
        "filter": filter_rate(index, short, long),
        "sqlite_rows": float(peer[f"per_second_batches_of_{BATCH}"]),
    }
    figures["per_second_batches_of_100"] = {name: round(rate) for name, rate in rates.items()}
    figures["goals"] = {
        "filter against signed": goal(rates["filter"] / rates["signed"], least=0.8),
        "filter against plain SQLite rows": goal(rates["filter"] / rates["sqlite_rows"], least=1.5),
        "one line against one commit, p99": goal(
            figures["one_line_milliseconds_p99"] / figures["commit_milliseconds_p99"], most=3
        ),
        "opening reads, share of the index": goal(figures["opening"]["share"], most=0.01),
    }
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--peer-articles", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where to put the stores (removed afterwards)")
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="filter-speed-", dir=options.folder))
    try:
        figures = measure(folder, options.articles, options.peer_articles)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    keep_figures("index_filter", figures, options.write)
    for line in missed(figures["goals"]):
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed(figures["goals"]) else 0


if __name__ == "__main__":
    sys.exit(main())
