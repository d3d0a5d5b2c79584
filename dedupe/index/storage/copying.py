"""Copies the rows of an index into another folder, where the copy appears complete or not at all."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from dedupe.index.storage.connection import check_format, connect, explain_errors, patiently
from dedupe.index.storage.failpoints import failpoint
from dedupe.index.storage.folder import DATABASE, WRITE_LOCK, check_folder, check_target
from dedupe.index.storage.locks import FileLock
from dedupe.index.storage.segments import sync_folder

_OTHER_BACKUP = "`dedupe index restore` with another backup is all that is left"


@contextlib.contextmanager
def opened_to_read(
    folder: Path, *, damaged: bool = False, wait_seconds: float | None = None
) -> Iterator[sqlite3.Connection]:
    """Open the SQLite file of an index to read it, such as a backup. Nobody writes to it meanwhile.

    The folder may be write-protected. ``damaged``: also read a file that is shorter than it says. ``wait_seconds``: how
    long to wait for another process that uses the index; None waits without end.

    Raises ``IndexRefusedError`` if the folder holds no index of this format.
    """
    check_folder(folder, create=False)
    with contextlib.ExitStack() as stack:
        stack.enter_context(explain_errors(folder, if_damaged=_OTHER_BACKUP))
        lock = FileLock(folder / WRITE_LOCK, wait_seconds=wait_seconds, read_only=True)
        stack.callback(lock.close)
        stack.enter_context(lock.held(shared=True))
        connection = stack.enter_context(contextlib.closing(connect(folder, "rw")))
        if damaged:
            connection.execute("PRAGMA writable_schema=ON")  # SQLite then does not compare the size with the header
        # In one transaction: SQLite's own copying would wait without end for a program that locks the file meanwhile.
        connection.execute("BEGIN")
        patiently(folder, wait_seconds, lambda: check_format(connection, folder, create=False))
        yield connection


def copy_articles(source: sqlite3.Connection, folder: Path, wait_seconds: float | None) -> None:
    """Inside a transaction: copy the SQLite file of an index, as it is now, into a folder without one.

    Segment files in the folder stay: an opening uses those that stand for the copied rows. ``wait_seconds``: how long
    to wait for another process that makes an index there; None waits without end.

    Raises ``IndexRefusedError`` if the folder holds an index or anything else, and ``IndexUnavailableError`` if it
    cannot be written.
    """
    check_target(folder)
    with explain_errors(folder):
        lock = FileLock(folder / WRITE_LOCK, wait_seconds=wait_seconds)
        try:
            with lock.held():
                check_target(folder)
                for left_behind in folder.glob(f"{DATABASE}.tmp*"):
                    left_behind.unlink()
                _copy(source, folder)
        finally:
            lock.close()


def _copy(source: sqlite3.Connection, folder: Path) -> None:
    temporary = folder / f"{DATABASE}.tmp"
    try:
        with contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as target:
            target.execute("PRAGMA synchronous=OFF")  # the file counts only once it is complete and synced
            source.backup(target)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        failpoint("copy written")
        temporary.replace(folder / DATABASE)
        sync_folder(folder)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
