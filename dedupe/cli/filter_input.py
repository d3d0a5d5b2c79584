"""Reads the input of ``dedupe filter`` in batches, in a thread of its own.

The thread is needed for live pipes: a batch that is not full is handed on as soon as no more lines come.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from dedupe.cli.filter_lines import FilterLine, line_too_large, parse_line
from dedupe.errors import InputError
from dedupe.reading.fields import Columns
from dedupe.reading.problems import Origin, valid_text
from dedupe.reading.records import guess_format
from dedupe.reading.streams import CHUNK_BYTES, decoded_parts, lines, look_ahead, open_stdin

_IDLE_SECONDS = 0.02
"""After so many seconds without a new line, a batch that is not full is handed on."""

_OTHER_FORMATS = {
    "json": ("one JSON document over several lines or in a list", "write its articles with jq -c '.[]', for example"),
    "csv": ("CSV", "convert it to JSON lines first"),
    "parquet": ("Parquet", "convert it to JSON lines first"),
}
"""Formats that are refused, in words, and what to do instead."""

_Queue = queue.Queue[list[FilterLine] | BaseException | None]
"""What the reading thread sends: lists of lines, then None at the end of the input, or the error that ended it."""

_LINES_AT_ONCE = 32
"""Most lines in such a list. Handing over each line by itself would cost more than reading a short one."""


def read_batches(
    paths: Sequence[str], size: int, max_record_bytes: int, columns: Columns
) -> Iterator[list[FilterLine]]:
    """Yield the lines of some JSONL files (also .gz; "-" is stdin) in batches of at most ``size`` lines.

    The content of lines of more than ``max_record_bytes`` is not kept. ``columns`` finds the fields of the articles. No
    batch is empty. Raises InputError, after the lines before it, at a file that cannot be read.
    """
    arriving: _Queue = queue.Queue(2 * size // _LINES_AT_ONCE + 1)
    threading.Thread(target=_read, args=(paths, arriving, max_record_bytes, columns), daemon=True).start()
    batch: list[FilterLine] = []
    while True:
        try:
            item = arriving.get(timeout=_IDLE_SECONDS if batch else None)
        except queue.Empty:
            yield batch
            batch = []
            continue
        if isinstance(item, list):
            batch += item
            while len(batch) >= size:
                yield batch[:size]
                batch = batch[size:]
            continue
        if batch:
            yield batch
        if item is not None:
            raise item
        return


def _read(paths: Sequence[str], arriving: _Queue, max_record_bytes: int, columns: Columns) -> None:
    """Send the lines of all paths. Runs in a thread.

    Lines that are read are sent at the latest before more of a file is read, because a live pipe would let them wait.
    """
    ready: list[FilterLine] = []

    def send() -> None:
        if ready:
            arriving.put(ready.copy())
            ready.clear()

    end: BaseException | None = None
    try:
        for path in paths:
            for line in _read_lines(path, max_record_bytes, columns, send):
                ready.append(line)
                if len(ready) == _LINES_AT_ONCE:
                    send()
    except BaseException as error:  # noqa: BLE001 - read_batches raises it again
        end = error
    send()
    arriving.put(end)


def _read_lines(
    path: str, max_record_bytes: int, columns: Columns, before_reading: Callable[[], None]
) -> Iterator[FilterLine]:
    """Yield the lines of a file. Raises InputError if it cannot be opened or, after the last line, if it is damaged.

    ``before_reading`` is called each time before more of the file is read.
    """
    name = "stdin" if path == "-" else valid_text(path)
    stem = Path(name).name.removesuffix(".gz").removesuffix(".jsonl")
    damage: list[str] = []
    origin = Origin(name, "", lambda problem: damage.append(str(problem)))
    with _opened(path) as stream:
        head, parts = look_ahead(decoded_parts(stream, origin), _has_a_line)
        _refuse_other_formats(head, name, columns)
        announced = _announced(parts, before_reading)
        for number, raw in enumerate(lines(announced, max_record_bytes), 1):
            if raw is None:
                yield line_too_large(number, name, max_record_bytes)
            else:
                yield parse_line(raw, number, name, stem, columns)
    if damage:
        raise InputError(damage[0])


def _announced(parts: Iterator[bytes], before_reading: Callable[[], None]) -> Iterator[bytes]:
    for part in parts:
        yield part
        before_reading()


def _has_a_line(head: bytes) -> bool:
    return b"\n" in head.lstrip() or len(head) >= CHUNK_BYTES


def _refuse_other_formats(head: bytes, name: str, columns: Columns) -> None:
    """Raise InputError if a file begins like one of another format, in which no line or nearly none is an article.

    A first line that is merely broken is no other format.
    """
    first = head.lstrip().partition(b"\n")[0].strip()
    kind = guess_format(head, columns) if first else "jsonl"
    if kind not in _OTHER_FORMATS or (first.startswith(b"{") and first != b"{"):
        return
    what, advice = _OTHER_FORMATS[kind]
    raise InputError(f"{name}: holds {what}, but filter reads one JSON object a line; {advice}")


def _opened(path: str) -> contextlib.AbstractContextManager[BinaryIO]:
    if path == "-":
        return contextlib.nullcontext(_stdin())
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the path") from error


def _stdin() -> BinaryIO:
    """Return stdin as a file of its own. Python aborts if it ends while a thread waits in ``sys.stdin``."""
    stdin = open_stdin()
    try:
        return os.fdopen(os.dup(stdin.fileno()), "rb")
    except io.UnsupportedOperation:  # stdin has no file descriptor, as in tests
        return stdin
