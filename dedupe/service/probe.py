"""Tries whether an index could store articles again, after it could not."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from dedupe.errors import IndexUnavailableError
from dedupe.index import Index

_ROOM_BYTES = 2_000_000
"""Room that must be there: about what a group of 256 articles takes. Otherwise a commit of nothing would succeed, and
the next article fail again."""

_NOBODY = "\0nobody"
"""An id that no article has, because NUL in an id is replaced before it is stored."""


def check_storing(index: Index) -> None:
    """Store what changes nothing. Raises ``DedupeError`` if the index cannot store, or if there is little room.

    Deleting an article that does not exist is a commit like any other, of some bytes. In a folder, a file of
    ``_ROOM_BYTES`` is written too, which has no name where the system allows that and goes at once.
    """
    index.forget(_NOBODY)
    folder = Path(index.stats().path)
    if folder.is_dir():  # and no server
        try:
            with tempfile.TemporaryFile(dir=folder, prefix="room-", suffix=".tmp") as file:
                file.write(bytes(_ROOM_BYTES))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise IndexUnavailableError(f"{folder}: {error.strerror}; make room on the disk") from error
