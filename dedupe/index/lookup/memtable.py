"""The memtable: the articles that are too new for a segment, by key, in memory. It is derived from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_ROWS_OF_CROWDED_KEY = 2
"""How many of the first rows, and of the newest rows, are looked at under a crowded key. In a flood of near-identical
pages all keys are crowded. The first page has nearly all of them; if the page drifts, the newest pages have them."""


class Memtable:
    """The rows that have each key, and ``sizes``, the number of passage fingerprints of each row.

    Under one key the first and the newest rows are kept, ``cap`` in all. ``capped_keys`` counts the keys that had more.
    Most keys belong to one article, so a single row number is kept without a list, which halves the memory.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._rows_by_key: dict[int, int | list[int]] = {}
        self.sizes: dict[int, int] = {}
        self.capped_keys = 0

    def add(self, row: int, keys: Iterable[int], size: int) -> None:
        """Add a row with its keys. Rows come in ascending order. ``size``: its number of passage fingerprints."""
        self.sizes[row] = size
        rows_by_key = self._rows_by_key
        # Most keys are new. Set operations find and add those all at once.
        added: dict[int, int | list[int]] = dict.fromkeys(keys, row)
        for key in rows_by_key.keys() & added.keys():
            rows = rows_by_key[key]
            if isinstance(rows, int):
                added[key] = [rows, row]
                continue
            added[key] = rows
            rows.append(row)
            # A list of cap + 1 rows shows that its key has been counted. From then on the row in its middle is dropped.
            if len(rows) == self._cap + 1:
                self.capped_keys += 1
            elif len(rows) > self._cap + 1:
                del rows[self._cap - self._cap // 2]
        rows_by_key.update(added)

    def rows(self, key: int) -> list[int]:
        """Return the rows that have a key, ascending."""
        rows = self._rows_by_key.get(key)
        return [] if rows is None else [rows] if isinstance(rows, int) else list(rows)

    def shared(self, keys: Iterable[int]) -> Counter[int]:
        """Count how many of the keys each row has. Of a crowded key only the first and newest rows are counted."""
        found: list[int] = []
        rows_by_key = self._rows_by_key
        for key in rows_by_key.keys() & set(keys):
            rows = rows_by_key[key]
            if isinstance(rows, int):
                found.append(rows)
            elif len(rows) <= self._cap:
                found += rows  # a list holds every row once
            else:
                found += rows[:_ROWS_OF_CROWDED_KEY]
                found += rows[-_ROWS_OF_CROWDED_KEY:]
        return Counter(found)
