"""What an index that tracks stories promises: one number per event, whoever writes, whatever happens in between."""

import sqlite3
import threading
from dataclasses import fields

import pytest
from index_support import DAY, EVENTS, report, stream

from dedupe import Article, Settings
from dedupe.errors import IndexRefusedError, InputError, SettingsError
from dedupe.index import Index, Verdict, fingerprint_articles
from dedupe.index.storage.folder import DATABASE
from dedupe.index.stories import postings, term_vectors, tracker


def stories(verdicts):
    return [(v.verdict, v.matched_id, v.story, v.score) for v in verdicts]


@pytest.fixture
def index(place):
    with Index(place, story_days=14) as opened:
        yield opened
        assert opened.doctor().is_sound


def test_reports_of_one_event_get_one_number_and_other_events_another(index):
    verdicts = [v for article in stream() for v in index.check([article])]
    numbers = {event: {v.story for v in verdicts if v.id.startswith(event)} for event in EVENTS}
    assert [len(found) for found in numbers.values()] == [1] * len(EVENTS)
    assert len(set.union(*numbers.values())) == len(EVENTS)
    for event in EVENTS:
        first, *others = [v for v in verdicts if v.id.startswith(event)]
        assert (first.verdict, first.matched_id, first.score) == ("new", None, None)
        assert {v.verdict for v in others} == {"same_story"}
        assert all(v.matched_id.startswith(event) and 0.5 < v.score < 1 and v.canonical == v.id for v in others)
        assert all("same event" in v.reason for v in others)


def test_a_copy_is_in_the_story_of_what_it_copies(index):
    verdicts = [v for article in stream(5) for v in index.check([article])]
    original = report("flood", 3)
    [copy] = index.check([Article("copy", text=original.text)])
    assert (copy.verdict, copy.matched_id) == ("identical", "flood-3")
    assert copy.story == next(v.story for v in verdicts if v.id == "flood-3")


def test_texts_without_a_shingle_have_no_story_and_found_none(index):
    verdicts = index.check(
        [Article("a", text=""), Article("b", text="Rain expected"), Article("c", text="Rain expected")]
    )
    assert [(v.verdict, v.story) for v in verdicts] == [("new", None), ("new", None), ("identical", None)]


def test_without_stories_there_is_no_number_and_nothing_is_stored_for_them(tmp_path):
    with Index(tmp_path / "index") as index:
        verdicts = index.check(stream(3))
        assert {(v.verdict, v.story) for v in verdicts} == {("new", None)}
    with sqlite3.connect(tmp_path / "index" / DATABASE) as database:
        assert database.execute("SELECT count(*) FROM story_entry").fetchone() == (0,)
    database.close()


def test_one_by_one_in_batches_and_after_every_reopening_the_stories_are_the_same(new_place, place, monkeypatch):
    monkeypatch.setattr(postings, "_REBUILD_FROM", 5)
    monkeypatch.setattr(tracker, "_TERM_VECTORS_KEPT", 4)
    given = stream(6)
    found = []
    for size in (1, 7, len(given)):
        with Index(new_place(), story_days=14, clock=lambda: 1e9) as index:
            found.append(stories(v for i in range(0, len(given), size) for v in index.check(given[i : i + size])))
    reopened = []
    for article in given:
        with Index(place, story_days=14, clock=lambda: 1e9) as index:
            assert stories(index.peek([article])) == stories(index.peek([article]))
            reopened += stories(index.check([article]))
    assert found[0] == found[1] == found[2] == reopened


def test_what_others_stored_meanwhile_is_added_to_what_was_known(new_place, monkeypatch):
    index_place, alone_place = new_place(), new_place()
    monkeypatch.setattr(postings, "_REBUILD_FROM", 3)
    given = stream(6)
    with Index(index_place, story_days=14) as one, Index(index_place, story_days=14) as two:
        found = []
        for i in range(0, len(given), 4):
            found += (one if i % 8 else two).check(given[i : i + 4])
    with Index(alone_place, story_days=14) as alone:
        assert stories(found) == stories(alone.check(given))


def test_a_second_delivery_gets_the_first_answer(index):
    given = stream(4)
    first, again = index.check(given), index.check(given)
    for old, new in zip(first, again, strict=True):
        assert all(getattr(old, f.name) == getattr(new, f.name) for f in fields(Verdict) if f.name != "replayed")
        assert new.replayed


def test_a_call_that_fails_leaves_no_trace_in_the_stories(tmp_path):
    given = stream(6)
    with Index(tmp_path / "plain", story_days=14) as index:
        wanted = stories(index.check(given[:10]) + index.check(given[10:]))
    with Index(tmp_path / "full", story_days=14) as index:
        found = stories(index.check(given[:10]))
        index._store.limit_pages(1)
        for _ in range(2):
            with pytest.raises(Exception, match="full"):
                index.check(given[10:])
        index._store.limit_pages(2**30)
        assert found + stories(index.check(given[10:])) == wanted


def test_several_writers_agree_with_a_serial_replay(new_place):
    one_place, serial_place = new_place(), new_place()
    given = stream(6)
    with Index(one_place, story_days=14) as one, Index(one_place, story_days=14) as two:
        threads = [
            threading.Thread(target=lambda index=index, own=own: [index.check([article]) for article in own])
            for index, own in ((one, given[::2]), (two, given[1::2]))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = list(one.export())
    by_id = {article.id: article for article in given}
    with Index(serial_place, story_days=14) as serial:
        replayed = serial.check([by_id[row.name] for row in rows])
    assert [(r.verdict, r.matched, r.story, r.score) for r in rows] == stories(replayed)
    assert any(row.verdict == "same_story" for row in rows)


def test_what_arrived_before_the_story_days_is_not_compared_and_leaves_the_disk(tmp_path):
    clock = [1e9]
    with Index(tmp_path / "index", story_days=2, retention_days=10, clock=lambda: clock[0]) as index:
        first = index.check(stream(5))
        clock[0] += 1 * DAY
        [soon] = index.check([report("flood", 20)])
        clock[0] += 5 * DAY
        [late] = index.check([report("flood", 21)])
        index.expire()
        assert index.doctor().is_sound
    assert (soon.verdict, soon.story) == ("same_story", next(v.story for v in first if v.id.startswith("flood")))
    assert (late.verdict, late.matched_id) == ("new", None)
    assert late.story not in {v.story for v in first}
    with sqlite3.connect(tmp_path / "index" / DATABASE) as database:
        assert database.execute("SELECT count(*) FROM story_entry").fetchone() == (1,)
    database.close()


def test_a_forgotten_article_is_no_reason_for_a_story_in_any_process(place):
    with Index(place, story_days=14) as one, Index(place, story_days=14) as two:
        for event in ("strike", "quake"):
            one.check([report(event, i) for i in range(6)])
        one.check([report("flood", 0)])
        assert two.peek([report("flood", 1)])[0].matched_id == "flood-0"
        one.forget("flood-0")
        for index in (one, two):
            assert index.peek([report("flood", 1)])[0].verdict == "new"
            assert index.doctor().is_sound


def test_whether_stories_are_tracked_is_decided_when_an_index_is_made(new_place, monkeypatch):
    with_place, without_place = new_place(), new_place()
    Index(with_place, story_days=3).close()
    Index(without_place).close()
    with pytest.raises(IndexRefusedError, match="does not track stories; open it as it is or make a new one"):
        Index(without_place, story_days=3)
    with pytest.raises(IndexRefusedError, match="the index tracks stories; open it as it is"):
        Index(with_place, story_days=0)
    Index(with_place, story_days=5).close()
    with Index(with_place) as index:
        assert index.story_days == index.stats().story_days == 5
        with pytest.raises(InputError, match="fingerprinted without"):
            index.check_fingerprinted(fingerprint_articles([report("flood", 1)], Settings()))
    with pytest.raises(SettingsError, match="story_days must be between 0"):
        Index(new_place(), story_days=-1)
    monkeypatch.setattr(term_vectors, "recipe", lambda: "other")
    with pytest.raises(IndexRefusedError, match="terms of another version"):
        Index(with_place)


@pytest.mark.parametrize("column", ["top_terms", "term_vector"])
def test_a_changed_row_of_the_stories_is_found_and_not_believed(tmp_path, column):
    with Index(tmp_path / "index", story_days=14) as index:
        index.check([report("flood", i) for i in range(4)])
    with sqlite3.connect(tmp_path / "index" / DATABASE) as database:
        [value] = database.execute(f"SELECT {column} FROM story_entry WHERE id = 2").fetchone()
        changed = bytes([value[0] ^ 1]) + value[1:]
        database.execute(f"UPDATE story_entry SET {column} = ? WHERE id = 2", (changed,))
    database.close()
    with Index(tmp_path / "index") as index:
        assert any("2 of the stories does not match its checksum" in line for line in index.doctor().damaged)
        assert index.check([report("flood", 9)])[0].matched_id != "flood-1"
        assert index.stats().damaged_rows > 0


def test_a_row_of_the_stories_taken_out_behind_the_back_of_the_index_is_missed(tmp_path):
    with Index(tmp_path / "index", story_days=14) as index:
        index.check([report("flood", i) for i in range(4)])
    with sqlite3.connect(tmp_path / "index" / DATABASE) as database:
        database.execute("DELETE FROM story_entry WHERE id = 3")
    database.close()
    with Index(tmp_path / "index") as index:
        assert index.doctor().damaged == ("1 rows of the stories are missing",)
