"""The names of the files in an index folder, and the check whether a folder is an index."""

from __future__ import annotations

from pathlib import Path

from dedupe.errors import IndexRefusedError
from dedupe.index.storage.segments import block_of

DATABASE, WRITE_LOCK, BUILD_LOCK = "articles.sqlite", "write.lock", "build.lock"


def has_segments(folder: Path) -> bool:
    """Whether a folder holds the segment files of an index."""
    return any(block_of(path.name) for path in folder.iterdir())


def lost_articles(folder: Path, state: str) -> IndexRefusedError:
    """Return the refusal of a folder with segment files of an index whose articles are gone.

    Nobody could tell a copy from a new article there. ``state``: what has become of the articles.
    """
    return IndexRefusedError(
        f"{folder}: {DATABASE} {state}, but segment files of an index are here, so its articles are lost: put "
        f"{DATABASE} back from a backup (`dedupe index restore`), or name a new folder, in which every article is new"
    )


def check_folder(folder: Path, *, create: bool) -> None:
    """Make the folder if ``create`` is set and it is absent, and check that it holds an index or can hold one.

    Raises ``IndexRefusedError`` for a file, for a folder that cannot be read or made, for a folder with other files and
    no index, for segment files without articles and, without ``create``, for a folder without an index.
    """
    try:
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        names = sorted(path.name for path in folder.iterdir())
    except (FileExistsError, NotADirectoryError):
        raise IndexRefusedError(f"{folder} is a file; an index is a folder of its own") from None
    except FileNotFoundError:
        raise IndexRefusedError(f"{folder}: no such folder; `dedupe filter --index` makes an index") from None
    except OSError as error:
        raise IndexRefusedError(f"{folder} cannot be used: {error.strerror or error}") from error
    foreign = [name for name in names if not _is_index_file(name)]
    if DATABASE not in names and foreign:
        raise IndexRefusedError(f"{folder} is no index: it holds {foreign[0]!r}; name an empty or a new folder")
    if DATABASE not in names and any(map(block_of, names)):
        raise lost_articles(folder, "is missing")
    if DATABASE not in names and not create:
        raise IndexRefusedError(f"{folder}: no index here; `dedupe filter --index` makes one")


def check_target(folder: Path) -> None:
    """Make the folder if it is absent, and check that the rows of an index may be copied to it.

    Raises ``IndexRefusedError`` for a folder that holds an index or files of somebody else, or that cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise IndexRefusedError(f"{folder} cannot be used: {error.strerror or error}; name another folder") from error
    if DATABASE in names:
        raise IndexRefusedError(f"{folder}: an index is here, and it is never replaced; name a new folder")
    foreign = [name for name in names if not _is_index_file(name)]
    if foreign:
        raise IndexRefusedError(f"{folder} is no index: it holds {foreign[0]!r}; name an empty or a new folder")


def _is_index_file(name: str) -> bool:
    return (
        name in (WRITE_LOCK, BUILD_LOCK)
        or name.startswith(DATABASE)
        or block_of(name.split(".", maxsplit=1)[0]) is not None
    )
