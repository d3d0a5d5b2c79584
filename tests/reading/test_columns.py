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


def test_a_named_column_comes_before_the_usual_ones(tmp_path):
    row = {"id": "a", "text": "text", "body": "body", "source": "AP", "Outlet": "Post"}
    path = write_jsonl(tmp_path / "x.jsonl", row)
    assert load(path, columns={"text": "body", "publisher": "outlet"})[0] == [
        Article("a", text="body", publisher="Post")
    ]


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.parquet"])
@pytest.mark.parametrize("empty", ["", " "])
def test_where_an_article_lacks_the_named_column_the_usual_names_count(tmp_path, name, empty):
    """An absent member of JSON and an empty cell of CSV mean the same."""
    rows = [
        {"id": "a", "Lauftext": "mapped", "text": "usual", "Blatt": "Post", "source": "AP"},
        {"id": "b", "Lauftext": empty, "text": "usual", "Blatt": empty, "source": "AP"},
        {"id": "c", "Lauftext": empty, "text": empty, "Blatt": empty, "source": empty},
    ]
    if name == "x.jsonl":
        path = write_jsonl(tmp_path / name, rows[0], *({k: v for k, v in row.items() if v} for row in rows[1:]))
    elif name == "x.csv":
        path = write(tmp_path / name, "\n".join(",".join(cells) for cells in (rows[0], *(r.values() for r in rows))))
    else:
        path = tmp_path / name
        pq.write_table(pa.Table.from_pylist(rows), path)
    articles, problems = load(path, columns={"text": "Lauftext", "publisher": "Blatt"})
    assert [(a.id, a.text.strip(), a.publisher) for a in articles[:2]] == [
        ("a", "mapped", "Post"),
        ("b", "usual", "AP"),
    ]
    assert only(problems).article_id == "c"  # which has no text


def test_files_of_several_kinds_may_have_one_map(tmp_path):
    one = write_jsonl(tmp_path / "one.jsonl", {"id": "a", "Lauftext": "a", "Blatt": "Post"})
    two = write_jsonl(tmp_path / "two.jsonl", {"id": "b", "text": "b", "source": "AP"})
    articles, problems = load(one, two, columns={"text": "Lauftext"})
    assert [(a.id, a.text, a.publisher) for a in articles] == [("a", "a", None), ("b", "b", "AP")]
    assert [(p.kind, p.file) for p in problems] == [("unused", str(two))]


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


@pytest.mark.parametrize("name", ["name", "Titel", "Artikel-Titel", "Überschrift", "заголовок", "标题", "hed"])
def test_a_title_under_another_name_is_named_once_a_file_and_read_where_the_user_says_so(tmp_path, name):
    rows = [{"id": f"a{n}", "text": f"Talks ended {n}.", name: f"Talks {n}"} for n in range(3)]
    for path in (write_jsonl(tmp_path / "x.jsonl", *rows), as_parquet(tmp_path / "x.parquet", rows[0])):
        articles, problems = load(path)
        assert {article.title for article in articles} == {""}
        [problem] = problems
        assert (problem.kind, problem.reason) == ("unused", f"{name!r} looks like a title and is not used")
        assert problem.advice == "give --map title=NAME if it is meant"
        articles, problems = load(path, columns={"title": name})
        assert ([article.title for article in articles][:1], problems) == (["Talks 0"], [])


@pytest.mark.parametrize("name", ["author_name", "file name", "note", "count", "label"])
def test_a_name_that_is_no_title_is_not_named(tmp_path, name):
    assert load(write_jsonl(tmp_path / "x.jsonl", {"id": "a", "text": "Talks ended.", name: "x"}))[1] == []
    both = {"id": "a", "text": "Talks ended.", "headline": "Talks", "name": "x", "Titel": "y"}
    assert load(write_jsonl(tmp_path / "y.jsonl", both))[1] == []


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.parquet"])
@pytest.mark.parametrize("field", ["text", "publisher"])
def test_a_name_that_no_record_has_is_said_once_with_the_fields_there_are(tmp_path, name, field):
    rows = [{"nr": n, "Lauftext": f"a {n}", "Outlet": "Post"} for n in range(3)]
    columns = {"text": "Lauftext", "publisher": "Outlet", "id": "nr"} | {
        field: "Lautext" if field == "text" else "Outlett"
    }
    if name == "x.jsonl":
        path = write_jsonl(tmp_path / name, *rows)
    elif name == "x.csv":
        path = write(
            tmp_path / name, "\n".join(",".join(map(str, cells)) for cells in (rows[0], *(r.values() for r in rows)))
        )
    else:
        path = tmp_path / name
        pq.write_table(pa.Table.from_pylist(rows), path)
    problem = only(unused(path, columns=columns))
    given, meant = columns[field], {"text": "Lauftext", "publisher": "Outlet"}[field]
    assert problem.reason == f"no {given!r}, which is named for {field}, among the fields nr, Lauftext, Outlet"
    assert (problem.line, problem.advice) == (None, f"did you mean {field}={meant}?")


def test_a_name_that_only_a_later_record_has_is_given_for_it(tmp_path):
    path = write_jsonl(tmp_path / "x.jsonl", {"text": "a"}, {"text": "b", "Outlet": "Post"})
    assert unused(path, columns={"publisher": "outlet"}) == []


def test_files_without_columns_lack_none(tmp_path):
    (tmp_path / "empty.jsonl").touch()
    write(tmp_path / "x.txt", "Talks ended.")
    assert unused(tmp_path, columns={"text": "Lauftext", "publisher": "Blatt"}) == []


def test_a_name_that_is_like_no_other_has_no_better_one(tmp_path):
    path = write_jsonl(tmp_path / "x.jsonl", {"id": 1, "text": "a", **{f"n{n}": n for n in range(20)}})
    problem = only(unused(path, columns={"published_at": "Erschienen\x1b[2J"}))
    assert problem.reason.endswith("n8, n9, …")
    assert problem.advice == "check the name in --map"


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
