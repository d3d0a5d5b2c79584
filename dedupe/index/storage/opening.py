"""Opens the store of an index: in a folder, or on a PostgreSQL server."""

from __future__ import annotations

import os
from pathlib import Path

from dedupe.errors import IndexRefusedError, SettingsError
from dedupe.index.storage.sqlite_store import SqliteStore
from dedupe.index.storage.store import Store

_SCHEMES = ("postgresql://", "postgres://")


def is_address(path: str | os.PathLike[str]) -> bool:
    """Whether this is the URL of an index on a PostgreSQL server, and no folder."""
    return isinstance(path, str) and path.startswith(_SCHEMES)


def open_store(
    path: str | os.PathLike[str],
    cache: str | os.PathLike[str] | None,
    *,
    create: bool,
    read_only: bool,
    wait_seconds: float | None,
) -> Store:
    """Open the store that a folder or a URL names. ``Index`` says what the parameters mean.

    Raises ``IndexRefusedError`` where it cannot be used, or where the extra ``postgres`` is not installed, and
    ``SettingsError`` for a folder with a cache, which it does not need.
    """
    if not is_address(path):
        if cache is not None:
            raise SettingsError(
                f"cache is for an index at a postgresql:// URL; the folder {os.fspath(path)} needs none"
            )
        return SqliteStore(Path(path), create=create, read_only=read_only, wait_seconds=wait_seconds)
    try:
        from dedupe.index.storage.postgres.store import PostgresStore
    except ImportError as error:
        raise IndexRefusedError(
            f"an index on a PostgreSQL server cannot be opened here: {error}; pip install 'news-dedupe[postgres]'"
        ) from error
    return PostgresStore(
        str(path),
        None if cache is None else Path(cache),
        create=create,
        read_only=read_only,
        wait_seconds=wait_seconds,
    )


def refuse_address(path: str | os.PathLike[str], command: str, instead: str) -> None:
    """Raise ``IndexRefusedError`` if this is a URL: what ``command`` does is done with ``instead`` on a server."""
    if is_address(path):
        raise IndexRefusedError(f"`dedupe index {command}` is for the folder of an index; on a server, {instead}")
