"""Messages on stderr: how many of them are printed, in which form, and a line of progress below them on a terminal.

The options ``--quiet``, ``--verbose`` and ``--log-format`` of every command (see ``common``) decide what is printed:

level      what                                                 printed
error      why the command ended                                always
warning    what to look at, problems of the input               always
note       counts and summaries                                 without --quiet
detail     durations, which settings were read from a file      with --verbose
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import click

Level = Literal["error", "warning", "note", "detail"]

_LEVELS: dict[Level, int] = {"error": 0, "warning": 1, "note": 2, "detail": 3}


@dataclass(slots=True)
class _Output:
    """What is printed in this run: messages up to the level ``most``, as text or as JSON.

    ``status`` is the line of progress that stands on the terminal now, "" if there is none.
    """

    most: Level = "note"
    as_json: bool = False
    command: str = ""
    status: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)


_output = _Output()


def begin_messages(*, as_json: bool = False) -> None:
    """Print messages as at the beginning of a run: without details, and as JSON if that is known already."""
    _output.most, _output.as_json, _output.command, _output.status = "note", as_json, "", ""


def choose_messages(most: Level | None = None, *, as_json: bool | None = None, command: str | None = None) -> None:
    """Choose the last level that is printed, the form of messages, and the command that JSON names. None: no change."""
    _output.most = _output.most if most is None else most
    _output.as_json = _output.as_json if as_json is None else as_json
    _output.command = _output.command if command is None else command


def is_verbose() -> bool:
    """Return whether the user asked for details."""
    return _output.most == "detail"


def is_quiet() -> bool:
    """Return whether the user asked for warnings and errors only."""
    return _output.most in ("error", "warning")


def are_json() -> bool:
    """Return whether messages are printed as JSON."""
    return _output.as_json


def shows_progress() -> bool:
    """Return whether a line of progress is shown: on a terminal, unless messages are JSON or only warnings."""
    return _output.most in ("note", "detail") and not _output.as_json and sys.stderr.isatty()


def tell(message: str, level: Level = "note", prefix: str = "", facts: Mapping[str, object] | None = None) -> None:
    """Print a message of one or more lines to stderr, with escapes for all that is not printable.

    ``prefix`` stands before it in text, and ``facts`` are further fields in JSON, such as the file and the line of a
    problem.
    """
    if _LEVELS[level] > _LEVELS[_output.most]:
        return
    with _output.lock:
        if _output.as_json:
            click.echo(_as_json(message, level, facts or {}), err=True)
            return
        from dedupe.reading.problems import escaped

        status = _output.status
        show_status("")
        click.echo("\n".join(escaped(line) for line in f"{prefix}{message}".split("\n")), err=True)
        show_status(status)


def warn(message: str) -> None:
    """Print a warning."""
    tell(message, "warning", "warning: ")


def show_status(line: str) -> None:
    """Replace the line of progress on the terminal by another one; "" leaves none."""
    with _output.lock:
        if line != _output.status:
            blanks = " " * max(len(_output.status) - len(line), 0)
            click.echo(f"\r{line}{blanks}" + ("" if line else "\r"), nl=False, err=True)
            _output.status = line


def _as_json(message: str, level: Level, facts: Mapping[str, object]) -> str:
    """Return a message as one line of JSON in ASCII, which no terminal and no log takes for anything else."""
    import json
    from datetime import UTC, datetime

    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {"time": now, "level": level, "command": _output.command, "message": message}
    return json.dumps(record | dict(facts))


@functools.cache
def tell_log() -> None:
    """From now on print the warnings that the library logs in this process, such as for whom an index waits."""
    import logging

    class Teller(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(record.getMessage(), "warning")

    logging.getLogger("dedupe").addHandler(Teller())
