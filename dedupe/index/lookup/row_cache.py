"""Rows kept decoded, so that in a flood the same ones are not read and checked again and again."""

from __future__ import annotations

from collections.abc import Iterable

from dedupe.index.storage.rows import DamagedRowError, StoredArticle
from dedupe.index.storage.store import State, Store

_ROWS_REMEMBERED = 1024
"""Rows kept, about 8 KB each."""


class RowCache:
    """The rows asked for last. ``damaged``: rows that did not match their checksum and were not believed."""

    def __init__(self) -> None:
        self._rows: dict[int, StoredArticle] = {}
        self.damaged = 0

    def fetch(self, row_id: int, log: Store, state: State) -> StoredArticle | None:
        """A stored row; None where it has expired, was forgotten or is damaged."""
        if row_id < state.floor:
            return None
        row = self._rows.pop(row_id, None)
        if row is None:
            try:
                row = log.row(row_id)
            except DamagedRowError:
                self.damaged += 1
        if row is not None:
            self.remember([row])
        return row

    def remember(self, rows: Iterable[StoredArticle]) -> None:
        """Keep rows that were just stored or read."""
        for row in rows:
            self._rows[row.id] = row
        while len(self._rows) > _ROWS_REMEMBERED:
            del self._rows[next(iter(self._rows))]

    def clear(self) -> None:
        """Forget all: some were taken out."""
        self._rows.clear()
