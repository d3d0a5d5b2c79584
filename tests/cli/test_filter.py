"""What ``dedupe filter`` promises: a line for a line, in order, with its verdict, and nothing lost."""

import gzip
import json
import os
import subprocess

import pytest
from filter_support import jsonlines, text, verdicts
from support import PROGRAM

from dedupe.cli.filter import VERDICTS
from dedupe.filter_lines import UNKNOWN
from dedupe.index import Index
from dedupe.index.verdicts import KINDS


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
