"""How the SQLite file of an index is opened: its format and tables, the journal mode, and its errors in plain words."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from dedupe.errors import IndexDamagedError, IndexRefusedError, IndexUnavailableError
from dedupe.index.storage.folder import DATABASE, has_segments, lost_articles
from dedupe.index.storage.holders import holder_of
from dedupe.index.storage.troubles import trouble
from dedupe.index.storage.waiting import Wait

T = TypeVar("T")

FORMAT = 5
"""Version of the tables, stored as SQLite's user_version. An index of another format is refused."""

MAKE_IT_AGAIN = (
    "make it again from the articles (an index holds no texts), in a new folder and with the options it was made with, "
    "such as --story-days, --retention-days or --seed: dedupe filter --index NEW_FOLDER articles.jsonl > /dev/null"
)
"""What to do with an index that an earlier version made and that this version cannot use."""

APPLICATION_ID = 0x4E445550
"""Number that marks the SQLite file as an index of this package: "NDUP" in ASCII."""

_PAGE_BYTES = 2048
"""Size of an SQLite page. A row takes about 6 KB: in pages of 8 KB a quarter would stay empty, and smaller pages make
longer chains to read."""

_CACHE_KIB = 16_384
"""Size of SQLite's page cache, KiB."""

_BUSY_SECONDS = 1.0
"""How long SQLite waits for a lock of its own before the index looks for who holds it, and asks again."""

_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    next INTEGER NOT NULL, floor INTEGER NOT NULL, latest INTEGER NOT NULL, forgotten INTEGER NOT NULL,
    index_id BLOB NOT NULL, history BLOB NOT NULL, crc INTEGER NOT NULL
);
CREATE TABLE history (block_end INTEGER PRIMARY KEY, digest BLOB NOT NULL);
CREATE TABLE forgotten (id INTEGER PRIMARY KEY);
CREATE TABLE article (
    id INTEGER PRIMARY KEY, arrived INTEGER NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL,
    words INTEGER NOT NULL, publisher INTEGER, published INTEGER, verdict TEXT NOT NULL, matched TEXT, story INTEGER,
    canonical TEXT NOT NULL, founder INTEGER NOT NULL, score REAL, jaccard REAL, left_in_right REAL,
    right_in_left REAL, crc INTEGER NOT NULL, bands BLOB NOT NULL, passages BLOB NOT NULL,
    details BLOB NOT NULL, shingles BLOB NOT NULL
);
CREATE TABLE story_entry (
    id INTEGER PRIMARY KEY, arrived INTEGER NOT NULL, published INTEGER, story INTEGER NOT NULL, crc INTEGER NOT NULL,
    top_terms BLOB NOT NULL, term_vector_crc INTEGER NOT NULL, term_vector BLOB NOT NULL
);
"""


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """Return ``wal`` if the SQLite of this version loses no commits with it, else ``truncate`` (sqlite.org/wal.html).

    >>> journal_mode((3, 40, 1)), journal_mode((3, 50, 7)), journal_mode((3, 51, 2)), journal_mode((3, 51, 3))
    ('truncate', 'wal', 'truncate', 'wal')
    """
    repaired = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return "wal" if repaired else "truncate"


class _Connection(sqlite3.Connection):
    """A connection that also reports a schema as damaged if SQLite's message quotes it and it is not UTF-8.

    Python cannot decode such a message, and raises ``UnicodeDecodeError`` in its place.
    """

    def execute(self, *query: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3 declares it
        try:
            return super().execute(*query)
        except UnicodeDecodeError as error:
            damage = sqlite3.DatabaseError("malformed database schema")
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage from error


def connect(folder: Path, mode: str = "rwc") -> sqlite3.Connection:
    """Open the SQLite file of an index. Transactions are begun explicitly.

    ``mode``: one of SQLite. "rwc" makes a file that is absent. "rw" makes none, but undoes a transaction that a crash
    left half done, where the file can be written. "ro" changes nothing in the folder.
    """
    place = f"{(folder / DATABASE).absolute().as_uri()}?mode={mode}"
    if mode != "rwc" and _is_left_in_wal_mode(folder):
        place += "&immutable=1"
    connection = sqlite3.connect(
        place, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=_Connection
    )
    # Text that a flipped bit made undecodable must reach the checksum. It must not end the reading of all rows.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    return connection


def _is_left_in_wal_mode(folder: Path) -> bool:
    """Return whether the SQLite file asks for files of a write-ahead log that are absent and cannot be made.

    Then nobody has the index open, and SQLite must be told that the file does not change, or it will not read it.
    """
    try:
        with (folder / DATABASE).open("rb") as file:
            is_wal = file.read(20)[18:] == b"\2\2"
    except OSError:
        return False
    return is_wal and not (folder / f"{DATABASE}-wal").exists() and not os.access(folder, os.W_OK)


def patiently(folder: Path, wait_seconds: float | None, step: Callable[[], T]) -> T:
    """Do a step in SQLite, again and again while another process keeps the SQLite file locked.

    Programs other than this package do not use the lock files, and reading outside a transaction does not either.
    ``wait_seconds``: how long to try; None tries without end. Raises ``IndexUnavailableError`` after that time.
    """
    wait = Wait(folder, wait_seconds, functools.partial(holder_of, folder / DATABASE, also_this_process=False))
    while True:
        try:
            return step()
        except sqlite3.OperationalError as error:
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            wait.check()


def check_format(connection: sqlite3.Connection, folder: Path, *, create: bool) -> bool:
    """Check that the file is an index of this format, and return whether it is still empty.

    Raises ``IndexRefusedError`` for another program's file, for another format, for an empty file beside segment files
    and, without ``create``, for any empty file.
    """
    try:
        application, stored_format, tables = (
            _number(connection, query)
            for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
        )
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        raise IndexRefusedError(
            f"{folder}: {DATABASE} is no SQLite file ({error}); name another folder or, if it was an index, put a "
            "backup into a new one with `dedupe index restore`"
        ) from error
    if application == 0 and tables == 0:
        if has_segments(folder):
            raise lost_articles(folder, "is empty")
        if not create:
            raise IndexRefusedError(f"{folder}: no index here; `dedupe filter --index` makes one")
        return True
    if application != APPLICATION_ID:
        raise IndexRefusedError(f"{folder}: {DATABASE} belongs to another program; name another folder")
    if stored_format != FORMAT:
        advice = "upgrade news-dedupe" if stored_format > FORMAT else MAKE_IT_AGAIN
        raise IndexRefusedError(
            f"{folder}: the index has format {stored_format}, but this version of news-dedupe needs format {FORMAT}; "
            f"{advice}"
        )
    return False


def configure(connection: sqlite3.Connection, folder: Path, *, read_only: bool = False) -> str:
    """Set page size, durability and cache of a connection, and return the journal mode that SQLite now uses.

    With ``read_only`` the journal mode stays as it is: reading loses no commits.

    Raises ``IndexRefusedError`` if another process keeps the file in a journal mode that is unsafe here.
    """
    connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    wanted = "" if read_only else f"={journal_mode()}"
    [mode] = connection.execute(f"PRAGMA journal_mode{wanted}").fetchone()
    mode = str(mode).lower()
    if read_only and mode != "wal":
        return "truncate"  # SQLite tells its default, because the file does not say how it is written
    if mode == "wal" and not read_only and journal_mode() != "wal":
        raise IndexRefusedError(
            f"{folder}: a process with a newer SQLite has the index open with write-ahead logging, which "
            f"SQLite {sqlite3.sqlite_version} can lose commits with; use one SQLite for all"
        )
    return mode


def create_tables(connection: sqlite3.Connection) -> None:
    """Inside a transaction: make the tables and mark the file as an index."""
    for statement in filter(None, map(str.strip, _SCHEMA.split(";"))):
        connection.execute(statement)
    connection.execute("INSERT INTO state VALUES (1, 0, 0, 0, 0, x'', x'', 0)")
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={FORMAT}")


def _number(connection: sqlite3.Connection, query: str) -> int:
    """Return the only value of a query that gives one whole number."""
    value: int = connection.execute(query).fetchone()[0]
    return value


_SALVAGE = "`dedupe index doctor DIR --salvage NEW_DIR` keeps what is intact"


@contextlib.contextmanager
def explain_errors(folder: Path, opened: os.stat_result | None = None, *, if_damaged: str = _SALVAGE) -> Iterator[None]:
    """Turn errors of SQLite and the system into one line that says that nothing was stored, and what to do.

    ``opened``: the status of the SQLite file when it was opened, which shows whether it was moved since.
    ``if_damaged``: what to do if the database is damaged.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        found = trouble(folder, error, opened, if_damaged)
        kind = IndexDamagedError if found.is_damage else IndexUnavailableError
        raise kind(f"{folder}: {found.what}; nothing of this call was stored – {found.to_do}") from error
