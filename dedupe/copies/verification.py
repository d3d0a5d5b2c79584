"""Measure candidate pairs exactly, and name the text relation of each.

The numbers are set arithmetic on the shingles themselves, not estimates from signatures. ``measure`` computes them and
``verify`` applies the thresholds, so that other thresholds can be applied to the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays import F64, I64, Bools
from dedupe.copies.details import Details
from dedupe.copies.fingerprints import digest_values
from dedupe.kernels import SERIAL, Compute
from dedupe.parallel import in_threads
from dedupe.schemas import KINDS, MEASURED, RELATIONS, column_of
from dedupe.settings import Settings

TEMPLATE_SHARE = 0.3
"""Two reports of one series share at least so much of the shorter one. Others share passages, but no template."""

LEAST_SHARED_DETAILS = 2
"""Numbers, days and names that a short excerpt has in common with its article. A stub that says nothing but where to
subscribe has none, and a common turn of phrase hardly any."""

_SLICE_PAIRS = 4096
"""Number of pairs that a thread measures at once."""


def measure(fingerprints: pa.Table, left: I64, right: I64, compute: Compute = SERIAL) -> pa.Table:
    """Return the exact Jaccard and both containments of pairs of rows, in their order, as a MEASURED table.

    ``left`` and ``right``: int64[pairs], rows of ``fingerprints``. The Jaccard is the number of shared shingles divided
    by the number of shingles in either article, a containment the same number divided by the shingles of one article.
    Two articles without words share nothing and get 0. Pairs with the same left article are measured fastest when they
    stand next to each other.
    """
    chunks = [(chunk.values.to_numpy(), chunk.offsets.to_numpy()) for chunk in fingerprints["shingles"].chunks]
    rows = compute.backend.rows_of(chunks)
    sizes = np.concatenate([np.zeros(0, np.int64), *(np.diff(offsets) for _, offsets in chunks)])

    def count_shared(some: slice) -> I64:
        return compute.backend.shared_counts(rows, left[some], right[some])

    slices = [slice(start, start + _SLICE_PAIRS) for start in range(0, left.size, _SLICE_PAIRS)]
    shared = np.concatenate([np.zeros(0, np.int64), *in_threads(count_shared, slices, compute.threads)])
    union = sizes[left] + sizes[right] - shared
    shares = (shared / np.maximum(total, 1) for total in (union, sizes[left], sizes[right]))
    return pa.Table.from_arrays([column_of(column) for column in (left, right, shared, *shares)], schema=MEASURED)


def verify(fingerprints: pa.Table, measured: pa.Table, details: Details, settings: Settings) -> pa.Table:
    """Return every measured pair with its text relation, as a RELATIONS table.

    ``details``: those of the texts that were fingerprinted, by the same rows.

    Pairs that share too little stay in the table and get the kind ``unrelated``.
    """
    pairs = {name: measured[name].to_numpy() for name in measured.column_names}
    left, right, shared = pairs["left"], pairs["right"], pairs["shared"]
    words, digests = fingerprints["words"].to_numpy(), digest_values(fingerprints["digest"])
    same_words = (digests[left] == digests[right]).all(axis=1) & (shared > 0)
    shares = (pairs["jaccard"], pairs["left_in_right"], pairs["right_in_left"])

    def compare(some: I64) -> tuple[Bools, I64]:
        return details.compare(left[some], right[some])

    codes = classify_relations(words[left], words[right], same_words, shared, *shares, compare, settings=settings)
    kind = pa.DictionaryArray.from_arrays(column_of(codes), pa.array(KINDS, pa.string()))
    return pa.Table.from_arrays([*measured.columns, kind], schema=RELATIONS)


def find_series(measured: pa.Table, details: Details, rows: I64) -> tuple[I64, I64]:
    """Return the measured pairs that are two reports of one series: their left and right articles, int64[pairs] each.

    Only pairs of two ``rows`` are looked at, int64[rows], ascending; an article is given by its position among them.
    """
    left, right = (measured[side].to_numpy() for side in ("left", "right"))
    share = np.maximum(measured["left_in_right"].to_numpy(), measured["right_in_left"].to_numpy())
    likely = (share >= TEMPLATE_SHARE) & np.isin(left, rows) & np.isin(right, rows)
    left, right = left[likely], right[likely]
    series, _ = details.compare(left, right)
    return np.searchsorted(rows, left[series]), np.searchsorted(rows, right[series])


def classify_relations(
    left_words: I64,
    right_words: I64,
    same_words: Bools,
    shared: I64,
    jaccard: F64,
    left_in_right: F64,
    right_in_left: F64,
    compare_details: Callable[[I64], tuple[Bools, I64]],
    *,
    settings: Settings,
) -> npt.NDArray[np.int8]:
    """Return the text relation of measured pairs as positions in ``KINDS``, int8[pairs].

    Every array argument has one element per pair. ``same_words`` says whether both articles have the same words in the
    same order. ``compare_details`` is given the positions of pairs that would be copies, and says which of them are two
    reports of one series, and how many details of each agree (see ``details.compare``). Two reports of a series are no
    copies, and a text of fewer than ``excerpt_min_words`` words is an excerpt only if LEAST_SHARED_DETAILS agree. Both
    ``cluster`` and the index decide relations with this function.
    """
    shorter_in_longer = np.where(left_words <= right_words, left_in_right, right_in_left)
    shorter = np.minimum(left_words, right_words)
    long_enough = shorter >= min(settings.passage_words, settings.excerpt_min_words)
    # From the loosest kind to the closest: each assignment overwrites the ones before.
    codes = np.full(shared.size, KINDS.index("unrelated"), np.int8)
    codes[shared >= max(1, settings.overlap_words - settings.shingle_words + 1)] = KINDS.index("overlapping")
    unlike = codes.copy()
    codes[(shorter_in_longer >= settings.excerpt_containment) & long_enough] = KINDS.index("excerpt")
    codes[jaccard >= settings.near_duplicate_jaccard] = KINDS.index("near_duplicate")
    doubtful = np.flatnonzero((codes < KINDS.index("overlapping")) & ~same_words)
    is_series, agreeing = compare_details(doubtful)
    is_brief = (codes[doubtful] == KINDS.index("excerpt")) & (shorter[doubtful] < settings.excerpt_min_words)
    rejected = doubtful[is_series | (is_brief & (agreeing < LEAST_SHARED_DETAILS))]
    codes[rejected] = unlike[rejected]
    codes[same_words] = KINDS.index("identical")
    return codes
