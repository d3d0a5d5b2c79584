"""What ``dedupe spark`` costs, stage by stage, beside one machine: CPU time, bytes through shuffles, bytes written.

    python -m benchmarks.spark.cost [--sizes 10000 100000] [--folder DIR] [--partitions 16] [--write]

The articles are variants of news_allsides, made as in benchmarks.copies.scale, with dates, titles and publishers. The
CPU time is that of the Java process, of its Python workers and of the driver, at the borders of every stage; one
machine is the command ``dedupe pairs``, and for copies the stages of ``cluster`` up to the relations, both on one
thread. Bytes through shuffles are what the event log says was written to them. ``other`` are counts and small joins
between the stages. Figures go to benchmarks/results/spark_cost.json, from which docs/scale.md is computed
(``benchmarks.spark.plan``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.common import cpu_seconds, keep_figures
from benchmarks.copies import scale

SEED = 11
PUBLISHERS = 60
TITLE_WORDS = 9
BETWEEN = "other"
"""The name of what is computed between two stages."""


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


def tree_cpu() -> float:
    """CPU seconds of this process and of all below it, with those that they waited for."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(folder.name)], used[int(folder.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    below, found = {os.getpid()}, 0
    while len(below) > found:
        found = len(below)
        below |= {process for process, parent in parents.items() if parent in below}
    return sum(used[process] for process in below) / os.sysconf("SC_CLK_TCK")


def shuffled_bytes(log: Path) -> dict[str, int]:
    """Bytes that were written to shuffles, by the descriptions of the jobs."""
    names: dict[int, str] = {}
    written: dict[str, int] = defaultdict(int)
    with log.open(encoding="utf-8") as events:
        for line in events:
            event = json.loads(line)
            if event["Event"] == "SparkListenerJobStart":
                name = (event.get("Properties") or {}).get("spark.job.description", BETWEEN)
                names |= dict.fromkeys(event["Stage IDs"], name)
            elif event["Event"] == "SparkListenerStageCompleted":
                info = event["Stage Info"]
                for metric in info["Accumulables"]:
                    if metric["Name"] == "internal.metrics.shuffle.write.bytesWritten":
                        written[names.get(info["Stage ID"], BETWEEN)] += int(metric["Value"])
    return dict(written)


def run_spark(verb: str, path: Path, folder: Path, partitions: int) -> dict[str, Any]:
    """Find pairs or copies in a session of its own, and return what each stage took."""
    from dedupe.settings import Settings
    from dedupe.spark import Workspace, find_copies, find_pairs, in_canonical_order, opened, read_articles

    stages: dict[str, dict[str, float]] = {}

    class Measured(Workspace):
        """A workspace that notes what every stage takes."""

        def keep(self, name: str, frame: Any) -> Any:  # noqa: ANN401 - frames of Spark
            nonlocal before
            began, wall = tree_cpu(), time.perf_counter()
            between.append(began - before)
            kept = super().keep(name, frame)
            before = tree_cpu()
            size = sum(file.stat().st_size for file in Path(self.path, name).rglob("*.parquet"))
            stages[name] = {
                "cpu_s": round(before - began, 2),
                "wall_s": round(time.perf_counter() - wall, 2),
                "kept_bytes": size,
            }
            self.spark.sparkContext.setJobDescription(BETWEEN)
            return kept

    logs = folder / "events"
    logs.mkdir()
    settings = {
        "spark.sql.shuffle.partitions": str(partitions),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": logs.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    between: list[float] = []
    with opened("local[2]", settings) as spark:
        before = begun = tree_cpu()
        with Measured(spark, str(folder / "working")) as work:
            articles = read_articles(work, str(path))
            if verb == "pairs":
                counts = find_pairs(work, articles, Settings()).counts
            else:
                counts = find_copies(work, in_canonical_order(articles), Settings()).counts
            total = tree_cpu() - begun
        between.append(total - sum(between) - sum(stage["cpu_s"] for stage in stages.values()))
    written = shuffled_bytes(next(logs.iterdir()))
    for name, stage in stages.items():
        stage["shuffle_bytes"] = written.get(name, 0)
    stages[BETWEEN] = {"cpu_s": round(sum(between), 2), "shuffle_bytes": written.get(BETWEEN, 0)}
    return {"cpu_s": round(total, 1), "session_cpu_s": round(begun, 1), "stages": stages, "counts": counts}


def run_one_machine(verb: str, path: Path) -> dict[str, Any]:
    """Find pairs, or copies without stories, on one thread of this process."""
    from dedupe import Settings, cluster, near_duplicates, read

    began: list[tuple[str, float]] = [("read", cpu_seconds())]

    def note(stage: str) -> None:
        began.append((stage, cpu_seconds()))
        if stage == "relate":
            raise StopIteration

    if verb == "pairs":
        near_duplicates([path], Settings(), progress=note)
        note("end")
    else:
        with suppress(StopIteration):
            cluster(read([path], on_problem=lambda problem: None), Settings(), note)
    ends = [at for _, at in began[1:]]
    stages = {stage: round(end - at, 2) for (stage, at), end in zip(began, ends, strict=False)}
    return {"cpu_s": round(ends[-1] - began[0][1], 2), "stages": stages}


def in_process(*options: str) -> dict[str, Any]:
    """Run a part of this benchmark in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.spark.cost", *options]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(answer))


def measure(number: int, folder: Path, partitions: int) -> dict[str, Any]:
    """Make a collection, find its pairs and its copies on Spark and on one machine, and forget it."""
    path = folder / f"spark-{number}.jsonl"
    make(path, number)
    figures: dict[str, Any] = {"mb": round(path.stat().st_size / 1e6, 1)}
    for verb in ("pairs", "copies"):
        with tempfile.TemporaryDirectory(dir=folder) as own:
            on_spark = in_process("--run", verb, str(path), own, "--partitions", str(partitions))
        alone = in_process("--alone", verb, str(path))
        ratio = on_spark["cpu_s"] / alone["cpu_s"]
        figures[verb] = {"spark": on_spark, "one_machine": alone, "times_one_machine": round(ratio, 1)}
        print(f"{number} {verb}: {on_spark['cpu_s']} s, one machine {alone['cpu_s']} s", file=sys.stderr)
    path.unlink()
    return figures


def main() -> None:
    """Every size in turn."""
    options = argparse.ArgumentParser()
    options.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options.add_argument("--partitions", type=int, default=16)
    options.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    options.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    if asked.run:
        verb, path, folder = asked.run
        json.dump(run_spark(verb, Path(path), Path(folder), asked.partitions), sys.stdout)
        return
    if asked.alone:
        json.dump(run_one_machine(asked.alone[0], Path(asked.alone[1])), sys.stdout)
        return
    sizes = {str(number): measure(number, asked.folder, asked.partitions) for number in asked.sizes}
    keep_figures("spark_cost", {"seed": SEED, "partitions": asked.partitions, "sizes": sizes}, asked.write)


if __name__ == "__main__":
    main()
