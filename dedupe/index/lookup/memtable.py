"""The tail: articles too new for a segment, by key, in memory. Derived from the rows, like the segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_OF_A_CROWD = 2
"""First and newest rows, so many of each, that are looked at under a crowded key. In a flood of near-identical pages
all keys are crowded, and its first page stands under nearly all of them; should the page drift, the newest do."""


class Memtable:
    """Row ids under every key. Under one key the first and the newest are kept, ``cap`` in all.

    Most keys have one article, so a lone id stands there without a list: that halves the memory.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._under: dict[int, int | list[int]] = {}
        self.sizes: dict[int, int] = {}
        self.capped_keys = 0

    def add(self, row: int, keys: Iterable[int], size: int) -> None:
        """File a row; rows come in ascending order. ``size``: its number of passage fingerprints."""
        self.sizes[row] = size
        under = self._under
        # Most keys are new: sets find and file those in one go.
        filed: dict[int, int | list[int]] = dict.fromkeys(keys, row)
        for key in under.keys() & filed.keys():
            there = under[key]
            if isinstance(there, int):
                filed[key] = [there, row]
                continue
            filed[key] = there
            there.append(row)
            # One longer than the cap marks a key already counted; from then on its middle gives way to the newest.
            if len(there) == self._cap + 1:
                self.capped_keys += 1
            elif len(there) > self._cap + 1:
                del there[self._cap - self._cap // 2]
        under.update(filed)

    def rows(self, key: int) -> list[int]:
        """The rows under one key, ascending."""
        there = self._under.get(key)
        return [] if there is None else [there] if isinstance(there, int) else list(there)

    def shared(self, keys: Iterable[int]) -> Counter[int]:
        """How many of the keys each row stands under; under a crowded key, only its first and newest rows."""
        found: list[int] = []
        under = self._under
        for key in under.keys() & set(keys):
            there = under[key]
            if isinstance(there, int):
                found.append(there)
            elif len(there) <= self._cap:
                found += there  # a list holds every row once
            else:
                found += there[:_OF_A_CROWD]
                found += there[-_OF_A_CROWD:]
        return Counter(found)
