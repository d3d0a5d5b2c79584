"""The store of an index: its rows, appended in the order of arrival, and the state of the whole.

``Store`` is what the rest of the index asks of it. ``sqlite_store`` keeps the rows in a file, ``postgres`` on a server.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from dedupe.index.storage.locks import FileLock
from dedupe.index.storage.rows import (
    COLUMNS,
    STORY_ENTRY_COLUMNS,
    DamagedRowError,
    KeyedRow,
    StoredArticle,
    StoryEntry,
)
from dedupe.index.storage.segments import Block, History

_CRC, _STORY_CRC = COLUMNS.index("crc"), STORY_ENTRY_COLUMNS.index("crc")

_CHANGED_AT_ONCE = 256
"""Rows whose time of arrival is changed together."""


@dataclass(frozen=True, slots=True)
class State:
    """The row numbers and times that describe an index as a whole."""

    next: int
    """Number that the next row gets."""
    floor: int
    """Rows with a lower number have expired."""
    latest: int
    """When the index was used last, microseconds since 1970 UTC; 0 before the first row. No row arrived later."""
    forgotten: int
    """How often stored rows were taken out or changed. A change tells other processes to drop what they keep."""
    index_id: bytes
    """A random number, 16 bytes, that tells this index from all others."""
    history: bytes
    """Digest of the ``History`` of all rows so far, 16 bytes."""

    def values(self) -> tuple[int | bytes, ...]:
        """Return all values in their order, as they are stored before their checksum."""
        return (self.next, self.floor, self.latest, self.forgotten, self.index_id, self.history)


class Store(Protocol):
    """The rows of one opened index.

    Everything below "Inside a transaction" is called between the beginning and the end of ``writing`` or ``reading``.
    Where the store cannot answer, it raises ``IndexUnavailableError``, after which the same object may be used again.
    """

    name: str
    """What messages call the index: its folder, or its address without the password."""
    database: str
    """What messages call the place of the rows, such as "articles.sqlite"."""
    folder: Path
    """The folder of the segment files."""
    folder_is_cache: bool
    """Whether all files of the folder can be made again from the rows. Then they are written for a reader, too."""
    read_only: bool
    """Whether no row may be stored, changed or deleted."""
    wait_seconds: float | None
    """How long to wait for other processes; None waits without end."""
    build_lock: FileLock
    """Held while segment files of the folder are written."""
    generation: int
    """How often the rows were exchanged for others since the opening, as after a server was restored. The transaction
    that notices it fails; whoever keeps anything of the rows then drops it."""
    sqlite: str
    """Version of SQLite, "" for another database."""
    postgresql: str
    """Version of the PostgreSQL server, "" for another database."""
    mode: str
    """How commits are made durable: SQLite's journal mode, or PostgreSQL's ``synchronous_commit``."""

    def writing(self) -> contextlib.AbstractContextManager[State]:
        """Open one durable transaction. Everything that is done inside is stored when it ends, or nothing of it."""
        ...

    def reading(self) -> contextlib.AbstractContextManager[State]:
        """Open a view of the store that no writer changes in the meantime."""
        ...

    def explaining(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which errors of the database and the system become ``IndexUnavailableError``."""
        ...

    # Inside a transaction

    def now(self) -> float:
        """Return the time of the store's clock in seconds since 1970 UTC."""
        ...

    def write_state(self, state: State) -> None:
        """Replace the stored state."""
        ...

    def append(self, before: State, rows: Sequence[StoredArticle], story_entries: Sequence[StoryEntry]) -> State:
        """Store new rows and their story entries, and return the state after them, which is stored too."""
        ...

    def forget(self, row_ids: Sequence[int]) -> None:
        """Delete rows and note their numbers, so that ``doctor`` does not report them as missing."""
        ...

    def first_arrived_after(self, arrived: int, state: State) -> int:
        """Return the lowest row number from which on all rows arrived at ``arrived`` or later, microseconds."""
        ...

    def forgotten(self, state: State) -> set[int]:
        """Return the numbers of the rows that ``forget`` deleted and that would not have expired yet."""
        ...

    def oldest(self, floor: int) -> int | None:
        """Return the time of arrival of the first row from ``floor`` on, microseconds; None if there is no row."""
        ...

    def newest(self, floor: int) -> int | None:
        """Return the time of arrival of the last row from ``floor`` on, microseconds; None if there is no row."""
        ...

    def limit_arrivals(self, arrived: int, state: State) -> None:
        """Let the rows that arrived later than ``arrived``, in microseconds, have arrived then. Damaged rows stay."""
        ...

    def read_metadata(self) -> dict[str, str]:
        """Return what the index stores about itself, by name; empty for a new index."""
        ...

    def write_metadata(self, values: dict[str, str]) -> None:
        """Add values to what the index stores about itself, or replace them."""
        ...

    def integrity(self) -> list[str]:
        """Return what the database's own check complains about; nothing if all is sound, or if there is no check."""
        ...

    def description(self) -> str:
        """Return which database holds the rows, and how it is set, in a line for ``doctor``."""
        ...

    # Inside or outside a transaction, because rows never change

    def row(self, row_id: int) -> StoredArticle | None:
        """Return one row, None if there is none. Raises ``DamagedRowError``."""
        ...

    def has_row(self, row_id: int) -> bool:
        """Whether an intact row with this number is stored."""
        ...

    def rows(self, start: int, end: int) -> Iterator[StoredArticle | DamagedRowError]:
        """Yield the rows with start ≤ id < end in ascending order, and the error in place of a damaged row."""
        ...

    def keyed_rows(self, start: int, end: int) -> Iterator[KeyedRow | DamagedRowError]:
        """Yield of the same rows only what their keys are made of."""
        ...

    def story_entries(self, start: int, end: int) -> Iterator[StoryEntry | DamagedRowError]:
        """Yield the story entries with start ≤ id < end in ascending order, without their term vectors.

        In place of a damaged entry its error is yielded.
        """
        ...

    def term_vector(self, row_id: int) -> bytes | None:
        """Return the packed term vector of one row, None if there is none. Raises ``DamagedRowError``."""
        ...

    def history(self, block_end: int, state: State) -> History | None:
        """Return the history of the rows below the end of a lowest-level block.

        None if it is not known any more, or is no digest, as after a flipped bit. A segment is then built again.
        """
        ...

    # Outside a transaction

    def delete_expired(self, story_floor: int = 0) -> bool:
        """Delete some of the rows that have expired, and return whether there may be more to delete now.

        Story entries are deleted below row ``story_floor``, or below the floor of the rows if that is higher.
        """
        ...

    def refusal_to_write(self) -> str:
        """Return what the database says if it would not store rows, although this user may; otherwise ""."""
        ...

    def log_bytes(self) -> int:
        """Return the size of the stored rows with all that belongs to them, bytes."""
        ...

    def copy_to(self, folder: Path) -> None:
        """Copy all rows as they are at one moment into a folder without an index."""
        ...

    def close(self) -> None:
        """Close all files and connections."""
        ...


def checksum(values: tuple[object, ...]) -> int:
    """Return the CRC-32 checksum of a state or of metadata."""
    return zlib.crc32(repr(values).encode())


def with_checksum(values: dict[str, str]) -> dict[str, str]:
    """Return metadata in the order of their names, with their checksum under the name ``crc``."""
    known = {name: values[name] for name in sorted(values) if name != "crc"}
    return known | {"crc": str(checksum(tuple(known.items())))}


def advance(before: State, rows: Sequence[StoredArticle], crcs: Sequence[int]) -> tuple[State, list[tuple[int, bytes]]]:
    """Return the state after new rows, and the history at the end of every lowest-level block that they complete.

    ``crcs``: the checksum of each row. The history comes as (row number after the block, digest).
    """
    history, block_end, ends = before.history, Block.containing(before.next).end, []
    for row, crc in zip(rows, crcs, strict=True):
        while block_end <= row.id:  # only rows that were lost are passed over
            ends.append((block_end, history))
            block_end = Block.containing(block_end).end
        history = blake2b(history + crc.to_bytes(4, "little"), digest_size=16).digest()
        if row.id + 1 == block_end:
            ends.append((block_end, history))
            block_end = Block.containing(block_end).end
    return replace(before, next=rows[-1].id + 1, latest=rows[-1].arrived, history=history), ends


def as_history(digest: object, state: State) -> History | None:
    """Return the history with a stored digest; None if there is none, or if it is no digest."""
    return History(state.index_id, digest) if isinstance(digest, bytes) and len(digest) == 16 else None


def find_arrival(arrived: int, state: State, first_from: Callable[[int], tuple[int, int] | None]) -> int:
    """Return the lowest row number from which on all rows arrived at ``arrived`` or later, microseconds since 1970 UTC.

    ``first_from``: returns the number and the time of arrival of the first row from a number on. This is a binary
    search, because times of arrival never decrease.
    """
    low, high = state.floor, state.next
    while low < high:
        middle = (low + high) // 2
        found = first_from(middle)
        if found is None or found[1] >= arrived:
            high = middle
        else:
            low = found[0] + 1
    return low


def limited_arrivals(store: Store, arrived: int, state: State) -> Iterator[tuple[str, list[tuple[int, int, int]]]]:
    """Yield what ``limit_arrivals`` changes, some at a time: the table, and (arrived, crc, id) of each intact row."""
    for start in range(store.first_arrived_after(arrived + 1, state), state.next, _CHANGED_AT_ONCE):
        end = min(start + _CHANGED_AT_ONCE, state.next)
        for table, crc, read in (("article", _CRC, store.rows), ("story_entry", _STORY_CRC, store.story_entries)):
            changed = [
                replace(row, arrived=arrived).stored()
                for row in list(read(start, end))
                if not isinstance(row, DamagedRowError)
            ]
            yield table, [(arrived, values[crc], values[0]) for values in changed]
