"""Say in one line why Spark failed, where Spark itself gives pages of stack traces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dedupe.errors import DedupeError, InputError, OutputError

JAVA_HAS_ENDED = (
    "the Java process of Spark has ended, as it does where memory runs out: give it more, such as "
    "--conf spark.driver.memory=8g"
)

_OF_OUTPUT = ("No space left on device", "Disk quota exceeded", "Mkdirs failed", "Parent path is not a directory")
"""What causes say that concern the output, also while the input is read."""


_NO_FILE_SYSTEM = ("No FileSystem for scheme", "Class org.apache.hadoop.fs.")
"""How causes begin where Spark has no classes for the file system of an address."""


@contextmanager
def told_as(kind: type[DedupeError], subject: str, output: str = "") -> Iterator[None]:
    """Turn what Spark and the bridge to Java raise into ``kind``, whose message names ``subject`` and the cause.

    Other exceptions pass. What concerns the output while the input is read, such as a full disk, becomes an
    ``OutputError`` that names ``output``, or else ``subject``.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException, ConnectionError) as error:
        cause = cause_of(error)
        if kind is InputError and (cause == JAVA_HAS_ENDED or any(sign in cause for sign in _OF_OUTPUT)):
            raise OutputError(f"{output or subject}: {cause}") from error
        raise kind(f"{subject}: {cause}") from error


def cause_of(error: BaseException) -> str:
    """Return the causes of an error of Spark as one line, the outer ones first."""
    from py4j.protocol import Py4JError

    if isinstance(error, ConnectionError):
        return JAVA_HAS_ENDED
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is None:
        return JAVA_HAS_ENDED if type(error).__name__ == "Py4JNetworkError" else _in_one_line(str(error))
    try:
        said = list(_messages(java))
    except (Py4JError, ConnectionError):
        return JAVA_HAS_ENDED
    # The failure of a job repeats that of its task, with a stack trace.
    own = [line for line in said if not line.startswith("Job aborted due to stage failure")]
    told: list[str] = []
    for line in own or said:
        if not any(line in before for before in told):
            told.append(line)
    cause = ": ".join(told)
    if any(sign in cause for sign in _NO_FILE_SYSTEM):
        cause += "; give Spark the jar of this file system, such as --conf spark.jars.packages=GROUP:NAME:VERSION"
    return cause


def _messages(java: Any) -> Iterator[str]:  # noqa: ANN401 - an exception of Java
    """Yield what an exception of Java and its causes say, or else their names."""
    while java is not None:
        yield _in_one_line(java.getMessage() or java.getClass().getSimpleName())
        java = java.getCause()


def _in_one_line(message: str) -> str:
    """Return the line of a message that says what happened: the last one of a Python traceback, else the first one."""
    lines = [line.strip() for line in message.splitlines()]
    lines = [line for line in lines if line and not line.startswith("SQLSTATE:")]  # which has a line of its own
    if not lines:
        return "no reason is given"
    return lines[-1] if "Traceback (most recent call last)" in message else lines[0]
