"""What sentences of two texts share, counted with repetitions."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, Bools
from dedupe.kernels.compiled import native


def count_common_terms(
    left: tuple[I64, I64],
    right: tuple[I64, I64],
    terms: int,
    left_groups: tuple[I64, I64],
    right_groups: tuple[I64, I64],
) -> I64:
    """See ``Backend.count_common_terms``. Sorts the terms of both groups."""
    shared = np.empty((2, left_groups[1].size - 1), np.int64)
    native.count_common_terms(*left, *right, terms, *left_groups, *right_groups, shared)
    return shared


def count_added_terms(
    own: tuple[I64, I64], other: tuple[I64, I64], kinds: tuple[Bools, Bools], sentences: I64, members: I64, others: I64
) -> I64:
    """See ``Backend.count_added_terms``. Counts the occurrences of each term that have no counterpart yet."""
    counts = np.empty((3, sentences.size), np.int64)
    native.count_added_terms(*own, *other, *kinds, sentences, members, others, counts)
    return counts
