"""How explanations are shown."""

import json
import re

import numpy as np
import pytest
from story_articles import FIRE, STRANGERS, VOTE

from dedupe import Article, cluster, explain, read
from dedupe.explanations import explain_collection
from dedupe.report import explanation
from dedupe.report.cells import columns_of
from dedupe.report.explanation import pair_lines


@pytest.fixture(scope="module")
def clustering():
    return cluster([Article(f"a{i}", text=text) for i, text in enumerate(FIRE + VOTE + STRANGERS)])


def lines(clustering, width=120):
    return explanation.lines(clustering, width)


def pair(clustering, left, right, width=120):
    return list(pair_lines(clustering, explain(clustering, left, right), "table", width))


def test_a_collection_without_stories_of_two_texts_has_no_explanation():
    [heading] = lines(cluster([]))
    assert heading.startswith("Why these stories: p is the probability that two sides report one event; 0.5 or more")
    assert next(lines(cluster([Article("a", text="Divers recovered the bell of the ferry.")]))) == heading


def test_each_story_is_explained_once_with_all_its_texts(clustering):
    shown = list(lines(clustering))
    explained = explain_collection(clustering).stories
    labels = {story.story: story.label for story in clustering.stories}
    assert [line for line in shown if line.startswith("story ")] == [
        f"{f'story {story.story}':<18}  {len(story.texts)} texts  {labels[story.story]}" for story in explained
    ]
    assert sum(line.startswith("weakest join ") for line in shown) == len(explained)
    assert sum(line.startswith("nearest outside ") for line in shown) == len(explained)
    for article in explain_collection(clustering).articles:
        [line] = [line for line in shown if f"  {article.id}: p " in line] or [None]
        assert (line is None) == (article.closest is None)
        assert line is None or line.endswith(f" in this story, closest to {article.closest}")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_titles_stand_beside_the_ids_and_are_cut_to_fit(width):
    titled = [
        Article(f"a{i}", f"火事 Number {i} of a long headline {'x' * 200}", text) for i, text in enumerate(FIRE + VOTE)
    ]
    shown = list(lines(cluster(titled), width))
    for article in explain_collection(cluster(titled)).articles:
        [place] = [place for place, line in enumerate(shown) if f"  {article.id}: p " in line] or [None]
        if place is not None:
            with_title = next(line for line in shown[place:] if "火事" in line)
            assert f"Number {article.id[1:]} of" in with_title
            assert columns_of(with_title) <= max(width, 48)


def test_the_shown_sums_add_up_to_the_log_odds(clustering):
    sums = [line.split("log-odds ")[1] for line in lines(clustering) if "log-odds " in line]
    assert sums
    for line in sums:
        total, *parts = map(float, re.findall(r"[+-]\d+\.\d\d", line))
        assert total == pytest.approx(sum(parts), abs=0.006 * (1 + len(parts)))


def test_a_line_of_words_has_at_most_twelve(clustering):
    shown = [line.split(": ", 1)[1] for line in lines(clustering) if " have: " in line or " has: " in line]
    assert shown
    assert all(1 <= len(re.split("[,;] ", words)) <= 12 for words in shown)


def test_ids_of_a_large_group_are_counted():
    random = np.random.default_rng(5)
    words = "smoke flames crews paint harbour night roof foam boats wind alarm blaze quay drums tanks guards".split()
    texts = [
        f"Warehouse fire in Rotterdam: {' '.join(random.permutation(words))}. Harbour master Joost van Dijk praised the "
        f"firefighters. {' '.join(random.permutation(words))}."
        for _ in range(8)
    ]
    shown = lines(cluster([Article(f"a{i}", text=text) for i, text in enumerate(texts + VOTE)]))
    assert any(re.search(r"(a\d+, ){3}a\d+ and \d more( with a\d+)?: p ", line) for line in shown)


def test_no_text_of_an_article_can_control_the_terminal():
    hostile = [Article(f"a\x1b{i}", f"\x07{text[:20]}", text) for i, text in enumerate(FIRE + VOTE)]
    clustering = cluster(hostile)
    assert all("\x1b" not in line and "\x07" not in line for line in lines(clustering))
    shown = pair(clustering, "a\x1b0", "a\x1b1")
    assert all("\x1b" not in line and "\x07" not in line for line in shown)


def test_two_articles_of_one_story_are_shown_with_the_join_that_united_them(clustering):
    shown = pair(clustering, "a0", "a1")
    found = explain(clustering, "a0", "a1")
    assert shown[0].startswith("left                a0  (story 1)")
    assert "same story          yes: they came together by a join" in shown
    assert any(line.startswith("both have           names: ") and "Rotterdam" in line for line in shown)
    [join] = [line for line in shown if line.startswith("join ")]
    assert f"{found.join.probability:.3f} of one event" in join or ">0.999 of one event" in join
    assert any(line.startswith("refused split ") for line in shown) == (found.split is not None)


def test_two_articles_of_two_stories_are_shown_with_what_kept_them_apart(clustering):
    shown = pair(clustering, "a0", "a3")
    [decision] = [line for line in shown if line.startswith("same story ")]
    assert decision.startswith("same story          no: ")
    assert any(line.startswith("only left has ") for line in shown)
    assert any(line.startswith("only right has ") for line in shown)


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("a", "copy", "yes: they are copies of one text"),
        ("a", "short", "no: an article of fewer than 5 words stays alone"),
        ("a", "stranger", "no: they have too little in common to be compared"),
    ],
)
def test_copies_and_short_texts_and_strangers_need_no_join(left, right, said):
    texts = {"a": FIRE[0], "copy": f"{FIRE[0]} It rained.", "short": "Read more"}
    texts["stranger"] = "Quokka marzipan, zeppelin bassoon xylophone."
    shown = pair(cluster([Article(name, text=text) for name, text in texts.items()]), left, right)
    assert f"same story          {said}" in shown
    assert not any(line.startswith(("join", "split", "refused")) for line in shown)


def test_json_holds_the_record_of_two_articles(clustering):
    found = explain(clustering, "a0", "a3")
    document = json.loads("\n".join(pair_lines(clustering, found, "json", 80)))
    assert set(document) == set(found.__dataclass_fields__)
    assert document["shared"] == {
        kind: list(getattr(found.shared, kind)) for kind in ("names", "numbers", "dates", "words")
    }


def test_the_seeds_are_told_apart_by_what_only_one_summit_has(seeds):
    shown = "\n".join(lines(cluster(read([seeds]))))
    assert "split made" in shown
    assert re.search("only the first: .*Venezuela", shown)
    assert re.search("only the second: .*Alaska", shown)
    assert re.search(r"nearest outside     story 2: p 0\.\d{3} of one event, parted by a split", shown)
