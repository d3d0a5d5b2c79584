"""Texts of an Arrow column, few at a time, as Python strings or as their bytes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U8
from dedupe.schemas import column_of

_AT_ONCE = 256
"""Texts that are strings at the same time. As strings, texts take up to four times as much memory as in the column."""

BATCH_BYTES = 500_000
"""Bytes of text that a thread reads at once: few enough to stay in a core's cache, many enough to make calls
rare. The arrays stay below 4 MiB; above that NumPy asks for huge pages, which were measured to cost ten times as much
as others."""


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


def utf8_rows(texts: pa.ChunkedArray, size: int = BATCH_BYTES) -> Iterator[tuple[U8, I64]]:
    """Yield the texts in order as ragged UTF-8 (bytes and offsets), in slices of about ``size`` bytes.

    The bytes are not copied.
    """
    for chunk in texts.chunks:
        if len(chunk):
            _, offset_buffer, content = chunk.buffers()
            width = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
            offsets = np.frombuffer(offset_buffer, width)[chunk.offset : chunk.offset + len(chunk) + 1].astype(np.int64)
            utf8 = np.frombuffer(content or b"", np.uint8)
            utf8.flags.writeable = False  # compiled kernels are specialised by this flag, so it must never vary
            for start, end in _slices(offsets, size):
                yield utf8, offsets[start : end + 1]


def _slices(offsets: I64, size: int) -> Iterator[tuple[int, int]]:
    """Yield row ranges that hold about ``size`` bytes each, at least one row."""
    start = 0
    while start < offsets.size - 1:
        end = int(np.searchsorted(offsets, offsets[start] + size))
        end = min(max(end, start + 1), offsets.size - 1)
        yield start, end
        start = end
