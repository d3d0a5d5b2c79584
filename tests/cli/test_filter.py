"""What ``dedupe filter`` and ``dedupe index`` promise: a line for a line, in order, nothing lost, exit codes."""

import base64
import gzip
import json
import os
import random
import subprocess
import threading
import time
from pathlib import Path

import pytest
from support import PROGRAM

from dedupe.cli.filter import VERDICTS
from dedupe.filter_lines import UNKNOWN
from dedupe.index import Index
from dedupe.index.verdicts import KINDS

VOCABULARY = [f"word{i}" for i in range(2_000)]


def text(seed, words=120):
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def jsonlines(*records):
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def verdicts(rows):
    return [row["dedupe"]["verdict"] for row in rows]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


def test_every_line_comes_out_in_its_place_untouched_but_for_the_verdict(run, folder):
    body = text(1)
    lines = [
        b'{"id":"a","text":"%s","n": 1.50, "big":12345678901234567890123,  "u":"\\u00e9","n":2}' % body.encode(),
        b'{ "uri" : "b" , "body" : "%s", "dedupe_me": [1, {}] }  ' % body.upper().encode(),
        b'{"id":"c","text":"%s"}\r' % text(2).encode(),
    ]
    done = run("filter", "--index", folder, stdin=b"\n".join(lines))
    assert done.code == 0
    assert verdicts(done.rows) == ["new", "identical", "new"]
    assert done.rows[1]["dedupe"] == {
        "verdict": "identical", "matched_id": "a", "story": None, "canonical": "a", "score": 1.0, "jaccard": 1.0,
        "left_in_right": 1.0, "right_in_left": 1.0, "reason": "the same words in the same order", "replayed": False,
    }  # fmt: skip
    for given, out in zip(lines, done.out.encode().splitlines(), strict=True):
        assert out.startswith(given.strip()[:-1].rstrip() + b', "dedupe": {')
    assert "3 lines: 2 new, 1 identical" in done.err


def test_a_second_run_over_the_same_lines_replays_the_first(run, folder):
    lines = jsonlines({"id": "a", "text": text(1)}, {"id": "b", "text": text(1)})
    first, second = (run("filter", "--index", folder, stdin=lines).rows for _ in range(2))
    for before, after in zip(first, second, strict=True):
        assert after["dedupe"] == before["dedupe"] | {"replayed": True}


def test_a_filtered_line_can_be_filtered_again(run, folder):
    once = run("filter", "--index", folder, stdin=jsonlines({"id": "a", "text": text(1), "x": 1})).out
    [twice] = run("filter", "--index", folder, stdin=once.encode()).rows
    assert list(twice) == ["id", "text", "x", "dedupe"]
    assert twice["dedupe"]["replayed"]


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


def test_drop_and_only_leave_out_and_count(run, folder):
    body = text(1)
    records = [
        {"id": "a", "text": body},
        {"id": "b", "text": body},
        {"id": "c", "text": body.replace("word1", "edit", 2)},
        {"id": "d", "text": text(2)},
    ]
    done = run("filter", "--index", folder, "--drop", "identical,near-duplicate", stdin=jsonlines(*records) + b"bad\n")
    assert [row.get("id") for row in done.rows] == ["a", "d", None]
    assert "left out 2 (1 identical, 1 near_duplicate)" in done.err
    done = run("filter", "--index", folder, "--only", "new", stdin=jsonlines(*records) + b"bad\n")
    assert verdicts(done.rows) == ["new", "new", "unknown"]
    assert run("filter", "--index", folder, "--drop", "unknown", stdin=b"bad\n").rows == []


def test_stories_are_followed_where_asked_for_and_can_be_left_out(run, folder, seeds):
    lines = jsonlines(
        *({"id": path.name[:3], "text": path.read_text()} for path in sorted(seeds.glob("*.txt"))),
        {"id": "x", "text": "no"},
    )
    done = run("filter", "--index", folder, "--story-days", "14", stdin=lines)
    assert verdicts(done.rows) == ["new", "same_story", "same_story", "same_story", "same_story", "new"]
    assert [row["dedupe"]["story"] for row in done.rows] == [1, 1, 1, 1, 1, None]
    assert all(0.5 < row["dedupe"]["score"] < 1 for row in done.rows if row["dedupe"]["verdict"] == "same_story")
    done = run("filter", "--index", folder, "--drop", "same_story", stdin=lines)
    assert [row["id"] for row in done.rows] == ["000", "x"]
    assert "left out 4 (4 same_story)" in done.err
    assert run("filter", "--index", folder, "--story-days", "0", stdin=lines).code == 4
    assert json.loads(run("index", "stats", folder, "--format", "json").out)["story_days"] == 14


def test_files_gzip_and_stdin_are_read_in_order(run, folder, tmp_path):
    (tmp_path / "one.jsonl").write_bytes(jsonlines({"id": "1", "text": text(1)}))
    (tmp_path / "two.jsonl.gz").write_bytes(gzip.compress(jsonlines({"id": "2", "text": text(2)})))
    paths = (tmp_path / "two.jsonl.gz", "-", tmp_path / "one.jsonl")
    done = run("filter", "--index", folder, *paths, "--batch", "1", stdin=jsonlines({"id": "0", "text": text(3)}))
    assert [row["id"] for row in done.rows] == ["2", "0", "1"]


def test_articles_without_an_id_are_named_by_their_line_and_that_is_said(run, folder):
    done = run("filter", "--index", folder, stdin=jsonlines({"text": text(1)}, {"text": text(1)}))
    assert done.rows[1]["dedupe"]["matched_id"] == "stdin:1"
    assert "2 lines had no id" in done.err


def test_an_index_keeps_the_thresholds_it_was_made_with(run, tmp_path):
    start = " ".join(text(1).split()[:110])
    first, second, third = ({"id": str(i), "text": f"{start} {text(i, 10)}"} for i in (2, 3, 4))
    lines = jsonlines(first, second)
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    done = run("filter", "--index", one, stdin=lines)
    assert verdicts(done.rows) == ["new", "near_duplicate"]
    done = run("filter", "--index", two, "--near-duplicate-jaccard", 0.95, stdin=lines)
    assert verdicts(done.rows) == ["new", "excerpt"]
    done = run("filter", "--index", three, "--near-duplicate-jaccard", 0.95, "--excerpt-containment", 0.95, stdin=lines)
    assert verdicts(done.rows) == ["new", "new"]
    assert verdicts(run("filter", "--index", one, stdin=jsonlines(third)).rows) == ["near_duplicate"]
    assert verdicts(run("filter", "--index", three, stdin=jsonlines(third)).rows) == ["new"]


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


def test_an_index_keeps_its_retention_until_another_is_given(run, folder):
    line = jsonlines({"id": "a", "text": text(1)})
    run("filter", "--index", folder, "--retention-days", 7, stdin=line)
    assert run("filter", "--index", folder, stdin=line).rows[0]["dedupe"]["replayed"]
    assert json.loads(run("index", "stats", folder, "--format", "json").out)["retention_days"] == 7
    [row] = run("filter", "--index", folder, "--retention-days", 1e-8, stdin=line).rows
    assert (row["dedupe"]["verdict"], row["dedupe"]["replayed"]) == ("new", False)


def test_an_index_keeps_its_seed(run, tmp_path):
    line = jsonlines({"id": "a", "text": text(1)})
    for name, seed in (("one", 5), ("two", 6)):
        run("filter", "--index", tmp_path / name, "--seed", seed, stdin=line)
        for more in ((), ("--excerpt-containment", 0.9)):
            assert run("filter", "--index", tmp_path / name, *more, stdin=line).rows[0]["dedupe"]["replayed"]
    recipes = [
        json.loads(run("index", "stats", tmp_path / name, "--format", "json").out)["recipe"] for name in ("one", "two")
    ]
    assert recipes[0] != recipes[1]


def test_a_batch_takes_no_more_lines_than_asked_for(run, folder, monkeypatch):
    sizes = []
    check = Index.check
    monkeypatch.setattr(Index, "check", lambda self, articles: sizes.append(len(articles)) or check(self, articles))
    lines = jsonlines(*({"id": str(i), "text": text(i)} for i in range(7)))
    assert len(run("filter", "--index", folder, "--batch", 3, stdin=lines).rows) == 7
    assert sum(sizes) == 7
    assert max(sizes) <= 3
    assert run("filter", "--index", folder, "--batch", 0, stdin=lines).code == 2


def test_every_verdict_can_be_dropped():
    assert (*KINDS, UNKNOWN) == VERDICTS


def test_nothing_in_gives_nothing_out(run, folder):
    done = run("filter", "--index", folder)
    assert (done.code, done.out) == (0, "")
    assert "0 lines" in done.err


def test_a_live_pipe_is_answered_before_it_ends(folder):
    command = [PROGRAM, "filter", "--index", folder, "--batch", "1000"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for i in range(3):
            process.stdin.write(jsonlines({"id": str(i), "text": text(7)}))
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert (answer["id"], answer["dedupe"]["verdict"]) == (str(i), "identical" if i else "new")
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("feeds_on", [True, False])
def test_a_reader_that_leaves_ends_the_filter_with_141_and_loses_no_answer(folder, feeds_on):
    """As in ``| head``: also while the input stays open, and what was stored is replayed by the next run."""
    command = [PROGRAM, "filter", "--index", folder, "--batch", "5"]
    receive, send = os.pipe()
    with subprocess.Popen(command, stdin=receive, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.close(receive)
        os.write(send, jsonlines({"id": "0", "text": text(0)}))
        first = json.loads(process.stdout.readline())
        process.stdout.close()
        os.write(send, jsonlines(*({"id": str(i), "text": text(i)} for i in range(20))))
        if not feeds_on:
            os.close(send)
        errors = process.stderr.read().decode()
        assert process.wait(timeout=30) == 141
    if feeds_on:
        os.close(send)
    assert "Traceback" not in errors
    assert "Fatal" not in errors
    assert errors.splitlines()[-1] == "dedupe: stdout: its reader has left before the end"
    with Index(folder) as index:
        stored = [row.name for row in index.export()]
        assert first["id"] in stored
        assert index.doctor().is_sound


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["filter"], 2, "Missing option '--index'"),
        (["filter", "--index", "{new}", "--drop", "identical,nonsense"], 2, "'nonsense' is not one of new, identical"),
        (["filter", "--index", "{new}", "--on-error", "quarantine"], 2, "'quarantine' is not one of 'pass', 'fail'"),
        (["filter", "--index", "{new}", "--quarantine"], 2, "requires an argument"),
        (["filter", "--index", "{new}", "--quarantine", "bad", "--on-error", "fail"], 2, "not both"),
        (["filter", "--index", "{new}", "--quarantine", "{foreign}/no/file"], 5, "cannot be written"),
        (["filter", "--index", "{new}", "no/such/file"], 3, "no/such/file"),
        (["filter", "--index", "{new}", "{foreign}/"], 3, "filter reads files; name them: {foreign}/*.jsonl"),
        (["filter", "--index", "{new}", "--near-duplicate-jaccard", "7"], 2, "must be between 0.05 and 1.0, not 7.0"),
        (["filter", "--index", "{new}", "--retention-days", "0"], 2, "retention_days must be above 0"),
        (["filter", "--index", "{foreign}"], 4, "is no index"),
        (["filter", "--index", "{index}", "--seed", "5"], 4, "another recipe (seed)"),
        (["index", "stats", "{new}"], 4, "no such folder"),
        (["index", "doctor", "{foreign}"], 4, "is no index"),
        (["index", "forget", "{index}"], 2, "Missing argument"),
    ],
)
def test_exit_codes(run, tmp_path, arguments, code, message):
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "mine.txt").write_text("mine")
    Index(tmp_path / "index").close()
    places = {name: str(tmp_path / name) for name in ("new", "index", "foreign")}
    done = run(*(argument.format(**places) for argument in arguments))
    assert done.code == code
    assert message.format(**places) in done.err
    assert "Traceback" not in done.err


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


def test_stats_doctor_expire_forget_and_export(run, folder, tmp_path):
    run("filter", "--index", folder, stdin=jsonlines({"id": "a", "text": text(1)}, {"id": "=b", "text": text(1)}))
    stats = json.loads(run("index", "stats", folder, "--format", "json").out)
    assert (stats["articles"], stats["retention_days"]) == (2, 30.0)
    assert "retention days" in run("index", "stats", folder).out
    exported = run("index", "export", folder).rows
    assert [(row["id"], row["verdict"], row["matched_id"]) for row in exported] == [
        ("a", "new", None),
        ("=b", "identical", "a"),
    ]
    assert run("index", "export", folder, "-o", tmp_path / "out.jsonl").out == ""
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    assert run("index", "doctor", folder).out.splitlines()[-1] == "sound"
    assert json.loads(run("index", "doctor", folder, "--format", "json").out)["is_sound"]
    out = tmp_path / "out.json"
    assert run("index", "stats", folder, "--format", "json", "-o", out).out == ""
    assert json.loads(out.read_text())["articles"] == 2
    assert run("index", "doctor", folder, "-o", out).out == ""
    assert out.read_text().splitlines()[-1] == "sound"
    assert "a: 1 forgotten" in run("index", "forget", folder, "a", "zz").out
    time.sleep(0.01)
    assert "1 article expired; 0 of 1e-08 days remain" in run("index", "expire", folder, "--retention-days", "1e-8").out


@pytest.mark.parametrize("flipped", [b"name-8", b"name-\xff"])
def test_doctor_says_what_is_damaged_and_exits_with_4(run, folder, flipped):
    run("filter", "--index", folder, stdin=jsonlines(*({"id": f"name-{i}", "text": text(i)} for i in range(5))))
    path = folder / "articles.sqlite"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"name-3", flipped, 1))
    done = run("index", "doctor", folder)
    assert done.code == 4
    assert "DAMAGED: row 4 does not match its checksum" in done.out


def test_help_names_every_command(run):
    for command in ("filter", "index"):
        assert run(command, "--help").code == 0
    listed = run("index", "--help").out
    assert all(name in listed for name in ("stats", "doctor", "expire", "forget", "export"))


def test_polling_a_feed_passes_each_item_on_once(run, folder):
    """A feed gives the same items again and again. What comes again is `replayed`, and a changed item is not."""
    feed = [{"id": str(i), "text": text(i)} for i in range(3)]
    poll = ("filter", "--index", folder, "--drop", "replayed,identical,near_duplicate")
    assert [row["id"] for row in run(*poll, stdin=jsonlines(*feed)).rows] == ["0", "1", "2"]
    feed = [{"id": "copy", "text": text(1)}, {"id": "3", "text": text(3)}, *feed]
    feed[-1] = {"id": "2", "text": text(2).replace("word1", "edit", 2)}
    done = run(*poll, stdin=jsonlines(*feed))
    assert [(row["id"], row["dedupe"]["verdict"]) for row in done.rows] == [("3", "new"), ("2", "revised")]
    summary = "5 lines: 3 new, 1 identical, 1 revised; 2 of them replayed; left out 3 (1 identical, 2 replayed)"
    assert done.err.splitlines()[0] == summary
    assert run(*poll, stdin=jsonlines(*feed)).rows == []


def test_only_takes_verdicts_and_not_replayed(run, folder):
    done = run("filter", "--index", folder, "--only", "replayed")
    assert done.code == 2
    assert "'replayed' is not one of new" in done.err


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


@pytest.mark.usefixtures("full_disk")
def test_an_index_that_never_answers_does_not_say_so_for_every_batch(run, folder):
    lines = jsonlines(*({"id": str(i), "text": text(i)} for i in range(200)))
    done = run("filter", "--index", folder, "--batch", 2, stdin=lines)
    assert len(done.rows) == 200
    assert len(done.err.splitlines()) < 30


def test_an_answer_is_one_line_for_programs_that_know_other_line_ends(run, folder, tmp_path):
    """U+0085, U+2028 and U+2029 may stand in JSON as they are; Python and JavaScript end a line there."""
    title = "one\x85two\u2028three\u2029four"
    good = {"id": "a\u2028", "title": title, "text": text(1)}
    lines = [
        json.dumps(good, ensure_ascii=False),
        json.dumps(good | {"dedupe": title}, ensure_ascii=False),
        json.dumps({"id": "b", "title": title}, ensure_ascii=False),
        f"no JSON {title}",
    ]
    given = tmp_path / "day.jsonl"
    given.write_bytes("".join(f"{line}\n" for line in lines).encode())
    done = run("filter", "--index", folder, given)
    assert len(done.out.splitlines()) == len(lines)
    first, second, third, fourth = (json.loads(line) for line in done.out.splitlines())
    assert {name: first[name] for name in good} == {name: second[name] for name in good} == good
    assert third["title"] == title
    assert fourth["unreadable"].endswith(title)
    kept = tmp_path / "bad.jsonl"
    run("filter", "--index", folder, "--quarantine", kept, given)
    quarantined = kept.read_text("utf-8").splitlines()
    assert [json.loads(line)["raw"].count(title) for line in quarantined] == [1, 1]
