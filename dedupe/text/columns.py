"""Texts of an Arrow column as Python strings, few at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from dedupe.arrays import I64
from dedupe.schemas import column_of

_AT_ONCE = 256
"""Texts that are strings at the same time. As strings, texts take up to four times as much memory as in the column."""


class TextsOf:
    """The texts of some ``rows`` of a column, int64, in the order given. Each iteration makes the strings anew.

    >>> import numpy as np
    >>> list(TextsOf(pa.chunked_array([["a", "b", "c"]]), np.array([2, 0])))
    ['c', 'a']
    """

    def __init__(self, column: pa.ChunkedArray, rows: I64) -> None:
        self._column = column
        self._rows = rows

    def __iter__(self) -> Iterator[str]:
        """Yield the texts."""
        for start in range(0, self._rows.size, _AT_ONCE):
            yield from self._column.take(column_of(self._rows[start : start + _AT_ONCE])).to_pylist()
