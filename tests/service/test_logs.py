"""The log never keeps an answer waiting: what nobody reads is left out, counted, and mentioned later."""

import logging
import os
import re
import subprocess
import time

import pytest
from service_support import STORY, httpx
from support import PROGRAM, ROOT

from dedupe.service import logs


def test_answers_go_on_while_nobody_reads_stderr_and_the_service_ends_as_it_should(tmp_path):
    """The pipe takes 64 KB, some 500 lines; its other end is read up to the line that names the port."""
    command = [PROGRAM, "serve", "--index", tmp_path / "index", "--port", "0", "--drain-seconds", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT, bufsize=0)
    said = b""
    while not (found := re.search(rb"answering on (http://\S+)\n", said)):
        said += process.stderr.read(4096)
    with httpx.Client(base_url=found[1].decode(), timeout=60) as client:
        for _ in range(2_000):
            assert client.get("/none").status_code == 404
        assert client.post("/v1/check", json={"id": "a", "text": STORY}).status_code == 200
    process.terminate()
    assert process.wait(60) == 0
    process.stderr.close()


def logged(log, number):
    for i in range(number):
        log.handle(logging.LogRecord("test", logging.INFO, "", 0, f"line {i}", None, None))


def test_lines_beyond_those_that_may_wait_are_counted_and_mentioned_once_somebody_reads(monkeypatch):
    monkeypatch.setattr(logs, "_MOST_WAITING", 50)
    reading, writing = os.pipe()
    log = logs.Log(writing, as_json=False)
    while not log.dropped:  # the thread writes until the pipe is full
        logged(log, 50)
        time.sleep(0.01)
    said = b""
    while b"were left out: nobody read them" not in said:
        said += os.read(reading, 65_536)
    log.close()
    os.close(writing)
    rest = b""
    while part := os.read(reading, 65_536):
        rest += part
    os.close(reading)
    counted = re.findall(rb"warning: ([\d,]+) lines of the log", said + rest)
    assert sum(int(number.replace(b",", b"")) for number in counted) == log.dropped


@pytest.mark.parametrize("number", [0, 1, 300])
def test_the_lines_before_the_end_are_written_in_their_order(number):
    reading, writing = os.pipe()
    log = logs.Log(writing, as_json=False)
    logged(log, number)
    log.close()
    os.close(writing)
    with os.fdopen(reading) as lines:
        assert [line.split()[-1] for line in lines] == [str(i) for i in range(number)]
    assert not log.dropped


def test_a_reader_that_has_gone_is_no_error_and_its_lines_are_counted():
    reading, writing = os.pipe()
    os.close(reading)
    log = logs.Log(writing, as_json=True)
    logged(log, 3)
    log.close()
    os.close(writing)
    assert log.dropped == 3


def test_a_record_that_cannot_be_written_is_counted_and_those_beside_it_are_written():
    """It may be a module that cannot be loaded, because the process has opened too many files."""

    class Broken:
        def __str__(self):
            raise OSError(24, "Too many open files")

    reading, writing = os.pipe()
    log = logs.Log(writing, as_json=False)
    logged(log, 1)
    log.handle(logging.LogRecord("test", logging.INFO, "", 0, "%s", (Broken(),), None))
    logged(log, 1)
    log.close()
    os.close(writing)
    with os.fdopen(reading) as lines:
        assert [line.endswith(" info: line 0\n") for line in lines if " info: " in line] == [True, True]
    assert log.dropped == 1
