"""How the SQLite file of an index is opened: its format and tables, the journal mode, and its errors in plain words."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from dedupe.errors import IndexDamagedError, IndexRefusedError, IndexUnavailableError
from dedupe.index.storage.folder import DATABASE, has_segments, lost_articles

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

_BUSY_SECONDS = 60.0
"""How long SQLite waits for a lock of its own before it gives up."""

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


def connect(folder: Path) -> sqlite3.Connection:
    """Open the SQLite file of an index, which SQLite makes if it is absent. Transactions are begun explicitly."""
    connection = sqlite3.connect(
        folder / DATABASE, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    decode_damaged_text(connection)
    return connection


def decode_damaged_text(connection: sqlite3.Connection) -> None:
    """Let text that a flipped bit made undecodable reach the checksum. It must not end the reading of all rows."""
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")


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


def configure(connection: sqlite3.Connection, folder: Path) -> str:
    """Set page size, durability and cache of a connection, and return the journal mode that SQLite now uses.

    Raises ``IndexRefusedError`` if another process keeps the file in a journal mode that is unsafe here.
    """
    connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    [mode] = connection.execute(f"PRAGMA journal_mode={journal_mode()}").fetchone()
    mode = str(mode).lower()
    if mode == "wal" and journal_mode() != "wal":
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
def explain_errors(folder: Path, *, advice: str = _SALVAGE) -> Iterator[None]:
    """Turn errors of SQLite and the system into one line that says that nothing was stored, and what to do.

    ``advice``: what to do if the database is damaged.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise IndexUnavailableError(
            f"{folder}: {error}; nothing of this call was stored – free disk space or repair the disk, and repeat it"
        ) from error
    except sqlite3.DatabaseError as error:
        # SQLite reports a read error like this too.
        raise IndexDamagedError(
            f"{folder}: {error}; nothing of this call was stored – the database is damaged or could not be read: "
            f"repeat it, and if it fails again, {advice}"
        ) from error
    except OSError as error:
        raise IndexUnavailableError(f"{folder}: {error.strerror or error}; nothing of this call was stored") from error
