"""How stages run in the Python workers, and how arrays travel there.

A stage is a function from Arrow batches to Arrow batches. It holds a batch, and what of the last one is not yet
finished, and never a partition. Spark limits the bytes of a batch (``spark.sql.execution.arrow.maxBytesPerBatch``).
Lists of numbers travel as bytes, since Spark has no unsigned numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dedupe import __version__
from dedupe.arrays import I64, U64
from dedupe.errors import InputError
from dedupe.schemas import column_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Batches = Iterator[pa.RecordBatch]


def in_workers(frame: DataFrame, stage: Callable[..., Batches], schema: str, **arguments: Any) -> DataFrame:  # noqa: ANN401
    """Return what ``stage(batches, **arguments)`` yields for the partitions of a frame, with a ``schema`` of SQL.

    ``stage`` must be a function of a module: the workers import it. A worker with another version of this package
    raises ``InputError``, since its numbers might differ.
    """
    return frame.mapInArrow(functools.partial(_run, stage=stage, version=__version__, arguments=arguments), schema)


def _run(batches: Batches, stage: Callable[..., Batches], version: str, arguments: dict[str, Any]) -> Batches:
    if version != __version__:
        raise InputError(f"an executor has news-dedupe {__version__}, and the driver {version}: install one version")
    yield from stage((batch for batch in batches if len(batch)), **arguments)


def bytes_of_lists(values: U64, offsets: I64) -> pa.BinaryArray:
    """Return the rows of ragged uint64 as bytes; the offsets begin with 0."""
    content = pa.py_buffer(np.ascontiguousarray(values[: offsets[-1]]))
    return pa.Array.from_buffers(
        pa.binary(), offsets.size - 1, [None, pa.py_buffer((offsets * 8).astype(np.int32)), content]
    )


def lists_of_bytes(column: pa.Array) -> tuple[U64, I64]:
    """Return the rows of a binary column as ragged uint64: values and offsets, which begin with 0."""
    content, offsets = content_of(column)
    return content.view(np.uint64), offsets // 8


def rows_of_bytes(column: pa.Array, width: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the rows of a binary column whose rows all have ``width`` bytes, uint8[rows, width]."""
    return content_of(column)[0].reshape(len(column), width)


def content_of(column: pa.Array) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], I64]:
    """Return the bytes of a binary column and the offsets of its rows, int64[rows + 1], which begin with 0."""
    if not len(column):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    column = column.cast(pa.binary())
    _, offset_buffer, content = column.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    return np.frombuffer(content or b"", np.uint8)[offsets[0] : offsets[-1]], offsets - offsets[0]


def taken(column: pa.Array, rows: I64) -> pa.Array:
    """Return some rows of a column."""
    return column.take(column_of(rows))


def batch_of(**columns: pa.Array | np.ndarray[Any, Any]) -> pa.RecordBatch:
    """Return columns of Arrow or NumPy as a batch."""
    arrays = [column_of(one) if isinstance(one, np.ndarray) else one for one in columns.values()]
    return pa.RecordBatch.from_arrays(arrays, list(columns))
