"""The ground every stage stands on: the article people write and the Arrow tables stages exchange.

Stages take tables and give tables; they meet here and never import each other. A row number of ARTICLES
(0-based, in input order) identifies an article in every later table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Article:
    """One article as its publisher printed it.

    ``published_at`` may be an ISO 8601 string or a ``datetime``; a naive value is read as UTC. A value without a
    time of day, or at exactly midnight, has day precision.
    """

    id: str
    title: str = ""
    text: str = ""
    publisher: str | None = None
    published_at: str | datetime | None = None
    url: str | None = None
    language: str | None = None


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
"""Candidate pairs with their exact numbers: distinct shingles shared, Jaccard, both containments."""


KINDS = ("identical", "near_duplicate", "excerpt", "overlapping", "unrelated")
"""What a pair's text relation may be, from the closest to the loosest; RELATIONS stores the position in this tuple."""


COPY_KINDS = KINDS[:3]
"""Relations that make two articles copies of one text."""


RELATIONS = MEASURED.append(pa.field("kind", pa.dictionary(pa.int8(), pa.string()), nullable=False))
"""Measured pairs with what the thresholds make of them."""


CANDIDATES = pa.schema([pa.field("left", pa.int64(), nullable=False), pa.field("right", pa.int64(), nullable=False)])
"""Pairs worth verifying, ``left`` < ``right``, each once, ascending."""


def fingerprints_schema(permutations: int) -> pa.Schema:
    """FINGERPRINTS, one row an article. ``shingles`` and ``passages`` are distinct and ascending."""
    return pa.schema(
        [
            pa.field("words", pa.int64(), nullable=False),
            pa.field("digest", pa.uint64(), nullable=False),
            pa.field("shingles", pa.large_list(pa.uint64()), nullable=False),
            pa.field("passages", pa.large_list(pa.uint64()), nullable=False),
            pa.field("signature", pa.list_(pa.uint32(), permutations), nullable=False),
        ]
    )
