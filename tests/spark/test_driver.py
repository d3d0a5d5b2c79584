"""Only counts and bounded samples come to the driver, whatever the articles are called and however unevenly they lie."""

import random
import subprocess

import pyarrow.parquet as pq
import pytest
from support import PROGRAM

from dedupe import read
from dedupe.clustering import cluster

ARTICLES = 800
PREFIX = f"https://news.example/{'archive/' * 20}"
"""Ids are long and differ at their ends only. Those of all articles have 160 KB."""

MOST_COLLECTED = "100k"
"""What all tasks of one job may give to the driver. It holds what Spark itself says of every task."""


def flood():
    """Articles of one publisher: half of them are one text with two words of its own, the others have little in common."""
    draw = random.Random(4)
    words = [f"word{number}" for number in range(2_000)]
    shared = draw.sample(words, 40)
    for number in range(ARTICLES):
        own = shared if number % 2 else draw.sample(words, 40)
        text = f"Begin{number} {' '.join(own)} end{number}."
        yield {"id": f"{PREFIX}{number:04}", "title": f"Report {number}", "text": text, "publisher": "Wire"}


@pytest.mark.durability
def test_only_counts_and_samples_come_to_the_driver_and_ids_that_begin_alike_change_nothing(has_spark, jsonl, tmp_path):
    source, out = jsonl(list(flood())), tmp_path / "out"
    settings = [
        f"spark.driver.maxResultSize={MOST_COLLECTED}",
        "spark.sql.autoBroadcastJoinThreshold=-1",  # Spark collects a small table before it sends it to all executors
        "spark.sql.execution.rangeExchange.sampleSizePerPartition=10",  # of articles, by which Spark cuts them into ranges
        "spark.sql.shuffle.partitions=3",
        "spark.driver.memory=1g",
        "spark.sql.codegen.wholeStage=false",
    ]
    command = [PROGRAM, "spark", "cluster", str(source), str(out), "--master", "local[2]"]
    command += [word for setting in settings for word in ("--conf", setting)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    found = pq.read_table(out).sort_by("id")
    wanted = cluster(read([source], on_problem=lambda problem: None)).to_arrow().sort_by("id")
    assert found.cast(wanted.schema).equals(wanted)
