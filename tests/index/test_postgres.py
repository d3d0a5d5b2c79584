"""An index on a PostgreSQL server: what only a server can do to it, and what it asks of the server."""

import contextlib
import itertools
import logging
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from index_support import DAY, Clock, answers, articles, text
from postgres_support import Proxy, as_server, end_backends

from dedupe import Article
from dedupe.errors import IndexDamagedError, IndexRefusedError, IndexUnavailableError, SettingsError
from dedupe.index import Index, restore, salvage
from dedupe.index.storage import failpoints
from dedupe.index.storage.postgres import connection
from dedupe.index.storage.postgres.address import parse_address
from dedupe.index.storage.postgres.store import PostgresStore


@pytest.fixture
def url(postgres, tmp_path, monkeypatch):
    """A schema of its own, with the cache of this machine in the folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url = postgres.new_place()
    yield url
    postgres.drop(url)


@pytest.fixture
def local(postgres):
    """The server, if it is one of our own, whose socket can be stood in front of."""
    if postgres.folder is None:
        pytest.skip("needs a server that the tests have started, not that of DEDUPE_POSTGRES")
    return postgres


@pytest.fixture
def proxy(local, tmp_path_factory):
    between = Proxy(local, tmp_path_factory.mktemp("p"))
    yield between
    between.close()


def schema_of(url):
    return url.rpartition("schema=")[2]


def through(proxy, url):
    return f"{proxy.url}&schema={schema_of(url)}"


def test_a_read_only_user_of_an_empty_schema_makes_nothing(url, postgres):
    for options in ({"read_only": True}, {"create": False}):
        with pytest.raises(IndexRefusedError, match="no index here; `dedupe filter --index` makes one"):
            Index(url, **options)
    assert postgres.admin("SELECT to_regnamespace(%s)", schema_of(url)) == [(None,)]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("postgresql://desk:secr/et@db/news", "cannot be read"),
        ("postgresql://desk:secret@db/news#here", "cannot be read"),
        ("postgresql://desk:secret@db/news?nonsense=1", "cannot be read"),
        ("postgresql://desk:secret@[db/news", "cannot be read"),
        ("postgresql://desk:secret@db:notaport/news", "notaport"),
        ("postgresql://desk:secret@127.0.0.1:1/news", "check that the server runs"),
    ],
)
def test_no_message_holds_the_password(tmp_path, bad, words):
    with pytest.raises((IndexRefusedError, IndexUnavailableError), match=words) as refusal:
        Index(bad, cache=tmp_path)
    assert "secr" not in str(refusal.value)


def test_the_name_of_an_index_is_its_url_without_secrets():
    address = parse_address("postgres://desk:se%40cret@a:1,b:2/news?sslpassword=x&target_session_attrs=read-write")
    assert address.name == "postgresql://desk@a:1,b:2/news?target_session_attrs=read-write"
    assert parse_address("postgresql:///news?password=x&schema=wire").name == "postgresql:///news?schema=wire"
    assert parse_address(address.url).folder_name == address.folder_name
    with pytest.raises(SettingsError, match="schema must be small letters"):
        parse_address("postgresql:///news?schema=a;b")


def test_a_cache_without_a_server_and_a_cache_that_is_a_file_are_refused(tmp_path, url):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cache is for an index at a postgresql"):
        Index(tmp_path / "index", cache=tmp_path)
    with pytest.raises(IndexRefusedError, match="cannot be used as the cache of postgresql"):
        Index(url, cache=tmp_path / "file")


def test_without_the_extra_the_error_names_it(url, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("dedupe.index.storage.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(IndexRefusedError, match=r"psycopg.* pip install 'news-dedupe\[postgres\]'"):
        Index(url)


def test_a_schema_of_another_program_or_format_is_refused_and_left_alone(url, postgres):
    schema = schema_of(url)
    postgres.admin(f"CREATE SCHEMA {schema}")
    postgres.admin(f"CREATE TABLE {schema}.state (country text)")
    with pytest.raises(IndexRefusedError, match="belongs to another program; add \\?schema=NAME"):
        Index(url)
    postgres.admin(f"COMMENT ON TABLE {schema}.state IS 'news-dedupe index, format 99'")
    with pytest.raises(IndexRefusedError, match="the index has format 99"):
        Index(url)
    assert postgres.admin(f"SELECT * FROM {schema}.state") == []


def test_many_processes_that_make_one_index_at_once_make_one(url):
    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(lambda _: Index(url), range(6)))
    assert len({index._store._place for index in opened}) == 1
    for index in opened:
        index.close()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_may_lose_what_it_confirmed_is_refused(local, url, setting, monkeypatch):
    monkeypatch.setattr(connection, "_SERVER", connection._SERVER.replace(f"current_setting('{setting}')", "'off'"))
    with pytest.raises(IndexRefusedError, match=f"the server runs with {setting} = off, and may lose"):
        Index(url)


def test_every_answer_is_durable_whatever_the_default_of_the_role_is(url, postgres):
    with Index(f"{url}&options=-csynchronous_commit%3Doff") as index:
        modes = []
        with index._store.writing():
            modes += index._store._connection.run(b"SHOW synchronous_commit")
        assert modes == [("on",)]
        assert index.stats().journal_mode == "on"


def test_no_setting_lock_or_statement_outlives_a_transaction(url):
    """So that a pooler may give every transaction another connection."""
    with Index(url, story_days=14) as index:
        index.check(articles(text(1), text(2)))
        run = index._store._connection.run
        changed = b"SELECT name FROM pg_settings WHERE source = 'session' AND name LIKE ANY(%s)"
        assert run(changed, [["%timeout", "synchronous_commit", "search_path"]]) == []
        assert run(b"SELECT * FROM pg_prepared_statements WHERE name <> ''") == []
        assert run(b"SELECT * FROM pg_locks WHERE pid = pg_backend_pid() AND locktype IN ('advisory', 'tuple')") == []


def test_a_follower_reads_the_rows_of_others_in_their_order_and_little_of_them(url, tmp_path):
    stream = [Article(str(i), text=text(i, 400)) for i in range(60)]
    with Index(url, cache=tmp_path / "one") as one, Index(url, cache=tmp_path / "two") as two:
        for start in range(0, 60, 20):
            one.check(stream[start : start + 20])
            [repeated] = two.peek([Article("again", text=stream[start].text)])
            assert repeated.verdict == "identical"
        rows = list(two._store.keyed_rows(1, 61))
        assert [row.id for row in rows] == list(range(1, 61))
        read = sum(6 * row.passages.size + len(row.bands) + len(row.name) + len(row.digest) for row in rows)
        assert read < 0.4 * sum(len(row.shingles) for row in two.export())


def test_a_connection_that_ends_between_two_calls_is_made_again_without_a_word(url, postgres):
    with Index(url) as index:
        index.check(articles(text(1)))
        assert end_backends(postgres, os.getpid()) >= 1
        assert index.check(articles(text(1)))[0].replayed
        end_backends(postgres, os.getpid())
        assert [row.name for row in index.export()] == ["a0"]


@pytest.mark.parametrize("point", ["before insert", "after insert", "before commit"])
def test_a_connection_that_ends_inside_a_call_stores_nothing_of_it(url, postgres, monkeypatch, point):
    with Index(url) as index:
        index.check(articles(text(1)))
        batch = [Article("b", text=text(2)), Article("c", text=text(2))]
        with monkeypatch.context() as patched:
            patched.setattr(
                failpoints, "on_failpoint", lambda passed: passed == point and end_backends(postgres, os.getpid())
            )
            with pytest.raises(IndexUnavailableError):
                index.check(batch)
        assert index.stats().articles == 1
        assert answers(index.check(batch)) == [("new", None), ("identical", "b")]
        assert index.doctor().is_sound


@pytest.mark.parametrize(("cut_at", "is_stored"), [("before", False), ("after", True)])
def test_after_a_connection_that_ends_at_commit_the_same_call_is_answered_once(proxy, url, cut_at, is_stored):
    with Index(through(proxy, url)) as index, Index(url) as other:
        index.check(articles(text(1)))
        batch = [Article("b", text=text(2)), Article("c", text=text(2))]
        proxy.cut_at = cut_at
        with pytest.raises(IndexUnavailableError, match="not known whether this call was stored – repeat it") as error:
            index.check(batch)
        assert "postgres@" in str(error.value)
        assert other.stats().articles == (3 if is_stored else 1)
        again = index.check(batch)
        assert [v.replayed for v in again] == [is_stored] * 2
        assert answers(again) == [("new", None), ("identical", "b")]
        assert other.stats().articles == 3
        assert index.doctor().is_sound


def test_a_network_that_is_cut_heals(proxy, url):
    with Index(through(proxy, url)) as index:
        index.check(articles(text(1)))
        proxy.flowing.clear()
        waiting = threading.Thread(target=lambda: time.sleep(0.2) or proxy.cut() or proxy.flowing.set())
        waiting.start()
        with contextlib.suppress(IndexUnavailableError):
            index.check(articles(text(1), text(2)))
        waiting.join()
        assert answers(index.check(articles(text(1), text(2)))) == [("new", None), ("new", None)]
        assert index.stats().articles == 2


def test_one_slow_reader_holds_up_nobody(url, postgres, small_blocks):
    """While a view stays open, others store, make partitions and expire; expired partitions go when it ends."""
    clock = Clock()
    stored = "SELECT count(*) FROM pg_inherits WHERE inhparent = %s::regclass"
    with Index(url, retention_days=1, clock=clock, wait_seconds=0) as writer, Index(url) as reader:
        writer.check(articles(*map(text, range(40))))
        with reader._store.reading() as seen:
            clock.now += 2 * DAY
            writer.check([Article(f"later-{i}", text=text(i)) for i in range(40)])
            assert writer.stats().articles == 40
            assert len(list(reader._store.rows(seen.floor, seen.next))) == 40
            before = postgres.admin(stored, f"{schema_of(url)}.article")
        writer.expire()
        assert postgres.admin(stored, f"{schema_of(url)}.article") < before
        assert reader.stats().articles == 40
        assert writer.doctor().is_sound


def test_who_waits_is_told_for_whom_and_gives_up_in_time(url):
    with Index(url) as one, Index(url, wait_seconds=0.1) as two, one._store.writing():
        with pytest.raises(
            IndexUnavailableError, match=r"waited 0.1 s for process \d+ of the server \(dedupe .*, from"
        ):
            two.check([])
        assert two.peek([]) == []


def test_a_host_that_stops_inside_of_a_transaction_loses_it_and_the_others_go_on(url, monkeypatch):
    monkeypatch.setattr(connection, "_MOST_IDLE_SECONDS", 1)
    with Index(url) as stopped, Index(url) as other:
        stored = []

        def stop(passed):
            if passed == "before insert":
                monkeypatch.setattr(failpoints, "on_failpoint", None)
                stored.extend(other.check(articles(text(1))))

        monkeypatch.setattr(failpoints, "on_failpoint", stop)
        with pytest.raises(IndexUnavailableError, match="nothing of this call was stored"):
            stopped.check(articles(text(1)))
        assert answers(stored) == [("new", None)]
        assert stopped.check(articles(text(1)))[0].replayed
        assert stopped.stats().articles == 1


def test_a_role_that_may_only_read_looks_at_an_index_and_is_told_what_it_lacks(url, postgres, local):
    schema = schema_of(url)
    with Index(url) as index:
        index.check(articles(text(1)))
    postgres.admin(f"CREATE ROLE r_{schema} LOGIN")
    reader = url.replace("postgres@", f"r_{schema}@")
    with pytest.raises(IndexRefusedError, match=f"permission denied .* CREATE SCHEMA {schema}"):
        Index(reader, read_only=True)
    postgres.admin(f"GRANT USAGE ON SCHEMA {schema} TO r_{schema}")
    postgres.admin(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO r_{schema}")
    with Index(reader, read_only=True) as index:
        assert answers(index.peek([Article("copy", text=text(1))])) == [("identical", "a0")]
        assert index.doctor().is_sound
    with pytest.raises(IndexRefusedError, match="permission denied for table"):
        Index(reader)
    postgres.drop(url)
    postgres.admin(f"DROP ROLE r_{schema}")


def test_backups_are_left_to_the_server_and_say_how(url, tmp_path):
    with Index(url) as index, pytest.raises(IndexRefusedError, match=r"pg_dump --format=custom --schema=t_\w+ --file="):
        index.backup(tmp_path / "copy")
    for call in (restore, salvage):
        for pair in ((url, tmp_path / "copy"), (tmp_path / "copy", url)):
            with pytest.raises(IndexRefusedError, match=r"pg_restore|no such folder"):
                call(*pair)


def test_a_dump_that_is_put_back_is_the_same_index(local, url, tmp_path, small_blocks):
    """With the commands that `dedupe index backup` and the documentation name."""
    batch = articles(*map(text, range(50)))
    with Index(url, story_days=14) as index:
        first = index.check(batch)
        index.forget("a7")
    dump = local.folder / f"{schema_of(url)}.dump"
    as_server(local.program("pg_dump"), "--format=custom", f"--schema={schema_of(url)}", f"--file={dump}", local.url)
    local.drop(url)
    as_server(local.program("pg_restore"), "--exit-on-error", f"--dbname={local.url}", dump)
    with Index(url) as index:
        again = index.check(batch)
        assert answers(again) == answers(first)
        assert [v.id for v in again if not v.replayed] == ["a7"]
        assert index.doctor().is_sound


@pytest.mark.parametrize("is_new_table", [True, False])
def test_an_index_that_was_put_back_is_noticed_and_then_taken_as_it_is(url, postgres, is_new_table):
    """As after pg_restore: a process that followed the lost rows drops what it knows of them."""
    schema, kept = schema_of(url), articles(text(1))
    with Index(url) as index:
        index.check(kept)
        postgres.admin(f"CREATE TABLE public.copy_{schema} AS SELECT * FROM {schema}.state")
        index.check([Article("lost", text=text(2))])
        assert index.peek([Article("copy", text=text(2))])[0].matched_id == "lost"
        postgres.admin(f"DELETE FROM {schema}.article WHERE name = 'lost'")
        if is_new_table:
            postgres.admin(f"CREATE TABLE {schema}.restored (LIKE {schema}.state INCLUDING ALL)")
            postgres.admin(f"DROP TABLE {schema}.state")
            postgres.admin(f"ALTER TABLE {schema}.restored RENAME TO state")
        postgres.admin(f"DELETE FROM {schema}.state")
        postgres.admin(f"INSERT INTO {schema}.state SELECT * FROM public.copy_{schema}")
        postgres.admin(f"DROP TABLE public.copy_{schema}")
        with pytest.raises(IndexUnavailableError, match="the index was restored, or another server has taken over"):
            index.check([])
        assert answers(index.check([Article("copy", text=text(2))])) == [("new", None)]
        assert index.check(kept)[0].replayed
        assert index.doctor().is_sound


def test_a_damaged_row_state_or_key_is_found_and_not_believed(url, postgres):
    schema = schema_of(url)
    with Index(url) as index:
        index.check(articles(text(1), text(2), text(3)))
        postgres.admin(f"UPDATE {schema}.article SET words = words + 1 WHERE id = 1")
        postgres.admin(f"UPDATE {schema}.article SET passage_hashes = '' WHERE id = 2")
    with Index(url) as index:
        assert index.doctor().damaged[0].startswith("row 1 has keys that do not match")
        assert "row 1 does not match its checksum" in index.doctor().damaged
        assert [row.name for row in index.export()] == ["a1", "a2"]
    postgres.admin(f"UPDATE {schema}.state SET floor = 3")
    with pytest.raises(IndexDamagedError, match="the state does not match its checksum; restore the index"):
        Index(url)


def test_expired_partitions_are_dropped_and_grow_with_the_window(url, postgres, small_blocks):
    clock = Clock()
    with Index(url, retention_days=10, clock=clock) as index:
        for day in range(40):
            index.check([Article(f"{day}-{i}", text=text(day * 50 + i, 30)) for i in range(50)])
            clock.now += DAY
        names = postgres.admin("SELECT relname FROM pg_class WHERE relname ~ '^article_[0-9]+_[0-9]+$' AND "
                               "relnamespace = to_regnamespace(%s)", schema_of(url))  # fmt: skip
        ranges = sorted(tuple(map(int, name.split("_")[1:])) for (name,) in names)
        state = index._store._state
    assert all(end == start for (_, end), (start, _) in itertools.pairwise(ranges))
    assert ranges[0][1] > state.floor >= ranges[0][0]
    assert all(end - start <= (state.next - state.floor) / 8 for start, end in ranges)
    assert 2 < len(ranges) < 24


def test_the_arrival_time_is_that_of_the_server(url, postgres):
    with Index(url) as index:
        index.check(articles(text(1)))
        [(server,)] = postgres.admin("SELECT extract(epoch FROM clock_timestamp())::float8")
        assert abs(index.stats().newest.timestamp() - server) < 60
        assert index._store.now() != pytest.approx(time.time(), abs=1e-9)


def test_a_standby_that_is_not_waited_for_is_told_of_once(local, url, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(
        connection, "_SERVER", connection._SERVER.replace("(SELECT count(*) FROM pg_stat_replication)", "1")
    )
    with caplog.at_level(logging.WARNING, "dedupe"), Index(url) as index:
        end_backends(local, os.getpid())
        index.check([])
    [warning] = caplog.messages
    assert "does not wait for its standby (synchronous_standby_names is empty)" in warning
    assert "secret" not in warning


def test_the_commands_work_on_a_server(run, url, tmp_path):
    line = b'{"id": "a", "text": "Talks ended on Friday without a result."}\n'
    cache = tmp_path / "own-cache"
    for replayed in (False, True):
        done = run("filter", "--index", url, "--cache", cache, stdin=line)
        assert (done.code, done.rows[0]["dedupe"]["replayed"]) == (0, replayed)
    assert len(list(cache.iterdir())) == 1
    assert run("index", "doctor", url, "--cache", cache).out.endswith("sound\n")
    assert "PostgreSQL" in run("index", "doctor", url).out
    assert run("index", "stats", url, "--format", "json", "--cache", cache).rows[0]["articles"] == 1
    assert run("index", "export", url, "--cache", cache).rows[0]["id"] == "a"
    assert run("index", "expire", url, "--cache", cache).out.startswith("0 articles expired; 1 of 30 days remain")
    for arguments in (["backup", url, tmp_path / "copy"], ["restore", tmp_path / "copy", url]):
        refused = run("index", *arguments)
        assert (refused.code, refused.out) == (4, "")
        assert "pg_" in refused.err
    assert run("index", "forget", url, "a", "--cache", cache).out == "a: 1 forgotten\n"


def test_the_store_of_an_index_says_what_the_protocol_asks(url, tmp_path):
    store = PostgresStore(url, tmp_path, create=True, read_only=False, wait_seconds=None)
    try:
        assert store.folder.parent == tmp_path
        assert store.row(1) is None
        assert list(store.rows(1, 1)) == []
        assert store.log_bytes() > 0
    finally:
        store.close()
