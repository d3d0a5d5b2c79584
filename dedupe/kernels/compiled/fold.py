"""From texts to letters: normal forms, and zeros between words."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U8, U64, Bools
from dedupe.kernels.compiled import native
from dedupe.kernels.records import SLACK

_BLOCK_LETTERS = 512
"""Bytes that a block of bytes may become before the kernel sees that it is no UTF-8."""


def fold(utf8: U8, offsets: I64, table: U64, is_normal: Bools) -> tuple[U8, I64, Bools]:
    """See ``Backend.fold``. Folds blocks of ASCII at once and other characters one by one, composing marks where the
    table has the pair."""
    rows = offsets.size - 1
    # A form is at most twice as long as its original. Eight bytes and more are written at once, at the end into the
    # slack.
    letters = np.empty(2 * int(offsets[rows] - offsets[0]) + rows + SLACK + _BLOCK_LETTERS, np.uint8)
    places, is_flagged = np.empty(rows + 1, np.int64), np.empty(rows, np.bool_)
    end = native.fold(utf8, offsets, table, is_normal, letters, places, is_flagged) + SLACK
    letters[end - SLACK : end] = 0
    return letters[:end], places, is_flagged
