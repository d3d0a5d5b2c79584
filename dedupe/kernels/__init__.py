"""Array kernels: flat arrays and offsets in, flat arrays out. They know no articles, tables or settings.

``_numpy`` is the reference and always works.
"""

from dedupe.kernels._numpy import (
    band_keys,
    sequence_hashes,
    shared_counts,
    shingle_hashes,
    signatures,
    unique_sorted,
    winnow,
    word_hashes,
)

__all__ = [
    "band_keys",
    "sequence_hashes",
    "shared_counts",
    "shingle_hashes",
    "signatures",
    "unique_sorted",
    "winnow",
    "word_hashes",
]
