"""What reading promises about bad input: one clear problem for everything wrong, and the rest is read."""

import gzip
import json
import os
import warnings

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from article_files import as_jsonl, load, only, write, write_jsonl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupe.errors import InputError
from dedupe.reading.articles import read, to_table
from dedupe.reading.kinds import recognise

BAD_LINES = {
    b'{"id": 1, "text": "cut': ("skipped", "not valid JSON"),
    b"[" * 100_000: ("skipped", "nested more than 100 levels deep"),
    b'{"text":' * 100_000: ("skipped", "nested more than 100 levels deep"),
    b'["a list"]': ("skipped", "a JSON list, not an object"),
    b'{"id": 1, "body_size": 3}': ("skipped", "no text among the fields id, body_size"),
    b'{"text": {"size": "x"}}': ("skipped", "no text among the fields text"),
    b'{"text": ""}': ("repaired", "the text is empty"),
    b'{"text": null}': ("repaired", "the text is empty"),
    rb'{"text": "half \ud83d"}': ("repaired", "half a surrogate pair in text"),
    rb'{"text": "nul \u0000"}': ("repaired", "NUL or half a surrogate pair in text"),
    b'{"text": "latin \xe9"}': ("repaired", "invalid UTF-8: read as windows-1252"),
    b'{"text": "\xc3\xa9, neither \x81"}': ("repaired", "invalid UTF-8: the unreadable bytes became U+FFFD"),
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


def test_articles_deep_inside_objects_are_read_or_one_problem(tmp_path):
    for depth in (10, 98, 101, *range(900, 1001, 3), 5000):
        line = b'{"data":' * depth + b'{"text": "x"}' + b"}" * depth
        articles, problems = load(write(tmp_path / "x.jsonl", line))
        results = [a.text for a in articles] + [problem.reason for problem in problems]
        assert results == (["x"] if depth < 100 else ["not valid JSON: nested more than 100 levels deep"])


def test_without_a_listener_a_problem_is_a_warning(tmp_path):
    path = write(tmp_path / "x.jsonl", "{")
    with pytest.warns(UserWarning, match=r"x\.jsonl:1: not valid JSON"):
        assert list(read([path])) == []


def test_an_overlong_line_is_passed_over(tmp_path):
    long = {"text": "x" * 200_000}
    articles, problems = load(
        write_jsonl(tmp_path / "x.jsonl", {"text": "a"}, long, {"text": "b"}), max_record_bytes=1000
    )
    assert [a.text for a in articles] == ["a", "b"]
    assert (only(problems).line, problems[0].reason) == (2, "a line of more than 1,000 bytes")
    assert "more than 1,000 bytes" in only(load(write(tmp_path / "x.txt", "x" * 1001), max_record_bytes=1000)[1]).reason


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
        ("1", "two\nlines"), ("2", "café"), ("3", "a"), ("4", "=cmd()\ufffd")
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
    assert [a.text for a in articles] == ["good", "café"]
    assert (only(problems).line, problems[0].kind) == (2, "repaired")


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"\0" * 200 + b"PAR1", b"not parquet"])
def test_damaged_parquet_is_a_problem(tmp_path, content):
    assert "damaged Parquet" in only(load(write(tmp_path / "x.parquet", content))[1]).reason


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
    if recognise(content):  # it begins like a PDF, a picture, a web archive, …
        assert (articles, bool(problems)) == ([], True)
        return
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
