"""Locks between processes. Each lock is a file, and the system releases it when the process that holds it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_RETRY_SECONDS = 0.01
"""Wait between two attempts on Windows, where a locking call does not wait by itself."""


class FileLock:
    """One lock file, opened once.

    ``flock`` lets waiting processes queue, so that no writer starves as it may with SQLite's own retries.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)

    @contextlib.contextmanager
    def held(self, *, shared: bool = False) -> Iterator[None]:
        """Wait for the lock and hold it.

        ``shared``: hold it together with other readers. Windows has no shared locks, so a reader holds it alone there.
        """
        while not self._take(shared=shared, wait=True):
            time.sleep(_RETRY_SECONDS)
        try:
            yield
        finally:
            self._release()

    @contextlib.contextmanager
    def held_if_free(self) -> Iterator[bool]:
        """Hold the lock if nobody else does. Yields whether it is held."""
        taken = self._take(shared=False, wait=False)
        try:
            yield taken
        finally:
            if taken:
                self._release()

    def close(self) -> None:
        """Close the lock file."""
        os.close(self._file)

    if sys.platform == "win32":

        def _take(self, *, shared: bool, wait: bool) -> bool:
            try:
                msvcrt.locking(self._file, msvcrt.LK_NBLCK, 1)
            except OSError:
                return False
            return True

        def _release(self) -> None:
            os.lseek(self._file, 0, os.SEEK_SET)
            msvcrt.locking(self._file, msvcrt.LK_UNLCK, 1)

    else:

        def _take(self, *, shared: bool, wait: bool) -> bool:
            try:
                fcntl.flock(self._file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                return False
            return True

        def _release(self) -> None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
