"""The names of the files in an index folder, and the check whether a folder is an index."""

from __future__ import annotations

from pathlib import Path

from dedupe.errors import IndexRefusedError
from dedupe.index.storage.segments import block_of

DATABASE, WRITE_LOCK, BUILD_LOCK = "articles.sqlite", "write.lock", "build.lock"


def check_folder(folder: Path, *, create: bool) -> None:
    """Make the folder if ``create`` is set and it is absent, and check that it holds an index or can hold one.

    Raises ``IndexRefusedError`` for a file, for a folder that cannot be read or made, for a folder with other files and
    no index and, without ``create``, for a folder without an index.
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
    if DATABASE not in names and not create:
        raise IndexRefusedError(f"{folder}: no index here; `dedupe filter --index` makes one")


def _is_index_file(name: str) -> bool:
    return (
        name in (WRITE_LOCK, BUILD_LOCK)
        or name.startswith(DATABASE)
        or block_of(name.split(".", maxsplit=1)[0]) is not None
    )
