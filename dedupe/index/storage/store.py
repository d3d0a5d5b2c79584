"""The log: one SQLite row an article, appended in the order of arrival. It alone is the truth of an index.

Every change is one transaction with ``synchronous=FULL`` under one file lock, so writers queue instead of failing, and
nobody writes or checkpoints while somebody else does. Write-ahead logging is used only where the linked SQLite has the
fix of 2026 for lost commits (3.51.3, 3.50.7, 3.44.6); elsewhere ``journal_mode=TRUNCATE``, which loses nothing in a
simulated power failure where ``DELETE`` does.
"""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dedupe.errors import IndexRefusedError, IndexUnavailableError
from dedupe.index.storage.failpoints import failpoint
from dedupe.index.storage.folder import BUILD_LOCK, DATABASE, WRITE_LOCK, check_folder
from dedupe.index.storage.locks import FileLock
from dedupe.index.storage.rows import (
    COLUMNS,
    STORY_ENTRY_COLUMNS,
    DamagedRowError,
    StoredArticle,
    StoryEntry,
    read_row,
    read_story_entry,
    read_term_vector,
)

FORMAT = 3

APPLICATION_ID = 0x4E445550
"""Marks the SQLite file as ours: "NDUP"."""


_PAGE_BYTES = 2048
"""A row is about 6 KB: pages of 8 KB would be a quarter empty, smaller ones make longer chains to read."""

_CACHE_KIB = 16_384

_BUSY_SECONDS = 60.0

_DELETED_AT_ONCE = 256

_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    next INTEGER NOT NULL, floor INTEGER NOT NULL, arrived INTEGER NOT NULL, forgotten INTEGER NOT NULL,
    crc INTEGER NOT NULL
);
CREATE TABLE forgotten (id INTEGER PRIMARY KEY);
CREATE TABLE article (
    id INTEGER PRIMARY KEY, arrived INTEGER NOT NULL, name TEXT NOT NULL, digest INTEGER NOT NULL,
    words INTEGER NOT NULL, publisher INTEGER, published INTEGER, verdict TEXT NOT NULL, matched TEXT, story INTEGER,
    canonical TEXT NOT NULL, founder INTEGER NOT NULL, score REAL, jaccard REAL, left_in_right REAL,
    right_in_left REAL, crc INTEGER NOT NULL, bands BLOB NOT NULL, passages BLOB NOT NULL, shingles BLOB NOT NULL
);
CREATE TABLE story_entry (
    id INTEGER PRIMARY KEY, arrived INTEGER NOT NULL, published INTEGER, story INTEGER NOT NULL, crc INTEGER NOT NULL,
    top_terms BLOB NOT NULL, term_vector_crc INTEGER NOT NULL, term_vector BLOB NOT NULL
);
"""

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM article"  # noqa: S608 - column names are ours

_INSERT = f"INSERT INTO article ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608

_SELECT_FILING = f"SELECT {', '.join(STORY_ENTRY_COLUMNS[:-2])} FROM story_entry"  # noqa: S608

_INSERT_FILING = f"INSERT INTO story_entry VALUES ({', '.join('?' * len(STORY_ENTRY_COLUMNS))})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class State:
    """``next``: the id of the next row · ``floor``: rows below have expired · ``arrived``: time of the newest row, µs ·
    ``forgotten``: how many times a row was taken out."""

    next: int
    floor: int
    arrived: int
    forgotten: int


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """``wal`` where the linked SQLite does not lose commits with it, else ``truncate`` (sqlite.org/wal.html).

    >>> journal_mode((3, 40, 1)), journal_mode((3, 50, 7)), journal_mode((3, 51, 2)), journal_mode((3, 51, 3))
    ('truncate', 'wal', 'truncate', 'wal')
    """
    repaired = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return "wal" if repaired else "truncate"


class Store:
    """The opened log of one index folder."""

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        """Open, or make where the folder is empty or absent and ``create`` says so. Raises ``IndexRefusedError``."""
        self.folder = folder
        check_folder(folder, create=create)
        try:
            self._lock = FileLock(folder / WRITE_LOCK)
            self.build_lock = FileLock(folder / BUILD_LOCK)
            self._connection = sqlite3.connect(
                folder / DATABASE, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.OperationalError) as error:
            raise IndexRefusedError(f"{folder} cannot be written: {error}; check its owner and permissions") from error
        # Text that a flipped bit made undecodable must reach the checksum, not end the reading of all rows.
        self._connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        try:
            with self._lock.held(), _explained(folder):
                self.is_new = self._prepare(create=create)
        except BaseException:
            self.close()
            raise

    def _prepare(self, *, create: bool) -> bool:
        """Set the connection up and check whose file it is; True where it has just been made."""
        run = self._connection.execute
        try:
            application, user_version = _one(run("PRAGMA application_id")), _one(run("PRAGMA user_version"))
            tables = _one(run("SELECT count(*) FROM sqlite_master"))
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise IndexRefusedError(
                f"{self.folder}: {DATABASE} is no SQLite file ({error}); name another folder"
            ) from error
        is_new = application == 0 and tables == 0
        if not is_new and application != APPLICATION_ID:
            raise IndexRefusedError(f"{self.folder}: {DATABASE} belongs to another program; name another folder")
        if not is_new and user_version != FORMAT:
            again = "make it again in another folder: dedupe filter --index FOLDER articles.jsonl > /dev/null"
            advice = "upgrade news-dedupe" if user_version > FORMAT else again
            raise IndexRefusedError(
                f"{self.folder}: the index has format {user_version}, this program {FORMAT}; {advice}"
            )
        if is_new and not create:
            raise IndexRefusedError(f"{self.folder}: no index here; `dedupe filter --index` makes one")
        run(f"PRAGMA page_size={_PAGE_BYTES}")
        run("PRAGMA synchronous=FULL")
        run(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self.mode = str(_one(run(f"PRAGMA journal_mode={journal_mode()}"))).lower()
        if self.mode == "wal" and journal_mode() != "wal":
            raise IndexRefusedError(
                f"{self.folder}: a process with a newer SQLite has the index open with write-ahead logging, which "
                f"SQLite {sqlite3.sqlite_version} can lose commits with; use one SQLite for all"
            )
        if is_new:
            with self._transaction("IMMEDIATE"):
                for statement in filter(None, map(str.strip, _SCHEMA.split(";"))):
                    run(statement)
                run("INSERT INTO state VALUES (1, 0, 0, 0, 0, 0)")
                self.put(State(next=1, floor=1, arrived=0, forgotten=0))
                run(f"PRAGMA application_id={APPLICATION_ID}")
                run(f"PRAGMA user_version={FORMAT}")
        return is_new

    # Transactions

    @contextlib.contextmanager
    def writing(self) -> Iterator[State]:
        """One durable transaction: all that is done inside is stored when it ends, or nothing of it."""
        with self._lock.held(), _explained(self.folder), self._transaction("IMMEDIATE"):
            yield self._state()
            failpoint("before commit")
        failpoint("after commit")

    @contextlib.contextmanager
    def reading(self) -> Iterator[State]:
        """One view of the log that no writer changes meanwhile."""
        with self._lock.held(shared=True), _explained(self.folder), self._transaction("DEFERRED"):
            yield self._state()

    @contextlib.contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        run = self._connection.execute
        run(f"BEGIN {kind}")
        try:
            yield
            run("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already; if even this fails, closing rolls back.
            with contextlib.suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    run("ROLLBACK")
            raise

    # Inside a transaction

    def _state(self) -> State:
        found = self._connection.execute("SELECT next, floor, arrived, forgotten, crc FROM state").fetchone()
        if found is None or _checksum(found[:-1]) != found[-1]:
            # Believing a flipped bit here could expire everything.
            raise sqlite3.DatabaseError("the state does not match its checksum")
        return State(*found[:-1])

    def append(self, rows: Sequence[StoredArticle], story_entries: Sequence[StoryEntry], state: State) -> None:
        """Store new rows, what stories are followed by, and the state after them."""
        failpoint("before insert")
        self._connection.executemany(_INSERT, [row.stored() for row in rows])
        self._connection.executemany(_INSERT_FILING, [entry.stored() for entry in story_entries])
        failpoint("after insert")
        self.put(state)

    def put(self, state: State) -> None:
        """Store the state."""
        values = (state.next, state.floor, state.arrived, state.forgotten)
        query = "UPDATE state SET next=?, floor=?, arrived=?, forgotten=?, crc=?"
        self._connection.execute(query, (*values, _checksum(values)))

    def row(self, row_id: int) -> StoredArticle | None:
        """One row, None where it is gone. Raises ``DamagedRowError``."""
        found = self._connection.execute(f"{_SELECT} WHERE id = ?", (row_id,)).fetchone()
        return None if found is None else read_row(found)

    def rows(self, start: int, end: int) -> Iterator[StoredArticle | DamagedRowError]:
        """Rows with start ≤ id < end, in order; a damaged one as its error."""
        with _explained(self.folder):
            for values in self._connection.execute(f"{_SELECT} WHERE id >= ? AND id < ? ORDER BY id", (start, end)):
                try:
                    yield read_row(values)
                except DamagedRowError as error:
                    yield error

    def story_entries(self, start: int, end: int) -> Iterator[StoryEntry | DamagedRowError]:
        """What stories are followed by, start ≤ id < end, in order and without bags; a damaged one as its error."""
        with _explained(self.folder):
            query = f"{_SELECT_FILING} WHERE id >= ? AND id < ? ORDER BY id"
            for values in self._connection.execute(query, (start, end)):
                try:
                    yield read_story_entry(values)
                except DamagedRowError as error:
                    yield error

    def term_vector(self, row_id: int) -> bytes | None:
        """The bag of one row, None where it is gone. Raises ``DamagedRowError``."""
        found = self._connection.execute(
            "SELECT term_vector_crc, term_vector FROM story_entry WHERE id = ?", (row_id,)
        ).fetchone()
        return None if found is None else read_term_vector(row_id, *found)

    def forget(self, row_ids: Sequence[int]) -> None:
        """Take rows out, and remember that they were."""
        ids = [(row_id,) for row_id in row_ids]
        self._connection.executemany("DELETE FROM story_entry WHERE id = ?", ids)
        self._connection.executemany("DELETE FROM article WHERE id = ?", ids)
        self._connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", ids)

    def first_arrived_after(self, arrived: int, state: State) -> int:
        """The lowest row id from which on all rows arrived at ``arrived`` or later. Arrival grows with the id."""
        low, high = state.floor, state.next
        while low < high:
            middle = (low + high) // 2
            query = "SELECT id, arrived FROM article WHERE id >= ? ORDER BY id LIMIT 1"
            found = self._connection.execute(query, (middle,)).fetchone()
            if found is None or found[1] >= arrived:
                high = middle
            else:
                low = found[0] + 1
        return low

    def forgotten(self, state: State) -> set[int]:
        """Rows of the window that were taken out."""
        query = "SELECT id FROM forgotten WHERE id >= ?"
        return {row_id for (row_id,) in self._connection.execute(query, (state.floor,))}

    def oldest(self, floor: int) -> int | None:
        """When the oldest row from ``floor`` on arrived."""
        query = "SELECT arrived FROM article WHERE id >= ? ORDER BY id LIMIT 1"
        found = self._connection.execute(query, (floor,)).fetchone()
        return None if found is None else int(found[0])

    def about(self) -> dict[str, str]:
        """What the index says about itself."""
        found = dict(self._connection.execute("SELECT name, value FROM about ORDER BY name").fetchall())
        crc = found.pop("crc", None)
        if found and crc != str(_checksum(tuple(found.items()))):
            raise sqlite3.DatabaseError("what the index says about itself does not match its checksum")
        return found

    def describe(self, facts: dict[str, str]) -> None:
        """Add to what the index says about itself."""
        known = dict(sorted((self.about() | facts).items()))
        known["crc"] = str(_checksum(tuple(known.items())))
        self._connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", known.items())

    def integrity(self) -> list[str]:
        """What SQLite's own check complains about."""
        found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    # Outside

    def delete_expired(self, filing_floor: int = 0) -> bool:
        """Delete some hundred rows below the floor, so that nobody waits long; whether there may be more.

        ``filing_floor``: what stories are followed by goes from below this row, or the floor where that is higher.
        """
        with self.writing() as state:
            deleted = [
                self._delete("article", state.floor),
                self._delete("story_entry", max(filing_floor, state.floor)),
            ]
            self._connection.execute("DELETE FROM forgotten WHERE id < ?", (state.floor,))
        failpoint("expired rows deleted")
        return max(deleted) == _DELETED_AT_ONCE

    def _delete(self, table: str, below: int) -> int:
        query = f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id < ? ORDER BY id LIMIT ?)"  # noqa: S608
        return self._connection.execute(query, (below, _DELETED_AT_ONCE)).rowcount

    def limit_pages(self, pages: int) -> None:
        """Let the SQLite file grow to so many pages only: how tests fill a disk."""
        self._connection.execute(f"PRAGMA max_page_count={int(pages)}")

    def close(self) -> None:
        """Close everything. Under the lock, because closing may copy a write-ahead log back."""
        with self._lock.held():
            self._connection.close()
        self._lock.close()
        self.build_lock.close()


def _checksum(values: tuple[object, ...]) -> int:
    return zlib.crc32(repr(values).encode())


def _one(cursor: sqlite3.Cursor) -> int:
    value: int = cursor.fetchone()[0]
    return value


@contextlib.contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """SQLite's and the system's errors as one line that says what was lost (nothing) and what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise IndexUnavailableError(
            f"{folder}: {error}; nothing of this call was stored – free disk space or repair the disk, and repeat it"
        ) from error
    except sqlite3.DatabaseError as error:
        # SQLite says so after a read error too.
        raise IndexUnavailableError(
            f"{folder}: {error}; nothing of this call was stored – the log is damaged or could not be read: repeat it, "
            "and see `dedupe index doctor`"
        ) from error
    except OSError as error:
        raise IndexUnavailableError(f"{folder}: {error.strerror or error}; nothing of this call was stored") from error
