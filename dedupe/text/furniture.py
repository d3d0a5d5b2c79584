"""Finds page furniture by repetition: runs of words that a publisher prints in several articles.

Lists of links, the author's biography, consent and subscription texts, photo credits: what one publisher prints again
and again says nothing about what an article reports, but is often the longest thing that two articles have in common.
Nothing is known about the words themselves, so this works for every publisher and language.

The idea of filtering by repetition comes from Churnalism (Media Standards Trust).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.arrays import I64, U64, Bools
from dedupe.kernels.ragged import run_starts

RUN_WORDS = 8
"""Shortest run of words that counts as repeated. Shorter runs are often names and phrases that report one event."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
"""Base of the polynomial that hashes a run of words; any odd number with well mixed bits will do."""


def repeated_by_publisher(words: U64, offsets: I64, publisher: Sequence[str | None]) -> Bools:
    """Which words stand in a run of RUN_WORDS words that at least two articles of one publisher have: bool[words].

    ``words``, ``offsets``: a hash of each word, ragged, one row for each article. ``publisher``: of each article. Those
    of unknown publisher are compared with each other. Copies of one text must not be among the articles: they would be
    repeated as a whole.
    """
    repeated = np.zeros(words.size, bool)
    if words.size < RUN_WORDS:
        return repeated
    names = {name: number for number, name in enumerate(dict.fromkeys(publisher))}
    of_row = np.array([names[name] for name in publisher], np.int64)
    row = np.repeat(np.arange(of_row.size), np.diff(offsets))
    has_others = (np.bincount(of_row, minlength=len(names)) > 1)[of_row]
    start = np.flatnonzero((row[: 1 - RUN_WORDS] == row[RUN_WORDS - 1 :]) & has_others[row[: 1 - RUN_WORDS]])
    key = of_row[row[start]].astype(np.uint64)
    for place in range(RUN_WORDS):
        key = key * _BASE + words[start + place]
    order = np.argsort(key, kind="stable")
    key, start = key[order], start[order]
    of_key = run_starts(key)
    # A run counts as repeated if its first and last article differ; rows ascend within a key.
    sizes = np.diff(of_key, append=key.size)
    differs = row[start[of_key]] != row[start[of_key + sizes - 1]]
    first = start[np.repeat(differs, sizes)]
    for place in range(RUN_WORDS):
        repeated[first + place] = True
    return repeated
