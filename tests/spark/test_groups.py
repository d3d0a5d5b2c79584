"""Copy groups of components that pass by batch after batch are those of one machine, also of one large component."""

import time
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import settings as checked
from hypothesis import strategies as st

from dedupe.copies.groups import group_copies, longest_members
from dedupe.schemas import KINDS, RELATIONS
from dedupe.settings import Settings
from dedupe.spark import groups
from dedupe.spark.stages import batch_of

NUMBERS = ("shared", "jaccard", "left_in_right", "right_in_left")


def name(row):
    return f"{row:07d}".encode()


def pairs_of(sizes):
    """Pairs of components of these sizes, sorted: each article with the first three of its component."""
    rows, first = [], 0
    for size in sizes:
        members = range(first, first + size)
        pairs = [(left, right) for left in members[:3] for right in members if left < right]
        rows += [(first, left, right, KINDS[(left + right) % 3], 0.5 + (right * 7 % 50) / 100) for left, right in pairs]
        first += size
    return rows


def batch(rows):
    component, left, right, kind, share = zip(*rows, strict=True) if rows else ((),) * 5
    ends = {
        name_: pa.array([name(row) for row in own], pa.binary())
        for name_, own in (("component", component), ("left", left), ("right", right))
    }
    words = {f"{side}_words": pa.array([100 + row % 9 for row in own], pa.int64()) for side, own in
             (("left", left), ("right", right))}  # fmt: skip
    shares = {number: pa.array(share, pa.float64()) for number in NUMBERS[1:]}
    return batch_of(
        **ends, **words, shared=pa.array([40] * len(rows), pa.int64()), **shares, kind=pa.array(kind, pa.string())
    )


def found(rows, cuts):
    borders = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]
    batches = (batch(rows[start:end]) for start, end in pairwise(borders) if start < end)
    given_rows = [row for one in groups._group(batches, Settings()) for row in one.to_pylist()]
    assert len({row["place"] for row in given_rows}) == len(given_rows)
    return {int(row["place"]): (int(row["copy_place"]), int(row["longest_place"])) for row in given_rows}


def of_one_machine(rows, articles):
    ordered = sorted(rows, key=lambda row: row[1:3])
    kinds = pa.DictionaryArray.from_arrays(
        pa.array([KINDS.index(row[3]) for row in ordered], pa.int8()), pa.array(KINDS)
    )
    ends = [pa.array([row[side] for row in ordered], pa.int64()) for side in (1, 2)]
    shares = [pa.array([row[4] for row in ordered], pa.float64())] * 3
    shared = pa.array([40] * len(rows), pa.int64())
    relations = pa.Table.from_arrays([*ends, shared, *shares, kinds], schema=RELATIONS)
    words = np.array([100 + row % 9 for row in range(articles)])
    copy_of = group_copies(words, relations, Settings())
    longest = longest_members(words, copy_of)
    paired = sorted({row for pair in rows for row in pair[1:3]})
    return {row: (int(copy_of[row]), int(longest[row])) for row in paired}


@given(st.lists(st.integers(1, 12), max_size=6), st.lists(st.integers(0, 120), max_size=10))
@example([], [])
@example([1], [])
@example([2], [])
@example([9, 9], [5, 21])
@example([9, 2, 9], [21, 22])
@checked(deadline=None, max_examples=100)
def test_groups_are_those_of_one_machine_wherever_batches_are_cut(sizes, cuts):
    rows = pairs_of(sizes)
    assert found(rows, cuts) == of_one_machine(rows, sum(sizes))


def test_a_component_in_many_batches_costs_little_more_than_in_one():
    """Time that grows with the square of the batches would be 100 times as long."""
    rows = pairs_of([20_000])
    whole = batch(rows)

    def seconds(size):
        pieces = (whole.slice(start, size) for start in range(0, len(rows), size))
        began = time.process_time()
        assert sum(len(one) for one in groups._group(pieces, Settings())) == 20_000
        return time.process_time() - began

    assert seconds(50) < 10 * seconds(len(rows)) + 1


@pytest.mark.parametrize("size", [0, 1])
def test_of_no_pair_and_of_one_pair(size):
    rows = pairs_of([size + 1])
    assert found(rows, []) == ({} if not size else of_one_machine(rows, 2))
