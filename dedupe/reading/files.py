"""Find and open the files that the user's paths name.

    find_files(paths)       lists the files behind files, folders and ``-``, in a stable order
    distinct_files(files)   leaves out files that were listed before
    open_file(file)         opens a regular file; refuses pipes, devices and missing files without waiting

Whatever cannot be read is reported as a ``Problem``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dedupe.reading.kinds import format_of
from dedupe.reading.problems import Origin, Problem, valid_text

# Names, without extension, of files that describe a collection. They are left out without a message, unless they have
# the extension of a known format: README.txt is an article like any other.
_DESCRIPTIONS = frozenset({"readme", "license", "licence", "copying", "changelog", "citation", "makefile"})


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read.

    ``path`` is None for stdin. ``shown`` is the file's name in messages. Articles without an id get one that begins
    with ``stem``.
    """

    path: Path | None
    shown: str
    stem: str


def find_files(
    paths: Iterable[str | os.PathLike[str]], report: Callable[[Problem], None], follow_symlinks: bool = False
) -> Iterator[InputFile]:
    """Yield the files that the paths name, in the order of the paths; ``-`` is stdin.

    A folder gives its files with a known extension sorted by name, then those of its subfolders. Hidden files are left
    out. Links inside of a folder are left out as well, because they may lead out of it; with ``follow_symlinks`` they
    are followed, and every folder is read once. A link that is named itself is always followed. Problems are
    passed to ``report``. A path that does not exist is yielded too: opening it reports the problem.
    """
    for given in paths:
        path = Path(given)
        if os.fspath(given) == "-":
            yield InputFile(None, "stdin", "stdin")
        elif os.path.isdir(given):  # noqa: PTH112  # Path.is_dir raises if a name is too long or not permitted
            yield from _folder(path, report, follow_symlinks)
        else:
            yield InputFile(path, valid_text(os.fspath(path)), stem_of(path.name))


def _folder(root: Path, report: Callable[[Problem], None], follow_symlinks: bool) -> Iterator[InputFile]:
    """Yield the files of a folder that have a known extension. Report all others as one problem, and links as one."""
    origin = Origin(valid_text(os.fspath(root)), "", report)
    left_out: list[str] = []
    links: list[str] = []
    walked: set[Path] = set()
    found = False

    def unreadable(error: OSError) -> None:
        origin.skipped(f"folder {valid_text(str(error.filename))}: {error.strerror}", "check its permissions")

    for place, folders, files in os.walk(root, onerror=unreadable, followlinks=follow_symlinks):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        linked = {name for name in (*folders, *files) if not name.startswith(".") and Path(place, name).is_symlink()}
        if follow_symlinks:  # a folder that was walked already is left out, because links may lead in a circle
            walked.add(_real_path(Path(place)))
            folders[:] = [name for name in folders if _real_path(Path(place, name)) not in walked]
            walked.update(_real_path(Path(place, name)) for name in folders)
        else:
            links += sorted(linked)
        own = [name for name in files if not name.startswith(".") and (follow_symlinks or name not in linked)]
        for name in sorted(own):
            path = Path(place, name)
            if format_of(name):
                found = True
                yield InputFile(path, valid_text(os.fspath(path)), stem_of(path.relative_to(root).as_posix()))
            elif not is_description(name):
                left_out.append(name)
    if left_out:
        named = ", ".join(valid_text(name) for name in left_out[:3])
        origin.skipped(f"{len(left_out)} of other kinds left out: {named}", "name a file to have it read")
    if links:
        named = ", ".join(valid_text(name) for name in links[:3])
        origin.skipped(f"links not followed ({len(links)}): {named}", "give --follow-symlinks to have them read")
    if not found:
        origin.skipped(
            "no files with articles in this folder",
            "files end in .txt, .jsonl, .json, .csv, .parquet, .html or another known extension",
        )


def stem_of(name: str) -> str:
    """Return a name without ``.gz`` and without a known extension. Other endings stay, as in "U.S. talks"."""
    bare = name[:-3] if name.lower().endswith(".gz") else name
    return valid_text(bare[: bare.rindex(".")] or bare if format_of(bare) else bare)


def is_description(name: str) -> bool:
    """Return whether a file describes a collection, by its name."""
    return name.partition(".")[0].lower() in _DESCRIPTIONS


def distinct_files(files: Iterable[InputFile], report: Callable[[Problem], None]) -> Iterator[InputFile]:
    """Yield every file once, even if several paths or links lead to it, and report the repetitions."""
    seen: set[Path | None] = set()
    for file in files:
        real = file.path and _real_path(file.path)
        if real in seen:
            Origin(file.shown, "", report).skipped("this file was read before", "name it once")
        else:
            seen.add(real)
            yield file


def _real_path(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):  # no file can have such a name; opening it reports the problem
        return path


def open_file(file: InputFile, report: Callable[[Problem], None]) -> BinaryIO | None:
    """Open a regular file for reading. If that is not possible, report a problem and return None.

    This never waits, although opening a named pipe usually does.
    """
    origin = Origin(file.shown, "", report)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(file.path or "", flags)
    except FileNotFoundError:
        origin.skipped("no such file or folder", "check the path")
        return None
    except (OSError, ValueError) as error:
        origin.skipped(f"cannot be opened: {getattr(error, 'strerror', None) or error}", "check its permissions")
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    origin.skipped("not a regular file", "send a pipe's content to stdin and name - instead")
    return None
