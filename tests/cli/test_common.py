"""What every command has: examples, -q, -v, --log-format, --config; messages and the line of progress."""

import json
import subprocess

import click
import pytest
from command_tree import COMMANDS, named
from support import in_terminal

from dedupe.cli.progress import Progress

TEXT = (
    "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday. "
    "The bell weighs forty kilograms and still carries the name of the yard that cast it."
)
ARTICLES = [
    {"id": "a", "text": f"{TEXT} It rained.", "date": "01/02/2024"},
    {"id": "b", "text": f"{TEXT} Nobody came."},
    {"id": "c"},
]
LEAVES = {path: command for path, command in COMMANDS.items() if not isinstance(command, click.Group)}
ENDING = [path for path in LEAVES if path != ("serve",) and path[0] != "spark"]
"""The commands that end by themselves, without those that begin a session of Spark, which takes seconds."""


@pytest.fixture
def calls(jsonl, tmp_path, run):
    """The words that call each command so that it succeeds."""
    day, two = jsonl(ARTICLES), jsonl(ARTICLES[:2], "two.jsonl")
    labels = jsonl([{"id": "a", "cluster": 1, "story": 1}, {"id": "b", "cluster": 1, "story": 1}], "labels.jsonl")
    seen = tmp_path / "seen"
    run("filter", "--index", seen, two)
    return {
        ("align",): ["align", "--articles", day, "a", "b"],
        ("audit",): ["audit", day, "--processes", 1],
        ("cluster",): ["cluster", day],
        ("evaluate",): ["evaluate", labels, labels],
        ("explain",): ["explain", day, "a", "b"],
        ("fields",): ["fields"],
        ("filter",): ["filter", "--index", tmp_path / "other", day],
        ("index", "backup"): ["index", "backup", seen, tmp_path / "copy"],
        ("index", "doctor"): ["index", "doctor", seen],
        ("index", "expire"): ["index", "expire", seen],
        ("index", "export"): ["index", "export", seen],
        ("index", "forget"): ["index", "forget", seen, "a"],
        ("index", "restore"): ["index", "restore", seen, tmp_path / "restored"],
        ("index", "stats"): ["index", "stats", seen],
        ("pairs",): ["pairs", day],
    }


@pytest.mark.parametrize("path", LEAVES, ids=named)
def test_every_command_shows_two_examples_of_itself(run, path):
    examples = [line for line in run(*path, "--help").out.splitlines() if line.startswith("    dedupe ")]
    assert len(examples) >= 2
    assert all(" ".join(("dedupe", *path)) in example for example in examples)


@pytest.mark.parametrize("path", ENDING, ids=named)
def test_every_command_can_be_quiet_or_verbose(run, calls, path):
    quiet = run(*calls[path], "-q")
    assert quiet.code == 0
    assert not any(word in quiet.err for word in (" took ", "articles,", "lines:"))


@pytest.mark.parametrize("path", ENDING, ids=named)
def test_every_command_says_with_verbose_how_long_it_took(run, calls, path):
    done = run(*calls[path], "-v")
    assert done.code == 0
    assert f"{' '.join(path)} took " in done.err


@pytest.mark.parametrize("path", ENDING, ids=named)
def test_every_message_of_every_command_may_be_json(run, calls, path):
    done = run(*calls[path], "-v", "--log-format", "json")
    assert done.code == 0
    records = [json.loads(line) for line in done.err.splitlines()]
    assert records
    assert all({"time", "level", "command", "message"} <= record.keys() for record in records)
    assert {record["command"] for record in records} == {" ".join(path)}
    assert done.err.isascii()


def test_a_problem_is_a_record_with_its_file_and_line(run, calls):
    records = [
        json.loads(line) for line in run("cluster", calls["cluster",][1], "--log-format", "json").err.splitlines()
    ]
    skipped = next(record for record in records if record.get("kind") == "skipped")
    assert (skipped["level"], skipped["line"], skipped["article_id"]) == ("warning", 3, "c")
    assert skipped["file"].endswith("articles.jsonl")


@pytest.mark.parametrize("words", [["cluster"], ["nonsense"], ["cluster", "--nonsense"], ["cluster", "gone"]])
def test_an_error_is_json_too_also_before_options_are_read(run, words):
    for option in (["--log-format", "json"], ["--log-format=json"]):
        done = run(*words, *option)
        assert done.code in (2, 3)
        error = json.loads(done.err.splitlines()[-1])
        assert error["level"] == "error"
        assert "\n" not in error["message"]


def test_quiet_and_verbose_exclude_each_other(run, seeds):
    done = run("cluster", seeds, "-q", "-v")
    assert done.code == 2
    assert "Give -q or -v, not both." in done.err


def test_what_is_typed_counts_more_than_the_file(run, seeds, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dedupe.toml").write_text("quiet = true\n", encoding="utf-8")
    assert run("cluster", seeds, "--format", "csv").err == ""
    assert " took " in run("cluster", seeds, "-v").err


def test_fields_are_those_that_are_read(run, tmp_path):
    names = json.loads(run("fields", "--format", "json", "-o", "-").out)
    assert list(names)[:4] == ["id", "text", "html", "teaser"]
    shown = run("fields").out
    assert all(name in shown.replace("\n ", "") for own in names.values() for name in own)


def test_a_quick_command_shows_no_progress(calls):
    code, shown = in_terminal(["fields"], stdout=subprocess.DEVNULL)
    assert (code, shown) == (0, "")


class Clock:
    def __init__(self):
        self.now = 100.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    own = Clock()
    monkeypatch.setattr("dedupe.cli.progress.time", own)
    return own


def test_the_line_of_progress_has_a_rate_and_the_time_that_is_left(clock):
    progress = Progress({"read": 20, "relate": 80})
    progress("read")
    list(progress.count(range(3000)))
    clock.now += 2
    assert progress._line(clock.now) == "read 3,000 articles, 1,500 a second"
    progress("relate")
    assert progress._line(clock.now + 3) == "relate, about 6 s left"


def test_known_steps_tell_how_long_a_stage_takes(clock):
    progress = Progress(units={"align": "pairs"})
    progress("align", 0, 400)
    clock.now += 10
    progress("align", 100, 400)
    assert progress._line(clock.now) == "align 100 of 400 pairs, 10 a second, about 31 s left"
    progress("align", 400, 400)
    assert progress._line(clock.now) == "align 400 of 400 pairs"


def test_a_message_stands_above_the_line_of_progress(monkeypatch, capfd):
    from dedupe.cli import messages

    messages.begin_messages()
    messages.show_status("read 3,000 articles")
    messages.tell("a.jsonl:1: no text", "warning")
    messages.show_status("")
    shown = capfd.readouterr().err
    assert "\r" + " " * 19 + "\ra.jsonl:1: no text\n\rread 3,000 articles" in shown
    assert shown.endswith("\r")
