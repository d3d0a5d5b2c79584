"""What the rest of the index asks of a store: the same of rows in a folder and on a server."""

from dataclasses import replace

import numpy as np
import pytest
from index_support import articles, stream, text

from dedupe import Article, Settings
from dedupe.errors import IndexRefusedError
from dedupe.index import Index, fingerprint_articles
from dedupe.index.lookup.keys import stored_keys
from dedupe.index.storage.opening import open_store
from dedupe.index.storage.rows import DamagedRowError, KeyedRow, StoryEntry
from dedupe.index.storage.segments import History


@pytest.fixture
def rows(tmp_path):
    """Rows as an index makes them: five texts, one of them empty and one twice."""
    with Index(tmp_path / "maker") as index:
        index.check(articles(text(1), text(1), "", text(2), "Rain – « expected » 雨"))
        return list(index.export())


@pytest.fixture
def store(place):
    opened = open_store(place, None, create=True, read_only=False, wait_seconds=None)
    yield opened
    opened.close()


def append(store, rows, entries=()):
    with store.writing() as state:
        return store.append(state, rows, entries)


def entries_of(rows):
    return [StoryEntry(r.id, r.arrived, r.published, r.id, b"top" * r.id, bytes(range(r.id))) for r in rows]


def test_an_empty_store_has_a_state_and_nothing_else(store):
    with store.reading() as state:
        assert (state.next, state.floor, state.latest, state.forgotten) == (1, 1, 0, 0)
        assert state.history == state.index_id
        assert store.row(1) is store.term_vector(1) is store.oldest(1) is store.newest(1) is None
        assert list(store.rows(1, 9)) == list(store.keyed_rows(1, 9)) == list(store.story_entries(1, 9)) == []
        assert store.first_arrived_after(0, state) == 1
        assert store.read_metadata() == {}
        assert store.forgotten(state) == set()
        assert store.integrity() == []
    assert store.history(2_049, state) is None
    assert store.delete_expired() is False
    assert store.generation == 0


def test_what_is_appended_is_read_back_as_it_was(store, rows):
    entries = entries_of(rows)
    state = append(store, rows, entries)
    assert (state.next, state.latest) == (6, rows[-1].arrived)
    assert list(store.rows(1, 6)) == list(store.rows(0, 99)) == rows
    assert list(store.rows(2, 4)) == rows[1:3]
    assert [store.row(i) for i in range(7)] == [None, *rows, None]
    assert [store.has_row(i) for i in (0, 1, 5, 6)] == [False, True, True, False]
    assert list(store.story_entries(1, 6)) == [replace(entry, term_vector=None) for entry in entries]
    assert [store.term_vector(entry.id) for entry in entries] == [entry.term_vector for entry in entries]
    assert not any(isinstance(row, DamagedRowError) for row in store.keyed_rows(1, 6))
    for found, row in zip(store.keyed_rows(1, 6), rows, strict=True):
        assert replace(found, passages=b"") == replace(KeyedRow.of(row), passages=b"")
        assert found.passages.tolist() == KeyedRow.of(row).passages.tolist()


def test_keys_from_a_stored_row_are_those_of_the_article(store, rows):
    append(store, rows)
    given = fingerprint_articles(articles(text(1), text(1), "", text(2), "Rain – « expected » 雨"), Settings())
    for row, one in zip(store.keyed_rows(1, 6), given, strict=True):
        keys, size = stored_keys(row, Settings())
        assert np.array_equal(keys, one.keys(Settings()))
        assert size == one.passage_keys.size


def test_a_transaction_that_fails_stores_nothing_and_the_next_one_works(store, rows):
    before = append(store, rows[:2])

    def fail():
        with store.writing() as state:
            store.append(state, rows[2:], entries_of(rows[2:]))
            store.forget([1])
            store.write_metadata({"recipe": "other"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.reading() as state:
        assert state == before
        assert store.read_metadata() == {}
        assert list(store.story_entries(1, 9)) == []
    assert [row.id for row in store.rows(1, 9)] == [1, 2]
    assert append(store, rows[2:]).next == 6


def test_the_history_at_the_end_of_a_block_says_which_rows_came_before_it(store, rows, small_blocks):
    batch = [replace(rows[0], id=i) for i in range(1, 20)]
    first = append(store, batch)
    assert store.history(32, first) is None
    assert store.history(16, first) == History(first.index_id, store.history(16, first).digest)
    second = append(store, [replace(rows[1], id=i) for i in range(20, 34)])
    assert store.history(16, second) == store.history(16, first) != store.history(32, second)
    assert len({first.history, second.history, first.index_id}) == 3


def test_expired_and_forgotten_rows_are_not_missed(store, rows, small_blocks):
    state = append(store, [replace(rows[0], id=i, arrived=1_000 * i) for i in range(1, 41)])
    assert store.first_arrived_after(20_000, state) == 20
    assert store.first_arrived_after(20_001, state) == 21
    assert store.first_arrived_after(10**9, state) == 41
    with store.writing() as state:
        store.forget([5, 39])
        store.forget([39, 77])
        assert store.forgotten(state) == {5, 39, 77}
        store.write_state(replace(state, floor=33))
    while store.delete_expired():
        pass
    with store.reading() as state:
        assert state.floor == 33
        assert store.forgotten(state) == {39, 77}
        assert [row.id for row in store.rows(state.floor, state.next)] == [33, 34, 35, 36, 37, 38, 40]
        assert (store.oldest(33), store.newest(33)) == (33_000, 40_000)
        assert store.newest(41) is None


def test_arrivals_after_a_time_are_made_that_time_and_match_their_checksums(store, rows):
    late = [replace(rows[0], id=i, arrived=1_000 * i) for i in range(1, 301)]
    append(store, late, entries_of(late[:50]))
    with store.writing() as state:
        store.limit_arrivals(10_000, state)
    assert [row.arrived for row in store.rows(1, 301)] == [min(10_000, 1_000 * i) for i in range(1, 301)]
    assert [entry.arrived for entry in store.story_entries(1, 51)] == [min(10_000, 1_000 * i) for i in range(1, 51)]


def test_what_the_index_says_about_itself_is_kept_by_name(store):
    for values in ({"b": "2", "a": "é\n"}, {"b": "3"}):
        with store.writing():
            store.write_metadata(values)
    with store.reading():
        assert store.read_metadata() == {"a": "é\n", "b": "3"}


def test_ids_of_any_characters_are_stored_and_found_again(index):
    names = ["a\0b", "\ud800", "'; DROP TABLE article; --", '"\\x00', "%s %(a)s {schema}", "雨" * 5_000]
    given = [Article(name, text=text(number)) for number, name in enumerate(names)]
    assert {v.verdict for v in index.check(given)} == {"new"}
    assert all(v.replayed for v in index.check(given))
    assert index.forget(names[2]) == 1
    assert [row.name for row in index.export()] == ["a\ufffdb", "\ufffd", *names[3:]]


def test_a_store_that_was_opened_to_read_refuses_to_write(place, store, rows):
    append(store, rows)
    reader = open_store(place, None, create=False, read_only=True, wait_seconds=0)
    with reader.reading() as state:
        assert state.next == 6
    with pytest.raises(IndexRefusedError, match="opened read-only and cannot be changed"), reader.writing():
        pass
    reader.close()


def test_both_databases_hold_the_same_rows(new_place, tmp_path):
    """With one clock, a store in a folder and the store of this test hold equal rows for equal articles."""
    given, exported = stream(5), []
    for place in (tmp_path / "folder", new_place()):
        with Index(place, story_days=14, clock=lambda: 1e9) as index:
            for start in range(0, len(given), 3):
                index.check(given[start : start + 3])
            exported.append(list(index.export()))
            assert index.doctor().is_sound
    assert exported[0] == exported[1]
