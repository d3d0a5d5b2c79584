"""What sentences share, counted with repetitions: every backend against plain Python."""

from collections import Counter
from itertools import chain, pairwise

import numpy as np
from backends import EVERY_BACKEND
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = st.lists(st.lists(st.integers(0, 6), max_size=60), min_size=1, max_size=4)
PLAIN, FULL = {0, 1, 2}, {0, 1, 2, 3, 4}


def flat(rows):
    """Rows as a ragged array: the values, and the offsets."""
    return np.array([*chain.from_iterable(rows)], np.int64), np.cumsum([0, *map(len, rows)])


def numbers(some):
    return np.array(some, np.int64)


def counted(sentences):
    return Counter(chain.from_iterable(sentences)), Counter(chain.from_iterable(map(pairwise, sentences)))


@EVERY_BACKEND
@given(TEXTS, TEXTS)
@settings(max_examples=60, deadline=None)
def test_common_terms_are_those_of_two_multisets(backend, left, right):
    groups = [([k], [j]) for k in range(len(left)) for j in range(len(right))]
    groups.append((list(range(len(left))), list(range(len(right)))))
    expected = [
        [(one & other).total() for one, other in zip(counted([left[k] for k in a]), counted([right[k] for k in b]),
                                                     strict=True)]
        for a, b in groups
    ]  # fmt: skip
    of_left, of_right = (flat(side) for side in zip(*groups, strict=True))
    found = backend.count_common_terms(flat(left), flat(right), 7, of_left, of_right)
    assert found.T.tolist() == expected


@EVERY_BACKEND
@given(TEXTS, TEXTS, st.data())
@settings(max_examples=100, deadline=None)
def test_a_sentence_adds_what_has_a_counterpart_that_nothing_else_has(backend, own, other, data):
    members = data.draw(st.sets(st.integers(0, len(own) - 1)))
    others = data.draw(st.sets(st.integers(0, len(other) - 1)))
    shared = counted([own[k] for k in members])[0]
    counterparts = counted([other[k] for k in others])[0]
    expected = []
    for sentence in own:
        added = ((shared + Counter(sentence)) & counterparts) - (shared & counterparts)
        expected.append([sum(term in FULL for term in sentence)])
        expected[-1] += [sum(count for term, count in added.items() if term in kind) for kind in (FULL, PLAIN)]
    kinds = np.array([term in PLAIN for term in range(7)]), np.array([term in FULL for term in range(7)])
    sides = numbers(range(len(own))), numbers(sorted(members)), numbers(sorted(others))
    assert backend.count_added_terms(flat(own), flat(other), kinds, *sides).T.tolist() == expected


@EVERY_BACKEND
def test_no_sentences_share_nothing(backend):
    empty = flat([[]])
    assert backend.count_common_terms(empty, empty, 0, flat([]), flat([])).shape == (2, 0)
    kinds = np.zeros(0, bool), np.zeros(0, bool)
    assert backend.count_added_terms(empty, empty, kinds, *[numbers([])] * 3).shape == (3, 0)
