"""What Prometheus reads: numbers that people watch and alert on. None of them holds an id or a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from dedupe.filter_lines import UNKNOWN
from dedupe.index import Stats
from dedupe.index.verdicts import KINDS
from dedupe.service import problems
from dedupe.service.budget import Budget
from dedupe.service.connections import CutReason
from dedupe.service.documents import Answer
from dedupe.service.logs import Log
from dedupe.service.problems import ProblemKind

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_GROUP_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class _DroppedLines(Collector):
    """The number of lines that the log left out, which the log counts itself."""

    def __init__(self, log: Log | None) -> None:
        self._log = log

    def collect(self) -> Iterator[Metric]:
        """Give the number as it is now."""
        dropped = self._log.dropped if self._log else 0
        yield CounterMetricFamily("dedupe_dropped_log_lines", "Lines that the log left out.", dropped)


class Metrics:
    """The numbers of one service, in a registry of its own."""

    def __init__(self, budget: Budget, log: Log | None = None) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # they would double the number of lines, and say when the process started
        own = self._registry = CollectorRegistry()
        articles = Counter("dedupe_articles", "Articles answered by /v1/check.", ["verdict"], registry=own)
        self._articles = {kind: articles.labels(kind) for kind in (*KINDS, UNKNOWN)}
        self._replayed = Counter("dedupe_replayed", "Articles that came again: same id, same words.", registry=own)
        self._requests = Counter("dedupe_requests", "Requests answered.", ["route", "status"], registry=own)
        self._refused = Counter("dedupe_refused", "Requests answered with an error.", ["problem"], registry=own)
        for kind in problems.KINDS:
            self._refused.labels(kind.name)  # from 0 on: Prometheus sees no increase in a number that begins with 1
        self._cut = Counter(
            "dedupe_cut_connections", "Connections that were ended without an answer.", ["reason"], registry=own
        )
        for reason in get_args(CutReason):
            self._cut.labels(reason)
        self._seconds = Histogram(
            "dedupe_request_seconds",
            "From the head of a request to its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=own,
        )
        self._answered: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._group = Histogram(
            "dedupe_group_articles", "Articles that were stored in one commit.", buckets=_GROUP_SIZES, registry=own
        )
        self._commit = Histogram(
            "dedupe_commit_seconds", "To look up, decide and store one group.", buckets=_SECONDS, registry=own
        )
        self._failed = Counter("dedupe_failed_commits", "Groups of which nothing was stored.", registry=own)
        own.register(_DroppedLines(log))
        waiting = Gauge("dedupe_waiting_articles", "Articles that wait for their answer.", registry=own)
        waiting.set_function(lambda: budget.articles)
        held = Gauge("dedupe_waiting_bytes", "Bytes of bodies that are held.", registry=own)
        held.set_function(lambda: budget.bytes)
        self._has_stats = Gauge(
            "dedupe_index_up", "1 if the index gave the numbers below within a second.", registry=own
        )
        self._index = {name: Gauge(f"dedupe_index_{name}", says, registry=own) for name, says in _INDEX_GAUGES.items()}

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Note a request that was answered. ``route``: the path of the route, "other" for all other paths."""
        found = self._answered.get((route, status))
        if found is None:
            found = self._answered[route, status] = self._requests.labels(route, status), self._seconds.labels(route)
        number, duration = found
        number.inc()
        duration.observe(seconds)

    def refused(self, kind: ProblemKind) -> None:
        """Note a request that was answered with an error."""
        self._refused.labels(kind.name).inc()

    def cut(self, reason: CutReason) -> None:
        """Note a connection that was ended without an answer."""
        self._cut.labels(reason).inc()

    def group_stored(self, articles: int, seconds: float) -> None:
        """Note a group that was stored."""
        self._group.observe(articles)
        self._commit.observe(seconds)

    def group_failed(self) -> None:
        """Note a group of which nothing was stored."""
        self._failed.inc()

    def articles_answered(self, answers: Iterable[Answer]) -> None:
        """Note the verdicts that were given on articles."""
        for answer in answers:
            self._articles[answer.dedupe.verdict].inc()
            if answer.dedupe.replayed:
                self._replayed.inc()

    def exposition(self, stats: Stats | None) -> bytes:
        """Return all numbers in the text format. ``stats``: the numbers of the index, None if it does not answer.

        Those of the index are then what they were before.
        """
        self._has_stats.set(stats is not None)
        if stats is not None:
            for name, gauge in self._index.items():
                gauge.set(_value(stats, name))
        return generate_latest(self._registry)


_INDEX_GAUGES = {
    "articles": "Stored articles that have neither expired nor been forgotten.",
    "bytes_log": "Size of the SQLite file and its journal.",
    "bytes_segments": "Size of all segment files.",
    "segments": "Segment files.",
    "memtable": "Articles in memory that are not in a segment yet.",
    "oldest_timestamp_seconds": "When the oldest stored article arrived, seconds since 1970 UTC; 0 for an empty index.",
    "newest_timestamp_seconds": "When the newest stored article arrived, seconds since 1970 UTC; 0 for an empty index.",
    "retention_days": "Days for which an article is remembered.",
    "capped_keys": "Keys that more articles have than are kept under one key.",
    "uncompared": "Candidates that were not compared since the start, because an article had too many.",
    "rebuilt_segments": "Segment files that were damaged and built again since the start.",
    "damaged_rows": "Times that a damaged row was left out since the start.",
    "notes": "Circumstances that an operator should know; /v1/stats says which.",
}
"""The numbers of the index and what they mean. All but three are fields of ``Stats``."""


def _value(stats: Stats, name: str) -> float:
    if name.endswith("_timestamp_seconds"):
        at = getattr(stats, name.removesuffix("_timestamp_seconds"))
        return at.timestamp() if at else 0.0
    value: float | Sequence[str] = getattr(stats, name)
    return len(value) if isinstance(value, Sequence) else value
