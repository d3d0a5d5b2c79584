"""What the commands share: output options, problems and progress."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dedupe.errors import InputError
from dedupe.settings import Settings

if TYPE_CHECKING:
    from dedupe.reading.problems import Problem
    from dedupe.schemas import Article


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
    from dedupe.reading.articles import read

    articles = list(read(paths, strict=strict, on_problem=problems))
    if not articles and problems.counts:
        raise InputError(f"no readable article in {', '.join(paths)}")
    return articles


class Stages:
    """A progress bar over the stages where stderr is a terminal, and how long each of them took."""

    def __init__(self, *names: str, verbose: bool) -> None:
        self._names = names
        self._verbose = verbose
        self._began: list[tuple[str, float]] = []
        self._bar = click.progressbar(length=len(names), file=sys.stderr, hidden=not sys.stderr.isatty())

    def __enter__(self) -> Stages:
        self._bar.__enter__()
        return self

    def __call__(self, stage: str) -> None:
        """Begin a stage."""
        self._began.append((stage, time.perf_counter()))
        self._bar.label = stage
        self._bar.update(0 if stage == self._names[0] else 1)

    def __exit__(self, *failure: object) -> None:
        self._began.append(("", time.perf_counter()))
        self._bar.__exit__(None, None, None)
        if self._verbose and failure[0] is None:
            click.echo(", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in self.timings.items()), err=True)

    @property
    def timings(self) -> dict[str, float]:
        """Seconds by stage. Only shown when asked for: with them, two runs never print the same."""
        return {stage: round(end - start, 4) for (stage, start), (_, end) in pairwise(self._began)}


strict_option = click.option("--strict", is_flag=True, help="Stop at the first unreadable record, with exit code 3.")

threads_option = click.option(
    "--threads", type=int, default=os.cpu_count() or 1, show_default="all", help="Same result for any number."
)

near_duplicate_option = click.option(
    "--near-duplicate-jaccard",
    type=float,
    default=Settings().near_duplicate_jaccard,
    show_default=True,
    help="Least Jaccard of a near duplicate.",
)

verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Say how long each stage took, in JSON as `timings`."
)


def width() -> int:
    """Columns of the terminal; a pipe has 120."""
    return shutil.get_terminal_size((_WIDTH_OF_A_PIPE, 24)).columns
