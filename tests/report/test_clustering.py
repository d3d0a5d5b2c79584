"""How a clustering is shown."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dedupe.article import Article
from dedupe.clustering import cluster
from dedupe.report.cells import columns_of
from dedupe.report.clustering import counts_line, lines
from dedupe.report.story_table import TableOptions
from dedupe.settings import Settings

TEXT = (
    "Leaders of thirty nations met in the capital on Thursday to discuss how a ceasefire could be watched, who would "
    "pay for it and which troops would be sent, officials said after a day of talks that ended without a signature."
)
OTHER = "The national team lost its opening match three goals to one after the goalkeeper was sent off early."


def table(*articles, width=120, settings=None, **options):
    return "\n".join(lines(cluster(articles, settings), "table", width, None, TableOptions(**options))).split("\n")


def shown_titles(shown):
    """The titles of the rows in the order in which a table shows them; tests give titles of one word."""
    return [line.split()[1] for line in shown if re.match(r" +\d+  \S", line)]


MATCH = (
    "The national team lost its opening match three goals to one after the goalkeeper was sent off early in the second "
    "half, and the coach said afterwards that nobody in the dressing room had been able to explain what went wrong. "
)
SPORT = [
    Article(f"match{day}", f"Match{day}", f"{MATCH}{more}", f"Sport {day}", f"2024-05-0{day}T10:00:00Z")
    for day, more in ((2, "Fans wept."), (3, "Fans sang and went home."), (4, "Tickets were sold out."))
]
LONGER = (
    f"{MATCH} Rain fell on the coast all day, and ferries stayed in port until the wind had turned. A museum opens its "
    "new wing on Sunday with paintings that were thought lost for eighty years and were found behind a cupboard."
)
COPIES = [
    Article("wire", "Treaty", TEXT, "Wire", "2024-05-01T10:00:00Z"),
    Article("gazette", "Ceasefire", TEXT, "Gazette", "2024-05-01T11:00:00Z"),
    Article("wire2", "Update", f"{TEXT} More.", "Wire", "2024-05-01T12:00:00Z"),
]


def test_an_empty_collection_has_only_its_counts():
    empty = cluster([])
    assert list(lines(empty, "table", 80)) == ["0 articles, 0 stories, 0 independent texts"]
    assert list(lines(empty, "jsonl", 80)) == []
    assert len(list(lines(empty, "csv", 80))) == 1
    assert json.loads("\n".join(lines(empty, "json", 80)))["articles"] == []


def test_a_single_article_is_counted_and_listed_on_demand():
    alone = Article("solo", "Match", OTHER)
    shown = table(alone)
    assert shown[0] == "Not listed: 1 article without another report of the same event; --all lists every article"
    assert shown[1] == "1 article, 1 story, 1 independent text"
    assert [line.split() for line in table(alone, min_size=1)[1:2]] == [["Match", "solo"]]


def test_a_story_has_a_header_with_its_label_size_publishers_and_span():
    shown = table(*COPIES[:3])
    assert shown[0].startswith("Story 1: ")
    assert shown[1] == "3 articles (1 independent text), 2 publishers, 2024-05-01 10:00 to 12:00"


def test_articles_of_a_story_stand_in_the_order_of_time():
    assert shown_titles(table(*reversed(COPIES[:3]))) == ["Treaty", "Ceasefire", "Update"]


def test_the_relation_names_the_article_that_it_is_to_and_points_the_right_way():
    morning, noon, evening = (f"2024-05-01T{hour}:00:00Z" for hour in ("10", "12", "20"))
    digest = Article("digest", "Digest", f"{TEXT} {LONGER}", "B", noon)
    shown = " ".join(table(Article("wire", "Wire", TEXT, "A", morning), digest))
    assert re.search(r"contains 1, (9\d|100)%", shown)
    assert "excerpt" not in shown.replace("1 excerpt", "")
    shown = " ".join(table(digest, Article("wire", "Wire", TEXT, "A", evening)))
    assert re.search(r"excerpt of 1, (9\d|100)%", shown)
    assert "contains" not in shown


def test_a_copy_by_the_same_publisher_is_a_revision():
    shown = "\n".join(table(*COPIES[:3]))
    assert "identical to 1" in shown
    assert "revision of 1, " in shown


def test_the_first_article_is_called_first_only_where_dates_say_so():
    undated = [Article("a", "One", TEXT), Article("b", "Two", f"{TEXT} More.")]
    assert "longest" in "\n".join(table(*undated))
    assert "first" in "\n".join(table(*COPIES[:2]))


def test_stories_come_by_size_or_by_time():
    assert shown_titles(table(*COPIES[:2], *SPORT))[0] == "Match2"
    assert shown_titles(table(*COPIES[:2], *SPORT, sort="time"))[0] == "Treaty"


def test_smaller_stories_and_stories_of_other_times_are_counted_only():
    everything = [*COPIES[:2], *SPORT, Article("rain", "Rain", "It rained on the coast all day until dark.")]
    large = table(*everything, min_size=3)
    assert len(shown_titles(large)) == 3
    assert "1 story of fewer than 3 articles, 1 article without another report" in "\n".join(large)
    early = table(*everything, until=datetime(2024, 5, 1, 23, tzinfo=UTC))
    assert shown_titles(early) == ["Treaty", "Ceasefire"]
    assert "2 stories without an article of this time" in "\n".join(early)
    assert shown_titles(table(*everything, since=datetime(2024, 5, 2, tzinfo=UTC)))[0] == "Match2"


def test_publisher_and_date_are_columns_only_where_an_article_has_them():
    bare = "\n".join(table(Article("a", "One", TEXT), Article("b", "Two", f"{TEXT} More.")))
    assert "publisher" not in bare
    assert "2024" not in bare
    full = "\n".join(table(
        Article("a", text=TEXT, publisher="Wire", published_at="2024-05-01"),
        Article("b", text=f"{TEXT} More.", published_at="2024-05-01T10:30:00Z"),
    ))  # fmt: skip
    assert "Wire" in full
    assert "2024-05-01 10:30" in full
    assert "2024-05-01 00:00" not in full


def test_sagas_stand_in_the_headers_and_are_counted_only_where_they_were_asked_for():
    articles = [Article("solo", "Match", OTHER), Article("a", "One", TEXT), Article("b", "Two", f"Again: {TEXT}")]
    shown = table(*articles, settings=Settings(sagas=True))
    assert shown[1].endswith(", saga 1")
    assert shown[-1].startswith("3 articles, 2 sagas, 2 stories")
    assert "saga" not in "".join(table(*articles))


def test_with_sagas_an_article_alone_in_both_has_no_header_of_its_own():
    articles = [Article("solo", "Goal", MATCH), Article("a", "One", TEXT), Article("b", "Two", f"Again: {TEXT}")]
    shown = table(*articles, settings=Settings(sagas=True), min_size=1)
    assert sum(line.startswith("Story ") for line in shown) == 1
    assert "1 article without another report of the same event" in shown


LONG = "Leaders of thirty nations and of the two warring sides meet in the capital for the third time this year"
TITLES = [
    LONG,
    "三十国领导人在首都举行会谈讨论如何监督停火由谁出资以及派遣哪些部队",
    "زعماء ثلاثين دولة يجتمعون في العاصمة لبحث وقف إطلاق النار",
    "",
    "N\x1b[2Jo\u202e\n\ttitle",
    "word " * 2000,
    "W" * 10_000,
]


@pytest.mark.parametrize("width", [40, 80, 100, 120, 160])
@pytest.mark.parametrize("title", TITLES, ids=lambda title: ascii(title[:12]))
def test_no_line_is_wider_than_the_terminal_and_no_headline_is_cut(width, title):
    pair = [replace(article, title=title) for article in COPIES[:2]]
    shown = table(*pair, width=width)
    assert max(map(columns_of, shown)) <= max(width, 72)
    assert all(map(str.isprintable, shown))
    if title == LONG:
        assert " ".join("\n".join(shown).split()).count("for the third time this year") >= 1
        assert set(LONG.split()) <= set("\n".join(shown).split())


def test_long_ids_and_publishers_are_cut_unless_the_table_is_wide():
    pair = [replace(one, id=f"{'x' * 60}{one.id}", publisher=f"{one.publisher} {'y' * 60}") for one in COPIES[:2]]
    cut, wide = "\n".join(table(*pair)), "\n".join(table(*pair, wide=True))
    assert "x" * 30 not in cut
    assert "y" * 30 not in cut
    assert f"{'x' * 60}gazette" in wide
    assert f"Wire {'y' * 60}" in wide
    assert "xwire" in cut  # the end of an id tells more than its beginning


def many(articles):
    """Articles of which each but the last ten has a near copy by another of seven publishers."""
    for i in range(articles):
        words = " ".join(
            f"{name}{i // 2 if i < articles - 10 else i}" for name in ("ferry", "bell", "diver", "bay", "yard", "port")
        )
        yield Article(
            f"a{i}",
            f"Ferry{i // 2}",
            f"{words} {words} {TEXT[: 20 + i % 3]}",
            f"Paper {i % 7}",
            f"2024-05-{1 + i % 28:02}",
        )


def test_many_articles_begin_with_one_screenful_of_summary():
    shown = table(*many(300), width=80)
    assert re.match(r"300 articles, 7 publishers, 2024-05-01 to 2024-05-28", shown[0])
    summary = shown[: shown.index(next(line for line in shown if line.startswith("Story ")))]
    assert len(summary) <= 40
    assert max(map(columns_of, summary)) <= 80
    assert "The largest stories" in summary
    assert sum(line.startswith("Paper ") for line in summary) == 7
    assert not any(line.startswith("The largest stories") for line in table(*many(299)))


def test_a_summary_of_some_days_has_the_largest_stories_of_these_days():
    shown = table(*many(300), until=datetime(2024, 5, 2, tzinfo=UTC))
    assert shown[0].startswith("300 articles")
    begin = shown.index("The largest stories with an article of this time") + 2
    summary = [line.split()[0] for line in shown[begin : shown.index("", begin)]]
    assert set(summary) <= {line[len("Story ") :].split(":")[0] for line in shown if line.startswith("Story ")}
    small = table(*many(300), until=datetime(2024, 5, 2, tzinfo=UTC), min_size=3)
    assert "--all lists every story of this time" in " ".join(small)
    nothing = table(*many(300), since=datetime(2024, 6, 1, tzinfo=UTC))
    assert not any(line.startswith(("The largest stories", "Story ")) for line in nothing)


def test_a_summary_adds_up_for_every_publisher():
    shown = table(*many(300), width=200)
    for line in (line for line in shown if line.startswith("Paper ")):
        *parts, total = map(int, line.split()[2:])
        assert sum(parts) == total


def test_a_summary_without_publishers_dates_and_titles_has_none():
    bare = table(*(Article(one.id, text=one.text) for one in many(300)), width=80)
    assert bare[0] == "300 articles"
    assert not any("publisher" in line for line in bare)


def test_short_and_empty_articles_are_counted():
    clustering = cluster([Article("a"), Article("b", text="Rain expected"), Article("c", text=TEXT)])
    assert counts_line(clustering) == "3 articles, 3 stories, 3 independent texts, 1 empty, 1 short"


def test_all_formats_have_the_same_rows():
    clustering = cluster([Article("a", text=TEXT), Article("b", text=f"{TEXT} More.")])
    rows = [json.loads(line) for line in lines(clustering, "jsonl", 80)]
    document = json.loads("\n".join(lines(clustering, "json", 80, {"read": 1.0})))
    assert document["articles"] == rows
    assert document["timings"] == {"read": 1.0}
    assert {row["story_size"] for row in rows} == {2}
    cells = list(csv.DictReader(io.StringIO("\n".join(lines(clustering, "csv", 80)))))
    assert [row["id"] for row in cells] == [row["id"] for row in rows]
    copy = next(row for row in cells if row["is_canonical"] == "False")
    assert copy["relation_kind"] == "near_duplicate"
    assert float(copy["relation_jaccard"]) == next(row["relation"]["jaccard"] for row in rows if row["relation"])
