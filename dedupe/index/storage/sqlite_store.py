"""The store of an index in a folder: one SQLite row per article, appended in the order of arrival.

The rows are the only data of an index that cannot be rebuilt. Every change is one transaction with ``synchronous=FULL``
under one file lock, so writers queue instead of failing, and nobody writes or checkpoints while somebody else does.

Write-ahead logging is used only if the linked SQLite has the fix of 2026 for lost commits (3.51.3, 3.50.7, 3.44.6).
Otherwise ``journal_mode`` is TRUNCATE: it loses nothing in simulated power failures, in which DELETE does.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from dedupe.errors import IndexRefusedError, IndexUnavailableError
from dedupe.index.storage.connection import check_format, configure, connect, create_tables, explain_errors, patiently
from dedupe.index.storage.copying import copy_articles
from dedupe.index.storage.failpoints import failpoint
from dedupe.index.storage.folder import BUILD_LOCK, DATABASE, WRITE_LOCK, check_folder
from dedupe.index.storage.locks import FileLock
from dedupe.index.storage.rows import (
    COLUMNS,
    STORY_ENTRY_COLUMNS,
    DamagedRowError,
    KeyedRow,
    StoredArticle,
    StoryEntry,
    read_row,
    read_story_entry,
    read_term_vector,
)
from dedupe.index.storage.segments import History
from dedupe.index.storage.store import (
    State,
    advance,
    as_history,
    checksum,
    find_arrival,
    limited_arrivals,
    with_checksum,
)
from dedupe.index.storage.troubles import missing, trouble

_DELETED_AT_ONCE = 256
"""Most expired rows that one transaction deletes from a table, so that no other process waits long for the lock."""

_CLOSING_SECONDS = 1.0
"""How long closing waits for the lock. A process that is told to end must not wait for another one."""

T = TypeVar("T")

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM article"  # noqa: S608 - column names are ours

_INSERT = f"INSERT INTO article ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608

_SELECT_STORY_ENTRY = f"SELECT {', '.join(STORY_ENTRY_COLUMNS[:-2])} FROM story_entry"  # noqa: S608

_INSERT_STORY_ENTRY = f"INSERT INTO story_entry VALUES ({', '.join('?' * len(STORY_ENTRY_COLUMNS))})"  # noqa: S608


_CRC = COLUMNS.index("crc")


class SqliteStore:
    """The opened database of one index folder. ``Store`` says what each method does."""

    database = DATABASE
    folder_is_cache = False
    generation = 0
    sqlite = sqlite3.sqlite_version
    postgresql = ""

    def __init__(
        self, folder: Path, *, create: bool = True, read_only: bool = False, wait_seconds: float | None = None
    ) -> None:
        """Open the store; with ``create``, make it if the folder is empty or absent.

        ``read_only``: change nothing in the folder. ``wait_seconds``: how long to wait for other processes; None waits
        without end.

        Raises ``IndexRefusedError`` if the folder or its database cannot be used.
        """
        self.name, self.folder = str(folder), folder
        self.read_only = read_only
        self.wait_seconds = wait_seconds
        create = create and not read_only
        check_folder(folder, create=create)
        try:
            with contextlib.ExitStack() as opened:
                self._lock = FileLock(folder / WRITE_LOCK, wait_seconds=wait_seconds, read_only=read_only)
                opened.callback(self._lock.close)
                self.build_lock = FileLock(folder / BUILD_LOCK, wait_seconds=wait_seconds, read_only=read_only)
                opened.callback(self.build_lock.close)
                self._connection = connect(folder, "ro" if read_only else "rwc")
                opened.callback(self._connection.close)
                self._opened = (folder / DATABASE).stat()
                opened.pop_all()
        except (OSError, sqlite3.OperationalError) as error:
            found = trouble(folder, error, None)
            raise IndexRefusedError(f"{folder} cannot be opened: {found.what} – {found.to_do}") from error
        try:
            with self._lock.held(shared=read_only), explain_errors(folder, self._opened):
                is_empty = self._patiently(lambda: check_format(self._connection, folder, create=create))
                self.mode = self._patiently(lambda: configure(self._connection, folder, read_only=read_only))
                if is_empty:
                    with self._transaction("IMMEDIATE"):
                        create_tables(self._connection)
                        own = secrets.token_bytes(16)
                        self.write_state(State(next=1, floor=1, latest=0, forgotten=0, index_id=own, history=own))
                with self._transaction("DEFERRED"):
                    self._check_newest(self._patiently(self._read_state))
        except BaseException:
            self.close()
            raise

    # Transactions

    @contextlib.contextmanager
    def writing(self) -> Iterator[State]:
        """Open one durable transaction. Everything that is done inside is stored when it ends, or nothing of it."""
        if self.read_only:
            raise IndexRefusedError(f"{self.folder}: the index was opened read-only and cannot be changed")
        with self._lock.held(), self.explaining():
            self._check_place()
            with self._transaction("IMMEDIATE"):
                yield self._read_state()
                failpoint("before commit")
        failpoint("after commit")

    @contextlib.contextmanager
    def reading(self) -> Iterator[State]:
        """Open a view of the store that no writer changes in the meantime."""
        with self._lock.held(shared=True), self.explaining():
            self._check_place()
            with self._transaction("DEFERRED"):
                yield self._patiently(self._read_state)

    def explaining(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which errors of SQLite and the system become ``IndexUnavailableError``."""
        return explain_errors(self.folder, self._opened)

    def _check_place(self) -> None:
        """Check that the SQLite file is where it was opened: a deleted one would still answer, and lose new rows."""
        if gone := missing(self.folder, self._opened):
            raise FileNotFoundError(gone.what)

    def _patiently(self, step: Callable[[], T]) -> T:
        return patiently(self.folder, self.wait_seconds, step)

    def _select(self, query: str, values: tuple[int, ...]) -> sqlite3.Cursor:
        """Begin a query. Outside a transaction another process may be writing, and is waited for."""
        return self._patiently(lambda: self._connection.execute(query, values))

    @contextlib.contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        run = self._connection.execute
        self._patiently(lambda: run(f"BEGIN {kind}"))
        try:
            yield
            self._patiently(lambda: run("COMMIT"))
        except BaseException:
            # A full disk may have ended the transaction already. If the rollback fails too, closing rolls back.
            with contextlib.suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    run("ROLLBACK")
            raise

    # Inside a transaction

    def _read_state(self) -> State:
        return read_state(self._connection)

    def now(self) -> float:
        """Return the time of this machine's clock in seconds since 1970 UTC."""
        return time.time()

    def write_state(self, state: State) -> None:
        """Replace the stored state."""
        values = state.values()
        query = "UPDATE state SET next=?, floor=?, latest=?, forgotten=?, index_id=?, history=?, crc=?"
        self._connection.execute(query, (*values, checksum(values)))

    def _check_newest(self, state: State) -> None:
        """Raise ``sqlite3.DatabaseError`` if the newest rows are not those that the state says.

        So much can be checked at every opening. It notices most files that were put together from two copies.
        """
        [newest] = self._connection.execute("SELECT max(id) FROM article").fetchone()
        first_missing = max(newest or 0, state.floor - 1) + 1
        query = "SELECT count(*) FROM forgotten WHERE id >= ? AND id < ?"
        [forgotten] = self._connection.execute(query, (first_missing, state.next)).fetchone()
        if first_missing > state.next or forgotten < state.next - first_missing:
            raise sqlite3.DatabaseError("the newest rows are not those that the state says")

    def append(self, before: State, rows: Sequence[StoredArticle], story_entries: Sequence[StoryEntry]) -> State:
        """Store new rows and their story entries, and return the state after them, which is stored too."""
        failpoint("before insert")
        stored = [row.stored() for row in rows]
        self._connection.executemany(_INSERT, stored)
        self._connection.executemany(_INSERT_STORY_ENTRY, [entry.stored() for entry in story_entries])
        failpoint("after insert")
        after, ends = advance(before, rows, [values[_CRC] for values in stored])
        self._connection.executemany("INSERT INTO history VALUES (?, ?)", ends)
        self.write_state(after)
        return after

    def history(self, block_end: int, state: State) -> History | None:
        """Return the history of the rows below the end of a lowest-level block.

        None if it is not known any more, or is no digest, as after a flipped bit. A segment is then built again.
        """
        with self.explaining():
            found = self._select("SELECT digest FROM history WHERE block_end = ?", (block_end,)).fetchone()
        return as_history(found[0] if found else None, state)

    def has_row(self, row_id: int) -> bool:
        """Whether an intact row with this number is stored."""
        with self.explaining():
            try:
                return self.row(row_id) is not None
            except DamagedRowError:
                return False

    def row(self, row_id: int) -> StoredArticle | None:
        """Return one row, None if there is none. Raises ``DamagedRowError``."""
        found = self._select(f"{_SELECT} WHERE id = ?", (row_id,)).fetchone()
        return None if found is None else read_row(found)

    def rows(self, start: int, end: int) -> Iterator[StoredArticle | DamagedRowError]:
        """Yield the rows with start ≤ id < end in ascending order, and the error in place of a damaged row."""
        with self.explaining():
            for values in self._select(f"{_SELECT} WHERE id >= ? AND id < ? ORDER BY id", (start, end)):
                try:
                    yield read_row(values)
                except DamagedRowError as error:
                    yield error

    def keyed_rows(self, start: int, end: int) -> Iterator[KeyedRow | DamagedRowError]:
        """Yield of the same rows what their keys are made of."""
        for row in self.rows(start, end):
            yield row if isinstance(row, DamagedRowError) else KeyedRow.of(row)

    def story_entries(self, start: int, end: int) -> Iterator[StoryEntry | DamagedRowError]:
        """Yield the story entries with start ≤ id < end in ascending order, without their term vectors.

        In place of a damaged entry its error is yielded.
        """
        with self.explaining():
            query = f"{_SELECT_STORY_ENTRY} WHERE id >= ? AND id < ? ORDER BY id"
            for values in self._connection.execute(query, (start, end)):
                try:
                    yield read_story_entry(values)
                except DamagedRowError as error:
                    yield error

    def term_vector(self, row_id: int) -> bytes | None:
        """Return the packed term vector of one row, None if there is none. Raises ``DamagedRowError``."""
        found = self._connection.execute(
            "SELECT term_vector_crc, term_vector FROM story_entry WHERE id = ?", (row_id,)
        ).fetchone()
        return None if found is None else read_term_vector(row_id, *found)

    def forget(self, row_ids: Sequence[int]) -> None:
        """Delete rows and note their numbers, so that ``doctor`` does not report them as missing."""
        ids = [(row_id,) for row_id in row_ids]
        self._connection.executemany("DELETE FROM story_entry WHERE id = ?", ids)
        self._connection.executemany("DELETE FROM article WHERE id = ?", ids)
        self._connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", ids)

    def first_arrived_after(self, arrived: int, state: State) -> int:
        """Return the lowest row number from which on all rows arrived at ``arrived`` or later, microseconds."""
        return find_arrival(arrived, state, self._first_from)

    def _first_from(self, row_id: int) -> tuple[int, int] | None:
        """Return the number and the time of arrival of the first row from a number on; None if there is no row."""
        query = "SELECT id, arrived FROM article WHERE id >= ? ORDER BY id LIMIT 1"
        found: tuple[int, int] | None = self._connection.execute(query, (row_id,)).fetchone()
        return found

    def forgotten(self, state: State) -> set[int]:
        """Return the numbers of the rows that ``forget`` deleted and that would not have expired yet."""
        query = "SELECT id FROM forgotten WHERE id >= ?"
        return {row_id for (row_id,) in self._connection.execute(query, (state.floor,))}

    def oldest(self, floor: int) -> int | None:
        """Return the time of arrival of the first row from ``floor`` on, microseconds; None if there is no row."""
        found = self._first_from(floor)
        return None if found is None else found[1]

    def newest(self, floor: int) -> int | None:
        """Return the time of arrival of the last row from ``floor`` on, microseconds; None if there is no row."""
        query = "SELECT arrived FROM article WHERE id >= ? ORDER BY id DESC LIMIT 1"
        found = self._connection.execute(query, (floor,)).fetchone()
        return None if found is None else int(found[0])

    def limit_arrivals(self, arrived: int, state: State) -> None:
        """Let the rows that arrived later than ``arrived``, in microseconds, have arrived then. Damaged rows stay."""
        for table, changed in limited_arrivals(self, arrived, state):
            query = f"UPDATE {table} SET arrived = ?, crc = ? WHERE id = ?"  # noqa: S608 - table names are ours
            self._connection.executemany(query, changed)

    def read_metadata(self) -> dict[str, str]:
        """Return what the index stores about itself, by name; empty for a new index."""
        return read_metadata(self._connection)

    def write_metadata(self, values: dict[str, str]) -> None:
        """Add values to what the index stores about itself, or replace them."""
        known = with_checksum(self.read_metadata() | values)
        self._connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", known.items())

    def integrity(self) -> list[str]:
        """Return the first 20 complaints of SQLite's integrity check; none if the file is sound."""
        found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else [f"SQLite: {complaint}" for complaint in found]

    def description(self) -> str:
        """Return the version and the settings of SQLite, in a line for ``doctor``."""
        return f"{DATABASE}: SQLite {self.sqlite}, journal mode {self.mode}, synchronous FULL, integrity_check"

    # Outside a transaction

    def refusal_to_write(self) -> str:
        """Return what SQLite says if it would not write to the file, although this user may; otherwise "".

        A flipped bit in the header of the file can forbid it, and reading does not notice.
        """
        if self.read_only or not os.access(self.folder / DATABASE, os.W_OK):
            return ""
        with self._lock.held(), self.explaining():
            try:
                with self._transaction("IMMEDIATE"):
                    self._connection.execute("DELETE FROM forgotten WHERE id < 0")  # there is none
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
                    raise
                return str(error)
        return ""

    def delete_expired(self, story_floor: int = 0) -> bool:
        """Delete up to 256 expired rows and as many story entries, and return whether there may be more.

        Story entries are deleted below row ``story_floor``, or below the floor of the rows if that is higher.
        """
        with self.writing() as state:
            deleted = [
                self._delete("article", state.floor),
                self._delete("story_entry", max(story_floor, state.floor)),
            ]
            self._connection.execute("DELETE FROM forgotten WHERE id < ?", (state.floor,))
            self._connection.execute("DELETE FROM history WHERE block_end <= ?", (state.floor,))
        failpoint("expired rows deleted")
        return max(deleted) == _DELETED_AT_ONCE

    def _delete(self, table: str, below: int) -> int:
        query = f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id < ? ORDER BY id LIMIT ?)"  # noqa: S608
        return self._connection.execute(query, (below, _DELETED_AT_ONCE)).rowcount

    def log_bytes(self) -> int:
        """Return the size of the SQLite file and its journal, bytes."""
        return sum(_size(path) for path in self.folder.glob(f"{DATABASE}*"))

    def copy_to(self, folder: Path) -> None:
        """Copy all rows as they are at one moment into a folder without an index. Writers wait meanwhile."""
        with self.reading():
            copy_articles(self._connection, folder, self.wait_seconds)

    def limit_pages(self, pages: int) -> None:
        """Let the SQLite file grow to this many pages at most. Tests use it in place of a full disk."""
        self._connection.execute(f"PRAGMA max_page_count={int(pages)}")

    def close(self) -> None:
        """Close all files.

        This happens under the lock if it is soon free, so that SQLite copies a write-ahead log back while nobody
        writes. SQLite's own locks would make it safe, too.
        """
        with contextlib.suppress(IndexUnavailableError), self._lock.held(wait_seconds=_CLOSING_SECONDS):
            self._connection.close()
        self._connection.close()
        self._lock.close()
        self.build_lock.close()


def read_state(connection: sqlite3.Connection) -> State:
    """Return the stored state. Raises ``sqlite3.DatabaseError`` if it is damaged."""
    query = "SELECT next, floor, latest, forgotten, index_id, history, crc FROM state"
    found = connection.execute(query).fetchone()
    if found is None or checksum(found[:-1]) != found[-1]:
        # A flipped bit here could expire all articles.
        raise sqlite3.DatabaseError("the state does not match its checksum")
    return State(*found[:-1])


def read_metadata(connection: sqlite3.Connection) -> dict[str, str]:
    """Return what an index stores about itself, by name. Raises ``sqlite3.DatabaseError`` if it is damaged."""
    found = dict(connection.execute("SELECT name, value FROM about ORDER BY name").fetchall())
    crc = found.pop("crc", None)
    if found and crc != str(checksum(tuple(found.items()))):
        raise sqlite3.DatabaseError("what the index says about itself does not match its checksum")
    return found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
