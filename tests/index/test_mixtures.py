"""An index folder put together from old and foreign files answers by its articles, or is refused."""

import shutil
import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_support import DAY, Clock, answers, articles, text

from dedupe import Article, Settings
from dedupe.errors import IndexRefusedError, IndexUnavailableError
from dedupe.index import Index, fingerprint_articles
from dedupe.index.storage import segments
from dedupe.index.storage.folder import DATABASE

OURS = [Article(f"a{i}", text=text(i, 30)) for i in range(90)]
THEIRS = [Article(f"b{i}", text=text(i, 30)) for i in (*range(20, 60), *range(1000, 1030))]
LATER = [Article(f"c{i}", text=text(2000 + i, 30)) for i in range(70)]
KNOWN = [*OURS[::3], *THEIRS[::3]]
"""At least five articles of each segment, for a segment here holds 16 articles or more."""
COPIES = [Article(f"copy-{a.id}", text=a.text) for a in (*KNOWN, *LATER[::3])]
PROBES = fingerprint_articles([*COPIES[: len(KNOWN)], *LATER[::3], *COPIES[len(KNOWN) :]], Settings())


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Copies of the folders of two indexes at different times, by name."""
    folder = tmp_path_factory.mktemp("indexes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "BASE_BITS", 4)
        ours, theirs, clock = folder / "ours", folder / "theirs", Clock()

        def grow(index, given, name, since=None):
            if since:
                shutil.copytree(folder / since, index)
            with Index(index, clock=clock) as opened:
                opened.check(given)
            shutil.copytree(index, folder / name)

        grow(ours, [], "empty")
        grow(ours, OURS[:5], "five")
        grow(ours, OURS[5:40], "forty")
        grow(ours, OURS[40:], "ninety")
        grow(folder / "other history", THEIRS, "parted", since="forty")
        grow(theirs, THEIRS, "foreign")
        for article in (OURS[3], OURS[20], OURS[88]):
            with Index(ours, clock=clock) as opened:
                opened.forget(article.id)
        for path in ours.glob("segment-*"):
            path.unlink()
        grow(ours, [], "forgotten")
        clock.now += 5 * DAY
        with Index(ours, retention_days=3, clock=clock) as opened:
            opened.expire()
        grow(ours, LATER[:40], "expired")
        yield {path.name: path for path in folder.iterdir()}


def opened_answers(folder):
    """The answers of an index to many copies, and to new articles and their copies; then it must be sound."""
    with Index(folder, clock=Clock()) as index:
        found = [v for i in range(0, len(PROBES), 90) for v in index.check_fingerprinted(PROBES[i : i + 90])]
        assert index.doctor().is_sound
        return answers(found)


def peeked_answers(folder):
    """The answers of an index that may not be changed to the same copies. All files must be as they were."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with Index(folder, clock=Clock(), read_only=True) as index:
        found = answers(index.peek(COPIES))
        assert index.doctor().is_sound
        assert index.stats().rebuilt_segments == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    return found


@pytest.fixture(scope="module")
def right_answers(copies, tmp_path_factory):
    """The answers by the articles of each copy, in a folder without any other file: peeked at, then checked."""
    found = {}
    for name in copies:
        folder = tmp_path_factory.mktemp("plain")
        shutil.copy(copies[name] / DATABASE, folder)
        found[name] = peeked_answers(folder), opened_answers(folder)
    return found


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_mixture_of_old_and_foreign_files_is_answered_by_its_articles_or_refused(
    copies, right_answers, tmp_path_factory, data
):
    names = sorted({path.name for copy in copies.values() for path in copy.glob("segment-*")} | {f"{DATABASE}-journal"})
    usual = st.sampled_from(sorted(copies))
    mixed = tmp_path_factory.mktemp("mixed")
    log = data.draw(st.sampled_from(["none", "no bytes", *sorted(copies)]))
    if log != "none":
        (mixed / DATABASE).write_bytes(b"" if log == "no bytes" else (copies[log] / DATABASE).read_bytes())
    likely = data.draw(usual)
    for name in names:
        source = copies[data.draw(st.sampled_from([likely, *sorted(copies)]))] / name
        if source.exists():
            shutil.copy(source, mixed)
    has_segments = any(mixed.glob("segment-*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "BASE_BITS", 4)
        if has_segments and log in ("none", "no bytes", "empty"):
            for read_only in (True, False):
                with pytest.raises(IndexRefusedError, match=r"its articles are lost: put articles\.sqlite back"):
                    Index(mixed, read_only=read_only)
        elif log not in ("none", "no bytes"):
            assert (peeked_answers(mixed), opened_answers(mixed)) == right_answers[log]
    shutil.rmtree(mixed)


@pytest.mark.parametrize("arguments", [["filter", "--index"], ["index", "doctor"], ["index", "stats"]])
def test_every_command_refuses_segments_without_articles_and_changes_nothing(copies, tmp_path, run, arguments):
    folder = tmp_path / "index"
    shutil.copytree(copies["ninety"], folder)
    (folder / DATABASE).unlink()
    before = sorted(path.name for path in folder.iterdir())
    done = run(*arguments, folder, stdin=b'{"id": "a", "text": "Talks ended on Friday."}\n')
    assert (done.code, done.out) == (4, "")
    assert f"{DATABASE} is missing" in done.err
    assert sorted(path.name for path in folder.iterdir()) == before


def test_an_older_copy_of_the_articles_is_noticed_and_said(copies, tmp_path, small_blocks):
    folder = tmp_path / "index"
    shutil.copytree(copies["ninety"], folder)
    shutil.copy(copies["forty"] / DATABASE, folder)
    with Index(folder, clock=Clock(), read_only=True) as index:
        [stale] = index.stats().notes
        assert "they are left out" in stale
        assert index.peek(OURS[39:41])[1].verdict == "new"
    with Index(folder, clock=Clock()) as index:
        [note] = index.stats().notes
        assert "stood for other articles than articles.sqlite holds" in note
        assert note in index.doctor().notes
        assert index.stats().rebuilt_segments > 0
    with Index(folder, clock=Clock()) as index:
        assert index.stats().notes == ()


def test_articles_and_state_of_two_copies_are_refused(copies, tmp_path, small_blocks):
    """As if only some pages of the SQLite file had been put back."""
    for turn, (rows, state) in enumerate([("forty", "ninety"), ("ninety", "forty")]):
        folder = tmp_path / str(turn)
        shutil.copytree(copies[rows], folder)
        with sqlite3.connect(folder / DATABASE) as database:
            database.execute("ATTACH ? AS other", (str(copies[state] / DATABASE),))
            database.execute("DELETE FROM state")
            database.execute("INSERT INTO state SELECT * FROM other.state")
        database.close()
        with pytest.raises(IndexUnavailableError, match="newest rows are not those"):
            Index(folder)


def test_a_segment_that_lacks_rows_although_its_checksums_are_right_is_found_by_the_doctor(tmp_path, small_blocks):
    with Index(tmp_path / "index") as index:
        index.check(articles(*(text(i) for i in range(20))))
        [segment] = index._lookup.files.segments
        assert index.doctor().is_sound
        none = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        block = segments.Block(0, 0)
        segments.build(tmp_path / "index", block, segment.history, *none, segment.sizes, segment.cap)
    with Index(tmp_path / "index") as index:
        assert index.doctor().damaged == (
            f"{block.file_name} lacks 15 of the articles it stands for: delete this file, and the next opening builds "
            "it again",
        )
    (tmp_path / "index" / block.file_name).unlink()
    with Index(tmp_path / "index") as index:
        assert index.doctor().is_sound
