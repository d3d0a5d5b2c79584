"""An HTML page holds what the result holds, asks for nothing, and no text of an article becomes markup or code in it."""

import base64
import hashlib
import json
import re

import pytest
from html_pages import (
    HOSTILE,
    MATCH,
    TALKS,
    articles_of_two_stories,
    data_of,
    hostile_articles,
    page_of,
    page_of_alignment,
    parsed,
)
from hypothesis import given
from hypothesis import strategies as st

from dedupe import cluster, html_page
from dedupe.alignment.align import align
from dedupe.article import Article
from dedupe.errors import InputError
from dedupe.reading.articles import to_table
from dedupe.report.html.alignment import side_by_side
from dedupe.report.html.page import cleaned, encoded, escaped, web_address


def test_an_empty_collection_has_a_page_that_says_so():
    page = page_of([])
    assert data_of(page)["stories"] == []
    assert "0 articles, 0 stories" in parsed(page).css_first("header").text()


def test_a_single_article_is_one_story_without_reasons_and_texts():
    data = data_of(page_of([Article("a", "Rain", TALKS)]))
    assert data["stories"] == [{"story": 1, "texts": 1, "articles": [{"id": "a", "title": "Rain"}]}]
    assert data["reasons"] == data["pairs"] == {}


def test_stories_come_by_size_and_copies_name_their_canonical_article():
    first, second = data_of(page_of(articles_of_two_stories()))["stories"]
    assert [article["id"] for article in first["articles"]] == ["wire", "copy", "late"]
    assert [article.get("copy_of") for article in first["articles"]] == [None, 0, 0]
    assert first["articles"][1]["relation"] == "near duplicate"
    assert [article["time"] for article in first["articles"]] == [
        "2024-05-01T10:00:00Z", "2024-05-01T12:30:00Z", "2024-05-03",
    ]  # fmt: skip
    assert second["articles"][0]["url"] == "https://example.org/match?a=1&b=2"


@pytest.mark.parametrize("kind", [list, tuple, to_table])
def test_python_makes_the_same_page_of_the_same_articles_and_of_no_others(kind):
    articles = articles_of_two_stories()
    clustering = cluster(kind(articles))
    page = html_page(clustering, kind(articles))
    assert data_of(page) == data_of(page_of(articles))
    for others in (articles[1:], articles[::-1], []):
        with pytest.raises(InputError, match="not the articles of the clustering"):
            html_page(clustering, kind(others))


def test_python_chooses_the_texts_and_the_size_of_the_page():
    articles = articles_of_two_stories()
    clustering = cluster(articles)
    assert data_of(html_page(clustering, articles, texts="none"))["pairs"] == {}
    assert "Not in this page" in html_page(clustering, articles, max_bytes=150_400)


def test_a_story_is_called_by_its_first_headline_that_says_anything():
    articles = [
        Article("a", "•", TALKS * 2, published_at="2024-05-01"),
        Article("b", "Leaders met", f"{TALKS * 2} It rained.", published_at="2024-05-02"),
    ]
    assert data_of(page_of(articles))["stories"][0]["label"] == "Leaders met"


def test_any_order_of_the_articles_gives_the_same_bytes():
    articles = articles_of_two_stories()
    assert page_of(articles) == page_of(articles[::-1]) == page_of(articles)


def test_the_page_says_how_it_was_made():
    about = parsed(page_of(articles_of_two_stories(), inputs=["news/<b>.jsonl"])).css_first("footer").text()
    assert "news/<b>.jsonl" in about
    assert "story_probability" in about
    assert re.search(r"dedupe \d+\.\d+", about)


@pytest.mark.parametrize(("texts", "pairs", "whole"), [("none", 0, 0), ("matched", 2, 0), ("all", 4, 4)])
def test_the_reader_chooses_which_texts_are_in_the_page(texts, pairs, whole):
    page = page_of(articles_of_two_stories(), texts=texts)
    found = data_of(page)["pairs"].values()
    assert len(found) == pairs
    assert sum("text" in pair for pair in found) == whole
    assert ("ceasefire could be watched" in page) == (texts != "none")
    assert ("best of his long career" in page) == (texts == "all")


def test_a_page_keeps_its_limit_and_says_what_was_left_out():
    articles = [Article(f"{n}", f"Headline {n} " * 20, f"{TALKS} {n} " * 3, f"Paper {n}") for n in range(700)]
    for megabytes in (0.7, 0.3, 0.2):
        page = page_of(articles, max_bytes=round(megabytes * 1e6))
        data = data_of(page)
        assert len(page.encode()) <= megabytes * 1e6
        assert len(data["stories"][0]["articles"]) + data["stories"][0].get("missing", 0) == 700
        left_out = parsed(page).css_first("header").text()
        assert "The texts of" in left_out
        assert ("of stories that are in this page" in left_out) == ("missing" in data["stories"][0])
        assert f"{megabytes:g} MB" in left_out
    assert "missing" in data["stories"][0]


def test_a_giant_text_is_not_compared_and_leaves_room_for_others():
    giants = [Article(f"giant{n}", f"Giant {n}", f"{MATCH} {n} " * 400, f"Paper {n}") for n in range(2)]
    page = page_of([*articles_of_two_stories()[:3], *giants], max_bytes=400_000)
    assert len(data_of(page)["pairs"]) == 2
    assert "The texts of 1 article" in parsed(page).css_first("header").text()


def test_the_smallest_stories_are_left_out_first():
    words = "harbour bridge senator village budget election flood museum railway hospital strike drought".split()
    alone = [Article(f"{n}", "T" * 280, " ".join(f"{word}{n}" for word in words) * 2) for n in range(200)]
    page = page_of([*articles_of_two_stories(), *alone], max_bytes=200_000)
    assert data_of(page)["stories"][0]["articles"][0]["id"] == "wire"
    assert re.search(r"The smallest \d+ stories, with \d+ articles", parsed(page).css_first("header").text())


def test_hostile_texts_stay_texts_in_every_field():
    page = page_of(hostile_articles(), inputs=HOSTILE, texts="all")
    tree = parsed(page)
    assert [node.attributes.get("type") for node in tree.css("script")] == ["application/json", None]
    assert len(tree.css("style")) == len(tree.css("title")) == 1
    assert not tree.css("img, svg, iframe, object, embed, form, base, bdo")
    assert {node.attributes["href"] for node in tree.css("[href]")} == {"data:,"}
    names = {name for node in tree.css("*") for name in node.attributes}
    assert not any(name.startswith("on") or name in ("style", "src", "srcdoc") for name in names)
    [story] = data_of(page)["stories"]
    assert any("<script>window.broken=1</script>" in article["title"] for article in story["articles"])
    assert not any("url" in article for article in story["articles"])


def test_the_policy_allows_only_the_style_and_the_script_of_the_page():
    tree = parsed(page_of(hostile_articles()))
    policy = tree.css_first("meta[http-equiv=Content-Security-Policy]").attributes["content"]
    for element, directive in (("style", "style-src"), ("script:not([type])", "script-src")):
        content = tree.css_first(element).text()
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_the_script_makes_no_markup_out_of_texts():
    script = parsed(page_of([])).css_first("script:not([type])").text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|fetch\(|XMLHttp", script
    )


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_data_comes_back_as_it_was_and_cannot_end_its_element(value):
    found = encoded(value)
    assert json.loads(found) == value
    assert not set(found.decode()) & set("<>&\u2028\u2029")


@given(st.text())
def test_text_as_html_has_no_markup_and_no_control_characters(text):
    assert not re.search("[<>\"'\\x00-\\x1f\u202a-\u202e\u2066-\u2069]", escaped(text))


@given(st.text())
def test_only_addresses_of_the_web_become_links(text):
    assert web_address(text) is None or text.lower().startswith(("http://", "https://"))
    assert web_address(f"javascript:{text}") is None
    assert web_address(f"https://example.org/\n{text}") is None


def test_without_javascript_the_largest_stories_stand_in_a_table():
    rows = parsed(page_of(articles_of_two_stories())).css("noscript tbody tr")
    cells = [[cell.text() for cell in row.css("td")] for row in rows]
    assert cells[0] == ["1", "Leaders meet", "3", "1", "3", "2024-05-01T10:00:00Z", "2024-05-03"]
    assert len(cells) == 2


def test_a_comparison_marks_the_changed_words_and_keeps_all_others():
    left = "The mayor opened the new bridge on Monday. Nobody came to the harbour."
    right = "The mayor closed the new bridge on Monday. It rained in the hills."
    compared = side_by_side(left, right, align(left, right), unmatched=True)
    edited, *new = compared.rows
    assert edited.labels == ("edited",)
    assert [run.strip() for run in edited.left] == ["The mayor", "opened", "the new bridge on Monday."]
    assert [run.strip() for run in edited.right] == ["The mayor", "closed", "the new bridge on Monday."]
    assert [row.labels for row in new] == [("new",), ("new",)]
    assert side_by_side(left, right, align(left, right), unmatched=False).rows == (edited,)


def test_what_changed_and_what_was_cut_are_labels():
    left = "The mayor opened the new bridge over the river on Monday with 40 guests from the whole region."
    right = "The mayor opened the new bridge over the river on Monday with 400 guests from the whole region."
    [row] = side_by_side(left, right, align(left, right), unmatched=True).rows
    assert row.labels == ("edited", "number changed")
    cut = "The mayor opened the new bridge on Monday with 40 guests from the region."
    [row] = side_by_side(left, cut, align(left, cut), unmatched=True).rows
    assert row.labels == ("edited", "right shortened")


def test_the_page_of_an_alignment_holds_its_matches_also_without_javascript():
    left, right = Article("a", "Left", f"{TALKS}It rained."), Article("b", "Right", TALKS)
    page = page_of_alignment(left, right, texts="matched")
    assert [row["labels"] for row in data_of(page)["compared"]["rows"]] == [["verbatim"]]
    assert data_of(page)["compared"]["counts"] == {"verbatim": 1, "new": 1}
    cells = parsed(page).css("noscript td")
    assert [cell.text() for cell in cells][:2] == ["verbatim", TALKS.strip()]


def test_two_empty_texts_have_a_page():
    page = page_of_alignment(Article("a"), Article("b"))
    assert data_of(page)["compared"]["rows"] == []
    assert "matches: none" in parsed(page).css_first("header").text()


def test_an_alignment_of_hostile_texts_has_no_markup_of_them():
    for one in hostile_articles()[:-1]:  # half a surrogate pair never comes out of a file
        tree = parsed(page_of_alignment(one, one))
        assert [node.attributes.get("type") for node in tree.css("script")] == ["application/json", None]
        assert not tree.css("img, svg, [onload], [onerror]")


@given(st.lists(st.sampled_from("the mayor opened closed a bridge . , ! ' \" 2 € – \n \t é 日本".split(" ")), max_size=40),
       st.lists(st.sampled_from("the mayor opened closed a bridge . , ! ' \" 2 € – \n \t é 日本".split(" ")), max_size=40))  # fmt: skip
def test_the_runs_of_a_comparison_give_the_sentences_back(left_words, right_words):
    left, right = " ".join(left_words), " ".join(right_words)
    alignment = align(left, right)
    rows = side_by_side(left, right, alignment, unmatched=True).rows
    for match, row in zip(alignment.sentences, rows, strict=True):
        for text, spans, runs in ((left, match.left, row.left), (right, match.right, row.right)):
            if runs is not None:
                assert "".join(runs).split() == cleaned(" ".join(text[span.start : span.end] for span in spans)).split()
