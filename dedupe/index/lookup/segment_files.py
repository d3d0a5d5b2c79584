"""The segment files of one index: which ones there are, how a missing one is built, and when neighbours are merged.

Row numbers alone decide which blocks have a segment. A missing or damaged segment is built again from the rows, so none
of these files is needed for durability: without them the answers are the same, after a slower opening.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from pathlib import Path

import numpy as np

from dedupe.arrays import I64, U64
from dedupe.index.lookup.keys import from_stored
from dedupe.index.storage.failpoints import failpoint
from dedupe.index.storage.rows import DamagedRowError
from dedupe.index.storage.segments import TOP_LEVEL, Block, DamagedSegmentError, Segment, block_of, build, merge
from dedupe.index.storage.store import State, Store
from dedupe.settings import Settings

_LARGEST_SHARE = 1.5
"""A merged block times this may hold as many rows as the index, so at most two thirds of them: fewer files to look
into, and few rows outlive the retention window in a large file."""

KeysByRow = dict[int, tuple[U64, int]]
"""The keys of each row, uint64[keys], and its number of passage fingerprints."""


class SegmentFiles:
    """The opened segments of an index, in row order.

    ``rebuilt`` counts segments that were damaged, ``damaged_rows`` the rows that were left out when a segment was
    built. ``unwritten`` says why segments could not be written; it is empty if all were written.
    """

    def __init__(self, folder: Path, settings: Settings, cap: int) -> None:
        self._folder = folder
        self._settings = settings
        self._cap = cap
        self.segments: list[Segment] = []
        self.rebuilt = 0
        self.damaged_rows = 0
        self.unwritten = ""

    @property
    def capped_keys(self) -> int:
        """Number of keys that more articles of one segment have than are kept, summed over the segments."""
        return sum(segment.capped_keys for segment in self.segments)

    def load(self, store: Store, state: State) -> int:
        """Open the segments there are, build those that are missing, and return the first row that is in none.

        This needs no transaction: rows never change, and the build lock keeps other processes from building. A store
        that was opened read-only gets no new segments: the rows of a missing one stay in the memtable.
        """
        self.segments = []
        block = Block.containing(state.floor)
        with store.build_lock.held(shared=store.read_only):
            if not store.read_only:
                self._remove_half_written()
            existing = {found for path in self._folder.iterdir() if (found := block_of(path.name))}
            while block.end <= state.next:
                segment = self._open_widest(block.start, state, existing) or self._build_from_rows(block, store)
                if segment is None:
                    break
                self.segments.append(segment)
                block = Block.containing(segment.block.end)
        return block.start

    def _open_widest(self, row: int, state: State, existing: set[Block]) -> Segment | None:
        """Open the largest intact segment that contains a row. It may begin with rows that have expired."""
        for level in range(TOP_LEVEL, -1, -1):
            block = Block.containing(row, level)
            if block in existing and block.end <= state.next:
                with contextlib.suppress(DamagedSegmentError):
                    return Segment(self._folder, block)
                self.rebuilt += 1
        return None

    def _open(self, block: Block) -> Segment | None:
        """Open a segment that another process may have written. None if it is absent or damaged."""
        if not (self._folder / block.file_name).exists():
            return None
        with contextlib.suppress(DamagedSegmentError):
            return Segment(self._folder, block)
        self.rebuilt += 1
        return None

    def _build_from_rows(self, block: Block, store: Store) -> Segment | None:
        """Build a segment from the stored rows. None if it cannot be written."""
        if store.read_only:
            self.unwritten = "the index was opened read-only, and a segment is missing or damaged"
            self.rebuilt = 0  # what was found damaged stays so
            return None
        rows: KeysByRow = {}
        for row in store.rows(block.start, block.end):
            if isinstance(row, DamagedRowError):
                self.damaged_rows += 1
            else:
                fingerprinted = from_stored(row, self._settings)
                rows[row.id] = (fingerprinted.keys(self._settings), fingerprinted.passage_keys.size)
        try:
            return self._write(block, rows)
        except (OSError, DamagedSegmentError) as error:
            self.unwritten = str(error)
            return None

    def flush(self, block: Block, rows: KeysByRow) -> None:
        """Add the segment of a lowest-level block, written from ``rows`` unless another process has written it."""
        own = {row: keys for row, keys in rows.items() if row < block.end}
        self.segments.append(self._open(block) or self._write(block, own))

    def _write(self, block: Block, rows: KeysByRow) -> Segment:
        """Write the segment of a lowest-level block and open it."""
        sizes = np.zeros(1 << block.bits, np.uint16)
        keys: list[U64] = [np.zeros(0, np.uint64)]
        places: list[I64] = [np.zeros(0, np.int64)]
        for row, (own, size) in rows.items():
            keys.append(own)
            places.append(np.full(own.size, row - block.start))
            sizes[row - block.start] = min(size, 65_535)
        build(self._folder, block, np.concatenate(keys), np.concatenate(places), sizes, self._cap)
        return Segment(self._folder, block)

    def has_expired(self, state: State) -> bool:
        """Whether all rows of the first segment have expired."""
        return bool(self.segments) and self.segments[0].block.end <= state.floor

    def merge_all(self, state: State) -> None:
        """Merge neighbours until no four of them can be merged."""
        while self._merge_once(state):
            pass

    def _merge_once(self, state: State) -> bool:
        """Merge the newest four neighbours that can be merged, and return whether there were any."""
        siblings = defaultdict(list)
        for segment in self.segments:
            siblings[segment.block.parent].append(segment)
        live = state.next - state.floor
        for parent, parts in reversed(siblings.items()):
            too_large = parent.level > TOP_LEVEL or (1 << parent.bits) * _LARGEST_SHARE > live
            if len(parts) < len(parent.children) or too_large:
                continue
            if self._open(parent) is None:
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
