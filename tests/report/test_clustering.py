"""How a clustering is shown."""

import csv
import io
import json
import re

import pytest

from dedupe.article import Article
from dedupe.clustering import cluster
from dedupe.report.clustering import counts_line, lines
from dedupe.settings import Settings

TEXT = (
    "Leaders of thirty nations met in the capital on Thursday to discuss how a ceasefire could be watched, who would "
    "pay for it and which troops would be sent, officials said after a day of talks that ended without a signature."
)
OTHER = "The national team lost its opening match three goals to one after the goalkeeper was sent off early."


def table(*articles, width=120):
    return list(lines(cluster(articles), "table", width))


def test_an_empty_collection_has_only_its_counts():
    empty = cluster([])
    assert list(lines(empty, "table", 80)) == ["0 articles, 0 stories, 0 independent texts"]
    assert list(lines(empty, "jsonl", 80)) == []
    assert len(list(lines(empty, "csv", 80))) == 1
    assert json.loads("\n".join(lines(empty, "json", 80)))["articles"] == []


def test_the_largest_story_comes_first_and_names_its_number_once():
    shown, _, counts = table(Article("solo", text=OTHER), Article("a", text=TEXT), Article("b", text=f"{TEXT} More."))
    rows = [line.split() for line in shown.splitlines()[2:]]
    assert [row[0] for row in rows] == ["1", "a", "2"] or [row[0] for row in rows] == ["1", "b", "2"]
    assert [row[1] for row in rows][-1] == "solo"
    assert counts == "3 articles, 2 stories, 2 independent texts, 1 near duplicate"


def test_publisher_and_date_are_columns_only_where_an_article_has_them():
    bare = table(Article("a", text=TEXT))[0]
    assert "publisher" not in bare
    assert "published" not in bare
    full = table(
        Article("a", text=TEXT, publisher="Wire", published_at="2024-05-01"),
        Article("b", text=TEXT, published_at="2024-05-01T10:30:00Z"),
    )[0]
    assert "Wire" in full
    assert "2024-05-01 10:30" in full
    assert "2024-05-01 00:00" not in full


def test_sagas_are_a_column_and_are_counted_only_where_they_were_asked_for():
    articles = [Article("solo", text=OTHER), Article("a", text=TEXT), Article("b", text=f"Again: {TEXT}")]
    found = cluster(articles, Settings(sagas=True))
    shown, _, counts = lines(found, "table", 120)
    names, _, first, second, last = (line.split() for line in shown.splitlines())
    assert names[:3] == ["saga", "story", "article"]
    assert (first[:3], second[0], last[:3]) == (["1", "1", "b"], "a", ["2", "2", "solo"])
    assert counts.startswith("3 articles, 2 sagas, 2 stories")
    assert "saga" not in table(*articles)[0]


@pytest.mark.parametrize("width", [10, 80, 200])
def test_titles_get_the_rest_of_the_width_and_at_least_20_columns(width):
    shown = table(Article("a", "T" * 300, TEXT), width=width)[0]
    assert len(shown.splitlines()[2]) <= max(width, 80)
    assert shown.count("T") >= 19


def test_the_relation_says_which_copy_and_how_it_came_about():
    shown = table(
        Article("a", text=TEXT, publisher="Wire", published_at="2024-05-01T10:00:00Z"),
        Article("b", text=TEXT, publisher="Gazette", published_at="2024-05-01T11:00:00Z"),
        Article("c", text=f"{TEXT} More.", publisher="Wire", published_at="2024-05-01T12:00:00Z"),
    )[0]
    first, *copies = shown.splitlines()[2:]
    assert first.rstrip().endswith("first")
    assert [re.split(" {2,}", copy.strip())[-2] for copy in copies] == [
        "identical, syndicated",
        "near duplicate, revised",
    ]


def test_short_and_empty_articles_are_counted():
    clustering = cluster([Article("a"), Article("b", text="Rain expected"), Article("c", text=TEXT)])
    assert counts_line(clustering) == "3 articles, 3 stories, 3 independent texts, 1 empty, 1 short"


def test_all_formats_have_the_same_rows():
    clustering = cluster([Article("a", text=TEXT), Article("b", text=f"{TEXT} More.")])
    rows = [json.loads(line) for line in lines(clustering, "jsonl", 80)]
    document = json.loads("\n".join(lines(clustering, "json", 80, {"read": 1.0})))
    assert document["articles"] == rows
    assert document["timings"] == {"read": 1.0}
    cells = list(csv.DictReader(io.StringIO("\n".join(lines(clustering, "csv", 80)))))
    assert [row["id"] for row in cells] == [row["id"] for row in rows]
    copy = next(row for row in cells if row["is_canonical"] == "False")
    assert copy["relation_kind"] == "near_duplicate"
    assert float(copy["relation_jaccard"]) == next(row["relation"]["jaccard"] for row in rows if row["relation"])
