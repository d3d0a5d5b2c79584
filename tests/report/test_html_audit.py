"""The HTML page of an audit."""

from html_pages import TALKS, articles_of_two_stories, data_of, hostile_articles, page_of_audit, parsed

from dedupe.article import Article


def test_an_empty_collection_has_a_page():
    data = data_of(page_of_audit([]))
    assert data["articles"] == data["flows"] == data["sentences"] == []


def test_a_single_article_is_original():
    [article] = data_of(page_of_audit([Article("a", "Rain", TALKS)]))["articles"]
    assert article["shares"][0] == 1
    assert "sources" not in article


def test_the_page_says_who_has_how_many_words_from_whom():
    page = page_of_audit(articles_of_two_stories())
    data = data_of(page)
    flows = {(data["publishers"][one["taker"]], data["publishers"][one["giver"]]): one for one in data["flows"]}
    assert flows["Gazette", "Wire"]["words"] == sum(
        flows["Gazette", "Wire"]["kinds"][kind] for kind in ("verbatim", "edited", "rewritten")
    )
    gazette = next(one for one in data["articles"] if one["id"] == "copy")
    assert data["articles"][gazette["sources"][0]["article"]]["id"] == "wire"
    assert any("Gazette" in row.text() for row in parsed(page).css("noscript tr"))


def test_texts_are_in_the_page_only_where_they_were_asked_for():
    pages = {texts: page_of_audit(articles_of_two_stories(), texts=texts) for texts in ("none", "matched", "all")}
    assert "ceasefire could be watched" not in pages["none"]
    assert all(sentence["text"] is None for sentence in data_of(pages["none"])["sentences"])
    assert "ceasefire could be watched" in pages["matched"]
    assert "best of his long career" not in pages["matched"]
    assert "best of his long career" in pages["all"]


def test_all_texts_are_shown_sentence_by_sentence_with_class_and_source():
    data = data_of(page_of_audit(articles_of_two_stories(), texts="all"))
    ids = [article["id"] for article in data["articles"]]
    copy = data["accounts"][ids.index("copy")]
    assert [kind for kind, _, _ in copy] == ["verbatim", "verbatim", "edited"]
    assert all(ids[source] in ("wire", "late") for _, _, source in copy)
    assert copy[-1][1] == "Nothing was agreed on that night."
    assert [(kind, source) for kind, _, source in data["accounts"][ids.index("alone")]] == [("original", None)]
    assert data_of(page_of_audit(articles_of_two_stories()))["accounts"] == []


def test_any_order_of_the_articles_gives_the_same_bytes():
    articles = articles_of_two_stories()
    assert page_of_audit(articles) == page_of_audit(articles[::-1])


def test_a_page_keeps_its_limit_and_says_what_was_left_out():
    articles = [Article(f"{n}", f"Headline {n} " * 20, TALKS * 2, f"Paper {n}", "2024-05-01") for n in range(60)]
    page = page_of_audit(articles, max_bytes=180_000)
    assert len(page.encode()) <= 180_000
    assert "Not in this page" in parsed(page).css_first("header").text()


def test_hostile_texts_stay_texts():
    tree = parsed(page_of_audit(hostile_articles(), texts="all"))
    assert [node.attributes.get("type") for node in tree.css("script")] == ["application/json", None]
    assert not tree.css("img, svg, iframe, form, base, [onload], [onerror], [onmouseover]")
