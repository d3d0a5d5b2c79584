"""Compute the fingerprints of articles: what later stages need of a text to compare it with others.

A fingerprint has the number of words, a digest of all words, the shingles, the passages and a MinHash signature. The
shingles (hashes of runs of words) decide how similar two texts are. Passages and signature only find candidate pairs.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U8, U32, U64, Bools
from dedupe.kernels import DEFAULT, Backend
from dedupe.kernels.contract import KeptHashes, Recipe
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import seeded_random
from dedupe.parallel import in_threads
from dedupe.schemas import DIGEST_BYTES, column_of, fingerprints_schema
from dedupe.settings import Settings
from dedupe.shipped import read_shipped
from dedupe.text.columns import utf8_rows
from dedupe.text.fold_table import FoldTable
from dedupe.text.line_ends import join_broken_words
from dedupe.text.lookalikes import replace_lookalikes
from dedupe.text.words import normalise


class _Permutations(msgspec.Struct, frozen=True):
    """The content of ``data/minhash_permutations.json``."""

    count: int
    seed: int
    multipliers: list[int]
    addends: list[int]


@functools.cache
def permutations(count: int, seed: int) -> tuple[U32, U32]:
    """Return the multipliers and addends of ``count`` MinHash permutations, uint32[count] each.

    They are the ones that datasketch draws for its ``affine32`` scheme. Those of the default settings are read from
    ``data/minhash_permutations.json``; datasketch draws all others. Importing datasketch also imports SciPy, which
    takes longer than clustering a small folder. For seeds of more than 32 bits, which datasketch does not take, they
    are drawn here in the same way.
    """
    shipped = msgspec.json.decode(read_shipped("minhash_permutations.json"), type=_Permutations)
    if (count, seed) == (shipped.count, shipped.seed):
        return np.array(shipped.multipliers, np.uint32), np.array(shipped.addends, np.uint32)
    if seed >= 2**32:
        draw = seeded_random(seed).randint
        odd = draw(0, 2**31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
        return odd, draw(0, 2**32, count, dtype=np.uint32)
    from datasketch import MinHash

    a, b = MinHash(num_perm=count, seed=seed, scheme="affine32").permutations
    return a.astype(np.uint32), b.astype(np.uint32)


def fingerprint(
    articles: pa.Table,
    settings: Settings,
    backend: Backend = DEFAULT,
    *,
    run_words: int | None = None,
    left_out: Bools | None = None,
) -> pa.Table:
    """Return the FINGERPRINTS of all articles, in their order.

    ``articles`` is a table with a column ``text``. An empty text has no shingles and no passages, and its signature is
    all ones. A text shorter than a shingle has one shingle of all its words.

    Two texts that share a run of ``passage_words`` words always share a passage. Passages are chosen among runs of
    ``run_words`` words, by default half of ``passage_words``. With runs as short as a shingle, most candidate pairs
    would come from common turns of phrase (336,000 of 407,000 on 12,000 news articles). Longer runs need a smaller
    winnowing window, and so give more passages. If ``run_words`` is ``shingle_words``, the passages are shingles.

    ``left_out``: bool[words], whether to leave out each word of all texts, as if it were not there.
    """
    fingerprinter = Fingerprinter(settings, backend, run_words)
    rows = utf8_rows(articles["text"])
    if left_out is not None:
        shortened = _leave_out_words((fingerprinter.fold(*some) for some in rows), left_out)
        batches = in_threads(fingerprinter.fingerprint_folded, shortened, settings.threads)
    else:
        batches = in_threads(fingerprinter.fingerprint, rows, settings.threads)
    return pa.Table.from_batches(list(batches), fingerprints_schema(settings.permutations))


class Sketches(NamedTuple):
    """FINGERPRINTS without digests, shingles and passages.

    ``words``: int64[texts], the number of words. ``sequence_hashes``: uint64[texts], a hash of all words in order.
    Equal ones are only a hint that the words are equal: texts with the same hash can be made. ``signatures``:
    uint32[texts, permutations].
    """

    words: I64
    sequence_hashes: U64
    signatures: U32


@functools.cache
def _fold_table() -> FoldTable:
    """One table for all, because its entries never change once they are filled in."""
    return FoldTable()


class Fingerprinter:
    """Fingerprints batches of texts; several threads may use one object.

    ``run_words`` is explained at ``fingerprint``.
    """

    def __init__(self, settings: Settings, backend: Backend = DEFAULT, run_words: int | None = None) -> None:
        run = settings.passage_words // 2 if run_words is None else run_words
        reach_on = max(0, run - settings.shingle_words)
        window = settings.passage_words - settings.shingle_words - reach_on + 1
        drawn = permutations(settings.permutations, settings.seed)
        self.backend = backend
        self._recipe = Recipe(settings.shingle_words, window, reach_on, settings.seed, *drawn)
        self._digest_key = settings.seed.to_bytes(8, "little")
        self._table = _fold_table()

    def fingerprint(self, rows: tuple[U8, I64]) -> pa.RecordBatch:
        """Return the FINGERPRINTS of texts, given as ragged UTF-8 (bytes and offsets)."""
        return self.fingerprint_folded(self.fold(*rows))

    def fingerprint_folded(self, rows: tuple[U8, I64]) -> pa.RecordBatch:
        """Return the FINGERPRINTS of texts, given as ``fold`` returns them."""
        letters, offsets = rows
        # A word takes two bytes or more with its separator, and a text has no more shingles or passages than words.
        most = letters.size // 2 + 1
        shingle_offsets, passage_offsets = np.zeros(offsets.size, np.int64), np.zeros(offsets.size, np.int64)
        kept = KeptHashes(np.empty(most, np.uint64), shingle_offsets, np.empty(most, np.uint64), passage_offsets)
        words, _, signatures = self._sketch(letters, offsets, kept)
        digests = pa.py_buffer(self.digests(letters, offsets))
        columns = [
            column_of(words),
            pa.Array.from_buffers(pa.binary(DIGEST_BYTES), words.size, [None, digests]),
            _lists_of(kept.shingles, kept.shingle_offsets),
            _lists_of(kept.passages, kept.passage_offsets),
            pa.FixedSizeListArray.from_arrays(column_of(signatures.ravel()), signatures.shape[1]),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=fingerprints_schema(signatures.shape[1]))

    def digests(self, letters: U8, offsets: I64) -> bytes:
        """Return the digests of all words of each text, given as ``fold`` returns them, one after the other.

        A digest is BLAKE2b, keyed with the seed, of the words with a zero between them. Texts with the same digest have
        the same words in the same order: to make two others takes 2^64 attempts, even for who knows the seed.
        """
        words, borders = self.backend.word_sequences(letters, offsets)
        digest = functools.partial(blake2b, digest_size=DIGEST_BYTES, key=self._digest_key)
        return b"".join(digest(words.data[start:end]).digest() for start, end in itertools.pairwise(borders.tolist()))

    def sketch(self, rows: tuple[U8, I64]) -> Sketches:
        """Return the sketches of texts, given as ragged UTF-8. They are enough to find near-duplicate candidates."""
        return self._sketch(*self.fold(*rows), None)

    def _sketch(self, letters: U8, offsets: I64, kept: KeptHashes | None) -> Sketches:
        """Return the sketches of folded texts, and write their shingles and passages into ``kept``, if given."""
        texts = offsets.size - 1
        signatures = np.empty((texts, self._recipe.a.size), np.uint32)
        sketches = Sketches(np.empty(texts, np.int64), np.empty(texts, np.uint64), signatures)
        self.backend.fingerprint(letters, offsets, self._recipe, *sketches, kept)
        return sketches

    def fold(self, utf8: U8, offsets: I64) -> tuple[U8, I64]:
        """Return the words of texts in normal form: ragged uint8, in which each run of nonzero bytes is a word.

        The kernel folds what a table can express. A text in which a form depends on its neighbours (decomposed accents,
        Hangul letters, forms longer than their character) is normalised here first and then folded.
        """
        table, fold = self._table, self.backend.fold
        odd = self.backend.has_odd_words(utf8, offsets)
        if odd.any():
            utf8, offsets = _change_rows(utf8, offsets, odd, lambda text: replace_lookalikes(join_broken_words(text)))
        is_normal = np.zeros(offsets.size - 1, np.bool_)
        letters, letter_offsets, unsure = fold(utf8, offsets, table.entries, is_normal)
        if unsure.any():
            # Perhaps the table only lacks some of the characters.
            table.learn(_texts(utf8, offsets, unsure))
            letters, letter_offsets, unsure = fold(utf8, offsets, table.entries, is_normal)
            if unsure.any():
                utf8, offsets = _change_rows(utf8, offsets, unsure, normalise)
                table.learn(_texts(utf8, offsets, unsure))
                letters, letter_offsets, unsure = fold(utf8, offsets, table.entries, unsure)
        return letters, letter_offsets


def word_hashes(texts: pa.ChunkedArray, settings: Settings, backend: Backend = DEFAULT) -> tuple[U64, I64]:
    """Return the hash of each word of each text, ragged uint64: the first step of a fingerprint."""
    fingerprinter = Fingerprinter(settings, backend)
    hashed, sizes = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for rows in utf8_rows(texts):
        words, offsets = backend.word_hashes(*fingerprinter.fold(*rows), settings.seed)
        hashed.append(words)
        sizes.append(np.diff(offsets))
    return np.concatenate(hashed), ragged_offsets(np.concatenate(sizes))


def _leave_out_words(batches: Iterable[tuple[U8, I64]], left_out: Bools) -> Iterator[tuple[U8, I64]]:
    """Yield folded texts without the words that are ``left_out``, bool[words of all batches]: they become zeros."""
    done, kept = 0, np.append(~left_out, False).astype(np.uint8)
    for letters, offsets in batches:
        in_word = letters != 0
        begins = in_word & ~np.concatenate((np.zeros(1, np.bool_), in_word[:-1]))
        begins[offsets[:-1]] = in_word[offsets[:-1]]
        # What stands between words is 0 and stays so, whichever word's flag it is multiplied by.
        yield letters * kept[np.cumsum(begins) + (done - 1)], offsets
        done += int(np.count_nonzero(begins))


def _texts(utf8: U8, offsets: I64, chosen: Bools) -> str:
    """Return the ``chosen`` rows, one behind the other."""
    return "".join(bytes(utf8[offsets[row] : offsets[row + 1]]).decode() for row in np.flatnonzero(chosen).tolist())


def _change_rows(utf8: U8, offsets: I64, chosen: Bools, change: Callable[[str], str]) -> tuple[U8, I64]:
    """Return the texts, as ragged UTF-8, with the ``chosen`` rows changed."""
    rows = [bytes(utf8[start:end]) for start, end in itertools.pairwise(offsets.tolist())]
    for row in np.flatnonzero(chosen).tolist():
        rows[row] = change(rows[row].decode()).encode()
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    return np.frombuffer(b"".join(rows), np.uint8), ragged_offsets(sizes)


def digest_values(column: pa.ChunkedArray) -> U64:
    """Return a column of digests as two numbers a row, uint64[rows, 2]."""
    digests = column.combine_chunks()
    return np.frombuffer(digests.buffers()[1] or b"", np.uint64).reshape(-1, 2)[digests.offset :][: len(digests)]


def first_with_same_digest(digests: U64) -> I64:
    """Return the first row with the same digest as each row, int64[rows]. ``digests``: uint64[rows, 2]."""
    order = np.lexsort((digests[:, 1], digests[:, 0]))
    is_first = np.append(True, (np.diff(digests[order], axis=0) != 0).any(axis=1))[: order.size]
    first = np.empty(order.size, np.int64)
    first[order] = order[is_first][np.cumsum(is_first) - 1]
    return first


def _lists_of(values: U64, offsets: I64) -> pa.LargeListArray:
    """Return the rows of ragged values as a column; what stands behind the last row is not kept."""
    return pa.LargeListArray.from_arrays(column_of(offsets), column_of(values[: offsets[-1]].copy()))


def list_values(column: pa.ChunkedArray) -> tuple[U64, I64]:
    """Return a list column as ragged values and int64 offsets; nothing is copied if it has one chunk."""
    lists = column.combine_chunks()
    offsets = lists.offsets.to_numpy()
    return lists.values.to_numpy()[: offsets[-1]], offsets
