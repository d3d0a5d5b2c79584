"""Explanations of stories add up and name every article."""

import numpy as np
import pytest
from story_articles import FIRE, VOTE

from dedupe.clustering import cluster
from dedupe.explanations import explain_stories
from dedupe.report import explanation
from dedupe.schemas import Article
from dedupe.stories.split_search import MOST_COMPARED


def test_a_large_story_says_which_of_its_texts_it_was_judged_by():
    random = np.random.default_rng(5)
    words = "smoke flames crews paint harbour night roof foam boats wind alarm blaze quay drums tanks guards".split()
    texts = [
        f"Warehouse fire in Rotterdam: {' '.join(random.permutation(words))}. Harbour master Joost van Dijk praised the "
        f"firefighters. {' '.join(random.permutation(words))}."
        for _ in range(16)
    ]
    clustering = cluster([Article(id=f"a{i}", text=text) for i, text in enumerate([*texts, *VOTE])])
    largest = max(explain_stories(clustering), key=lambda one: len((*one.smaller_side, *one.larger_side)))
    assert len(largest.judged_by) == MOST_COMPARED < len((*largest.smaller_side, *largest.larger_side))
    assert set(largest.judged_by) < {*largest.smaller_side, *largest.larger_side}
    shown = [line for line in explanation.lines(clustering) if "by the least alike of either side: " in line]
    assert shown == [f"  by the least alike of either side: {', '.join(largest.judged_by)}"]


def test_the_reasons_of_a_story_add_up_and_name_all_its_articles():
    clustering = cluster([Article(id=f"a{i}", text=text) for i, text in enumerate(FIRE + VOTE)])
    explained = explain_stories(clustering)
    assert [one.story for one in explained] == [1, 2]
    for one, story in zip(explained, clustering.stories, strict=True):
        assert sorted((*one.smaller_side, *one.larger_side)) == sorted(one.judged_by) == sorted(story.articles)
        assert one.log_odds == pytest.approx(sum(one.contributions.values()))
        assert one.log_odds < 0
