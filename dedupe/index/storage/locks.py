"""Locks between processes. Each lock is a file, and the system releases it when the process that holds it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from dedupe.index.storage.holders import holder_of
from dedupe.index.storage.waiting import Wait

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_RETRY_SECONDS = 0.01
"""Wait between two attempts on Windows, where a locking call does not wait by itself."""


_LEFT_IN_QUEUE: dict[tuple[int, int, int], list[tuple[_QueuedThread, int]]] = {}
"""Threads of closed objects that still wait for a lock, with their opened file, by process and file. The next object
takes them over, so that a program does not gather threads if it opens an index again and again while it is locked."""


def _key(file: int) -> tuple[int, int, int]:
    status = os.fstat(file)
    return os.getpid(), status.st_dev, status.st_ino  # after a fork the threads are not there


class FileLock:
    """One lock file, opened once.

    ``flock`` lets waiting processes queue, so that no writer starves as it may with SQLite's own retries. One thread
    at a time may use an object.
    """

    def __init__(self, path: Path, *, wait_seconds: float | None = None, read_only: bool = False) -> None:
        """Open a lock file, and make it if it is absent.

        ``wait_seconds``: how long to wait for the lock; None waits without end. ``read_only``: change nothing in the
        folder. If there is no lock file then, nothing is locked, as with a copy on a read-only medium.
        """
        self._path = path
        self._wait_seconds = wait_seconds
        self._queued: _QueuedThread | None = None
        self._file: int | None = None
        if not read_only:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        else:
            with contextlib.suppress(FileNotFoundError):
                self._file = os.open(path, os.O_RDONLY)
        if self._file is not None:
            with contextlib.suppress(IndexError):  # nobody left anything
                queued, file = _LEFT_IN_QUEUE.get(_key(self._file), []).pop()
                os.close(self._file)
                self._queued, self._file = queued, file

    @contextlib.contextmanager
    def held(self, *, shared: bool = False, wait_seconds: float | None = None) -> Iterator[None]:
        """Wait for the lock and hold it.

        ``shared``: hold it together with other readers. Windows has no shared locks, so a reader holds it alone there.
        ``wait_seconds``: how long to wait, if that differs from what was given to the object. After five seconds a
        log line names the process that holds the lock. Raises ``IndexUnavailableError`` after ``wait_seconds``.
        """
        if self._file is None:
            yield
            return
        limit = self._wait_seconds if wait_seconds is None else wait_seconds
        self._take(self._file, Wait(self._path.parent, limit, lambda: holder_of(self._path)), shared=shared)
        try:
            yield
        finally:
            _release(self._file)

    @contextlib.contextmanager
    def held_if_free(self) -> Iterator[bool]:
        """Hold the lock if nobody else does. Yields whether it is held."""
        taken = self._file is not None and self._queued is None and _take_if_free(self._file, shared=False)
        try:
            yield taken
        finally:
            if taken and self._file is not None:
                _release(self._file)

    def close(self) -> None:
        """Close the lock file."""
        if self._file is not None and self._queued is not None:
            # A thread that still waits must not find another file under this number. The next object takes over both.
            _LEFT_IN_QUEUE.setdefault(_key(self._file), []).append((self._queued, self._file))
        elif self._file is not None:
            os.close(self._file)
        self._file = self._queued = None

    if sys.platform == "win32":

        def _take(self, file: int, wait: Wait, *, shared: bool) -> None:
            while not _take_if_free(file, shared=shared):
                wait.check()
                time.sleep(_RETRY_SECONDS)

    else:

        def _take(self, file: int, wait: Wait, *, shared: bool) -> None:
            """Take the lock now, or wait for it in the queue of the system, in which nobody starves."""
            while True:
                queued = self._queued
                if queued is None or not queued.rejoin():
                    self._queued = None
                    if _take_if_free(file, shared=shared):
                        return
                    queued = self._queued = _QueuedThread(file, shared=shared)
                try:
                    while not queued.taken.wait(wait.remaining()):
                        wait.check()
                except BaseException:
                    if queued.leave():
                        self._queued = None
                        _release(file)
                    raise
                self._queued = None
                if queued.error:
                    raise queued.error
                if queued.shared == shared:
                    return
                _release(file)  # an earlier call, which gave up, had queued for another kind of lock


if sys.platform == "win32":

    def _take_if_free(file: int, *, shared: bool) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(file: int) -> None:
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:

    def _take_if_free(file: int, *, shared: bool) -> bool:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

    class _QueuedThread(threading.Thread):
        """Waits in the queue for a lock. A thread of its own does so, because the system knows no time limit for it.

        ``taken`` is set when the lock is held, or could not be taken because of ``error``.
        """

        def __init__(self, file: int, *, shared: bool) -> None:
            super().__init__(name="dedupe index lock", daemon=True)
            self._file = file
            self.shared = shared
            self._mutex = threading.Lock()
            self._is_wanted = True
            self.taken = threading.Event()
            self.error: OSError | None = None
            self.start()

        def run(self) -> None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_SH if self.shared else fcntl.LOCK_EX)
            except OSError as error:
                self.error = error
            with self._mutex:
                self.taken.set()
                if not self._is_wanted:
                    _release(self._file)

        def leave(self) -> bool:
            """Stop waiting. Returns whether the lock was taken before, so that the caller has to release it.

            The thread stays in the queue, and releases the lock when its turn comes.
            """
            with self._mutex:
                self._is_wanted = self.taken.is_set()
                return self._is_wanted

        def rejoin(self) -> bool:
            """Wait again in the place that was left. Returns false if its turn has passed."""
            with self._mutex:
                self._is_wanted = not self.taken.is_set()
                return self._is_wanted
