"""What is missing for Spark is named, with what to do."""

import subprocess
import sys
import time

import pyarrow as pa
import pytest
from support import PROGRAM

from dedupe import kernels
from dedupe.errors import InputError, OutputError
from dedupe.spark import session
from dedupe.spark.failures import told_as


def test_without_pyspark_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(InputError, match=r"pip install 'news-dedupe\[spark\]'"), session.opened():
        pass


def test_without_java_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="no java on the path: install Java 17 or newer"):
        session.check_java()


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ("echo 'openjdk version \"11.0.20\"' >&2", "Java 17 or newer, and .* is Java 11"),
        ("echo 'java version \"1.8.0_392\"' >&2", "is Java 8"),
        ("exit 3", "does not run"),
    ],
)
def test_a_java_that_cannot_serve_is_named(monkeypatch, tmp_path, says, message):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\n{says}\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(InputError, match=message):
        session.check_java()


def test_a_session_that_runs_is_used_as_it_is_and_stays(spark):
    with session.opened(settings={"spark.sql.shuffle.partitions": "99"}) as used:
        assert used is spark
    assert spark.conf.get("spark.sql.shuffle.partitions") != "99"
    assert spark.range(3).count() == 3


def test_workers_without_the_package_are_refused(spark, monkeypatch):
    def fail(*_):
        raise RuntimeError("ModuleNotFoundError: No module named 'dedupe'")

    monkeypatch.setattr(type(spark), "range", fail)
    with pytest.raises(InputError, match="the Python of the executors has no dedupe: install news-dedupe"):
        session.check_workers(spark)


def test_workers_without_the_kernels_in_c_are_told_once(spark, monkeypatch, caplog):
    def slow(batches):
        import pyarrow as pa

        for batch in batches:
            yield pa.RecordBatch.from_arrays([pa.array([False] * len(batch))], ["has_c"])

    session.check_workers(spark)
    assert not caplog.messages
    monkeypatch.setattr(session, "_answer", slow)
    session.check_workers(spark)
    assert ["workers have no kernels in C" in message for message in caplog.messages] == [True]


def test_a_worker_knows_whether_it_has_the_kernels_in_c(monkeypatch):
    batch = pa.RecordBatch.from_arrays([pa.array([1, 2])], ["id"])
    has_c = not kernels._NOT_LOADED
    assert [one.to_pylist() for one in session._answer(iter([batch]))] == [[{"has_c": has_c}] * 2]
    monkeypatch.setattr(kernels, "_NOT_LOADED", "no compiler")
    assert [one.to_pylist() for one in session._answer(iter([batch]))] == [[{"has_c": False}] * 2]


@pytest.mark.parametrize(("master", "told"), [("spark://host:7077", True), ("local[2]", False), (None, False)])
def test_a_cluster_that_does_not_answer_is_told(monkeypatch, caplog, master, told):
    monkeypatch.setattr(session, "_NOTICE_SECONDS", 0.01)
    with session._told_when_slow(master, "it has not answered yet"):
        time.sleep(0.2)
    assert caplog.messages == ["waiting for spark://host:7077: it has not answered yet"] * told


@pytest.mark.durability
def test_a_master_that_cannot_be_reached_is_given_up_after_a_minute(has_spark, jsonl, tmp_path):
    source = jsonl([{"id": "a", "text": "Rain."}])
    command = [PROGRAM, "spark", "pairs", str(source), str(tmp_path / "out"), "--master", "spark://127.0.0.1:1"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (3, "")
    waiting, error = ran.stderr.splitlines()
    assert "waiting for spark://127.0.0.1:1: it has not answered yet" in waiting
    assert "no session of Spark could begin with spark://127.0.0.1:1" in error
    assert "All masters are unresponsive" in error


def test_a_python_that_is_not_there_is_one_line(spark, monkeypatch):
    monkeypatch.setattr(spark.sparkContext, "pythonExec", "/no/such/python")
    with pytest.raises(InputError, match=r"the executors cannot run Python: .*/no/such/python") as raised:
        session.check_workers(spark)
    assert "\n" not in str(raised.value)


def test_a_java_process_that_has_ended_is_said_so():
    pytest.importorskip("pyspark", reason="needs pyspark: pip install 'news-dedupe[spark]'")
    said = r"out: the Java process of Spark has ended.*driver\.memory"
    with pytest.raises(OutputError, match=said), told_as(InputError, "out"):
        raise ConnectionRefusedError(111, "Connection refused")
