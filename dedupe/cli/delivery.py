"""Where a command writes its result: stdout, a file that appears only when it is complete, a pipe or a device."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from dedupe.errors import InputError

_WIDTH_WITHOUT_TERMINAL = 120


def terminal_width() -> int:
    """Return the number of columns of the terminal, or 120 where stdout is none, such as a pipe.

    The environment variable ``COLUMNS`` overrides both.
    """
    return shutil.get_terminal_size((_WIDTH_WITHOUT_TERMINAL, 24)).columns


def deliver(report: Iterable[str], output: str | None) -> None:
    """Write the lines of a report to the path ``output``, or to stdout where it is None or "-".

    A regular file is replaced by a complete new one, so at any time it is the old one or the new one. Symbolic links
    are followed. An existing file keeps its mode and, where the system permits it, its owner. Anything else at this
    path, such as a pipe or a device, is written to and never replaced.

    Raises InputError where the path cannot be written, and SystemExit with code 0 where the reader of a pipe has closed
    it.
    """
    if output is None or output == "-" or _is_stdout(output):
        with stdout_until_closed() as stream:
            stream.writelines(map(_encoded, report))
        return
    existing = _status(output)
    if existing is None or stat.S_ISREG(existing.st_mode):
        _replace_file(Path(os.path.realpath(output)), existing, report, output)
    else:
        _write_in_place(report, output)


@contextlib.contextmanager
def stdout_until_closed() -> Iterator[BinaryIO]:
    """Yield stdout as a stream of bytes, and flush it at the end.

    Raises SystemExit with code 0 where the reader has closed the pipe, as ``head`` does.
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python flushes stdout again at exit. What is still buffered must not raise a second time there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "replace") + b"\n"


def _status(path: str) -> os.stat_result | None:
    """Return the status of the file that a path leads to, links followed, or None if there is none."""
    with _errors_as_input_error(path):
        try:
            return os.stat(path)  # noqa: PTH116 - Path.stat does the same
        except FileNotFoundError:
            return None


def _is_stdout(path: str) -> bool:
    """Return whether a path, such as /dev/stdout, leads to the same file as stdout."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(sys.stdout.fileno()))  # noqa: PTH116
    except (OSError, ValueError):
        return False


def _replace_file(target: Path, existing: os.stat_result | None, report: Iterable[str], output: str) -> None:
    """Write a temporary file beside ``target``, and rename it to ``target`` once it is complete and on disk."""
    temporary = target.with_name(f".dedupe-{secrets.token_hex(8)}.tmp")
    with _errors_as_input_error(output):
        if existing and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        stream = temporary.open("xb")
    try:
        with stream:
            _write(report, stream, output)
            with _errors_as_input_error(output):
                os.fsync(stream.fileno())
        with _errors_as_input_error(output):
            if existing:
                _copy_owner_and_mode(existing, temporary)
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _copy_owner_and_mode(existing: os.stat_result, path: Path) -> None:
    if hasattr(os, "chown"):
        # Only root may give a file to somebody else. Without that right, the file belongs to whoever writes it.
        with contextlib.suppress(PermissionError):
            os.chown(path, existing.st_uid, existing.st_gid)
    path.chmod(stat.S_IMODE(existing.st_mode))


def _write_in_place(report: Iterable[str], output: str) -> None:
    """Write to a pipe or a device. Raises SystemExit with code 0 where the reader of a pipe has closed it."""
    try:
        with _errors_as_input_error(output):
            stream = Path(output).open("wb")  # noqa: SIM115 - closed by the next block
        with stream:
            _write(report, stream, output)
    except BrokenPipeError:
        raise SystemExit(0) from None


def _write(report: Iterable[str], stream: BinaryIO, output: str) -> None:
    """Write the lines. Errors while writing become InputError; errors while making the lines pass through unchanged."""
    try:
        for line in report:
            with _errors_as_input_error(output):
                stream.write(_encoded(line))
        with _errors_as_input_error(output):
            stream.flush()
    except BaseException:
        # The caller's ``with`` closes the stream again. What is still buffered must not raise a second time there.
        with contextlib.suppress(OSError):
            stream.close()
        raise


@contextlib.contextmanager
def _errors_as_input_error(output: str) -> Iterator[None]:
    """Turn errors of the file system into InputError with the path and advice. BrokenPipeError passes unchanged."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{output}: cannot be written: {reason}; choose another place") from error
