import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.copies.groups import first_members, group_copies, longest_members
from dedupe.kernels.linkage import average_link
from dedupe.schemas import KINDS, RELATIONS
from dedupe.settings import Settings


def relations(*pairs):
    """RELATIONS from (left, right, kind, jaccard, left_in_right, right_in_left)."""
    columns = list(zip(*pairs, strict=True)) if pairs else [[]] * 6
    left, right, kind, *shares = columns
    codes = np.array([KINDS.index(name) for name in kind], np.int8)
    arrays = [pa.array(column, pa.int64()) for column in (left, right, [1] * len(left))]
    arrays += [pa.array(column, pa.float64()) for column in shares]
    return pa.Table.from_arrays([*arrays, pa.DictionaryArray.from_arrays(codes, list(KINDS))], schema=RELATIONS)


def grouped(words, *pairs):
    return group_copies(np.array(words, np.int64), relations(*pairs), Settings()).tolist()


def near(left, right, jaccard=0.6):
    return (left, right, "near_duplicate", jaccard, 0.75, 0.75)


def test_no_articles_no_groups():
    assert grouped([]) == []


def test_articles_without_relations_stand_alone():
    assert grouped([10, 20, 30]) == [0, 1, 2]


def test_copies_are_known_by_their_first_row():
    assert grouped([10, 10, 10], near(1, 2)) == [0, 1, 1]


def test_a_chain_of_near_duplicates_does_not_grow_without_end():
    chain = [near(i, i + 1) for i in range(9)]
    groups = grouped([100] * 10, *chain)
    assert max(np.bincount(groups)) <= 3


def test_a_flood_of_close_copies_stays_one_group_though_only_its_first_members_were_compared():
    flood = [near(i, j, 0.95) for i in range(5) for j in range(i + 1, 1000)]
    assert grouped([100] * 1000, *flood) == [0] * 1000


def test_overlapping_articles_are_no_copies():
    assert grouped([100, 100], (0, 1, "overlapping", 0.3, 0.5, 0.5)) == [0, 1]


def test_an_excerpt_joins_the_text_it_stands_in():
    assert grouped([50, 500], (0, 1, "excerpt", 0.1, 1.0, 0.1)) == [0, 0]


def test_a_brief_inside_two_reports_does_not_make_the_reports_copies():
    pairs = (0, 1, "excerpt", 0.1, 0.9, 0.1), (0, 2, "excerpt", 0.1, 1.0, 0.1)
    assert grouped([50, 500, 600], *pairs) == [0, 1, 0]


def test_an_excerpt_of_an_excerpt_joins_the_whole():
    pairs = (0, 1, "excerpt", 0.1, 1.0, 0.5), (1, 2, "excerpt", 0.1, 1.0, 0.1), (0, 2, "excerpt", 0.1, 0.7, 0.1)
    assert grouped([50, 100, 600], *pairs) == [0, 0, 0]


def test_the_longest_member_is_the_fullest_text_of_a_group():
    assert longest_members(np.array([5, 9, 9, 1]), np.array([0, 0, 0, 3])).tolist() == [1, 1, 1, 3]


@given(st.lists(st.integers(0, 4), max_size=12))
def test_the_first_member_is_the_lowest_row_of_a_group(labels):
    firsts = first_members(np.array(labels, np.int64)).tolist()
    assert firsts == [labels.index(label) for label in labels]


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            st.just(n), st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] < p[1]))
        )
    ),
    st.randoms(),
)
def test_average_link_does_not_depend_on_the_order_of_pairs(given_pairs, shuffler):
    rows, pairs = given_pairs
    listed = sorted(pairs)
    weights = [1 - (left * 7 + right * 3) % 10 / 10 for left, right in listed]
    shuffled = list(zip(listed, weights, strict=True))
    shuffler.shuffle(shuffled)

    def labels(pairs_and_weights):
        left = [pair[0] for pair, _ in pairs_and_weights]
        right = [pair[1] for pair, _ in pairs_and_weights]
        return average_link(rows, left, right, [w for _, w in pairs_and_weights], 0.5, 0.0).tolist()

    assert labels(list(zip(listed, weights, strict=True))) == labels(shuffled)


def test_average_link_refuses_pairs_it_cannot_mean():
    with pytest.raises(ValueError, match="two different rows of 0 … 2"):
        average_link(3, [0], [3], [1.0], 0.5, 0.0)
    with pytest.raises(ValueError, match="listed twice"):
        average_link(3, [0, 1], [1, 0], [1.0, 1.0], 0.5, 0.0)
