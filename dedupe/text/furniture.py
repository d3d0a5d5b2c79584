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
from dedupe.kernels import REFERENCE, Backend

RUN_WORDS = 8
"""Shortest run of words that counts as repeated. Shorter runs are often names and phrases that report one event."""


def repeated_by_publisher(
    words: U64, offsets: I64, publisher: Sequence[str | None], backend: Backend = REFERENCE
) -> Bools:
    """Which words stand in a run of RUN_WORDS words that at least two articles of one publisher have: bool[words].

    ``words``, ``offsets``: a hash of each word, ragged, one row for each article. ``publisher``: of each article. Those
    of unknown publisher are compared with each other. Copies of one text must not be among the articles: they would be
    repeated as a whole. ``backend`` changes no result.
    """
    number = {name: number for number, name in enumerate(dict.fromkeys(publisher))}
    owner = np.array([number[name] for name in publisher], np.int64)
    repeated: Bools = backend.repeated_runs(words, offsets, owner, RUN_WORDS)
    return repeated
