"""sign → FINGERPRINTS: what is left of a text to compare it by.

Shingles (hashed runs of words) decide; the MinHash signature and the passage fingerprints only propose.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import kernels
from dedupe.settings import Settings
from dedupe.tables import fingerprints_schema
from dedupe.text import code_points, normalise, word_bounds

_BATCH_CHARACTERS = 1_000_000
"""Text signed in one go: bounds memory (about 80 bytes a character) and gives threads work of equal size."""


@functools.cache
def permutations(count: int, seed: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Multipliers and addends, uint32[count] each, as datasketch's ``affine32`` scheme draws them."""
    from datasketch import MinHash

    a, b = MinHash(num_perm=count, seed=seed, scheme="affine32").permutations
    return a.astype(np.uint32), b.astype(np.uint32)


def sign(articles: pa.Table, settings: Settings) -> pa.Table:
    """Fingerprints of every article, in order. An empty text has no shingles, an all-ones signature and digest of
    nothing; a text shorter than a shingle has one shingle of all its words."""
    schema = fingerprints_schema(settings.permutations)
    # Drawn before any thread starts: importing datasketch in several at once is a waste.
    permutations(settings.permutations, settings.seed)
    batches = _batches(articles["text"])
    if settings.threads == 1:
        # A filter signs one article at a time, and a thread costs more than a short article.
        return pa.Table.from_batches([_sign_batch(texts, settings, schema) for texts in batches], schema)
    with ThreadPoolExecutor(settings.threads) as pool:
        signed = pool.map(lambda texts: _sign_batch(texts, settings, schema), batches)
        return pa.Table.from_batches(list(signed), schema)


def _batches(texts: pa.ChunkedArray) -> Iterator[list[str]]:
    """Texts in order, in lists of about ``_BATCH_CHARACTERS``."""
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text.as_py())
        size += len(batch[-1])
        if size >= _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _sign_batch(texts: list[str], settings: Settings, schema: pa.Schema) -> pa.RecordBatch:
    words, offsets = _hash_words(texts, settings.seed)
    in_order, in_order_offsets = kernels.shingle_hashes(words, offsets, settings.shingle_words, settings.seed)
    shingles, shingle_offsets = kernels.unique_sorted(in_order, in_order_offsets)
    passages, passage_offsets = kernels.winnow(
        in_order, in_order_offsets, settings.passage_words - settings.shingle_words + 1
    )
    a, b = permutations(settings.permutations, settings.seed)
    signatures = kernels.signatures(shingles, shingle_offsets, a, b)
    columns = [
        pa.array(np.diff(offsets)),
        pa.array(kernels.sequence_hashes(words, offsets, settings.seed)),
        pa.LargeListArray.from_arrays(shingle_offsets, shingles),
        pa.LargeListArray.from_arrays(passage_offsets, passages),
        pa.FixedSizeListArray.from_arrays(signatures.ravel(), settings.permutations),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _hash_words(texts: list[str], seed: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Word hashes of all texts, ragged: the texts are joined, so that each array pass serves the whole batch."""
    normal = [normalise(text) for text in texts]
    points = code_points("\n".join(normal))
    starts, ends = word_bounds(points)
    text_starts = np.concatenate((np.zeros(1, np.int64), np.cumsum([len(text) + 1 for text in normal])))
    return kernels.word_hashes(points, starts, ends, seed), np.searchsorted(starts, text_starts).astype(np.int64)
