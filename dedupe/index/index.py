"""The persistent index: a pipeline asks it whether an article, or nearly the same one, was here before."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from dedupe import kernels
from dedupe.article import Article
from dedupe.errors import DedupeError, IndexUnavailableError
from dedupe.index import metadata
from dedupe.index.batches import DecisionBatch
from dedupe.index.clock import check_clock
from dedupe.index.health import Examination, Stats, examine, examine_copy, measure_index
from dedupe.index.lookup.hits import Hits
from dedupe.index.lookup.keys import FingerprintedArticle, fingerprint_articles, id_key
from dedupe.index.lookup.lookup import Lookup
from dedupe.index.lookup.memtable import Memtable
from dedupe.index.lookup.row_cache import RowCache
from dedupe.index.storage.failpoints import failpoint
from dedupe.index.storage.opening import open_store
from dedupe.index.storage.rows import StoredArticle
from dedupe.index.storage.store import State, Store
from dedupe.index.storage.waiting import check_wait_seconds
from dedupe.index.stories.tracker import StoryTracker
from dedupe.index.verdicts import Verdicts
from dedupe.reading.arrow_streams import Frame, articles_of
from dedupe.settings import Settings

_MICROSECONDS = 1_000_000

_DAY = 86_400 * _MICROSECONDS

_HOUR = 3_600 * _MICROSECONDS
"""How exactly the time of the last use is stored if no article was stored then."""

_EXPIRIES_PER_WINDOW = 100
"""How often articles expire while time advances by one retention window."""

_EXPORTED_AT_ONCE = 256
"""Articles that ``export`` reads at once, about 2 MB."""


class Index:
    """The articles of the last days, in a folder that the processes of one machine share, or on a PostgreSQL server.

    Threads may share one object; their calls then run one after the other. After a fork, each process must open the
    index again.

    ``settings``, ``retention_days`` and ``story_days`` are the options in use; ``uncompared`` is ``Stats.uncompared``.

    >>> import tempfile
    >>> from dedupe import Article
    >>> story = "Leaders of thirty nations met in the capital on Thursday to discuss how a ceasefire could be watched."
    >>> with tempfile.TemporaryDirectory() as folder, Index(folder) as index:
    ...     first, copy = index.check([Article("wire-1", text=story), Article("gazette-7", text=story.upper())])
    ...     again = index.check([Article("wire-1", text=story)])[0]
    >>> first.verdict, copy.verdict, copy.matched_id, again.verdict, again.replayed
    ('new', 'identical', 'wire-1', 'new', True)
    """

    def __init__(  # noqa: PLR0913 - options of one object, all but the first three by name
        self,
        path: str | os.PathLike[str],
        retention_days: float | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
        *,
        story_days: float | None = None,
        create: bool = True,
        read_only: bool = False,
        wait_seconds: float | None = None,
        clock: Callable[[], float] | None = None,
        trust_clock: bool = False,
        cache: str | os.PathLike[str] | None = None,
    ) -> None:
        """Open an index, or make one.

        ``path``: a folder that holds nothing but the index, or a URL such as ``postgresql://desk@db/news?schema=wire``.
        The schema, ``dedupe`` by default, holds nothing but the index. ``cache``: with a URL, a folder of this machine
        in which the index gets a folder for what is derived from its rows; None takes the cache folder of the user.

        ``retention_days``: number of days for which an article is remembered after it arrived; it must be above 0. None
        keeps that of the index, which is 30 for a new one. ``settings``: thresholds and fingerprint parameters. A
        mapping gives some of them by name, and None gives none; those that are not given are taken from the index, or
        are the defaults for a new one.

        ``story_days``: number of days within which stories are tracked. An article that is no copy but reports the same
        event as an article of these days is then ``same_story``. 14 suit most news: all reports of one BASIL event came
        within 4 days, and three in four of Wikinews within 3. Tracking takes tens of milliseconds per article, finding
        copies a third of a millisecond. 0 switches it off. None keeps that of the index, which is 0 for a new one.

        ``create``: make the index if there is none. ``read_only``: change nothing in the folder, which may be
        write-protected, or on the server, which may be a standby; what only reads then works, and nothing else.

        ``wait_seconds``: how long a call waits for another process that uses the index, in seconds; None waits without
        end. After five seconds of waiting the logger ``dedupe`` says for which process.

        ``clock``: returns the time in seconds since 1970 UTC; simulations set it. None takes the clock of this machine,
        or of the server. ``trust_clock``: believe the clock now, although it may be more than 10 days from the last use
        of the index. If the clock is ahead, articles expire by it. If it is behind, the articles that came later get
        its time as their time of arrival; where ``read_only`` forbids that, ``peek`` takes the time of the last use.

        Raises ``IndexRefusedError`` if the folder or the schema holds no index that this version can use, if
        ``settings`` would give other fingerprints than the index holds, or if ``story_days`` is above 0 for an index
        that was made without stories, or 0 for one that was made with them. Raises ``SettingsError`` for a number of
        days that is out of range, and ``IndexUnavailableError`` after ``wait_seconds``.
        """
        self._clock = clock
        self._mutex = threading.RLock()
        self._process = os.getpid()
        check_wait_seconds(wait_seconds)
        self._store: Store | None = None
        self._store = open_store(path, cache, create=create, read_only=read_only, wait_seconds=wait_seconds)
        try:
            options = metadata.agree_options(self._store, settings, retention_days, story_days)
            self.settings, self.retention_days = options.settings, options.retention_days
            self.story_days = options.story_days
            self._trusts_clock = read_only and trust_clock
            if trust_clock and not read_only:
                self._believe_clock(self._store)
            days = min(self.story_days, self.retention_days)
            self._tracker = StoryTracker(self.settings, days) if days else None
            self._forgotten = self._expired_at = 0
            self._has_expired_rows = False
            self.uncompared = self._text_bytes = 0
            self._load(self._store)
            with self._store.reading() as state:
                self._catch_up(self._store, state)
            if not read_only:
                self._lookup.compact(self._store, state)
        except BaseException:
            self.close()
            raise

    def _load(self, store: Store) -> None:
        """Begin with the rows that are stored now, and nothing that was read before."""
        self._generation = store.generation
        self._lookup = Lookup(store.folder, self.settings)
        self._row_cache = RowCache()
        if self._tracker:
            self._tracker.restart()
        with store.explaining():
            self._lookup.load(store)

    # Checking articles

    def check(self, articles: Iterable[Article] | Frame, *, columns: Mapping[str, str] | None = None) -> Verdicts:
        """Decide on articles and store them, in one durable transaction: either all of them or none.

        ``articles`` may also be a data frame with ids and texts, and ``columns`` names its columns, as for ``cluster``.

        Returns one verdict per article, in order. Each article is compared with those that came before it, also in this
        call. If an id comes again with the same words, it gets its first verdict again, with ``replayed``. The same id
        with other words is a new version of the article. An article without words is ``new`` and matches nothing.

        When this returns, the verdicts survive a crash and a power failure. Raises ``IndexUnavailableError`` for a full
        disk, a disk error or a lost server: the call may be repeated, and nothing of it is stored unless the error says
        that this is not known. Raises ``IndexRefusedError`` for a clock that is more than 10 days from the last use of
        the index, and ``InputError`` for an article without an id or with a field that is not text.
        """
        return self.check_fingerprinted(self._fingerprint(articles, columns))

    def peek(self, articles: Iterable[Article] | Frame, *, columns: Mapping[str, str] | None = None) -> Verdicts:
        """Return the verdicts that ``check`` would give now, without storing anything."""
        return self.peek_fingerprinted(self._fingerprint(articles, columns))

    def peek_fingerprinted(self, fingerprinted: Sequence[FingerprintedArticle]) -> Verdicts:
        """Do the same as ``peek`` for what ``check_fingerprinted`` takes, and raise what it raises."""
        with self._mutex:
            store = self._opened()
            hits = self._lookup.find(fingerprinted)
            with store.reading() as state:
                self._catch_up(store, state)
                now, scratch = self._read_clock(store, state), Memtable(self.settings.bucket_cap)
                try:
                    return self._decide(store, fingerprinted, hits, state, now, scratch).answers
                finally:
                    if self._tracker:
                        self._tracker.undo()

    def check_fingerprinted(self, fingerprinted: Sequence[FingerprintedArticle]) -> Verdicts:
        """Do the same as ``check`` for articles that ``fingerprint_articles`` has fingerprinted, in whichever process.

        Raises ``InputError`` if the index tracks stories and an article was fingerprinted without them.
        """
        with self._mutex:
            store = self._opened()
            hits = self._lookup.find(fingerprinted)
            try:
                with store.writing() as before:
                    self._catch_up(store, before)
                    now = self._read_clock(store, before)
                    batch = self._decide(store, fingerprinted, hits, before, now, None)
                    rows = batch.rows
                    state = store.append(before, rows, batch.story_entries) if rows else _note_use(store, before, now)
            except BaseException:
                self._lookup.reset()
                if self._tracker:
                    self._tracker.undo()
                raise
            if self._tracker:
                self._tracker.commit(state.next)
            self._row_cache.keep(rows)
            self._keep_house(store, state, now)
        return batch.answers

    def _fingerprint(
        self, articles: Iterable[Article] | Frame, columns: Mapping[str, str] | None
    ) -> list[FingerprintedArticle]:
        """Fingerprint articles with the backend that suits the amount of text this object has read so far."""
        given = list(articles_of(articles, columns))
        with self._mutex:
            self._text_bytes += sum(len(article.text) for article in given if isinstance(article.text, str))
            backend = kernels.choose(self._text_bytes)
        return fingerprint_articles(given, self.settings, stories=self._tracker is not None, backend=backend)

    def _decide(
        self,
        store: Store,
        fingerprinted: Sequence[FingerprintedArticle],
        hits: Sequence[Hits],
        state: State,
        now: int,
        scratch: Memtable | None,
    ) -> DecisionBatch:
        """Inside a transaction: decide on the articles of one call.

        ``hits``: what the segments hold of each article. ``now``: the time in microseconds. ``scratch``: a memtable for
        articles that will not be stored.
        """
        arrived = max(now, state.latest)
        batch = DecisionBatch(
            self._lookup,
            self._tracker,
            self.settings,
            next_id=state.next,
            arrived=arrived,
            oldest=arrived - int(self.retention_days * _DAY),
            fetch=lambda row_id: self._row_cache.fetch(row_id, store, state),
            fetch_term_vector=store.term_vector,
            scratch=scratch,
        )
        for one, found in zip(fingerprinted, hits, strict=True):
            batch.decide(one, found)
        self.uncompared += batch.skipped
        return batch

    def _read_clock(self, store: Store, state: State) -> int:
        """Inside a transaction: return the time in microseconds since 1970 UTC.

        Raises ``IndexRefusedError`` if it is too far from the last use of the index to be believed.
        """
        now = self._time(store)
        if not self._trusts_clock:
            check_clock(now, state.latest, store.name)
        return now

    def _time(self, store: Store) -> int:
        """Inside a transaction: return the time in microseconds since 1970 UTC."""
        return int((store.now() if self._clock is None else self._clock()) * _MICROSECONDS)

    def _believe_clock(self, store: Store) -> None:
        """Make the time of the clock that of the last use. No article has a later time of arrival then."""
        with store.writing() as state:
            now = self._time(store)
            is_behind = now < state.latest
            if is_behind:
                store.limit_arrivals(now, state)
            if state.latest:
                # As after ``forget``, other processes must not go on with rows that they have read before.
                store.write_state(replace(state, latest=now, forgotten=state.forgotten + is_behind))

    def _catch_up(self, store: Store, state: State) -> None:
        """Inside a transaction: take over what other processes have stored or forgotten."""
        if state.forgotten != self._forgotten:
            self._row_cache.clear()
            if self._tracker:
                self._tracker.restart()
            self._forgotten = state.forgotten
        self._lookup.catch_up(store, state)
        if self._tracker:
            self._tracker.catch_up(store, state)

    # Removing articles

    def forget(self, article_id: str) -> int:
        """Delete all versions of an article, for a correction or a legal demand, and return how many there were.

        Verdicts of other articles keep its id as ``matched_id`` or ``canonical`` until those articles expire.
        """
        with self._mutex:
            store = self._opened()
            key = id_key(article_id, self.settings)
            with store.writing() as state:
                self._catch_up(store, state)
                rows = [
                    row
                    for row_id in self._lookup.rows_under(key)
                    if (row := self._row_cache.fetch(row_id, store, state)) and row.name == article_id
                ]
                store.forget([row.id for row in rows])
                store.write_state(replace(state, forgotten=state.forgotten + len(rows)))
            self._row_cache.clear()
            return len(rows)

    def expire(self, now: float | datetime | None = None) -> int:
        """Delete the articles that arrived more than ``retention_days`` before ``now``, and return how many there were.

        ``now``: seconds since 1970 UTC or a ``datetime``, which is believed; None takes the clock. ``check`` does the
        same by itself as time advances. An expired article matches nothing from that moment, and new articles use its
        space on disk. Raises ``IndexRefusedError`` for a clock that is more than 10 days from the last use.
        """
        with self._mutex:
            store = self._opened()
            if now is None:
                with store.writing() as state:
                    at = self._read_clock(store, state)
                    _note_use(store, state, at)
            else:
                at = int((now.timestamp() if isinstance(now, datetime) else now) * _MICROSECONDS)
            expired = self._raise_floor(store, at)
            while self._delete_expired(store):
                pass
            self._has_expired_rows = False
            with store.reading() as state:
                self._catch_up(store, state)
            self._lookup.compact(store, state)
        return expired

    def _delete_expired(self, store: Store) -> bool:
        """Delete some expired rows, and return whether there may be more."""
        return store.delete_expired(self._tracker.kept_from if self._tracker else 0)

    def _raise_floor(self, store: Store, now: int) -> int:
        """Let the rows expire whose retention has ended at ``now``, in microseconds, and return how many there were."""
        with store.writing() as state:
            floor = store.first_arrived_after(now - int(self.retention_days * _DAY), state)
            before = len(store.forgotten(state))
            raised = replace(state, floor=floor)
            expired = floor - state.floor - (before - len(store.forgotten(raised)))
            if floor > state.floor:
                store.write_state(raised)
        failpoint("floor raised")
        self._expired_at = now
        return expired

    def _keep_house(self, store: Store, after: State, now: int) -> None:
        """Expire, delete and compact a little. None of this has to be done before the verdicts are given."""
        state = after
        try:
            if abs(now - self._expired_at) > self.retention_days * _DAY / _EXPIRIES_PER_WINDOW:
                has_expired = self._raise_floor(store, now) > 0
                self._has_expired_rows = has_expired or self._has_expired_rows or self._tracker is not None
            if self._has_expired_rows:
                self._has_expired_rows = self._delete_expired(store)
                with store.reading() as current:
                    self._catch_up(store, current)
                state = current
            self._lookup.compact(store, state)
        except IndexUnavailableError as error:
            # The verdicts are stored already. What failed here is tried again with the next call.
            self._lookup.files.unwritten = str(error)

    # Inspecting the index

    def stats(self) -> Stats:
        """Return the sizes, times and counters of the index."""
        with self._mutex:
            store = self._opened()
            with store.reading() as state:
                self._catch_up(store, state)
                windows = (self.retention_days, self.story_days)
                damaged = self._row_cache.damaged + (self._tracker.damaged if self._tracker else 0)
                return measure_index(store, self._lookup, state, self.settings, windows, self.uncompared, damaged)

    def doctor(self) -> Examination:
        """Check the whole index: the database's own check, all checksums of rows and story entries, every segment."""
        with self._mutex:
            store = self._opened()
            refusal = store.refusal_to_write()
            with store.reading() as state:
                self._catch_up(store, state)
                return examine(store, self._lookup, state, self.settings, self._tracker, refusal)

    def backup(self, folder: str | os.PathLike[str]) -> Examination:
        """Copy all stored articles into a new or empty folder, and check every row of the copy, which is an index too.

        Other processes may go on writing; they wait while the file is copied. Raises ``IndexUnavailableError`` if the
        folder cannot be written, and ``IndexRefusedError`` if it is not empty, or if the index is on a server.
        """
        with self._mutex:
            store = self._opened()
            store.copy_to(Path(folder))
        return examine_copy(Path(folder), store.wait_seconds)

    def export(self) -> Iterator[StoredArticle]:
        """Yield the stored articles in the order of arrival, without damaged ones.

        They are those that are stored when the first one is asked for. No lock is held while the caller uses them, so
        articles may expire or be forgotten meanwhile; those that are not yet yielded are then left out.
        """
        with self._mutex, self._opened().reading() as state:
            start, end = state.floor, state.next
        while start < end:
            # A list, so that no read of SQLite is open, and blocks a writer, while the caller uses the rows.
            with self._mutex, self._opened().reading() as state:
                rows = list(self._opened().rows(max(start, state.floor), min(start + _EXPORTED_AT_ONCE, end)))
            start += _EXPORTED_AT_ONCE
            yield from (row for row in rows if isinstance(row, StoredArticle))

    # Opening and closing

    def _opened(self) -> Store:
        if self._store is None:
            raise DedupeError("the index is closed; open it again")
        if self._process != os.getpid():
            raise DedupeError("the index was opened before a fork; open it in every process")
        if self._store.generation != self._generation:
            self._load(self._store)
        return self._store

    def close(self) -> None:
        """Close the files. Every verdict that was given is stored already."""
        with self._mutex:
            if self._store is not None and self._process == os.getpid():
                self._store.close()
            self._store = None

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _note_use(store: Store, state: State, now: int) -> State:
    """Inside a transaction that stores no article: note the time of this use, and return the state after it."""
    if not state.latest or now < state.latest + _HOUR:
        return state
    after = replace(state, latest=now)
    store.write_state(after)
    return after
