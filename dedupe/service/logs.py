"""The log of the service: one line a request on stderr, as text or as JSON. No line holds any text of an article."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime

import msgspec

from dedupe.reading.problems import escaped

FIELDS = "fields"
"""The attribute of a log record that holds further fields of its line, by name."""


class _Formatter(logging.Formatter):
    """Writes a record as one line: its time, its level, its message and its fields."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields = getattr(record, FIELDS, {}) | ({"traceback": _places(record)} if record.exc_info else {})
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


def log_to_stderr(*, as_json: bool, with_requests: bool = True) -> None:
    """Let this package, uvicorn and asyncio write their log to stderr, with or without a line for each request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(as_json=as_json))
    requests = logging.INFO if with_requests else logging.WARNING
    logging.getLogger("dedupe.service.app").setLevel(requests)  # the module that answers them
    for name, level in (("dedupe", logging.INFO), ("uvicorn", logging.WARNING), ("asyncio", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]  # in place of the one that prints the warnings of other commands
        logger.setLevel(level)
        logger.propagate = False
