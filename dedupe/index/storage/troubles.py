"""Says in plain words why an index cannot be read or written, from the error and from what stands on the disk now."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from dedupe.index.storage.folder import DATABASE

_FULL = (errno.ENOSPC, errno.EDQUOT)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)


def trouble(folder: Path, error: OSError | sqlite3.Error, opened: os.stat_result | None) -> str:
    """Return what is wrong and what to do, as two halves of a sentence with a dash between.

    ``opened``: the status of the SQLite file when it was opened; None if it was not opened yet.
    """
    if gone := missing(folder, opened):
        return gone
    if isinstance(error, sqlite3.Error):
        return _sqlite_trouble(folder, error)
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return f"{reason} – free disk space and repeat it"
    if error.errno in _READ_ONLY:
        return _read_only(folder, reason)
    if error.errno in _TOO_MANY_FILES:
        return f"{reason} – let this process open more files (ulimit -n)"
    return f"{reason} – check the disk, and repeat it"


def missing(folder: Path, opened: os.stat_result | None) -> str:
    """Return what is wrong if the SQLite file is no longer the one that was opened; "" if all is well."""
    if opened is None:
        return ""
    try:
        now = (folder / DATABASE).stat()
    except FileNotFoundError:
        what = DATABASE if folder.exists() else "the folder"
        return f"{what} was deleted or moved while the index was open – put it back, then open the index again"
    except OSError:
        return ""
    if not os.path.samestat(now, opened):
        return f"{DATABASE} was replaced while the index was open – open the index again"
    return ""


def _sqlite_trouble(folder: Path, error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the number says more than is needed
    if code == sqlite3.SQLITE_FULL:
        return f"{error} – free disk space and repeat it"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM) or (
        code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR) and not os.access(folder / DATABASE, os.W_OK)
    ):
        return _read_only(folder, str(error))
    if code == sqlite3.SQLITE_CANTOPEN:
        return f"{error} – check the owner and permissions of its files, and how many files may be open (ulimit -n)"
    if isinstance(error, sqlite3.OperationalError):
        return f"{error} – repair the disk or file system (see the system log), and repeat it"
    # SQLite reports a read error like this too.
    return f"{error} – the database is damaged or could not be read: repeat it, and see `dedupe index doctor`"


def _read_only(folder: Path, reason: str) -> str:
    if hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY:
        why = "the file system is mounted read-only"
    elif not os.access(folder, os.W_OK):
        why = "this user may not write to the folder"
    else:
        why = "a file of the index may not be written"
    return (
        f"{why} ({reason}) – make it writable and repeat it; `dedupe index stats`, `doctor` and `export`, in Python "
        "Index(path, read_only=True), also work on a read-only index"
    )
