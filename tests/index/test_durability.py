"""What the index promises when things go wrong: kills, many writers, flipped bits, a full disk."""

import contextlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys

import pytest
from support import ROOT

from dedupe import Article, Settings
from dedupe.errors import IndexUnavailableError
from dedupe.index import Index, fingerprint_articles, salvage
from dedupe.index.storage import segments
from dedupe.index.storage.connection import journal_mode
from dedupe.index.storage.folder import DATABASE

VOCABULARY = [f"word{i}" for i in range(2_000)]


def batch(start, number):
    texts = (" ".join(random.Random(i).choices(VOCABULARY, k=100)) for i in range(start, start + number))
    return [Article(f"a{start + i}", text=text) for i, text in enumerate(texts)]


def figures_of(benchmark, *options):
    """What a benchmark of the index prints, which must find nothing wrong."""
    command = [sys.executable, "-m", f"benchmarks.index.{benchmark}", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.durability
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_no_answer_is_lost_or_doubled_by_20_kills_and_8_writers():
    """Kills at random and at named points; eight writers with the same texts, also killed, and a serial replay."""
    figures = figures_of("durability", "--cycles", "20", "--articles", "160")
    for part in ("kills", "kills_with_stories", "writers", "writers_killed"):
        assert figures[part]["wrong"] == {}
    assert sum(figures["kills"]["ends"].values()) == 20
    assert len(figures["kills"]["ends"]) > 5


@pytest.mark.durability
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace, which refuses the calls")
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "pread64"])
def test_whatever_call_the_system_refuses_no_answer_is_lost_and_the_process_goes_on(call):
    """The Nth write, sync or read fails, once and for a while; a writer that acknowledges too early must be caught."""
    figures = figures_of("faults", "--points", "2", "--only", call)
    assert figures["control"]["lost"] > 0
    [kind, *_] = [name for name in figures if name.startswith(call)]
    assert figures[kind]["injected"] > 2
    assert figures[kind]["acknowledged"] == 400


@pytest.mark.durability
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_on_a_server_no_answer_is_lost_or_doubled_by_3_hosts_kills_and_200_lost_connections():
    """Eight writers on three hosts, killed and not; connections that end on the server, and before and after COMMIT."""
    figures = figures_of("postgres", "--articles", "0", "--deliveries", "160", "--losses", "200", "--no-speed")
    for part in figures.keys() & {"hosts", "killed", "losses"}:
        assert figures[part]["wrong"] == {}
    assert figures["killed"]["kills"] > 2
    if "losses" in figures:  # a server in DEDUPE_POSTGRES has no socket that the tests can stand in front of
        assert sum(figures["losses"]["losses"].values()) >= 200
        assert len(figures["losses"]["losses"]) == 3


@pytest.mark.durability
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_no_answer_of_the_filter_is_lost_or_doubled_by_20_kills():
    figures = figures_of("filter_kills", "--cycles", "20")
    assert figures["wrong"] == {}
    assert figures["acknowledged"] > figures["unknown"] > 0
    assert len(figures["ends"]) > 4


@pytest.mark.durability
def test_of_2000_mixed_lines_each_comes_out_in_its_place_answered_or_with_a_reason():
    figures = figures_of("bad_lines", "--lines", "2000")
    assert figures["wrong"] == {}
    assert (len(figures["rejected"]), len(figures["articles"])) == (12, 13)


@pytest.mark.durability
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_no_flipped_bit_changes_an_answer_unnoticed():
    """Bits of segments, of settings and state, and of rows; without checksums, answers must change unnoticed."""
    figures = figures_of("flips", "--flips", "150")
    for place in ("segments", "meta", "rows"):
        assert figures[place]["flips"] == 50
        assert figures[place]["changed_unnoticed"] == figures[place]["crashed"] == 0
    assert figures["segments"]["noticed"] == 50
    assert figures["rows"]["changed"] > 20


def test_a_transaction_that_fails_leaves_nothing_behind_and_the_object_usable(tmp_path, small_blocks):
    with Index(tmp_path / "index") as index:
        index.check(batch(0, 30))
        index._store.limit_pages(1)
        for _ in range(3):
            with pytest.raises(IndexUnavailableError, match=r"full; nothing of this call was stored"):
                index.check(batch(30, 20))
        assert index.stats().articles == 30
        assert [v.verdict for v in index.peek(batch(30, 20))] == ["new"] * 20
        index._store.limit_pages(2**30)
        assert [v.verdict for v in index.check(batch(30, 20))] == ["new"] * 20
        assert all(v.replayed for v in index.check(batch(0, 50)))
        assert index.doctor().is_sound


def limited_writer(folder, kilobytes):
    """In a process of its own: let files grow to so many KB only, fill the index, lift the limit, go on."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    segments.BASE_BITS = 4
    fingerprinted = fingerprint_articles(batch(0, 120), Settings())
    with Index(folder) as index:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, hard))
        stored = 0
        try:
            while stored < 120:
                index.check_fingerprinted(fingerprinted[stored : stored + 5])
                stored += 5
        except IndexUnavailableError:
            # While the disk is full an answer is right, or there is none.
            with contextlib.suppress(IndexUnavailableError):
                assert all(v.replayed for v in index.check_fingerprinted(fingerprinted[:stored][-1:]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        verdicts = index.check_fingerprinted(fingerprinted)
        assert [v.replayed for v in verdicts] == [True] * stored + [False] * (120 - stored)
        assert {v.verdict for v in verdicts} == {"new"}
        assert index.doctor().is_sound
    with Index(folder) as index:
        assert all(v.replayed for v in index.check_fingerprinted(fingerprinted))
        assert index.doctor().notes == ()


@pytest.mark.skipif(sys.platform != "linux", reason="limits on file sizes as Linux has them")
def test_whatever_write_the_disk_refuses_nothing_is_lost_and_the_process_goes_on(tmp_path):
    """A limit on file sizes stops the log, its journal or a segment, wherever it falls."""
    code = (
        "import sys; sys.path[:0] = ['tests', 'tests/index']; from test_durability import limited_writer\n"
        "for kilobytes in (1, 3, 8, 20, 30, 40, 60, 90): limited_writer(f'{sys.argv[1]}/{kilobytes}', kilobytes)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_flipped_bytes_in_segments_are_found_and_the_segments_built_again(tmp_path, small_blocks):
    stored = fingerprint_articles(batch(0, 100), Settings())
    with Index(tmp_path / "index") as index:
        index.check_fingerprinted(stored)
    files = sorted((tmp_path / "index").glob("segment-*"))
    assert len(files) > 1
    draw = random.Random(5)
    for turn in range(60):
        path = draw.choice(files)
        content = bytearray(path.read_bytes())
        if turn % 3 == 0:
            path.write_bytes(content[: draw.randrange(len(content))])
        else:
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
            path.write_bytes(content)
        with Index(tmp_path / "index") as index:
            assert index.stats().rebuilt_segments == 1
            assert all(v.replayed for v in index.check_fingerprinted(stored))
        files = sorted((tmp_path / "index").glob("segment-*"))


def test_a_flipped_byte_in_a_row_is_found_and_the_row_no_longer_believed(tmp_path):
    stored = fingerprint_articles(batch(0, 12), Settings())
    with Index(tmp_path / "index") as index:
        index.check_fingerprinted(stored)
    draw = random.Random(6)
    found = 0
    for turn in range(60):
        copy = tmp_path / f"copy{turn}"
        shutil.copytree(tmp_path / "index", copy)
        content = bytearray((copy / DATABASE).read_bytes())
        # The first pages hold the schema, which SQLite refuses by itself; here rows are meant.
        content[draw.randrange(4 * 2048, len(content))] ^= 1 << draw.randrange(8)
        (copy / DATABASE).write_bytes(content)
        found += not survives(copy, stored)
        shutil.rmtree(copy)
    assert found > 30


def survives(folder, stored):
    """Whether every article is answered as before. If not, the index must report that it is damaged."""
    try:
        with Index(folder) as index:
            same = all(v.replayed for v in index.peek([])) and index.doctor().is_sound
            assert same or index.doctor().damaged
            replayed = [v.replayed for v in index.check_fingerprinted(stored)]
            assert all(replayed) or not same
            return same
    except IndexUnavailableError:
        return False


def test_a_row_taken_out_behind_the_back_of_the_index_is_missed_by_the_doctor(tmp_path):
    with Index(tmp_path / "index") as index:
        index.check(batch(0, 5))
        index.forget("a1")
    with sqlite3.connect(tmp_path / "index" / DATABASE) as database:
        database.execute("DELETE FROM article WHERE id = 3")
    database.close()
    with Index(tmp_path / "index") as index:
        assert index.doctor().damaged == ("1 rows are missing that nobody forgot",)


def test_a_changed_state_or_description_is_not_believed(tmp_path):
    """A flipped bit in the window's floor could expire everything, one in the retention too."""
    changes = ("UPDATE state SET floor = 3", "UPDATE about SET value = '1.0' WHERE name = 'retention_days'")
    for turn, change in enumerate(changes):
        with Index(tmp_path / str(turn)) as index:
            index.check(batch(0, 5))
        with sqlite3.connect(tmp_path / str(turn) / DATABASE) as database:
            database.execute(change)
        database.close()
        with pytest.raises(IndexUnavailableError, match="does not match its checksum"):
            Index(tmp_path / str(turn))


def test_a_file_that_sqlite_takes_for_read_only_because_of_a_flipped_bit_is_found_by_the_doctor(tmp_path):
    """The write version in the header: a newer one forbids writing, and reading does not notice."""
    with Index(tmp_path / "index") as index:
        index.check(batch(0, 5))
    content = bytearray((tmp_path / "index" / DATABASE).read_bytes())
    content[18] ^= 2
    (tmp_path / "index" / DATABASE).write_bytes(content)
    with Index(tmp_path / "index") as index:
        [damage] = index.doctor().damaged
        assert "attempt to write a readonly database: the header of articles.sqlite is damaged" in damage
        with pytest.raises(IndexUnavailableError, match="`dedupe index doctor`"):
            index.check(batch(5, 5))
    assert salvage(tmp_path / "index", tmp_path / "new").is_sound
    with Index(tmp_path / "new") as index:
        assert all(v.replayed for v in index.check(batch(0, 5)))


def test_the_journal_mode_follows_the_linked_sqlite_and_every_commit_is_synced(tmp_path):
    with Index(tmp_path / "index") as index:
        assert index.stats().journal_mode == journal_mode()
        assert index._store._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert journal_mode((3, 51, 2)) == journal_mode((3, 44, 5)) == journal_mode((3, 49, 0)) == "truncate"
    assert journal_mode((3, 44, 6)) == journal_mode((3, 50, 8)) == journal_mode((3, 52, 0)) == "wal"


def test_half_written_files_of_a_killed_process_are_removed(tmp_path, small_blocks):
    with Index(tmp_path / "index") as index:
        index.check(batch(0, 20))
        (tmp_path / "index" / "segment-0-000000000009.123-4.tmp").write_bytes(b"half")
        index.check(batch(20, 20))
    assert not list((tmp_path / "index").glob("*.tmp"))


def test_nothing_in_the_package_reads_or_writes_pickles():
    for path in (ROOT / "dedupe").rglob("*.py"):
        assert "import pickle" not in path.read_text(encoding="utf-8")
