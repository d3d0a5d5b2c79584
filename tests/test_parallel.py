"""The order of results, and the end of tasks that nobody waits for any more."""

import signal
import sys
import threading
from collections.abc import Iterator

import pytest
from support import ROOT

from dedupe.parallel import in_processes, in_threads

HELD: list[Iterator[object]] = []
"""What holds an iterator until a thread of its own pool lets it go."""


@pytest.mark.parametrize("apply", [in_threads, in_processes])
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("tasks", [[], [-1], list(range(-20, 0))])
def test_results_come_in_the_order_of_the_tasks(apply, workers, tasks):
    assert list(apply(abs, tasks, workers)) == [abs(task) for task in tasks]


SIGNALS_AT_START = """
import os, signal, sys
if "--multiprocessing-fork" in sys.orig_argv:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)
"""
"""A ``sitecustomize`` by which every new process of a pool gets all signals before it has imported anything."""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals of POSIX")
def test_a_signal_that_comes_while_a_process_starts_is_left_to_the_parent(tmp_path, monkeypatch, capfd):
    (tmp_path / "sitecustomize.py").write_text(SIGNALS_AT_START)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert list(in_processes(abs, [-1, -2, -3], 2)) == [1, 2, 3]
    assert capfd.readouterr().err == ""
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


@pytest.fixture
def ignored(monkeypatch) -> list[BaseException | None]:
    """The exceptions that Python cannot raise, because they happen while something is collected."""
    exceptions: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda problem: exceptions.append(problem.exc_value))
    return exceptions


def test_an_iterator_may_be_let_go_by_a_thread_of_its_own_pool(ignored):
    let_go = threading.Event()

    def task(number: int) -> int:
        if number == 1:
            let_go.wait(60)
            HELD.clear()
        return number

    HELD.append(in_threads(task, range(100), 2))
    assert next(HELD[0]) == 0
    workers = [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]
    let_go.set()
    for worker in workers:
        worker.join(60)
    assert not HELD
    assert not any(worker.is_alive() for worker in workers)
    assert ignored == []


def let_go() -> None:
    HELD.clear()


class LetsGo:
    """A result that lets the iterator go where it is read: in the parent's thread for the results."""

    def __reduce__(self) -> tuple[object, ...]:
        return let_go, ()


def result(number: int) -> object:
    return LetsGo() if number == 4 else number


def test_an_iterator_may_be_let_go_by_the_thread_that_reads_the_results_of_processes(ignored, monkeypatch):
    monkeypatch.syspath_prepend(ROOT)  # where the new processes find this module
    HELD.append(in_processes(result, range(100), 2))
    assert next(HELD[0]) == 0
    # On a busy machine it has let go and ended before the first result is handed on.
    for thread in threading.enumerate():
        if "ExecutorManager" in type(thread).__name__:
            thread.join(60)
            assert not thread.is_alive()
    assert not HELD
    assert ignored == []
