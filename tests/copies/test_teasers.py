"""A short excerpt is one if it says the same: two of its names, numbers or days stand where its article has them."""

import pytest

from dedupe import Article, Settings, cluster
from dedupe.index import Index

ARTICLE = (
    "Fire crews from three counties worked through Tuesday night to save the mill at Harrow Bridge, where 14 people "
    "were led out over a ladder, the chief officer Dana Whitlock said. Nobody was hurt. The owner, Lorne Textiles, "
    "had closed the east wing in 2019 after an inspector found loose wiring on two floors. Neighbours said that they "
    "smelled smoke at about nine and saw the roof glow an hour later. The road to the station stays closed until noon."
)
OFFER = (
    "Please take a moment to look around, there is much more for you to find here, and it is all free of charge today"
)


def relation(left, right, **changes):
    found = cluster([Article("left", text=left), Article("right", text=right)], Settings(**changes))
    return found.relations[0].kind if found.relations else None


@pytest.mark.parametrize("characters", [130, 200, 240])
def test_a_cut_text_is_an_excerpt(characters):
    teaser = ARTICLE[:characters] + "… [+1021 chars]"
    assert 20 <= len(teaser.split()) < 45
    assert relation(teaser, ARTICLE) == "excerpt"


def test_an_index_knows_a_teaser_whichever_comes_first(tmp_path):
    teaser, full = Article("teaser", text=ARTICLE[:200] + "…"), Article("full", text=ARTICLE)
    for name, given in (("one", [teaser, full]), ("two", [full, teaser])):
        with Index(tmp_path / name) as index:
            assert [answer.verdict for answer in index.check(given)] == ["new", "excerpt"]


def test_words_without_names_and_figures_are_no_excerpt():
    assert 20 <= len(OFFER.split()) < 40
    assert relation(OFFER, f"{ARTICLE} {OFFER}.") == "overlapping"
    assert relation(f"{OFFER} {OFFER.replace('free', 'there')}", f"{ARTICLE} {OFFER} {OFFER}.") is not None


def test_other_names_and_figures_are_no_excerpt():
    teaser = ARTICLE[:200].replace("14", "9").replace("Harrow Bridge", "Castle Quay").replace("Tuesday", "Friday")
    assert relation(teaser, ARTICLE) != "excerpt"


def test_fewer_words_than_a_passage_are_no_excerpt():
    assert relation(" ".join(ARTICLE.split()[:18]), ARTICLE) != "excerpt"
    assert relation(" ".join(ARTICLE.split()[:18]), ARTICLE, excerpt_min_words=10) == "excerpt"
