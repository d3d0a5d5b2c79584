"""Where a command writes its result: stdout, a file that appears only when it is complete, a pipe or a device.

A full disk, a closed stream or a reader that has left never cause a traceback, and no command writes over its input.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

import click

from dedupe.errors import OutputError, ReaderLeftError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_WIDTH_WITHOUT_TERMINAL = 120

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Numbers of the errors that mean that a disk, a quota or the largest size of a file is exhausted."""


def terminal_width() -> int:
    """Return the number of columns of the terminal, or 120 where stdout is none, such as a pipe.

    The environment variable ``COLUMNS`` overrides both.
    """
    import shutil

    return shutil.get_terminal_size((_WIDTH_WITHOUT_TERMINAL, 24)).columns


def check_output(output: str | None, inputs: Sequence[str], option: str = "--output") -> None:
    """Check, before any work is done, that ``output`` can be written and is not one of the input files.

    ``inputs``: files and folders that the command reads. Raises click.UsageError for an output that is an input or
    stands in an input folder already, and OutputError where its folder does not exist.
    """
    if output is None or output == "-":
        return
    if not output:
        raise click.UsageError(f"{option} needs the path of a file.")
    if not Path(output).absolute().parent.is_dir():
        raise OutputError(f"{output}: cannot be written: the folder does not exist; make it or choose another place")
    existing = _status(output)
    if existing is None or not stat.S_ISREG(existing.st_mode):
        return
    for path in inputs:
        status = _status(path) if path != "-" else None
        if status is None:
            continue
        if os.path.samestat(existing, status) or Path(path).resolve() in Path(output).resolve().parents:
            raise click.UsageError(f"{option} {output} is an input and would be changed: choose another file.")


def deliver(report: Iterable[str], output: str | None, *, coloured: bool = False) -> None:
    """Write the lines of a report to the path ``output``, or to stdout where it is None or "-".

    On a terminal, what is not printable is escaped, unless the report is ``coloured``.

    A regular file is replaced by a complete new one, so at any time it is the old one or the new one. Symbolic links
    are followed. An existing file keeps its mode and, where the system permits it, its owner. Anything else at this
    path, such as a pipe or a device, is written to and never replaced.

    Raises OutputError where the path cannot be written, and ReaderLeftError where the reader of a pipe has closed it.
    """
    if output is None or output == "-" or _is_stdout(output):
        with stdout_until_closed(coloured) as write:
            for line in report:
                write(_encoded(line))
        return
    existing = _status(output)
    if existing is None or stat.S_ISREG(existing.st_mode):
        _replace_file(Path(os.path.realpath(output)), existing, report, output)
    else:
        _write_in_place(report, output)


@contextlib.contextmanager
def stdout_until_closed(coloured: bool = False) -> Iterator[Callable[[bytes], None]]:
    """Yield a function that writes lines, as bytes, to stdout; all of them are flushed at the end.

    On a terminal, what is not printable is escaped, unless the lines are ``coloured``: then the caller has done so.

    Raises ReaderLeftError where the reader has closed the pipe, as ``head`` does, and OutputError where stdout cannot
    be written, for example because the disk is full or stdout is closed. What is not written then is dropped.
    """
    check_stdout()

    in_terminal = sys.stdout.isatty() and not coloured

    def write(data: bytes) -> None:
        try:
            sys.stdout.buffer.write(_for_terminal(data) if in_terminal else data)
        except (OSError, ValueError) as error:  # no context manager, which costs more than writing a short line
            raise _output_error("stdout", error) from error

    try:
        yield write
        with errors_as_output_error("stdout"):
            sys.stdout.buffer.flush()
    except BaseException:
        discard_stdout()
        raise


def check_stdout() -> None:
    """Raise OutputError if stdout is closed."""
    if sys.stdout is None:
        raise OutputError("stdout: cannot be written: it is closed; give --output FILE")


def _for_terminal(line: bytes) -> bytes:
    """Return a line with escapes for all that is not printable. JSON stays JSON with the same meaning."""
    ends = len(line) - len(line.rstrip(b"\r\n"))
    body, end = line[: len(line) - ends], line[len(line) - ends :]
    texts = body.decode("utf-8", "backslashreplace").split("\n")
    return "\n".join(_escaped_as_in_json(text) for text in texts).encode() + end


def _escaped_as_in_json(text: str) -> str:
    if text.isprintable():
        return text
    units = (char.encode("utf-16-be", "surrogatepass").hex() for char in text)
    return "".join(
        char if char.isprintable() else "".join(f"\\u{unit[i : i + 4]}" for i in range(0, len(unit), 4))
        for char, unit in zip(text, units, strict=True)
    )


def discard_stdout() -> None:
    """Let stdout lead nowhere. Python flushes it again at exit, and what is still buffered must not fail once more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _WhileOpen(io.RawIOBase):
    """A file descriptor as a raw stream whose writes are dropped when they fail."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: ReadableBuffer) -> int:
        rest = memoryview(data).cast("B")
        with contextlib.suppress(OSError):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        return memoryview(data).nbytes


def stderr_while_open() -> TextIO:
    """Return stderr as a stream that drops what cannot be written.

    A reader of messages that has left, or a full disk behind them, must not end the work on the results.
    """
    if sys.stderr is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    # Without a buffer between: what a signal interrupts would be written again from there.
    raw = cast("BinaryIO", _WhileOpen(sys.stderr.fileno()))
    return io.TextIOWrapper(raw, sys.stderr.encoding, "backslashreplace", write_through=True)


def open_to_append(path: str) -> BinaryIO:
    """Open a file, pipe or device to append lines. A last line without an end gets one.

    Raises OutputError where that is not possible.
    """
    with errors_as_output_error(path):
        stream = Path(path).open("ab")  # noqa: SIM115 - the caller closes it
        if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.tell():
            with Path(path).open("rb") as file:
                file.seek(-1, os.SEEK_END)
                if file.read() != b"\n":
                    stream.write(b"\n")
        return stream


def append_lines(stream: BinaryIO, lines: Iterable[bytes]) -> None:
    """Append lines to what ``open_to_append`` opened. In a regular file they are on disk when this returns.

    Raises OutputError where they cannot be written.
    """
    with errors_as_output_error(stream.name):
        for line in lines:
            stream.write(line + b"\n")
        stream.flush()
        if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            os.fsync(stream.fileno())


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "replace") + b"\n"


def _status(path: str) -> os.stat_result | None:
    """Return the status of the file that a path leads to, links followed, or None if there is none."""
    with errors_as_output_error(path):
        try:
            return os.stat(path)  # noqa: PTH116 - Path.stat does the same
        except FileNotFoundError:
            return None


def _is_stdout(path: str) -> bool:
    """Return whether a path, such as /dev/stdout, leads to the same file as stdout."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(sys.stdout.fileno()))  # noqa: PTH116
    except (OSError, ValueError, AttributeError):  # AttributeError: stdout is closed
        return False


def _replace_file(target: Path, existing: os.stat_result | None, report: Iterable[str], output: str) -> None:
    """Write a temporary file beside ``target``, and rename it to ``target`` once it is complete and on disk."""
    temporary = target.with_name(f".dedupe-{os.urandom(8).hex()}.tmp")
    with errors_as_output_error(output):
        if existing and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        stream = temporary.open("xb")
    try:
        with stream:
            _write(report, stream, output)
            with errors_as_output_error(output):
                os.fsync(stream.fileno())
        with errors_as_output_error(output):
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
    """Write to a pipe or a device. Raises ReaderLeftError where the reader of a pipe has closed it."""
    with errors_as_output_error(output):
        stream = Path(output).open("wb")  # noqa: SIM115 - closed by the next block
    with stream:
        _write(report, stream, output)


def _write(report: Iterable[str], stream: BinaryIO, output: str) -> None:
    """Write the lines. Errors while writing become OutputError; errors while making them pass through unchanged."""
    try:
        for line in report:
            with errors_as_output_error(output):
                stream.write(_encoded(line))
        with errors_as_output_error(output):
            stream.flush()
    except BaseException:
        # The caller's ``with`` closes the stream again. What is still buffered must not raise a second time there.
        with contextlib.suppress(OSError):
            stream.close()
        raise


@contextlib.contextmanager
def errors_as_output_error(output: str) -> Iterator[None]:
    """Turn errors of the file system into OutputError with the path and advice, or into ReaderLeftError."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise _output_error(output, error) from error


def _output_error(output: str, error: OSError | ValueError) -> OutputError:
    if isinstance(error, BrokenPipeError):
        return ReaderLeftError(output)
    reason = getattr(error, "strerror", None) or error
    is_full = getattr(error, "errno", None) in NO_SPACE
    advice = "free some space or choose another place" if is_full else "choose another place"
    return OutputError(f"{output}: cannot be written: {reason}; {advice}")
