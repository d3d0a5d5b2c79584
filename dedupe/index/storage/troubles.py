"""Says in plain words why an index cannot be read or written, from the error and from what stands on the disk now."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from dedupe.index.storage.folder import DATABASE

_FULL = (errno.ENOSPC, errno.EDQUOT)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)


class Trouble(NamedTuple):
    """Why an index cannot be read or written: ``what`` is wrong, and what ``to_do``, each a part of a sentence."""

    what: str
    to_do: str
    is_damage: bool = False
    """Whether the database is damaged or could not be read."""


def trouble(
    folder: Path, error: OSError | sqlite3.Error, opened: os.stat_result | None, if_damaged: str = ""
) -> Trouble:
    """Return what is wrong and what to do.

    ``opened``: the status of the SQLite file when it was opened; None if it was not opened yet. ``if_damaged``: what to
    do if the database is damaged.
    """
    if gone := missing(folder, opened):
        return gone
    if isinstance(error, sqlite3.Error):
        return _sqlite_trouble(folder, error, if_damaged)
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return Trouble(reason, "free disk space and repeat it")
    if error.errno in _READ_ONLY:
        return _read_only(folder, reason)
    if error.errno in _TOO_MANY_FILES:
        return Trouble(reason, "let this process open more files (ulimit -n)")
    return Trouble(reason, "check the disk, and repeat it")


def missing(folder: Path, opened: os.stat_result | None) -> Trouble | None:
    """Return what is wrong if the SQLite file is no longer the one that was opened; None if all is well."""
    if opened is None:
        return None
    try:
        now = (folder / DATABASE).stat()
    except FileNotFoundError:
        what = DATABASE if folder.exists() else "the folder"
        put_back = "put it back, then open the index again"
        return Trouble(f"{what} was deleted or moved while the index was open", put_back)
    except OSError:
        return None
    if not os.path.samestat(now, opened):
        return Trouble(f"{DATABASE} was replaced while the index was open", "open the index again")
    return None


def _sqlite_trouble(folder: Path, error: sqlite3.Error, if_damaged: str) -> Trouble:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the number says more than is needed
    database = folder / DATABASE
    if code == sqlite3.SQLITE_FULL:
        return Trouble(str(error), "free disk space and repeat it")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM) or (
        code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)
        and not os.access(database if database.exists() else folder, os.W_OK)
    ):
        return _read_only(folder, str(error))
    if code == sqlite3.SQLITE_CANTOPEN:
        to_do = "check the owner and permissions of its files, and how many files may be open (ulimit -n)"
        return Trouble(str(error), to_do)
    if isinstance(error, sqlite3.OperationalError):
        return Trouble(str(error), "repair the disk or file system (see the system log), and repeat it")
    # SQLite reports a read error like this too.
    to_do = f"the database is damaged or could not be read: repeat it, and if it fails again, {if_damaged}"
    return Trouble(str(error), to_do, is_damage=True)


def _read_only(folder: Path, reason: str) -> Trouble:
    if hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY:
        why = "the file system is mounted read-only"
    elif not os.access(folder, os.W_OK):
        why = "this user may not write to the folder"
    else:
        why = f"a file of the index may not be written, or {DATABASE} is damaged, as `dedupe index doctor` then says"
    to_do = "make it writable and repeat it"
    if (folder / DATABASE).exists():
        to_do += (
            "; `dedupe index stats`, `doctor`, `export` and `backup`, in Python Index(path, read_only=True), also work "
            "on a read-only index"
        )
    return Trouble(f"{why} ({reason})", to_do)
