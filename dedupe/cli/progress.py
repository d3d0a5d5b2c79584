"""The line of progress on a terminal: what is being done, how fast, and how long it will take.

It is written by hand because messages must appear above it, and because most stages only say when they begin: progress
bars such as those of click move only when they are told to.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, pairwise
from types import TracebackType
from typing import TypeVar

from dedupe.cli.messages import show_status, shows_progress, tell

STAGES = {"read": 15, "sign": 15, "pair": 1, "verify": 5, "relate": 40, "group": 9}
"""The stages of reading and clustering, and what share of the time each takes for thousands of articles."""

_REFRESH_SECONDS = 0.5
"""Time between two changes of the line. A command that takes less shows none."""

_Item = TypeVar("_Item")


class Progress:
    """Shows the progress of a command that has one or several stages, and measures how long each takes.

    Use it as a context manager and call it with the name of each stage when the stage begins, or with the name, the
    steps done and the number of all steps whenever some are done. ``-v`` prints the durations at the end, unless an
    exception was raised.
    """

    def __init__(self, shares: Mapping[str, int] | None = None, units: Mapping[str, str] | None = None) -> None:
        """Prepare the line.

        ``shares``: the stages in order, and how long each usually takes, in any unit; without them only the time that
        is left of a stage is shown. ``units``: what is counted in each
        stage that does not count articles.
        """
        shares = shares or {}
        self._begins = dict(zip(shares, accumulate(shares.values(), initial=0), strict=False))
        self._shares, self._units = shares, units or {}
        self._starts: list[tuple[str, float]] = []
        self._done, self._total = 0, 0
        self._ended = threading.Event()
        self._painter: threading.Thread | None = None

    def __enter__(self) -> Progress:
        if shows_progress():
            self._painter = threading.Thread(target=self._paint, daemon=True)
            self._painter.start()
        return self

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say which stage is under way and, where that is known, how many of its steps are done."""
        if not self._starts or self._starts[-1][0] != stage:
            self._starts.append((stage, time.perf_counter()))
        self._done, self._total = done, total

    def count(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """Yield items, and count them as steps of the stage."""
        for item in items:
            self._done += 1
            yield item

    def add(self, number: int) -> None:
        """Count so many more steps of the stage."""
        self._done += number

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._painter:
            self._painter.join()
            show_status("")
        self._starts.append(("", time.perf_counter()))
        if error is None and len(self._starts) > 1:
            tell(", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in self.timings.items()), "detail")

    @property
    def timings(self) -> dict[str, float]:
        """Seconds by stage. Reports show them only with ``--verbose``, because they differ from run to run."""
        seconds: dict[str, float] = {}
        for (stage, start), (_, end) in pairwise(self._starts):
            seconds[stage] = seconds.get(stage, 0.0) + end - start
        return {stage: round(some, 4) for stage, some in seconds.items()}

    def _paint(self) -> None:
        import shutil

        while not self._ended.wait(_REFRESH_SECONDS):
            if self._starts:
                width = shutil.get_terminal_size().columns
                show_status(self._line(time.perf_counter())[: width - 1])

    def _line(self, now: float) -> str:
        """Return the line for a time of ``time.perf_counter``."""
        stage, start = self._starts[-1]
        done, total = self._done, self._total
        elapsed = now - start
        unit = self._units.get(stage, "articles")
        steps = f" {done:,} of {total:,} {unit}" if total else f" {done:,} {unit}" if done else ""
        if total and done >= total:
            return f"{stage}{steps}"
        rate = f", {done / elapsed:,.0f} a second" if done and elapsed > 0 else ""
        left = self._seconds_left(stage, elapsed, start)
        return f"{stage}{steps}{rate}" + ("" if left is None else f", about {_duration(left)} left")

    def _seconds_left(self, stage: str, elapsed: float, start: float) -> float | None:
        """Return how many seconds the command will probably still take, None as long as that cannot be told."""
        if self._done and self._total:
            of_stage = elapsed / self._done * (self._total - self._done)
            if stage not in self._begins:
                return of_stage
            share = self._shares[stage]
            later = sum(self._shares.values()) - self._begins[stage] - share
            return of_stage + (elapsed + of_stage) / share * later
        before = self._begins.get(stage, 0)
        if not before:
            return None
        a_share = (start - self._starts[0][1]) / before
        return max(a_share * (sum(self._shares.values()) - before) - elapsed, 0.0)


def _duration(seconds: float) -> str:
    """Return a duration in words.

    >>> _duration(7.2), _duration(95), _duration(8000)
    ('8 s', '2 min', '2 h 13 min')
    """
    if seconds < 90:
        return f"{int(seconds) + 1} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
