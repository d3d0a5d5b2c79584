"""What reading promises about paths: folders, missing files, pipes and hostile names."""

import os
import sys
from pathlib import Path

import pytest
from article_files import load, only, write

from dedupe.errors import InputError
from dedupe.reading.articles import read, to_table

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="such files exist on Linux")


def test_a_folder_of_txt_is_one_article_a_file_sorted_by_name(tmp_path):
    write(tmp_path / "b.txt", "\n\n  Second headline \nBody\n")
    write(tmp_path / "a.txt", "First headline\r\nBody\r\n")
    (tmp_path / "fox").mkdir()
    write(tmp_path / "fox" / "1.txt", "Third")
    write(tmp_path / ".hidden.txt", "no")
    articles, problems = load(tmp_path)
    assert [(a.id, a.title) for a in articles] == [
        ("a", "First headline"),
        ("b", "Second headline"),
        ("fox/1", "Third"),
    ]
    assert articles[0].text == "First headline\r\nBody\r\n"  # the whole file: offsets are offsets into it
    assert problems == []


def test_a_missing_path_is_a_problem_and_the_others_are_read(tmp_path):
    good = write(tmp_path / "good.txt", "good")
    articles, problems = load(tmp_path / "missing", good, "a\0b")
    assert [a.id for a in articles] == ["good"]
    assert [problem.reason for problem in problems] == [
        "no such file or folder", "cannot be opened: embedded null byte"
    ]  # fmt: skip
    with pytest.raises(InputError, match="no such file or folder — check the path"):
        list(read([tmp_path / "missing"], strict=True))


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.csv", "unknown"])
def test_a_file_without_articles_says_so(tmp_path, name):
    articles, problems = load(write(tmp_path / name, b""))
    assert articles == []
    assert only(problems).reason == "no articles in this file"


def test_a_folder_says_what_it_left_out(tmp_path):
    write(tmp_path / "a.txt", "a")
    write(tmp_path / "photo.jpg", b"\xff\xd8")
    write(tmp_path / "README.md", "About these articles")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    articles, problems = load(tmp_path)
    assert [a.id for a in articles] == ["a"]
    assert only(problems).reason == "2 of other kinds left out: loop, photo.jpg"
    (tmp_path / "empty").mkdir()
    assert only(load(tmp_path / "empty")[1]).reason == "no files with articles in this folder"


@linux_only
def test_a_pipe_or_device_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "x.txt")
    assert only(load(tmp_path)[1]).reason == "not a regular file"
    assert only(load("/dev/zero")[1]).reason == "not a regular file"


@linux_only
def test_hostile_names_print_as_one_line_and_give_valid_ids(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\n\x1b[31m\xff.txt")).write_bytes(b"\xff")
    articles, problems = load(tmp_path)
    assert articles[0].id == "a\n\x1b[31m\ufffd"
    assert "a\\n\\x1b[31m" in str(only(problems))
    assert to_table(articles)["id"].to_pylist() == [articles[0].id]
