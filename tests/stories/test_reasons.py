"""What the joins and splits of a collection say afterwards about each article."""

import numpy as np
import pytest
from story_articles import FIRE, STRANGERS, VOTE

from dedupe import Article, Settings, cluster
from dedupe.stories.reasons import JoinTree, compare_groups, deciding_joins

JOINS = np.array([[0, 1], [2, 3], [0, 2]])


def test_a_tree_knows_the_members_of_every_group_and_what_united_them():
    tree = JoinTree.of_joins(5, JOINS)
    assert [tree.members(node).tolist() for node in (4, 5, 6, 7)] == [[4], [0, 1], [2, 3], [0, 1, 2, 3]]
    united = {(0, 1): 0, (3, 2): 1, (1, 3): 2, (0, 4): -1}
    assert {pair: tree.uniting_join(*pair) for pair in united} == united


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0, 0, 0, 0, 1], [2, 2, 2, 2, -1]),
        ([0, 0, 1, 1, 2], [0, 0, 1, 1, -1]),
        # The last join brought row 2 to the others; row 0 was joined to row 1 more surely.
        ([0, 0, 0, 1, 2], [0, 0, 2, -1, -1]),
        # Row 1 was split off, so the last join is all that unites row 0 with its story.
        ([0, 1, 0, 2, 3], [2, -1, 2, -1, -1]),
    ],
)
def test_the_least_sure_join_to_the_larger_part_of_its_story_decides_for_a_row(labels, expected):
    assert deciding_joins(np.array(labels), JOINS, np.array([5.0, 4.0, 1.0])).tolist() == expected


@pytest.mark.parametrize("dates", ["trusted", "usual", "doubtful"])
def test_groups_are_measured_as_they_were_when_they_joined(dates):
    texts = FIRE + VOTE + STRANGERS
    articles = [Article(f"a{i}", text=text, published_at=f"2024-{1 + i}-01") for i, text in enumerate(texts)]
    clustering = cluster(articles, Settings(dates=dates, story_probability=0.05))
    joined, links = clustering.found.groups.joined, clustering.evidence.links
    tree = JoinTree.of_joins(len(texts), joined.joins)
    assert len(joined.joins) > 2
    for number, sides in enumerate(tree.sides.tolist()):
        group = np.arange(len(texts))
        for earlier in range(number):
            members = tree.members(len(texts) + earlier)
            group[members] = members[0]
        _, group = np.unique(group, return_inverse=True)
        compared = compare_groups(links, group)
        place = compared.find(*(int(group[tree.members(side)[0]]) for side in sides))
        assert compared.measured[place] == pytest.approx(joined.measured[number])
        assert compared.find(0, 0) == -1
