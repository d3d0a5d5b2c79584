"""The segment files of one index: which ones there are, how a missing one is built, and when neighbours are merged.

Row numbers alone decide which blocks have a segment. A segment that is missing, damaged or stands for other rows than
those that are stored is built again from the rows, so none of these files is needed for durability: without them the
answers are the same, after a slower opening.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from pathlib import Path

import numpy as np

from dedupe.arrays import I64, U64
from dedupe.index.lookup.keys import stored_keys
from dedupe.index.storage.failpoints import failpoint
from dedupe.index.storage.folder import lost_articles
from dedupe.index.storage.rows import DamagedRowError
from dedupe.index.storage.segments import (
    ABSENT,
    TOP_LEVEL,
    Block,
    DamagedSegmentError,
    History,
    Segment,
    block_of,
    build,
    merge,
)
from dedupe.index.storage.store import State, Store
from dedupe.settings import Settings

_LARGEST_SHARE = 1.5
"""A merged block times this may hold as many rows as the index, so at most two thirds of them: fewer files to look
into, and few rows outlive the retention window in a large file."""

KeysByRow = dict[int, tuple[U64, int]]
"""The keys of each row, uint64[keys], and its number of passage fingerprints."""


class SegmentFiles:
    """The opened segments of an index, in row order.

    ``rebuilt`` counts the files that could not be used and were deleted, ``stale`` those that stood for other rows than
    the stored ones, and ``damaged_rows`` the rows that were left out when a segment was built. ``unwritten`` says why
    segments could not be written; it is empty if all were written.
    """

    def __init__(self, folder: Path, settings: Settings, cap: int) -> None:
        self._folder = folder
        self._settings = settings
        self._cap = cap
        self.segments: list[Segment] = []
        self.rebuilt = self.stale = 0
        self.damaged_rows = 0
        self.unwritten = ""

    @property
    def capped_keys(self) -> int:
        """Number of keys that more articles of one segment have than are kept, summed over the segments."""
        return sum(segment.capped_keys for segment in self.segments)

    def load(self, store: Store) -> int:
        """Open the segments there are, build those that are missing, and return the first row that is in none.

        Rows never change, and the build lock keeps other processes from building, so only the state needs a
        transaction. A folder that may not be written gets no new segments and loses none: the rows of one that is
        missing or cannot be used stay in the memtable.

        Raises ``IndexRefusedError`` if there are segments, but no article was ever stored.
        """
        self.segments = []
        with store.build_lock.held(shared=not may_write(store)):
            # A segment is built of stored rows under this lock, so none is newer than the state that is read now.
            with store.reading() as state:
                pass
            if may_write(store):
                self._remove_half_written()
            existing = {found for path in self._folder.iterdir() if (found := block_of(path.name))}
            if existing and state.next == 1 and not store.folder_is_cache:
                raise lost_articles(self._folder, "holds no articles")
            for newer in [block for block in existing if block.end > state.next]:
                self.stale += 1
                self._discard(newer, store)
            block = Block.containing(state.floor)
            while block.end <= state.next:
                segment = self._open_widest(block.start, store, state) or self._build_from_rows(block, store, state)
                if segment is None:
                    break
                self.segments.append(segment)
                block = Block.containing(segment.block.end)
        return block.start

    def _open_widest(self, row: int, store: Store, state: State) -> Segment | None:
        """Open the largest segment that contains a row and can be used. It may begin with rows that have expired."""
        for level in range(TOP_LEVEL, -1, -1):
            block = Block.containing(row, level)
            segment = self._open(block, store, state) if block.end <= state.next else None
            if segment:
                return segment
        return None

    def _open(self, block: Block, store: Store, state: State) -> Segment | None:
        """Open a segment, under the build lock. None if it is absent, damaged or stands for other rows than are stored.

        A file that cannot be used is deleted, so that nobody tries it again, but not if nothing may be changed.
        """
        if not (self._folder / block.file_name).exists():
            return None
        with contextlib.suppress(DamagedSegmentError):
            segment = Segment(self._folder, block)
            if stands_for_rows(segment, store, state):
                return segment
            self.stale += 1
        self._discard(block, store)
        return None

    def _discard(self, block: Block, store: Store) -> None:
        """Delete a file that cannot be used, unless nothing may be changed."""
        if may_write(store):
            self.rebuilt += 1
            self._unlink(block.file_name)

    def _build_from_rows(self, block: Block, store: Store, state: State) -> Segment | None:
        """Build a segment from the stored rows. None if it cannot be written."""
        if not may_write(store):
            self.unwritten = "the index was opened read-only, and a segment is missing or cannot be used"
            return None
        rows: KeysByRow = {}
        for row in store.keyed_rows(block.start, block.end):
            if isinstance(row, DamagedRowError):
                self.damaged_rows += 1
            else:
                rows[row.id] = stored_keys(row, self._settings)
        try:
            return self._write(block, rows, store, state)
        except (OSError, DamagedSegmentError) as error:
            self.unwritten = str(error)
            return None

    def flush(self, block: Block, rows: KeysByRow, store: Store, state: State) -> None:
        """Add the segment of a lowest-level block, written from ``rows`` unless another process has written it."""
        own = {row: keys for row, keys in rows.items() if row < block.end}
        self.segments.append(self._open(block, store, state) or self._write(block, own, store, state))

    def _write(self, block: Block, rows: KeysByRow, store: Store, state: State) -> Segment:
        """Write the segment of a lowest-level block and open it."""
        # The history of a block that has expired in the meantime is gone. Its segment is of no use to others.
        history = store.history(block.end, state) or History(state.index_id, bytes(16))
        sizes = np.full(1 << block.bits, ABSENT, np.uint16)
        keys: list[U64] = [np.zeros(0, np.uint64)]
        places: list[I64] = [np.zeros(0, np.int64)]
        for row, (own, size) in rows.items():
            keys.append(own)
            places.append(np.full(own.size, row - block.start))
            sizes[row - block.start] = min(size, ABSENT - 1)
        build(self._folder, block, history, np.concatenate(keys), np.concatenate(places), sizes, self._cap)
        return Segment(self._folder, block)

    def has_expired(self, state: State) -> bool:
        """Whether all rows of the first segment have expired."""
        return bool(self.segments) and self.segments[0].block.end <= state.floor

    def merge_all(self, store: Store, state: State) -> None:
        """Merge neighbours until no four of them can be merged."""
        while self._merge_once(store, state):
            pass

    def _merge_once(self, store: Store, state: State) -> bool:
        """Merge the newest four neighbours that can be merged, and return whether there were any."""
        siblings = defaultdict(list)
        for segment in self.segments:
            siblings[segment.block.parent].append(segment)
        live = state.next - state.floor
        for parent, parts in reversed(siblings.items()):
            too_large = parent.level > TOP_LEVEL or (1 << parent.bits) * _LARGEST_SHARE > live
            if len(parts) < len(parent.children) or too_large:
                continue
            if self._open(parent, store, state) is None:
                merge(self._folder, parts, self._cap)
            first = self.segments.index(parts[0])
            self.segments[first : first + len(parts)] = [Segment(self._folder, parent)]
            failpoint("segments merged")
            for part in parts:
                self._unlink(part.block.file_name)
            return True
        return False

    def remove_unneeded(self, state: State) -> None:
        """Delete the files of expired blocks, of blocks that have been merged, and of segments half written."""
        self._remove_half_written()
        self.segments = [segment for segment in self.segments if segment.block.end > state.floor]
        wide = [segment.block for segment in self.segments if segment.block.level]
        for path in self._folder.iterdir():
            block = block_of(path.name)
            if block is None:
                continue
            merged = any(w.start <= block.start and block.end <= w.end and w.level > block.level for w in wide)
            if merged or block.end <= state.floor:
                self._unlink(path.name)

    def _remove_half_written(self) -> None:
        """Delete what a killed process left behind. Under the build lock no other process is writing a segment."""
        for path in self._folder.glob("segment-*.tmp"):
            self._unlink(path.name)

    def _unlink(self, name: str) -> None:
        # Windows does not delete a file that somebody has open. The next process deletes it then.
        with contextlib.suppress(OSError):
            (self._folder / name).unlink()


def may_write(store: Store) -> bool:
    """Whether segment files may be written and deleted. A cache is written for those who only read, too."""
    return store.folder_is_cache or not store.read_only


def stands_for_rows(segment: Segment, store: Store, state: State) -> bool:
    """Whether a segment was built of the stored rows, and has all of them that have not expired.

    It may also have rows that were forgotten since: what is looked up there is not found in the store.
    """
    if segment.history != store.history(segment.block.end, state):
        return False
    absent = segment.absent_rows
    return not any(store.has_row(row) for row in absent[absent >= state.floor].tolist())
