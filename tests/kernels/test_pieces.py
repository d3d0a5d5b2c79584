"""What the pieces of two texts share: both backends to the bit, and against plain Python."""

from collections import Counter
from math import log, sqrt

import numpy as np
import pytest
from backends import EVERY_BACKEND, NATIVE, NEEDS_NATIVE, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.kernels import PieceRules

ALL = PieceRules(0.0, 0.0, 0.0, log(3), 1e-9, 1_000_000)
"""Rules that keep every pair of pieces that share a term."""

TEXTS = st.lists(st.lists(st.integers(0, 8), max_size=12), min_size=1, max_size=6)


def flat(pieces):
    """The bounds and the terms of a text."""
    return np.cumsum([0, *map(len, pieces)]), np.array([term for piece in pieces for term in piece], np.int64)


def given_to_kernel(left, right, rules=ALL, terms=9):
    """The arguments of ``compare_pieces`` for two texts: terms below 6 are plain, those below 8 full."""
    pieces = len(left) + len(right)
    nats = np.log(pieces / np.maximum(1, np.arange(pieces + 1)))
    kinds = np.arange(terms) < 6, np.arange(terms) < 8
    return *flat(left), *flat(right), kinds, nats, rules


@EVERY_BACKEND
@given(TEXTS, TEXTS)
@settings(max_examples=60, deadline=None)
def test_pieces_are_measured_as_plain_python_does(backend, left, right):
    found = backend.compare_pieces(*given_to_kernel(left, right))
    pieces = len(left) + len(right)
    holders = Counter(term for piece in (*left, *right) for term in set(piece))
    nats = {term: log(pieces / count) for term, count in holders.items()}
    expected = []
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            shared = sorted(set(one) & set(other))
            if not shared:
                continue
            a, b = Counter(one), Counter(other)
            norm = sqrt(sum((a[t] * nats[t]) ** 2 for t in a)) * sqrt(sum((b[t] * nats[t]) ** 2 for t in b))
            dot = sum(a[t] * b[t] * nats[t] ** 2 for t in shared)
            known = sum(nats[t] for t in shared)
            plain, own = [t for t in shared if t < 6], [{t for t in side if t < 6} for side in (one, other)]
            held = [
                known / own_nats
                if (own_nats := sum(nats[t] for t in set(side))) > 1e-9
                else len(shared) / len(set(side))
                for side in (one, other)
            ]
            expected.append(
                [
                    (i, j),
                    [
                        dot / norm if norm else 0,
                        2 * len(shared) / (len(a) + len(b)),
                        known / log(3),
                        sum(t < 8 for t in shared),
                        len(plain),
                        sum(nats[t] for t in plain) / log(3),
                        len(plain) / max(1, min(map(len, own))),
                        *held,
                    ],
                ]
            )
    assert list(map(tuple, found.pairs.T.tolist())) == [pair for pair, _ in expected]
    for measured, (_, wanted) in zip(found.measures.T.tolist(), expected, strict=True):
        assert measured == pytest.approx(wanted)
    best = found.left_pieces[1].tolist()
    assert best == [max([m[0] for (i, _), m in zip(found.pairs.T, found.measures.T, strict=True) if i == k], default=0)
                    for k in range(len(left))]  # fmt: skip
    assert not found.is_partial


@NEEDS_NATIVE
@given(TEXTS, TEXTS, st.sampled_from([0, 3, 20, 1000]), st.sampled_from([0.0, 0.3]))
@settings(max_examples=150, deadline=None)
def test_backends_compare_alike_to_the_bit(left, right, most, least):
    rules = PieceRules(least, 2 * least, 2 * least, log(3), 1e-9, most)
    one, other = (backend.compare_pieces(*given_to_kernel(left, right, rules)) for backend in (NUMPY, NATIVE))
    assert one.is_partial == other.is_partial
    for mine, same in zip(one[:4], other[:4], strict=True):
        assert mine.tolist() == same.tolist()


@EVERY_BACKEND
def test_long_pieces_and_frequent_terms_keep_to_the_limit(backend):
    left = [list(range(100)) * 2, [5] * 200]
    found = backend.compare_pieces(*given_to_kernel(left, left, ALL._replace(most_products=100), 100))
    assert found.is_partial  # term 5 has four products, all others have one
    assert found.pairs.T.tolist() == [[0, 0]]
    assert found.measures[3].tolist() == [7]


@EVERY_BACKEND
def test_texts_without_words_have_nothing_in_common(backend):
    found = backend.compare_pieces(*given_to_kernel([[]], [[]], terms=0))
    assert (found.pairs.shape, found.measures.shape) == ((2, 0), (9, 0))
    assert found.left_pieces.tolist() == [[0.0], [0.0]]


@EVERY_BACKEND
@given(st.sets(st.integers(0, 2**64 - 1)), st.sets(st.integers(0, 2**64 - 1)), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_keys_are_numbered_as_a_dictionary_does(backend, own, other, shared):
    own, other = list(own), [*list(own)[:shared], *(other - own)]
    known = {key: number for number, key in enumerate(own)}
    numbers = [known.setdefault(key, len(known)) for key in other]
    assert backend.number_keys(np.array(own, np.uint64), np.array(other, np.uint64))[0].tolist() == numbers
    assert backend.number_keys(np.array(own, np.uint64), np.array(other, np.uint64))[1] == len(known)
