"""An executor that is killed changes nothing: Spark computes what it had anew, on another one."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from spark_support import collection
from story_articles import FIRE, VOTE
from support import PROGRAM

from dedupe import read
from dedupe.clustering import cluster

CLUSTER = "local-cluster[2,1,1024]"
"""A cluster on this machine: two executors, each a Java process of its own with one core and 1,024 MB."""


def executors(driver):
    """The Java processes of executors that are below a process."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"CoarseGrainedExecutorBackend" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except (OSError, ValueError):  # it has ended
            continue

    def is_below(process):
        while process in parents and process != driver:
            process = parents[process]
        return process == driver

    return [process for process in found if is_below(process)]


def reports():
    """Reports of two events, one of them also as a copy."""
    records = []
    for number, text in enumerate([*FIRE, *VOTE, FIRE[0]]):
        title, _, body = text.partition("\n")
        at = f"2024-03-{number % 5 + 1:02d}T08:30:00Z"
        records.append(
            {"id": f"r{number:02d}", "title": title, "text": body, "publisher": f"Paper {number}", "published_at": at}
        )
    return records


def all_kinds_of_copies():
    names = ("id", "title", "text", "publisher", "published_at")
    return [{name: getattr(article, name) for name in names} for article in collection()]


@pytest.mark.durability
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")
@pytest.mark.parametrize(
    ("records", "options", "stages"),
    [
        (all_kinds_of_copies, ["--no-stories"], ("sketches", "measured")),
        (reports, ["--stories"], ("story_words", "story_links")),
    ],
    ids=["copies", "stories"],
)
def test_an_executor_that_is_killed_changes_nothing(has_spark, jsonl, tmp_path, records, options, stages):
    source, out = jsonl(records()), tmp_path / "out"
    command = [PROGRAM, "spark", "cluster", str(source), str(out), *options, "--master", CLUSTER]
    small = ["spark.sql.shuffle.partitions=2", "spark.driver.memory=1g", "spark.sql.codegen.wholeStage=false"]
    command += [word for setting in small for word in ("--conf", setting)]
    killed = []
    said = tmp_path / "stderr"
    with said.open("w") as file, subprocess.Popen(command, stderr=file, cwd=tmp_path) as run:
        while run.poll() is None:
            if len(killed) < 2 and (tmp_path / "out.working" / stages[len(killed)]).exists():
                for process in executors(run.pid)[:1]:
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)
            time.sleep(0.05)
    assert run.returncode == 0, said.read_text()
    assert len(killed) == 2
    found = pq.read_table(out).sort_by("id")
    alone = cluster(read([source], on_problem=lambda problem: None)).to_arrow().sort_by("id")
    wanted = alone.select(found.column_names)
    assert found.cast(wanted.schema).equals(wanted)
