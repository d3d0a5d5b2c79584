"""Which phrases a text contains."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U8, Bools
from dedupe.kernels.compiled import native


def phrases_in(utf8: U8, offsets: I64, phrases: U8, borders: I64) -> Bools:
    """See ``Backend.phrases_in``. Compares a phrase where a text has the first two bytes of it."""
    found = np.empty((offsets.size - 1, borders.size - 1), np.bool_)
    native.phrases_in(utf8, offsets, phrases, borders, found)
    return found
