"""What ``dedupe filter`` does with lines that hold no article, with other formats, and where nothing can be stored."""

import base64
import gzip
import json
import os
import threading
from pathlib import Path

import pytest
from filter_support import jsonlines, text, verdicts

from dedupe.index import Index

BAD = [
    b"{broken",
    b"",
    b"[1, 2]",
    b'"text"',
    b"\xff\xfe broken",
    b'{"id": "no text"}',
    b'{"id": "h", "text": {"deep": 1}}',
    b"{" * 2_000,
]


def test_lines_without_an_article_keep_their_place_and_their_content(run, folder):
    lines = [
        part for i, bad in enumerate(BAD) for part in (json.dumps({"id": f"ok{i}", "text": text(i)}).encode(), bad)
    ]
    done = run("filter", "--index", folder, stdin=b"\n".join(lines) + b"\n")
    assert done.code == 0
    assert verdicts(done.rows) == ["new", "unknown"] * len(BAD)
    for number, (raw, row) in enumerate(zip(lines, done.rows, strict=True), 1):
        if row["dedupe"]["verdict"] == "unknown":
            assert row["dedupe"]["reason"]
            assert f"stdin:{number}: " in done.err
            kept = row.get("unreadable", "").encode() or base64.b64decode(row.get("unreadable_base64", b""))
            assert kept == raw or row.items() >= json.loads(raw).items()


def test_quarantine_keeps_reason_line_number_and_the_exact_bytes(run, folder, tmp_path):
    lines = [json.dumps({"id": "a", "text": text(1)}).encode(), *BAD]
    aside = tmp_path / "bad.jsonl"
    done = run("filter", "--index", folder, "--quarantine", aside, stdin=b"\n".join(lines) + b"\n")
    assert (done.code, len(done.rows)) == (0, len(lines))
    kept = [json.loads(line) for line in aside.read_text().splitlines()]
    assert [record["line"] for record in kept] == list(range(2, len(lines) + 1))
    assert all(record["reason"] and record["file"] == "stdin" for record in kept)
    raws = [record["raw"].encode() if "raw" in record else base64.b64decode(record["raw_base64"]) for record in kept]
    assert raws == BAD
    assert "unreadable" not in done.out
    run("filter", "--index", folder, "--quarantine", aside, "--only", "new", stdin=b"{broken\n")
    assert len(aside.read_text().splitlines()) == len(BAD) + 1


def test_fail_stops_at_the_first_bad_line_and_answers_what_stands_before(run, folder):
    lines = jsonlines({"id": "a", "text": text(1)}) + b"{broken\n" + jsonlines({"id": "b", "text": text(2)})
    done = run("filter", "--index", folder, "--on-error", "fail", stdin=lines)
    assert done.code == 3
    assert "stdin:2: not valid JSON" in done.err
    assert [row["id"] for row in done.rows] == ["a"]
    with Index(folder) as index:
        assert index.stats().articles == 1


@pytest.mark.skipif(os.name != "posix", reason="devices of POSIX")
def test_quarantine_may_be_a_device_or_a_pipe(run, folder, tmp_path):
    line = jsonlines({"id": "a", "text": text(1)})
    done = run("filter", "--index", folder, "--quarantine", "/dev/null", stdin=b"{broken\n" + line)
    assert (done.code, len(done.rows)) == (0, 2)
    pipe, received = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    assert run("filter", "--index", folder, "--quarantine", pipe, stdin=b"{broken\n" + line).code == 0
    reader.join(60)
    assert received[0].count(b"\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full")
def test_a_full_quarantine_is_an_error_and_the_lines_can_be_given_again(run, folder):
    lines = b"{broken\n" + jsonlines({"id": "a", "text": text(1)})
    done = run("filter", "--index", folder, "--quarantine", "/dev/full", stdin=lines)
    assert done.code == 5
    assert "/dev/full: cannot be written: No space left on device; free some space" in done.err
    assert [row["dedupe"]["replayed"] for row in run("filter", "--index", folder, stdin=lines).rows[1:]] == [True]


def test_quarantine_never_joins_a_line_without_an_end_and_is_never_the_input(run, folder, tmp_path):
    aside = tmp_path / "aside"
    aside.write_bytes(b"no end")
    run("filter", "--index", folder, "--quarantine", aside, stdin=b"{broken\n")
    first, second = aside.read_bytes().splitlines()
    assert first == b"no end"
    assert json.loads(second)["line"] == 1
    assert run("filter", "--index", folder, aside, "--quarantine", aside).code == 2
    assert aside.read_bytes().splitlines() == [first, second]


ARTICLE = {"id": "a", "text": "Talks ended on Friday."}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (json.dumps([ARTICLE] * 3).encode(), "one JSON document"),
        (json.dumps([ARTICLE] * 3, indent=1).encode(), "one JSON document"),
        (b"\n\n" + json.dumps({"articles": [ARTICLE]}, indent=1).encode(), "one JSON document"),
        (b"id,title,text\n" + b"a,b,c\n" * 3, "CSV"),
        ("\ufeffid;title;text\r\n".encode() + b"a;b;c\r\n" * 3, "CSV"),
        (gzip.compress(b"id\ttext\n" + b"a\tb\n" * 3), "CSV"),
        (b"PAR1" + b"\x15\x04\x15\x1e" * 100, "Parquet"),
    ],
)
@pytest.mark.parametrize("as_stdin", [True, False])
def test_another_format_is_refused_at_once_and_not_once_a_line(run, folder, tmp_path, content, what, as_stdin):
    path = tmp_path / "day"
    path.write_bytes(content)
    done = run("filter", "--index", folder, "-" if as_stdin else path, stdin=content)
    name = "stdin" if as_stdin else path
    assert (done.code, done.out) == (3, "")
    assert f"dedupe: {name}: holds {what}" in done.err
    assert done.err.count("\n") == 2  # with the summary
    with Index(folder) as index:
        assert index.stats().articles == 0


@pytest.mark.parametrize(
    "first", [*BAD[:4], *BAD[5:], b'{"id": 1, "text": "cut in the mid', b"{}", b"Talks ended, they said."]
)
def test_a_broken_first_line_is_no_other_format(run, folder, first):
    done = run("filter", "--index", folder, stdin=first + b"\n" + jsonlines(ARTICLE))
    assert (done.code, verdicts(done.rows)[-1], len(done.rows)) == (0, "new", 2)


def test_a_fault_of_many_lines_is_counted_and_not_printed_for_each(run, folder):
    lines = b"".join(b"no json %d\n" % i + json.dumps({"id": str(i), "text": {}}).encode() + b"\n" for i in range(500))
    done = run("filter", "--index", folder, stdin=lines)
    assert len(done.rows) == 1000
    assert len(done.err.splitlines()) == 20 + 20 + 3
    assert "1,000 lines: 1,000 unknown" in done.err
    assert "480 more were not shown: not valid … — no verdict" in done.err


@pytest.fixture
def full_disk(folder, monkeypatch):
    """Let the database of every index that is opened have no more pages than it has."""
    Index(folder).close()
    opened = Index.__init__

    def open_full(self, *arguments, **named):
        opened(self, *arguments, **named)
        self._store.limit_pages(1)

    monkeypatch.setattr(Index, "__init__", open_full)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_gives_unknown_or_exit_4_and_never_an_invented_verdict(run, folder):
    lines = jsonlines(*({"id": str(i), "text": text(i)} for i in range(40)))
    done = run("filter", "--index", folder, stdin=lines)
    assert (done.code, verdicts(done.rows)) == (0, ["unknown"] * 40)
    assert "full" in done.rows[0]["dedupe"]["reason"]
    done = run("filter", "--index", folder, "--on-error", "fail", stdin=lines)
    assert (done.code, done.out) == (4, "")


@pytest.mark.usefixtures("full_disk")
def test_an_index_that_never_answers_does_not_say_so_for_every_batch(run, folder):
    lines = jsonlines(*({"id": str(i), "text": text(i)} for i in range(200)))
    done = run("filter", "--index", folder, "--batch", 2, stdin=lines)
    assert len(done.rows) == 200
    assert len(done.err.splitlines()) < 30
