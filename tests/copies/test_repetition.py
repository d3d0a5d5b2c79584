"""What a publisher repeats under titles that have nothing in common is no evidence that articles are copies."""

import pyarrow as pa
import pytest
from backends import EVERY_BACKEND

from dedupe import Article, Settings, cluster
from dedupe.copies.fingerprints import fingerprint
from dedupe.text.words import words

NOTICE = " ".join(f"notice{n}" for n in range(200))
"""Text of a page that no pattern knows."""

TITLES = ("Ferry runs aground", "Bank raises rates", "Painting found again", "Wildfire stopped")


def report(number, length=60):
    """The words of one report, which no other has."""
    return " ".join(f"w{number}x{n}" for n in range(length))


def copy_groups(articles):
    """The number of copy groups, and the kinds of the relations between articles."""
    found = cluster(articles)
    return len({row.copy_group for row in found.rows}), {relation.kind for relation in found.relations}


def under_notice(texts, titles=TITLES, publisher="The Gazette"):
    return [
        Article(str(n), title, f"{NOTICE}\n{text}", publisher)
        for n, (title, text) in enumerate(zip(titles, texts, strict=False))
    ]


def test_three_reports_under_one_notice_are_no_copies():
    reports = [report(number) for number in range(3)]
    assert copy_groups(under_notice(reports)) == (3, set())


@pytest.mark.parametrize("size", [2, 3])
def test_pages_that_hold_nothing_but_one_notice_are_no_copies_if_there_are_three(size):
    assert copy_groups(under_notice([""] * size))[0] == (1 if size < 3 else 3)


def test_versions_of_one_report_stay_copies():
    titles = ("Ferry runs aground", "Ferry runs aground, tug sent", "Tug sent after ferry runs aground", *TITLES[1:3])
    versions = [report(0), report(0) + " and a tug was sent", report(0) + " and a tug came"]
    assert copy_groups(under_notice(versions, titles))[0] == 1
    rows = cluster(under_notice([*versions, report(5), report(6)], titles)).rows
    assert [row.canonical == rows[0].canonical for row in rows] == [True, True, True, False, False]


def test_reports_without_titles_or_publishers_are_compared_as_they_are():
    reports = [report(number) for number in range(3)]
    assert copy_groups(under_notice(reports, titles=[""] * 3))[0] == 1
    assert copy_groups(under_notice(reports, publisher=None))[0] == 1


def test_a_stub_under_a_repeated_offer_is_an_excerpt_of_the_whole_report():
    stubs = [
        Article(str(number), TITLES[number], f"{report(number, 200)[:400]}\n{NOTICE}", "The Gazette")
        for number in range(3)
    ]
    whole = Article("whole", TITLES[0], report(0, 200), "The Herald")
    rows = {row.id: row for row in cluster([*stubs, whole]).rows}
    assert rows["0"].copy_group == rows["whole"].copy_group
    assert len({rows[str(number)].copy_group for number in range(3)}) == 3


def test_the_order_of_articles_plays_no_role():
    articles = under_notice([report(0), report(0) + " more", report(1), ""])
    found = {row.id: row.canonical for row in cluster(articles).rows}
    assert {row.id: row.canonical for row in cluster(articles[::-1]).rows} == found


@EVERY_BACKEND
@pytest.mark.parametrize("text", ["", "one", "one two. Three!  four ５ six", "水利部 seven\neight"])
def test_left_out_words_are_as_if_they_were_not_there(backend, text):
    chosen = [place % 3 == 1 for place in range(len(words(text).forms))]
    kept = " ".join(form for form, is_out in zip(words(text).forms, chosen, strict=True) if not is_out)
    both = pa.table({"text": pa.array([text, text, kept], pa.large_string())})
    left_out = pa.array([*chosen, *chosen, *([False] * (len(words(kept).forms)))]).to_numpy(zero_copy_only=False)
    first, second, wanted = fingerprint(both, Settings(), backend, left_out=left_out.astype(bool)).to_pylist()
    assert first == second == wanted
