"""Read ids and texts in batches, and read single texts again later, so that memory need not hold the texts.

    JsonlTexts(path, backend)   reads a JSONL file of plain records by byte ranges, which threads may share
    SpilledTexts()              keeps the texts of any other input in a temporary file

Only ``near_duplicates`` uses this module. Both classes remember where each text is: its first byte and its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

import msgspec
import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U8
from dedupe.errors import InputError
from dedupe.kernels import Backend
from dedupe.kernels.contract import SLACK
from dedupe.kernels.ragged import ragged_offsets
from dedupe.reading.repair import places_to_read, readable
from dedupe.reading.streams import MAX_RECORD_BYTES
from dedupe.schemas import utf8_of

_RANGE_BYTES = 1 << 20
"""Bytes of a file that one thread reads at once: everything computed from them fits into the cache of a core."""

_LINE_END = ord("\n")


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Ids and texts of some articles, in their order.

    ``texts`` is ragged UTF-8: bytes and offsets. ``starts`` and ``sizes`` say where each text is in its store, in
    bytes, int64[articles]. ``repairs`` are the rows of texts that had to be repaired, with reason and advice.
    """

    ids: pa.LargeStringArray
    texts: tuple[U8, I64]
    starts: I64
    sizes: I64
    repairs: tuple[tuple[int, str, str], ...] = ()


class TextStore(Protocol):
    """A store from which texts can be read again."""

    def again(self, starts: list[int], sizes: list[int]) -> Iterator[str]:
        """Yield the texts at these places, as ``TextBatch`` gives them."""


class _PlainRecord(msgspec.Struct, gc=False):
    id: str
    text: msgspec.Raw


_DECODER = msgspec.json.Decoder(_PlainRecord)


class JsonlTexts:
    """A JSONL file in which every line is an object with an ``id`` and a ``text``, both strings that are not empty.

    Other fields are ignored. A file that has any other line, or one that might have more than ``max_line_bytes``, must
    be read with ``articles.read`` instead.
    """

    def __init__(self, path: Path, backend: Backend, max_line_bytes: int = MAX_RECORD_BYTES) -> None:
        self._path = path
        self._max_line_bytes = max_line_bytes
        self._backend = backend

    def ranges(self) -> list[tuple[int, int]]:
        """Return byte ranges that cover the file. A line belongs to the range in which it begins."""
        size = self._path.stat().st_size
        return [(start, min(size, start + _RANGE_BYTES)) for start in range(0, size, _RANGE_BYTES)]

    def read(self, byte_range: tuple[int, int]) -> TextBatch | None:
        """Return the articles of one range, or None if one of its lines is not a plain record."""
        first, block = self._lines(*byte_range)
        if len(block) > self._max_line_bytes:
            return None
        try:
            # msgspec does not check the UTF-8 of fields that it skips or returns raw; Arrow does.
            one_string = np.array([0, len(block)])
            pa.LargeStringArray.from_buffers(1, pa.py_buffer(one_string), pa.py_buffer(block)).validate(full=True)
            records = _DECODER.decode_lines(block)
        except (msgspec.DecodeError, pa.ArrowInvalid, RecursionError):  # the last where values are nested too deep
            return None
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _LINE_END) + 1
        if block and not block.endswith(b"\n"):
            ends = np.append(ends, len(block))
        ids = [record.id for record in records]
        if len(ids) != ends.size or not all(map(_is_plain_id, ids)):
            return None
        raw = np.frombuffer(b"".join([*(record.text for record in records), bytes(SLACK)]), np.uint8)
        sizes = np.fromiter((memoryview(record.text).nbytes for record in records), np.int64, len(ids))
        utf8, offsets, is_no_text = self._backend.unescape(raw, ragged_offsets(sizes))
        has_empty_text = (offsets[1:] == offsets[:-1]).any()
        if is_no_text.any() or has_empty_text:
            return None
        utf8, offsets, repairs = _as_shown(utf8, offsets)
        utf8.flags.writeable = False
        starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))[: ends.size]
        return TextBatch(pa.array(ids, pa.large_string()), (utf8, offsets), first + starts, ends - starts, repairs)

    def _lines(self, start: int, end: int) -> tuple[int, bytes]:
        """Return where the first line of the range begins, and all whole lines that begin in the range."""
        with self._path.open("rb") as file:
            before = start > 0  # also read the byte before the range: if it ends a line, the range begins with a line
            file.seek(start - before)
            block = file.read(end - start + before)
            if before:
                skipped = block.find(b"\n") + 1
                if not skipped:
                    return end, b""
                start, block = start - 1 + skipped, block[skipped:]
            if block and not block.endswith(b"\n"):
                block += file.readline(self._max_line_bytes + 1)
        return start, block

    def again(self, starts: list[int], sizes: list[int]) -> Iterator[str]:
        """Yield the texts of the lines at these places.

        Raises ``InputError`` if the file was changed so that a line cannot be decoded any more.
        """
        decoder = msgspec.json.Decoder(_Text)
        with self._path.open("rb") as file:
            for start, size in zip(starts, sizes, strict=True):
                file.seek(start)
                try:
                    yield readable(decoder.decode(file.read(size)).text)[0]
                except msgspec.DecodeError:
                    raise InputError(f"{self._path}: changed while it was read; run it again") from None


class _Text(msgspec.Struct, gc=False):
    text: str


class SpilledTexts:
    """Texts in a temporary file, which is made for the first of them and deleted when the ``with`` block ends."""

    def __init__(self) -> None:
        self._opened: IO[bytes] | None = None

    def __enter__(self) -> SpilledTexts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._opened:
            self._opened.close()

    @property
    def _file(self) -> IO[bytes]:
        if self._opened is None:
            import tempfile  # takes 4 ms, which most collections can do without

            self._opened = tempfile.TemporaryFile(prefix="dedupe-")  # noqa: SIM115 - closed by __exit__
        return self._opened

    def keep(self, ids: pa.LargeStringArray, texts: pa.LargeStringArray) -> TextBatch:
        """Append texts to the file, and return them with their places as a batch."""
        utf8, offsets = utf8_of(texts)
        start = self._file.seek(0, 2)
        self._file.write(utf8.data)
        return TextBatch(_copied(ids), (utf8, offsets), start + offsets[:-1], np.diff(offsets))

    def again(self, starts: list[int], sizes: list[int]) -> Iterator[str]:
        """Yield the texts at these places."""
        for start, size in zip(starts, sizes, strict=True):
            self._file.seek(start)
            yield self._file.read(size).decode()


def _as_shown(utf8: U8, offsets: I64) -> tuple[U8, I64, tuple[tuple[int, str, str], ...]]:
    """Return ragged texts as ``readable`` returns them, and the repairs of ``TextBatch``."""
    rows = set((np.searchsorted(offsets, places_to_read(utf8.tobytes()), side="right") - 1).tolist())
    repairs: list[tuple[int, str, str]] = []
    pieces: list[U8] = []
    sizes, end = np.diff(offsets), 0
    for row in sorted(rows):
        as_written = utf8[offsets[row] : offsets[row + 1]].tobytes().decode()
        text, found = readable(as_written)
        if text != as_written:
            shown = np.frombuffer(text.encode(), np.uint8)
            pieces += (utf8[end : offsets[row]], shown)
            sizes[row], end = shown.size, offsets[row + 1]
            repairs += ((row, *repair) for repair in found)
    if not pieces:
        return utf8, offsets, ()
    return np.concatenate((*pieces, utf8[end:])), ragged_offsets(sizes), tuple(repairs)


def _copied(column: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return a column without nulls in memory of its own: part of a data frame would hold on to all of its columns."""
    utf8, offsets = utf8_of(column)
    return pa.LargeStringArray.from_buffers(len(column), pa.py_buffer(offsets), pa.py_buffer(utf8.tobytes()))


def _is_plain_id(article_id: str) -> bool:
    """Return whether ``articles.read`` would leave the id as it is."""
    return article_id != "" and article_id.strip() == article_id and "\0" not in article_id
