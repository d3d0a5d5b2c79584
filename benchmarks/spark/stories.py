"""Whether stories on Spark are those of one machine, and what each of their stages costs.

    python -m benchmarks.spark.stories [--sets seeds ecb wikinews vietnamese desk allsides] [--partitions 1 2 7] [--write]

Every set is read, shuffled, and clustered on Spark with its copies, once for each number of partitions, in one session
on two cores. ``different`` are the articles whose story, canonical article, size or label of story, or probability is not
that of ``dedupe.cluster``. The costs are those of the last number of partitions: CPU time of the Java process, its Python
workers and the driver at the borders of every stage, and bytes kept for later stages. Bytes written to shuffles, by the
event log, are a mean over all numbers. One machine is ``dedupe.cluster`` on one thread. Figures go to benchmarks/results/spark_stories.json; those
of sets that are not asked for stay there.
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
from benchmarks.spark.cost import shuffled_bytes, tree_cpu

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

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
    logs = folder / "events"
    logs.mkdir()
    settings = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": logs.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        "spark.driver.memory": "6g",
    }
    with opened("local[2]", settings) as spark:
        for number in partitions:
            spark.conf.set("spark.sql.shuffle.partitions", str(number))
            found, stages = find(spark, shuffled, number, folder / f"working-{number}")
            different = sum(found.get(article) != story for article, story in wanted.items())
            figures["different"][str(number)] = different + abs(len(found) - len(wanted))
            print(f"{name}, {number} partitions: {figures['different'][str(number)]} different", file=sys.stderr)
    written = shuffled_bytes(next(logs.iterdir()))
    for stage, cost in stages.items():
        cost["shuffle_bytes"] = written.get(stage, 0) // len(partitions)
    figures |= {"partitions": partitions[-1], "cpu_s": round(sum(cost["cpu_s"] for cost in stages.values()), 1)}
    return figures | {"rounds": sum(stage.endswith("_across") for stage in stages), "stages": stages}


def plain(articles: pa.Table) -> pa.Table:
    """The table with strings of the type that Spark reads."""
    types = [pa.string() if kind == pa.large_string() else kind for kind in articles.schema.types]
    return articles.cast(pa.schema(list(zip(articles.column_names, types, strict=True))))


def find(spark: SparkSession, articles: pa.Table, partitions: int, folder: Path) -> tuple[Found, dict[str, Any]]:
    """The story of each article, and what the stages of stories took."""
    from dedupe.settings import Settings
    from dedupe.spark import Workspace, find_copies, find_stories, in_canonical_order, label_stories

    stages: dict[str, Any] = {}

    class Measured(Workspace):
        """A workspace that notes what every stage of stories takes."""

        def keep(self, name: str, frame: DataFrame) -> DataFrame:
            began = tree_cpu()
            kept = super().keep(name, frame)
            if name.startswith("story"):
                size = sum(file.stat().st_size for file in Path(self.path, name).rglob("*.parquet"))
                stages[name] = {"cpu_s": round(tree_cpu() - began, 2), "kept_bytes": size}
            return kept

    with Measured(spark, str(folder)) as work:
        frame = spark.createDataFrame(articles).repartition(partitions)
        placed = in_canonical_order(frame)
        copies = find_copies(work, placed, Settings())
        labels = label_stories(work, placed, find_stories(work, placed, copies, Settings()))
        return {row["id"]: tuple(row)[1:] for row in labels.toLocalIterator()}, stages


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
        answer = subprocess.run([*command, *map(str, asked.partitions)], check=True, capture_output=True, text=True)
        figures[name] = json.loads(answer.stdout)
        figures = {known: figures[known] for known in SETS if known in figures}
        keep_figures(NAME, {"sets": figures}, asked.write)


if __name__ == "__main__":
    main()
