"""Is any answer of ``dedupe filter`` lost or given twice if it is killed again and again?

    python -m benchmarks.index.filter_kills [--cycles 200] [--write]

Half of the kills (SIGKILL) come at random. The other half come at a failpoint: before and after rows are inserted,
before and after the commit, and when a segment is written, renamed or merged. Every tenth line holds no article and
goes to the quarantine. What counts as answered are the complete lines that came out. As a caller would, the next run
gives again all lines behind them.

No answer may be lost, change or come without ``replayed`` when its line is given again, and of two articles with one
text one must be new. A line that came out as ``unknown`` must stand in the quarantine. Needs os.fork, because starting
Python a thousand times would take longer than the filter. Exits 1 if anything of this is not so.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.common import keep_figures
from benchmarks.index.durability import run_and_kill, small_blocks, stream, text_of
from dedupe import Settings
from dedupe.cli.program import run
from dedupe.index import FingerprintedArticle, Index, fingerprint_articles

POINTS = (
    "before insert", "after insert", "before commit", "after commit", "segment written", "segment renamed",
    "segments merged",
)  # fmt: skip
BAD_EVERY = 10
GIVEN_AT_ONCE = 400


def work(folder: Path, batch: int, report: int) -> None:
    """In the child: filter the lines of a file, with ``report`` as stdout."""
    os.dup2(report, 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    places = ("--index", folder / "index", "--quarantine", folder / "quarantine", "--batch", batch, folder / "lines")
    run(["filter", *map(str, places)])


def make_lines(number: int, seed: int) -> tuple[list[bytes], dict[str, FingerprintedArticle]]:
    """Lines of the filter, and the articles on them by id. A line without an article is its own number in braces."""
    articles = stream(number, seed)
    lines: list[bytes] = []
    for article in articles:
        if len(lines) % BAD_EVERY == BAD_EVERY - 1:
            lines.append(b"{%d" % len(lines))
        lines.append(json.dumps({"id": article.id, "text": article.text}).encode())
    return lines, {one.name: one for one in fingerprint_articles(articles, Settings())}


def kill_cycles(cycles: int, folder: Path, seed: int) -> dict[str, object]:
    """Run and kill the filter ``cycles`` times; compare every reopened index with the lines that came out."""
    draw = random.Random(seed)
    lines, fingerprinted = make_lines(60 * cycles + 2_000, seed)
    acknowledged: dict[str, dict[str, Any]] = {}
    wrong: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    opening: list[float] = []
    position = unknown = 0
    for cycle in range(cycles):
        given = lines[position : position + GIVEN_AT_ONCE]
        (folder / "lines").write_bytes(b"".join(line + b"\n" for line in given))
        point = POINTS[cycle // 2 % len(POINTS)] if cycle % 2 else None
        child = functools.partial(work, folder, draw.choice((1, 7, 40)))
        out, ended = run_and_kill(child, point, draw)
        ends[ended] += 1
        kept = _readable(folder / "quarantine")
        for line, came in zip(given, map(json.loads, out), strict=False):
            answer = came["dedupe"]
            if "id" not in came:
                unknown += 1
                wrong["not in the quarantine"] += line.decode() not in kept or came["line"] != given.index(line) + 1
                continue
            wrong["out of place"] += came["id"] != json.loads(line)["id"]
            acknowledged[came["id"]] = {
                name: answer[name] for name in ("verdict", "matched_id", "canonical", "jaccard")
            }
        position += len(out)
        started = time.perf_counter()
        with Index(folder / "index") as index:
            opening.append(time.perf_counter() - started)
            recent = [fingerprinted[name] for name in list(acknowledged)[-200:]]
            for verdict in index.check_fingerprinted(recent):
                before = acknowledged[verdict.id]
                wrong["lost"] += not verdict.replayed
                wrong["changed"] += any(getattr(verdict, name) != value for name, value in before.items())
            if cycle % 10 == 9 or cycle == cycles - 1:  # every row is looked at, and there are more with every cycle
                health = index.doctor()
                wrong["damaged"] += len(health.damaged) + len(health.notes)
        wrong["stray files"] += sum(path.suffix == ".tmp" for path in (folder / "index").iterdir())
    news = Counter(text_of(name) for name, answer in acknowledged.items() if answer["verdict"] == "new")
    wrong["doubled"] += sum(count > 1 for count in news.values())
    wrong["never new"] += sum(news[text_of(name)] == 0 for name in acknowledged)
    return {
        "cycles": cycles,
        "acknowledged": len(acknowledged),
        "unknown": unknown,
        "ends": dict(ends),
        "wrong": {name: count for name, count in wrong.items() if count},
        "slowest_opening_seconds": round(max(opening), 3),
    }


def _readable(quarantine: Path) -> set[str]:
    """The content of the lines in the quarantine. A kill may have cut one, which then stands on a line of its own."""
    found = set()
    for line in quarantine.read_bytes().splitlines() if quarantine.exists() else ():
        if line.endswith(b"}"):
            found.add(json.loads(line)["raw"])
    return found


def main() -> int:
    """Run, print the figures, and exit with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    small_blocks()
    with tempfile.TemporaryDirectory(prefix="index-filter-kills-") as folder:
        figures = kill_cycles(options.cycles, Path(folder), options.seed)
    keep_figures("index_filter_kills", figures, options.write)
    return int(bool(figures["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
