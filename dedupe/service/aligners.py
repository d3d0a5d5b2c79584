"""Aligns two articles in a process of its own, which ends if it takes too long or too much memory.

Most pairs take some milliseconds. Two long texts may take minutes, and nothing but the end of the process stops that.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import msgspec

from dedupe.article import Article
from dedupe.filter_lines import LineParser
from dedupe.parallel import prepare_worker, signals_held
from dedupe.reading.fields import Columns
from dedupe.service.documents import LanguageCode
from dedupe.service.problems import BUSY, DEADLINE, INTERNAL, MALFORMED, MEMORY, ServiceError

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

_log = logging.getLogger(__name__)

_WAITING_A_PROCESS = 8
"""Most pairs that wait for each process. More are refused: the last one would wait too long."""


class _Pair(msgspec.Struct):
    """The body of a request: two articles as JSON. ``language`` is that of both texts, or None."""

    left: msgspec.Raw
    right: msgspec.Raw
    language: LanguageCode | None = None


_PAIR = msgspec.json.Decoder(_Pair)

_ALIGNED, _REFUSED, _OUT_OF_MEMORY = b"+", b"-", b"!"
"""With what an answer of a process begins; the report follows, or the reason why the articles cannot be aligned."""


class Aligners:
    """Some processes that align pairs. They are started when they are first needed.

    ``deadline``: seconds that one pair may take. ``memory``: bytes that one process may hold, of which 240 MB are its
    own; only Linux limits it.
    """

    def __init__(self, processes: int, deadline: float, memory: int) -> None:
        self._limit = processes * (1 + _WAITING_A_PROCESS)
        self._under_way = 0
        self._all = tuple(_Aligner(deadline, memory) for _ in range(processes))
        self._free = list(self._all)
        self._threads = ThreadPoolExecutor(processes, "dedupe align")

    async def align(self, body: bytes) -> bytes:
        """Return the JSON document of ``dedupe align`` for two articles. ``body``: the JSON of a ``documents.AlignIn``.

        Raises ``ServiceError``: 400 if the articles cannot be read, 429 if too many pairs wait, 503 after the deadline
        or for want of memory, and 500 if the process failed.
        """
        if self._under_way >= self._limit:
            raise ServiceError(BUSY, f"{self._under_way} pairs are waiting: send it again in 1 s", {"Retry-After": "1"})
        self._under_way += 1
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, body)
        finally:
            self._under_way -= 1
        if answer[:1] == _REFUSED:
            raise ServiceError(MALFORMED, answer[1:].decode())
        return answer[1:]

    def _ask(self, question: bytes) -> bytes:
        """Ask a process that is free: there are as many as threads."""
        aligner = self._free.pop()
        try:
            return aligner.ask(question)
        finally:
            self._free.append(aligner)

    def close(self) -> None:
        """End the processes. A pair that one of them aligns is lost, and its thread then ends too."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for aligner in self._all:
            aligner.interrupt()
        self._threads.shutdown()
        for aligner in self._all:
            aligner.kill()


class _Aligner:
    """One process, or none until it is needed."""

    def __init__(self, deadline: float, memory: int) -> None:
        self._deadline, self._memory = deadline, memory
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def ask(self, question: bytes) -> bytes:
        """Send a question to the process, and return its answer. Raises ``ServiceError``."""
        try:
            pipe = self._pipe or self._start()
            pipe.send_bytes(question)
            if pipe.poll(self._deadline):
                answer = pipe.recv_bytes()
                if answer != _OUT_OF_MEMORY:
                    return answer
                self.kill()
                megabytes = self._memory // 1_000_000
                raise ServiceError(MEMORY, f"the pair needs more than {megabytes:,} MB: use `dedupe align`")
        except (EOFError, OSError) as error:
            self.kill()
            _log.error("a process that aligns has ended: %r", error)
            raise ServiceError(INTERNAL, "the process that aligned the pair has ended: see the log") from None
        self.kill()
        raise ServiceError(DEADLINE, f"the pair takes more than {self._deadline:g} s: use `dedupe align`")

    def _start(self) -> Connection:
        # Not "fork": a forked copy of a process with threads may hang.
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(
            target=answer_pairs, args=(other, self._memory), name="dedupe align", daemon=True
        )
        with signals_held():
            self._process.start()
        other.close()
        self._pipe.recv_bytes()  # it has started, which takes longer than a pair and does not count
        return self._pipe

    def interrupt(self) -> None:
        """End the process at once, although another thread waits for it: its ``ask`` then raises ``ServiceError``."""
        if (process := self._process) is not None:
            process.kill()

    def kill(self) -> None:
        """End the process at once. The next question starts another one."""
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None


def answer_pairs(pipe: Connection, memory: int) -> None:
    """Answer questions until the other end of the pipe is closed, or memory is short. Runs in a process of its own.

    ``memory``: bytes that the process may hold.
    """
    prepare_worker()
    if resource is not None:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        own = memory if most == resource.RLIM_INFINITY else min(memory, most)
        resource.setrlimit(resource.RLIMIT_DATA, (own, most))
    import dedupe.alignment.direction
    import dedupe.report.alignment  # noqa: F401 - loaded before the first question, which has a deadline

    pipe.send_bytes(b"started")
    while True:
        try:
            body = pipe.recv_bytes()
        except EOFError:
            return
        try:
            pipe.send_bytes(_answer(body))
        except MemoryError:
            pipe.send_bytes(_OUT_OF_MEMORY)
            return


def _answer(body: bytes) -> bytes:
    from dedupe.alignment.align import align
    from dedupe.alignment.direction import direction
    from dedupe.report.alignment import lines

    try:
        pair = _PAIR.decode(body)
        left, right = _read(pair.left, "left"), _read(pair.right, "right")
    except (ValueError, RecursionError) as error:
        return _REFUSED + str(error).encode()
    found = align(left, right, pair.language)
    judged = direction(left, right, found)
    report = lines(left, right, found, judged, "json", width=0, coloured=False, show_unmatched=False)
    return _ALIGNED + "\n".join(report).encode()


def _read(raw: bytes, side: str) -> Article:
    """Return the article of one side, whose name is its id if it has no other. Raises ``ValueError``."""
    line = LineParser(Columns(), "utf-8").parse(bytes(raw), 1, "request", side)
    if line.article is None:
        raise ValueError(f"{side}: {line.reason}")
    return line.article if line.has_own_id else replace(line.article, id=side)
