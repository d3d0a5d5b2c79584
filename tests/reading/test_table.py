"""What the table of articles promises: the schema, the order, and the same repairs as reading."""

from datetime import UTC, datetime

import pytest
from article_files import FOREIGN

from dedupe.article import Article
from dedupe.errors import InputError
from dedupe.reading.articles import to_table
from dedupe.reading.problems import Problem
from dedupe.schemas import ARTICLES


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
