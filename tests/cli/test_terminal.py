"""Nothing that stands in the input, in a file name or in an argument acts on a terminal, and none of it stops a command.

The commands run in a real terminal, with names and fields that try to clear the screen, turn the direction of writing,
or are not valid Unicode.
"""

import json
import os
import re
import subprocess

import pytest
from support import PROGRAM, in_terminal

from dedupe.report.formats import csv_lines, formula_safe

CLEAR, TURN, C1, HALF = "\x1b[2J\x1b]0;title\x07", "\u202e\u2066", "\x9b2J\x85", "\ud800"
EVIL = f"{CLEAR}{TURN}{C1}{HALF}"
TEXT = "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday. It weighs forty kilograms."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder whose files have such names and such contents."""
    place = os.fsencode(tmp_path_factory.mktemp("evil"))
    rows = [
        {"id": f"a{EVIL}", "title": f"Bell {EVIL}", "text": f"{TEXT} {EVIL}", "publisher": f"P{EVIL}", "url": EVIL, "date": EVIL},
        {"id": "b", "title": "=1+1", "text": f"{TEXT} Nobody came. {EVIL}", "publisher": f"Q{EVIL}", "language": EVIL},
        {f"id{EVIL}": 1, f"text{EVIL}": 2},
    ]  # fmt: skip
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    known = EVIL.replace(HALF, "\ufffd")  # as it was read
    pairs = [
        {"id": known, "a": f"a{known}", "b": "b"},
        {"id": EVIL, "a": f"a{EVIL}", "b": "b"},
        {"id": "q", "a": EVIL, "b": "b"},
    ]
    labels = [{"id": f"a{EVIL}", "cluster": EVIL, "story": EVIL}, {"id": "b", "cluster": "c", "story": EVIL}]
    contents = {
        b"day\xff\x1b[2J.jsonl": lines,
        b"pairs\xff.jsonl": "".join(json.dumps(pair) + "\n" for pair in pairs),
        b"labels\xff.jsonl": "".join(json.dumps(label) + "\n" for label in labels),
        b"one\xfe\x1b[2J.txt": TEXT,
        b"two.txt": f"{TEXT} Nobody came.",
    }
    for name, content in contents.items():
        with open(os.path.join(place, name), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123 - a Path has no bytes
            file.write(content)
    return place


DAY, ONE = b"day\xff\x1b[2J.jsonl", b"one\xfe\x1b[2J.txt"
GONE = b"gone\xff\x1b[2J"
COMMANDS = [
    (0, ["cluster", DAY, "--explain"]),
    (0, ["cluster", DAY, "--format", "json"]),
    (0, ["cluster", DAY, "--format", "jsonl"]),
    (0, ["cluster", DAY, "--format", "csv"]),
    (0, ["cluster", b"."]),
    (3, ["cluster", GONE]),
    (3, ["cluster", DAY, "--strict"]),
    (2, ["cluster", DAY, b"--\xff\x1b[2J"]),
    (2, ["cluster", DAY, "--format", b"\xff\x1b[2J"]),
    (2, [b"\xff\x1b[2J"]),
    (0, ["cluster", DAY, "-o", b"out\xff\x1b[2J"]),
    (5, ["cluster", DAY, "-o", b"no\xff\x1b[2J/out"]),
    (0, ["pairs", DAY, "--near-duplicate-jaccard", "0.1"]),
    (0, ["audit", DAY, "--processes", "1"]),
    (0, ["audit", DAY, "--processes", "1", "--format", "csv"]),
    (0, ["align", ONE, "two.txt", "--no-color"]),
    (0, ["align", ONE, "two.txt", "--format", "json"]),
    (3, ["align", "--articles", DAY, b"a\xff\x1b[2J", "b"]),
    (0, ["align", "--articles", DAY, "--pairs", b"pairs\xff.jsonl", "--processes", "1"]),
    (3, ["explain", DAY, b"a\xff\x1b[2J", "b"]),
    (0, ["explain", b".", b"one\xfe\x1b[2J", "two"]),
    (0, ["evaluate", b"labels\xff.jsonl", b"labels\xff.jsonl"]),
    (3, ["evaluate", GONE, GONE]),
    (0, ["filter", "--index", b"index\xff\x1b[2J", "--quarantine", b"q\xff\x1b[2J", DAY]),
    (0, ["filter", "--index", b"index\xff\x1b[2J", ONE]),
    (3, ["filter", "--index", b"index\xff\x1b[2J", GONE]),
    (2, ["filter", "--index", b"index\xff\x1b[2J", "--drop", b"\xff\x1b[2J", DAY]),
    (0, ["index", "stats", b"index\xff\x1b[2J"]),
    (0, ["index", "doctor", b"index\xff\x1b[2J"]),
    (0, ["index", "export", b"index\xff\x1b[2J"]),
    (0, ["index", "backup", b"index\xff\x1b[2J", b"copy\xff\x1b[2J"]),
    (4, ["index", "backup", b"index\xff\x1b[2J", b"copy\xff\x1b[2J"]),
    (0, ["index", "restore", b"copy\xff\x1b[2J", b"restored\xff\x1b[2J"]),
    (0, ["index", "doctor", b"index\xff\x1b[2J", "--salvage", b"kept\xff\x1b[2J"]),
    (0, ["index", "forget", b"index\xff\x1b[2J", b"a\xff\x1b[2J", b"b"]),
    (4, ["index", "stats", GONE]),
]
OWN_MARKS = re.compile(r"\x1b\[\?25[lh]|[\r\n]")
"""What the commands themselves send: progress bars hide and show the cursor and return to the beginning of the line."""


@pytest.mark.parametrize(("code", "words"), COMMANDS, ids=lambda value: repr(value)[:60])
def test_a_terminal_gets_printable_characters_only(folder, code, words):
    done, shown = in_terminal(words, folder)
    assert done == code, shown
    assert "Traceback" not in shown
    assert OWN_MARKS.sub("", shown).isprintable(), ascii(shown)


def test_json_in_a_terminal_means_the_same(folder):
    """The line is the same record, with more characters escaped than elsewhere."""
    command = ["cluster", DAY, "--format", "jsonl"]
    plain = subprocess.run([PROGRAM, *command], cwd=folder, capture_output=True, check=True).stdout
    shown = [line for line in in_terminal(command, folder)[1].splitlines() if line.startswith("{")]
    assert [json.loads(line) for line in shown] == [json.loads(line) for line in plain.splitlines()]


def test_colours_are_the_only_escapes_of_a_coloured_report(folder):
    done, shown = in_terminal(["align", ONE, "two.txt", "--all"], folder)
    assert done == 0
    assert "\x1b[" in shown
    assert re.sub(r"\x1b\[[0-9;]*m|[\r\n]", "", shown).isprintable()


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"])
def test_no_cell_begins_as_a_formula(begin):
    assert formula_safe(f"{begin}1+1") == f"'{begin}1+1"
    assert formula_safe(f"a{begin}") == f"a{begin}"
    assert list(csv_lines([], ["id"])) == ["id"]
