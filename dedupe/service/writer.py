"""Group commit: one thread takes all articles that wait, and reads, fingerprints and stores them as one.

A commit takes as long for a hundred articles as for one, because it waits for the disk. So the more requests wait, the
more of them share a commit, and one that is alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from dedupe.errors import DedupeError
from dedupe.index import Index
from dedupe.service.bodies import Articles
from dedupe.service.documents import Answer
from dedupe.service.probe import check_storing
from dedupe.service.problems import INTERNAL, ServiceError, index_error
from dedupe.service.reader import Reader, answers_to, fingerprint

_log = logging.getLogger(__name__)

_GROUP_BYTES = 8_000_000
"""Most bytes of a group of several requests. Reading and fingerprinting take some ten times as much memory."""


_TRYING_SECONDS = 1.0

_SEND_AGAIN = "send it again: what was stored then gets its verdict; the log says more"


class Observer(Protocol):
    """What counts the groups, which ``metrics.Metrics`` does."""

    def group_stored(self, articles: int, seconds: float) -> None:
        """Note a group that was stored."""

    def group_failed(self) -> None:
        """Note a group of which nothing was stored."""


@dataclass(slots=True)
class _Job:
    """What the thread has to do for one request, and the future that waits for it.

    It is either to ``check`` articles or, if that is None, to ``call`` a function between two groups.
    """

    done: asyncio.Future[Any]
    check: Articles | None = None
    call: Callable[[], object] | None = None


class Writer:
    """The thread that stores articles.

    ``max_batch``: most articles of a group of several requests; one request is never divided. ``max_delay``: seconds
    for which a group that is not full waits for more.

    ``trouble`` says why the index could not store the last group, "" if it could. While it cannot, and nothing waits,
    the thread tries every ``_TRYING_SECONDS`` whether it can again, so that this is seen without any article.
    """

    def __init__(self, index: Index, reader: Reader, observer: Observer, *, max_batch: int, max_delay: float) -> None:
        self._index, self._reader, self._observer = index, reader, observer
        self._max_batch, self._max_delay = max_batch, max_delay
        self._waiting: deque[_Job] = deque()
        self._articles_waiting = 0
        self._has_changed = threading.Condition()
        self.trouble = ""
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="dedupe writer", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether articles can be stored."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Let the thread end after what waits, and wait for that."""
        with self._has_changed:
            self._is_stopping = True
            self._has_changed.notify()
        self._thread.join()

    async def check(self, articles: Articles) -> list[Answer]:
        """Store articles, and return an answer on each, in order.

        Raises ``ServiceError`` if the index cannot store them (503), and then nothing of the request is stored, or if
        something is wrong with this program (500).
        """
        answers: list[Answer] = await self._ask(check=articles)
        return answers

    async def forget(self, article_id: str) -> int:
        """Delete all versions of an article, and return how many there were. Raises as ``check`` does."""
        number: int = await self._ask(call=lambda: self._index.forget(article_id))
        return number

    async def _ask(self, check: Articles | None = None, call: Callable[[], object] | None = None) -> Any:  # noqa: ANN401
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        with self._has_changed:
            self._waiting.append(_Job(done, check, call))
            self._articles_waiting += len(check.raw) if check else 0
            self._has_changed.notify()
        return await done

    # In the thread

    def _run(self) -> None:
        while (group := self._take()) is not None:
            outcomes: Sequence[object]
            try:
                outcomes = self._outcomes(group)
                self.trouble = ""
            except Exception as error:  # noqa: BLE001 - whatever it is, the next group has its turn
                outcomes = [self._failure(error, group)] * len(group)
            _deliver(group, outcomes)

    def _outcomes(self, group: Sequence[_Job]) -> Sequence[object]:
        """Do the jobs of a group. No jobs: try whether the index can store again."""
        if not group:
            check_storing(self._index)
            return ()
        articles = [job.check for job in group if job.check is not None]
        return self._store(articles) if articles else [job.call() for job in group if job.call]

    def _failure(self, error: Exception, group: Sequence[_Job]) -> ServiceError:
        """Log and count that a group has failed, and return the answer to its requests."""
        if group:
            self._observer.group_failed()
        if not isinstance(error, DedupeError):
            _log.error("a group failed: %s", type(error).__name__, exc_info=error)
            return ServiceError(INTERNAL, _SEND_AGAIN)
        failed = index_error(error)
        self.trouble = failed.detail
        if group:
            _log.error("%s", failed.detail)
        return failed

    def _take(self) -> list[_Job] | None:
        """Wait for something to do, and return the jobs that are done together; None at the end.

        In trouble, no jobs are returned where none came for a while.
        """
        with self._has_changed:
            seconds = _TRYING_SECONDS if self.trouble else None
            self._has_changed.wait_for(lambda: self._waiting or self._is_stopping, seconds)
            if self._is_stopping and not self._waiting:
                return None
            if self._waiting and self._waiting[0].check is None:
                return [self._waiting.popleft()]
            if self._waiting and self._max_delay:
                is_full = lambda: self._articles_waiting >= self._max_batch or self._is_stopping  # noqa: E731
                self._has_changed.wait_for(is_full, self._max_delay)
            group: list[_Job] = []
            number = size = 0
            while self._waiting and (articles := self._waiting[0].check):
                number, size = number + len(articles.raw), size + articles.bytes
                if group and (number > self._max_batch or size > _GROUP_BYTES):
                    break
                group.append(self._waiting.popleft())
                self._articles_waiting -= len(articles.raw)
            return group

    def _store(self, group: Sequence[Articles]) -> list[list[Answer]]:
        """Store the articles of a group in one transaction, and return the answers to each of its requests.

        An article that cannot be read or fingerprinted is ``unknown``, and the others are stored.
        """
        requests = [self._reader.read(articles) for articles in group]
        lines = [line for request in requests for line in request]
        fingerprinted, faults = fingerprint(lines, self._index)
        began = time.monotonic()
        verdicts = self._index.check_fingerprinted(fingerprinted) if fingerprinted else ()
        self._observer.group_stored(len(fingerprinted), time.monotonic() - began)
        answered = iter(answers_to(lines, verdicts, faults))
        return [list(islice(answered, len(request))) for request in requests]


def _deliver(group: Sequence[_Job], outcomes: Sequence[object]) -> None:
    """Hand the outcomes to the requests, which wait in the event loop, all at once."""

    def deliver() -> None:
        for job, outcome in zip(group, outcomes, strict=True):
            if job.done.done():  # the client has left
                continue
            if isinstance(outcome, Exception):
                job.done.set_exception(outcome)
            else:
                job.done.set_result(outcome)

    if not group:
        return
    with contextlib.suppress(RuntimeError):  # the event loop has ended
        group[0].done.get_loop().call_soon_threadsafe(deliver)
