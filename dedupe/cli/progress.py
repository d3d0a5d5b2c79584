"""Progress bars on stderr. They are hidden where stderr is not a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from itertools import accumulate, pairwise
from types import TracebackType

import click

from dedupe.cli.messages import tell


class StageProgress:
    """One progress bar over several stages, with the time that is left, which also measures how long each stage takes.

    Use it as a context manager and call it with the name of each stage when the stage begins. With ``verbose``, the
    durations are printed to stderr at the end, unless an exception was raised.
    """

    def __init__(self, shares: Mapping[str, int], *, verbose: bool) -> None:
        """Prepare the bar. ``shares``: the stages in order, and how long each usually takes, in any unit."""
        self._begins = dict(zip(shares, accumulate(shares.values(), initial=0), strict=False))
        self._verbose = verbose
        self._starts: list[tuple[str, float]] = []
        length = sum(shares.values())
        self._bar = click.progressbar(length=length, file=sys.stderr, hidden=not sys.stderr.isatty())

    def __enter__(self) -> StageProgress:
        self._bar.__enter__()
        return self

    def __call__(self, stage: str) -> None:
        """Begin a stage. The stage before it is complete."""
        self._starts.append((stage, time.perf_counter()))
        self._bar.label = stage
        self._bar.update(self._begins[stage] - self._bar.pos)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._starts.append(("", time.perf_counter()))
        if error is None:
            self._bar.update((self._bar.length or 0) - self._bar.pos)
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
