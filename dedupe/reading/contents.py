"""Find out what an opened file holds: by its first bytes, and where they do not tell, by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import BinaryIO

from dedupe.reading.fields import Columns
from dedupe.reading.kinds import HEAD_BYTES, Content, is_binary, kind_of_zip, recognise
from dedupe.reading.problems import Origin
from dedupe.reading.records import guess_format
from dedupe.reading.streams import CHUNK_BYTES, decoded_parts, look_ahead, spooled

_EMPTY_IS_NOTHING = (None, "feed", "newsml", "page", "tar", "warc", "xml")
"""Formats, as names promise them, of which an empty file holds nothing. An empty .txt is an article without a text."""


@contextmanager
def identified(stream: BinaryIO, format_name: str | None, origin: Origin) -> Iterator[Content | None]:
    """Give what an opened file holds, or None if it is empty and its format has no empty files.

    ``format_name`` is what its name promises, None if nothing. Where the first bytes show something else, they are
    believed: a PDF is no text because it is called .txt. No more is read than the first line, if that is enough.
    """
    parts = decoded_parts(stream, origin)
    head, parts = look_ahead(parts, _is_enough if format_name is None else lambda head: len(head) >= HEAD_BYTES)
    if not head.strip() and format_name in _EMPTY_IS_NOTHING:
        yield None
        return
    kind = recognise(head) or _kind_of_text(head, format_name, origin.columns)
    if kind == "page" and format_name in ("jsonl", "json", "csv", "parquet", "sheet"):
        kind = "page for data"
    if kind not in ("parquet", "zip", "sheet"):
        yield Content(kind, parts, stream)
        return
    with _in_any_order(stream, head, parts) as file:
        yield Content(_kind_of_zip(file) if kind == "zip" else kind, parts, file)


def _is_enough(head: bytes) -> bool:
    return b"\n" in head.lstrip() or len(head) >= CHUNK_BYTES


def _kind_of_text(head: bytes, format_name: str | None, columns: Columns) -> str:
    """Return the format of a file whose first bytes are not those of a known kind."""
    kind = format_name or guess_format(head, columns)
    if kind == "jsonl" and _is_document(head):
        return "json"
    if kind in ("feed", "newsml", "xml"):
        return "unknown xml"
    return "binary" if kind == "text" and is_binary(head) else kind


def _is_document(head: bytes) -> bool:
    """Return whether JSON is a document of several lines, as some call .jsonl too: its first line is no whole value."""
    return re.match(rb'\s*(?:\{\s*\n\s*"|\[\s*\n\s*\{|\[\s*\{[^\n]*\},\s*\n)', head) is not None


def _in_any_order(stream: BinaryIO, head: bytes, parts: Iterator[bytes]) -> AbstractContextManager[BinaryIO]:
    """Give a stream that can be read in any order: the same one, or a copy if it is a pipe or packed with gzip."""
    if stream.seekable():
        place = stream.tell()
        stream.seek(0)
        if stream.read(4) == head[:4]:
            return nullcontext(stream)
        stream.seek(place)
    return spooled(parts)


def _kind_of_zip(stream: BinaryIO) -> str:
    """Return what a zip file is by its members. A damaged one stays "zip", and who reads it says what is wrong."""
    import zipfile

    try:
        with zipfile.ZipFile(stream) as packed:
            return kind_of_zip(packed.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "zip"
