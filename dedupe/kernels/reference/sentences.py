"""What sentences of two texts share, counted with repetitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, pairwise

import numpy as np

from dedupe.arrays import I64, Bools


def count_common_terms(
    left: tuple[I64, I64],
    right: tuple[I64, I64],
    terms: int,
    left_groups: tuple[I64, I64],
    right_groups: tuple[I64, I64],
) -> I64:
    """See ``Backend.count_common_terms``. Intersects multisets."""
    pairs = zip(_counted(*left, *left_groups), _counted(*right, *right_groups), strict=True)
    common = [((one[0] & other[0]).total(), (one[1] & other[1]).total()) for one, other in pairs]
    return np.array(common, np.int64).reshape(-1, 2).T.copy()


def _counted(
    words: I64, bounds: I64, sentences: I64, offsets: I64
) -> Iterator[tuple[Counter[int], Counter[tuple[int, int]]]]:
    """For each group of sentences: how often each term occurs, and each couple of neighbouring terms."""
    for first, last in pairwise(offsets.tolist()):
        group = [words[bounds[k] : bounds[k + 1]].tolist() for k in sentences[first:last].tolist()]
        yield Counter(chain.from_iterable(group)), Counter(chain.from_iterable(map(pairwise, group)))


def count_added_terms(
    own: tuple[I64, I64], other: tuple[I64, I64], kinds: tuple[Bools, Bools], sentences: I64, members: I64, others: I64
) -> I64:
    """See ``Backend.count_added_terms``. Counts what is shared with the sentence and without it."""
    plain, full = kinds
    counterparts, shared = _counts(*other, others, plain.size), _counts(*own, members, plain.size)
    counts = np.zeros((3, sentences.size), np.int64)
    for k, sentence in enumerate(sentences.tolist()):
        of_sentence = _counts(*own, np.array([sentence]), plain.size)
        added = np.minimum(shared + of_sentence, counterparts) - np.minimum(shared, counterparts)
        counts[:, k] = of_sentence[full].sum(), added[full].sum(), added[plain].sum()
    return counts


def _counts(words: I64, bounds: I64, sentences: I64, terms: int) -> I64:
    """How often each term occurs in some sentences, int64[terms]."""
    found = np.zeros(terms, np.int64)
    for k in sentences.tolist():
        found += np.bincount(words[bounds[k] : bounds[k + 1]], minlength=terms)
    return found
