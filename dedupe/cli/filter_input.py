"""Reads the input of ``dedupe filter`` in batches, in a thread of its own.

The thread is needed for live pipes: a batch that is not full is handed on as soon as no more lines come.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import queue
import select
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dedupe.article import Article
from dedupe.cli.filter_ahead import Begun
from dedupe.errors import InputError
from dedupe.filter_lines import FilterLine, line_too_large
from dedupe.reading.fields import Columns
from dedupe.reading.kinds import UNREADABLE
from dedupe.reading.problems import Origin, valid_text
from dedupe.reading.records import guess_format
from dedupe.reading.streams import CHUNK_BYTES, decoded_parts, lines, look_ahead, open_stdin

_OTHER_FORMATS = {
    "json": ("one JSON document over several lines or in a list", "write its articles with jq -c '.[]', for example"),
    "csv": ("CSV", "convert it to JSON lines first"),
    "parquet": ("Parquet", "convert it to JSON lines first"),
    "feed": ("a feed", "convert it to JSON lines first"),
    "newsml": ("NewsML or NITF", "convert it to JSON lines first"),
    "page": ("a web page", "convert it to JSON lines first"),
    "warc": ("a web archive", "convert it to JSON lines first"),
    "zip": ("a zip file", "unpack it first"),
    "tar": ("a tar file", "unpack it first"),
    **UNREADABLE,
}
"""Formats that are refused, in words, and what to do instead."""

_WAITING = 3
"""Most batches that are read and wait to be checked."""


@dataclass(slots=True)
class FilterBatch:
    """Some lines, in order, and what ``begin`` returned for the articles on them (see ``read_batches``)."""

    lines: list[FilterLine]
    begun: Begun | None = None


@dataclass(frozen=True, slots=True)
class _End:
    """The end of the input, and the error that ended it."""

    error: BaseException | None


Parse = Callable[[bytes, int, str, str], FilterLine]
"""``filter_lines.LineParser.parse``."""

_Queue = queue.Queue[FilterBatch | _End]
"""What the reading thread sends."""


def read_batches(
    paths: Sequence[str],
    size: int,
    max_record_bytes: int,
    parse: Parse,
    begin: Callable[[list[Article]], Begun | None],
) -> Iterator[FilterBatch]:
    """Yield the lines of some JSONL files (also .gz; "-" is stdin) in batches of at most ``size`` lines.

    A batch is yielded as soon as no more lines come, so that a live pipe gets its answers at once. ``parse`` reads the
    article on a line. While batches wait, ``begin`` is called with the articles of each full one.

    The content of lines of more than ``max_record_bytes`` is not kept. No batch is empty. Raises InputError, after the
    lines before it, at a file that cannot be read.
    """
    arriving: _Queue = queue.Queue(_WAITING)
    threading.Thread(target=_read, args=(paths, size, max_record_bytes, parse, arriving, begin), daemon=True).start()
    item = arriving.get()
    while isinstance(item, FilterBatch):
        following: FilterBatch | _End | None = None
        while not arriving.empty() and item.begun is None:
            following = arriving.get()
            if isinstance(following, _End) or following.begun or len(item.lines) + len(following.lines) > size:
                break
            item.lines += following.lines
            following = None
        yield item
        item = arriving.get() if following is None else following
    if item.error is not None:
        raise item.error


def _read(
    paths: Sequence[str],
    size: int,
    max_record_bytes: int,
    parse: Parse,
    arriving: _Queue,
    begin: Callable[[list[Article]], Begun | None],
) -> None:
    """Send the lines of all paths. Runs in a thread.

    Lines that are read are sent before this waits for more of a file, because a live pipe would let them wait.
    """
    batch: list[FilterLine] = []

    def send() -> None:
        articles = [line.article for line in batch if line.article]
        begun = begin(articles) if len(batch) == size and not arriving.empty() else None
        arriving.put(FilterBatch(batch.copy(), begun))
        batch.clear()

    def before_reading(stream: BinaryIO) -> None:
        if batch and not _is_ready(stream):
            send()

    end: BaseException | None = None
    try:
        for path in paths:
            for line in _read_lines(path, max_record_bytes, parse, before_reading):
                batch.append(line)
                if len(batch) == size:
                    send()
    except BaseException as error:  # noqa: BLE001 - read_batches raises it again
        end = error
    if batch:
        send()
    arriving.put(_End(end))


def _is_ready(stream: BinaryIO) -> bool:
    """Whether reading from a stream does not wait. False if that cannot be told, as of a pipe on Windows."""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except (OSError, ValueError):
        return False


def _read_lines(
    path: str, max_record_bytes: int, parse: Parse, before_reading: Callable[[BinaryIO], None]
) -> Iterator[FilterLine]:
    """Yield the lines of a file. Raises InputError if it cannot be opened or, after the last line, if it is damaged.

    ``before_reading`` is called with the opened file each time before more of it is read.
    """
    name = "stdin" if path == "-" else valid_text(path)
    stem = Path(name).name.removesuffix(".gz").removesuffix(".jsonl")
    damage: list[str] = []
    origin = Origin(name, "", lambda problem: damage.append(str(problem)))
    with _opened(path) as stream:
        head, parts = look_ahead(decoded_parts(stream, origin), _has_a_line)
        _refuse_other_formats(head, name)
        announced = _announced(parts, functools.partial(before_reading, stream))
        for number, raw in enumerate(lines(announced, max_record_bytes), 1):
            if raw is None:
                yield line_too_large(number, name, max_record_bytes)
            else:
                yield parse(raw, number, name, stem)
    if damage:
        raise InputError(damage[0])


def _announced(parts: Iterator[bytes], before_reading: Callable[[], None]) -> Iterator[bytes]:
    for part in parts:
        yield part
        before_reading()


def _has_a_line(head: bytes) -> bool:
    return b"\n" in head.lstrip() or len(head) >= CHUNK_BYTES


def _refuse_other_formats(head: bytes, name: str) -> None:
    """Raise InputError if a file begins like one of another format, in which no line or nearly none is an article.

    A first line that is merely broken is no other format.
    """
    first = head.lstrip().partition(b"\n")[0].strip()
    kind = guess_format(head, Columns()) if first else "jsonl"
    if kind not in _OTHER_FORMATS or (first.startswith(b"{") and first != b"{"):
        return
    what, advice = _OTHER_FORMATS[kind]
    raise InputError(f"{name}: holds {what}, but filter reads one JSON object a line; {advice}")


def _opened(path: str) -> contextlib.AbstractContextManager[BinaryIO]:
    if path == "-":
        return contextlib.nullcontext(_stdin())
    try:
        return Path(path).open("rb")
    except IsADirectoryError as error:
        raise InputError(
            f"{path}: is a folder, but filter reads files; name them: {path.rstrip('/')}/*.jsonl"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the path") from error


def _stdin() -> BinaryIO:
    """Return stdin as a file of its own. Python aborts if it ends while a thread waits in ``sys.stdin``."""
    stdin = open_stdin()
    try:
        return os.fdopen(os.dup(stdin.fileno()), "rb")
    except io.UnsupportedOperation:  # stdin has no file descriptor, as in tests
        return stdin
