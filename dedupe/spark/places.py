"""Number the places of a few articles, for functions that take rows in canonical order."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays import I64


def numbered(*columns: pa.ChunkedArray) -> tuple[pa.Array, list[I64]]:
    """Return the distinct places of some columns, ascending, and for each column the numbers of its places among them.

    >>> places, (left, right) = numbered(pa.chunked_array([[b"b", b"c"]]), pa.chunked_array([[b"c", b"a"]]))
    >>> places.to_pylist(), left.tolist(), right.tolist()
    ([b'a', b'b', b'c'], [1, 2], [2, 0])
    """
    every = pa.chunked_array([chunk for column in columns for chunk in column.chunks], columns[0].type).unique()
    places = every.take(pc.sort_indices(every))
    return places, [pc.index_in(column, places).combine_chunks().to_numpy().astype("int64") for column in columns]
