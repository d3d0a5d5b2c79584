"""Page furniture is found by its words, by repetition within a publisher, at the edges of articles and in titles."""

import re
from importlib import resources
from itertools import pairwise

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from backends import EVERY_BACKEND, NATIVE, NUMPY
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.text.furniture import (
    EDGE_WORDS,
    MANY_ALIKE,
    RUN_WORDS,
    plain_headlines,
    plain_titles,
    repeated_words,
    shared_edges,
    without_boilerplate,
)


def ragged(articles):
    """Articles as flat words and offsets; articles are lists of numbers that stand for words."""
    offsets = np.cumsum([0, *map(len, articles)], dtype=np.int64)
    return np.array([word for article in articles for word in article], np.uint64), offsets


def by_article(found, words, offsets):
    """Flags of words, as one list for each article."""
    assert found.dtype == bool
    assert found.size == words.size
    return [found[start:end].tolist() for start, end in pairwise(offsets)]


def furniture(articles, publisher, backend=NUMPY, group=None, least=2):
    """Which words of each article its publisher repeats."""
    words, offsets = ragged(articles)
    groups = np.arange(len(articles)) if group is None else np.array(group, np.int64)
    return by_article(repeated_words(words, offsets, publisher, groups, least, backend), words, offsets)


def edges(articles, titles=None, backend=NUMPY):
    """Which words of each article stand in an edge that it shares with others; titles come before the articles."""
    titles = titles or [[1_000_000 + row] for row in range(len(articles))]
    words, offsets = ragged([[*title, *article] for title, article in zip(titles, articles, strict=True)])
    found = shared_edges(words, offsets, np.array([len(title) for title in titles], np.int64), backend)
    return [own[len(title) :] for own, title in zip(by_article(found, words, offsets), titles, strict=True)]


CUT = "The ferry sank in the bay on Tuesday and nobody was hurt"
ENDINGS = [
    "… [+1021 chars]", "[2345 chars]", " [1,234 more words]", " (120 chars)", " [...] (more…)", " (MORE)", "… Read more »",
    "... Continue reading", " […] Continue reading The ferry that sank →", ". Read more", ".\nRead more", "…\n\nRead the full story",
    ". Read more here.", "… Weiterlesen", " [...] Lire la suite", "... Leer más", "… Leggi tutto", "… Читать далее", "… Czytaj więcej",
    "… اقرأ المزيد", "… קרא עוד", "… और पढ़ें", "……阅读全文", "…続きを読む", "… 더 보기", "… อ่านต่อ", "… Devamını oku",
]  # fmt: skip


STUBS = [
    "[Removed]", "Page not found", "404 Not Found. The page you requested could not be found.", "Are you a robot?",
    "Access denied. You don't have permission to access this page on this server.", "Alle akzeptieren",
    "Checking your browser before accessing post.example. This process is automatic.", "Tout accepter",
    "This content is not available in your region.", "Your privacy is important to us. Manage preferences. Reject all.",
    "We and our 31 partners store data on your device. You can accept all or manage your choices. Accept all Reject all",
]  # fmt: skip


@pytest.mark.parametrize("stub", STUBS)
def test_a_page_that_only_says_that_there_is_none_has_no_text(stub):
    (kept,) = without_boilerplate(pa.chunked_array([[stub]])).to_pylist()
    assert not re.search(r"\w", kept)


@pytest.mark.parametrize(
    "text",
    [
        "The minister said on Monday that he was denied access to the port.",
        "All 404 seats were taken, and the page turned.",
        "Removed from office, he left the town.",
        "Accept all that you are given, the bishop told them.",
    ],
)
def test_news_that_has_words_of_such_a_page_stays(text):
    (kept,) = without_boilerplate(pa.chunked_array([[text]])).to_pylist()
    assert kept == text


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_stands_for_the_rest_of_a_text_is_left_out(ending):
    for text in (f"{CUT}{ending}", f"{CUT}{ending} \n"):
        (kept,) = without_boilerplate(pa.chunked_array([[text]])).to_pylist()
        assert kept.strip(" .\n") == CUT
    inside = f"{CUT}{ending}. The crew was late. It rained."
    (kept,) = without_boilerplate(pa.chunked_array([[inside]])).to_pylist()
    assert kept.endswith("The crew was late. It rained.")


@pytest.mark.parametrize(
    "text",
    [
        "She asked them to continue reading", "They want to read more", "He wrote 500 words (more or less)",
        "The keyboard has 104 chars", "The crew had more",
        "He sat down. Read more books than you own, she said", "[...]", "…", "",
    ],
)  # fmt: skip
def test_words_of_a_text_are_no_sign_of_its_rest(text):
    assert without_boilerplate(pa.chunked_array([[text]])).to_pylist() == [text]


@given(st.text("[]().…+0123 charsedmo\n", max_size=250))
def test_the_rest_of_any_text_is_its_end(text):
    (kept,) = without_boilerplate(pa.chunked_array([[text]])).to_pylist()
    assert kept == text or len(kept) < len(text)


WHOLE = msgspec.json.decode(resources.files("dedupe").joinpath("data/boilerplate.json").read_bytes())["whole"]


@pytest.mark.parametrize("rule", WHOLE, ids=lambda rule: rule["begins"][0])
@given(data=st.data())
def test_whole_boilerplate_begins_with_the_words_it_is_looked_up_by(rule, data):
    found = data.draw(st.from_regex(re.compile(rule["pattern"]), fullmatch=True))
    assert re.sub("^[^0-9a-z]*", "", found).startswith(tuple(rule["begins"]))


def text_without_boilerplate(*texts):
    return without_boilerplate(pa.chunked_array([pa.array(texts, pa.large_string())])).to_pylist()


def between(before, run, after):
    """An article with a run of words between words of its own."""
    return [*range(before, before + 5), *range(run), *range(after, after + 5)]


@EVERY_BACKEND
@pytest.mark.parametrize("length", [RUN_WORDS - 1, RUN_WORDS, RUN_WORDS + 1, 3 * RUN_WORDS])
def test_a_run_of_so_many_words_that_one_publisher_prints_twice_is_found(backend, length):
    articles = [between(100, length, 200), between(300, length, 400)]
    is_found = [False] * 5 + [length >= RUN_WORDS] * length + [False] * 5
    for publisher in (["a", "a"], [None, None]):
        assert furniture(articles, publisher, backend) == [is_found, is_found]


@EVERY_BACKEND
@pytest.mark.parametrize("publisher", [["a", "b"], ["a", None], [None, "a"]])
def test_nothing_is_found_across_publishers(backend, publisher):
    articles = [between(100, 20, 200), between(300, 20, 400)]
    assert not any(map(any, furniture(articles, publisher, backend)))


@EVERY_BACKEND
def test_an_article_that_repeats_itself_is_no_furniture(backend):
    article = [*range(20), 99, *range(20), 98, *range(20)]
    assert not any(map(any, furniture([article, [50] * 30], ["a", "a"], backend)))
    assert not any(furniture([article], ["a"], backend)[0])


@EVERY_BACKEND
@pytest.mark.parametrize("articles", [[], [[]], [[], [], []], [[1], [], [1, 2]], [[], list(range(7)), list(range(7))]])
def test_too_few_words_are_never_repeated(backend, articles):
    assert not any(map(any, furniture(articles, ["a"] * len(articles), backend)))


@EVERY_BACKEND
def test_a_run_is_never_found_across_the_border_of_two_articles(backend):
    run = list(range(RUN_WORDS))
    for articles in ([run[:4], run[4:], run], [run, run[:4], [], run[4:]]):
        assert not any(map(any, furniture(articles, ["a"] * len(articles), backend)))


@EVERY_BACKEND
def test_copies_of_one_text_count_as_one_article(backend):
    articles = [between(100 * n, 20, 100 * n + 50) for n in range(1, 5)]
    is_found = [False] * 5 + [True] * 20 + [False] * 5
    assert not any(map(any, furniture(articles, ["a"] * 4, backend, group=[0, 0, 0, 0])))
    assert not any(map(any, furniture(articles, ["a"] * 4, backend, group=[0, 1, 0, 1], least=3)))
    assert furniture(articles, ["a"] * 4, backend, group=[2, 0, 2, 1], least=3) == [is_found] * 4
    assert not any(map(any, furniture(articles, ["a", "a", "b", "b"], backend, least=3)))


def plain(articles, publisher, group, least):
    """All runs of all articles, compared with each other."""
    runs = [
        {tuple(article[at : at + RUN_WORDS]): at for at in range(len(article) - RUN_WORDS + 1)} for article in articles
    ]
    found = [[False] * len(article) for article in articles]
    for row, article in enumerate(articles):
        for at in range(len(article) - RUN_WORDS + 1):
            run = tuple(article[at : at + RUN_WORDS])
            printed = {group[i] for i in range(len(runs)) if run in runs[i] and publisher[i] == publisher[row]}
            if len(printed) >= least:
                found[row][at : at + RUN_WORDS] = [True] * RUN_WORDS
    return found


@EVERY_BACKEND
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from([(1,), (2,), (1, 2, 3, 4, 5), (6, 7, 8)]), max_size=12),
            st.sampled_from("ab"),
            st.integers(0, 3),
        ),
        max_size=6,
    ),
    st.integers(2, 3),
)
@example([([(1, 2, 3, 4, 5)] * 9, "a", 0), ([(1, 2, 3, 4, 5)] * 2, "a", 1), ([(6, 7, 8)] * 4, "b", 1)], 2)
@settings(max_examples=100, deadline=None)
def test_what_is_found_is_what_comparing_all_runs_finds(backend, made_up, least):
    articles = [[word for part in parts for word in part] for parts, _, _ in made_up]
    publisher, group = [one[1] for one in made_up], [one[2] for one in made_up]
    assert furniture(articles, publisher, backend, group, least) == plain(articles, publisher, group, least)


# Edges: what articles of any publishers share at their beginning or their end


def own(number, length=40):
    """Words that no other article has."""
    return list(range(1000 * number, 1000 * number + length))


SHARED = list(range(20))


@EVERY_BACKEND
def test_what_two_articles_share_at_their_end_is_furniture_and_in_their_middle_it_is_not(backend):
    at_end = edges([own(1) + SHARED, own(2) + SHARED], backend=backend)
    assert at_end == [[False] * 40 + [True] * 20] * 2
    in_middle = [own(1) + SHARED + own(3), own(2) + SHARED + own(4)]
    assert not any(map(any, edges(in_middle, backend=backend)))


@EVERY_BACKEND
def test_a_shared_beginning_is_furniture_if_the_titles_differ(backend):
    articles = [SHARED + own(1), SHARED + own(2)]
    assert edges(articles, [[901, 902, 903], [904, 905, 906]], backend) == [[True] * 20 + [False] * 40] * 2
    for titles in ([[901, 902, 903], [901, 905, 906]], [[], [904, 905, 906]], [[], []]):
        assert not any(map(any, edges(articles, titles, backend)))


@EVERY_BACKEND
def test_a_beginning_that_very_many_articles_share_is_furniture_whatever_the_titles_say(backend):
    articles = [SHARED + own(number) for number in range(1, MANY_ALIKE + 2)]
    found = edges(articles, [[901, 902]] * len(articles), backend)
    assert found == [[True] * 20 + [False] * 40] * len(articles)


@EVERY_BACKEND
def test_long_common_text_is_no_furniture(backend):
    long = list(range(EDGE_WORDS))
    assert not any(map(any, edges([own(1) + long, own(2) + long], backend=backend)))
    assert not any(map(any, edges([SHARED, SHARED], backend=backend)))


@EVERY_BACKEND
@pytest.mark.parametrize("articles", [[], [[]], [[], []], [[1], []], [own(1)], [own(1), [], SHARED[:7], SHARED[:7]]])
def test_articles_with_nothing_in_common_have_no_shared_edges(backend, articles):
    assert not any(map(any, edges(articles, backend=backend)))


@given(
    st.lists(st.lists(st.sampled_from([(1,), (2,), (3, 4, 5), tuple(SHARED)]), max_size=6), max_size=5), st.randoms()
)
@settings(max_examples=100, deadline=None)
def test_shared_edges_depend_neither_on_the_order_of_articles_nor_on_the_backend(made_up, random):
    articles = [[word for part in parts for word in part] for parts in made_up]
    titles = [[900 + len(article) % 3] for article in articles]
    found = edges(articles, titles)
    assert edges(articles, titles, NATIVE) == found
    order = random.sample(range(len(articles)), len(articles))
    assert edges([articles[i] for i in order], [titles[i] for i in order]) == [found[i] for i in order]


# Titles


@pytest.mark.parametrize("separator", [" | ", " - ", " – ", " — ", " · ", " » ", "| "])
def test_the_name_of_a_site_in_titles_is_left_out(separator):
    titles = [
        f"{headline}{separator}The Alderby Times"
        for headline in ("Ferry runs aground off Brannoch", "Bank raises its rates")
    ]
    assert plain_titles(titles) == ["Ferry runs aground off Brannoch", "Bank raises its rates"]


def test_the_name_of_a_series_before_titles_is_left_out():
    titles = ["Opinion: Let the buses run late", "Opinion: A library is no luxury", "Minister resigns: what we know"]
    assert plain_titles(titles) == [
        "Let the buses run late",
        "A library is no luxury",
        "Minister resigns: what we know",
    ]


def test_versions_of_one_title_keep_what_they_share():
    titles = ["Opinion | Let the buses run late", "Column: Let the buses run late", "Opinion | Let the buses run late"]
    assert plain_titles(titles) == titles


def test_a_title_of_one_article_loses_only_the_name_of_its_publisher():
    title = "Ferry runs aground | THE ALDERBY TIMES"
    assert plain_titles([title]) == [title]
    assert plain_titles([title], ["The Alderby Times"]) == ["Ferry runs aground"]
    assert plain_titles(["The Alderby Times"], ["The Alderby Times"]) == ["The Alderby Times"]


@given(st.lists(st.text(st.sampled_from("ab |-:"), max_size=12), max_size=6))
def test_no_title_with_words_becomes_empty_and_the_order_of_titles_plays_no_role(titles):
    plain = plain_titles(titles)
    assert [bool(title.strip(" |-:")) for title in titles] == [bool(title.strip(" |-:")) for title in plain]
    assert plain_titles(titles[::-1]) == plain[::-1]


def test_the_first_line_of_a_text_is_the_title_of_an_article_without_one():
    texts = ["Opinion | Let the buses run late\nThey are full.", "Opinion | A library is no luxury", "x" * 1000, ""]
    titles, changed = plain_headlines(["", " ", "", ""], texts, [None] * 4)
    assert titles == ["", " ", "", ""]
    assert list(changed) == ["Let the buses run late\nThey are full.", "A library is no luxury", "x" * 1000, ""]


# Boilerplate that is known by its words

OFFER = (
    "To keep reading this article you need a subscription. Our readers make this possible. Subscribe today for full "
    "access. Cancel any time."
)


@pytest.mark.parametrize(
    "boilerplate",
    [
        OFFER,
        "We respect your privacy. We and our 96 partners store cookies on your device. Some of this needs no consent. "
        "You may withdraw your consent at any time.",
        "READ MORE: Rovers sign a striker\nREAD MORE: Ten recipes for a rainy weekend",
        "Ann Quill is a political reporter for The Gazette. She keeps bees. Write to her at quill@gazette.example.",
        "Photo: Gregor Lind / Northlight",
        "Copyright 2019 The Gazette. All rights reserved.",
    ],
)
def test_boilerplate_is_left_out_at_either_end(boilerplate):
    text = "The ferry ran aground on Monday.\nNobody was hurt."
    assert [one.strip() for one in text_without_boilerplate(f"{text}\n{boilerplate}", text)] == [text, text]
    assert text_without_boilerplate(f"{boilerplate}\n{text}")[0].strip() == text
    assert text_without_boilerplate(boilerplate)[0].strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        "The chefs have baked 200,000 holiday cookies.",
        "The minister said that subscriptions to newspapers fell and that companies process personal data.",
        "He told the reporter of the Gazette that he would cancel the journey.",
        "The photo shows how the ship, which had left at midnight with 214 people on board, ran on the bank near the port.",
        "",
        "\n\n",
    ],
)
def test_what_articles_say_stays(text):
    assert text_without_boilerplate(text) == [text]


def test_a_sentence_between_two_advertisements_stays():
    text = "Advertisement\nThe ferry ran aground.\nAdvertisement"
    assert text_without_boilerplate(text)[0].strip() == "The ferry ran aground."


def test_many_texts_lose_what_each_of_them_loses_alone():
    """Many texts are searched by another engine than a few; line ends and letters of all kinds must not matter."""
    parts = [
        OFFER,
        "Advertisement",
        "Ａdvertisement",
        "\u00a0Advertisement\u2003",
        "İ © 2019",
        "cooKies, we use cooKies",
        "Nobody was hurt.",
    ]
    ends = ["\n", "\r", "\r\n", "\x0b", "\u2028", "\x85", " "]
    texts = [f"{one}{end}{other}" for one in parts for end in ends for other in parts]
    assert text_without_boilerplate(*texts) == [text_without_boilerplate(text)[0] for text in texts]


def test_a_huge_line_is_read_in_reasonable_time():
    text = "word " * 200_000 + OFFER
    assert text_without_boilerplate(text)[0].strip() == ("word " * 200_000).strip()
