"""Sketch every article, and list the keys by which articles meet in buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe import kernels
from dedupe.copies.candidates import rows_per_band
from dedupe.copies.fingerprints import fingerprint, list_values
from dedupe.settings import Settings
from dedupe.spark.stages import (
    Batches,
    batch_of,
    bytes_of_lists,
    in_workers,
    lists_of_bytes,
    rows_of_bytes,
    taken,
)
from dedupe.text.furniture import without_boilerplate
from dedupe.text.lookalikes import rows_with_lookalikes
from dedupe.text.words import words as split_words

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_SKETCH = (
    "place binary, words long, digest binary, signature binary, passages binary, has_words boolean, disguised boolean"
)

_ARTICLES_AT_ONCE = 500
"""Articles whose keys are one batch: about 250 rows each."""


def sketch(articles: DataFrame, settings: Settings, *, whole: bool) -> DataFrame:
    """Return one row for each article, with a column ``place``.

    ``whole``: whether texts are compared whole, as for ``pairs``, and without passages; otherwise they are compared
    without the boilerplate that is known by its words, as for ``cluster``. ``has_words`` says whether the text as it
    was has any, and ``disguised`` whether it has words in which letters stand for others that look the same.
    """
    return in_workers(articles.select("place", "text"), _sketch, _SKETCH, settings=settings, whole=whole)


def _sketch(batches: Batches, settings: Settings, whole: bool) -> Batches:
    backend = kernels.choose()
    for batch in batches:
        texts = pa.chunked_array([batch.column("text").cast(pa.large_string())])
        compared = texts if whole else without_boilerplate(texts)
        prints = fingerprint(pa.table({"text": compared}), settings, backend).combine_chunks()
        words = prints["words"].to_numpy()
        has_words, disguised = words > 0, np.zeros(words.size, np.bool_)
        if not whole:
            for row in np.flatnonzero(words == 0).tolist():
                has_words[row] = bool(split_words(texts[row].as_py()).forms)
            disguised[rows_with_lookalikes(compared)] = True
        signatures = prints["signature"].combine_chunks().flatten().to_numpy().reshape(words.size, -1)
        passages = list_values(prints["passages"])
        yield batch_of(
            place=batch.column("place"),
            words=words,
            digest=prints["digest"].combine_chunks().cast(pa.binary()),
            signature=fixed_bytes(signatures.view(np.uint8)),
            passages=pa.nulls(words.size, pa.binary()) if whole else bytes_of_lists(*passages),
            has_words=has_words,
            disguised=disguised,
        )


def fixed_bytes(rows: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> pa.BinaryArray:
    """Return uint8[rows, width] as a binary column."""
    content = pa.py_buffer(np.ascontiguousarray(rows))
    return pa.Array.from_buffers(pa.binary(rows.shape[1]), rows.shape[0], [None, content]).cast(pa.binary())


def keys_of(sketches: DataFrame, settings: Settings) -> DataFrame:
    """Return the keys of sketches, those of bands and passages in one, as rows of ``key`` (long) and ``place``."""
    columns = sketches.select("place", "signature", "passages")
    return in_workers(columns, _keys, "key long, place binary", settings=settings)


def _keys(batches: Batches, settings: Settings) -> Batches:
    backend = kernels.choose()
    rows = rows_per_band(settings.permutations, settings.near_duplicate_jaccard, settings.candidate_recall)
    for whole in batches:
        for start in range(0, len(whole), _ARTICLES_AT_ONCE):
            batch = whole.slice(start, _ARTICLES_AT_ONCE)
            signatures = rows_of_bytes(batch.column("signature"), 4 * settings.permutations).view(np.uint32)
            bands = backend.band_keys(signatures, rows)
            passages, offsets = lists_of_bytes(batch.column("passages").fill_null(b""))
            article = np.arange(len(batch))
            owners = np.concatenate((np.repeat(article, bands.shape[1]), np.repeat(article, np.diff(offsets))))
            keys = np.concatenate((bands.ravel(), passages)).view(np.int64)
            yield batch_of(key=keys, place=taken(batch.column("place"), owners))
