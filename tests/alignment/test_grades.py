"""The grade of reuse: which words count in it, and where its bounds lie."""

from dataclasses import astuple, replace

import pytest

from dedupe import align
from dedupe.alignment.grades import WordCounts
from dedupe.article import Article

STORY = (
    "The harbour wall at Kallin broke in two places during the storm on Tuesday night. Water ran through the lower "
    "streets for nearly six hours before crews could close the gaps. Forty families were taken to the school on the "
    "hill, where the council had opened the gymnasium. The mayor has asked the province for engineers and pumps. "
    "Repairs are expected to take until the end of the winter, and the fishing fleet will use the northern basin."
)
OTHER = (
    "The orchestra opens its season with a symphony by Brahms in the restored hall. Tickets for the first three "
    "evenings were sold within a day of their release. A new conductor from Lyon takes over in spring. Students pay "
    "half of the price at every concert that is not a premiere. The hall was closed for two years because of its roof."
)


def grades(left, right):
    found = align(left, right)
    return found.left_words.grade, found.right_words.grade


@pytest.mark.parametrize("sides", [("", ""), ("", STORY), ("!!!", "???"), (STORY, OTHER)])
def test_nothing_in_common_is_no_reuse(sides):
    assert grades(*sides) == ("none", "none")


@pytest.mark.parametrize("text", [STORY, "It rained.", "Why not?"])
def test_the_same_text_is_copied_however_short(text):
    assert grades(text, text) == ("copied", "copied")


def test_an_excerpt_is_copied_and_the_whole_text_owes_it_a_part():
    excerpt = ". ".join(STORY.split(". ")[:4]) + "."
    assert grades(STORY, excerpt) == ("heavy", "copied")


def test_what_a_longer_text_takes_over_is_light_by_its_words_and_not_by_its_share():
    long_text = f"{STORY}\n\n" + "\n\n".join(OTHER.replace("season", f"season {k}") for k in range(20))
    assert grades(STORY, long_text) == ("copied", "light")


def test_every_word_counts_once():
    for left, right in ((STORY, OTHER), (STORY, f"{OTHER} {STORY}"), (f"{STORY} {STORY}", STORY)):
        found = align(left, right)
        for text, counts in ((left, found.left_words), (right, found.right_words)):
            assert sum(astuple(counts)) == len(text.split())


def test_the_sides_may_be_exchanged():
    found, exchanged = align(STORY, f"{OTHER} {STORY[:200]}"), align(f"{OTHER} {STORY[:200]}", STORY)
    assert (found.left_words, found.right_words) == (exchanged.right_words, exchanged.left_words)


def test_a_quotation_that_both_have_is_no_reused_narration():
    quotation = (
        "“We have waited eleven years for this wall, we have written to three ministers about it, and we were told each "
        "time that the money would be there in the spring, which it never was,” the mayor said. “Now we want to see "
        "the pumps before we hear another word about the plans that somebody has in a drawer in the capital.”"
    )
    found = align(f"{STORY} {quotation}", f"{OTHER} {quotation}")
    assert found.left_words.quoted >= 50
    assert (found.left_words.grade, found.right_words.grade) == ("none", "none")


def test_a_text_of_nothing_but_quotations_is_graded_by_them():
    assert WordCounts(quoted=30, boilerplate=9).grade == "copied"


def test_page_furniture_neither_makes_nor_hides_a_copy():
    furniture = "Copyright 2024 The Associated Press. All rights reserved."
    assert grades(f"{STORY}\n\n{furniture}", f"{OTHER}\n\n{furniture}") == ("none", "none")
    assert WordCounts(verbatim=80, new=20, boilerplate=900).grade == "copied"


@pytest.mark.parametrize(
    ("counts", "grade"),
    [
        (WordCounts(verbatim=79, new=21), "heavy"),
        (WordCounts(verbatim=40, edited=40, new=20), "copied"),
        (WordCounts(verbatim=40, rewritten=60), "heavy"),
        (WordCounts(in_passages=50, new=50), "heavy"),
        (WordCounts(in_passages=50, new=51), "light"),
        (WordCounts(rewritten=49, new=10), "none"),
        (WordCounts(new=100), "none"),
    ],
)
def test_the_bounds(counts, grade):
    assert counts.grade == grade
    assert replace(counts, boilerplate=500).grade == grade


def test_a_shuffled_passage_counts_without_matched_sentences():
    shuffled = " ".join(sorted(STORY.replace(".", "").split(), key=lambda word: word[::-1]))
    found = align(Article("a", text=STORY), Article("b", text=shuffled))
    assert found.right_words.in_passages + found.right_words.rewritten >= 50
    assert found.right_words.grade in ("heavy", "light")
