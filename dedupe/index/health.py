"""What is in an index, and whether it is sound."""

from __future__ import annotations

import sqlite3
import sys
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dedupe.errors import IndexUnavailableError
from dedupe.index.lookup.lookup import Lookup
from dedupe.index.metadata import recipe
from dedupe.index.storage.folder import DATABASE
from dedupe.index.storage.rows import DamagedRowError
from dedupe.index.storage.segments import DamagedSegmentError, Segment
from dedupe.index.storage.store import State, Store
from dedupe.index.stories.tracker import StoryTracker, has_story_entry
from dedupe.settings import Settings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs")


@dataclass(frozen=True, slots=True)
class Stats:
    """Sizes in bytes, times in UTC. ``story_days`` 0: stories are not followed. The last four count what this object
    met since it was opened.

    ``capped_keys``: keys with more articles than are kept under them, as in floods of near-identical pages;
    ``uncompared``: proposed articles beyond the number compared exactly.
    """

    path: str
    articles: int
    oldest: datetime | None
    newest: datetime | None
    retention_days: float
    story_days: float
    bytes_log: int
    bytes_segments: int
    segments: int
    memtable: int
    recipe: str
    sqlite: str
    journal_mode: str
    notes: tuple[str, ...]
    capped_keys: int
    uncompared: int
    rebuilt_segments: int
    damaged_rows: int


@dataclass(frozen=True, slots=True)
class Examination:
    """What was checked, one line each, and what was found wrong. ``damaged``: rows, which nothing can bring back;
    ``notes``: segments, which are built again by the next opening, and circumstances worth knowing."""

    checked: tuple[str, ...]
    damaged: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every stored article is as it was stored."""
        return not self.damaged


def measure_index(
    log: Store,
    lookup: Lookup,
    state: State,
    settings: Settings,
    windows: tuple[float, float],
    uncompared: int,
    damaged_rows: int,
) -> Stats:
    """Inside a transaction: the numbers of an index. ``windows``: of retention and of stories, in days."""
    oldest = log.oldest(state.floor)
    articles = state.next - state.floor - len(log.forgotten(state))
    return Stats(
        path=str(log.folder),
        articles=articles,
        oldest=time_of(oldest) if oldest is not None else None,
        newest=time_of(state.arrived) if articles else None,
        retention_days=windows[0],
        story_days=windows[1],
        bytes_log=sum(_size(path) for path in log.folder.glob(f"{DATABASE}*")),
        bytes_segments=sum(segment.bytes for segment in lookup.segments),
        segments=len(lookup.segments),
        memtable=len(lookup.memtable.sizes),
        recipe=recipe(settings),
        sqlite=sqlite3.sqlite_version,
        journal_mode=log.mode,
        notes=circumstances(log, lookup),
        capped_keys=lookup.capped_keys,
        uncompared=uncompared,
        rebuilt_segments=lookup.rebuilt,
        damaged_rows=lookup.damaged_rows + damaged_rows,
    )


def circumstances(log: Store, lookup: Lookup) -> tuple[str, ...]:
    """What a user should know about where and how the index lives."""
    notes = []
    kind = file_system(log.folder)
    if kind in _NETWORK:
        notes.append(f"the folder is on a network file system ({kind}): locks may not hold there; use a local disk")
    if lookup.unwritten:
        notes.append(f"segments wait in memory: {lookup.unwritten}")
    stored = log.about().get("unicode")
    if stored and stored != unicodedata.unidata_version:
        notes.append(
            f"made with Unicode {stored}, this Python has {unicodedata.unidata_version}: "
            "texts with characters that are new in one of them may not match their copies"
        )
    return tuple(notes)


def file_system(folder: Path) -> str:
    """The kind of file system a folder is on, "" where that cannot be told."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    mounts = [line.split()[1:3] for line in lines]
    holding = [(place, kind) for place, kind in mounts if folder.resolve().is_relative_to(place.replace(r"\040", " "))]
    return max(holding, key=lambda mount: len(mount[0]))[1] if holding else ""


def examine(log: Store, lookup: Lookup, state: State, settings: Settings, tracker: StoryTracker | None) -> Examination:
    """Inside a transaction: check the log, every row, what stories are followed by, and every segment."""
    damaged = [f"SQLite: {complaint}" for complaint in log.integrity()]
    gone = log.forgotten(state)
    intact = missing = 0
    expected = state.floor
    wanted: set[int] = set()
    try:
        for row in log.rows(state.floor, state.next):
            if isinstance(row, DamagedRowError):
                damaged.append(f"{row} does not match its checksum")
                expected += 1
                continue
            missing += len(set(range(expected, row.id)) - gone)
            expected = row.id + 1
            intact += 1
            if tracker and has_story_entry(row, settings) and row.arrived >= tracker.oldest(state.arrived):
                wanted.add(row.id)
    except IndexUnavailableError as error:
        damaged.append(f"rows from {expected} on cannot be read: {error}")
    else:
        missing += len(set(range(expected, state.next)) - gone)
    if missing:
        damaged.append(f"{missing} rows are missing that nobody forgot")
    if tracker:
        damaged += _examine_filings(log, state, wanted)
    notes = list(circumstances(log, lookup))
    for segment in lookup.segments:
        notes += _examine_segment(log, segment)
    postings = sum(segment.postings for segment in lookup.segments)
    checked = (
        f"{DATABASE}: SQLite {sqlite3.sqlite_version}, journal mode {log.mode}, synchronous FULL, integrity_check",
        f"recipe {recipe(settings)}",
        f"{intact} rows match their checksums; {len(gone)} were forgotten",
        *([f"stories of the last {tracker.days:g} days: every row they are followed by"] if tracker else []),
        f"{len(lookup.segments)} segments with {postings} postings match their checksums"
        f"; {lookup.rebuilt} were built again since this opening",
        f"{len(lookup.memtable.sizes)} articles in memory, not yet in a segment",
        f"{lookup.capped_keys} keys hold more articles than are kept under them",
    )
    return Examination(checked, tuple(damaged), tuple(notes))


def _examine_filings(log: Store, state: State, wanted: set[int]) -> list[str]:
    """What is wrong with what stories are followed by. ``wanted``: rows that must have some."""
    damaged = []
    for found in log.story_entries(state.floor, state.next):
        try:
            if isinstance(found, DamagedRowError):
                raise found
            log.term_vector(found.id)
            wanted.discard(found.id)
        except DamagedRowError as error:
            damaged.append(f"{error} does not match its checksum")
    if len(wanted) > len(damaged):
        damaged.append(f"{len(wanted) - len(damaged)} rows of the stories are missing")
    return damaged


def _examine_segment(log: Store, segment: Segment) -> list[str]:
    try:
        Segment(log.folder, segment.block)
    except DamagedSegmentError as error:
        return [f"{error}; the next opening builds it again"]
    return []


def time_of(microseconds: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
