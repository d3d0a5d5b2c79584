"""spread → RESULTS: one function over many tasks on several threads, in order and with flat memory.

For kernels, which let other threads run while they work; ``workers.py`` does the same with processes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_WINDOW = 2
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
            if len(under_way) > _WINDOW * threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
