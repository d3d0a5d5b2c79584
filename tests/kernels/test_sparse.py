"""What lists share: both backends against each other, to the bit, and against plain Python."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from backends import EVERY_BACKEND, NATIVE, NEEDS_NATIVE, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.kernels import Compute, reference
from dedupe.stories.sparse import KeyLists, count_sharing, sum_over_shared

LISTS = st.lists(st.sets(st.integers(0, 30), max_size=25), max_size=9)
SEEDS = st.integers(0, 2**32 - 1)


def ragged(lists):
    starts = np.cumsum([0, *map(len, lists)], dtype=np.int64)
    return starts, np.array([key for one in lists for key in sorted(one)], np.uint32)


def all_pairs(count):
    left, right = np.array([*combinations(range(count), 2)], np.int64).reshape(-1, 2).T.copy()
    return left, right


def awkward(random, size):
    """Weights whose sums depend on the order of addition, some of them 0 and many equal."""
    return random.choice([0.0, 0.1, 1 / 3, 1.0, 1e15, 2.0], size) * random.choice([1.0, 1.0, 0.7], size)


@EVERY_BACKEND
@given(LISTS, SEEDS)
@settings(max_examples=60, deadline=None)
def test_sums_are_those_of_plain_addition_by_ascending_key(backend, lists, seed):
    starts, keys = ragged(lists)
    left, right = all_pairs(len(lists))
    weights = np.column_stack([awkward(np.random.default_rng(seed + i), keys.size) for i in range(3)])
    found = backend.shared_sums(starts, keys, left, right, weights)
    assert found.shape == (3, left.size)
    place = {(row, keys[at]): at for row, (a, b) in enumerate(pairwise(starts)) for at in range(a, b)}
    for totals, weight in zip(found, weights.T, strict=True):
        for total, a, b in zip(totals, left, right, strict=True):
            expected = 0.0
            for key in sorted(lists[a] & lists[b]):
                expected += weight[place[a, key]] * weight[place[b, key]]
            assert total == expected


@EVERY_BACKEND
@given(LISTS, SEEDS)
@settings(max_examples=60, deadline=None)
def test_holders_are_counted_on_the_sides_asked_for(backend, lists, seed):
    starts, keys = ragged(lists)
    left, right = all_pairs(len(lists))
    of_left, of_right = np.random.default_rng(seed).random((2, left.size)) < 0.6
    found = backend.count_shared(starts, keys, left, right, of_left, of_right)
    expected = []
    for row, one in enumerate(lists):
        others = [*right[(left == row) & of_left].tolist(), *left[(right == row) & of_right].tolist()]
        expected += [sum(key in lists[other] for other in others) for key in sorted(one)]
    assert found.tolist() == expected


@EVERY_BACKEND
@given(LISTS, SEEDS, st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_the_heaviest_are_the_first_of_a_stable_sort(backend, lists, seed, most):
    starts, keys = ragged(lists)
    weights = awkward(np.random.default_rng(seed), keys.size)
    found = backend.top_entries(starts, weights, most)
    for start, end in pairwise(starts):
        best = sorted(range(start, end), key=lambda entry: -weights[entry])[:most]
        assert np.flatnonzero(found[start:end]).tolist() == sorted(entry - start for entry in best)


@EVERY_BACKEND
@given(LISTS)
@settings(max_examples=60, deadline=None)
def test_holders_of_each_key_are_lists_in_order_with_its_weight_there(backend, lists):
    starts, keys = ragged(lists)
    weights = np.arange(keys.size) / 7
    first, found, their_weights = backend.invert_lists(starts, keys, weights, 31)
    owner = np.repeat(np.arange(len(lists)), np.diff(starts))
    for key, (a, b) in enumerate(pairwise(first)):
        assert found[a:b].tolist() == owner[keys == key].tolist()
        assert their_weights[a:b].tolist() == weights[keys == key].tolist()


def scores_of(row, lists, weight, asked, window, limits):
    """The score of every other list that list ``row`` is compared with, and how many keys too many lists have.

    ``weight``, ``asked``: of each (list, key).
    """
    scores, oversized = dict.fromkeys(range(len(lists)), 0.0), 0
    for key in sorted(lists[row]):
        holders = [other for other, theirs in enumerate(lists) if key in theirs]
        if not asked[row, key] or weight[row, key] == 0:
            continue
        if len(holders) > limits[3]:
            holders = [other for other in holders if window[0] <= other < window[1] or other >= window[2]]
        if len(holders) > limits[2]:
            oversized += 1
            continue
        for other in holders:
            scores[other] += weight[row, key] * weight[other, key]
    return {other: score for other, score in scores.items() if other != row and score > 0}, oversized


def best_of(scores, fewest, most, least):
    """The lists that are kept, and whether more were good enough."""
    best = sorted((other for other, score in scores.items() if score >= least), key=lambda other: -scores[other])
    if len(best) >= fewest:
        return sorted(best[:most]), len(best) > most
    bound = (sorted(scores.values(), reverse=True)[:fewest] or [0])[-1]
    return sorted(other for other, score in scores.items() if score >= bound), False


@EVERY_BACKEND
@pytest.mark.parametrize("kept", [(1, 2), (2, 3), (3, 30)])
@given(lists=LISTS, seed=SEEDS, least=st.sampled_from([0.05, 0.5, 2.0]), longest=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_best_matches_are_those_of_sorting_all_scores_in_the_window(backend, kept, lists, seed, least, longest):
    starts, keys = ragged(lists)
    random = np.random.default_rng(seed)
    weights, asked = random.choice([0.0, 0.1, 0.3, 0.5, 1.0], keys.size), random.random(keys.size) < 0.8
    limits = (*kept, longest, int(random.integers(0, longest + 1)))
    windows = np.sort(random.integers(0, len(lists) + 1, (len(lists), 3)), axis=1)
    entry = [(row, int(key)) for row, (a, b) in enumerate(pairwise(starts)) for key in keys[a:b]]
    by_entry = dict(zip(entry, weights.tolist(), strict=True)), dict(zip(entry, asked.tolist(), strict=True))
    expected, cuts, oversized = [], 0, 0
    for row, window in enumerate(windows.tolist()):
        scores, too_many = scores_of(row, lists, *by_entry, window, limits)
        best, is_cut = best_of(scores, *kept, least)
        expected.append(best)
        cuts += is_cut
        oversized += too_many
    inverted = backend.invert_lists(starts, keys, weights, 31)

    def found_for(rows):
        return backend.best_matches(starts, keys, weights, asked, inverted, windows, rows, limits, least)

    found, places, *counts = found_for((0, len(lists)))
    assert [found[a:b].tolist() for a, b in pairwise(places)] == expected
    assert counts == [cuts, oversized]
    assert [found_for((row, row + 1))[0].tolist() for row in range(len(lists))] == expected


@pytest.mark.parametrize("threads", [1, 3])
@EVERY_BACKEND
def test_neither_threads_nor_backends_change_a_sum(backend, threads):
    random = np.random.default_rng(2)
    lists = [set(random.integers(0, 200, 80).tolist()) for _ in range(70)]
    starts, keys = ragged(lists)
    left, right = all_pairs(len(lists))
    weights = {name: random.random(keys.size) for name in ("one", "other")}
    found = sum_over_shared(KeyLists(starts, keys), weights, left, right, Compute(backend, threads))
    expected = reference.shared_sums(starts, keys, left, right, np.column_stack(list(weights.values())))
    assert np.array_equal(np.stack([found[name] for name in weights]), expected)
    of_left, of_right = random.random((2, left.size)) < 0.5
    counted = count_sharing(KeyLists(starts, keys), left, right, of_left, of_right, Compute(backend, threads))
    assert np.array_equal(counted, reference.count_shared(starts, keys, left, right, of_left, of_right))


@NEEDS_NATIVE
@given(LISTS, SEEDS, st.sampled_from([-1.0, 0.0, 0.3]))
@settings(max_examples=100, deadline=None)
def test_backends_are_alike_to_the_bit_for_weights_of_either_sign(lists, seed, least):
    starts, keys = ragged(lists)
    random = np.random.default_rng(seed)
    weights, asked = random.choice([-1.0, -0.0, 0.0, 0.5, 1.0], keys.size), random.random(keys.size) < 0.8
    windows = np.sort(random.integers(0, len(lists) + 1, (len(lists), 3)), axis=1)
    arguments = windows, (0, len(lists)), (1, 3, 6, 2), least
    for one, other in zip(
        *(
            (
                backend.top_entries(starts, np.where(asked, weights, np.nan), 3),
                *backend.best_matches(
                    starts, keys, weights, asked, backend.invert_lists(starts, keys, weights, 31), *arguments
                ),
            )
            for backend in (NUMPY, NATIVE)
        ),
        strict=True,
    ):
        assert np.array_equal(one, other)
