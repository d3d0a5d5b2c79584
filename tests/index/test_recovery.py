"""Backups that are made while others write, their restoring, and what is kept of a damaged index."""

import random
import shutil
import sqlite3
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_support import answers, mixed_stream, stream

from dedupe import Article, Settings
from dedupe.errors import IndexDamagedError, IndexRefusedError
from dedupe.index import Index, fingerprint_articles, restore, salvage
from dedupe.index.storage import failpoints
from dedupe.index.storage.folder import DATABASE

STREAM = mixed_stream(120)
PRINTS = fingerprint_articles(STREAM, Settings())


def rows_of(folder):
    with Index(folder, create=False) as index:
        assert index.doctor().damaged == ()
        return list(index.export())


def filled(folder, **options):
    with Index(folder, **options) as index:
        index.check_fingerprinted(PRINTS)
    return folder


def test_a_backup_made_while_another_writes_has_every_answer_given_before_it(tmp_path):
    given_answers, stop = [], threading.Event()

    def write():
        with Index(tmp_path / "index") as index:
            for one in PRINTS:
                given_answers.extend(index.check_fingerprinted([one]))
                if stop.is_set():
                    return

    Index(tmp_path / "index").close()
    writer = threading.Thread(target=write)
    writer.start()
    with Index(tmp_path / "index") as index:
        for turn in range(4):
            before = len(given_answers)
            assert index.backup(tmp_path / f"backup{turn}").is_sound
            with Index(tmp_path / f"backup{turn}") as copy:
                assert copy.stats().articles >= before
                found = copy.check_fingerprinted(PRINTS[:before])
                assert all(verdict.replayed for verdict in found)
                assert answers(found) == answers(given_answers[:before])
                assert copy.doctor().is_sound
    stop.set()
    writer.join()
    assert rows_of(tmp_path / "index")


def test_a_restored_backup_answers_as_the_index_did(tmp_path, small_blocks):
    with Index(tmp_path / "index", story_days=14) as index:
        index.check(stream(6))
        index.backup(tmp_path / "backup")
        index.check(STREAM)
    assert {path.name for path in (tmp_path / "backup").iterdir()} >= {DATABASE}
    assert not list((tmp_path / "backup").glob("segment-*"))
    shutil.copytree(tmp_path / "index", tmp_path / "lost")
    (tmp_path / "lost" / DATABASE).unlink()
    for folder in ("restored", "lost"):  # also where only segments are left
        examination = restore(tmp_path / "backup", tmp_path / folder)
        assert examination.checked[0].endswith(
            "restored: 24 articles match their checksums".replace("restored", folder)
        )
        with Index(tmp_path / folder) as index:
            assert all(verdict.replayed for verdict in index.check(stream(6)))
            assert index.check([STREAM[0]])[0].verdict == "new"
            assert index.doctor().is_sound


def test_nothing_is_ever_replaced(tmp_path):
    filled(tmp_path / "index")
    with Index(tmp_path / "index") as index:
        index.backup(tmp_path / "backup")
        for target in ("index", "backup"):
            with pytest.raises(IndexRefusedError, match="an index is here, and it is never replaced"):
                index.backup(tmp_path / target)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    for make in (restore, salvage):
        with pytest.raises(IndexRefusedError, match="never replaced"):
            make(tmp_path / "backup", tmp_path / "index")
        with pytest.raises(IndexRefusedError, match=r"holds 'notes.txt'"):
            make(tmp_path / "backup", tmp_path / "mine")
        with pytest.raises(IndexRefusedError, match=r"holds 'notes.txt'"):
            make(tmp_path / "mine", tmp_path / "new")
        assert not (tmp_path / "new" / DATABASE).exists()


def test_a_backup_that_is_killed_is_no_backup_and_the_next_one_is(tmp_path, monkeypatch):
    def die(name):
        if name == "copy written":
            raise KeyboardInterrupt

    filled(tmp_path / "index")
    monkeypatch.setattr(failpoints, "on_failpoint", die)
    with Index(tmp_path / "index") as index:
        with pytest.raises(KeyboardInterrupt):
            index.backup(tmp_path / "backup")
        assert not list((tmp_path / "backup").glob(f"{DATABASE}*"))
        (tmp_path / "backup" / f"{DATABASE}.tmp").write_bytes(b"left by a process that was killed")
        with pytest.raises(IndexRefusedError, match="no index here"):
            Index(tmp_path / "backup", create=False)
        monkeypatch.undo()
        assert index.backup(tmp_path / "backup").is_sound
    assert rows_of(tmp_path / "backup") == rows_of(tmp_path / "index")
    assert not list((tmp_path / "backup").glob("*.tmp*"))


def test_a_salvage_that_is_killed_is_no_index_and_the_next_one_is(tmp_path, monkeypatch):
    def die(name):
        if name == "before commit":
            raise KeyboardInterrupt

    filled(tmp_path / "index")
    monkeypatch.setattr(failpoints, "on_failpoint", die)
    with pytest.raises(KeyboardInterrupt):
        salvage(tmp_path / "index", tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())
    (tmp_path / "new" / f"{DATABASE}.salvage").mkdir()  # as after a kill
    monkeypatch.undo()
    with pytest.raises(IndexRefusedError, match="no index here"):
        Index(tmp_path / "new", create=False)
    assert salvage(tmp_path / "index", tmp_path / "new").is_sound
    assert {path.name for path in (tmp_path / "new").iterdir()} == {DATABASE}
    assert rows_of(tmp_path / "new") == rows_of(tmp_path / "index")


def test_of_a_sound_index_everything_is_salvaged(tmp_path, small_blocks):
    with Index(tmp_path / "index", story_days=14) as index:
        index.check([*stream(6), *STREAM])
        for gone in (STREAM[4], STREAM[100], STREAM[-1]):
            index.forget(gone.id)
    examination = salvage(tmp_path / "index", tmp_path / "new")
    assert examination.is_sound
    kept = rows_of(tmp_path / "new")
    assert kept == rows_of(tmp_path / "index")
    with Index(tmp_path / "index") as one, Index(tmp_path / "new") as other:
        copies = [Article(f"copy {a.id}", text=a.text, title=a.title) for a in (*stream(9), *STREAM)]
        assert other.check(copies[:100]) == one.check(copies[:100])
        assert other.doctor().is_sound
    for folder in ("index", "new"):  # its segments stand for its rows
        with Index(tmp_path / folder) as index:
            assert index.stats().rebuilt_segments == 0


refusals = []


class Sound:
    """A sound index and its rows."""

    def __init__(self, folder):
        self.folder = filled(folder)
        self.rows = {row.id: row for row in rows_of(folder)}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return Sound(tmp_path_factory.mktemp("sound") / "index")


@given(st.integers(0, 2**32), st.sampled_from(["bit", "page", "cut"]))
@settings(max_examples=30, deadline=None)
def test_whatever_is_damaged_the_other_rows_are_kept_as_they_were(sound, tmp_path_factory, seed, how):
    """A flipped bit, a page of zeros or a missing end anywhere behind the first page of the file."""
    rows = sound.rows
    work = tmp_path_factory.mktemp("damaged")
    content = bytearray((sound.folder / DATABASE).read_bytes())
    draw = random.Random(seed)
    size = len(content)
    place = draw.randrange(2048, size)
    if how == "bit":
        content[place] ^= 1 << draw.randrange(8)
    elif how == "page":
        content[place // 2048 * 2048 : (place // 2048 + 1) * 2048] = bytes(2048)
    else:
        del content[place:]
    (work / "index").mkdir()
    (work / "index" / DATABASE).write_bytes(content)
    try:
        examination = salvage(work / "index", work / "new")
    except IndexDamagedError as error:
        refusals.append(str(error))
        return
    kept = {row.id: row for row in rows_of(work / "new")}
    assert kept.items() <= rows.items()
    if how == "cut":
        assert len(kept) >= len(rows) * place / size - 12
    assert examination.damaged or kept == rows
    if how == "bit":
        assert len(kept) >= len(rows) - 8
    assert (work / "index" / DATABASE).read_bytes() == content
    shutil.rmtree(work)


def test_where_nothing_can_be_salvaged_the_refusal_names_the_backup():
    assert all("`dedupe index restore` with" in refusal for refusal in refusals)
    assert len(refusals) < 10


def break_state(folder):
    with sqlite3.connect(folder / DATABASE) as database:
        database.execute("UPDATE state SET next = 77")
    database.close()


def test_the_doctor_says_what_can_be_kept_of_an_index_that_cannot_be_opened(tmp_path, run):
    folder = filled(tmp_path / "index")
    break_state(folder)
    refused = run("index", "stats", folder)
    assert refused.code == 4
    assert "`dedupe index doctor DIR --salvage NEW_DIR` keeps what is intact" in refused.err
    done = run("index", "doctor", folder)
    assert done.code == 4
    assert f"{len(STREAM)} articles match their checksums and can be kept" in done.out
    assert "DAMAGED: the state does not match its checksum: it is made again from the rows" in done.out
    kept = run("index", "doctor", folder, "--salvage", tmp_path / "new")
    assert kept.code == 4
    assert f"{len(STREAM)} articles match their checksums and were written to {tmp_path / 'new'}" in kept.out
    assert run("index", "doctor", tmp_path / "new").code == 0
    with Index(tmp_path / "new") as index:
        assert all(verdict.replayed for verdict in index.check_fingerprinted(PRINTS))


def test_a_schema_that_is_no_text_any_more_is_told_as_damage_and_the_rows_are_kept(tmp_path, run):
    """SQLite quotes the damaged schema in its message, which Python then cannot decode."""
    folder = filled(tmp_path / "index")
    content = bytearray((folder / DATABASE).read_bytes())
    content[content.index(b"NOT NULL") + 4] ^= 0x80
    (folder / DATABASE).write_bytes(content)
    for command in ("stats", "doctor", "export"):
        done = run("index", command, folder)
        assert done.code == 4
        assert "malformed database schema; nothing of this call was stored" in done.err
    for options in ({}, {"read_only": True}):
        with pytest.raises(IndexDamagedError, match="--salvage"):
            Index(folder, **options)
    rows = rows_of(filled(tmp_path / "sound"))
    salvage(folder, tmp_path / "new")
    assert [(row.id, row.name, row.verdict) for row in rows_of(tmp_path / "new")] == [
        (row.id, row.name, row.verdict) for row in rows
    ]


def test_settings_that_are_damaged_are_believed_only_if_the_recipe_is_theirs(tmp_path):
    folder = filled(tmp_path / "index", settings=Settings(), retention_days=9)
    with sqlite3.connect(folder / DATABASE) as database:
        database.execute("UPDATE about SET value = 'nonsense' WHERE name = 'retention_days'")
    database.close()
    assert "does not match its checksum" in salvage(folder, tmp_path / "new").damaged[0]
    with Index(tmp_path / "new") as index:
        assert index.retention_days == 30
        assert all(verdict.replayed for verdict in index.check_fingerprinted(PRINTS))
    with sqlite3.connect(folder / DATABASE) as database:
        database.execute("UPDATE about SET value = replace(value, '\"seed\":1', '\"seed\":2') WHERE name = 'settings'")
    database.close()
    with pytest.raises(IndexDamagedError, match=r"settings of the index are damaged .* `dedupe index restore`"):
        salvage(folder, tmp_path / "other")


def test_backup_and_restore_as_commands(tmp_path, run):
    folder = filled(tmp_path / "index")
    done = run("index", "backup", folder, tmp_path / "backup")
    assert (done.code, done.out.splitlines()) == (
        0,
        [f"checked: {tmp_path / 'backup'}: {len(STREAM)} articles match their checksums", "sound"],
    )
    assert run("index", "restore", tmp_path / "backup", tmp_path / "new", "--format", "json").rows[0]["is_sound"]
    assert rows_of(tmp_path / "new") == rows_of(folder)
    assert run("index", "backup", folder, tmp_path / "backup").code == 4
    report = tmp_path / "report"
    assert run("index", "backup", folder, tmp_path / "again", "--format", "json", "--output", report).code == 0
    assert run("index", "restore", tmp_path / "again", tmp_path / "third", "--output", report).code == 0
    assert report.read_text().endswith("sound\n")
