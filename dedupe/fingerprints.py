"""sign → FINGERPRINTS: what is left of a text to compare it by.

Shingles (hashed runs of words) decide; the MinHash signature and the passage fingerprints only propose.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import kernels
from dedupe.kernels._numpy import Recipe
from dedupe.settings import Settings
from dedupe.tables import fingerprints_schema
from dedupe.text import FoldTable, normalise

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]

_GROUP_BYTES = 1_000_000
"""Text in one chunk of the result, and what a thread takes at once. Its arrays stay below the 4 MiB from which NumPy
asks for huge pages, for which Linux may move memory about while one waits: measured, ten times the price of others."""
_BATCH_BYTES = 250_000
"""Text a kernel takes at once: small enough to stay in a core's cache, large enough to make calls rare."""


@functools.cache
def permutations(count: int, seed: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Multipliers and addends, uint32[count] each, as datasketch's ``affine32`` scheme draws them."""
    from datasketch import MinHash

    a, b = MinHash(num_perm=count, seed=seed, scheme="affine32").permutations
    return a.astype(np.uint32), b.astype(np.uint32)


def sign(articles: pa.Table, settings: Settings, twin: str = "auto", *, run_words: int | None = None) -> pa.Table:
    """Fingerprints of every article, in order. An empty text has no shingles, an all-ones signature and digest of
    nothing; a text shorter than a shingle has one shingle of all its words.

    A shared run of ``passage_words`` words always gives a shared passage fingerprint. Passages are chosen among runs of
    ``run_words`` words, by default half of ``passage_words``: runs as short as a shingle would make most candidate
    pairs out of common turns of phrase (336,000 of 407,000 on 12,000 news articles), longer ones would need narrower
    windows and so more passages. With runs of one shingle, passages are shingles. ``twin``: kernels to use, by name.
    """
    texts = articles["text"]
    using = kernels.pick(texts.nbytes, twin)
    longest = settings.passage_words // 2 if run_words is None else run_words
    reach_on = max(0, longest - settings.shingle_words)
    window = settings.passage_words - settings.shingle_words - reach_on + 1
    drawn = permutations(settings.permutations, settings.seed)
    recipe = Recipe(settings.shingle_words, window, reach_on, settings.seed, *drawn)
    table = FoldTable()
    with ThreadPoolExecutor(settings.threads) as pool:
        signed = pool.map(lambda group: _sign_group(group, table, recipe, using), _groups(texts))
        return pa.Table.from_batches(list(signed), fingerprints_schema(settings.permutations))


def word_hashes(texts: list[str], settings: Settings) -> tuple[npt.NDArray[np.uint64], I64]:
    """What ``sign`` begins with: the hash of each word of each text, ragged uint64."""
    using = kernels.pick(0)
    [(utf8, offsets)] = _groups(pa.chunked_array([pa.array(texts, pa.large_string())]), sum(map(len, texts)) * 4 + 1)
    hashed: tuple[npt.NDArray[np.uint64], I64] = using.word_hashes(
        *_fold(utf8, offsets, FoldTable(), using), settings.seed
    )
    return hashed


def _groups(texts: pa.ChunkedArray, size: int = _GROUP_BYTES) -> Iterator[tuple[U8, I64]]:
    """Texts in order, as UTF-8 and offsets, in slices of about ``size`` bytes; nothing is copied but offsets."""
    for chunk in texts.chunks:
        if len(chunk):
            _, places, content = chunk.buffers()
            width = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
            offsets = np.frombuffer(places, width)[chunk.offset : chunk.offset + len(chunk) + 1].astype(np.int64)
            utf8 = np.frombuffer(content or b"", np.uint8)
            utf8.flags.writeable = False  # one kind of array, whatever the buffer: kernels are compiled for each
            for start, end in _slices(offsets, size):
                yield utf8, offsets[start : end + 1]


def _slices(offsets: I64, size: int) -> Iterator[tuple[int, int]]:
    """Row ranges that hold about ``size`` bytes each, at least one row."""
    start = 0
    while start < offsets.size - 1:
        end = int(np.searchsorted(offsets, offsets[start] + size))
        end = min(max(end, start + 1), offsets.size - 1)
        yield start, end
        start = end


def _sign_group(group: tuple[U8, I64], table: FoldTable, recipe: Recipe, using: ModuleType) -> pa.RecordBatch:
    """Fingerprints of one group, batch by batch into arrays as large as they can get.

    What is not written to costs no memory.
    """
    utf8, offsets = group
    rows, most = offsets.size - 1, int(offsets[-1] - offsets[0]) // 2 + offsets.size
    words, digests = np.empty(rows, np.int64), np.empty(rows, np.uint64)
    shingles, passages = np.empty(most, np.uint64), np.empty(most, np.uint64)
    shingle_offsets, passage_offsets = np.zeros(rows + 1, np.int64), np.zeros(rows + 1, np.int64)
    signatures = np.empty((rows, recipe.a.size), np.uint32)
    for start, end in _slices(offsets, _BATCH_BYTES):
        letters, places = _fold(utf8, offsets[start : end + 1], table, using)
        needed = int(shingle_offsets[start]) + letters.size // 2 + 1
        if needed > shingles.size:  # a normal form may be longer than its text
            shingles, passages = np.resize(shingles, needed), np.resize(passages, needed)
        some, ends = slice(start, end), slice(start, end + 1)
        using.fingerprint(
            letters, places, recipe, words[some], digests[some], shingles, shingle_offsets[ends],
            passages, passage_offsets[ends], signatures[some],
        )  # fmt: skip
    passages = passages[: passage_offsets[-1]].copy()
    columns = [
        pa.array(words),
        pa.array(digests),
        pa.LargeListArray.from_arrays(shingle_offsets, shingles[: shingle_offsets[-1]]),
        pa.LargeListArray.from_arrays(passage_offsets, passages),
        pa.FixedSizeListArray.from_arrays(signatures.ravel(), recipe.a.size),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=fingerprints_schema(recipe.a.size))


def _fold(utf8: U8, offsets: I64, table: FoldTable, using: ModuleType) -> tuple[U8, I64]:
    """Words of a batch in normal form. The kernel does what a table can; what needs a look at neighbours (decomposed
    accents, Hangul letters, forms longer than their letter) is normalised here and folded as it is."""
    is_normal = np.zeros(offsets.size - 1, np.bool_)
    letters, places, unsure = using.fold(utf8, offsets, table.entries, is_normal)
    if unsure.any():
        texts = {row: bytes(utf8[offsets[row] : offsets[row + 1]]).decode() for row in np.flatnonzero(unsure).tolist()}
        table.learn("".join(texts.values()))
        letters, places, unsure = using.fold(utf8, offsets, table.entries, is_normal)
        if unsure.any():
            utf8, offsets = _normalised(utf8, offsets, unsure, table)
            letters, places, unsure = using.fold(utf8, offsets, table.entries, unsure)
    return letters, places


def _normalised(utf8: U8, offsets: I64, unsure: npt.NDArray[np.bool_], table: FoldTable) -> tuple[U8, I64]:
    """The batch with the unsure rows normalised."""
    rows = [bytes(utf8[start:end]) for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]
    for row in np.flatnonzero(unsure).tolist():
        normal = normalise(rows[row].decode())
        table.learn(normal)
        rows[row] = normal.encode()
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    return np.frombuffer(b"".join(rows), np.uint8), np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
