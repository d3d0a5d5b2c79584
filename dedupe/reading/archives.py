"""Read the files inside of zip and tar archives, one after the other, without unpacking anything to a folder."""

from __future__ import annotations

import functools
import math
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, BinaryIO

from dedupe.reading.files import InputFile, is_description, stem_of
from dedupe.reading.kinds import Content, format_of
from dedupe.reading.problems import Origin, valid_text
from dedupe.reading.streams import CHUNK_BYTES, FREE_EXPANSION_BYTES, MAX_EXPANSION, as_file, spooled

_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What the modules raise at damage, at encrypted members and at kinds of packing that they do not know."""


_TOO_LARGE = f"unpacks to more than {MAX_EXPANSION} times its size, the rest is left out"

_Opener = Callable[[], IO[bytes] | None]


def members(content: Content, archive: InputFile, origin: Origin) -> Iterator[tuple[InputFile, BinaryIO]]:
    """Yield the files of an archive that have a known extension, in the order of the archive, each with a copy.

    As in a folder, hidden files are left out, and files of other kinds are reported together. So is damage, and a zip
    file that unpacks to more than ``MAX_EXPANSION`` times its size; what tar files are packed with has that limit, too.
    """
    is_zip = content.kind == "zip"
    left = FREE_EXPANSION_BYTES + MAX_EXPANSION * content.stream.seek(0, os.SEEK_END) if is_zip else math.inf
    left_out: list[str] = []
    try:
        for name, opener in _zip(content.stream) if is_zip else _tar(content.parts):
            steps = [step for step in name.replace("\\", "/").split("/") if step not in ("", ".", "..")]
            if not steps or any(step.startswith((".", "__MACOSX")) for step in steps):
                continue
            if format_of(name) is None:
                left_out += [] if is_description(steps[-1]) else [name]
                continue
            shown = f"{archive.shown}/{valid_text(name)}"
            copy = _copied(opener, left, Origin(shown, "", origin.report))
            if copy is None:
                continue
            with copy:
                left -= copy.seek(0, os.SEEK_END)
                if left < 0:
                    origin.skipped(f"the archive {_TOO_LARGE}", "unpack it first if that is meant")
                    break
                copy.seek(0)
                yield InputFile(archive.path, shown, f"{archive.stem}/{stem_of('/'.join(steps))}"), copy
    except _DAMAGED as error:
        origin.skipped(f"damaged archive, the rest is lost: {error}", "fetch the file again")
    if left_out:
        named = ", ".join(valid_text(name) for name in left_out[:3])
        origin.skipped(f"{len(left_out)} of other kinds left out: {named}", "unpack them to have them read")


def _zip(stream: BinaryIO) -> Iterator[tuple[str, _Opener]]:
    with zipfile.ZipFile(stream) as packed:
        for member in packed.infolist():
            if not member.is_dir():
                yield member.filename, functools.partial(packed.open, member)


def _tar(parts: Iterator[bytes]) -> Iterator[tuple[str, _Opener]]:
    with tarfile.open(fileobj=as_file(parts), mode="r|") as packed:
        for member in packed:
            if member.isfile():
                yield member.name, functools.partial(packed.extractfile, member)


def _copied(opener: _Opener, most_bytes: float, origin: Origin) -> BinaryIO | None:
    """Return a copy of a member, of which no more than one part beyond ``most_bytes`` is unpacked.

    A member that cannot be unpacked is reported, and gives None.
    """
    try:
        opened = opener()
        if opened is None:
            return None
        with opened:
            return spooled(_up_to(opened, most_bytes))
    except _DAMAGED as error:
        origin.skipped(f"cannot be unpacked: {error}", "unpack the archive first, or fetch it again")
        return None


def _up_to(opened: IO[bytes], most_bytes: float) -> Iterator[bytes]:
    size = 0
    while size <= most_bytes and (part := opened.read(CHUNK_BYTES)):
        size += len(part)
        yield part
