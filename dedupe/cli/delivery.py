"""Where a command writes its result: stdout, a file that appears only when it is complete, a pipe or a device."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from dedupe.errors import InputError


def deliver(report: Iterable[str], output: str | None) -> None:
    """Write the lines of a report to the file ``output``, or to stdout where it is None or "-".

    A regular file is written beside its place and renamed when it is complete, so that it is the old one or the new
    one, never half of either; links are followed, and an existing file keeps its mode and, where the system permits,
    its owner. Anything else that stands there, such as a pipe or a device, is written to and never replaced.

    Raises InputError where the place cannot be written.
    """
    if output is None or output == "-" or _is_stdout(output):
        with reader_may_leave() as stream:
            stream.writelines(map(_encoded, report))
        return
    there = _status(output)
    if there is None or stat.S_ISREG(there.st_mode):
        _replace(Path(os.path.realpath(output)), there, report, output)
    else:
        _write_through(report, output)


@contextlib.contextmanager
def reader_may_leave() -> Iterator[BinaryIO]:
    """Stdout, to be written inside; a reader that has seen enough (``| head``) ends the program without an error."""
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # What is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "replace") + b"\n"


def _status(path: str) -> os.stat_result | None:
    """What stands at a path, links followed; None where nothing does."""
    with _explained(path):
        try:
            return os.stat(path)  # noqa: PTH116 - Path.stat is no different, and os.path has the rest
        except FileNotFoundError:
            return None


def _is_stdout(path: str) -> bool:
    """Whether a path, such as /dev/stdout, leads to where stdout leads."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(sys.stdout.fileno()))  # noqa: PTH116
    except (OSError, ValueError):
        return False


def _replace(target: Path, there: os.stat_result | None, report: Iterable[str], output: str) -> None:
    """Put a new file in the place of ``target``, once it is complete and on disk."""
    temporary = target.with_name(f".dedupe-{secrets.token_hex(8)}.tmp")
    with _explained(output):
        if there and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        stream = temporary.open("xb")
    try:
        with stream:
            _write(report, stream, output)
            with _explained(output):
                os.fsync(stream.fileno())
        with _explained(output):
            if there:
                _keep_owner_and_mode(temporary, there)
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _keep_owner_and_mode(path: Path, there: os.stat_result) -> None:
    if hasattr(os, "chown"):
        # Only root may give files away; what others write is theirs.
        with contextlib.suppress(PermissionError):
            os.chown(path, there.st_uid, there.st_gid)
    path.chmod(stat.S_IMODE(there.st_mode))


def _write_through(report: Iterable[str], output: str) -> None:
    """Write to a pipe or a device; a reader that leaves ends the program without an error."""
    try:
        with _explained(output):
            stream = Path(output).open("wb")  # noqa: SIM115 - closed below; opening is explained by itself
        with stream:
            _write(report, stream, output)
    except BrokenPipeError:
        raise SystemExit(0) from None


def _write(report: Iterable[str], stream: BinaryIO, output: str) -> None:
    """Write the lines. Errors of writing are explained, errors of making the lines stay what they are."""
    try:
        for line in report:
            with _explained(output):
                stream.write(_encoded(line))
        with _explained(output):
            stream.flush()
    except BaseException:
        # What is still buffered must not raise again when the stream is closed.
        with contextlib.suppress(OSError):
            stream.close()
        raise


@contextlib.contextmanager
def _explained(output: str) -> Iterator[None]:
    """Errors of the file system as InputError, with the file and what to do; a pipe without a reader stays as it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{output}: cannot be written: {reason}; choose another place") from error
