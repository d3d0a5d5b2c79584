"""Joining groups: both backends against each other, to the bit, and against full matrices measured anew at each step."""

import math

import numpy as np
import pytest
from backends import EVERY_BACKEND, NATIVE, NEEDS_NATIVE, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.kernels.records import GROUP_FEATURES, LEAST_OUTWARD

KINDS = 5


def made_up(rows, linked, seed, coarse=False):
    """The arguments of the kernel for made-up links; coarse ones have many equal scores."""
    random = np.random.default_rng(seed)
    left, right = np.triu_indices(rows, 1)
    some = random.random(left.size) < linked
    left, right = left[some], right[some]
    if coarse:
        values = random.choice([0.0, 0.25, 0.5], (left.size, KINDS))
        shares = random.choice([0.0, 0.125], (left.size, 2))
        weights = random.choice([-1.0, 0.5, 2.0], KINDS + GROUP_FEATURES)
    else:
        values = random.random((left.size, KINDS)) - [0.4, 0.3, 0.2, 0, 0]
        shares = random.random((left.size, 2)) * random.choice([0.02, 0.3])
        weights = random.normal(0, 2, KINDS + GROUP_FEATURES)
    day = np.floor(random.random(rows) * 60)
    day[random.random(rows) < 0.3] = np.nan
    limits = random.normal(-1, 1.5), float(random.choice([2, 20, 1e6])), float(random.choice([3, 30, 1e6]))
    return left, right, values, shares, day, weights, random.normal(0, 1), limits


class FullMatrices:
    """The textbook: every pair of rows in a matrix, and every feature computed from scratch."""

    def __init__(self, left, right, values, shares, day, weights, intercept, limits):
        rows = day.size
        self.values = np.zeros((values.shape[1], rows, rows))
        self.values[:, left, right] = self.values[:, right, left] = values.T
        self.shares, self.linked = np.zeros((rows, rows)), np.zeros((rows, rows), bool)
        self.shares[left, right], self.shares[right, left] = shares.T
        self.linked[left, right] = self.linked[right, left] = True
        self.day, self.weights, self.intercept, self.limits = day, weights, intercept, limits

    def features(self, a, b):
        """The features of two groups of rows, and the days that they span."""
        across = [of_kind[np.ix_(a, b)].mean() for of_kind in self.values]
        to_other = [
            self.shares[np.ix_(one, other)].sum()
            / max(len(one) - self.shares[np.ix_(one, one)].sum(), LEAST_OUTWARD * len(one))
            for one, other in ((a, b), (b, a))
        ]
        found = [*across, max(to_other), math.log(max(len(a), len(b)))]
        days = [day for day in self.day[[*a, *b]] if not math.isnan(day)]
        span = max(days) - min(days) if days else 0.0
        apart = np.log1p(np.minimum(self.limits[2], np.abs(self.day[a][:, None] - self.day[b])))
        known = apart[~np.isnan(apart)]
        apart = known.mean() if known.size else 0.0
        return np.array([*found, apart]), span

    def best(self, groups, least):
        """The score, first members and features of every join that is allowed, best first."""
        found = []
        for a in groups:
            for b in groups:
                if a[0] < b[0] and self.linked[np.ix_(a, b)].any():
                    features, span = self.features(a, b)
                    score = self.intercept + float(self.weights @ features)
                    if span <= self.limits[1] and score >= least:
                        found.append((-score, a[0], b[0], features))
        return sorted(found, key=lambda one: one[:3])

    def join(self):
        """The joins with their features, and for each group left the other one of its best join and its features."""
        groups, joins, measured = [[row] for row in range(self.day.size)], [], []
        while allowed := self.best(groups, self.limits[0]):
            _, a, b, features = allowed[0]
            joins.append((a, b))
            measured.append(features)
            one, other = (next(group for group in groups if group[0] == first) for first in (a, b))
            groups.remove(other)
            one += other
        refused = {}
        for _, a, b, features in self.best(groups, -math.inf):
            refused.setdefault(a, (b, features))
            refused.setdefault(b, (a, features))
        return joins, measured, refused


@EVERY_BACKEND
@given(st.integers(0, 9), st.sampled_from([0.3, 0.7, 1.0]), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_groups_join_as_they_do_on_full_matrices(backend, rows, linked, seed):
    arguments = made_up(rows, linked, seed)
    joins, measured, refused = FullMatrices(*arguments).join()
    found = backend.join_groups(*arguments)
    assert list(map(tuple, found.joins.tolist())) == joins
    np.testing.assert_allclose(found.measured, np.reshape(measured, found.measured.shape), atol=1e-9)
    assert {row: other for row, other in enumerate(found.refused.tolist()) if other >= 0} == {
        row: other for row, (other, _) in refused.items()
    }
    expected = np.zeros(found.nearest.shape)
    for row, (_, features) in refused.items():
        expected[row] = features
    np.testing.assert_allclose(found.nearest, expected, atol=1e-9)


@NEEDS_NATIVE
@given(st.integers(0, 40), st.sampled_from([0.05, 0.3, 1.0]), st.booleans(), st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_backends_join_alike_to_the_bit(rows, linked, coarse, seed):
    arguments = made_up(rows, linked, seed, coarse)
    for one, other in zip(*(backend.join_groups(*arguments) for backend in (NUMPY, NATIVE)), strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


@EVERY_BACKEND
@given(st.integers(2, 25), st.floats(0, 4), st.booleans(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_higher_least_score_only_stops_earlier(backend, rows, more, coarse, seed):
    *arguments, (least, *days) = made_up(rows, 0.5, seed, coarse)
    low, high = (backend.join_groups(*arguments, (score, *days)) for score in (least, least + more))
    assert np.array_equal(high.joins, low.joins[: len(high.joins)])
    assert np.array_equal(high.measured, low.measured[: len(high.joins)])


@EVERY_BACKEND
@given(st.integers(2, 25), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_no_group_spans_more_than_the_most_days(backend, rows, seed):
    *arguments, (_, _, far_days) = made_up(rows, 0.8, seed)
    day, group = arguments[4], np.arange(rows)
    for low, high in backend.join_groups(*arguments, (-20.0, 7.0, far_days)).joins.tolist():
        group[group == high] = low
        own = day[(group == low) & ~np.isnan(day)]
        assert own.size == 0 or own.max() - own.min() <= 7


@EVERY_BACKEND
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_without_links_nothing_joins(backend, rows):
    found = backend.join_groups(*made_up(rows, 0.0, 1))
    assert found.joins.shape == (0, 2)
    assert found.measured.shape == (0, KINDS + GROUP_FEATURES)
    assert found.refused.tolist() == [-1] * rows
    assert not found.nearest.any()


@EVERY_BACKEND
def test_what_is_passed_in_stays_as_it_was(backend):
    arguments = made_up(20, 0.8, 3)
    before = [one.copy() for one in arguments[:6]]
    assert backend.join_groups(*arguments[:7], (-20.0, 1e6, 1e6)).joins.size
    assert all(np.array_equal(one, other, equal_nan=True) for one, other in zip(before, arguments, strict=False))
