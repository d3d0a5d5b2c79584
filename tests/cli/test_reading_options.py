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
