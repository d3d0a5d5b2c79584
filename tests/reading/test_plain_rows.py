"""A data frame gives the same articles and the same problems as a Parquet file of the same rows.

Most rows of a frame are read all together, those of a file one by one, so each is the proof of the other.
"""

import sys
import tempfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.reading.articles import read, to_table
from dedupe.reading.frames import table_of_frame
from dedupe.reading.plain_strings import first_filled, is_padded

PIECES = (
    "Rain fell on the lower town.", "Dr Ng", "https://a.example/1", "http://b.example", "a", "a#2", "row:2", "", " ",
    "\n\t", "\u3000", " padded ", "\u2003x", "end\x1f", "“Été”", "東京で雨。", "nul \0 here", "<p>One</p><p>Two</p>",
    "R&amp;D", "1 < 2 & 3", "Itâ\x80\x99s", "cafÃ©", "<![CDATA[x]]>", "&amp;#8217;", "2024-01-05", "01/02/2024",
    "25/04/2024", "never", "1704450600", "0001-01-01", "x" * 50,
)  # fmt: skip
"""Values that a field may have, by themselves or one after the other."""

STRINGS = st.one_of(st.none(), st.lists(st.sampled_from(PIECES), min_size=1, max_size=2).map("".join), st.text())

INSTANTS = st.datetimes(datetime(1500, 1, 1), datetime(2261, 1, 1)) | st.sampled_from(
    [datetime(1970, 1, 1), datetime(1970, 1, 1, 3), datetime(1899, 12, 30), datetime(1601, 1, 1), datetime(2024, 1, 5)]
)

VALUES = {
    pa.string(): STRINGS,
    pa.large_string(): STRINGS,
    pa.dictionary(pa.int8(), pa.string()): STRINGS,
    pa.binary(): st.one_of(st.none(), STRINGS.map(lambda text: (text or "").encode("utf-8", "replace")), st.binary()),
    pa.int64(): st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.just(1704450600)),
    pa.float64(): st.one_of(st.none(), st.floats()),
    pa.null(): st.none(),
    pa.list_(pa.string()): st.one_of(st.none(), st.lists(STRINGS, max_size=2)),
    pa.struct({"name": pa.string()}): st.one_of(st.none(), STRINGS.map(lambda text: {"name": text})),
    pa.date32(): st.one_of(st.none(), st.dates(date(1500, 1, 1), date(2300, 1, 1))),
    pa.timestamp("us"): st.one_of(st.none(), INSTANTS),
    pa.timestamp("s", "UTC"): st.one_of(st.none(), INSTANTS.map(lambda at: at.replace(microsecond=0))),
    pa.timestamp("ms", "Europe/Berlin"): st.one_of(st.none(), INSTANTS.map(lambda at: at.replace(microsecond=0))),
}

NAMES = {
    "text": ("text", "body", "content", "html", "summary"),
    "short": ("id", "guid", "title", "headline", "source", "publisher", "url", "link", "language", "unknown"),
    "date": ("published_at", "date", "timestamp"),
}

TEXT_TYPES = [kind for kind in VALUES if not (pa.types.is_temporal(kind) or kind in (pa.int64(), pa.float64()))]
SHORT_TYPES = [kind for kind in VALUES if not pa.types.is_temporal(kind)]


@st.composite
def tables(draw):
    """Tables with a column for the text and some others, and up to six rows."""
    rows = draw(st.integers(0, 6))
    own = draw(st.lists(st.sampled_from(NAMES["text"]), min_size=1, max_size=3, unique=True))
    own += draw(st.lists(st.sampled_from((*NAMES["short"], *NAMES["date"])), max_size=6, unique=True))
    columns = {}
    for name in draw(st.permutations(own)):
        kinds = TEXT_TYPES if name in NAMES["text"] else list(VALUES) if name in NAMES["date"] else SHORT_TYPES
        kind = draw(st.sampled_from(kinds)) if draw(st.booleans()) else pa.string()
        values = draw(st.lists(VALUES[kind], min_size=rows, max_size=rows))
        columns[name] = pa.array(values, kind)
    return pa.table(columns)


def from_file(table):
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "row.parquet")  # so that ids are made up as those of a data frame are
        pq.write_table(table, path)
        articles = to_table(read([path], on_problem=problems.append), are_read=True)
    return articles, [problem for problem in problems if not problem.reason.startswith("no articles in this file")]


def from_frame(table):
    problems = []
    return table_of_frame(table, on_problem=problems.append), problems


def told(problems):
    """What problems say, but for the name of the file."""
    return [(p.kind, p.line, p.article_id, p.reason) for p in problems]


def assert_same(table):
    articles, problems = from_file(table)
    read_articles, read_problems = from_frame(table)
    assert read_articles.to_pylist() == articles.to_pylist()
    assert read_articles.schema == articles.schema
    assert sorted(told(read_problems), key=repr) == sorted(told(problems), key=repr)
    part = pa.concat_tables([table.slice(0, 3), table]).combine_chunks().slice(min(3, len(table)))
    assert from_frame(part) == (read_articles, read_problems)


@settings(max_examples=100, deadline=None)
@given(tables())
def test_a_frame_gives_the_articles_and_problems_of_a_file(table):
    assert_same(table)


@pytest.mark.parametrize("name", [name for names in NAMES.values() for name in names])
def test_whatever_a_single_field_holds(name):
    columns = {"id": [f"n{i}" for i in range(len(PIECES))], "text": [f"Text {i}." for i in range(len(PIECES))]}
    assert_same(pa.table(columns | {name: PIECES}))


def test_white_space_is_what_python_calls_so():
    chars = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    column = pa.array([f"{char}x" for char in chars], pa.large_string())
    assert is_padded(column).tolist() == [char.isspace() for char in chars]
    column = pa.array([f"x{char}" for char in chars], pa.large_string())
    assert is_padded(column).tolist() == [char.isspace() for char in chars]


def test_the_first_value_that_is_not_blank_counts():
    columns = [pa.array(values, pa.large_string()) for values in ([None, "", " \u3000", "a"], ["b", "c", None, "d"])]
    assert first_filled(columns, 4).to_pylist() == ["b", "c", None, "a"]
    assert first_filled([column[1:3] for column in columns], 2).to_pylist() == ["c", None]
    assert first_filled([], 2).to_pylist() == [None, None]
    assert first_filled([pa.array([], pa.large_string())], 0).to_pylist() == []


def test_what_stands_behind_a_null_is_not_read():
    content, ends = b"kept<p>\0gone", np.array([0, 4, 12], np.int32)
    buffers = [pa.py_buffer(b"\1"), pa.py_buffer(ends), pa.py_buffer(content)]
    titles = pa.Array.from_buffers(pa.string(), 2, buffers)
    assert titles.to_pylist() == ["kept", None]
    assert_same(pa.table({"id": ["a", "b"], "text": ["One.", "Two."], "title": titles}))


def test_strings_that_are_no_utf8_are_read_as_those_of_a_file():
    content, ends = "Rain in café. Talks ended.".encode("latin-1"), np.array([0, 13, 26], np.int32)
    texts = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(ends), pa.py_buffer(content)])
    table, problems = from_frame(pa.table({"id": ["a", "b"], "text": texts}))
    assert table["text"].to_pylist() == ["Rain in café.", " Talks ended."]
    assert [(p.line, p.reason) for p in problems] == [(1, "invalid UTF-8: read as windows-1252")]


@pytest.mark.parametrize("size", [1, 100, 3000])
def test_rows_are_the_same_however_they_are_cut(monkeypatch, size):
    table = pa.table(
        {"id": [f"n{i % 25}" for i in range(100)], "text": [f"{p} {i}" for i in range(4) for p in PIECES[:25]]}
    )
    expected = from_frame(table)
    monkeypatch.setattr("dedupe.reading.arrow_streams._BATCH_BYTES", size)
    cut = pa.concat_tables([table.slice(0, 7), table.slice(7, 0), table.slice(7)])
    articles, problems = from_frame(cut)
    assert articles.equals(expected[0])
    assert problems == expected[1]


def test_plain_rows_are_never_taken_one_by_one(monkeypatch):
    def refuse(*_):
        raise AssertionError("a row was read by itself")

    monkeypatch.setattr("dedupe.reading.frames.batch_records", refuse)
    rows = 5000
    columns = {
        "id": pa.array(range(rows)),
        "title": pa.array([f"Títle {i}" for i in range(rows)]),
        "text": pa.array([f"“Zahl” {i}: \n東京で雨。" for i in range(rows)], pa.large_string()),
        "source": pa.array(["Paper", None] * (rows // 2)).dictionary_encode(),
        "url": pa.array([f"https://a.example/{i}" for i in range(rows)]),
        "published_at": pa.array([1_700_000_000 + i for i in range(rows)], pa.timestamp("s", "UTC")),
    }
    assert table_of_frame(pa.table(columns))["publisher"].null_count == rows // 2
    dates = pa.array([date(2024, 1, 5)] * rows)
    assert not table_of_frame(pa.table(columns | {"published_at": dates}))["published_at"].null_count
    dates = pa.array(["2024-01-05T10:30:00+02:00"] * rows)
    assert not table_of_frame(pa.table(columns | {"published_at": dates}))["published_at"].null_count


@pytest.mark.parametrize("far", [2**62, -(2**62), 2**55])
@pytest.mark.parametrize(("unit", "thousands"), [("s", 0), ("ms", 1), ("us", 2)])
def test_times_outside_of_the_calendar_are_no_dates(far, unit, thousands):
    times = pa.array([far, 1_700_000_000 * 1000**thousands], pa.timestamp(unit, "UTC"))
    table, problems = from_frame(pa.table({"id": ["a", "b"], "text": ["One.", "Two."], "published_at": times}))
    assert [at and at.year for at in table["published_at"].to_pylist()] == [None, 2023]
    assert [(problem.line, problem.article_id) for problem in problems] == [(1, "a")]
