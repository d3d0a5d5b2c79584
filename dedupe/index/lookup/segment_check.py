"""Compares segments with the rows they stand for: whether every key of every row is found there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from dedupe.index.lookup.keys import stored_keys
from dedupe.index.storage.rows import KeyedRow, StoredArticle
from dedupe.index.storage.segments import Segment
from dedupe.settings import Settings

_ROWS_AT_ONCE = 512
"""Rows whose keys are looked up together."""


class SegmentCheck:
    """Takes the stored rows one after the other, ascending, and looks for their keys in the segments.

    ``lacking`` counts, by the name of the segment file, the rows of which a key is not found.
    """

    def __init__(self, segments: Sequence[Segment], settings: Settings) -> None:
        self._remaining = list(reversed(segments))
        self._settings = settings
        self._rows: list[StoredArticle] = []
        self.lacking: Counter[str] = Counter()

    def add(self, row: StoredArticle) -> None:
        """Check a row. It counts at the latest when ``finish`` is called."""
        while self._remaining and row.id >= self._remaining[-1].block.end:
            self.finish()
            self._remaining.pop()
        if self._remaining and row.id >= self._remaining[-1].block.start:
            self._rows.append(row)
            if len(self._rows) == _ROWS_AT_ONCE:
                self.finish()

    def finish(self) -> None:
        """Check the rows that are still waiting."""
        if not self._rows:
            return
        segment, settings = self._remaining[-1], self._settings
        own = [stored_keys(KeyedRow.of(row), settings)[0] for row in self._rows]
        keys, owner = np.concatenate(own), np.repeat(np.arange(len(own)), [some.size for some in own])
        places = np.array([row.id for row in self._rows]) - segment.block.start
        order = np.argsort(keys)
        asked, found = segment.find(keys[order])
        asked = order[asked]
        postings = np.bincount(asked, minlength=keys.size)
        is_found = np.zeros(keys.size, np.bool_)
        is_found[asked[found == places[owner[asked]]]] = True
        # A key that many articles have keeps only some of them.
        lacking = owner[~is_found & (postings < segment.cap)]
        self.lacking[segment.block.file_name] += np.unique(lacking).size
        self._rows = []
