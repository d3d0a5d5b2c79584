"""Apply one function to many tasks, in several threads or processes.

Results come in the order of the tasks. Only a few tasks are under way at once, so that memory does not grow with their
number.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import ParamSpec, TypeVar

from dedupe.errors import DedupeError

Task = TypeVar("Task")

Result = TypeVar("Result")

Parameters = ParamSpec("Parameters")


_TASKS_A_THREAD = 2
"""Tasks under way per thread: with two, a thread that has finished one finds the next waiting."""


def in_threads(function: Callable[[Task], Result], tasks: Iterable[Task], threads: int) -> Iterator[Result]:
    """Yield the result of ``function`` for every task, in the order of the tasks.

    The results are the same for any number of ``threads``. With one thread everything runs in the calling thread. If a
    task or the caller raises (Ctrl-C, for example), the tasks that have not begun are cancelled.
    """
    if threads == 1:
        yield from map(function, tasks)
        return
    caller = threading.current_thread()
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
        _end(pool, caller)


def _end(pool: Executor, caller: threading.Thread) -> None:
    """Cancel the tasks that have not begun, and wait for the others.

    Nothing is waited for in another thread than the ``caller``'s. Python closes a generator that nobody holds any more
    in whatever thread collects it, which may be one of the pool's own, and that cannot wait for itself.
    """
    pool.shutdown(wait=threading.current_thread() is caller, cancel_futures=True)


_TASKS_A_PROCESS = 3
"""Tasks under way per process: enough that no process waits, few enough that memory does not grow with the tasks."""


def in_processes(
    function: Callable[[Task], Result], tasks: Iterable[Task], processes: int, worth_it: int = 2
) -> Iterator[Result]:
    """Yield the result of ``function`` for every task, in the order of the tasks.

    The results are the same for any number of ``processes``. ``function`` must be importable by its name. With one
    process, or fewer tasks than ``worth_it``, everything runs in the calling process, because a new process takes about
    half a second to start. At most three tasks per process are under way, so ``tasks`` may be an endless iterator.

    Raises whatever ``function`` raises, and ``DedupeError`` if a process was killed.
    """
    remaining = iter(tasks)
    first = list(islice(remaining, worth_it)) if processes > 1 else []
    if processes <= 1 or len(first) < worth_it:
        yield from map(function, chain(first, remaining))
        return
    from concurrent.futures.process import BrokenProcessPool

    caller = threading.current_thread()
    pool = process_pool(processes)
    under_way: deque[Future[Result]] = deque()
    try:
        for task in chain(first, remaining):
            under_way.append(pool.submit(function, task))
            if len(under_way) >= _TASKS_A_PROCESS * processes:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool as broken:
        raise DedupeError("a worker process was killed, perhaps for lack of memory; try --processes 1") from broken
    finally:
        _end(pool, caller)


def process_pool(processes: int) -> Executor:
    """A pool of new processes, which ignore Ctrl-C and end when this process ends."""
    # Imported here, because clustering a small folder needs no processes, and these modules take 5 ms to import.
    import multiprocessing
    from concurrent.futures.process import ProcessPoolExecutor

    class Pool(ProcessPoolExecutor):
        def submit(
            self, function: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
        ) -> Future[Result]:
            with signals_held():  # a process is started here, when there are more tasks than processes
                return super().submit(function, *args, **kwargs)

    # Not "fork": a forked copy of a process that has threads (Arrow's, for example) may hang.
    return Pool(processes, multiprocessing.get_context("spawn"), initializer=prepare_worker)


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Hold back the signals that end the program, from this thread and from every process that is started meanwhile.

    This thread gets them afterwards. A process keeps holding them back until ``prepare_worker`` lets it ignore them;
    otherwise Ctrl-C would end it while it is still importing, with a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which lets signals through, so it must not happen further below
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _signals() -> list[signal.Signals]:
    """The signals that end the program, as far as this system has them."""
    return [getattr(signal, name) for name in ("SIGHUP", "SIGINT", "SIGTERM") if hasattr(signal, name)]


def prepare_worker() -> None:
    """Prepare a new process: it ends when the parent ends, and leaves signals to the parent.

    A whole group of processes often gets a signal. A process that it killed while it sends a result would leave half of
    one, for the rest of which the parent would wait without end.
    """
    for number in _signals():
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
