"""Which phrases a text contains."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from dedupe.arrays import I64, U8, Bools

_LINE_BEGINNING = re.compile(rb"(?:\A|[\n\r\x0b\x0c]|\xc2\x85|\xe2\x80[\xa8\xa9])[^0-9a-z]*")


def phrases_in(utf8: U8, offsets: I64, phrases: U8, borders: I64) -> Bools:
    """See ``Backend.phrases_in``. Python looks for one phrase at a time."""
    texts, wanted = (
        [content[start:end].tobytes() for start, end in pairwise(places.tolist())]
        for content, places in ((utf8, offsets), (phrases, borders))
    )
    found = []
    for text in map(bytes.lower, texts):  # of bytes, only ASCII letters change
        beginnings = [match.end() for match in _LINE_BEGINNING.finditer(text)]
        for phrase in wanted:
            if phrase.startswith(b"\n"):
                found.append(any(text.startswith(phrase[1:], at) for at in beginnings))
            else:
                found.append(phrase in text)
    return np.array(found, np.bool_).reshape(len(texts), len(wanted))
