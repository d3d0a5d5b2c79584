"""What reading promises about columns: the user may name them, and one that is left unused is named."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from article_files import load, only, write, write_jsonl

from dedupe.article import Article
from dedupe.errors import InputError
from dedupe.reading.articles import read

NAMED = {
    "id": "Nr",
    "text": "Lauf Text",
    "title": "Zeile",
    "publisher": "Blatt",
    "published_at": "Erschienen",
    "language": "Sprache",
}
ROW = {
    "Nr": "7",
    "Lauf Text": "Talks ended.",
    "Zeile": "Talks",
    "Blatt": "Post",
    "Erschienen": "2024-05-14",
    "Sprache": "en",
}


def as_csv(row):
    return "\n".join(";".join(cells) for cells in (row, row.values()))


def as_parquet(path, row):
    pq.write_table(pa.Table.from_pylist([row]), path)
    return path


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.csv", "unknown"])
def test_columns_may_have_any_names(tmp_path, name):
    content = as_csv(ROW) if name in ("x.csv", "unknown") else json.dumps(ROW)
    articles, problems = load(write(tmp_path / name, content), columns=NAMED)
    assert problems == []
    assert [(a.id, a.text, a.title, a.publisher, a.language) for a in articles] == [
        ("7", "Talks ended.", "Talks", "Post", "en")
    ]
    assert articles == load(as_parquet(tmp_path / "x.parquet", ROW), columns=NAMED)[0]


def test_a_named_column_counts_alone(tmp_path):
    row = {"id": "a", "text": "text", "body": "body", "source": "AP", "Outlet": " "}
    articles, _ = load(write_jsonl(tmp_path / "x.jsonl", row), columns={"text": "body", "publisher": "outlet"})
    assert articles == [Article("a", text="body")]
    articles, problems = load(write_jsonl(tmp_path / "x.jsonl", row), columns={"text": "story"})
    assert articles == []
    assert "--map text=NAME" in only(problems).advice


def test_a_dot_leads_into_an_object(tmp_path):
    row = {"id": "a", "story": {"parts": [{"Plain_Text": "Talks ended."}]}}
    articles, _ = load(write_jsonl(tmp_path / "x.jsonl", row), columns={"text": "story.parts.plain text"})
    assert [a.text for a in articles] == ["Talks ended."]


def test_a_field_that_no_article_has_is_refused():
    with pytest.raises(InputError, match="no article has a field 'body': name one of id, text"):
        list(read([], columns={"body": "x"}))


def unused(*paths, **options):
    return [problem for problem in load(*paths, **options)[1] if problem.kind == "unused"]


def test_a_column_that_looks_like_a_missing_field_is_named_once(tmp_path):
    rows = [
        {"text": f"a {n}", "CrawlDate": "2024-05-14", "press-agency": "AP", "author_id": n, "note": "x"}
        for n in range(3)
    ]
    one, two = write_jsonl(tmp_path / "one.jsonl", *rows), write_jsonl(tmp_path / "two.jsonl", *rows)
    problems = unused(one, two)
    assert [(p.line, p.reason) for p in problems] == [
        (1, "'author_id' looks like an id and is not used"),
        (1, "'CrawlDate' looks like a date and is not used"),
        (1, "'press-agency' looks like a publisher and is not used"),
    ]
    assert [p.reason for p in unused(as_parquet(tmp_path / "x.parquet", rows[0]))] == [p.reason for p in problems]
    assert unused(one, columns={"id": "author_id", "published_at": "CrawlDate", "publisher": "press-agency"}) == []


def test_a_name_that_is_given_in_vain_is_said_once(tmp_path):
    rows = [{"id": n, "text": f"a {n}", "site_id": "x"} for n in range(3)]
    problem = only(unused(write_jsonl(tmp_path / "x.jsonl", *rows), columns={"publisher": "Outlett"}))
    assert (problem.line, problem.reason) == (1, "there is no 'Outlett', which is named for publisher")


def test_nothing_is_named_where_the_articles_have_the_field(tmp_path):
    row = {
        "url": "https://e.org/1",
        "text": "a",
        "date": "2024-05-14",
        "date_download": "2024-06-01",
        "source": "AP",
        "media_id": 7,
        "author_id": 1,
    }
    assert unused(write_jsonl(tmp_path / "x.jsonl", row)) == []


def test_an_unused_column_stops_nothing(tmp_path):
    path = write_jsonl(tmp_path / "x.jsonl", {"id": 1, "text": "a", "crawl_date": "2024-05-14"})
    with pytest.warns(UserWarning, match="'crawl_date' looks like a date"):
        assert len(list(read([path], strict=True))) == 1


def test_thousands_of_sets_of_names_take_no_memory(tmp_path):
    rows = [{"id": n, "text": "a", f"n{n}": 1} for n in range(1000)]
    assert len(load(write_jsonl(tmp_path / "x.jsonl", *rows))[0]) == 1000
