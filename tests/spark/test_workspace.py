"""The files of an input are listed in a few calls, by the names that the reader needs."""

import pytest

from dedupe.spark.workspace import files_of


def made(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def named(spark, path):
    return [str(file) for file in files_of(spark, str(path))]


def test_nothing_is_there(spark, tmp_path):
    assert named(spark, tmp_path / "absent") == []
    assert named(spark, tmp_path / "*.jsonl") == []
    assert named(spark, made(tmp_path, "in/_SUCCESS", "in/.hidden") / "in") == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("in", ["in/a b%20#?.jsonl", "in/day=1/more/c.jsonl", "in/day=1/é,:1.jsonl"]),
        ("in/*", ["a b%20#?.jsonl", "day=1/more/c.jsonl", "day=1/é,:1.jsonl"]),
        ("in/day=*/*/*.jsonl", ["c.jsonl"]),
        ("in/{day=1/more,day=1}/", ["day=1/é,:1.jsonl", "more/c.jsonl"]),
    ],
    ids=["a folder", "files and folders", "a glob of files", "a folder in another one"],
)
def test_files_are_named_from_what_the_path_names(spark, tmp_path, path, expected):
    made(tmp_path, "in/a b%20#?.jsonl", "in/day=1/é,:1.jsonl", "in/day=1/more/c.jsonl", "in/day=1/_temporary/0/d.jsonl")
    assert sorted(set(named(spark, tmp_path / path))) == expected


def test_many_files_are_listed_in_fewer_calls_than_there_are_files(spark, tmp_path, monkeypatch):
    folder = made(tmp_path, *(f"in/{number}.jsonl" for number in range(300))) / "in"
    asked = []
    client = type(spark.sparkContext._gateway._gateway_client)
    send = client.send_command
    monkeypatch.setattr(client, "send_command", lambda *given, **named_: asked.append(given) or send(*given, **named_))
    for path in (folder, folder / "*"):
        asked.clear()
        assert len(files_of(spark, str(path))) == 300
        assert len(asked) < 300
