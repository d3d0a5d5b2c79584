"""verify → RELATIONS: exact numbers for every candidate pair, and what to call it.

LSH proposes, set arithmetic on the real shingles decides. Measuring is apart from naming, so that other thresholds
can be tried on the same numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, Compute
from dedupe.parallel import in_threads
from dedupe.schemas import KINDS, MEASURED, RELATIONS
from dedupe.settings import Settings

_SLICE_PAIRS = 4096
"""Pairs a thread takes at once."""


def measure(fingerprints: pa.Table, left: I64, right: I64, compute: Compute = SERIAL) -> pa.Table:
    """MEASURED: exact Jaccard (shared ÷ all) and both containments (shared ÷ own) of the given pairs, in their order.

    Two articles without words share nothing: their Jaccard is 0, not 0 ÷ 0. Fastest when pairs with the same left
    article stand together.
    """
    chunks = [(chunk.values.to_numpy(), chunk.offsets.to_numpy()) for chunk in fingerprints["shingles"].chunks]
    rows, sizes = (
        compute.backend.rows_of(chunks),
        np.concatenate([np.zeros(0, np.int64), *(np.diff(o) for _, o in chunks)]),
    )
    slices = [slice(start, start + _SLICE_PAIRS) for start in range(0, left.size, _SLICE_PAIRS)]
    counted = in_threads(
        lambda some: compute.backend.shared_counts(rows, left[some], right[some]), slices, compute.threads
    )
    shared = np.concatenate((np.zeros(0, np.int64), *counted))
    union = sizes[left] + sizes[right] - shared
    shares = (shared / np.maximum(total, 1) for total in (union, sizes[left], sizes[right]))
    return pa.Table.from_arrays([pa.array(column) for column in (left, right, shared, *shares)], schema=MEASURED)


def verify(fingerprints: pa.Table, measured: pa.Table, settings: Settings) -> pa.Table:
    """RELATIONS: every measured pair with its kind. Pairs that share too little are ``unrelated``, not dropped."""
    pairs = {name: measured[name].to_numpy() for name in measured.column_names}
    left, right, shared = pairs["left"], pairs["right"], pairs["shared"]
    words, digests = fingerprints["words"].to_numpy(), fingerprints["digest"].to_numpy()
    same_words = (digests[left] == digests[right]) & (words[left] == words[right]) & (shared > 0)
    shares = (pairs["jaccard"], pairs["left_in_right"], pairs["right_in_left"])
    codes = classify_relations(words[left], words[right], same_words, shared, *shares, settings=settings)
    kind = pa.DictionaryArray.from_arrays(codes, list(KINDS))
    return pa.Table.from_arrays([*measured.columns, kind], schema=RELATIONS)


def classify_relations(
    left_words: I64,
    right_words: I64,
    same_words: Bools,
    shared: I64,
    jaccard: F64,
    left_in_right: F64,
    right_in_left: F64,
    *,
    settings: Settings,
) -> npt.NDArray[np.int8]:
    """What the thresholds make of measured pairs: positions in ``KINDS``, int8[pairs]. All arguments are one a pair.

    The one place where a kind is decided: for a collection, and for an article that meets an index.
    """
    shorter_in_longer = np.where(left_words <= right_words, left_in_right, right_in_left)
    long_enough = np.minimum(left_words, right_words) >= settings.excerpt_min_words
    # From the loosest kind to the closest, each overwrites the ones before.
    codes = np.full(shared.size, KINDS.index("unrelated"), np.int8)
    codes[shared >= max(1, settings.overlap_words - settings.shingle_words + 1)] = KINDS.index("overlapping")
    codes[(shorter_in_longer >= settings.excerpt_containment) & long_enough] = KINDS.index("excerpt")
    codes[jaccard >= settings.near_duplicate_jaccard] = KINDS.index("near_duplicate")
    codes[same_words] = KINDS.index("identical")
    return codes
