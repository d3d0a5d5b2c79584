"""Articles read on Spark are those of one machine, and nothing is lost without a word."""

import gzip
import json
from datetime import UTC

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedupe.errors import InputError
from dedupe.reading.articles import read, to_table
from dedupe.spark.articles import ReadingOptions, read_articles

RECORDS = [
    {"id": "plain", "title": "Talks end", "text": "Talks ended in the capital.", "publisher": "Wire",
     "published_at": "2024-01-05T10:30:00+02:00", "url": "https://wire.example/1", "language": "en"},
    {"id": "old", "text": "A king was crowned.", "published_at": "1714-10-20"},
    {"id": "page", "headline": "Rain", "body": "<p>It rained &amp; rained.</p><p>Roads closed.</p>", "source": "Daily"},
    {"url": "https://daily.example/2", "text": "An address serves as an id.", "published_at": 1704450600},
    {"id": 17, "text": "Café \ud83d\ude80 in São Paulo", "published_at": "yesterday"},
    {"id": "empty", "text": ""},
    {"id": "nothing", "title": "No text at all"},
    {"id": "nul", "text": "before\u0000after"},
]  # fmt: skip


def lines_of(records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def articles_of(frame):
    rows = frame.orderBy("id").collect()
    names = ("id", "title", "text", "publisher", "url", "language", "day_precision")
    at = [row["published_at"] and row["published_at"].astimezone(UTC) for row in rows]
    return [(*(row[name] for name in names), time) for row, time in zip(rows, at, strict=True)]


def of_one_machine(path):
    table = to_table(read([path], on_problem=lambda problem: None), are_read=True).sort_by("id")
    names = ("id", "title", "text", "publisher", "url", "language", "day_precision", "published_at")
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


def test_json_lines_become_the_articles_of_one_machine_and_problems_are_counted(work, tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + lines_of(RECORDS) + b'{"id": "cut", "text": "half\n\n[1, 2]\n')
    problems = []
    articles = read_articles(work, str(path), on_problems=problems.extend)
    assert articles_of(articles) == of_one_machine(path)
    assert articles.count() == 7
    said = {problem.example.partition("day.jsonl: ")[2]: problem.count for problem in problems}
    assert sum(count for message, count in said.items() if "no text among the fields" in message) == 1
    assert any("not valid JSON" in message for message in said)
    assert any(message.startswith("article 17: the date 'yesterday' is left out") for message in said)
    assert any(message.startswith("article empty: the text is empty") for message in said)


def test_a_missing_id_is_told_once_and_what_else_is_wrong_is_told_before(work, tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_bytes(lines_of([{"id": "a", "text": "Rain."}, {"text": "Snow."}, {"text": "Hail."}]) + b"nonsense\n")
    problems = []
    with pytest.raises(InputError, match=r"^[^:]*day\.jsonl: 2 articles without an id, such as .*: no id: Hail"):
        read_articles(work, str(path), on_problems=problems.extend)
    assert ["not valid JSON" in problem.example for problem in problems] == [True]


def test_parquet_becomes_the_articles_of_one_machine(work, tmp_path):
    path = tmp_path / "day.parquet"
    rows = [{**dict.fromkeys(("title", "publisher", "url")), "published_at": None, **record} for record in RECORDS[:2]]
    pq.write_table(pa.Table.from_pylist(rows), path)
    assert articles_of(read_articles(work, str(path))) == of_one_machine(path)


@pytest.mark.parametrize("where", ["", "/*.jsonl.gz"], ids=["folder", "glob"])
def test_folders_and_globs_are_read_also_packed(work, tmp_path, where):
    folder = tmp_path / "month" / "day=1"
    folder.mkdir(parents=True)
    for number in range(2):
        (folder / f"{number}.jsonl.gz").write_bytes(gzip.compress(lines_of([{"id": f"a{number}", "text": "Rain."}])))
    (folder / "_SUCCESS").touch()
    articles = read_articles(work, f"{folder}{where}" if where else str(folder))
    assert {row["id"] for row in articles.collect()} == {"a0", "a1"}


def test_brackets_of_a_name_are_those_of_a_glob_unless_they_are_escaped(work, tmp_path):
    path = tmp_path / "[day] 100%.jsonl"
    path.write_bytes(lines_of([{"id": "a", "text": "Rain."}]))
    with pytest.raises(InputError, match=r"check the path; as a glob, \[ \] and { } have a meaning"):
        read_articles(work, str(path))
    escaped = str(path).replace("[", r"\[").replace("]", r"\]")
    assert [row["id"] for row in read_articles(work, escaped).collect()] == ["a"]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_files_in_folders_of_folders_are_all_read(work, tmp_path, kind):
    for number, folder in enumerate(("", "2024", "2024/january", "_temporary/0")):
        path = tmp_path / "in" / folder / f"{number}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        record = {"id": f"a{number}", "text": "Rain."}
        if kind == "jsonl":
            path.write_bytes(lines_of([record]))
        else:
            pq.write_table(pa.Table.from_pylist([record]), path)
    articles = read_articles(work, str(tmp_path / "in"))
    assert {row["id"] for row in articles.collect()} == {"a0", "a1", "a2"}


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_folders_named_as_a_column_and_its_value_are_a_column_of_text(work, tmp_path, kind):
    for number, folder in enumerate(("publisher=007", "publisher=08", "publisher=__HIVE_DEFAULT_PARTITION__")):
        path = tmp_path / "in" / folder / f"{number}.{kind}"
        path.parent.mkdir(parents=True)
        record = {"id": f"a{number}", "text": "Rain.", "publisher": "that of the file"}
        if kind == "jsonl":
            path.write_bytes(lines_of([record]))
        else:
            pq.write_table(pa.Table.from_pylist([record]), path)
    articles = read_articles(work, str(tmp_path / "in"))
    assert [row["publisher"] for row in articles.orderBy("id").collect()] == ["007", "08", None]


def test_what_is_wrong_with_parquet_names_the_input_also_where_it_is_a_column(work, tmp_path):
    path = tmp_path / "day.parquet"
    rows = {"id": ["a", "b"], "text": ["Rain.", ""], "published_at": ["yesterday", None]}
    pq.write_table(pa.table(rows), path)
    problems = []
    read_articles(work, str(path), ReadingOptions({"publisher": "Paper"}), problems.extend)
    assert {problem.example.partition(": ")[0] for problem in problems} == {str(path)}
    said = "\n".join(problem.example for problem in problems)
    assert "no 'Paper', which is named for publisher" in said
    assert "the date 'yesterday' is left out" in said


def test_parquet_without_a_text_is_an_error_that_names_it(work, tmp_path):
    path = tmp_path / "day.parquet"
    pq.write_table(pa.table({"id": [1], "text": [2]}), path)
    with pytest.raises(InputError, match=r"day\.parquet: the column 'text' holds int64, not text"):
        read_articles(work, str(path))


def test_parquet_may_have_names_with_dots_and_times_in_nanoseconds(work, tmp_path):
    path = tmp_path / "day.parquet"
    times = pa.array([1_704_450_600_000_000_000, 1_704_412_800_000_000_000, None], pa.timestamp("ns"))
    columns = {"id": ["a", "b", "c"], "text": ["Rain."] * 3, "source.name": ["Wire", "Daily", None], "a`b.c": [1, 2, 3]}
    pq.write_table(pa.table({**columns, "published_at": times}), path)
    assert articles_of(read_articles(work, str(path))) == of_one_machine(path)


def test_an_id_that_looks_like_the_number_of_a_row_is_an_id(work, tmp_path):
    path = tmp_path / "day.parquet"
    pq.write_table(pa.table({"id": ["row:1", "row:2"], "text": ["Rain.", "Snow."]}), path)
    assert {row["id"] for row in read_articles(work, str(path)).collect()} == {"row:1", "row:2"}


@pytest.mark.parametrize("other", ["", "day=1/more", "hour=1"])
def test_files_that_spark_would_leave_out_beside_such_folders_are_refused(work, tmp_path, other):
    for number, folder in enumerate(("day=1", other)):
        (tmp_path / "in" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / folder / f"{number}.jsonl").write_bytes(lines_of([{"id": f"a{number}", "text": "Rain."}]))
    with pytest.raises(InputError, match="must hold all files or none"):
        read_articles(work, str(tmp_path / "in"))


def test_a_date_that_needs_the_order_of_day_and_month_is_read_where_it_is_given(work, tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_bytes(lines_of([{"id": "a", "text": "Rain.", "published_at": "01/02/2024"}]))
    articles = read_articles(work, str(path), ReadingOptions(day_first=True))
    assert articles_of(articles)[0][-1].isoformat() == "2024-02-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no such file or folder"),
        ({"day.jsonl": b""}, "no readable article"),
        ({"day.jsonl": b"{}\n"}, "no readable article"),
        ({"day.jsonl": b'{"text": "Rain."}\n'}, "1 article without an id, such as .*give every article an id"),
        ({"day.jsonl": b'{"id": "a", "text": "1"}\n' * 3}, "the id 'a' is that of 3 articles"),
        ({"day.jsonl": b"", "other.csv": b""}, "files of one kind are read"),
        ({"day.txt": b"Rain."}, "files of one kind are read"),
    ],
    ids=["absent", "empty", "no text", "no id", "one id thrice", "two kinds", "another kind"],
)
def test_an_input_that_cannot_serve_is_refused_with_what_to_do(work, tmp_path, files, message):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_articles(work, str(folder))
