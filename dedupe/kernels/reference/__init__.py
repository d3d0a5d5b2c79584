"""The reference backend: every kernel of ``contract.Backend`` in NumPy, which defines what other backends must
return."""

from dedupe.kernels.reference.details import compare_details, text_details
from dedupe.kernels.reference.fold import fold
from dedupe.kernels.reference.furniture import repeated_runs
from dedupe.kernels.reference.joining import join_groups
from dedupe.kernels.reference.linkage import agglomerate
from dedupe.kernels.reference.minhash import (
    fingerprint,
    sequence_hashes,
    shingle_hashes,
    signatures,
    unique_sorted,
    winnow,
)
from dedupe.kernels.reference.odd_words import has_odd_words
from dedupe.kernels.reference.pairs import (
    band_keys,
    band_members,
    bucket_members,
    equal_minima,
    rows_of,
    shared_buckets,
    shared_counts,
)
from dedupe.kernels.reference.passages import refine_borders
from dedupe.kernels.reference.phrases import phrases_in
from dedupe.kernels.reference.pieces import compare_pieces, number_keys
from dedupe.kernels.reference.runs import join_seeds, shared_runs
from dedupe.kernels.reference.sentences import count_added_terms, count_common_terms
from dedupe.kernels.reference.sparse import (
    best_matches,
    count_shared,
    invert_lists,
    scale_to_unit,
    shared_sums,
    top_entries,
)
from dedupe.kernels.reference.splits import improve_split
from dedupe.kernels.reference.terms import TokenNumbers, distinct_terms
from dedupe.kernels.reference.unescape import unescape
from dedupe.kernels.reference.words import word_hashes, word_sequences

__all__ = [
    "TokenNumbers",
    "agglomerate",
    "band_keys",
    "band_members",
    "best_matches",
    "bucket_members",
    "compare_details",
    "compare_pieces",
    "count_added_terms",
    "count_common_terms",
    "count_shared",
    "distinct_terms",
    "equal_minima",
    "fingerprint",
    "fold",
    "has_odd_words",
    "improve_split",
    "invert_lists",
    "join_groups",
    "join_seeds",
    "number_keys",
    "phrases_in",
    "refine_borders",
    "repeated_runs",
    "rows_of",
    "scale_to_unit",
    "sequence_hashes",
    "shared_buckets",
    "shared_counts",
    "shared_runs",
    "shared_sums",
    "shingle_hashes",
    "signatures",
    "text_details",
    "top_entries",
    "unescape",
    "unique_sorted",
    "winnow",
    "word_hashes",
    "word_sequences",
]
