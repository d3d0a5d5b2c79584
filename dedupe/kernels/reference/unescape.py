"""From JSON strings to texts."""

from __future__ import annotations

import itertools
import json

import numpy as np

from dedupe.arrays import I64, U8, Bools
from dedupe.kernels.ragged import ragged_offsets


def unescape(raw: U8, offsets: I64) -> tuple[U8, I64, Bools]:
    """See ``Backend.unescape``. Decodes one value after the other with ``json``."""
    texts, is_no_text = [], np.zeros(offsets.size - 1, np.bool_)
    for row, (start, end) in enumerate(itertools.pairwise(offsets.tolist())):
        try:
            texts.append(json.loads(raw[start:end].tobytes()).encode())
        except (AttributeError, ValueError):
            texts.append(b"\0")
        is_no_text[row] = b"\0" in texts[-1]
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    return np.frombuffer(b"".join(texts), np.uint8), ragged_offsets(sizes), is_no_text
