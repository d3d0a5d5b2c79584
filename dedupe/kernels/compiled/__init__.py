"""The compiled backend: every kernel in machine code, made by Numba, with the answers of the reference to the bit."""

from dedupe.kernels.compiled.linkage import agglomerated
from dedupe.kernels.compiled.minhash import (
    fingerprint,
    is_cached,
    sequence_hashes,
    shingle_hashes,
    signatures,
    unique_sorted,
    winnow,
)
from dedupe.kernels.compiled.pairs import (
    agreements,
    band_keys,
    band_members,
    bucket_members,
    rows_of,
    shared_buckets,
    shared_counts,
)
from dedupe.kernels.compiled.sparse import best_matches, heaviest, holders, shared_holders, shared_sums
from dedupe.kernels.compiled.splits import climb, worth_of_all
from dedupe.kernels.compiled.terms import TokenCodes, distinct_terms
from dedupe.kernels.compiled.words import fold, unescape, word_hashes

__all__ = [
    "TokenCodes",
    "agglomerated",
    "agreements",
    "band_keys",
    "band_members",
    "best_matches",
    "bucket_members",
    "climb",
    "distinct_terms",
    "fingerprint",
    "fold",
    "heaviest",
    "holders",
    "is_cached",
    "rows_of",
    "sequence_hashes",
    "shared_buckets",
    "shared_counts",
    "shared_holders",
    "shared_sums",
    "shingle_hashes",
    "signatures",
    "unescape",
    "unique_sorted",
    "winnow",
    "word_hashes",
    "worth_of_all",
]
