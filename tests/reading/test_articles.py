"""What reading promises: every format people have, one clear line for everything wrong, nothing dropped silently."""

import csv
import gzip
import io
import json
import os
import sys
import warnings
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupe.errors import InputError
from dedupe.reading import records as records_module
from dedupe.reading.articles import Problem, read, to_table
from dedupe.reading.html import text_of_html
from dedupe.schemas import ARTICLES, Article

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="such files exist on Linux")
FOREIGN = 'Zażółć — "gęślą" 日本 😀'


def load(*paths, **options):
    """Articles and problems of the paths."""
    problems = []
    articles = list(read([str(path) for path in paths], on_problem=problems.append, **options))
    return articles, problems


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def jsonl(path, *rows):
    return write(path, "".join(json.dumps(row) + "\n" for row in rows))


def only(problems):
    """The one problem there is, which must print as one line of printable characters."""
    assert len(problems) == 1, problems
    assert str(problems[0]).isprintable()
    return problems[0]


# Formats


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


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    articles, problems = load(write(tmp_path / "a.txt", b"\xef\xbb\xbfHeadline"))
    assert (articles[0].text, problems) == ("Headline", [])


ROWS = [
    {"id": "a", "title": "Talks", "text": FOREIGN, "source": "AP", "published_at": "2024-01-05T10:30:00Z"},
    {"id": "b", "title": "", "text": 'Two\nlines, "quoted"', "source": "BBC", "published_at": "2024-01-06"},
]


def as_json(rows):
    return json.dumps(rows).encode()


def as_jsonl(rows):
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def as_csv(rows, delimiter=","):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_parquet(rows):
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


FORMATS = {
    "x.jsonl": as_jsonl(ROWS),
    "x.jsonl.gz": gzip.compress(as_jsonl(ROWS)),
    "two-members.ndjson.gz": gzip.compress(as_jsonl(ROWS[:1])) + gzip.compress(as_jsonl(ROWS[1:])),
    "gzip-without-the-name.jsonl": gzip.compress(as_jsonl(ROWS)),
    "utf16.jsonl": as_jsonl(ROWS).decode().encode("utf-16"),
    "crlf.jsonl": as_jsonl(ROWS).replace(b"\n", b"\r\n"),
    "cr.jsonl": as_jsonl(ROWS).replace(b"\n", b"\r"),
    "x.json": as_json(ROWS),
    "indented.json": json.dumps(ROWS, indent=2).encode(),
    "held.json": as_json({"status": "ok", "articles": ROWS}),
    "deeper.json": as_json({"response": {"status": "ok", "results": ROWS}}),
    "jsonl-in-name-only.json": as_jsonl(ROWS),
    "x.csv": as_csv(ROWS),
    "x.csv.gz": gzip.compress(as_csv(ROWS)),
    "excel.csv": b"\xef\xbb\xbf" + as_csv(ROWS, ";"),
    "x.tsv": as_csv(ROWS, "\t"),
    "x.parquet": as_parquet(ROWS),
}
UNNAMED = {name: content for name, content in FORMATS.items() if name != "jsonl-in-name-only.json"}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_articles(tmp_path, name):
    articles, problems = load(write(tmp_path / name, FORMATS[name]))
    assert problems == []
    assert [(a.id, a.title, a.text, a.publisher) for a in articles] == [tuple(row.values())[:4] for row in ROWS]
    assert articles[0].published_at == datetime(2024, 1, 5, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", UNNAMED)
def test_without_a_known_extension_the_content_decides(tmp_path, name):
    articles, problems = load(write(tmp_path / "download", UNNAMED[name]))
    assert ([a.text for a in articles], problems) == ([row["text"] for row in ROWS], [])


@pytest.mark.parametrize("name", [name for name in UNNAMED if name != "x.parquet"])
def test_stdin_is_read_whatever_its_format(name):
    articles, problems = load("-", stdin=io.BytesIO(UNNAMED[name]))
    assert ([a.text for a in articles], problems) == ([row["text"] for row in ROWS], [])


def test_stdin_gives_an_article_as_soon_as_its_line_is_there():
    """A live pipe must not wait for a second line before the first is answered."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stdin, os.fdopen(writing, "wb", buffering=0) as sender:
        articles = read(["-"], stdin=stdin)
        sender.write(b'{"id": 1, "text": "first"}\n')
        assert next(articles).text == "first"


def test_plain_text_on_stdin_is_one_article():
    articles, _ = load("-", stdin=io.BytesIO(b"[Reuters] Talks, and more talks\n{sic} ended."))
    assert [(a.id, a.title) for a in articles] == [("stdin", "[Reuters] Talks, and more talks")]


def test_ninjs_bodies_lose_their_tags(tmp_path):
    item = {
        "uri": "urn:1", "versioncreated": "2024-01-05T10:30:00+02:00", "headline": "Talks end", "language": "en",
        "body_xhtml": "<p>Talks <b>ended</b> &amp; resumed.</p><script>x()</script><ul><li>One</li><li>Two</li></ul>",
    }  # fmt: skip
    newer = {"uri": "urn:2", "headlines": [{"role": "main", "value": "T"}], "bodies": [{"value": "<p>B</p>"}]}
    articles, problems = load(write(tmp_path / "x.json", as_json([item, newer])))
    assert problems == []
    assert articles[0].text == "Talks ended & resumed.\nOne\nTwo"
    assert articles[0] == Article(
        "urn:1", "Talks end", articles[0].text, published_at=datetime(2024, 1, 5, 8, 30, tzinfo=UTC), language="en"
    )
    assert (articles[1].id, articles[1].title, articles[1].text) == ("urn:2", "T", "B")


@pytest.mark.parametrize("unclosed", ["<!--", "<a ", "</", "<![x[", "<script>", "&#"])
def test_unclosed_markup_takes_no_time(unclosed):
    """A parser whose time grows with the square would take minutes here."""
    assert text_of_html("Seen." + unclosed * 200_000).startswith("Seen.")


def test_the_first_known_name_with_something_in_it_wins(tmp_path):
    row = {
        "URL": "http://x/1",
        "text": " ",
        "Body": "body",
        "content": "content",
        "pubDate": "2024-01-05",
        "lang": "de",
    }
    articles, _ = load(jsonl(tmp_path / "x.jsonl", row | {"source": {"id": None, "name": "AP"}}))
    day = datetime(2024, 1, 5, tzinfo=UTC)
    assert articles == [Article("http://x/1", "", "body", "AP", day, "http://x/1", "de")]


def test_ids_may_be_numbers_and_missing_ids_come_from_file_and_line(tmp_path):
    articles, problems = load(
        jsonl(tmp_path / "day.jsonl", {"id": 7, "text": "a"}, {"text": "b"}, {"text": ["c", "d"]})
    )
    assert [(a.id, a.text) for a in articles] == [("7", "a"), ("day:2", "b"), ("day:3", "c\nd")]
    assert problems == []


def test_parquet_dates_and_strings_of_any_type_are_read(tmp_path):
    table = pa.table(
        {
            "text": pa.array(["a", "b"]).dictionary_encode(),
            "published_at": pa.array([1704450600123456789, None], pa.timestamp("ns", "Europe/Berlin")),
            "date": pa.array([date(2024, 1, 5)] * 2),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    articles, problems = load(tmp_path / "x.parquet")
    assert [a.published_at for a in articles] == [
        datetime(2024, 1, 5, 10, 30, 0, 123456, tzinfo=UTC),
        datetime(2024, 1, 5, tzinfo=UTC),
    ]
    assert problems == []


# What is wrong is said, and the rest goes on

BAD_LINES = {
    b'{"id": 1, "text": "cut': ("skipped", "not valid JSON"),
    b"[" * 100_000: ("skipped", "nested too deeply"),
    b'{"text":' * 100_000: ("skipped", "nested too deeply"),
    b'["a list"]': ("skipped", "a JSON list, not an object"),
    b'{"id": 1, "body_size": 3}': ("skipped", "no text among the fields id, body_size"),
    b'{"text": {"rendered": "x"}}': ("skipped", "no text among the fields text"),
    b'{"text": ""}': ("repaired", "the text is empty"),
    b'{"text": null}': ("repaired", "the text is empty"),
    rb'{"text": "half \ud83d"}': ("repaired", "half a surrogate pair in text"),
    rb'{"text": "nul \u0000"}': ("repaired", "NUL or half a surrogate pair in text"),
    b'{"text": "latin \xe9"}': ("repaired", "invalid UTF-8"),
    b'{"text": "x", "score": NaN}': ("repaired", "not strict JSON"),
    b'{"text": "x", "date": "soon"}': ("repaired", "the date 'soon' is left out"),
    b'{"text": "x", "date": "99999-01-01"}': ("repaired", "is left out"),
    b'{"id": "good", "text": "other"}': ("repaired", "the id 'good' came before with another article"),
    b'{"id": "good", "text": "good"}': ("skipped", "the id 'good' came before with the same content"),
}


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: line[:30].decode("latin-1"))
def test_a_bad_line_is_one_problem_and_the_next_line_is_read(tmp_path, line):
    good = b'{"id": "good", "text": "good"}\n'
    path = write(tmp_path / "x.jsonl", good + line + b"\n" + b'{"id": "last", "text": "last"}\n')
    articles, problems = load(path)
    kind, reason = BAD_LINES[line]
    problem = only(problems)
    assert (problem.kind, problem.line, problem.file) == (kind, 2, str(path))
    assert reason in problem.reason
    assert problem.advice
    assert [a.id for a in articles][:: max(1, len(articles) - 1)] == ["good", "last"]
    assert len(articles) == (2 if kind == "skipped" else 3)
    to_table(articles)


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: line[:30].decode("latin-1"))
def test_strict_stops_at_the_first_problem_and_names_the_line(tmp_path, line):
    path = write(tmp_path / "x.jsonl", b'{"id": "good", "text": "good"}\n' + line)
    with pytest.raises(InputError, match=r"x\.jsonl:2: .+ — .+"):
        list(read([path], strict=True))


def test_without_a_listener_a_problem_is_a_warning(tmp_path):
    path = write(tmp_path / "x.jsonl", "{")
    with pytest.warns(UserWarning, match=r"x\.jsonl:1: not valid JSON"):
        assert list(read([path])) == []


def test_an_overlong_line_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(records_module, "MAX_RECORD_BYTES", 1000)
    long = {"text": "x" * 200_000}
    articles, problems = load(jsonl(tmp_path / "x.jsonl", {"text": "a"}, long, {"text": "b"}))
    assert [a.text for a in articles] == ["a", "b"]
    assert (only(problems).line, problems[0].reason) == (2, "a line of more than 1,000 bytes")
    assert "more than 1,000 bytes" in only(load(write(tmp_path / "x.txt", "x" * 1001))[1]).reason


def test_a_fifty_megabyte_article_is_read(tmp_path):
    text = "All work and no play. " * (50_000_000 // 22)
    articles, problems = load(jsonl(tmp_path / "x.jsonl", {"id": "big", "text": text}))
    assert (articles[0].text == text, problems) == (True, [])
    rows = "id,text\nbig," + text + "\nsmall,x\n"
    assert [len(a.text) for a in load(write(tmp_path / "x.csv", rows))[0]] == [len(text), 1]


@pytest.mark.parametrize("damage", [lambda packed: packed[:-400], lambda packed: packed[:-400] + b"\0" * 400])
def test_damaged_gzip_keeps_what_came_before(tmp_path, damage):
    rows = [{"id": n, "text": os.urandom(300).hex()} for n in range(100)]
    articles, problems = load(write(tmp_path / "x.jsonl.gz", damage(gzip.compress(as_jsonl(rows)))))
    assert 90 < len(articles) < 100
    assert any("gzip" in problem.reason for problem in problems)


def test_csv_problems_name_the_line_where_the_row_begins(tmp_path):
    content = b'id,text\n1,"two\nlines"\n2,caf\xe9\n3,a,b\n\n4,=cmd()\x00\n5,"cut\n6,x\n'
    articles, problems = load(write(tmp_path / "x.csv", content))
    assert [(a.id, a.text) for a in articles] == [
        ("1", "two\nlines"), ("2", "caf\ufffd"), ("3", "a"), ("4", "=cmd()\ufffd")
    ]  # fmt: skip
    assert [(problem.line, problem.kind) for problem in problems] == [
        (4, "repaired"), (5, "repaired"), (7, "repaired"), (8, "skipped")
    ]  # fmt: skip
    assert "3 cells under 2 column names" in problems[1].reason
    assert "unexpected end of data" in problems[3].reason


def test_a_table_without_a_text_column_says_which_columns_it_has(tmp_path):
    assert "only name, size" in only(load(write(tmp_path / "x.csv", "name,size\na,1\n"))[1]).reason
    pq.write_table(pa.table({"name": ["a"]}), tmp_path / "x.parquet")
    assert "only name" in only(load(tmp_path / "x.parquet")[1]).reason


def test_parquet_strings_that_are_not_utf8_are_repaired(tmp_path):
    bad = pa.array([b"good", b"caf\xe9"]).view(pa.string())
    pq.write_table(pa.table({"text": bad}), tmp_path / "x.parquet")
    articles, problems = load(tmp_path / "x.parquet")
    assert [a.text for a in articles] == ["good", "caf\ufffd"]
    assert (only(problems).line, problems[0].kind) == (2, "repaired")


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"\0" * 200 + b"PAR1", b"not parquet"])
def test_damaged_parquet_is_a_problem(tmp_path, content):
    assert "damaged Parquet" in only(load(write(tmp_path / "x.parquet", content))[1]).reason


# Paths


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


def test_files_of_one_name_stay_two_articles_and_one_file_named_twice_is_one(tmp_path):
    for publisher in ("ap", "bbc"):
        (tmp_path / publisher).mkdir()
        write(tmp_path / publisher / "1.txt", "the same copy")
    articles, problems = load(tmp_path / "ap", tmp_path / "bbc", tmp_path / "ap" / "1.txt")
    assert [a.id for a in articles] == ["1", "1#2"]
    assert [problem.kind for problem in problems] == ["repaired", "skipped"]
    assert problems[1].reason == "this file was read before"


def test_repeated_ids_can_be_left_to_the_caller(tmp_path):
    """A filter answers a redelivered article again, so it must see it again."""
    path = jsonl(tmp_path / "x.jsonl", {"id": 1, "text": "a"}, {"id": 1, "text": "a"}, {"id": 1, "text": "b"})
    articles, problems = load(path, keep_repeated_ids=True)
    assert ([a.id for a in articles], problems) == (["1", "1", "1"], [])


# The table


def test_no_articles_give_an_empty_table_and_one_gives_one_row():
    assert (to_table([]).schema, len(to_table([]))) == (ARTICLES, 0)
    table = to_table([Article("a", "T", FOREIGN, "AP", "2024-01-05", "http://x", "en")])
    assert table.schema == ARTICLES
    assert table.to_pylist() == [
        {"id": "a", "title": "T", "text": FOREIGN, "publisher": "AP", "published_at": datetime(2024, 1, 5, tzinfo=UTC),
         "day_precision": True, "url": "http://x", "language": "en"}
    ]  # fmt: skip


def test_every_column_of_a_large_table_is_one_chunk():
    table = to_table(Article(str(n), text="x") for n in range(10_000))
    assert {column.num_chunks for column in table.columns} == {1}
    assert table["id"][9_999].as_py() == "9999"


def test_the_table_repairs_what_python_hands_over_and_says_so():
    given = [
        Article("a", text="half \ud83d"),
        Article("a", text="other", published_at="soon"),
        Article("a", text="other", published_at="soon"),
        Article(7, title=None, text=None, published_at=datetime(2024, 1, 5, 10)),
        Article("", text="x"),
    ]
    problems: list[Problem] = []
    table = to_table(given, problems.append)
    assert table["id"].to_pylist() == ["a", "a#2", "7", "article:5"]
    assert table["text"].to_pylist() == ["half \ufffd", "other", "", "x"]
    assert [(problem.line, problem.kind) for problem in problems] == [
        (1, "repaired"), (2, "repaired"), (2, "repaired"), (3, "skipped")
    ]  # fmt: skip
    with pytest.raises(InputError, match="article 1: text is a list, not text"):
        to_table([Article("a", text=["x"])])


# Properties

LINES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(list(BAD_LINES)).map(lambda line: line[:200]),
    st.dictionaries(st.sampled_from(["id", "text", "date", "title"]), st.text() | st.integers() | st.none()).map(
        lambda row: json.dumps(row).encode()
    ),
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, max_size=8), end=st.sampled_from([b"\n", b"\r\n"]), packed=st.booleans())
def test_whatever_the_bytes_every_line_is_an_article_or_a_problem(tmp_path, lines, end, packed):
    content = end.join(line.replace(b"\n", b" ").replace(b"\r", b" ") for line in lines)
    if content[:3] in (b"\xef\xbb\xbf",) or content[:2] in (b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff"):
        content = b" " + content
    path = write(tmp_path / "x.jsonl", gzip.compress(content) if packed else content)
    articles, problems = load(path)
    skipped = [problem for problem in problems if problem.kind == "skipped" and problem.line]
    assert len(articles) + len(skipped) == sum(1 for line in content.split(end) if line.strip())
    assert all(str(problem).isprintable() for problem in problems)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what read gives needs no further repair
        assert to_table(articles)["id"].to_pylist() == [a.id for a in articles]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=300),
    start=st.sampled_from([b"", b"id,text\n", b'[{"text": ', b"\x1f\x8b\x08", b"PAR1", b"\xff\xfe", b"\xef\xbb\xbf"]),
    name=st.sampled_from(["x.txt", "x.json", "x.csv", "x.parquet", "x.jsonl.gz", "unknown"]),
)
def test_no_bytes_in_any_format_raise(tmp_path, content, start, name):
    articles, problems = load(write(tmp_path / name, start + content))
    assert articles or problems or name == "x.csv"
    to_table(articles)


@settings(deadline=None)
@given(st.text())
def test_the_text_of_a_txt_file_is_the_file(text):
    articles = list(read(["-"], stdin=io.BytesIO(b"T\n" + text.encode("utf-8", "replace")), on_problem=print))
    assert [a.text for a in articles] == ["T\n" + text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")]
