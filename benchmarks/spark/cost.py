"""What ``dedupe spark`` costs, stage by stage, beside one machine: CPU time, bytes through shuffles, bytes written.

    python -m benchmarks.spark.cost [--sizes 10000 100000 1000000] [--story-sizes 10000 40000] [--folder DIR] [--write]

The articles are variants of news_allsides, made as in benchmarks.copies.scale, with dates, titles and publishers. What
is measured, and how, says ``benchmarks.spark.measured``; the start of a session is not counted. One machine is the
command ``dedupe pairs``, for copies the stages of ``cluster`` up to the relations, and for stories the others, all on
one thread. Figures go to benchmarks/results/spark_cost.json as soon as they are there; those of sizes and verbs that are
not asked for stay there. docs/scale.md is computed from them (``benchmarks.spark.plan``).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, cpu_seconds, keep_figures
from benchmarks.copies import scale

NAME = "spark_cost"
SEED = 11
PUBLISHERS = 60
TITLE_WORDS = 9
SESSION = {"spark.driver.memory": "6g", "spark.driver.extraJavaOptions": "-XX:+UseG1GC"}
"""Java compiles as on a cluster here, while a local session of ``dedupe spark`` lets it compile quickly."""

FIRST_OF_STORIES = "relate"
"""The stage of ``cluster`` with which stories begin."""

ARTICLES_A_TASK, LEAST_PARTITIONS = 6_250, 16
"""Shuffles have as many partitions as there are tasks of so many articles, so that tasks do not grow with the archive."""


def make(path: Path, number: int) -> None:
    """Write the articles as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for place, (name, month, words, _) in enumerate(scale.articles(number, SEED)):
            record: dict[str, Any] = {
                "id": name,
                "title": " ".join(words[:TITLE_WORDS]),
                "text": " ".join(words),
                "publisher": f"Publisher {place * 7 % PUBLISHERS}",
            }
            if len(month) == len("2016-03"):
                record["published_at"] = f"{month}-{place % 28 + 1:02}"
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def run_spark(verb: str, path: Path, folder: Path, number: int) -> dict[str, Any]:
    """Find pairs, copies or stories in a session of its own, and return what each stage took."""
    from benchmarks.spark.measured import Measured, event_log, with_shuffles
    from dedupe.settings import Settings
    from dedupe.spark import (
        find_copies,
        find_pairs,
        find_stories,
        in_canonical_order,
        label_stories,
        opened,
        read_articles,
    )

    logs = folder / "events"
    partitions = max(LEAST_PARTITIONS, number // ARTICLES_A_TASK)
    settings = SESSION | {"spark.sql.shuffle.partitions": str(partitions)}
    with opened("local[2]", settings | event_log(logs)) as spark, Measured(spark, str(folder / "working")) as work:
        session_cpu = work.begun
        articles = read_articles(work, str(path))
        if verb == "pairs":
            counts = find_pairs(work, articles, Settings()).counts
        else:
            placed = in_canonical_order(articles)
            copies = find_copies(work, placed, Settings())
            counts = copies.counts
            if verb == "stories":
                work.forget()
                found = find_stories(work, placed, copies, Settings())
                labels = work.keep("story_labels", label_stories(work, placed, found))
                counts = {"stories": labels.select("story").distinct().count()}
        total = work.end()
    figures = {"cpu_s": round(total, 1), "session_cpu_s": round(session_cpu, 1)}
    return figures | {"stages": with_shuffles(work.stages, logs), "counts": counts}


def run_one_machine(verb: str, path: Path) -> dict[str, Any]:
    """Find pairs, copies or stories on one thread of this process; stories without what they share with copies."""
    from dedupe import Settings, cluster, near_duplicates, read

    began: list[tuple[str, float]] = [("read", cpu_seconds())]

    def note(stage: str) -> None:
        if verb == "stories" and stage == FIRST_OF_STORIES:
            began.clear()
        began.append((stage, cpu_seconds()))
        if verb == "copies" and stage == FIRST_OF_STORIES:
            raise StopIteration

    with suppress(StopIteration):
        if verb == "pairs":
            near_duplicates([path], Settings(), progress=note)
        else:
            cluster(read([path], on_problem=lambda problem: None), Settings(), note)
        note("end")
    ends = [at for _, at in began[1:]]
    stages = {stage: round(end - at, 2) for (stage, at), end in zip(began, ends, strict=False)}
    return {"cpu_s": round(ends[-1] - began[0][1], 2), "stages": stages}


def in_process(*options: str) -> dict[str, Any]:
    """Run a part of this benchmark in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.spark.cost", *options]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(answer))


def measure(number: int, verbs: list[str], folder: Path) -> Iterator[dict[str, Any]]:
    """Make a collection, measure some verbs on Spark and on one machine, and remove it. Yields what is new."""
    path = folder / f"spark-{number}.jsonl"
    make(path, number)
    yield {"mb": round(path.stat().st_size / 1e6, 1)}
    for verb in verbs:
        with tempfile.TemporaryDirectory(dir=folder) as own:
            on_spark = in_process("--run", verb, str(path), own, str(number))
        alone = in_process("--alone", verb, str(path))
        ratio = on_spark["cpu_s"] / alone["cpu_s"]
        print(f"{number} {verb}: {on_spark['cpu_s']} s, one machine {alone['cpu_s']} s", file=sys.stderr, flush=True)
        yield {verb: {"spark": on_spark, "one_machine": alone, "times_one_machine": round(ratio, 1)}}
    path.unlink()


def main() -> None:
    """Every size in turn."""
    options = argparse.ArgumentParser()
    options.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--story-sizes", type=int, nargs="*", default=[10_000, 40_000])
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options.add_argument("--run", nargs=4, help=argparse.SUPPRESS)
    options.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    if asked.run:
        verb, path, folder, number = asked.run
        json.dump(run_spark(verb, Path(path), Path(folder), int(number)), sys.stdout)
        return
    if asked.alone:
        json.dump(run_one_machine(asked.alone[0], Path(asked.alone[1])), sys.stdout)
        return
    kept = RESULTS / f"{NAME}.json"
    sizes = json.loads(kept.read_text("utf-8"))["sizes"] if kept.exists() else {}
    for number in sorted({*asked.sizes, *asked.story_sizes}):
        verbs = ["pairs", "copies"] if number in asked.sizes else []
        verbs += ["stories"] if number in asked.story_sizes else []
        for figures in measure(number, verbs, asked.folder):
            sizes[str(number)] = sizes.get(str(number), {}) | figures
            keep_figures(NAME, {"seed": SEED, "sizes": sizes}, asked.write)


if __name__ == "__main__":
    main()
