"""A folder that is read-only, deleted, moved or full: each has a message of its own, and reading works where it can."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest
from index_support import articles, text
from support import PROGRAM, ROOT

from dedupe.errors import IndexRefusedError, IndexUnavailableError
from dedupe.index import Index, restore
from dedupe.index.storage import segments
from dedupe.index.storage.folder import DATABASE


@pytest.fixture
def folder(tmp_path):
    with Index(tmp_path / "index") as index:
        index.check(articles(*map(text, range(5))))
    return tmp_path / "index"


@pytest.fixture
def write_protected(tmp_path):
    """Make a folder read-only for this user, root or not, and give the path under which it is so."""
    stack = contextlib.ExitStack()

    def protect(folder):
        if os.name != "posix":
            pytest.skip("permissions of POSIX")
        if os.geteuid():
            for path in [*folder.iterdir(), folder]:
                path.chmod(0o555 if path.is_dir() else 0o444)
                stack.callback(path.chmod, 0o755)
            return folder
        # Permissions do not bind root; a read-only mount does.
        place = tmp_path / "read-only"
        place.mkdir()
        for command in (["mount", "--bind", folder, place], ["mount", "-o", "remount,ro,bind", place]):
            if not shutil.which("mount") or subprocess.run(command, check=False, capture_output=True).returncode:
                pytest.skip("root without the right to mount: nothing is read-only for it")
            if "--bind" in command:
                stack.callback(subprocess.run, ["umount", "-l", place], check=True)
        return place

    with stack:
        yield protect


@pytest.mark.parametrize("has_lock_files", [True, False])
def test_a_read_only_index_can_be_looked_at(folder, write_protected, run, has_lock_files):
    if not has_lock_files:  # as in a copy of the articles alone
        for path in folder.glob("*.lock"):
            path.unlink()
    place = write_protected(folder)
    done = {name: run("index", name, place) for name in ("stats", "doctor", "export")}
    assert {name: (one.code, one.err) for name, one in done.items()} == dict.fromkeys(done, (0, ""))
    assert done["doctor"].out.splitlines()[-1] == "sound"
    assert [row["id"] for row in done["export"].rows] == [f"a{i}" for i in range(5)]
    with Index(place, read_only=True) as index:
        assert [v.matched_id for v in index.peek(articles("new words", text(3)))] == [None, "a3"]
        assert index.stats().articles == 5
    for number, command in enumerate(("backup", "restore", "salvage")):
        new = folder.with_name(f"new {number}")
        words = ["doctor", place, "--salvage", new] if command == "salvage" else [command, place, new]
        assert run("index", *words).code == 0
        with Index(new) as index:
            assert index.stats().articles == 5


def test_a_read_only_index_without_its_segments_answers_the_same(folder, write_protected, small_blocks):
    with Index(folder) as index:
        index.check(articles(*map(text, range(100))))
    damaged, *others = sorted(folder.glob("segment-*"))
    damaged.write_bytes(b"x" * 100)
    others[0].unlink()
    with Index(write_protected(folder), read_only=True) as index:
        assert [v.verdict for v in index.peek([*articles(*map(text, range(100)))])] == ["new"] * 100
        assert all(v.replayed for v in index.peek(articles(*map(text, range(100)))))
        assert "opened read-only" in " ".join(index.doctor().notes)
        assert index.doctor().is_sound
    assert damaged.read_bytes() == b"x" * 100


def test_a_read_only_index_cannot_be_written_and_the_message_says_why(folder, write_protected, run):
    place = write_protected(folder)
    with pytest.raises(
        IndexRefusedError, match=r"(mounted read-only|may not write|may not be written).*read_only=True"
    ):
        Index(place)
    done = run("filter", "--index", place, stdin=b'{"id": "x", "text": "Talks ended on Friday."}\n')
    assert (done.code, done.out) == (4, "")
    assert "read-only" in done.err
    assert "free disk space" not in done.err


def test_a_backup_in_a_read_only_folder_says_so(folder, write_protected, tmp_path, run):
    (tmp_path / "new").mkdir()
    place = write_protected(tmp_path / "new")
    for command in ("backup", "restore"):
        done = run("index", command, folder, place)
        assert done.code == 4
        assert done.err.startswith(f"dedupe: {place}: ")
        assert "make it writable" in done.err
        assert "read-only index" not in done.err  # there is none to look at


def test_an_object_opened_read_only_changes_nothing(folder):
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    with Index(folder, retention_days=3, read_only=True) as index:
        assert index.retention_days == 3
        for change in (lambda: index.check(articles("x")), lambda: index.forget("a1"), index.expire):
            with pytest.raises(IndexRefusedError, match="was opened read-only and cannot be changed"):
                change()
        assert index.peek(articles(text(0)))[0].replayed
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before


def test_what_is_read_only_follows_a_writer(folder):
    with Index(folder, read_only=True) as reader, Index(folder) as writer:
        writer.check(articles(*map(text, range(9))))
        assert [row.name for row in reader.export()] == [f"a{i}" for i in range(9)]
        assert reader.peek(articles(*map(text, range(9))))[8].replayed
        assert reader.stats().articles == 9


def test_a_read_only_file_of_a_newer_sqlite_with_a_write_ahead_log_is_read(folder, write_protected):
    with sqlite3.connect(folder / DATABASE) as database:
        assert database.execute("PRAGMA journal_mode=wal").fetchone() == ("wal",)
    database.close()
    assert not (folder / f"{DATABASE}-wal").exists()
    place = write_protected(folder)
    with Index(place, read_only=True) as index:
        assert index.stats().articles == 5
        assert index.backup(folder.with_name("backup")).is_sound
    assert restore(place, folder.with_name("restored")).is_sound


def deleted(folder):
    shutil.rmtree(folder)


def moved(folder):
    folder.rename(folder.with_name("elsewhere"))


def file_deleted(folder):
    (folder / DATABASE).unlink()


def replaced(folder):
    moved(folder)
    Index(folder).close()


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody move or delete open files")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (deleted, "the folder was deleted or moved while the index was open"),
        (moved, "the folder was deleted or moved while the index was open"),
        (file_deleted, r"articles.sqlite was deleted or moved while the index was open"),
        (replaced, r"articles.sqlite was replaced while the index was open"),
    ],
)
@pytest.mark.parametrize("mode", ["truncate", "wal"])
def test_a_folder_that_went_away_is_said_and_no_verdict_is_given(folder, change, message, mode):
    index = Index(folder)
    index._store._connection.execute(f"PRAGMA journal_mode={mode}")
    change(folder)
    for call in (lambda: index.check(articles("some new words")), lambda: index.peek(articles(text(0))), index.stats):
        with pytest.raises(IndexUnavailableError, match=rf"{message}; nothing of this call was stored – ") as refused:
            call()
        assert "free disk space" not in str(refused.value)
    index.close()


def test_a_moved_folder_can_be_put_back_and_the_same_object_goes_on(folder):
    with Index(folder) as index:
        moved(folder)
        with pytest.raises(IndexUnavailableError, match="put it back"):
            index.check(articles("some new words"))
        folder.with_name("elsewhere").rename(folder)
        assert index.check(articles(text(0)))[0].replayed


def test_only_a_full_disk_is_told_to_free_space(folder):
    with Index(folder) as index:
        index._store.limit_pages(1)
        with pytest.raises(IndexUnavailableError, match="is full; nothing of this call was stored – free disk space"):
            index.check(articles(*(text(i) for i in range(10, 200))))


@pytest.mark.skipif(sys.platform != "linux", reason="limits on open files as Linux has them")
def test_too_many_open_files_are_named_and_none_is_left_open(folder):
    code = """
import os, resource, sys
from dedupe import Index
from dedupe.errors import DedupeError
Index(sys.argv[1]).close()  # everything is imported now
def open_files(): return len(os.listdir("/proc/self/fd"))
before, most = open_files(), resource.getrlimit(resource.RLIMIT_NOFILE)
for free in range(5):
    resource.setrlimit(resource.RLIMIT_NOFILE, (before - 1 + free, most[1]))
    try:
        Index(sys.argv[1]).close()
    except DedupeError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_NOFILE, most)
    assert open_files() == before
"""
    done = subprocess.run([sys.executable, "-c", code, folder], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    lines = done.stdout.splitlines()
    assert all("Too many open files" in line or "ulimit -n" in line for line in lines)
    assert "free disk space" not in done.stdout


def test_an_export_blocks_nobody_while_its_reader_is_slow(folder):
    """Neither another object nor the same one has to wait, and what was stored at the beginning comes out."""
    with Index(folder) as index, Index(folder, wait_seconds=0) as other:
        exported = index.export()
        first = next(exported)
        assert not other.check(articles("other words"))[0].replayed
        assert index.check(articles(*map(text, range(6))))[5].verdict == "new"
        assert [first.name, *(row.name for row in exported)] == [f"a{i}" for i in range(5)]


def test_an_export_beside_threads_that_check_fails_nobody(folder):
    with Index(folder) as index:
        counts, failures = [], []

        def work(task):
            try:
                task()
            except Exception as error:  # noqa: BLE001 - shown below
                failures.append(error)

        def checks(start):
            for i in range(20):
                index.check(articles(*map(text, range(start + i))))

        tasks = [
            lambda: counts.extend(len(list(index.export())) for _ in range(20)),
            lambda: checks(5),
            lambda: checks(9),
        ]
        threads = [threading.Thread(target=work, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert counts == sorted(counts)


@pytest.mark.skipif(os.name != "posix", reason="a pipe of POSIX, whose size is known")
def test_the_export_command_with_a_reader_that_stands_still_blocks_no_writer(tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "BASE_BITS", 12)
    with Index(tmp_path / "index") as index:
        index.check(articles(*(text(i, 20) for i in range(600))))
        command = [PROGRAM, "index", "export", tmp_path / "index"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            process.stdout.read(1)  # more than a pipe holds is still to come
            with Index(tmp_path / "index", wait_seconds=5) as other:
                assert other.check(articles(text(0, 20)))[0].replayed
                assert other.check(articles("quite new words"))[0].verdict
            assert len(process.stdout.read().splitlines()) == 600
