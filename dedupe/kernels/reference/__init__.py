"""The reference backend: every kernel in NumPy. It works wherever NumPy does, and says what the other must answer."""

from dedupe.kernels.reference.linkage import agglomerated
from dedupe.kernels.reference.minhash import (
    fingerprint,
    sequence_hashes,
    shingle_hashes,
    signatures,
    unique_sorted,
    winnow,
)
from dedupe.kernels.reference.pairs import (
    agreements,
    band_keys,
    band_members,
    bucket_members,
    rows_of,
    shared_buckets,
    shared_counts,
)
from dedupe.kernels.reference.sparse import best_matches, heaviest, holders, shared_holders, shared_sums
from dedupe.kernels.reference.splits import climb, worth_of_all
from dedupe.kernels.reference.terms import TokenCodes, distinct_terms
from dedupe.kernels.reference.words import fold, unescape, word_hashes

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
