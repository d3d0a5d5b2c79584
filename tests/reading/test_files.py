"""What reading promises about paths: folders, missing files, pipes and hostile names."""

import os
import re
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
    missing, impossible = (problem.reason for problem in problems)
    assert missing == "no such file or folder"
    assert re.fullmatch("cannot be opened: .*embedded null (byte|character in path)", impossible)  # as Python says it
    with pytest.raises(InputError, match="no such file or folder — check the path"):
        list(read([tmp_path / "missing"], strict=True))


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.csv", "x.xml", "x.rss", "x.html", "unknown"])
def test_a_file_without_articles_says_so(tmp_path, name):
    articles, problems = load(write(tmp_path / name, b""))
    assert articles == []
    assert only(problems).reason == "no articles in this file"


def test_links_inside_of_a_folder_are_followed_on_request_only(tmp_path):
    """A link may lead out of the folder, to what its owner may not read, or in a circle."""
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    outside.mkdir()
    write(outside / "secret.txt", "not for the reader")
    write(folder / "own.txt", "for the reader")
    (folder / "file.txt").symlink_to(outside / "secret.txt")
    (folder / "place").symlink_to(outside)
    (outside / "back").symlink_to(folder)
    (folder / "sub" / "circle").symlink_to(folder / "sub")
    (folder / "gone.txt").symlink_to(tmp_path / "nothing")
    articles, problems = load(folder)
    assert [a.id for a in articles] == ["own"]
    assert only(problems).reason == "links not followed (4): file.txt, gone.txt, place"
    assert "--follow-symlinks" in only(problems).advice
    articles, problems = load(folder, follow_symlinks=True)
    assert [a.id for a in articles] == ["file", "own"]
    assert sorted(problem.reason for problem in problems) == ["no such file or folder", "this file was read before"]
    assert [a.text for a in load(folder / "file.txt")[0]] == ["not for the reader"]


def test_a_folder_says_what_it_left_out(tmp_path):
    write(tmp_path / "a.txt", "a")
    write(tmp_path / "photo.jpg", b"\xff\xd8")
    write(tmp_path / "README.md", "About these articles")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    articles, problems = load(tmp_path)
    assert [a.id for a in articles] == ["a"]
    assert [p.reason for p in problems] == ["1 of other kinds left out: photo.jpg", "links not followed (1): loop"]
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
