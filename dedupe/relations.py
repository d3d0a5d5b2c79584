"""verify → RELATIONS: exact numbers for every candidate pair, and what to call it.

LSH proposes, set arithmetic on the real shingles decides. Measuring is apart from naming, so that other thresholds
can be tried on the same numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import kernels
from dedupe.settings import Settings
from dedupe.tables import KINDS, MEASURED, RELATIONS, ragged

I64 = npt.NDArray[np.int64]


def measure(fingerprints: pa.Table, left: I64, right: I64) -> pa.Table:
    """MEASURED: exact Jaccard (shared ÷ all) and both containments (shared ÷ own) of the given pairs, in their order.

    Two articles without words share nothing: their Jaccard is 0, not 0 ÷ 0.
    """
    shingles, offsets = ragged(fingerprints["shingles"])
    sizes = np.diff(offsets)
    shared = kernels.shared_counts(shingles, offsets, left, right)
    union = sizes[left] + sizes[right] - shared
    shares = (shared / np.maximum(total, 1) for total in (union, sizes[left], sizes[right]))
    return pa.Table.from_arrays([pa.array(column) for column in (left, right, shared, *shares)], schema=MEASURED)


def verify(fingerprints: pa.Table, measured: pa.Table, settings: Settings) -> pa.Table:
    """RELATIONS: every measured pair with its kind. Pairs that share too little are ``unrelated``, not dropped."""
    pairs = {name: measured[name].to_numpy() for name in measured.column_names}
    left, right, shared = pairs["left"], pairs["right"], pairs["shared"]
    words, digests = fingerprints["words"].to_numpy(), fingerprints["digest"].to_numpy()
    same_words = (digests[left] == digests[right]) & (words[left] == words[right]) & (shared > 0)
    shorter_in_longer = np.where(words[left] <= words[right], pairs["left_in_right"], pairs["right_in_left"])
    long_enough = np.minimum(words[left], words[right]) >= settings.excerpt_min_words
    conditions = [
        same_words,
        pairs["jaccard"] >= settings.near_duplicate_jaccard,
        (shorter_in_longer >= settings.excerpt_containment) & long_enough,
        shared >= max(1, settings.overlap_words - settings.shingle_words + 1),
    ]
    codes = np.select(conditions, range(len(conditions)), default=KINDS.index("unrelated")).astype(np.int8)
    kind = pa.DictionaryArray.from_arrays(codes, list(KINDS))
    return pa.Table.from_arrays([*measured.columns, kind], schema=RELATIONS)
