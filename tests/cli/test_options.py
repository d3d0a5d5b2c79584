"""Every command has help, every option is used in a test, and all options of ``align`` work together."""

import ast
import itertools
import json

import click
import pytest
from command_tree import COMMANDS, named
from support import ROOT

from dedupe.shipped import read_shipped


def command_lines():
    """The string constants of every call and every list in the tests, such as ``run("pairs", path, "--strict")``."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.List) else []
            yield [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


OPTIONS = [
    (path, tuple(names))
    for path, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option) and option.expose_value  # the others, which all have, stand in test_common
    for names in (option.opts, option.secondary_opts)
    if names
]
USED = {
    (path, word)
    for words in command_lines()
    for path in COMMANDS
    if tuple(words[: len(path)]) == path
    for word in words
}
"""Each command with the words of the calls of it."""


@pytest.mark.parametrize("path", COMMANDS, ids=named)
def test_a_command_and_all_its_options_have_help(run, path):
    done = run(*path, "--help")
    assert (done.code, done.err) == (0, "")
    assert COMMANDS[path].help
    options = [option for option in COMMANDS[path].params if isinstance(option, click.Option)]
    assert all(option.help for option in options)
    assert all(name in done.out for option in options for name in (*option.opts, *option.secondary_opts))


@pytest.mark.parametrize(("path", "names"), OPTIONS, ids=named)
def test_an_option_is_used_in_a_test_of_its_command(path, names):
    """Some test calls the command with the long or the short form of the option."""
    assert any((path, name) in USED for name in names)


TEXT = (
    "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday. "
    "The bell weighs forty kilograms and still carries the name of the yard that cast it."
)
ARTICLES = [
    {"id": "a", "text": f"{TEXT} It rained all day.", "published_at": "2024-05-01T10:00:00Z"},
    {"id": "b", "text": f"{TEXT} Nobody came to the harbour.", "published_at": "2024-05-01T12:00:00Z"},
]
SWITCHES = {
    "all": ([], ["--all"]),
    "colours": ([], ["--color"], ["--no-color"]),
    "reading": ([], ["--strict"], ["--follow-symlinks"], ["--max-record-mb", "1"], ["--map", "id=id"]),
    "processes": ([], ["--processes", "1"]),
}


def test_align_gives_one_report_for_each_format_whatever_else_is_chosen(run, jsonl, tmp_path):
    """Only --format and, for text, --all and colours change the report; where the texts come from does not."""
    collection = jsonl(ARTICLES)
    files = [jsonl([article], f"{article['id']}.jsonl") for article in ARTICLES]
    sources = ([*files], ["a", "b", "--articles", collection])
    out = tmp_path / "report"
    reports = {}
    for chosen in itertools.product(("text", "json", "jsonl"), *SWITCHES.values(), sources, ([], ["-o", out])):
        format_name, show, colours, strict, processes, source, output = chosen
        done = run("align", *source, "--format", format_name, *show, *colours, *strict, *processes, *output)
        assert (done.code, done.err) == (0, ""), chosen
        assert not (output and done.out), chosen
        report = out.read_text(encoding="utf-8") if output else done.out
        kind = (format_name, *show, *colours) if format_name == "text" else (format_name,)
        assert reports.setdefault(kind, report) == report, chosen
    assert reports["text",] == reports["text", "--no-color"]
    assert reports["text", "--all"] == reports["text", "--all", "--no-color"]
    for kind, report in reports.items():
        if kind[0] == "text":
            assert ("It rained all day." in report) == ("--all" in kind)
            assert ("2 sentences without a match are not shown" in report) == ("--all" not in kind)
            assert ("\x1b[" in report) == ("--color" in kind)
            measured = json.loads(read_shipped("direction.json"))
            probability = measured["right"]["time"] / measured["verdicts"]["time"]
            said = f"direction: from left to right, {probability:.2f} (left was published 2 h earlier)\n"
            assert report.endswith(said)
    document = json.loads(reports["json",])
    rows = [json.loads(line) for line in reports["jsonl",].splitlines()]
    assert [row["kind"] for row in rows] == [row["kind"] for row in document["sentences"]]
    assert sorted(row["kind"] for row in rows) == ["new", "new", "verbatim", "verbatim"]
    assert document["direction"]["verdict"] == "left_to_right"


def test_align_pairs_writes_the_same_rows_whatever_else_is_chosen(run, jsonl, tmp_path):
    pairs = jsonl([{"id": "p", "a": "a", "b": "b"}, {"id": "q", "a": "b", "b": "a"}], "pairs.jsonl")
    command = ("align", "--articles", jsonl(ARTICLES), "--pairs", pairs)
    out = tmp_path / "rows"
    wanted = run(*command).out
    assert [json.loads(line)["id"] for line in wanted.splitlines()] == ["p", "q"]
    for chosen in itertools.product(*SWITCHES.values(), ([], ["--format", "jsonl"]), ([], ["-o", out])):
        done = run(*command, *itertools.chain(*chosen))
        assert done.code == 0, chosen
        assert all("nothing with --pairs" in line for line in done.err.splitlines()), chosen
        assert (out.read_text(encoding="utf-8") if chosen[-1] else done.out) == wanted, chosen


def test_align_colours_and_writes_to_a_file(run, jsonl, tmp_path):
    """A file gets colours only where they are asked for."""
    files = [jsonl([article], f"{article['id']}.jsonl") for article in ARTICLES]
    out = tmp_path / "report"
    assert run("align", *files, "-o", out).out == ""
    assert "\x1b[" not in out.read_text(encoding="utf-8")
    assert run("align", *files, "-o", out, "--color").out == ""
    assert "\x1b[" in out.read_text(encoding="utf-8")
