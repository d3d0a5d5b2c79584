"""Fails when a stage of ``cluster`` or ``pairs``, or ``audit`` or ``align``, has become slower. Needs no data, and takes
a minute.

    python -m benchmarks.guard [--write]

The articles are made from one seed. Each stage has its CPU time, on one thread, divided by that of a fixed NumPy
workload in the same process. Stages and workload take turns, the least of several turns counts for each, and where a
stage is too slow, everything is measured once more before this fails with exit code 1: a busy machine makes turns
slower, but hardly all turns of one stage and none of the others.

The ratios of benchmarks/results/guard.json are compared with. They hold for one processor and one version of Python and
NumPy, which stand beside them: there a stage may take 1.3 times as much as it did. Elsewhere the first entry is compared
with, and only a stage that takes three times as much fails, since caches and vector units differ. ``--write`` adds
this machine to the file, or replaces its ratios, so that every change of a ratio is seen in the history. A change that
makes a stage faster should write the file anew: otherwise that much can be lost again unseen.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import platform
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import RESULTS
from dedupe import Settings, align, cluster, near_duplicates
from dedupe.audit.audit import audit
from dedupe.kernels import DEFAULT
from dedupe.reading.articles import read, to_table
from dedupe.report.clustering import lines
from dedupe.text.background import load_background

Marks = list[tuple[str, float]]
ARTICLES, SEED, TURNS, TRIES = 3_000, 5, 7, 2
AUDITED, ALIGNED = 300, 60
"""Articles that are audited, and articles that are aligned with the next one."""
MOST, MOST_ELSEWHERE = 1.3, 3.0
"""Most growth of a ratio where it was measured, and on another machine or with another Python or NumPy."""
SMALLEST = 0.05
"""Part of the workload that is added to both sides, since a stage of a few milliseconds is mostly noise."""
FILE = RESULTS / "guard.json"


# --- articles -------------------------------------------------------------------------------------------------------


def articles() -> Iterator[dict[str, str]]:
    """News of a month: reports of events, of one to six publishers each, and copies with some words exchanged."""
    draw = random.Random(SEED)
    background = load_background().in_articles
    words = [word for word in background if word.isalpha()]
    common = draw.choices(words, [background[word] ** 2 for word in words], k=200_000)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    made: list[list[str]] = []
    while len(made) < ARTICLES:
        names = ["".join(draw.choices(syllables, k=3)).title() for _ in range(6)]
        own = draw.sample(words, 60) + names * 4
        day, title = draw.randrange(28), [*names[:2], *draw.sample(own, 5)]
        for _ in range(draw.choice((1, 1, 1, 1, 2, 3, 6))):
            if made and draw.random() < 0.08:
                text = [draw.choice(common) if draw.random() < 0.03 else word for word in draw.choice(made)]
            else:
                text = [draw.choice(own if draw.random() < 0.3 else common) for _ in range(draw.randrange(100, 500))]
            made.append(text)
            yield {
                "id": f"a{len(made)}",
                "title": " ".join(draw.sample(title, 6)),
                "text": "".join(
                    f"{' '.join(text[i : i + 18]).capitalize()}.{chr(10) * 2 if i % 4 == 0 else ' '}"
                    for i in range(0, len(text), 18)
                ),
                "publisher": f"Publisher {draw.randrange(40)}",
                "published_at": f"2024-05-{1 + (day + draw.randrange(2)) % 28:02}",
            }


# --- times ----------------------------------------------------------------------------------------------------------


def workload() -> None:
    """Sort, gather, count and add up, as kernels on flat arrays do.

    The arrays fit into the cache of one core: with larger ones the workload took a quarter more when other programs used
    the memory, and the stages did not. NumPy has no vector code of its own for most of this.
    """
    keys = np.arange(1 << 15, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    digits = (keys >> np.uint64(49)).astype(np.int64)
    for _ in range(32):
        order = np.argsort(keys, kind="stable")
        for _ in range(4):
            counts = np.bincount(digits[order], minlength=order.size)
            order = order[np.cumsum(counts[digits]) % order.size]


def run_workload(path: Path, mark: Callable[[str], None]) -> None:
    mark("workload")
    workload()


def run_cluster(path: Path, mark: Callable[[str], None]) -> None:
    mark("cluster: read")
    table = to_table(read([path]))
    found = cluster(table, Settings(), lambda stage: mark(f"cluster: {stage}"))
    mark("cluster: report")
    for layout in ("json", "csv", "table"):
        for _ in lines(found, layout, 120):
            pass


def run_pairs(path: Path, mark: Callable[[str], None]) -> None:
    near_duplicates([path], Settings(), progress=lambda stage: mark(f"pairs: {stage}"))


def run_audit(path: Path, mark: Callable[[str], None]) -> None:
    """Audit some of the articles, and align pairs of them from their texts."""
    some = list(islice(read([path]), AUDITED))
    mark("audit")
    audit(some)
    mark("align")
    for left, right in pairwise(some[: ALIGNED + 1]):
        align(left, right)


def measure(path: Path, least: dict[str, float]) -> None:
    """Lower ``least``, the CPU seconds by stage, to what several turns take."""
    for _ in range(TURNS):
        for work in (run_workload, run_cluster, run_workload, run_pairs, run_workload, run_audit):
            marks: Marks = []
            gc.collect()
            work(path, lambda stage, marks=marks: marks.append((stage, time.process_time())))
            ends = [at for _, at in marks[1:]] + [time.process_time()]
            for (stage, at), end in zip(marks, ends, strict=True):
                least[stage] = min(least.get(stage, math.inf), end - at)


def ratios(least: dict[str, float]) -> dict[str, float]:
    return {stage: round(took / least["workload"], 3) for stage, took in least.items() if stage != "workload"}


# --- comparing ------------------------------------------------------------------------------------------------------


def machine() -> dict[str, str]:
    """What the ratios depend on."""
    about = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", about.read_text("utf-8"), re.MULTILINE) if about.exists() else None
    processor = found[1] if found else platform.processor() or platform.machine()
    return {
        "processor": processor,
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": ".".join(np.__version__.split(".")[:2]),
    }


def too_slow(found: dict[str, float], pinned: dict[str, float], most: float) -> list[str]:
    """The stages that have grown by more than ``most``; every pinned stage must have been measured."""
    return [
        f"{stage}: {found[stage]} times the workload, was {before}: grown {found[stage] / before:.2f}-fold, most is {most}"
        for stage, before in pinned.items()
        if found[stage] + SMALLEST > most * (before + SMALLEST)
    ]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--write", action="store_true", help="pin the ratios of this machine")
    asked = options.parse_args()
    if DEFAULT.__name__.endswith("reference"):
        print("the kernels in C are not built: nothing was measured", file=sys.stderr)
        sys.exit(77)
    here = machine()
    entries: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))["machines"] if FILE.exists() else []
    same = [one for one in entries if all(one[name] == value for name, value in here.items())]
    pinned = {} if asked.write else (same or entries)[0]["ratios"]
    most = MOST if same else MOST_ELSEWHERE
    least: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "articles.jsonl")
        path.write_text("".join(json.dumps(article) + "\n" for article in articles()), "utf-8")
        for _ in range(TRIES):
            measure(path, least)
            # The file is written from as many turns as a failure takes.
            if pinned and not too_slow(ratios(least), pinned, most):
                break
    found = ratios(least)
    print(f"workload {least['workload'] * 1000:.0f} ms CPU on {here}; a stage may grow {most}-fold")
    for stage, ratio in found.items():
        before = pinned.get(stage)
        print(f"{stage:16} {least[stage] * 1000:6.0f} ms {ratio:7.3f}" + (f", was {before:.3f}" if before else ""))
    if asked.write:
        others = [one for one in entries if one not in same]
        document = {"machines": [*others, here | {"ratios": found}]}
        FILE.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
        return
    slow = too_slow(found, pinned, most)
    for line in slow:
        print(f"slower: {line}", file=sys.stderr)
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
