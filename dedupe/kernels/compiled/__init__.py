"""The compiled backend: every kernel of ``contract.Backend``, written in C.

Its results are those of the reference to the bit. Importing it raises ImportError where the extension module ``native``
was not built or does not load.
"""

from dedupe.kernels.compiled.details import compare_details, text_details
from dedupe.kernels.compiled.fold import fold
from dedupe.kernels.compiled.furniture import repeated_runs
from dedupe.kernels.compiled.joining import join_groups
from dedupe.kernels.compiled.linkage import agglomerate
from dedupe.kernels.compiled.minhash import (
    fingerprint,
    sequence_hashes,
    shingle_hashes,
    signatures,
    unique_sorted,
    winnow,
)
from dedupe.kernels.compiled.odd_words import has_odd_words
from dedupe.kernels.compiled.pairs import (
    band_keys,
    band_members,
    bucket_members,
    equal_minima,
    rows_of,
    shared_buckets,
    shared_counts,
)
from dedupe.kernels.compiled.passages import refine_borders
from dedupe.kernels.compiled.phrases import phrases_in
from dedupe.kernels.compiled.pieces import compare_pieces, number_keys
from dedupe.kernels.compiled.runs import join_seeds, shared_runs
from dedupe.kernels.compiled.sentences import count_added_terms, count_common_terms
from dedupe.kernels.compiled.sparse import (
    best_matches,
    count_shared,
    invert_lists,
    scale_to_unit,
    shared_sums,
    top_entries,
)
from dedupe.kernels.compiled.splits import improve_split
from dedupe.kernels.compiled.terms import TokenNumbers, distinct_terms
from dedupe.kernels.compiled.unescape import unescape
from dedupe.kernels.compiled.words import word_hashes, word_sequences

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
