"""A cache of decoded rows, so that in a flood the same rows are not read and checked again and again."""

from __future__ import annotations

from collections.abc import Iterable

from dedupe.index.storage.rows import DamagedRowError, StoredArticle
from dedupe.index.storage.store import State, Store

_ROWS_KEPT = 1024
"""Rows that are kept, about 8 KB each."""


class RowCache:
    """The rows that were used last. ``damaged`` counts rows that did not match their checksum and were not used."""

    def __init__(self) -> None:
        self._rows: dict[int, StoredArticle] = {}
        self.damaged = 0

    def fetch(self, row_id: int, store: Store, state: State) -> StoredArticle | None:
        """Return a stored row, None if it has expired, was forgotten or is damaged."""
        if row_id < state.floor:
            return None
        row = self._rows.pop(row_id, None)
        if row is not None:
            self._rows[row_id] = row  # now the one that was used last
            return row
        try:
            row = store.row(row_id)
        except DamagedRowError:
            self.damaged += 1
        if row is not None:
            self.keep([row])
        return row

    def keep(self, rows: Iterable[StoredArticle]) -> None:
        """Put rows that were just stored or read into the cache."""
        for row in rows:
            self._rows[row.id] = row
        while len(self._rows) > _ROWS_KEPT:
            del self._rows[next(iter(self._rows))]

    def clear(self) -> None:
        """Empty the cache, as after rows were taken out."""
        self._rows.clear()
