"""sign → FINGERPRINTS: what is left of a text to compare it by.

Shingles (hashed runs of words) decide; the MinHash signature and the passage fingerprints only propose.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U8, U32, U64, Bools
from dedupe.kernels import REFERENCE, Backend
from dedupe.kernels.contract import KeptHashes, Recipe
from dedupe.parallel import in_threads
from dedupe.schemas import fingerprints_schema
from dedupe.settings import Settings
from dedupe.text.fold_table import FoldTable
from dedupe.text.words import normalise

BATCH_BYTES = 500_000
"""Text a thread signs at once: small enough to stay in a core's cache, large enough to make calls rare. Its arrays stay
below the 4 MiB from which NumPy asks for huge pages, which were measured to cost ten times as much as others."""


@functools.cache
def permutations(count: int, seed: int) -> tuple[U32, U32]:
    """Multipliers and addends, uint32[count] each, as datasketch's ``affine32`` scheme draws them."""
    from datasketch import MinHash

    a, b = MinHash(num_perm=count, seed=seed, scheme="affine32").permutations
    return a.astype(np.uint32), b.astype(np.uint32)


def fingerprint(
    articles: pa.Table, settings: Settings, backend: Backend = REFERENCE, *, run_words: int | None = None
) -> pa.Table:
    """Fingerprints of every article, in order. An empty text has no shingles, an all-ones signature and digest of
    nothing; a text shorter than a shingle has one shingle of all its words.

    A shared run of ``passage_words`` words always gives a shared passage fingerprint. Passages are chosen among runs of
    ``run_words`` words, by default half of ``passage_words``: runs as short as a shingle would make most candidate
    pairs out of common turns of phrase (336,000 of 407,000 on 12,000 news articles), longer ones would need narrower
    windows and so more passages. With runs of one shingle, passages are shingles.
    """
    signer = Fingerprinter(settings, backend, run_words)
    signed = in_threads(signer.fingerprint, utf8_rows(articles["text"]), settings.threads)
    return pa.Table.from_batches(list(signed), fingerprints_schema(settings.permutations))


class Sketches(NamedTuple):
    """Number of words, digest and MinHash signature of each text: FINGERPRINTS without shingles and passages."""

    words: I64
    digests: U64
    signatures: U32


class Fingerprinter:
    """What signing needs, made once and used by several threads."""

    def __init__(self, settings: Settings, backend: Backend = REFERENCE, run_words: int | None = None) -> None:
        longest = settings.passage_words // 2 if run_words is None else run_words
        reach_on = max(0, longest - settings.shingle_words)
        window = settings.passage_words - settings.shingle_words - reach_on + 1
        drawn = permutations(settings.permutations, settings.seed)
        self.backend = backend
        self._recipe = Recipe(settings.shingle_words, window, reach_on, settings.seed, *drawn)
        self._table = FoldTable()

    def fingerprint(self, rows: tuple[U8, I64]) -> pa.RecordBatch:
        """FINGERPRINTS of texts, given as UTF-8 and offsets."""
        letters, places = self.fold(*rows)
        most = letters.size // 2 + 1
        ends = np.zeros(places.size, np.int64), np.zeros(places.size, np.int64)
        kept = KeptHashes(np.empty(most, np.uint64), ends[0], np.empty(most, np.uint64), ends[1])
        words, digests, signatures = self._signed(letters, places, kept)
        columns = [
            pa.array(words),
            pa.array(digests),
            pa.LargeListArray.from_arrays(kept.shingle_offsets, kept.shingles[: kept.shingle_offsets[-1]].copy()),
            pa.LargeListArray.from_arrays(kept.passage_offsets, kept.passages[: kept.passage_offsets[-1]].copy()),
            pa.FixedSizeListArray.from_arrays(signatures.ravel(), signatures.shape[1]),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=fingerprints_schema(signatures.shape[1]))

    def sketch(self, rows: tuple[U8, I64]) -> Sketches:
        """What near duplicates are looked for by, of texts given as UTF-8 and offsets."""
        return self._signed(*self.fold(*rows), None)

    def _signed(self, letters: U8, places: I64, kept: KeptHashes | None) -> Sketches:
        number = places.size - 1
        signatures = np.empty((number, self._recipe.a.size), np.uint32)
        sketches = Sketches(np.empty(number, np.int64), np.empty(number, np.uint64), signatures)
        self.backend.fingerprint(letters, places, self._recipe, *sketches, kept)
        return sketches

    def fold(self, utf8: U8, offsets: I64) -> tuple[U8, I64]:
        """Words of a batch in normal form: a run of bytes other than zero each, ragged uint8.

        The kernel does what a table can; what needs a look at neighbours (decomposed accents, Hangul letters, forms
        longer than their letter) is normalised here and folded as it is.
        """
        table, fold = self._table, self.backend.fold
        is_normal = np.zeros(offsets.size - 1, np.bool_)
        letters, places, unsure = fold(utf8, offsets, table.entries, is_normal)
        if unsure.any():
            texts = (bytes(utf8[offsets[row] : offsets[row + 1]]).decode() for row in np.flatnonzero(unsure).tolist())
            table.learn("".join(texts))
            letters, places, unsure = fold(utf8, offsets, table.entries, is_normal)
            if unsure.any():
                utf8, offsets = _normalised(utf8, offsets, unsure, table)
                letters, places, unsure = fold(utf8, offsets, table.entries, unsure)
        return letters, places


def word_hashes(texts: list[str], settings: Settings) -> tuple[U64, I64]:
    """What signing begins with: the hash of each word of each text, ragged uint64."""
    signer = Fingerprinter(settings)
    [rows] = utf8_rows(pa.chunked_array([pa.array(texts, pa.large_string())]), 1 << 62)
    hashed: tuple[U64, I64] = signer.backend.word_hashes(*signer.fold(*rows), settings.seed)
    return hashed


def utf8_rows(texts: pa.ChunkedArray, size: int = BATCH_BYTES) -> Iterator[tuple[U8, I64]]:
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


def _normalised(utf8: U8, offsets: I64, unsure: Bools, table: FoldTable) -> tuple[U8, I64]:
    """The batch with the unsure rows normalised."""
    rows = [bytes(utf8[start:end]) for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]
    for row in np.flatnonzero(unsure).tolist():
        normal = normalise(rows[row].decode())
        table.learn(normal)
        rows[row] = normal.encode()
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    return np.frombuffer(b"".join(rows), np.uint8), np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))


def list_values(column: pa.ChunkedArray) -> tuple[U64, I64]:
    """A list column as flat values and int64 offsets, without copying when it is one chunk."""
    lists = column.combine_chunks()
    offsets = lists.offsets.to_numpy()
    return lists.values.to_numpy()[: offsets[-1]], offsets
