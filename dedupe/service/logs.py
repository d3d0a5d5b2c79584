"""The log of the service: one line a request on stderr, as text or as JSON. No line holds any text of an article.

A thread writes it. If stderr is a full pipe, answers go on, and lines are left out, counted and mentioned later.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from queue import SimpleQueue

import msgspec

from dedupe.reading.problems import escaped

_MOST_WAITING = 10_000
"""Most records that wait to be written, some 10 MB."""

_GATHERING_SECONDS = 0.1
"""How long a line waits for others to be written with it. A thread that wakes for each line slows down the others."""

_CLOSING_SECONDS = 1.0
"""How long the process waits at its end for somebody to read the last lines."""


class _Noted(logging.LogRecord):
    """A record with what ``_Formatter`` writes, and nothing else.

    ``LogRecord`` itself also asks for the process, the thread and the place in the program, which took a twentieth of
    the time of a request.
    """

    def __init__(self, name: str, level: int, message: str, fields: Mapping[str, object]) -> None:
        self.name, self.levelno, self.levelname = name, level, logging.getLevelName(level)
        self.msg, self.args, self.exc_info = message, None, None
        self.created = time.time()
        self.fields = fields


class _Formatter(logging.Formatter):
    """Writes a record as one line: its time, its level, its message and its fields."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields = dict(record.fields) if isinstance(record, _Noted) else {}
        if record.exc_info:
            fields["traceback"] = _places(record)
        level, message = record.levelname.lower(), record.getMessage()
        if self._as_json:
            return msgspec.json.encode({"time": at, "level": level, "message": message} | fields).decode()
        shown = "".join(f" {name}={value}" for name, value in fields.items())
        return escaped(f"{at} {level}: {message}{shown}")


def _places(record: logging.LogRecord) -> list[str]:
    """Return where an exception was raised, without its message, which may hold a text."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return []
    frames = traceback.extract_tb(error.__traceback__)
    return [*(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames), type(error).__name__]


class Log(logging.Handler):
    """Lets a thread write the records, so that nobody waits for whoever reads them.

    ``dropped``: records that were left out, because ``_MOST_WAITING`` others waited or their place is gone.
    """

    def __init__(self, descriptor: int, *, as_json: bool) -> None:
        """Start the thread. ``descriptor``: that of the file to write to, which is not closed."""
        super().__init__()
        self.setFormatter(_Formatter(as_json=as_json))
        self.dropped = 0
        self._descriptor = descriptor
        self._said = 0
        self._is_closing = threading.Event()
        self._waiting: SimpleQueue[logging.LogRecord | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="dedupe log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record to the thread."""
        if self._waiting.qsize() < _MOST_WAITING:
            self._waiting.put(record)
        else:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, if somebody reads it, and end the thread. Python does this once more at its end."""
        if self._is_closing.is_set():
            return
        self._is_closing.set()
        self._waiting.put(None)
        self._thread.join(_CLOSING_SECONDS)
        super().close()

    # In the thread

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            self._is_closing.wait(_GATHERING_SECONDS)
            self._write([first, *self._taken()])
            if dropped := self.dropped - self._said:
                self._said += dropped
                said = f"{dropped:,} lines of the log were left out: nobody read them, or they could not be written"
                self._write([_Noted(__name__, logging.WARNING, said, {})])

    def _taken(self) -> Iterator[logging.LogRecord]:
        """Take what waits. The end of it stays for ``_run``."""
        for _ in range(self._waiting.qsize()):
            if (record := self._waiting.get()) is None:
                self._waiting.put(None)
                return
            yield record

    def _write(self, records: Sequence[logging.LogRecord]) -> None:
        content = "".join(self._lines(records)).encode("utf-8", "replace")
        try:
            while content:
                # Not by ``sys.stderr``, whose lock would keep the process from ending while the pipe is full.
                content = content[os.write(self._descriptor, content) :]
        except OSError:  # whoever read it has gone
            self.dropped += len(records)
            self._said = self.dropped

    def _lines(self, records: Sequence[logging.LogRecord]) -> Iterator[str]:
        """Yield the records as lines. One that cannot be written as one must not end the thread: it is left out."""
        for record in records:
            try:
                yield f"{self.format(record)}\n"
            except Exception:  # noqa: BLE001 - whatever it is, such as a module that cannot be loaded
                self.dropped += 1


def note(logger: logging.Logger, message: str, fields: Mapping[str, object]) -> None:
    """Log a message with fields, faster than ``Logger.info`` does, which finds out who calls."""
    if logger.isEnabledFor(logging.INFO):
        logger.handle(_Noted(logger.name, logging.INFO, message, fields))


@contextlib.contextmanager
def logged_to_stderr(*, as_json: bool, with_requests: bool = True) -> Iterator[Log]:
    """Let this package, uvicorn and asyncio write their log to stderr, with or without a line for each request."""
    log = Log(sys.stderr.fileno(), as_json=as_json)
    requests = logging.INFO if with_requests else logging.WARNING
    for name in ("dedupe.service.app", "dedupe.service.connections"):  # the modules that answer requests
        logging.getLogger(name).setLevel(requests)
    for name, level in (("dedupe", logging.INFO), ("uvicorn", logging.WARNING), ("asyncio", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [log]  # in place of the one that prints the warnings of other commands
        logger.setLevel(level)
        logger.propagate = False
    try:
        yield log
    finally:
        log.close()
