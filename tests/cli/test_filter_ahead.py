"""While the index decides, other processes fingerprint what waits; whatever becomes of them, no verdict changes."""

import json
import os
import random
import signal
import subprocess
import threading

import pytest
from support import PROGRAM

from dedupe import Article
from dedupe.cli import filter_ahead
from dedupe.cli.filter_ahead import Ahead
from dedupe.cli.processors import available_processors
from dedupe.index import Index

VOCABULARY = [f"word{i}" for i in range(2_000)]


def articles(number, seed=0):
    draw = random.Random(seed)
    texts = [" ".join(draw.choices(VOCABULARY, k=60)) for _ in range(number)]
    return [Article(f"{seed}-{i}", text=draw.choice(texts) if i % 7 == 0 else text) for i, text in enumerate(texts)]


@pytest.fixture
def index(tmp_path):
    with Index(tmp_path / "index") as opened:
        yield opened


def test_no_process_is_started_for_few_articles_or_without_leave(index):
    assert Ahead(index, 1).begin(articles(500)) is None
    assert Ahead(index, 0).begin(articles(1_500)) is None


@pytest.mark.parametrize("story_days", [0, 3])
def test_the_verdicts_are_the_same_with_other_processes(tmp_path, story_days, monkeypatch):
    monkeypatch.setattr(filter_ahead, "_WORTH_IT", 100)
    given = articles(150)
    with Index(tmp_path / "one", story_days=story_days) as index:
        expected = index.check(given)
    with Index(tmp_path / "two", story_days=story_days) as index:
        ahead = Ahead(index, 1)
        begun = ahead.begin(given)
        assert begun is not None
        assert ahead.check(given, begun) == expected
        ahead.close()


def test_the_lines_of_a_long_run_are_the_same_with_other_processes(run, tmp_path):
    lines = b"".join(json.dumps({"id": one.id, "text": one.text}).encode() + b"\n" for one in articles(1_600))
    one, two = (run("filter", "--index", tmp_path / n, "--processes", n, "--batch", "100", stdin=lines) for n in "12")
    assert one.code == two.code == 0
    assert one.out == two.out
    assert one.rows[-1]["dedupe"]["verdict"] == "new"


def test_processes_have_ended_when_the_run_has_and_nothing_is_begun_any_more(index, monkeypatch):
    """At the exit of Python, one that is ending may still make it print a traceback."""
    monkeypatch.setattr(filter_ahead, "_WORTH_IT", 100)
    given = articles(100)
    ahead = Ahead(index, 1)
    begun = ahead.begin(given)
    processes = list(ahead._pool._processes.values())
    assert len(ahead.check(given, begun)) == len(given)
    ahead.close()
    assert not any(process.is_alive() for process in processes)
    assert not any("ExecutorManager" in type(thread).__name__ for thread in threading.enumerate())
    assert ahead.begin(given) is None


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed by SIGKILL")
def test_killed_processes_are_done_without(index):
    given = articles(3_000)
    ahead = Ahead(index, 1)
    begun = [ahead.begin(given[:1_500]), ahead.begin(given[1_500:])]
    for process in list(ahead._pool._processes):
        os.kill(process, signal.SIGKILL)
    answers = ahead.check(given[:1_500], begun[0]) + ahead.check(given[1_500:], begun[1])
    assert [answer.id for answer in answers] == [article.id for article in given]
    assert ahead.begin(given) is None
    ahead.close()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_to_all_processes_of_a_run_ends_it(tmp_path, number, code):
    lines = b"".join(json.dumps({"id": one.id, "text": one.text}).encode() + b"\n" for one in articles(8_000))
    (tmp_path / "long.jsonl").write_bytes(lines)
    command = [PROGRAM, "filter", "--index", tmp_path / "index", "--processes", "2", tmp_path / "long.jsonl"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        for _ in range(1_500):
            assert process.stdout.readline()
        os.killpg(process.pid, number)
        process.communicate(timeout=60)
        assert process.returncode == code


def test_a_lone_line_is_answered_before_the_next_one_comes(tmp_path):
    with subprocess.Popen(
        [PROGRAM, "filter", "--index", tmp_path / "index"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        for number in range(3):
            process.stdin.write(b'{"id": "%d", "text": "%s"}\n' % (number, b"word " * 20))
            process.stdin.flush()
            assert b'"dedupe"' in process.stdout.readline()
        process.stdin.close()


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({}, None),
        ({"cpu.max": "max 100000"}, None),
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "nonsense"}, None),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({"cpu.max": "6400000 100000"}, None),
    ],
)
def test_the_limit_of_a_container_counts(tmp_path, files, limit):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content + "\n", encoding="ascii")
    assert available_processors(tmp_path) == (limit or available_processors(tmp_path / "absent"))
