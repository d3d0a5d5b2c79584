"""The persistent index a pipeline asks: was this article, or nearly this article, here before?"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType

from dedupe import kernels
from dedupe.errors import DedupeError, IndexUnavailableError
from dedupe.index import metadata
from dedupe.index.batches import DecisionBatch
from dedupe.index.health import Examination, Stats, examine, measure_index
from dedupe.index.lookup.hits import Hits
from dedupe.index.lookup.keys import FingerprintedArticle, fingerprint_articles, name_key
from dedupe.index.lookup.lookup import Lookup
from dedupe.index.lookup.memtable import Memtable
from dedupe.index.lookup.row_cache import RowCache
from dedupe.index.storage.failpoints import failpoint
from dedupe.index.storage.rows import StoredArticle
from dedupe.index.storage.store import State, Store
from dedupe.index.stories.tracker import StoryTracker
from dedupe.index.verdicts import Verdict
from dedupe.kernels import Compute
from dedupe.schemas import Article
from dedupe.settings import Settings

_MICROSECONDS = 1_000_000

_DAY = 86_400 * _MICROSECONDS

_EXPIRIES_A_WINDOW = 100
"""How often the window moves on while it is passed through once."""


class Index:
    """Articles seen in the last days, on disk, shared by any number of processes on one machine.

    ``path``: a folder of its own, made where it is absent. ``retention_days``: how long an article is remembered after
    its arrival; None keeps what the index was made with (30 days for a new one). ``settings``: None takes those the
    index was made with; others are refused (``IndexRefusedError``) where they would give other fingerprints.
    ``story_days``: also follow stories, over articles that arrived in so many days: what is no copy but on the same
    event is ``same_story``. 14 suit most news: of BASIL's events all reports came within 4 days, of Wikinews' three in
    four within 3. That takes tens of milliseconds an article, where to know a copy takes a
    third of one; so it is 0, off, for a new index unless asked for, and None keeps what the index was made with.
    ``clock``: the time in seconds since 1970, for simulations.

    One object may be used by several threads, one after the other; after a fork each process opens its own.

    >>> import tempfile
    >>> from dedupe import Article
    >>> story = "Leaders of thirty nations met in the capital on Thursday to discuss how a ceasefire could be watched."
    >>> with tempfile.TemporaryDirectory() as folder, Index(folder) as index:
    ...     first, copy = index.check([Article("wire-1", text=story), Article("gazette-7", text=story.upper())])
    ...     again = index.check([Article("wire-1", text=story)])[0]
    >>> first.verdict, copy.verdict, copy.matched_id, again.verdict, again.replayed
    ('new', 'identical', 'wire-1', 'new', True)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        retention_days: float | None = None,
        settings: Settings | None = None,
        *,
        story_days: float | None = None,
        create: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._mutex = threading.RLock()
        self._process = os.getpid()
        self._log: Store | None = Store(Path(path), create=create)
        try:
            agreed = metadata.agree_options(self._log, settings, retention_days, story_days)
            self.settings, self.retention_days = agreed.settings, agreed.retention_days
            self.story_days = agreed.story_days
            self._lookup = Lookup(self._log.folder, self.settings)
            days = min(self.story_days, self.retention_days)
            self._tracker = StoryTracker(self.settings, days) if days else None
            self._row_cache = RowCache()
            self._forgotten = self._expired_at = 0
            self._is_behind = False
            self.uncompared = self._text_bytes = 0
            with self._log.reading() as state:
                pass
            self._lookup.load(self._log, state)
            with self._log.reading() as state:
                self._follow(self._log, state)
            self._lookup.compact(self._log, state)
        except BaseException:
            self.close()
            raise

    # Asking

    def check(self, articles: Iterable[Article]) -> list[Verdict]:
        """Decide on articles, in their order, and store them: one durable transaction, all of them or none.

        Each is judged against what came before it, in this call too. The same id with the same words again gets the
        answer it got first, with ``replayed``; the same id with other words is a new version. When this returns, the
        verdicts survive a crash and a power failure. Articles without words are ``new`` and match nothing.

        Raises ``IndexUnavailableError`` for a full disk or a disk error: nothing of the call was stored, and the same
        call may be made again; ``InputError`` for an article without an id.
        """
        return self.check_fingerprinted(self._fingerprint(articles))

    def peek(self, articles: Iterable[Article]) -> list[Verdict]:
        """What ``check`` would answer now; stores nothing."""
        fingerprinted = self._fingerprint(articles)
        with self._mutex:
            log = self._opened()
            hits = self._lookup.find(fingerprinted)
            with log.reading() as state:
                self._follow(log, state)
                try:
                    return self._judge(log, fingerprinted, hits, state, Memtable(self.settings.bucket_cap)).answers
                finally:
                    if self._tracker:
                        self._tracker.undo()

    def _fingerprint(self, articles: Iterable[Article]) -> list[FingerprintedArticle]:
        """Fingerprint articles with the backend that pays for all the text this object has read."""
        given = list(articles)
        with self._mutex:
            self._text_bytes += sum(len(article.text or "") for article in given)
            backend = kernels.choose(self._text_bytes)
            if self._tracker:
                self._tracker.compute = Compute(backend)
        return fingerprint_articles(given, self.settings, stories=self._tracker is not None, backend=backend)

    def check_fingerprinted(self, fingerprinted: Sequence[FingerprintedArticle]) -> list[Verdict]:
        """``check`` for articles that other processes have signed (``dedupe.index.fingerprint_articles``): most of the
        work is that."""
        with self._mutex:
            log = self._opened()
            hits = self._lookup.find(fingerprinted)
            try:
                with log.writing() as before:
                    self._follow(log, before)
                    batch = self._judge(log, fingerprinted, hits, before, None)
                    rows = batch.rows
                    state = replace(before, next=rows[-1].id + 1, arrived=rows[-1].arrived) if rows else before
                    if rows:
                        log.append(rows, batch.story_entries, state)
            except BaseException:
                self._lookup.reset()
                if self._tracker:
                    self._tracker.undo()
                raise
            if self._tracker:
                self._tracker.settle(state.next)
            self._row_cache.remember(rows)
            self._move_on(log, state)
        return batch.answers

    def _judge(
        self,
        log: Store,
        fingerprinted: Sequence[FingerprintedArticle],
        hits: Sequence[Hits],
        state: State,
        aside: Memtable | None,
    ) -> DecisionBatch:
        """Answers for a batch, and what to store. ``aside``: where articles are filed that will not be stored."""
        arrived = max(int(self._clock() * _MICROSECONDS), state.arrived)
        batch = DecisionBatch(
            self._lookup,
            self._tracker,
            self.settings,
            next_id=state.next,
            arrived=arrived,
            oldest=arrived - int(self.retention_days * _DAY),
            fetch=lambda row_id: self._row_cache.fetch(row_id, log, state),
            fetch_term_vector=log.term_vector,
            aside=aside,
        )
        for one, found in zip(fingerprinted, hits, strict=True):
            batch.judge(one, found)
        self.uncompared += batch.skipped
        return batch

    def _follow(self, log: Store, state: State) -> None:
        """Take note of what other processes have stored or forgotten."""
        if state.forgotten != self._forgotten:
            self._row_cache.clear()
            if self._tracker:
                self._tracker.forget_everything()
            self._forgotten = state.forgotten
        self._lookup.catch_up(log, state)
        if self._tracker:
            self._tracker.catch_up(log, state)

    # The window

    def forget(self, article_id: str) -> int:
        """Take all versions of an article out, for a correction or a legal demand; how many there were.

        Verdicts that other articles got keep its id as ``matched_id`` until they expire themselves.
        """
        with self._mutex:
            log = self._opened()
            key = name_key(article_id, self.settings)
            with log.writing() as state:
                self._follow(log, state)
                found = self._lookup.rows_under(key)
                rows = [
                    row
                    for row_id in found
                    if (row := self._row_cache.fetch(row_id, log, state)) and row.name == article_id
                ]
                log.forget([row.id for row in rows])
                log.put(replace(state, forgotten=state.forgotten + len(rows)))
            self._row_cache.clear()
            return len(rows)

    def expire(self, now: float | datetime | None = None) -> int:
        """Forget what arrived more than ``retention_days`` before ``now`` (None: the clock); how many articles.

        ``check`` does this by itself as time goes on; expired articles match nothing from that moment, their space is
        used again for new ones.
        """
        with self._mutex:
            log = self._opened()
            seconds = now.timestamp() if isinstance(now, datetime) else self._clock() if now is None else now
            expired = self._raise_floor(log, int(seconds * _MICROSECONDS))
            while self._delete_expired(log):
                pass
            self._is_behind = False
            with log.reading() as state:
                self._follow(log, state)
            self._lookup.compact(log, state)
        return expired

    def _delete_expired(self, log: Store) -> bool:
        """Delete a little of what has expired; whether there may be more."""
        return log.delete_expired(self._tracker.kept_from if self._tracker else 0)

    def _raise_floor(self, log: Store, now: int) -> int:
        """Let the window begin at ``now`` minus the retention; how many articles left it."""
        with log.writing() as state:
            floor = log.first_arrived_after(now - int(self.retention_days * _DAY), state)
            before = len(log.forgotten(state))
            moved = replace(state, floor=floor)
            expired = floor - state.floor - (before - len(log.forgotten(moved)))
            if floor > state.floor:
                log.put(moved)
        failpoint("floor raised")
        self._expired_at = now
        return expired

    def _move_on(self, log: Store, after: State) -> None:
        """Work that need not be done before the answer, a little at a time."""
        state = after
        try:
            now = int(self._clock() * _MICROSECONDS)
            if now - self._expired_at > self.retention_days * _DAY / _EXPIRIES_A_WINDOW:
                self._is_behind = self._raise_floor(log, now) > 0 or self._is_behind or self._tracker is not None
            if self._is_behind:
                self._is_behind = self._delete_expired(log)
                with log.reading() as now_stored:
                    self._follow(log, now_stored)
                state = now_stored
            self._lookup.compact(log, state)
        except IndexUnavailableError as error:
            # The answers are stored already: what failed here is tried again with the next call.
            self._lookup.unwritten = str(error)

    # Looking at it

    def stats(self) -> Stats:
        """Sizes, times and counters."""
        with self._mutex:
            log = self._opened()
            with log.reading() as state:
                self._follow(log, state)
                windows = (self.retention_days, self.story_days)
                damaged = self._row_cache.damaged + (self._tracker.damaged if self._tracker else 0)
                return measure_index(log, self._lookup, state, self.settings, windows, self.uncompared, damaged)

    def doctor(self) -> Examination:
        """Check everything against everything: SQLite's own check, the checksum of every row, and every segment."""
        with self._mutex:
            log = self._opened()
            with log.reading() as state:
                self._follow(log, state)
                return examine(log, self._lookup, state, self.settings, self._tracker)

    def export(self) -> Iterator[StoredArticle]:
        """The stored articles in order of arrival, damaged ones left out."""
        log = self._opened()
        with log.reading() as state:
            pass
        for row in log.rows(state.floor, state.next):
            if isinstance(row, StoredArticle):
                yield row

    # Opening and closing

    def _opened(self) -> Store:
        if self._log is None:
            raise DedupeError("the index is closed; open it again")
        if self._process != os.getpid():
            raise DedupeError("the index was opened before a fork; open it in every process")
        return self._log

    def close(self) -> None:
        """Close the files. Everything that was answered is stored already."""
        with self._mutex:
            if self._log is not None and self._process == os.getpid():
                self._log.close()
            self._log = None

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
