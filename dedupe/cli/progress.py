"""Progress bars on stderr. They are hidden where stderr is not a terminal."""

from __future__ import annotations

import sys
import time
from itertools import pairwise
from types import TracebackType

import click

from dedupe.cli.messages import tell


class StageProgress:
    """One progress bar over several stages, which also measures how long each stage takes.

    Use it as a context manager and call it with the name of each stage when the stage begins. With ``verbose``, the
    durations are printed to stderr at the end, unless an exception was raised.
    """

    def __init__(self, *names: str, verbose: bool) -> None:
        self._names = names
        self._verbose = verbose
        self._starts: list[tuple[str, float]] = []
        self._bar = click.progressbar(length=len(names), file=sys.stderr, hidden=not sys.stderr.isatty())

    def __enter__(self) -> StageProgress:
        self._bar.__enter__()
        return self

    def __call__(self, stage: str) -> None:
        """Begin a stage. The stage before it is complete."""
        self._starts.append((stage, time.perf_counter()))
        self._bar.label = stage
        self._bar.update(0 if stage == self._names[0] else 1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._starts.append(("", time.perf_counter()))
        self._bar.__exit__(None, None, None)
        if self._verbose and error is None:
            tell(", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in self.timings.items()))

    @property
    def timings(self) -> dict[str, float]:
        """Seconds by stage. Reports show them only with ``--verbose``, because they differ from run to run."""
        return {stage: round(end - start, 4) for (stage, start), (_, end) in pairwise(self._starts)}


class StepProgress:
    """One progress bar per stage, which counts the steps of the stage.

    Use it as a context manager and call it with the name of the stage, the steps done and the number of all steps.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._bar = click.progressbar(length=0, file=sys.stderr, hidden=True)

    def __enter__(self) -> StepProgress:
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how many steps of a stage are done. A new stage ends the bar of the stage before it."""
        if stage != self._stage:
            self._end_bar()
            self._stage = stage
            hidden = not sys.stderr.isatty()
            self._bar = click.progressbar(length=total, label=stage, file=sys.stderr, hidden=hidden)
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_bar()

    def _end_bar(self) -> None:
        if self._stage:
            self._bar.__exit__(None, None, None)
