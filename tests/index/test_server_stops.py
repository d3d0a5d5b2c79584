"""A PostgreSQL server that stops, and a standby that takes over from it."""

import contextlib
import logging
import time

import pytest
from index_support import answers, articles, text
from postgres_support import NoServerError, own_server, standby_of

from dedupe import Article
from dedupe.errors import IndexRefusedError, IndexUnavailableError
from dedupe.index import Index


@pytest.fixture
def second_server():
    """A server that a test may stop."""
    with contextlib.ExitStack() as stack:
        try:
            yield stack.enter_context(own_server())
        except NoServerError as error:
            pytest.skip(str(error))


@pytest.mark.durability
def test_a_server_that_stops_and_starts_loses_nothing(second_server, tmp_path):
    url = second_server.new_place()
    with Index(url, cache=tmp_path) as index:
        index.check(articles(text(1)))
        second_server.control("-m", "immediate", "stop")
        with pytest.raises(IndexUnavailableError, match="check that the server runs"):
            index.check(articles(text(1), text(2)))
        second_server.start()
        assert [v.replayed for v in index.check(articles(text(1), text(2)))] == [True, False]
    for setting in ("fsync", "full_page_writes"):
        second_server.restart(**{setting: "off"})
        with pytest.raises(IndexRefusedError, match=f"{setting} = off"):
            Index(url, cache=tmp_path)


@pytest.mark.durability
def test_a_standby_answers_readers_and_is_followed_when_it_takes_over(second_server, tmp_path, caplog):
    """The first server stops for good after a row that the standby has not got. Nobody answers by that row any more."""
    place = second_server.new_place()
    with standby_of(second_server) as standby:
        hosts = f"host={second_server.folder},{standby.folder}&target_session_attrs=read-write"
        url = place.replace(f"host={second_server.folder}", hosts)
        with caplog.at_level(logging.WARNING, "dedupe"), Index(url, cache=tmp_path / "one") as index:
            assert "does not wait for its standby (synchronous_standby_names is empty)" in caplog.messages[0]
            index.check(articles(text(1)))
            [(position,)] = second_server.admin("SELECT pg_current_wal_lsn()::text")
            while not standby.admin("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", position)[0][0]:
                time.sleep(0.01)
            follower = place.replace(f"host={second_server.folder}", f"host={standby.folder}")
            with Index(follower, read_only=True, cache=tmp_path / "two") as reader:
                assert answers(reader.peek([Article("copy", text=text(1))])) == [("identical", "a0")]
            with pytest.raises(IndexRefusedError, match="is a standby, which cannot store: name the primary"):
                Index(follower, cache=tmp_path / "two")
            standby.admin("ALTER SYSTEM SET primary_conninfo = ''")
            standby.admin("SELECT pg_reload_conf()")
            while standby.admin("SELECT pid FROM pg_stat_wal_receiver"):
                time.sleep(0.01)
            index.check([Article("lost", text=text(2))])
            second_server.control("-m", "immediate", "stop")
            standby.control("promote")
            with pytest.raises(IndexUnavailableError, match=r"another server has taken over|was lost|closed"):
                index.check([])
            found = index.check([*articles(text(1)), Article("copy", text=text(2))])
            assert [v.replayed for v in found] == [True, False]
            assert answers(found) == [("new", None), ("new", None)]
            assert index.stats().articles == 2
            assert index.doctor().is_sound
        second_server.start()
