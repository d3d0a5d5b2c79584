"""What reading promises about formats: every format gives the same articles, whatever names the fields have."""

import csv
import gzip
import io
import json
import os
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from article_files import FOREIGN, as_jsonl, load, write, write_jsonl
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.article import Article
from dedupe.reading.articles import read

ROWS = [
    {"id": "a", "title": "Talks", "text": FOREIGN, "source": "AP", "published_at": "2024-01-05T10:30:00Z"},
    {"id": "b", "title": "", "text": 'Two\nlines, "quoted"', "source": "BBC", "published_at": "2024-01-06"},
]


def as_json(rows):
    return json.dumps(rows).encode()


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


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    articles, problems = load(write(tmp_path / "a.txt", b"\xef\xbb\xbfHeadline"))
    assert (articles[0].text, problems) == ("Headline", [])


@settings(deadline=None)
@given(st.text())
def test_the_text_of_a_txt_file_is_the_file(text):
    articles = list(read(["-"], stdin=io.BytesIO(b"T\n" + text.encode("utf-8", "replace")), on_problem=print))
    assert [a.text for a in articles] == ["T\n" + text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")]


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


def test_the_first_known_name_with_something_in_it_wins(tmp_path):
    row = {
        "URL": "http://x/1",
        "text": " ",
        "Body": "body",
        "content": "content",
        "pubDate": "2024-01-05",
        "lang": "de",
    }
    articles, _ = load(write_jsonl(tmp_path / "x.jsonl", row | {"source": {"id": None, "name": "AP"}}))
    day = datetime(2024, 1, 5, tzinfo=UTC)
    assert articles == [Article("http://x/1", "", "body", "AP", day, "http://x/1", "de")]


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


def test_a_fifty_megabyte_article_is_read(tmp_path):
    text = "All work and no play. " * (50_000_000 // 22)
    articles, problems = load(
        write(tmp_path / "x.jsonl", '{"id": "big", "text": "' + text + '"}'), max_record_bytes=60_000_000
    )
    assert (articles[0].text == text, problems) == (True, [])
    rows = "id,text\nbig," + text + "\nsmall,x\n"
    assert [len(a.text) for a in load(write(tmp_path / "x.csv", rows), max_record_bytes=60_000_000)[0]] == [
        len(text),
        1,
    ]
