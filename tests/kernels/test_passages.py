"""The borders of passages: both backends against each other to the bit, and what every refinement keeps."""

import numpy as np
import pytest
from backends import EVERY_BACKEND, NATIVE, NEEDS_NATIVE, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st
from support import NEARLY_LINEAR, cpu_growth

from dedupe.kernels import BorderRules

RULES = BorderRules(12, 3, 5, 2.0, 3.0, 0.1, 0.001, 0.95)


def two_texts(seed, sizes, terms, shared):
    """Two texts of random terms with a common part, the number of terms, borders, and candidates around it."""
    draw = np.random.default_rng(seed)
    left, right = (draw.integers(0, terms, size) for size in sizes)
    length = min(shared, *sizes)
    at_left, at_right = (int(draw.integers(0, size - length + 1)) for size in sizes)
    right[at_right : at_right + length] = left[at_left : at_left + length]
    borders = tuple(draw.choice([0.0, 4.0], size + 1) for size in sizes)
    words = [[at_left, at_left + max(1, length), at_right, at_right + max(1, length)], [0, sizes[0], 0, sizes[1]]]
    for _ in range(3):
        ends = [sorted(draw.choice(size + 1, 2, replace=False).tolist()) for size in sizes]
        words.append([*ends[0], *ends[1]])
    return left, right, terms, borders, RULES, np.minimum(np.array(words), [[sizes[0]] * 2 + [sizes[1]] * 2])


@NEEDS_NATIVE
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 80), st.integers(1, 80)),
    st.sampled_from([1, 2, 7, 60]),
    st.integers(1, 40),
)
@settings(max_examples=200, deadline=None)
def test_backends_refine_alike_to_the_bit(seed, sizes, terms, shared):
    given_texts = two_texts(seed, sizes, terms, shared)
    (words, evidence), (same_words, same_evidence) = (one.refine_borders(*given_texts) for one in (NUMPY, NATIVE))
    assert words.tolist() == same_words.tolist()
    assert evidence.tobytes() == same_evidence.tobytes()


@EVERY_BACKEND
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from([1, 5, 40]))
@settings(max_examples=50, deadline=None)
def test_refined_candidates_are_not_empty_and_lie_in_the_texts(backend, seed, size, terms):
    given_texts = two_texts(seed, (size, size + 3), terms, 9)
    words, evidence = backend.refine_borders(*given_texts)
    assert (words[:, 0] < words[:, 1]).all()
    assert (words[:, 2] < words[:, 3]).all()
    assert words.min() >= 0
    assert (words.max(axis=0) <= [size, size, size + 3, size + 3]).all()
    assert ((evidence[:, 2] <= evidence[:, 1] + 1e-12) & (evidence[:, 1] <= 1 + 1e-12)).all()


@EVERY_BACKEND
def test_no_candidates_give_none(backend):
    words, evidence = backend.refine_borders(*two_texts(1, (5, 5), 3, 2)[:5], np.zeros((0, 4), np.int64))
    assert (words.shape, evidence.shape) == ((0, 4), (0, 3))


@NEEDS_NATIVE
@pytest.mark.parametrize("terms", [1, 2])
def test_a_long_text_of_few_words_takes_no_square_time(terms):
    size = 200_000
    text = np.arange(size) % terms
    borders = np.zeros(size + 1), np.zeros(size + 1)
    words = np.array([[0, size, 0, size], [0, size, 0, 10]])
    refined, _ = NATIVE.refine_borders(text, text, terms, borders, RULES, words)
    assert refined[0].tolist() == [0, size, 0, size]


@NEEDS_NATIVE
def test_a_candidate_costs_its_window_however_often_its_words_stand_elsewhere():
    def refine(size):
        text, borders = np.arange(size) % 2, np.zeros(size + 1)
        starts = np.arange(0, size - 10, 100)
        words = np.stack((starts, starts + 10, starts, starts + 10), axis=1)
        NATIVE.refine_borders(text, text, 2, (borders, borders), RULES, words)

    assert cpu_growth(refine, 50_000, 200_000) < NEARLY_LINEAR
