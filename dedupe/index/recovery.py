"""Makes an index again: ``restore`` from a backup, ``salvage`` from what is intact of a damaged one."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dedupe.errors import IndexDamagedError
from dedupe.index.health import Examination, examine_copy
from dedupe.index.metadata import DEFAULT_RETENTION_DAYS, recipe, stored_settings
from dedupe.index.storage.connection import explain_errors
from dedupe.index.storage.copying import copy_articles, opened_to_read
from dedupe.index.storage.folder import DATABASE, check_target
from dedupe.index.storage.opening import refuse_address
from dedupe.index.storage.rows import (
    COLUMNS,
    STORY_ENTRY_COLUMNS,
    DamagedRowError,
    StoredArticle,
    StoryEntry,
    read_row,
    read_story_entry,
    read_term_vector,
)
from dedupe.index.storage.segments import sync_folder
from dedupe.index.storage.sqlite_store import SqliteStore, read_metadata, read_state
from dedupe.index.storage.store import State, Store
from dedupe.index.storage.waiting import check_wait_seconds

_ROWS_AT_ONCE = 256
"""Rows that are read and written together."""

_RANGES_NAMED = 20
"""Lost rows that are named one by one; of the others only the number is."""


def restore(
    backup: str | os.PathLike[str], folder: str | os.PathLike[str], *, wait_seconds: float | None = None
) -> Examination:
    """Copy the rows of a backup into a folder without an index, and check every row of the copy.

    The backup is only read. Articles that were stored after it was made are not known in the new index.
    ``wait_seconds``: how long to wait for another process that uses one of the folders; None waits without end.

    Raises ``IndexRefusedError`` if the backup is no index, or if the folder holds an index or anything else, and
    ``IndexUnavailableError`` after ``wait_seconds``.
    """
    check_wait_seconds(wait_seconds)
    refuse_address(backup, "restore", "use pg_restore")
    refuse_address(folder, "restore", "use pg_restore")
    with opened_to_read(Path(backup), wait_seconds=wait_seconds) as source:
        copy_articles(source, Path(folder), wait_seconds)
    return examine_copy(Path(folder), wait_seconds)


def salvage(
    folder: str | os.PathLike[str],
    new_folder: str | os.PathLike[str] | None = None,
    *,
    wait_seconds: float | None = None,
) -> Examination:
    """Find out which rows of a damaged index are intact, and write them into a new index. The old one stays as it is.

    ``new_folder``: a new or empty folder, None to write nothing. Rows keep their numbers, their times and their
    verdicts. Who wants to use the old index meanwhile waits. ``wait_seconds``: how long to wait for another process
    that uses it now; None waits without end.

    Raises ``IndexRefusedError`` if the folder holds no index of this format, ``IndexDamagedError`` if so much is
    damaged that no row can be found, and ``IndexUnavailableError`` after ``wait_seconds``.
    """
    check_wait_seconds(wait_seconds)
    refuse_address(folder, "doctor --salvage", "restore the database with pg_restore")
    if new_folder is not None:
        refuse_address(new_folder, "doctor --salvage", "restore the database with pg_restore")
        check_target(Path(new_folder))
    with opened_to_read(Path(folder), damaged=True, wait_seconds=wait_seconds) as connection:
        found = _Wreck(connection)
        metadata = found.metadata()
        first, end = found.bounds()
        if new_folder is None:
            kept = sum(len(rows) for rows, _ in found.intact_rows(first, end))
        else:
            kept = _write(Path(new_folder), metadata, first, found.intact_rows(first, end))
        losses = found.losses(first, end)
    done = f"and were written to {new_folder}" if new_folder is not None else "and can be kept"
    return Examination((f"{folder}: {kept:,} articles match their checksums {done}",), losses, ())


def _write(
    folder: Path, metadata: dict[str, str], first: int, parts: Iterator[tuple[list[StoredArticle], list[StoryEntry]]]
) -> int:
    """Write rows by their old numbers into a new index, and return how many there are.

    ``first``: number of the first row that has not expired. The index appears in the folder once it is complete.
    """
    unfinished = folder / f"{DATABASE}.salvage"
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        kept = _fill(SqliteStore(unfinished), metadata, first, parts)
        with explain_errors(folder):
            (unfinished / DATABASE).replace(folder / DATABASE)
            sync_folder(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return kept


def _fill(
    store: Store, metadata: dict[str, str], first: int, parts: Iterator[tuple[list[StoredArticle], list[StoryEntry]]]
) -> int:
    """Write rows by their old numbers into a new store, close it, and return how many there are."""
    kept = 0
    try:
        with store.writing() as state:
            store.write_metadata(metadata)
            store.write_state(replace(state, next=first, floor=first))
        for rows, entries in parts:
            if rows:
                with store.writing() as state:
                    after = store.append(state, rows, entries)
                    # Numbers between these rows count as forgotten, so that nobody misses them again.
                    store.forget(sorted(set(range(state.next, after.next)) - {row.id for row in rows}))
            kept += len(rows)
    finally:
        store.close()
    return kept


@dataclass(slots=True)
class _Wreck:
    """A database of which any page may be damaged. What is missed is noted, and told by ``losses``."""

    connection: sqlite3.Connection
    notes: list[str] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    lost_entries: int = 0
    kept: set[int] = field(default_factory=set)
    state: State | None = None

    def metadata(self) -> dict[str, str]:
        """Return what the index says about itself. Damaged days are replaced by the defaults."""
        try:
            return read_metadata(self.connection)
        except sqlite3.Error as error:
            reason = str(error)
        try:
            about = dict(self.connection.execute("SELECT name, value FROM about").fetchall())
            about.pop("crc", None)
            settings = stored_settings(about)
            # The recipe is a hash of the settings. If it matches them, neither is damaged.
            if recipe(settings) != about["recipe"]:
                raise ValueError
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            raise IndexDamagedError(
                f"the settings of the index are damaged ({reason}), and without them no article is found again: use "
                "`dedupe index restore` with a backup"
            ) from error
        self.notes.append(
            f"{reason}: retention and days of stories are taken as they stand, so check them with `stats`"
        )
        for name, default in (("retention_days", DEFAULT_RETENTION_DAYS), ("story_days", 0.0)):
            about[name] = repr(_days(about.get(name, ""), default))
        return {"terms": "", "unicode": "", **about}

    def bounds(self) -> tuple[int, int]:
        """Return the first row number that has not expired, and the number after the last one."""
        try:
            self.state = read_state(self.connection)
        except sqlite3.Error as error:
            self.notes.append(f"{error}: it is made again from the rows")
            try:
                first, last = self.connection.execute("SELECT min(id), max(id) FROM article").fetchone()
            except sqlite3.Error as second:
                raise IndexDamagedError(
                    f"neither the state nor the ends of the table of articles can be read ({second}), so no article is "
                    "found: use `dedupe index restore` with a backup"
                ) from second
            return (first or 1), (last or 0) + 1
        return self.state.floor, self.state.next

    def intact_rows(self, first: int, end: int) -> Iterator[tuple[list[StoredArticle], list[StoryEntry]]]:
        """Yield the intact rows from ``first`` to below ``end``, in order, some at a time, with their story entries."""
        for start in range(first, end, _ROWS_AT_ONCE):
            yield self._intact(start, min(start + _ROWS_AT_ONCE, end))

    def _intact(self, start: int, end: int) -> tuple[list[StoredArticle], list[StoryEntry]]:
        """Return the rows and story entries with start ≤ id < end that match their checksums."""
        rows = list(self._readable("article", COLUMNS, start, end, read_row, self.damaged))
        ids = {row.id for row in rows}
        self.kept |= ids
        lost: list[int] = []
        entries = list(self._readable("story_entry", STORY_ENTRY_COLUMNS, start, end, _read_entry, lost))
        self.lost_entries += len(set(lost) & ids)
        return rows, [entry for entry in entries if entry.id in ids]

    def _readable(
        self,
        table: str,
        columns: tuple[str, ...],
        start: int,
        end: int,
        read: Callable[[tuple[Any, ...]], Any],
        damaged: list[int],
    ) -> Iterator[Any]:
        """Yield the intact rows of a table, ascending, and note in ``damaged`` the numbers of those that are not.

        A range that cannot be read to its end is read in halves, so that a damaged page costs only its own rows.
        """
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE id >= ? AND id < ? ORDER BY id"  # noqa: S608
        ranges = [(start, end)]
        while ranges:
            begin, stop = ranges.pop()
            try:
                for values in self.connection.execute(query, (begin, stop)):
                    if not begin <= values[0] < stop:
                        continue  # a damaged page gave a number out of order
                    begin = values[0] + 1
                    try:
                        yield read(values)
                    except DamagedRowError:
                        damaged.append(values[0])
            except sqlite3.Error:
                if stop - begin > 1:
                    middle = (begin + stop) // 2
                    ranges += [(middle, stop), (begin, middle)]
                elif stop > begin:
                    damaged.append(begin)

    def losses(self, first: int, end: int) -> tuple[str, ...]:
        """Return what is damaged, one line each."""
        lines = list(self.notes)
        damaged = set(self.damaged) - self.kept
        try:
            forgotten = {row for (row,) in self.connection.execute("SELECT id FROM forgotten")}
        except sqlite3.Error as error:
            lines.append(f"which articles were forgotten cannot be read ({error}): they count as missing")
            forgotten = set()
        missing = set(range(first, end)) - self.kept - damaged - forgotten
        lines += [f"row {row} does not match its checksum or cannot be read" for row in sorted(damaged)[:_RANGES_NAMED]]
        if len(damaged) > _RANGES_NAMED:
            lines.append(f"{len(damaged) - _RANGES_NAMED:,} more rows are damaged")
        if missing:
            lines.append(f"{len(missing):,} rows are missing that nobody forgot")
        if self.lost_entries:
            lines.append(f"{self.lost_entries:,} story entries are damaged: their articles are found as copies only")
        return tuple(lines)


def _read_entry(values: tuple[Any, ...]) -> StoryEntry:
    *head, crc, term_vector = values
    return replace(read_story_entry(tuple(head)), term_vector=read_term_vector(values[0], crc, term_vector))


def _days(value: str, default: float) -> float:
    """Return a number of days as it is stored, and the default in place of a damaged one."""
    try:
        days = float(value)
    except ValueError:
        return default
    return days if 0 <= days <= 36_500 else default
