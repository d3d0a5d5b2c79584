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

from dedupe.errors import DedupeError, IndexUnavailableError, SettingsError
from dedupe.index import recipes
from dedupe.index.health import Examination, Stats, examine, measure_index
from dedupe.index.hits import Hits
from dedupe.index.judge import Decision, decide, replayed
from dedupe.index.log import Log, State
from dedupe.index.points import reached
from dedupe.index.rows import DamagedRowError, Row
from dedupe.index.shelf import Shelf
from dedupe.index.signed import Signed, name_key, sign
from dedupe.index.tail import Tail
from dedupe.index.verdicts import Verdict
from dedupe.settings import Settings
from dedupe.tables import Article

DEFAULT_RETENTION_DAYS = 30.0
_MICROSECONDS = 1_000_000
_DAY = 86_400 * _MICROSECONDS
_ROWS_REMEMBERED = 1024
"""Rows kept decoded, about 8 KB each: in a flood the same ones are compared again and again."""
_EXPIRIES_A_WINDOW = 100
"""How often the window moves on while it is passed through once."""


class Index:
    """Articles seen in the last days, on disk, shared by any number of processes on one machine.

    ``path``: a folder of its own, made where it is absent. ``retention_days``: how long an article is remembered after
    its arrival; None keeps what the index was made with (30 days for a new one). ``settings``: None takes those the
    index was made with; others are refused (``IndexRefusedError``) where they would give other fingerprints.
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
        create: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if retention_days is not None and not 0 < retention_days <= 36_500:
            raise SettingsError(f"retention_days must be above 0 and at most 36500, not {retention_days!r}")
        self._clock = clock
        self._mutex = threading.RLock()
        self._process = os.getpid()
        self._log: Log | None = Log(Path(path), create=create)
        try:
            self.settings, self.retention_days = self._agree(self._log, settings, retention_days)
            self._shelf = Shelf(self._log.folder, self.settings)
            self._remembered: dict[int, Row] = {}
            self._forgotten = self._expired_at = 0
            self._is_behind = False
            self.uncompared = 0
            with self._log.reading() as state:
                pass
            self._shelf.load(self._log, state)
            with self._log.reading() as state:
                self._follow(self._log, state)
            self._shelf.tidy(self._log, state)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def _agree(log: Log, settings: Settings | None, retention_days: float | None) -> tuple[Settings, float]:
        """Settings and retention: those given, else those stored; stored where they are new."""
        with log.writing():
            about = log.about()
            if "recipe" not in about:
                chosen = settings or Settings()
                log.describe(recipes.facts(chosen, retention_days or DEFAULT_RETENTION_DAYS))
                return chosen, retention_days or DEFAULT_RETENTION_DAYS
            chosen = settings or recipes.stored_settings(about)
            recipes.check_recipe(str(log.folder), about, chosen)
            if retention_days is not None and repr(float(retention_days)) != about["retention_days"]:
                log.describe({"retention_days": repr(float(retention_days))})
            return chosen, retention_days or float(about["retention_days"])

    # Asking

    def check(self, articles: Iterable[Article]) -> list[Verdict]:
        """Decide on articles, in their order, and store them: one durable transaction, all of them or none.

        Each is judged against what came before it, in this call too. The same id with the same words again gets the
        answer it got first, with ``replayed``; the same id with other words is a new version. When this returns, the
        verdicts survive a crash and a power failure. Articles without words are ``new`` and match nothing.

        Raises ``IndexUnavailableError`` for a full disk or a disk error: nothing of the call was stored, and the same
        call may be made again; ``InputError`` for an article without an id.
        """
        return self.check_signed(sign(articles, self.settings))

    def peek(self, articles: Iterable[Article]) -> list[Verdict]:
        """What ``check`` would answer now; stores nothing."""
        signed = sign(articles, self.settings)
        with self._mutex:
            log = self._opened()
            hits = self._shelf.find(signed)
            with log.reading() as state:
                self._follow(log, state)
                answers, _ = self._judge(signed, hits, state, Tail(self.settings.bucket_cap))
        return answers

    def check_signed(self, signed: Sequence[Signed]) -> list[Verdict]:
        """``check`` for articles that other processes have signed (``dedupe.index.sign``): most of the work is that."""
        with self._mutex:
            log = self._opened()
            hits = self._shelf.find(signed)
            try:
                with log.writing() as before:
                    self._follow(log, before)
                    answers, rows = self._judge(signed, hits, before, None)
                    state = replace(before, next=rows[-1].id + 1, arrived=rows[-1].arrived) if rows else before
                    if rows:
                        log.append(rows, state)
            except BaseException:
                self._shelf.reset()
                raise
            self._remember(rows)
            self._move_on(log, state)
        return answers

    def _judge(
        self, batch: Sequence[Signed], hits: Sequence[Hits], state: State, aside: Tail | None
    ) -> tuple[list[Verdict], list[Row]]:
        """Answers for a batch, and the rows to store. ``aside``: where articles are filed that will not be stored."""
        answers, rows = [], []
        pending: dict[int, Row] = {}
        arrived = max(int(self._clock() * _MICROSECONDS), state.arrived)
        next_id = state.next

        oldest = arrived - int(self.retention_days * _DAY)

        def fetch(row_id: int) -> Row | None:
            row = pending.get(row_id) or self._fetch(row_id, state)
            return row if row and row.arrived >= oldest else None

        for signed, hit in zip(batch, hits, strict=True):
            self._shelf.find_in_tail(signed, hit, self._shelf.tail)
            if aside is not None:
                self._shelf.find_in_tail(signed, hit, aside)
            before = replayed(signed, hit, fetch)
            if before:
                answers.append(before.answer(replayed=True))
                continue
            decision = decide(signed, hit, fetch, self.settings)
            self.uncompared += decision.skipped
            row = _row(next_id, arrived, signed, decision, self.settings)
            next_id += 1
            pending[row.id] = row
            rows.append(row)
            answers.append(row.answer(replayed=False))
            if aside is None:
                self._shelf.add(row.id, signed)
            else:
                aside.add(row.id, signed.keys(self.settings).tolist(), signed.passage_keys.size)
        return answers, rows

    def _fetch(self, row_id: int, state: State) -> Row | None:
        if row_id < state.floor:
            return None
        row = self._remembered.pop(row_id, None)
        if row is None:
            try:
                row = self._opened().row(row_id)
            except DamagedRowError:
                self._shelf.damaged_rows += 1
        if row is not None:
            self._remember([row])
        return row

    def _remember(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._remembered[row.id] = row
        while len(self._remembered) > _ROWS_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]

    def _follow(self, log: Log, state: State) -> None:
        """Take note of what other processes have stored or forgotten."""
        if state.forgotten != self._forgotten:
            self._remembered.clear()
            self._forgotten = state.forgotten
        self._shelf.catch_up(log, state)

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
                found = self._shelf.rows_under(key)
                rows = [row for row_id in found if (row := self._fetch(row_id, state)) and row.name == article_id]
                log.forget([row.id for row in rows])
                log.put(replace(state, forgotten=state.forgotten + len(rows)))
            self._remembered.clear()
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
            while log.delete_expired():
                pass
            self._is_behind = False
            with log.reading() as state:
                self._follow(log, state)
            self._shelf.tidy(log, state)
        return expired

    def _raise_floor(self, log: Log, now: int) -> int:
        """Let the window begin at ``now`` minus the retention; how many articles left it."""
        with log.writing() as state:
            floor = log.first_arrived_after(now - int(self.retention_days * _DAY), state)
            before = len(log.forgotten(state))
            moved = replace(state, floor=floor)
            expired = floor - state.floor - (before - len(log.forgotten(moved)))
            if floor > state.floor:
                log.put(moved)
        reached("floor raised")
        self._expired_at = now
        return expired

    def _move_on(self, log: Log, after: State) -> None:
        """Work that need not be done before the answer, a little at a time."""
        state = after
        try:
            now = int(self._clock() * _MICROSECONDS)
            if now - self._expired_at > self.retention_days * _DAY / _EXPIRIES_A_WINDOW:
                self._is_behind = self._raise_floor(log, now) > 0 or self._is_behind
            if self._is_behind:
                self._is_behind = log.delete_expired()
                with log.reading() as now_stored:
                    self._follow(log, now_stored)
                state = now_stored
            self._shelf.tidy(log, state)
        except IndexUnavailableError as error:
            # The answers are stored already: what failed here is tried again with the next call.
            self._shelf.unwritten = str(error)

    # Looking at it

    def stats(self) -> Stats:
        """Sizes, times and counters."""
        with self._mutex:
            log = self._opened()
            with log.reading() as state:
                self._follow(log, state)
                return measure_index(log, self._shelf, state, self.settings, self.retention_days, self.uncompared)

    def doctor(self) -> Examination:
        """Check everything against everything: SQLite's own check, the checksum of every row, and every segment."""
        with self._mutex:
            log = self._opened()
            with log.reading() as state:
                self._follow(log, state)
                return examine(log, self._shelf, state, self.settings)

    def export(self) -> Iterator[Row]:
        """The stored articles in order of arrival, damaged ones left out."""
        log = self._opened()
        with log.reading() as state:
            pass
        for row in log.rows(state.floor, state.next):
            if isinstance(row, Row):
                yield row

    # Opening and closing

    def _opened(self) -> Log:
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


def _row(row_id: int, arrived: int, signed: Signed, decision: Decision, settings: Settings) -> Row:
    match, founder = decision.match, decision.founder
    return Row(
        id=row_id,
        arrived=arrived,
        name=signed.name,
        digest=signed.digest,
        words=signed.words,
        source=signed.source,
        published=signed.published,
        verdict=decision.verdict,
        matched=match.row.name if match else None,
        story=None,
        copies=founder.copies if founder else signed.name,
        founder=founder.id if founder else row_id,
        score=match.score if match else None,
        jaccard=match.jaccard if match else None,
        matched_in_this=match.matched_in_this if match else None,
        this_in_matched=match.this_in_matched if match else None,
        **signed.columns(settings),
    )
