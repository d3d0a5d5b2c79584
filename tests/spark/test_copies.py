"""Copies on Spark are those of one machine: relations, groups, what a publisher repeats, and all counts."""

import os
import signal
import threading
from pathlib import Path

import pytest
from spark_support import collection, frame_of, table

from dedupe.clustering import cluster
from dedupe.copies.verification import find_series
from dedupe.settings import Settings
from dedupe.spark.copies import find_copies
from dedupe.spark.order import ID_AT, in_canonical_order

CAPPED = Settings(bucket_cap=6)


def identifier(place):
    return bytes(place)[ID_AT:].decode()


def of_one_machine(articles, settings=CAPPED):
    result = cluster(table(articles), settings)
    evidence = result.evidence
    ids = evidence.articles["id"].to_pylist()
    left, right = find_series(evidence.measured, evidence.details, evidence.linked)
    return {
        "groups": {row.id: row.canonical for row in result.rows},
        "linked": {ids[row] for row in evidence.linked},
        "words": dict(zip(ids, evidence.fingerprints["words"].to_pylist(), strict=True)),
        "relations": sorted(
            (row.left, row.right, row.kind, row.jaccard, row.left_in_right, row.right_in_left, row.shared_shingles)
            for row in result.relations
        ),
        "series": {(ids[evidence.linked[a]], ids[evidence.linked[b]]) for a, b in zip(left, right, strict=True)},
    }, result.counts


def of_spark(work, frame, settings=CAPPED):
    copies = find_copies(work, in_canonical_order(frame), settings)
    rows = copies.groups.collect()
    numbers = ("kind", "jaccard", "left_in_right", "right_in_left", "shared")
    found = {
        "groups": {row["id"]: row["copy_group"] for row in rows},
        "linked": {row["id"] for row in rows if row["longest"] and row["words"] >= settings.shingle_words},
        "words": {row["id"]: row["words"] for row in rows},
        "relations": sorted(
            (identifier(row["left"]), identifier(row["right"]), *(row[name] for name in numbers))
            for row in copies.relations.collect()
        ),
        "series": {(identifier(row["left"]), identifier(row["right"])) for row in copies.series.collect()},
    }
    assert len(rows) == len(found["groups"])
    return found, copies


def test_an_article_alone_is_a_group_of_its_own(spark, work):
    article = collection()[0]
    found, copies = of_spark(work, frame_of(spark, [article]))
    assert found["groups"] == {article.id: article.id}
    assert (found["relations"], copies.left_out, copies.counts["texts"]) == ([], None, 1)


@pytest.mark.parametrize(("parts", "shuffled"), [(1, None), (7, 2)])
def test_copies_are_those_of_one_machine_in_any_number_of_partitions_and_any_order(
    spark, work, partitions, parts, shuffled
):
    articles = collection()
    partitions(parts)
    found, copies = of_spark(work, frame_of(spark, articles, parts, shuffled))
    wanted, counts = of_one_machine(articles)
    assert found == wanted
    assert copies.counts == {name: counts[name] for name in copies.counts}
    assert copies.left_out.count() >= 3
    assert copies.disguised == (1, articles[-1].id)
    assert {counts["identical"], counts["excerpt"], counts["overlapping"], counts["capped_buckets"]}.isdisjoint({0})


def workers():
    """The Python processes that compute for Spark, in this test and below it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            of_parent = (Path("/proc") / str(parent) / "cmdline").read_bytes()
        except (OSError, ValueError):  # it has ended
            continue
        if b"pyspark.daemon" in words and b"pyspark.daemon" in of_parent and is_below(parent):
            found.append(int(folder.name))
    return found


def is_below(process):
    while process > 1:
        if process == os.getpid():
            return True
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return False


@pytest.mark.durability
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")
def test_python_workers_that_are_killed_change_nothing(spark, work):
    articles, ended, killed = collection(), threading.Event(), []

    def kill():
        while not ended.wait(0.7) and len(killed) < 3:
            for process in workers()[:1]:
                os.kill(process, signal.SIGKILL)
                killed.append(process)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        found, _ = of_spark(work, frame_of(spark, articles, 3, 4))
    finally:
        ended.set()
        killer.join()
    assert killed
    assert found == of_one_machine(articles)[0]
