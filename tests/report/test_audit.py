"""How an audit is shown."""

import csv
import io
import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from dedupe.audit.results import ArticleAudit, Audit, Place, PublisherPair, ReusedSentence, SentenceAudit, Source
from dedupe.report.audit import counts_line, lines

COUNTS = {
    "articles": 2,
    "words": 1200,
    "compared": 1,
    "not_compared": 0,
    "boilerplate_by_rule": 3,
    "boilerplate_by_repetition": 2,
    "reused_sentences": 1,
}
AT = datetime(2024, 5, 1, 10, 0, tzinfo=UTC)
FIRST = ArticleAudit("=first", "", "Wire", AT, 600, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, "none", 0.0, (), (), 1, 0, False, ())
SOURCE = Source("=first", "Wire", 298, 200, 90, 8, 10, 0.497, "light", 26.0, True, False)
SECOND = replace(
    FIRST,
    id="second",
    publisher=None,
    original=0.5,
    verbatim=0.497,
    quoted=0.003,
    grade="light",
    agencies=("AP", "AFP"),
    sources=(SOURCE,),
)
PAIR = PublisherPair("Gazette", "Wire", 1, 298, 200, 90, 8, 10, 0.248, 0.5, 5, 0)
SENTENCE = ReusedSentence(
    "Talks\nended.", 2, 2, 1, False, False,
    (Place("=first", "Wire", AT, 0, 12, "first", None), Place("second", None, None, 5, 17, "edited", "=first")),
)  # fmt: skip
AUDIT = Audit((FIRST, SECOND), (PAIR, replace(PAIR, giver="Gazette", words=7)), (SENTENCE,), COUNTS, ())
EMPTY = Audit((), (), (), dict.fromkeys(COUNTS, 0), ())


def text(audit, rows=None, width=200, top=20):
    return "\n".join(lines(audit, {}, "table", rows, width, top))


def rows_of(audit, rows):
    return list(csv.DictReader(io.StringIO("\n".join(lines(audit, {}, "csv", rows, 80, 20)))))


def test_an_empty_audit_has_three_empty_tables():
    assert text(EMPTY).count("\nnone\n") == 3
    assert rows_of(EMPTY, None) == rows_of(EMPTY, "publishers") == rows_of(EMPTY, "sentences") == []


@pytest.mark.parametrize(
    ("rows", "headings"),
    [
        (None, ["Per cent of each", "Who has wording", "Reused sentences"]),
        ("articles", ["Per cent of each"]),
        ("publishers", ["Who has wording"]),
        ("sentences", ["Reused sentences"]),
    ],
)
def test_a_table_for_each_kind_of_rows_or_for_one(rows, headings):
    shown = text(AUDIT, rows)
    assert [
        heading for heading in ("Per cent of each", "Who has wording", "Reused sentences") if heading in shown
    ] == headings
    assert shown.endswith(counts_line(AUDIT))


def test_the_most_reused_article_comes_first_with_its_largest_source():
    first, second = text(AUDIT, "articles").splitlines()[4:6]
    assert first.split("  ")[0] == "second"
    assert first.endswith("50 % Wire, 26.0 h later")
    assert [part for part in first.split() if part.isdigit() or part == "<1"] == ["600", "50", "50", "<1", "50"]
    assert second.startswith("=first")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "50 % Wire, 26.0 h later"),
        ({"hours": 0.5}, "50 % Wire, 30 min later"),
        ({"hours": 72.0}, "50 % Wire, 3 days later"),
        ({"hours": None}, "50 % Wire"),
        ({"publisher": None}, "50 % =first, 26.0 h later"),
        ({"is_certain": False}, "50 % Wire, order unknown"),
        ({"is_common_agency": True}, "50 % Wire, both print AP, 26.0 h later"),
        ({"share": 0.001}, "<1 % Wire, 26.0 h later"),
        ({"share": 0.0}, "0 % Wire, 26.0 h later"),
    ],
)
def test_a_source_is_shown_with_share_delay_and_doubt(changes, expected):
    article = replace(SECOND, sources=(replace(SOURCE, **changes),))
    assert text(replace(AUDIT, articles=(article,)), "articles").splitlines()[4].endswith(f"  {expected}")


def test_what_publishers_have_from_themselves_is_one_line_below_the_table():
    shown = text(AUDIT, "publishers")
    assert "30 min" in shown
    assert "24.8%" in shown
    assert "Not shown: 7 words that publishers have from other articles of their own" in shown
    assert "Not shown" not in text(replace(AUDIT, publishers=(PAIR,)), "publishers")


@pytest.mark.parametrize(("top", "is_cut"), [(1, True), (2, False), (0, False)])
def test_top_cuts_a_table_and_says_by_how_much(top, is_cut):
    assert ("1 more article; --top 0 shows all" in text(AUDIT, "articles", top=top)) == is_cut


def test_a_sentence_is_one_line_cut_to_the_width_and_its_first_place_may_be_doubted():
    shown = text(AUDIT, "sentences").splitlines()[4]
    assert (shown.split()[2:4], shown.endswith("Talks ended.")) == (["Wire", "(?)"], True)
    long = replace(SENTENCE, text="word " * 100, is_first_certain=True)
    narrow, wide = (text(replace(AUDIT, sentences=(long,)), "sentences", width).splitlines()[4] for width in (80, 120))
    assert narrow.endswith("…")
    assert len(wide) - len(narrow) == 40
    assert "(?)" not in narrow


def test_a_source_that_need_not_have_been_first_is_doubted_in_the_account_and_the_doubt_is_explained():
    sentence = SentenceAudit(0, 5, 2, "edited", "edited", "=first", 0, 12, False)
    for is_certain, shown_source in ((False, "=first (?)"), (True, "=first")):
        article = replace(SECOND, sentences=(replace(sentence, is_certain=is_certain),))
        shown = "\n".join(lines(replace(AUDIT, articles=(article,)), {"second": "Talks."}, "table", "account", 120, 20))
        assert f"{shown_source}  " in shown
        assert ("(?): it is not known which article was first" in shown) == (not is_certain)
    assert "(?): it is not known which article was first" in text(AUDIT, "sentences")


def test_an_article_and_its_largest_source_have_a_grade():
    assert [line.split().count("light") for line in text(AUDIT, "articles").splitlines()[4:6]] == [1, 0]
    first, second = rows_of(AUDIT, None)
    assert (first["grade"], first["source_grade"]) == ("none", "")
    assert (second["grade"], second["source_grade"]) == ("light", "light")


def test_csv_holds_articles_with_their_largest_source():
    first, second = rows_of(AUDIT, None)
    assert rows_of(AUDIT, "articles") == [first, second]
    assert (first["id"], first["source"], first["source_words"]) == ("'=first", "", "")
    assert (second["source"], second["source_publisher"], second["source_words"]) == ("'=first", "Wire", "298")
    assert second["agencies"] == "AP; AFP"


def test_csv_holds_publishers_or_places_of_sentences():
    assert [row["words"] for row in rows_of(AUDIT, "publishers")] == ["298", "7"]
    places = rows_of(AUDIT, "sentences")
    assert [(row["sentence"], row["article"], row["kind"]) for row in places] == [
        ("1", "'=first", "first"),
        ("1", "second", "edited"),
    ]
    assert [(row["publisher"], row["end"]) for row in places] == [("Wire", "12"), ("", "17")]


def test_json_holds_everything():
    document = json.loads("\n".join(lines(AUDIT, {}, "json", "sentences", 80, 1)))
    assert set(document) == {field.name for field in fields(Audit)}
    assert len(document["articles"]) == 2
    assert document["sentences"][0]["text"] == "Talks\nended."


def test_the_counts_are_one_line():
    expected = "2 articles, 1,200 words, 1 pair compared, 1 reused sentence, 5 boilerplate sentences (2 by repetition)"
    assert counts_line(AUDIT) == expected
