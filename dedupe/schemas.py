"""The Arrow tables that the stages of the pipeline exchange.

Later tables identify an article by its 0-based row number in the ARTICLES table that they were made from.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ARTICLES = pa.schema(
    [
        pa.field("id", pa.large_string(), nullable=False),
        pa.field("title", pa.large_string(), nullable=False),
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("publisher", pa.large_string()),
        pa.field("published_at", pa.timestamp("us", tz="UTC")),
        pa.field("day_precision", pa.bool_(), nullable=False),
        pa.field("url", pa.large_string()),
        pa.field("language", pa.large_string()),
    ]
)
"""Articles with repaired values and distinct ids, as ``reading.articles.to_table`` makes them."""


CANDIDATES = pa.schema([pa.field("left", pa.int64(), nullable=False), pa.field("right", pa.int64(), nullable=False)])
"""Candidate pairs: distinct pairs of rows with ``left`` < ``right``, in ascending order."""


MEASURED = pa.schema(
    [
        pa.field("left", pa.int64(), nullable=False),
        pa.field("right", pa.int64(), nullable=False),
        pa.field("shared", pa.int64(), nullable=False),
        pa.field("jaccard", pa.float64(), nullable=False),
        pa.field("left_in_right", pa.float64(), nullable=False),
        pa.field("right_in_left", pa.float64(), nullable=False),
    ]
)
"""Pairs with exact numbers: the number of distinct shingles they share, their Jaccard and both containments."""


KINDS = ("identical", "near_duplicate", "excerpt", "overlapping", "unrelated")
"""The text relations that a pair may have, from closest to loosest. RELATIONS stores positions in this tuple."""


COPY_KINDS = KINDS[:3]
"""The relations that make two articles copies of one text."""


RELATIONS = MEASURED.append(pa.field("kind", pa.dictionary(pa.int8(), pa.string()), nullable=False))
"""Measured pairs with the text relation that follows from their numbers and the thresholds of the settings."""


DIGEST_BYTES = 16
"""Size of the digest of all words. Nobody can find two texts with the same 128 bits; of 64 bits anybody can."""


def fingerprints_schema(permutations: int) -> pa.Schema:
    """Return the FINGERPRINTS schema for signatures of ``permutations`` minima. The table has one row per article.

    ``words`` is the number of words and ``digest`` a cryptographic hash of all of them in order. ``shingles`` and
    ``passages`` hold distinct hashes in ascending order. ``signature`` is the MinHash signature.
    """
    return pa.schema(
        [
            pa.field("words", pa.int64(), nullable=False),
            pa.field("digest", pa.binary(DIGEST_BYTES), nullable=False),
            pa.field("shingles", pa.large_list(pa.uint64()), nullable=False),
            pa.field("passages", pa.large_list(pa.uint64()), nullable=False),
            pa.field("signature", pa.list_(pa.uint32(), permutations), nullable=False),
        ]
    )


def column_of(values: npt.NDArray[Any]) -> pa.Array:
    """Return an array of numbers or flags as a column, without a copy if it is contiguous and holds numbers.

    ``pa.array`` gives the same, but imports ``numpy.ma``, which takes 10 ms, to see whether values are masked. So do
    the methods of columns and tables that take an array.

    >>> column_of(np.array([True, False])).to_pylist()
    [True, False]
    """
    content = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), values.size, [None, pa.py_buffer(content)])


def utf8_of(column: pa.LargeStringArray) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the strings of a column as ragged UTF-8: bytes and offsets, which begin with 0. The bytes are not copied.

    A null may have any bytes.

    >>> utf8, offsets = utf8_of(pa.array(["a", "é", "b"], pa.large_string())[1:])
    >>> bytes(utf8).decode(), offsets.tolist()
    ('éb', [0, 2, 3])
    """
    if not len(column):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    _, offset_buffer, content = column.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[column.offset : column.offset + len(column) + 1]
    utf8 = np.frombuffer(content or b"", np.uint8)[offsets[0] : offsets[-1]]
    utf8.flags.writeable = False
    return utf8, offsets - offsets[0]
