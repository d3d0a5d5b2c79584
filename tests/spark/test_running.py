"""``dedupe spark`` writes a whole folder or none, and leaves nothing else behind."""

import gzip
import io
import json
import re
import signal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from spark_support import collection

from dedupe.audit.audit import audit
from dedupe.clustering import cluster
from dedupe.errors import DedupeError, InputError, OutputError
from dedupe.reading.articles import read
from dedupe.settings import Settings
from dedupe.spark import failures, running, workspace
from dedupe.spark.workspace import Workspace, shares_folder


@pytest.fixture
def day(tmp_path):
    path = tmp_path / "day.jsonl"
    fields = ("id", "title", "text", "publisher", "published_at")
    records = [{name: getattr(article, name) for name in fields} for article in collection()]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def parquet_of(columns):
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_cluster_writes_the_rows_of_one_machine_with_the_columns_for_copies(spark, run, day, tmp_path):
    out = tmp_path / "rows"
    ran = run("spark", "cluster", day, out, "--no-stories")
    assert ran.code == 0
    assert ran.out == ""
    assert f"{len(collection())} articles" in ran.err
    rows = pq.read_table(out).sort_by("id")
    alone = cluster(read([day], on_problem=lambda problem: None)).to_arrow().sort_by("id")
    wanted = [name for name in alone.column_names if not name.startswith(("story", "saga"))]
    assert rows.column_names == wanted
    at = rows.schema.get_field_index("published_at")
    rows = rows.set_column(at, "published_at", rows["published_at"].cast(alone.schema.field("published_at").type))
    assert rows.to_pylist() == alone.select(wanted).to_pylist()
    assert names_in(tmp_path) == ["day.jsonl", "rows"]
    assert (out / "_SUCCESS").exists()


def test_audit_candidates_writes_the_pairs_that_audit_aligns(spark, run, day, tmp_path):
    ran = run("spark", "audit-candidates", day, tmp_path / "pairs")
    assert (ran.code, ran.out) == (0, "")
    pairs = []
    audit(read([day], on_problem=lambda problem: None), on_pair=lambda pair: pairs.append((pair.left, pair.right)))
    found = pq.read_table(tmp_path / "pairs").to_pylist()
    assert sorted((row["a"], row["b"]) for row in found) == sorted(pairs)
    assert {*found[0]} == {"a", "b", "kind", "shared_shingles"}
    assert f"{len(pairs)} pairs" in ran.err
    assert names_in(tmp_path) == ["day.jsonl", "pairs"]


def test_a_folder_that_is_there_is_replaced_only_when_asked(spark, run, day, tmp_path):
    out = tmp_path / "pairs"
    (out / "_temporary").mkdir(parents=True)
    (out / "part-of-an-earlier-run").write_text("old")
    ran = run("spark", "pairs", day, out)
    assert (ran.code, ran.out) == (5, "")
    assert "name a new one, or give --overwrite" in ran.err
    assert names_in(out) == ["_temporary", "part-of-an-earlier-run"]
    ran = run("spark", "pairs", day, out, "--overwrite")
    assert ran.code == 0
    assert "_SUCCESS" in names_in(out)
    assert not {"_temporary", "part-of-an-earlier-run"} & {*names_in(out)}
    assert run("spark", "pairs", day, out, "--overwrite").code == 0
    assert names_in(tmp_path) == ["day.jsonl", "pairs"]


def test_what_spark_did_not_write_is_never_replaced(spark, run, day, tmp_path):
    (tmp_path / "mine" / "thesis").mkdir(parents=True)
    (tmp_path / "mine" / "_SUCCESS").touch()
    (tmp_path / "a file").write_text("kept")
    for name, foreign in (("mine", "thesis"), ("a file", "a file")):
        ran = run("spark", "pairs", day, tmp_path / name, "--overwrite")
        assert (ran.code, ran.err.count("\n")) == (5, 1)
        assert f"--overwrite replaces only what Spark wrote, and {foreign!r} is something else" in ran.err
    assert names_in(tmp_path / "mine") == ["_SUCCESS", "thesis"]
    assert (tmp_path / "a file").read_text() == "kept"
    assert names_in(tmp_path) == ["a file", "day.jsonl", "mine"]


def test_a_working_folder_of_another_run_is_left_alone(spark, run, day, tmp_path):
    (tmp_path / "pairs.working").mkdir()
    ran = run("spark", "pairs", day, tmp_path / "pairs")
    assert ran.code == 5
    assert "another run uses it, or one that was killed has left it" in ran.err
    assert names_in(tmp_path) == ["day.jsonl", "pairs.working"]


def test_a_run_that_fails_while_it_writes_leaves_nothing(spark, day, tmp_path, monkeypatch):
    failing = "if(left is null, 0, cast(raise_error('the disk is gone') as int)) as failed"
    real = running.find_pairs

    def half(*given):
        found = real(*given)
        return type(found)(found.pairs.repartition(3).selectExpr("*", failing), found.counts)

    monkeypatch.setattr(running, "find_pairs", half)
    run = running.Run(spark, str(day), str(tmp_path / "pairs"), Settings())
    with pytest.raises(OutputError, match=r"pairs: nothing was written: .*the disk is gone"):
        run.pairs()
    assert names_in(tmp_path) == ["day.jsonl"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "cut.jsonl.gz",
            gzip.compress(b'{"id": "a", "text": "Rain."}\n' * 9000)[:80],
            "Unexpected end of input stream",
        ),
        ("plain.jsonl.gz", b'{"id": "a", "text": "Rain."}\n', "not a gzip file"),
        ("broken.parquet", b"PAR1nonsense", "is not a Parquet file"),
        ("numbers.parquet", parquet_of({"id": ["a"], "text": [1.5]}), "the column 'text' holds numbers, such as 1.5"),
    ],
)
def test_a_damaged_file_is_one_line_that_names_it_and_leaves_nothing(spark, run, tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    ran = run("spark", "pairs", tmp_path / name, tmp_path / "pairs")
    assert (ran.code, ran.out, ran.err.count("\n")) == (3, "", 1)
    assert name in ran.err
    assert reason in ran.err
    assert names_in(tmp_path) == [name]


NO_JAR = r"give Spark the jar of this file system, such as --conf spark\.jars\.packages="


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("hdfs://no-such-host.invalid:1/{}", "no-such-host.invalid"),
        ("nosuch://bucket/{}", NO_JAR),
        ("s3a://bucket/{}", NO_JAR),
    ],
)
def test_a_file_system_that_is_not_there_is_one_line(spark, run, day, tmp_path, address, reason):
    ran = run("spark", "pairs", address.format("day.jsonl"), tmp_path / "pairs")
    assert (ran.code, ran.err.count("\n")) == (3, 1)
    assert re.search(reason, ran.err)
    ran = run("spark", "pairs", day, address.format("pairs"))
    assert (ran.code, ran.err.count("\n")) == (5, 1)
    assert re.search(reason, ran.err)


@pytest.mark.parametrize("folder", ["file", "/proc"])
def test_an_output_that_cannot_be_written_is_one_line_that_names_it(spark, run, day, tmp_path, folder):
    (tmp_path / "file").touch()
    ran = run("spark", "pairs", day, tmp_path / folder / "pairs")
    assert (ran.code, ran.err.count("\n")) == (5, 1)
    assert f"{tmp_path / folder / 'pairs'}" in ran.err
    assert str(day) not in ran.err
    assert names_in(tmp_path) == ["day.jsonl", "file"]


def test_a_full_disk_while_the_input_is_read_is_an_error_of_the_output(spark):
    """The cause is what Spark says on a file system of 3 MB."""
    from pyspark.errors import PySparkException

    error = PySparkException("Task failed while writing rows to file:/small/out.working/read: No space left on device")
    told = failures.told_as(InputError, "day.jsonl", "out: nothing was written")
    with pytest.raises(OutputError, match=r"^out: nothing was written: .*No space left on device"), told:
        raise error


def test_an_output_that_holds_the_input_or_lies_in_it_is_refused(spark, run, day, tmp_path):
    pairs = tmp_path / "pairs"
    for source, output in ((day, day), (day, tmp_path), (tmp_path, pairs), (f"{tmp_path}/*", day), (day, "/")):
        ran = run("spark", "pairs", source, output, "--overwrite")
        assert ran.code == 5
        assert "name a folder outside of the input" in ran.err
    assert names_in(tmp_path) == ["day.jsonl"]
    assert day.read_text()


def test_an_output_beside_the_input_whose_name_begins_alike_is_not_in_it(spark, day):
    assert not shares_folder(spark, str(day), f"{day}.pairs")
    assert shares_folder(spark, f"{day.parent}/", f"{day.parent}/pairs/")


def test_an_interrupted_run_cancels_its_jobs_cleans_up_and_only_then_ends(spark, day, tmp_path, monkeypatch):
    def endless(work, articles, settings):
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        while True:
            articles.count()

    def stop(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    monkeypatch.setattr(running, "find_pairs", endless)
    try:
        with pytest.raises(KeyboardInterrupt):
            running.Run(spark, str(day), str(tmp_path / "pairs"), Settings()).pairs()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert names_in(tmp_path) == ["day.jsonl"]
    assert spark.range(3).count() == 3


def test_an_input_that_cannot_be_read_leaves_nothing(spark, run, tmp_path):
    ran = run("spark", "pairs", tmp_path / "absent", tmp_path / "pairs")
    assert ran.code == 3
    assert "no such file or folder" in ran.err
    assert names_in(tmp_path) == []


def test_options_say_how_the_input_is_read_and_what_is_a_pair(spark, run, tmp_path):
    day, out = tmp_path / "day.jsonl", tmp_path / "pairs"
    text = "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday before noon"
    records = [{"key": name, "Body": f"{text} {name}"} for name in ("one", "two")] + [
        {"key": "long", "Body": "x" * 9000}
    ]
    day.write_bytes("".join(json.dumps(record) + "\n" for record in records).encode("latin-1"))
    ran = run(
        "spark", "pairs", day, out, "--map", "text=Body,id=key", "--max-record-mb", "0.005", "--encoding", "latin-1",
        "--near-duplicate-jaccard", "0.8", "--master", "local[1]", "--conf", "spark.ui.enabled=false", "--day-first",
    )  # fmt: skip
    assert (ran.code, ran.out) == (0, "")
    assert "2 articles, 1 pair" in ran.err
    assert "raise --max-record-mb" in ran.err
    ran = run("spark", "pairs", day, out, "--overwrite", "--map", "text=Body,id=key", "--month-first",
              "--near-duplicate-jaccard", "0.95")  # fmt: skip
    assert "3 articles, 0 pairs" in ran.err


def test_all_options_of_cluster_and_of_candidates_are_taken(spark, run, tmp_path):
    absent, out = tmp_path / "absent", tmp_path / "out"
    clustered = run(
        "spark", "cluster", absent, out, "--map", "text=Body", "--max-record-mb", "1", "--encoding", "latin-1",
        "--day-first", "--month-first", "--near-duplicate-jaccard", "0.6", "--excerpt-containment", "0.7", "--overwrite",
        "--story-probability", "0.4", "--story-span", "30", "--dates", "trusted", "--stories", "--no-stories",
        "--master", "local[1]", "--conf", "spark.ui.enabled=false",
    )  # fmt: skip
    chosen = run(
        "spark", "audit-candidates", absent, out, "--map", "text=Body", "--max-record-mb", "1", "--encoding", "latin-1",
        "--day-first", "--month-first", "--near-duplicate-jaccard", "0.6", "--excerpt-containment", "0.7", "--overwrite",
        "--story-probability", "0.4", "--story-span", "30", "--dates", "trusted", "--stories", "--no-stories",
        "--master", "local[1]", "--conf", "spark.ui.enabled=false",
    )  # fmt: skip
    assert [(ran.code, "no such file or folder" in ran.err) for ran in (clustered, chosen)] == [(3, True)] * 2
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("value", ["memory=8g", "spark.executor.memory"])
def test_a_setting_of_spark_has_a_name_and_a_value(run, tmp_path, value):
    ran = run("spark", "pairs", tmp_path / "in", tmp_path / "out", "--conf", value)
    assert ran.code == 2
    assert "spark.NAME=VALUE" in ran.err


@pytest.mark.parametrize("paths", [("", "out"), ("in", " ")])
def test_an_empty_path_is_a_mistake_in_the_command(run, paths):
    ran = run("spark", "pairs", *paths)
    assert ran.code == 2
    assert "the path is empty" in ran.err


def test_two_stages_of_one_name_are_a_mistake(spark, work):
    work.keep("one", spark.range(2))
    with pytest.raises(ValueError, match="'one'"):
        work.keep("one", spark.range(2))


def test_a_workspace_gives_back_the_settings_that_it_changed(spark, tmp_path):
    before = {name: spark.conf.get(name) for name in workspace.SETTINGS}
    with Workspace(spark, str(tmp_path / "work")):
        assert {name: spark.conf.get(name) for name in before} == workspace.SETTINGS
    with pytest.raises(DedupeError), Workspace(spark, str(tmp_path / "work")):
        raise DedupeError
    assert {name: spark.conf.get(name) for name in before} == before
    assert names_in(tmp_path) == []
