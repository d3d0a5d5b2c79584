"""Which phrases a text contains."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dedupe.arrays import I64, U8, Bools


def phrases_in(utf8: U8, offsets: I64, phrases: U8, borders: I64) -> Bools:
    """See ``Backend.phrases_in``. Python looks for one phrase at a time."""
    texts, wanted = (
        [content[start:end].tobytes() for start, end in pairwise(places.tolist())]
        for content, places in ((utf8, offsets), (phrases, borders))
    )
    found = [phrase in text for text in texts for phrase in wanted]
    return np.array(found, np.bool_).reshape(len(texts), len(wanted))
