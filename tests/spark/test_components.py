"""Rounds of shuffles find the components that one task finds."""

import itertools
import random

import pytest

from dedupe.spark.components import find_components


def components(pairs):
    """The lowest member of each member's component, by plain sets."""
    groups = []
    for pair in pairs:
        joined = set(pair).union(*(group for group in groups if group & set(pair)))
        groups = [group for group in groups if not group & joined] + [joined]
    return {member: min(group) for group in groups for member in group}


def chain(length):
    names = [f"c{number:03d}".encode() for number in range(length)]
    random.Random(3).shuffle(names)
    return [tuple(sorted(pair)) for pair in itertools.pairwise(names)]


@pytest.mark.parametrize("limit", [0, 1000], ids=["in rounds", "in one task"])
@pytest.mark.parametrize(
    "pairs", [[], [(b"a", b"b")], [*chain(12), (b"x", b"y"), (b"x", b"z")]], ids=["none", "one", "chain"]
)
def test_every_article_gets_the_lowest_one_that_it_is_connected_to(spark, work, pairs, limit):
    rows = [(bytearray(left), bytearray(right)) for left, right in pairs]
    kept = work.keep("pairs", spark.createDataFrame(rows, "left binary, right binary"))
    found = find_components(work, kept, "test", limit).collect()
    assert {bytes(row["place"]): bytes(row["component"]) for row in found} == components(pairs)
    assert len(found) == len({member for pair in pairs for member in pair})
