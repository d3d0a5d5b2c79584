"""Columns of Arrow tables that Spark hands to Python, as arrays, and back.

Stages work on *blocks*: all rows of a DataFrame whose key falls into one part, as one table. A block is a few dozen
articles with what belongs to them, so a stage needs memory for one block of a core, whatever the collection has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays import I64
from dedupe.kernels.ragged import ragged_offsets
from dedupe.spark.stages import Batches

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

AnyArray = npt.NDArray[Any]

BLOCK_ARTICLES = 64
"""Articles of one block. It changes no result. Fewer make more calls of Python, each of which takes a millisecond or
two; more need more memory: the candidates of an article are up to some hundreds, with some kilobytes each."""

BATCH_ROWS = 512
"""Articles, or pairs, of a batch that are worked on at once, because some need tens of kilobytes then. It changes no
result."""


def block_of(row: str) -> Column:
    """Return the block of an article, by its row. Neighbours in time share one, with most of their candidates."""
    from pyspark.sql import functions as sql

    return sql.expr(f"{row} div {BLOCK_ARTICLES}")


def hashed_block(*key: str, articles: int) -> Column:
    """Return the block of a key that belongs to no single article, such as a term, among so many articles."""
    from pyspark.sql import functions as sql

    return sql.pmod(sql.xxhash64(*key), sql.lit(articles // BLOCK_ARTICLES + 1))


def few_at_once(batches: Batches) -> Iterator[pa.Table]:
    """Yield the rows of some batches, at most BATCH_ROWS at once."""
    for batch in batches:
        for start in range(0, len(batch), BATCH_ROWS):
            yield pa.Table.from_batches([batch.slice(start, BATCH_ROWS)])


def numbers(table: pa.Table, name: str) -> AnyArray:
    """Return a column of numbers or flags as an array. A null number becomes NaN."""
    column: AnyArray = table[name].to_numpy()
    return column


def ragged(table: pa.Table, name: str) -> tuple[AnyArray, I64]:
    """Return a column of lists of numbers or flags as ragged values and offsets."""
    values, offsets = ragged_arrow(table, name)
    return values.to_numpy(zero_copy_only=False), offsets


def ragged_arrow(table: pa.Table, name: str) -> tuple[pa.Array, I64]:
    """Return a column of lists as an Arrow array of their values, and offsets. A null is an empty list."""
    column = table[name].combine_chunks()
    sizes = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return column.flatten(), ragged_offsets(sizes)


def lists(values: AnyArray | pa.Array, offsets: I64) -> pa.Array:
    """Return a column of lists from ragged values and offsets."""
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(values))


def table_of(**columns: AnyArray | pa.Array | pa.ChunkedArray) -> pa.Table:
    """Return a table of named columns."""
    return pa.table(
        {name: pa.array(column) if isinstance(column, np.ndarray) else column for name, column in columns.items()}
    )


def both_ways(pairs: DataFrame, *, left: dict[str, str], right: dict[str, str]) -> DataFrame:
    """Return each pair twice, once as seen by either article: columns ``row``, ``other`` and those named.

    ``left``, ``right``: the columns that each side gives, by the name they get.
    """
    from pyspark.sql import functions as sql

    of_left = [sql.col(column).alias(name) for name, column in left.items()]
    of_right = [sql.col(column).alias(name) for name, column in right.items()]
    one = pairs.select(sql.col("left").alias("row"), sql.col("right").alias("other"), *of_left)
    return one.unionByName(pairs.select(sql.col("right").alias("row"), sql.col("left").alias("other"), *of_right))


def on_table(function: Callable[..., pa.Table], **fixed: object) -> Callable[[pa.Table], pa.Table]:
    """Return a function of one table for ``applyInArrow``, with the other parameters fixed.

    PySpark 4.3 reads the signature of what it is given, and fails on a ``functools.partial``.
    """
    return lambda table: function(table, **fixed)


def on_two_tables(function: Callable[..., pa.Table], **fixed: object) -> Callable[[pa.Table, pa.Table], pa.Table]:
    """Return the same for a function of two tables, such as ``cogroup`` hands on."""
    return lambda one, other: function(one, other, **fixed)
