"""Average linkage: both backends against each other, and against the algorithm on a full matrix."""

import numpy as np
import pytest
from backends import EVERY_BACKEND, NATIVE, NEEDS_NATIVE, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.kernels.linkage import average_link


def textbook(rows, left, right, weight, threshold, missing):
    """Merge the pair of groups with the best mean of all pairs across, again and again."""
    matrix = np.full((rows, rows), missing)
    matrix[left, right] = matrix[right, left] = weight
    groups = [[row] for row in range(rows)]
    while True:
        means = [
            (-round(matrix[np.ix_(a, b)].sum() * 64) / (len(a) * len(b)), min(a), min(b), i, j)
            for i, a in enumerate(groups)
            for j, b in enumerate(groups)
            if min(a) < min(b)
        ]
        best = min(means, default=(np.inf,))
        if -best[0] < threshold * 64:
            break
        groups[best[3]] += groups.pop(best[4]) if best[4] > best[3] else []
    labels = np.empty(rows, int)
    for number, group in enumerate(sorted(groups, key=min)):
        labels[group] = number
    return labels.tolist()


@EVERY_BACKEND
@given(st.integers(1, 12), st.floats(0.1, 1.0), st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_groups_are_those_of_the_textbook_ties_and_all(backend, rows, listed, seed):
    random = np.random.default_rng(seed)
    left, right = np.triu_indices(rows, 1)
    some = random.random(left.size) < listed
    left, right = left[some], right[some]
    weight = random.choice([-1.5, -0.5, 0.0, 0.25, 1.0], left.size)
    found = average_link(rows, left, right, weight, -0.25, -2.0, backend)
    assert found.tolist() == textbook(rows, left, right, weight, -0.25, -2.0)


@NEEDS_NATIVE
def test_backends_group_a_large_collection_alike():
    random = np.random.default_rng(4)
    keys = np.unique(random.integers(0, 300 * 300, 6000))
    left, right = keys // 300, keys % 300
    left, right = left[left < right], right[left < right]
    weight = np.round(random.normal(0, 2, left.size), 1)
    one, other = (average_link(300, left, right, weight, -1.0, -1.5, backend) for backend in (NUMPY, NATIVE))
    assert one.tolist() == other.tolist()
    assert 1 < one.max() < 299


@EVERY_BACKEND
def test_no_pairs_and_no_rows_have_groups_of_one(backend):
    assert average_link(0, [], [], [], 0.5, 0.0, backend).tolist() == []
    assert average_link(3, [], [], [], 0.5, 0.0, backend).tolist() == [0, 1, 2]


def test_a_missing_weight_that_would_join_strangers_is_refused():
    with pytest.raises(ValueError, match="missing"):
        average_link(2, [], [], [], threshold=0.0, missing=0.5)
