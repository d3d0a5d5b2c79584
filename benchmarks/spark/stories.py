"""Whether stories on Spark are those of one machine, and what each of their stages costs.

    python -m benchmarks.spark.stories [--sets seeds ecb wikinews vietnamese desk allsides] [--partitions 1 2 7] [--write]

Every set is read, shuffled, and clustered on Spark with its copies, once for each number of partitions, in one session
on two cores. ``different`` are the articles whose story, canonical article, size or label of story, or probability is
not that of ``dedupe.cluster``. The CPU time is that of the stories alone, for the last number of partitions; that of one
machine is all of ``dedupe.cluster`` on one thread. Figures go to benchmarks/results/spark_stories.json; those of sets
that are not asked for stay there.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from benchmarks.common import RESULTS, ROOT, bench_data, cpu_seconds, keep_figures

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SETS = {
    "seeds": "seeds",
    "ecb": "stories_ecb.jsonl.gz",
    "wikinews": "stories_wikinews.jsonl.gz",
    "vietnamese": "stories_vietnamese.jsonl.gz",
    "desk": "stories_desk.jsonl.gz",
    "allsides": "news_allsides.jsonl.gz",
}
NAME = "spark_stories"
Found = dict[str, tuple[Any, ...]]


def run(name: str, partitions: list[int], folder: Path) -> dict[str, Any]:
    """Cluster one set on one machine and on Spark, in this process."""
    from dedupe import cluster, read
    from dedupe.reading.articles import to_table
    from dedupe.settings import Settings
    from dedupe.spark import opened

    warnings.simplefilter("ignore")
    path = ROOT / "seeds" if name == "seeds" else bench_data() / SETS[name]
    articles = to_table(read([path]))
    began = cpu_seconds()
    alone = cluster(articles, Settings())
    figures: dict[str, Any] = {"articles": len(articles), "one_machine_cpu_s": round(cpu_seconds() - began, 2)}
    columns = ("story", "story_canonical", "story_size", "story_label", "story_probability")
    wanted = {row.id: tuple(getattr(row, column) for column in columns) for row in alone.rows}
    order = list(range(len(articles)))
    random.Random(5).shuffle(order)
    shuffled = plain(articles.take(pa.array(order)))
    figures["different"] = {}
    with opened("local[2]", {"spark.driver.memory": "6g"}) as spark:
        for number in partitions:
            spark.conf.set("spark.sql.shuffle.partitions", str(number))
            found, cpu, rounds = find(spark, shuffled, number, folder / f"working-{number}")
            different = sum(found.get(article) != story for article, story in wanted.items())
            figures["different"][str(number)] = different + abs(len(found) - len(wanted))
            print(f"{name}, {number} partitions: {figures['different'][str(number)]} different", file=sys.stderr)
    return figures | {"cpu_s": round(cpu, 1), "rounds": rounds}


def plain(articles: pa.Table) -> pa.Table:
    """The table with strings of the type that Spark reads."""
    types = [pa.string() if kind == pa.large_string() else kind for kind in articles.schema.types]
    return articles.cast(pa.schema(list(zip(articles.column_names, types, strict=True))))


def find(spark: SparkSession, articles: pa.Table, partitions: int, folder: Path) -> tuple[Found, float, int]:
    """The story of each article, the CPU seconds of stories, and the rounds of joining."""
    from benchmarks.spark.measured import Measured
    from dedupe.settings import Settings
    from dedupe.spark import find_copies, find_stories, in_canonical_order, label_stories

    with Measured(spark, str(folder)) as work:
        placed = in_canonical_order(spark.createDataFrame(articles).repartition(partitions))
        copies = find_copies(work, placed, Settings())
        work.forget()
        labels = label_stories(work, placed, find_stories(work, placed, copies, Settings()))
        found = {row["id"]: tuple(row)[1:] for row in labels.toLocalIterator()}
        return found, work.end(), sum(stage.endswith("_across") for stage in work.stages)


def main() -> None:
    """Every set in a process of its own."""
    options = argparse.ArgumentParser()
    options.add_argument("--sets", nargs="*", choices=SETS, default=[*SETS])
    options.add_argument("--partitions", type=int, nargs="*", default=[1, 2, 7])
    options.add_argument("--run", help=argparse.SUPPRESS)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    if asked.run:
        with tempfile.TemporaryDirectory() as folder:
            json.dump(run(asked.run, asked.partitions, Path(folder)), sys.stdout)
        return
    kept = RESULTS / f"{NAME}.json"
    figures = json.loads(kept.read_text("utf-8"))["sets"] if kept.exists() else {}
    for name in asked.sets:
        command = [sys.executable, "-m", "benchmarks.spark.stories", "--run", name, "--partitions"]
        answer = subprocess.run([*command, *map(str, asked.partitions)], check=True, stdout=subprocess.PIPE, text=True)
        figures[name] = json.loads(answer.stdout)
        figures = {known: figures[known] for known in SETS if known in figures}
        keep_figures(NAME, {"sets": figures}, asked.write)


if __name__ == "__main__":
    main()
