"""What a story is called."""

import random

import pytest

from dedupe.article import Article
from dedupe.clustering import cluster

FERRY = (
    "Divers recovered the bell of the ferry Estrella from the bottom of the bay on Tuesday, sixty years after the ship "
    "sank in a storm with ninety people on board. The bell weighs forty kilograms and carries the name of its yard."
)
MORE = "The museum of the town will show the bell of the ferry Estrella from June on, said its director."


def labels(*articles):
    return {row.id: row.story_label for row in cluster(articles).rows}


def test_no_articles_have_no_labels():
    assert labels() == {}


@pytest.mark.parametrize("title", ["Bell of sunken ferry found", "  Bell of\n sunken ferry\tfound  "])
def test_a_single_article_has_its_headline_on_one_line(title):
    assert labels(Article("a", title, FERRY)) == {"a": "Bell of sunken ferry found"}


@pytest.mark.parametrize("title", ["", "   ", "…", "\x1b"])
def test_without_a_headline_the_most_telling_words_stand_for_it(title):
    found = labels(Article("a", title, FERRY))["a"]
    assert "Estrella" in found
    assert "," in found


@pytest.mark.parametrize("text", ["", "Hm", "…"])
def test_without_any_word_the_id_stands_for_it(text):
    assert labels(Article("a", text=text)) == {"a": "a"}


@pytest.mark.parametrize("text", ["0", "0:0", "…", ""])
def test_copies_without_a_word_that_says_anything_have_the_first_headline(text):
    found = labels(Article("a", "Zero", text), Article("b", "Nought", text), Article("c", "", "One ferry sank."))
    assert {found["a"], found["b"]} <= {"Zero", "Nought", "a", "b"}


def test_a_short_text_has_its_headline():
    assert labels(Article("a", "Rain", "Rain today")) == {"a": "Rain"}


def test_a_comment_or_a_question_does_not_name_a_story_that_a_plain_headline_names():
    first = Article("first", "Why should anybody care?", FERRY, "A", "2024-05-01")
    later = Article("later", "Divers recover bell of ferry Estrella", f"{FERRY} {MORE}", "B", "2024-05-02")
    assert set(labels(first, later).values()) == {"Divers recover bell of ferry Estrella"}


def test_a_first_headline_that_says_as_much_keeps_its_place():
    first = Article("first", "Bell of ferry Estrella recovered", FERRY, "A", "2024-05-01")
    later = Article("later", "Divers recover bell of ferry Estrella", f"{FERRY} {MORE}", "B", "2024-05-02")
    assert set(labels(first, later).values()) == {"Bell of ferry Estrella recovered"}


def test_what_a_page_prints_in_the_place_of_a_headline_names_no_story():
    first = Article("first", "Sign in to comment", FERRY, "A", "2024-05-01")
    later = Article("later", "Email", f"{FERRY} {MORE}", "B", "2024-05-02")
    assert "Estrella" in labels(first, later)["first"]


def test_the_headline_of_a_copy_may_name_the_story():
    first = Article("first", "The Alderby Times", FERRY, "A", "2024-05-01")
    copy = Article("copy", "Divers recover bell of ferry Estrella", FERRY, "B", "2024-05-02")
    assert labels(first, copy)["first"] == "Divers recover bell of ferry Estrella"


def test_a_sentence_is_taken_only_where_no_headline_is_shorter():
    sentence = f"Divers recovered the bell of the ferry Estrella {'and more ' * 12}from the bay"
    first = Article("first", sentence, FERRY, "A", "2024-05-01")
    later = Article("later", "Bell of Estrella", f"{FERRY} {MORE}", "B", "2024-05-02")
    assert set(labels(first, later).values()) == {"Bell of Estrella"}
    assert labels(first)["first"] == sentence


def test_a_text_in_the_field_of_a_title_is_cut():
    assert len(labels(Article("a", "word " * 5000, FERRY))["a"]) == 200


def test_the_label_does_not_depend_on_the_order_of_the_articles():
    articles = [
        Article(f"a{i}", f"Headline {word} of ferry", f"{FERRY} {MORE * (i % 3)} {word}.", f"P{i}", f"2024-05-0{i + 1}")
        for i, word in enumerate("bell museum diver storm yard".split())
    ]
    found = labels(*articles)
    for seed in range(3):
        random.Random(seed).shuffle(articles)
        assert labels(*articles) == found


HEADLINES = {
    "zh": ("潜水员打捞起沉船铜钟", "潜水员周二从海湾底部打捞起渡轮埃斯特雷拉号的铜钟。这艘沉船六十年前在风暴中沉没，当时船上有九十人。铜钟重四十公斤，上面刻着造船厂的名字。"),
    "ar": ("غواصون يستعيدون جرس العبارة الغارقة", "استعاد غواصون يوم الثلاثاء جرس العبارة الغارقة من قاع الخليج بعد ستين عاما من غرق السفينة في عاصفة وعلى متنها تسعون شخصا. يزن الجرس أربعين كيلوغراما ويحمل اسم حوض بناء السفن."),
    "de": ("Taucher bergen Glocke der gesunkenen Fähre", "Taucher haben am Dienstag die Glocke der gesunkenen Fähre vom Grund der Bucht geborgen, sechzig Jahre nachdem das Schiff in einem Sturm untergegangen war. Die Glocke wiegt vierzig Kilogramm."),
}  # fmt: skip


@pytest.mark.parametrize("language", HEADLINES)
def test_headlines_of_other_languages_and_scripts_name_their_stories(language):
    title, text = HEADLINES[language]
    copies = [Article(name, title, text, name, f"2024-05-0{day}") for day, name in enumerate("ab", 1)]
    assert set(labels(*copies).values()) == {title}
