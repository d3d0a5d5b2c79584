"""Average linkage over sparse pairs, with linked lists and a heap."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64
from dedupe.kernels.compiled import native


def agglomerate(rows: int, low: I64, high: I64, excess: I64, least: int) -> I64:
    """See ``Backend.agglomerate``. Groups that merge join their chains in place, so that memory is needed only for the
    pairs and the heap."""
    group = np.empty(rows, np.int64)
    native.agglomerate(low, high, excess, least, group)
    return group
