"""What an index holds, in numbers, and whether all of it is sound."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dedupe.errors import IndexUnavailableError
from dedupe.index.clock import time_of
from dedupe.index.lookup.lookup import Lookup
from dedupe.index.lookup.segment_check import SegmentCheck
from dedupe.index.lookup.segment_files import may_write, stands_for_rows
from dedupe.index.metadata import recipe, stored_settings
from dedupe.index.storage.rows import DamagedRowError
from dedupe.index.storage.segments import DamagedSegmentError, Segment
from dedupe.index.storage.sqlite_store import SqliteStore
from dedupe.index.storage.store import State, Store
from dedupe.index.stories.tracker import StoryTracker, has_story_entry
from dedupe.settings import Settings

_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs")


@dataclass(frozen=True, slots=True)
class Stats:
    """The sizes, times and counters of an index.

    ``capped_keys`` describes the index as it is now. ``uncompared``, ``rebuilt_segments`` and ``damaged_rows`` count
    what one ``Index`` object has met since it was opened.
    """

    path: str
    """The folder of the index, or its address without the password."""
    articles: int
    """Number of stored articles that have neither expired nor been forgotten."""
    oldest: datetime | None
    """Time of arrival of the oldest stored article, in UTC. None for an empty index."""
    newest: datetime | None
    """Time of arrival of the newest article that was stored, in UTC. None for an empty index."""
    retention_days: float
    """Number of days for which an article is remembered."""
    story_days: float
    """Number of days within which stories are tracked; 0 if the index does not track stories."""
    bytes_log: int
    """Size of the stored rows with all that belongs to them, such as SQLite's journal, bytes."""
    bytes_segments: int
    """Size of all segment files, bytes."""
    segments: int
    """Number of segment files."""
    memtable: int
    """Number of articles in memory that are not in a segment yet."""
    recipe: str
    """Identifies everything that decides the keys of an article. An index never mixes two recipes."""
    sqlite: str
    """Version of the SQLite library that is used, "" for another database."""
    postgresql: str
    """Version of the PostgreSQL server, "" for another database."""
    journal_mode: str
    """How commits are made durable: SQLite's journal mode, ``wal`` or ``truncate``, or the ``synchronous_commit`` of
    PostgreSQL."""
    notes: tuple[str, ...]
    """Circumstances that a user should know, one sentence each; empty if there are none."""
    capped_keys: int
    """Number of keys that more articles have than are kept under one key, as happens in floods of near-identical
    pages."""
    uncompared: int
    """Number of candidates that were not compared exactly, because an article had more than are compared."""
    rebuilt_segments: int
    """Number of segment files that were damaged, or stood for other rows than the stored ones, and have been built
    again or removed."""
    damaged_rows: int
    """Number of times that a row, a story entry or a term vector did not match its checksum and was left out."""


@dataclass(frozen=True, slots=True)
class Examination:
    """The result of checking a whole index."""

    checked: tuple[str, ...]
    """What was checked, one line for each check."""
    damaged: tuple[str, ...]
    """What was found damaged, one line each: rows, which cannot be built again, and segments that lack rows although
    nothing else is wrong with them."""
    notes: tuple[str, ...]
    """Segments that are damaged or stand for other rows, which the next opening builds again, and circumstances that a
    user should know, one line each."""

    @property
    def is_sound(self) -> bool:
        """Whether every stored article is as it was stored, and is found."""
        return not self.damaged


def measure_index(
    store: Store,
    lookup: Lookup,
    state: State,
    settings: Settings,
    windows: tuple[float, float],
    uncompared: int,
    damaged_rows: int,
) -> Stats:
    """Inside a transaction: collect the numbers of an index.

    ``windows``: ``retention_days`` and ``story_days``. ``damaged_rows``: those that were not met by ``lookup``.
    """
    oldest, newest = store.oldest(state.floor), store.newest(state.floor)
    articles = state.next - state.floor - len(store.forgotten(state))
    segments = lookup.files.segments
    return Stats(
        path=store.name,
        articles=articles,
        oldest=time_of(oldest) if oldest is not None else None,
        newest=time_of(newest) if newest is not None else None,
        retention_days=windows[0],
        story_days=windows[1],
        bytes_log=store.log_bytes(),
        bytes_segments=sum(segment.bytes for segment in segments),
        segments=len(segments),
        memtable=len(lookup.memtable.sizes),
        recipe=recipe(settings),
        sqlite=store.sqlite,
        postgresql=store.postgresql,
        journal_mode=store.mode,
        notes=circumstances(store, lookup),
        capped_keys=lookup.capped_keys,
        uncompared=uncompared,
        rebuilt_segments=lookup.files.rebuilt,
        damaged_rows=lookup.damaged_rows + damaged_rows,
    )


def circumstances(store: Store, lookup: Lookup) -> tuple[str, ...]:
    """Inside a transaction: return what a user should know about where and how the index is stored."""
    notes = []
    kind = file_system(store.folder)
    if kind in _NETWORK:
        notes.append(f"the folder is on a network file system ({kind}): locks may not hold there; use a local disk")
    if lookup.files.stale:
        done = "they were built again or removed" if may_write(store) else "they are left out"
        notes.append(
            f"{lookup.files.stale} segment files stood for other articles than {store.database} holds, as after an "
            f"older copy of it was put back; {done}, and an article that {store.database} lacks is new"
        )
    if lookup.files.unwritten:
        notes.append(f"segments wait in memory: {lookup.files.unwritten}")
    stored = store.read_metadata().get("unicode")
    if stored and stored != unicodedata.unidata_version:
        notes.append(
            f"made with Unicode {stored}, this Python has {unicodedata.unidata_version}: "
            "texts with characters that are new in one of them may not match their copies"
        )
    return tuple(notes)


def file_system(folder: Path) -> str:
    """Return the type of the file system that a folder is on, such as "ext4".

    It is "" if it cannot be found out, and always on systems other than Linux.
    """
    if not sys.platform.startswith("linux"):
        return ""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    mounts = [line.split()[1:3] for line in lines]
    holding = [(place, kind) for place, kind in mounts if folder.resolve().is_relative_to(place.replace(r"\040", " "))]
    return max(holding, key=lambda mount: len(mount[0]))[1] if holding else ""


def examine(
    store: Store,
    lookup: Lookup,
    state: State,
    settings: Settings,
    tracker: StoryTracker | None,
    refusal: str,
) -> Examination:
    """Inside a transaction: check the database, every row, every story entry, and every segment with its rows.

    ``refusal``: what SQLite says if it would not write to the file, although this user may; otherwise "".
    """
    damaged = store.integrity()
    if refusal:
        damaged.append(
            f"SQLite: {refusal}: the header of {store.database} is damaged, or the system forbids to write to it"
        )
    forgotten = store.forgotten(state)
    segments = lookup.files.segments
    check = SegmentCheck(segments, settings)
    intact, of_stories, damaged_rows = _examine_rows(store, state, settings, tracker, forgotten, check)
    damaged += damaged_rows
    if tracker:
        damaged += _examine_story_entries(store, state, of_stories)
    notes = list(circumstances(store, lookup))
    for segment in segments:
        notes += _examine_segment(store, state, segment)
    damaged += [
        f"{name} lacks {number} of the articles it stands for: delete this file, and the next opening builds it again"
        for name, number in check.lacking.items()
        if number
    ]
    postings = sum(segment.postings for segment in segments)
    checked = (
        store.description(),
        f"recipe {recipe(settings)}",
        f"{intact} rows match their checksums; {len(forgotten)} were forgotten",
        *([f"every story entry and term vector of the last {tracker.days:g} days"] if tracker else []),
        f"{len(segments)} segments with {postings} postings match their checksums and hold the keys of their rows"
        f"; {lookup.files.rebuilt} were built again since this opening",
        f"{len(lookup.memtable.sizes)} articles in memory, not yet in a segment",
        f"{lookup.capped_keys} keys hold more articles than are kept under them",
    )
    return Examination(checked, tuple(damaged), tuple(notes))


def examine_copy(folder: Path, wait_seconds: float | None) -> Examination:
    """Check the SQLite file and every row of a new copy. Segments are not looked at.

    ``wait_seconds``: how long to wait for another process that uses the copy already; None waits without end.
    """
    store = SqliteStore(folder, create=False, wait_seconds=wait_seconds)
    try:
        with store.reading() as state:
            damaged = store.integrity()
            settings = stored_settings(store.read_metadata())
            check = SegmentCheck((), settings)
            intact, _, damaged_rows = _examine_rows(store, state, settings, None, store.forgotten(state), check)
        return Examination((f"{folder}: {intact:,} articles match their checksums",), (*damaged, *damaged_rows), ())
    finally:
        store.close()


def _examine_rows(
    store: Store,
    state: State,
    settings: Settings,
    tracker: StoryTracker | None,
    forgotten: set[int],
    check: SegmentCheck,
) -> tuple[int, set[int], list[str]]:
    """Check every row, and with ``check`` whether its segment holds its keys.

    Returns the number of intact rows, the row numbers of those that must have a story entry, and what is damaged.
    """
    damaged = []
    intact = missing = 0
    expected = state.floor
    of_stories: set[int] = set()
    try:
        for row in store.rows(state.floor, state.next):
            if isinstance(row, DamagedRowError):
                damaged.append(f"{row} does not match its checksum")
                expected += 1
                continue
            missing += len(set(range(expected, row.id)) - forgotten)
            expected = row.id + 1
            intact += 1
            check.add(row)
            if tracker and has_story_entry(row, settings) and row.arrived >= tracker.oldest(state.latest):
                of_stories.add(row.id)
    except IndexUnavailableError as error:
        damaged.append(f"rows from {expected} on cannot be read: {error}")
    else:
        missing += len(set(range(expected, state.next)) - forgotten)
    check.finish()
    if missing:
        damaged.append(f"{missing} rows are missing that nobody forgot")
    return intact, of_stories, damaged


def _examine_story_entries(store: Store, state: State, expected: set[int]) -> list[str]:
    """Return what is wrong with the story entries. ``expected``: rows that must have one."""
    damaged = []
    missing = set(expected)
    for entry in store.story_entries(state.floor, state.next):
        try:
            if isinstance(entry, DamagedRowError):
                raise entry
            store.term_vector(entry.id)
            missing.discard(entry.id)
        except DamagedRowError as error:
            damaged.append(f"{error} does not match its checksum")
    # A damaged entry may be one of the missing ones: its row number cannot be relied on.
    if len(missing) > len(damaged):
        damaged.append(f"{len(missing) - len(damaged)} rows of the stories are missing")
    return damaged


def _examine_segment(store: Store, state: State, segment: Segment) -> list[str]:
    try:
        found = Segment(store.folder, segment.block)
    except DamagedSegmentError as error:
        return [f"{error}; the next opening builds it again"]
    if stands_for_rows(found, store, state):
        return []
    return [f"{segment.block.file_name} stands for other articles than are stored; the next opening builds it again"]
