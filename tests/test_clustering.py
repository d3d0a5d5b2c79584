"""What ``dedupe.cluster`` promises in Python."""

import dataclasses
import random
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe import Article, Settings, cluster
from dedupe.errors import SettingsError

WORDS = "summit leaders troops ceasefire paris talks guarantees allies support forces monday tuesday 26 35".split()


def article(name, seed, length=120, **fields):
    draw = random.Random(seed)
    return Article(name, title=f"Article {name}", text=" ".join(draw.choices(WORDS, k=length)), **fields)


def edited(base, name, places, **fields):
    words = base.text.split()
    for place in places:
        words[place] = f"changed{place}"
    return Article(name, base.title, " ".join(words), **fields)


def test_the_empty_collection_has_no_rows_and_no_stories():
    found = cluster([])
    assert (found.rows, found.stories, found.relations) == ((), (), ())


def test_results_are_frozen():
    found = cluster([article("a", 1)])
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.rows[0].story = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Article("a").text = "changed"


def test_every_copy_carries_the_numbers_that_decided_it():
    base = article("a", 1)
    found = cluster([base, edited(base, "b", [10, 60])])
    [relation] = found.relations
    assert relation == found.relations[0]
    assert relation.kind == "near_duplicate"
    assert relation.jaccard == relation.shared_shingles / (2 * 116 - relation.shared_shingles)
    [copy] = [row for row in found.rows if not row.is_canonical]
    assert (copy.relation.left, copy.relation.right) == (copy.id, copy.canonical)
    assert copy.relation.left_in_right == relation.shared_shingles / 116


def test_canonical_is_the_earliest_then_the_fullest_then_the_first_id():
    base = article("z", 1)
    longer = Article("y", text=base.text + " and more")
    same = Article("x", text=longer.text)
    assert {row.canonical for row in cluster([base, longer, same]).rows} == {"x"}
    dated = replace(base, published_at=datetime(2024, 5, 1))
    assert {row.canonical for row in cluster([dated, longer, same]).rows} == {"z"}


def test_route_says_how_a_copy_came_about():
    base = article("a", 1, publisher="AP")
    publishers = {"a": "AP", "b": "Gazette", "c": "ap", "d": None}
    rows = cluster([replace(base, id=name, publisher=publisher) for name, publisher in publishers.items()]).rows
    assert [row.relation and row.relation.route for row in rows] == [None, "syndicated", "revised", "unknown"]


def test_the_copies_of_a_text_are_in_one_story():
    base = article("a", 1)
    rows = cluster([base, replace(base, id="b"), article("c", 9)]).rows
    assert rows[0].story == rows[1].story


def test_other_thresholds_need_no_new_comparison():
    base = article("a", 1)
    found = cluster([base, edited(base, "b", [10, 40, 70])])
    assert found.counts["near_duplicate"] == 1
    strict = found.with_settings(Settings(near_duplicate_jaccard=0.95, excerpt_containment=1.0))
    assert strict.counts["near_duplicate"] == 0
    assert strict.counts["texts"] == 2


@pytest.mark.parametrize(
    "changed",
    [{"near_duplicate_jaccard": 0.95, "excerpt_containment": 1.0}, {"near_duplicate_jaccard": 0.95, "story_span": 5}],
)
def test_thresholds_can_be_changed_back(changed):
    base = article("a", 1)
    found = cluster([base, edited(base, "b", [10, 40, 70])])
    assert found.with_settings(Settings(**changed)).with_settings(Settings()).rows == found.rows


@pytest.mark.parametrize("changed", [{"story_span": 5}, {"dates": "trusted"}, {"story_probability": 0.9}])
def test_stories_under_other_settings_are_those_of_a_new_comparison(changed):
    articles = [article(str(i), i, 60, published_at=datetime(2024, 5, 1 + 2 * i)) for i in range(12)]
    found = cluster(articles).with_settings(Settings(**changed))
    again = cluster(articles, Settings(**changed))
    assert found.rows == again.rows
    assert found.stories == again.stories
    assert found.counts == again.counts


def test_same_event_scores_are_computed_anew_only_when_other_articles_stand_for_the_copies():
    base = article("a", 1)
    found = cluster([base, edited(base, "b", [10, 40, 70]), article("c", 2)])
    assert found.with_settings(Settings(story_probability=0.9)).evidence.links is found.evidence.links
    strict = found.with_settings(Settings(near_duplicate_jaccard=0.95, excerpt_containment=1.0))
    assert (found.evidence.linked.size, strict.evidence.linked.size) == (2, 3)
    assert strict.evidence.links is not found.evidence.links
    assert strict.evidence.measured is found.evidence.measured


def test_thresholds_that_need_a_new_comparison_are_refused():
    found = cluster([article("a", 1)])
    with pytest.raises(SettingsError, match="shingle_words was 5 when the articles were compared and cannot become 4"):
        found.with_settings(Settings(shingle_words=4))
    with pytest.raises(SettingsError, match=r"near_duplicate_jaccard 0.3 is below the 0.5 candidate pairs"):
        found.with_settings(Settings(near_duplicate_jaccard=0.3))


def test_a_capped_bucket_gives_a_warning():
    base = article("a", 1)
    flood = [edited(base, f"n{i}", [i % 100]) for i in range(40)]
    found = cluster(flood, Settings(bucket_cap=5))
    assert found.counts["capped_buckets"] > 0
    assert "shared by more than 5 articles (by 40 at most)" in found.warnings[0]


@given(st.randoms(), st.lists(st.integers(0, 6), min_size=1, max_size=7))
@settings(max_examples=25, deadline=None)
def test_the_order_of_articles_changes_nothing(shuffler, seeds):
    base = article("base", 100)
    articles = [edited(base, f"n{i}", range(seed * 3)) for i, seed in enumerate(seeds)]
    articles += [article("other", 5), Article("empty"), Article("short", text="Read more")]
    shuffled = list(articles)
    shuffler.shuffle(shuffled)
    rows, again = cluster(articles).rows, cluster(shuffled).rows
    assert sorted(rows, key=lambda row: row.id) == sorted(again, key=lambda row: row.id)


@pytest.mark.filterwarnings("ignore:.* became U.FFFD")
@given(st.lists(st.text(st.characters(codec=None, categories=None), max_size=40), max_size=5))
@settings(max_examples=40, deadline=None)
def test_any_text_is_clustered_without_an_error(texts):
    found = cluster([Article(str(i), title=text, text=text) for i, text in enumerate(texts)])
    assert [row.id for row in found.rows] == [str(i) for i in range(len(texts))]


BANNER = (
    "We value your privacy. We and our 90 partners store information on your device, such as cookies, and process your "
    "personal data. You may withdraw your consent at any time."
)


def with_banner(number):
    """A short report under a consent text, of a publisher of its own."""
    draw = random.Random(number)
    own = " ".join("".join(draw.choices("abcdefghij", k=6)) for _ in range(30))
    return Article(str(number), own[:20], f"{BANNER}\n{own}", f"Publisher {number}")


def test_consent_texts_make_neither_copies_nor_stories():
    found = cluster([with_banner(number) for number in range(3)])
    assert len({row.copy_group for row in found.rows}) == len({row.story for row in found.rows}) == 3
    assert found.relations == ()


def test_pages_with_nothing_but_boilerplate_match_nothing_and_are_counted():
    found = cluster([Article(str(number), text=BANNER) for number in range(3)])
    assert len({row.copy_group for row in found.rows}) == len({row.story for row in found.rows}) == 3
    assert (found.counts["only_boilerplate"], found.counts["empty"]) == (3, 0)
    assert any("boilerplate" in warning for warning in found.warnings)


DISGUISED = "The f\u0435rry ran aground off the harb\u043eur on Monday and nobody was hurt, the owner said."


@pytest.mark.parametrize("before", [0, 3])
def test_disguised_words_are_said_with_the_first_article_that_has_them(before):
    plain = [Article(f"plain {number}", text=f"Plain text {number}. Порт закрыт.") for number in range(before)]
    odd = [Article("odd 2", text=DISGUISED, published_at="2024-01-02"), Article("odd 1", text=f"{DISGUISED} Yes.")]
    (warning,) = cluster([*plain, *odd]).warnings
    assert warning.startswith("2 articles have words in which Cyrillic or Greek letters")
    assert "(first: odd 2)" in warning
    assert cluster(plain).warnings == ()
    assert cluster(odd[:1]).warnings[0].startswith("1 article has words")


AFFAIR = [
    "A fire destroyed a paint warehouse in the port of Rotterdam on Monday, harbour master Joost van Dijk said.",
    "Harbour master Joost van Dijk said that a fire had destroyed a paint warehouse in Rotterdam on Monday.",
    "The owner of the paint warehouse that a fire destroyed in the port of Rotterdam stood trial over warnings in spring.",
    "Parliament in Lisbon rejected a pension reform on Thursday, and minister Ana Ribeiro said she would not resign.",
    "Read more",
]


def test_a_saga_is_a_union_of_stories_and_changes_none():
    articles = [Article(str(number), text=text) for number, text in enumerate([*AFFAIR, AFFAIR[0]])]
    without = cluster(articles)
    found = without.with_settings(Settings(sagas=True))
    assert {row.saga for row in without.rows} == {story.saga for story in without.stories} == {None}
    assert "sagas" not in without.counts
    assert [row.story for row in found.rows] == [row.story for row in without.rows]
    sagas = [row.saga for row in found.rows]
    assert sagas[0] == sagas[1] == sagas[2] == sagas[5]
    assert len({*sagas[2:5]}) == 3
    assert set(sagas) == {1, 2, 3}
    assert found.counts["sagas"] == 3
    assert {row.story: row.saga for row in found.rows} == {story.story: story.saga for story in found.stories}
