"""One function over many tasks at once, on several threads or processes: results in order, and flat memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import TypeVar

from dedupe.errors import DedupeError

Task = TypeVar("Task")

Result = TypeVar("Result")


_TASKS_A_THREAD = 2
"""Tasks under way a thread: the next one is there when one is done, and memory does not grow with their number."""


def in_threads(function: Callable[[Task], Result], tasks: Iterable[Task], threads: int) -> Iterator[Result]:
    """Results of ``function`` over ``tasks``, in the order of the tasks and the same for any number of threads.

    Stops early, without doing the tasks that have not begun, where one raises or the caller does (Ctrl-C).
    """
    if threads == 1:
        yield from map(function, tasks)
        return
    pool = ThreadPoolExecutor(threads)
    under_way: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            under_way.append(pool.submit(function, task))
            if len(under_way) > _TASKS_A_THREAD * threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_TASKS_A_PROCESS = 3
"""Tasks under way a process: enough that none waits, few enough that memory does not grow with their number."""


def in_processes(
    function: Callable[[Task], Result], tasks: Iterable[Task], processes: int, worth_it: int = 2
) -> Iterator[Result]:
    """Results of ``function`` over ``tasks``, in the order of the tasks and the same for any number of processes.

    ``function`` must be importable by its name. Fewer than ``worth_it`` tasks, or one process, stay in this process: a
    process takes about half a second to start. At most three tasks a process are under way, so ``tasks`` may be an
    endless iterator. Raises whatever ``function`` raises, and ``DedupeError`` where a process was killed.
    """
    coming = iter(tasks)
    first = list(islice(coming, worth_it)) if processes > 1 else []
    if processes <= 1 or len(first) < worth_it:
        yield from map(function, chain(first, coming))
        return
    # Processes start afresh: a fork of one with threads (Arrow's) may hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=_prepare)
    under_way: deque[Future[Result]] = deque()
    try:
        for task in chain(first, coming):
            under_way.append(pool.submit(function, task))
            if len(under_way) >= _TASKS_A_PROCESS * processes:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool as broken:
        raise DedupeError("a worker process was killed, perhaps for lack of memory; try --processes 1") from broken
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare() -> None:
    """In a new process: leave interrupts to the parent, and end when the parent ends, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
