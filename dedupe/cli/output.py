"""What the commands share: output options, problems, progress, and files that appear only when they are complete."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from dedupe.errors import InputError

if TYPE_CHECKING:
    from dedupe.problems import Problem
    from dedupe.tables import Article

_WIDTH_OF_A_PIPE = 120
_Command = TypeVar("_Command", bound=Callable[..., Any])


def output_options(*layouts: str) -> Callable[[_Command], _Command]:
    """``--format`` with these layouts, the first the default, and ``--output``."""

    def decorate(command: _Command) -> _Command:
        layout = click.option(
            "--format",
            "layout",
            type=click.Choice(layouts),
            default=layouts[0],
            show_default=True,
            help="Output layout.",
        )
        output = click.option(
            "-o", "--output", type=click.Path(dir_okay=False), help="Write to FILE (whole or not at all), not stdout."
        )
        return layout(output(command))

    return decorate


class Problems:
    """Says each problem on stderr as it comes, and counts them."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __call__(self, problem: Problem) -> None:
        """Say and count one."""
        self.counts[problem.kind] += 1
        click.echo(str(problem), err=True)

    def summarise(self) -> None:
        """Say how many there were, if any."""
        if self.counts:
            said = ", ".join(f"{number} {kind}" for kind, number in sorted(self.counts.items()))
            click.echo(f"problems in the input: {said}", err=True)


def read_articles(paths: Sequence[str], strict: bool, problems: Problems) -> list[Article]:
    """All articles of the paths. No article at all, after a problem, is an error: there is nothing to go on with."""
    from dedupe.articles import read

    articles = list(read(paths, strict=strict, on_problem=problems))
    if not articles and problems.counts:
        raise InputError(f"no readable article in {', '.join(paths)}")
    return articles


class Stages:
    """A progress bar over the stages, where stderr is a terminal."""

    _NAMES = ("sign", "pair", "verify", "relate", "group")

    def __enter__(self) -> Callable[[str], None]:
        self._bar = click.progressbar(length=len(self._NAMES), file=sys.stderr, hidden=not sys.stderr.isatty())
        self._bar.__enter__()
        return self._begin

    def _begin(self, stage: str) -> None:
        self._bar.label = stage
        self._bar.update(0 if stage == self._NAMES[0] else 1)

    def __exit__(self, *failure: object) -> None:
        self._bar.__exit__(None, None, None)


def width() -> int:
    """Columns of the terminal; a pipe has 120."""
    return shutil.get_terminal_size((_WIDTH_OF_A_PIPE, 24)).columns


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


def _print(report: Iterable[str]) -> None:
    """Write lines to stdout."""
    with reader_may_leave() as stream:
        for line in report:
            stream.write(line.encode("utf-8", "replace") + b"\n")


def deliver(report: Iterable[str], output: str | None) -> None:
    """Print the lines, or write them to a file that appears only when it is complete."""
    if output is None:
        _print(report)
        return
    target = Path(output)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise InputError(f"{output}: cannot be written: {error.strerror}; choose another place") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(line.encode("utf-8", "replace") + b"\n" for line in report)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
