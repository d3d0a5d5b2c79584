"""Paths people name → the files to read, opened.

sources(paths)    the files behind files, folders and ``-``, in a stable order
distinct(…)       each of them once
opened(source)    a regular file as bytes; pipes, devices and missing files are refused without waiting
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dedupe.reading.problems import Origin, Problem
from dedupe.reading.records import format_of
from dedupe.reading.streams import valid_text

# Files about a collection, not of it; with an extension we read (README.txt) they are articles like any other.
_ABOUT = frozenset({"readme", "license", "licence", "copying", "changelog", "citation", "makefile"})


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read, None for stdin; its name in messages; the stem of ids made up for its articles."""

    path: Path | None
    shown: str
    stem: str


def find_files(paths: Iterable[str | os.PathLike[str]], report: Callable[[Problem], None]) -> Iterator[InputFile]:
    """What the paths name, in their order; a folder's files by name, those of its subfolders after its own."""
    for given in paths:
        path = Path(given)
        if os.fspath(given) == "-":
            yield InputFile(None, "stdin", "stdin")
        elif os.path.isdir(given):  # noqa: PTH112  # Path.is_dir raises for names too long or not permitted
            yield from _folder(path, report)
        else:
            yield InputFile(path, valid_text(os.fspath(path)), _stem(path.name))


def _folder(root: Path, report: Callable[[Problem], None]) -> Iterator[InputFile]:
    """The files of a folder that have a known extension; all others are told in one problem."""
    origin = Origin(valid_text(os.fspath(root)), "", report)
    left_out: list[str] = []
    found = False

    def unreadable(error: OSError) -> None:
        origin.skipped(f"folder {valid_text(str(error.filename))}: {error.strerror}", "check its permissions")

    for place, folders, files in os.walk(root, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        left_out += [name for name in folders if Path(place, name).is_symlink()]
        for name in sorted(name for name in files if not name.startswith(".")):
            path = Path(place, name)
            if format_of(name):
                found = True
                yield InputFile(path, valid_text(os.fspath(path)), _stem(path.relative_to(root).as_posix()))
            elif name.partition(".")[0].lower() not in _ABOUT:
                left_out.append(name)
    if left_out:
        named = ", ".join(valid_text(name) for name in left_out[:3])
        origin.skipped(f"{len(left_out)} of other kinds left out: {named}", "name a file to have it read")
    if not found:
        origin.skipped("no files with articles in this folder", "files end in .txt, .jsonl, .json, .csv or .parquet")


def _stem(name: str) -> str:
    """The name without ``.gz`` and a known extension: "U.S. talks" stays whole."""
    bare = name[:-3] if name.lower().endswith(".gz") else name
    return valid_text(bare[: bare.rindex(".")] or bare if format_of(bare) else bare)


def distinct_files(find_files: Iterable[InputFile], report: Callable[[Problem], None]) -> Iterator[InputFile]:
    """Every file once, whatever names lead to it."""
    seen: set[Path | None] = set()
    for source in find_files:
        real = source.path and _real(source.path)
        if real in seen:
            Origin(source.shown, "", report).skipped("this file was read before", "name it once")
        else:
            seen.add(real)
            yield source


def _real(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):  # no such name can exist; opening it will say so
        return path


def open_file(source: InputFile, report: Callable[[Problem], None]) -> BinaryIO | None:
    """The opened file, or None and a problem. Never waits, as opening a named pipe otherwise does."""
    origin = Origin(source.shown, "", report)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(source.path or "", flags)
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
