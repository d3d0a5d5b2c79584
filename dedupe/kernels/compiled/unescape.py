"""From JSON strings to texts."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U8, Bools
from dedupe.kernels.compiled import native
from dedupe.kernels.records import SLACK


def unescape(raw: U8, offsets: I64) -> tuple[U8, I64, Bools]:
    """See ``Backend.unescape``. Copies a block at a time up to the next backslash."""
    rows = offsets.size - 1
    utf8 = np.empty(int(offsets[rows] - offsets[0]) + SLACK, np.uint8)
    places, is_no_text = np.empty(rows + 1, np.int64), np.empty(rows, np.bool_)
    count = native.unescape(raw, offsets, utf8, places, is_no_text)
    return utf8[:count], places, is_no_text
