"""What an index folder holds, and whether a folder is one."""

from __future__ import annotations

from pathlib import Path

from dedupe.errors import IndexRefusedError
from dedupe.index.storage.segments import block_of

DATABASE, WRITE_LOCK, BUILD_LOCK = "articles.sqlite", "write.lock", "build.lock"


def check_folder(folder: Path, *, create: bool) -> None:
    """Refuse what is no index folder and cannot become one."""
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
    foreign = [name for name in names if not _is_ours(name)]
    if DATABASE not in names and foreign:
        raise IndexRefusedError(f"{folder} is no index: it holds {foreign[0]!r}; name an empty or a new folder")
    if DATABASE not in names and not create:
        raise IndexRefusedError(f"{folder}: no index here; `dedupe filter --index` makes one")


def _is_ours(name: str) -> bool:
    return (
        name in (WRITE_LOCK, BUILD_LOCK)
        or name.startswith(DATABASE)
        or block_of(name.split(".", maxsplit=1)[0]) is not None
    )
