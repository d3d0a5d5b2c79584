"""Which texts may have words that are broken at the end of a line, or that mix scripts."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U8, Bools
from dedupe.kernels.compiled import native


def has_odd_words(utf8: U8, offsets: I64) -> Bools:
    """See ``Backend.has_odd_words``. Looks at all bytes once, and again at those of the few texts that may have any."""
    flags = np.empty(offsets.size - 1, np.bool_)
    native.has_odd_words(utf8, offsets, flags)
    return flags
