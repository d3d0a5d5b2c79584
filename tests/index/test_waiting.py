"""Who waits for another process learns for which one, for how long at most, and loses nothing by it."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest
from index_support import articles, text

from dedupe import Article
from dedupe.errors import IndexUnavailableError, SettingsError
from dedupe.index import Index, restore, salvage
from dedupe.index.storage import connection, failpoints, waiting
from dedupe.index.storage.folder import DATABASE

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="processes are named from /proc, as Linux has it")

HOLD = """
import sys
from dedupe.index import Index
with Index(sys.argv[1]) as index, index._store.writing():
    print("held", flush=True)
    sys.stdin.read()
"""
"""A process that holds the lock of an index until its stdin ends."""

MAIN = "from dedupe.cli import main; main()"

HOLD_AND_FORK = """
import os, signal, sys, time
from dedupe.index import Index
index = Index(sys.argv[1])
with index._store._lock.held():
    child = os.fork()
    if child:
        print(child, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.read()
    os._exit(0)
"""
"""A process that dies while it holds the lock, and has left a child that inherited it."""


@pytest.fixture
def folder(tmp_path):
    with Index(tmp_path / "index") as index:
        index.check(articles(text(0)))
    return tmp_path / "index"


@pytest.fixture
def python():
    """Run Python code in a process of its own that has said something, and end it after the test."""
    started = []

    def call(code, *arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        process.said = process.stdout.readline().strip()
        return process

    yield call
    for process in started:
        process.stdin.close()
        process.kill()
        process.wait()
        process.stdout.close()


def soon(monkeypatch):
    """Notices come after a twentieth of a second, so that tests need not wait for them."""
    monkeypatch.setattr(waiting, "_FIRST_NOTICE_SECONDS", 0.05)


@needs_proc
def test_after_the_time_limit_the_holder_is_named_and_nothing_was_stored(folder, python):
    with Index(folder, wait_seconds=0.3) as index:
        holder = python(HOLD, folder)
        named = rf"waited 0.3 s for process {holder.pid} \(python.*\); nothing of this call was stored"
        for call in (lambda: index.check(articles(*map(text, range(3)))), index.stats, lambda: list(index.export())):
            with pytest.raises(IndexUnavailableError, match=named):
                call()
        with pytest.raises(IndexUnavailableError, match=f"waited 0 s for process {holder.pid} "):
            Index(folder, wait_seconds=0)
        holder.communicate()
        assert [v.replayed for v in index.check(articles(*map(text, range(3))))] == [True, False, False]


@needs_proc
def test_a_stopped_holder_is_diagnosed_with_the_line_that_helps(folder, python):
    holder = python(HOLD, folder)
    holder.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, holder.pid, os.WSTOPPED | os.WNOWAIT)
    with pytest.raises(IndexUnavailableError, match=f"which is stopped: continue it with `kill -CONT {holder.pid}`"):
        Index(folder, wait_seconds=0.1)
    holder.send_signal(signal.SIGCONT)
    holder.communicate()
    with Index(folder, wait_seconds=30) as index:
        assert index.check(articles(text(0)))[0].replayed


@needs_proc
def test_a_child_that_inherited_the_lock_of_a_dead_process_is_named(folder, python):
    dead = python(HOLD_AND_FORK, folder)
    dead.wait()
    with pytest.raises(IndexUnavailableError, match=rf"process {dead.said} \(.*\), which inherited the lock by a fork"):
        Index(folder, wait_seconds=0.1)
    dead.communicate()
    with Index(folder, wait_seconds=30) as index:
        assert index.check(articles(text(0)))[0].replayed


@needs_proc
def test_two_objects_of_one_process_that_wait_for_each_other_are_told_so(folder):
    itself = pytest.raises(IndexUnavailableError, match=rf"this process \({os.getpid()}\) itself")
    with Index(folder) as one, Index(folder, wait_seconds=0.1) as two, one._store.writing(), itself:
        two.check(articles(text(1)))


@needs_proc
def test_who_waits_is_told_for_whom_and_goes_on_when_the_lock_is_free(folder, python, monkeypatch, caplog):
    soon(monkeypatch)
    with Index(folder) as index:
        holder = python(HOLD, folder)
        said = threading.Event()
        monkeypatch.setattr(caplog.handler, "emit", lambda record: (caplog.handler.records.append(record), said.set()))
        ending = threading.Thread(target=lambda: said.wait(60) and holder.stdin.close())
        ending.start()
        assert index.check(articles(text(0)))[0].replayed
        ending.join()
    assert f"so far for process {holder.pid} (python" in caplog.records[0].getMessage()
    assert caplog.records[0].name == "dedupe"


@needs_proc
def test_the_command_says_after_five_seconds_whom_it_waits_for(folder, python):
    """Here after one, so that the test need not wait for five."""
    assert waiting._FIRST_NOTICE_SECONDS == 5
    faster = "from dedupe.index.storage import waiting; waiting._FIRST_NOTICE_SECONDS /= 5"
    folder = folder.rename(folder.with_name("index\x1b[2J"))
    holder = python(HOLD, folder)
    command = [sys.executable, "-c", f"{faster}; {MAIN}", "index", "stats", folder, "--wait", "600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        named = f"{folder.with_name('index')}\\x1b[2J"  # nothing acts on a terminal
        assert process.stderr.readline().startswith(f"{named}: waited 1 s so far for process {holder.pid} (")
        holder.communicate()
        assert process.communicate()[0].startswith("path ")
        assert process.returncode == 0


@needs_proc
@pytest.mark.parametrize(
    "arguments",
    [
        ["filter", "--wait", "0.1", "--index", "DIR"],
        ["index", "stats", "--wait", "0.1", "DIR"],
        ["index", "doctor", "--wait", "0.1", "DIR"],
        ["index", "doctor", "--wait", "0.1", "DIR", "--salvage", "NEW"],
        ["index", "expire", "--wait", "0.1", "DIR"],
        ["index", "forget", "--wait", "0.1", "DIR", "a"],
        ["index", "export", "--wait", "0.1", "DIR"],
        ["index", "backup", "--wait", "0.1", "DIR", "NEW"],
        ["index", "restore", "--wait", "0.1", "DIR", "NEW"],
    ],
)
def test_every_command_has_a_time_limit(folder, python, run, arguments):
    holder = python(HOLD, folder)
    new = folder.with_name("new")
    done = run(*({"DIR": folder, "NEW": new}.get(word, word) for word in arguments))
    assert (done.code, done.out) == (4, "")
    assert not new.exists() or not list(new.iterdir())
    assert done.err.startswith(f"dedupe: {folder}: waited 0.1 s for process {holder.pid} (")
    assert done.err.count("\n") == 1


@needs_proc
def test_a_backup_waits_for_who_makes_an_index_in_its_folder(folder, python, tmp_path):
    Index(tmp_path / "new").close()
    holder = python(HOLD, tmp_path / "new")
    (tmp_path / "new" / DATABASE).unlink()  # as if it were not complete yet
    named = rf"new: waited 0.1 s for process {holder.pid} "
    with Index(folder, wait_seconds=0.1) as index, pytest.raises(IndexUnavailableError, match=named):
        index.backup(tmp_path / "new")
    with pytest.raises(IndexUnavailableError, match=named):
        restore(folder, tmp_path / "new", wait_seconds=0.1)


def test_nobody_writes_to_an_index_that_is_salvaged(folder, tmp_path, monkeypatch):
    refusals = []

    def write(name):
        if name == "before commit":
            with pytest.raises(IndexUnavailableError, match="waited 0 s") as refused:
                Index(folder, wait_seconds=0)
            refusals.append(refused)

    monkeypatch.setattr(failpoints, "on_failpoint", write)
    assert salvage(folder, tmp_path / "new").is_sound
    assert refusals


@needs_proc
def test_a_program_that_locks_the_sqlite_file_itself_is_named(folder, python, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "_BUSY_SECONDS", 0.01)
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN EXCLUSIVE')\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    with Index(folder, wait_seconds=0.1) as index:
        other = python(code, folder / DATABASE)
        for call in (
            lambda: index.check(articles(text(1))),
            lambda: index.backup(tmp_path / "new"),
            lambda: restore(folder, tmp_path / "new", wait_seconds=0.1),
            lambda: salvage(folder, tmp_path / "new", wait_seconds=0.1),
            lambda: index._store.has_row(1),  # such reading needs no transaction
            lambda: list(index._store.rows(1, 2)),
        ):
            with pytest.raises(IndexUnavailableError, match=f"for process {other.pid} ") as refused:
                call()
            assert "disk" not in str(refused.value)
        other.communicate()
        assert index.check(articles(text(1)))[0].verdict == "new"


def test_calls_that_gave_up_leave_no_threads_behind_and_never_hold_the_lock(folder):
    with Index(folder) as one, Index(folder, wait_seconds=0.01) as two:
        before = threading.active_count()
        with one._store.writing():
            for _ in range(20):
                with pytest.raises(IndexUnavailableError):
                    two.check(articles(text(1)))
                with pytest.raises(IndexUnavailableError):
                    two.peek(articles(text(1)))
            for _ in range(5):
                with pytest.raises(IndexUnavailableError):
                    Index(folder, wait_seconds=0.01)
            assert threading.active_count() <= before + 2
        assert one.check(articles(text(1)))[0].verdict == "new"
    with Index(folder, wait_seconds=30) as index:
        assert index.stats().articles == 2


def test_many_waiting_threads_are_all_served(folder):
    opened = [Index(folder) for _ in range(8)]
    found = []

    def deliver(index, name):
        found.extend(index.check([Article(f"{name}-{i}", text=text(i))])[0].verdict for i in range(1, 11))

    threads = [threading.Thread(target=deliver, args=(index, name)) for name, index in enumerate(opened)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index in opened:
        index.close()
    assert (found.count("new"), found.count("identical")) == (10, 70)


def test_closing_does_not_wait_for_a_process_that_never_lets_go(folder):
    one, two = Index(folder), Index(folder)
    with one._store.writing():
        two.close()
    one.close()
    with sqlite3.connect(folder / DATABASE) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_time_limit_out_of_range_is_refused(tmp_path, seconds):
    for call in (Index, lambda path, **limit: restore(path, path, **limit), salvage):
        with pytest.raises(SettingsError, match="wait_seconds must be 0 or more"):
            call(tmp_path / "index", wait_seconds=seconds)
