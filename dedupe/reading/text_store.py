"""Files → BATCHES of ids and texts, and any of the texts again later: memory holds where a text stands, not the text.

JsonLines(path, kernels)   a JSONL file of plain records, read by byte ranges, several at once
Spilled()                  texts of any other input, in a temporary file
"""

from __future__ import annotations

import tempfile
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

_RANGE_BYTES = 1 << 20
"""Bytes of a file one thread reads at once: all that is made of them fits into a core's cache."""

_LINE_END = 10

_LONGEST_LINE = 1 << 24
"""A longer line is left to ``articles.read``, which never holds it."""


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Articles in their order: ids, texts as UTF-8 and offsets, and where each stands on its shelf (int64, bytes)."""

    ids: list[str]
    texts: tuple[U8, I64]
    starts: I64
    sizes: I64


class TextStore(Protocol):
    """Where texts wait."""

    def again(self, starts: list[int], sizes: list[int]) -> Iterator[str]:
        """The texts that stand at these places."""


class _Plain(msgspec.Struct, gc=False):
    id: str
    text: msgspec.Raw


_PLAIN = msgspec.json.Decoder(_Plain)


class JsonlTexts:
    """A JSONL file in which every line is an object with an ``id`` and a ``text``, both strings that are not empty.

    What the records hold beside is not looked at. Any other file is for ``articles.read``, which reads all there is.
    """

    def __init__(self, path: Path, backend: Backend) -> None:
        self._path = path
        self._backend = backend

    def ranges(self) -> list[tuple[int, int]]:
        """Byte ranges that cover the file; a line belongs to the range in which it begins."""
        size = self._path.stat().st_size
        return [(start, min(size, start + _RANGE_BYTES)) for start in range(0, size, _RANGE_BYTES)]

    def read(self, place: tuple[int, int]) -> TextBatch | None:
        """The articles of one range, or None where a line is something else."""
        first, block = self._lines(*place)
        if len(block) > _LONGEST_LINE:
            return None
        try:
            whole = np.array([0, len(block)])
            pa.LargeStringArray.from_buffers(1, pa.py_buffer(whole), pa.py_buffer(block)).validate(full=True)
            records = _PLAIN.decode_lines(block)
        except (msgspec.DecodeError, pa.ArrowInvalid):
            return None
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _LINE_END) + 1
        if block and not block.endswith(b"\n"):
            ends = np.append(ends, len(block))
        ids = [record.id for record in records]
        if len(ids) != ends.size or not all(map(_is_plain, ids)):
            return None
        raw = np.frombuffer(b"".join([*(record.text for record in records), bytes(SLACK)]), np.uint8)
        sizes = np.fromiter((memoryview(record.text).nbytes for record in records), np.int64, len(ids))
        utf8, offsets, unsure = self._backend.unescape(raw, ragged_offsets(sizes))
        if unsure.any() or (offsets[1:] == offsets[:-1]).any():
            return None
        utf8.flags.writeable = False
        starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))[: ends.size]
        return TextBatch(ids, (utf8, offsets), first + starts, ends - starts)

    def _lines(self, start: int, end: int) -> tuple[int, bytes]:
        """The whole lines that begin in the range, and where the first does."""
        with self._path.open("rb") as file:
            before = start > 0
            file.seek(start - before)
            block = file.read(end - start + before)
            if before:
                skipped = block.find(b"\n") + 1
                if not skipped:
                    return end, b""
                start, block = start - 1 + skipped, block[skipped:]
            if block and not block.endswith(b"\n"):
                block += file.readline(_LONGEST_LINE + 1)
        return start, block

    def again(self, starts: list[int], sizes: list[int]) -> Iterator[str]:
        """The texts of the lines at these places."""
        decoder = msgspec.json.Decoder(_Text)
        with self._path.open("rb") as file:
            for start, size in zip(starts, sizes, strict=True):
                file.seek(start)
                try:
                    yield decoder.decode(file.read(size)).text
                except msgspec.DecodeError:
                    raise InputError(f"{self._path}: changed while it was read; run it again") from None


class _Text(msgspec.Struct, gc=False):
    text: str


class SpilledTexts:
    """Texts in a temporary file, deleted at the end."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="dedupe-")  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> SpilledTexts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def keep(self, ids: list[str], texts: list[str]) -> TextBatch:
        """Texts put behind those that are there."""
        column = pa.array(texts, pa.large_string())
        offsets = np.frombuffer(column.buffers()[1], np.int64)[: len(texts) + 1]
        content = column.buffers()[2] or b""
        start = self._file.seek(0, 2)
        self._file.write(content)
        utf8 = np.frombuffer(content, np.uint8)
        utf8.flags.writeable = False
        return TextBatch(ids, (utf8, offsets.copy()), start + offsets[:-1], np.diff(offsets))

    def again(self, starts: list[int], sizes: list[int]) -> Iterator[str]:
        """The texts at these places."""
        for start, size in zip(starts, sizes, strict=True):
            self._file.seek(start)
            yield self._file.read(size).decode()


def _is_plain(name: str) -> bool:
    """Whether an id stays as it is when read by ``articles.read``."""
    return name != "" and name.strip() == name and "\0" not in name
