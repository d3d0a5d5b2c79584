"""The options for reading mean the same in every command that reads articles."""

import json

import pytest

TEXT = "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday. It weighs forty kilograms."
COMMANDS = [
    ["align", "--follow-symlinks", "--max-record-mb", "0.05", "a", "b", "--articles"],
    ["audit", "--follow-symlinks", "--max-record-mb", "0.05", "--processes", "1"],
    ["cluster", "--follow-symlinks", "--max-record-mb", "0.05"],
    ["explain", "--follow-symlinks", "--max-record-mb", "0.05"],
    ["pairs", "--follow-symlinks", "--max-record-mb", "0.05"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_links_are_followed_and_large_records_left_out_on_request(run, tmp_path, words):
    """The folder has the first article, a link to the second, and a third one of 100 KB."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text(f"{TEXT} Nobody came.")
    (folder / "b.txt").symlink_to(tmp_path / "b.txt")
    (folder / "large.txt").write_text(f"{TEXT} " * 1000)
    after = ["a", "b"] if words[0] == "explain" else []
    done = run(*words, folder, *after)
    assert done.code == 0, done.err
    assert "large.txt: more than 50,000 bytes" in done.err
    assert "links not followed" not in done.err
    plain = run(words[0], *[word for word in words[1:] if word != "--follow-symlinks"], folder, *after)
    assert "links not followed (1): b.txt — give --follow-symlinks" in plain.err
    assert plain.out != done.out


def test_filter_gives_a_large_line_no_verdict(run, tmp_path):
    lines = tmp_path / "day.jsonl"
    lines.write_text("".join(json.dumps({"id": name, "text": TEXT * n}) + "\n" for name, n in (("a", 1), ("b", 20))))
    done = run("filter", "--index", tmp_path / "index", "--max-record-mb", "0.001", lines)
    assert [row["dedupe"]["verdict"] for row in done.rows] == ["new", "unknown"]
    assert "a line of more than 1,000 bytes, which are not kept; raise --max-record-mb to read it" in done.err


DAY_FIRST = [
    ["align", "--day-first", "a", "b", "--articles"],
    ["audit", "--day-first", "--processes", "1"],
    ["cluster", "--day-first"],
    ["explain", "--day-first"],
    ["pairs", "--day-first"],
]
MONTH_FIRST = [
    ["align", "--month-first", "a", "b", "--articles"],
    ["audit", "--month-first", "--processes", "1"],
    ["cluster", "--month-first"],
    ["explain", "--month-first"],
    ["pairs", "--month-first"],
]
DATED = [
    {"id": "a", "text": TEXT, "published_at": "01/02/2024"},
    {"id": "b", "text": f"{TEXT} Nobody.", "date": "05/03/2024"},
]


@pytest.mark.parametrize("words", [*DAY_FIRST, *MONTH_FIRST], ids=" ".join)
def test_whether_the_day_comes_first_may_be_said_to_every_command(run, jsonl, words):
    articles = jsonl([*DATED, {"id": "blank", "text": ""}])  # the last makes `pairs` read the other fields too
    after = ["a", "b"] if words[0] == "explain" else []
    assert "left out" not in run(*words, articles, *after).err
    plain = [word for word in words if not word.endswith("-first")]
    assert "the date '01/02/2024' is left out" in run(*plain, articles, *after).err


def test_the_day_or_the_month_comes_first_as_it_was_said(run, jsonl, tmp_path):
    articles = jsonl(DATED)
    for option, days in (
        ("--day-first", ["2024-02-01", "2024-03-05"]),
        ("--month-first", ["2024-01-02", "2024-05-03"]),
    ):
        rows = run("cluster", articles, option, "--format", "jsonl").rows
        assert [row["published_at"][:10] for row in rows] == days
    index = tmp_path / "index"
    assert run("filter", "--index", index, articles, "--day-first").err.count("left out") == 0
    assert run("filter", "--index", tmp_path / "other", articles, "--month-first").err.count("left out") == 0
    assert run("filter", "--index", tmp_path / "third", articles).err.count("left out") == 2
