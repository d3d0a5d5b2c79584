"""The shelf: everything derived from the log – segments of old rows and the tail of new ones – and look-ups in both.

Which blocks have a segment is decided by row numbers alone; what is missing or damaged is built again from the rows.
Nothing here is needed for durability: without any of these files the answers are the same, after a longer start.
"""

from __future__ import annotations

import contextlib
import heapq
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dedupe.arrays import I64, U64
from dedupe.index.lookup.hits import MOST_ALIKE, Hits, add_most_alike, count_pairs
from dedupe.index.lookup.keys import FingerprintedArticle, from_stored
from dedupe.index.lookup.memtable import Memtable
from dedupe.index.storage.failpoints import failpoint
from dedupe.index.storage.rows import DamagedRowError, StoredArticle
from dedupe.index.storage.segments import (
    BASE_BITS,
    FAN_BITS,
    TOP_LEVEL,
    Block,
    DamagedSegmentError,
    Segment,
    block_of,
    build,
    merge,
)
from dedupe.index.storage.store import State, Store
from dedupe.settings import Settings

EXPECTED_SHARE = 0.3
"""Of the least containment of a copy, the share of the smaller text's fingerprints the two must have in common to be
compared. On 12,000 news articles it leaves 587 of 527,573 pairs and all 14 copies, on 358 newspaper pages all 172
copies; the lowest share any copy had there was 0.67 of the fingerprints, the threshold is 0.2."""

_FIRST_AND_NEWEST = 16
"""A key keeps one sixteenth of ``bucket_cap`` articles in each segment: a million articles have a dozen segments."""

_ASKED_AT_ONCE = 500
"""Articles looked up together: enough for arrays to pay, few enough to bound memory."""

_LARGEST_SHARE = 1.5
"""Blocks are merged up to two thirds of the stored rows: fewer files to look into, and little outlives the window."""

Articles = dict[int, tuple[U64, int]]
"""By row: the keys it is filed under, and its number of passage fingerprints."""


class Lookup:
    """Segments and tail of one index, kept by each process for itself."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._cap = max(2, settings.bucket_cap // _FIRST_AND_NEWEST)
        least_containment = 2 * settings.near_duplicate_jaccard / (1 + settings.near_duplicate_jaccard)
        self._share = EXPECTED_SHARE * min(least_containment, settings.excerpt_containment)
        self._recent: Articles = {}
        self.segments: list[Segment] = []
        self.memtable = Memtable(self._cap)
        self.memtable_start = self.end = 0
        self.rebuilt = 0
        self.damaged_rows = 0
        self.unwritten = ""

    # Catching up

    def load(self, log: Store, state: State) -> None:
        """Open the segments there are and build those that are missing; the tail follows with ``catch_up``.

        Needs no transaction: rows never change, and while one is being built here nobody else builds.
        """
        self.segments = []
        position = _aligned(state.floor)
        with log.build_lock.held():
            self._remove_half_written()
            blocks = {block for path in self._folder.iterdir() if (block := block_of(path.name))}
            while position + (1 << BASE_BITS) <= state.next:
                segment = self._widest(position, state, blocks) or self._built(Block(0, position >> BASE_BITS), log)
                if segment is None:
                    break
                self.segments.append(segment)
                position = segment.block.end
        self._restart_memtable(position)

    def _widest(self, position: int, state: State, blocks: set[Block]) -> Segment | None:
        """The largest intact segment that holds a row; the first may begin below the rows that have not expired."""
        for level in range(TOP_LEVEL, -1, -1):
            block = Block(level, position >> (BASE_BITS + FAN_BITS * level))
            if block in blocks and block.end <= state.next:
                with contextlib.suppress(DamagedSegmentError):
                    return Segment(self._folder, block)
                self.rebuilt += 1
        return None

    def catch_up(self, log: Store, state: State) -> None:
        """Add the rows other processes have stored since."""
        if state.floor > self.end:
            self._restart_memtable(_aligned(state.floor))
        for row in log.rows(self.end, state.next):
            if isinstance(row, StoredArticle):
                self.add(row.id, from_stored(row, self._settings))
            else:
                self.damaged_rows += 1
        self.end = state.next

    def add(self, row_id: int, fingerprinted: FingerprintedArticle) -> None:
        """File one more article in the tail."""
        keys = fingerprinted.keys(self._settings)
        self.memtable.add(row_id, keys.tolist(), fingerprinted.passage_keys.size)
        self._recent[row_id] = (keys, fingerprinted.passage_keys.size)
        self.end = row_id + 1

    def reset(self) -> None:
        """Forget the tail, after a transaction that failed: the next ``catch_up`` reads it again."""
        self._restart_memtable(self.memtable_start)

    def _restart_memtable(self, position: int) -> None:
        self.memtable = Memtable(self._cap)
        self._recent = {}
        self.memtable_start = self.end = position

    # Looking up

    def find(self, batch: Sequence[FingerprintedArticle]) -> list[Hits]:
        """What the segments hold, for many articles at once; ``find_in_memtable`` adds the rest article by article."""
        if len(batch) > _ASKED_AT_ONCE:
            starts = range(0, len(batch), _ASKED_AT_ONCE)
            return [hits for start in starts for hits in self.find(batch[start : start + _ASKED_AT_ONCE])]
        hits = [Hits() for _ in batch]
        if not self.segments or not batch:
            return hits
        special = [[s.delivery, s.naming, s.naming if s.wording is None else s.wording] for s in batch]
        parts = [np.array(special, np.uint64).ravel()]
        parts += [s.band_keys for s in batch] + [s.passage_keys for s in batch]
        everyone = np.arange(len(batch))
        sizes = np.array([s.passage_keys.size for s in batch])
        bands = np.array([s.band_keys.size for s in batch])
        owner = np.concatenate((np.repeat(everyone, 3), np.repeat(everyone, bands), np.repeat(everyone, sizes)))
        keys = np.concatenate(parts)
        order = np.argsort(keys)
        keys = keys[order]
        for segment in self.segments:
            found, places = segment.find(keys)
            asked = order[found]
            self._sort_out(segment, asked, owner[asked], places, sizes, bands, hits)
        return hits

    def _sort_out(
        self, segment: Segment, asked: I64, owner: I64, places: I64, sizes: I64, bands: I64, hits: list[Hits]
    ) -> None:
        """Hand the hits in one segment to the articles that asked."""
        start = segment.block.start
        special_end, band_end = 3 * sizes.size, 3 * sizes.size + int(bands.sum())
        special = np.flatnonzero(asked < special_end)
        for article, number, place in zip(
            owner[special].tolist(), (asked[special] % 3).tolist(), places[special].tolist(), strict=True
        ):
            hits[article].of_special(number).append(start + place)
        in_bands = (asked >= special_end) & (asked < band_end)
        article, place, shared = count_pairs(owner[in_bands], places[in_bands])
        estimate = (shared / np.maximum(bands[article], 1)) ** (1 / max(1, self._rows_a_band(bands)))
        add_most_alike(hits, article, place + start, estimate)
        article, place, shared = count_pairs(owner[asked >= band_end], places[asked >= band_end])
        other = segment.sizes[place].astype(np.int64)
        enough = shared >= np.maximum(1, (self._share * np.minimum(sizes[article], other)).astype(np.int64))
        estimate = shared / np.maximum(sizes[article] + other - shared, 1)
        add_most_alike(hits, article[enough], place[enough] + start, estimate[enough])

    def _rows_a_band(self, bands: I64) -> int:
        most = int(bands.max(initial=0))
        return self._settings.permutations // most if most else 1

    def find_in_memtable(self, fingerprinted: FingerprintedArticle, hits: Hits, memtable: Memtable) -> None:
        """Add what one tail holds."""
        hits.delivered += memtable.rows(fingerprinted.delivery)
        hits.named += memtable.rows(fingerprinted.naming)
        if fingerprinted.wording is not None:
            hits.worded += memtable.rows(fingerprinted.wording)
        if self._is_flood(hits.alike):
            return
        size, share, sizes = fingerprinted.passage_keys.size, self._share, memtable.sizes
        estimates: dict[int, float] = {}
        for row, shared in memtable.shared(fingerprinted.passage_keys.tolist()).items():
            other = sizes[row]
            if shared >= int(share * (size if size < other else other)):
                estimates[row] = shared / (size + other - shared)
        if fingerprinted.band_keys.size and not self._is_flood(estimates):
            rows_a_band = self._settings.permutations // fingerprinted.band_keys.size
            for row, shared in memtable.shared(fingerprinted.band_keys.tolist()).items():
                estimate = (shared / fingerprinted.band_keys.size) ** (1 / rows_a_band)
                if estimate > estimates.get(row, 0.0):
                    estimates[row] = estimate
        if len(estimates) > MOST_ALIKE:
            hits.trimmed += len(estimates) - MOST_ALIKE
            estimates = dict(heapq.nsmallest(MOST_ALIKE, estimates.items(), key=lambda found: (-found[1], found[0])))
        hits.alike.update(estimates)

    def _is_flood(self, alike: dict[int, float]) -> bool:
        """Whether so many near duplicates are known already that more cannot change the verdict."""
        if len(alike) < MOST_ALIKE:
            return False
        close = (1 + self._settings.near_duplicate_jaccard) / 2
        return sum(estimate >= close for estimate in alike.values()) >= MOST_ALIKE

    def rows_under(self, key: int) -> list[int]:
        """Every row under one key, in segments and tail."""
        found: list[int] = []
        for segment in self.segments:
            found += (segment.find(np.array([key], np.uint64))[1] + segment.block.start).tolist()
        return found + self.memtable.rows(key)

    # Keeping house

    def compact(self, log: Store, state: State) -> None:
        """Turn a full tail into segments, merge neighbours, remove what has expired. Where another process is at it, or
        the disk is full, everything stays as it is, and the answers stay the same."""
        if self.end - self.memtable_start < 1 << BASE_BITS and not self._expired(state):
            return
        with log.build_lock.held_if_free() as free:
            if not free:
                return
            try:
                self._flush(log)
                while self._merge_once(state):
                    pass
                self._remove(state)
                self.unwritten = ""
            except (OSError, DamagedSegmentError) as error:
                self.unwritten = str(error)

    def _expired(self, state: State) -> bool:
        return bool(self.segments) and self.segments[0].block.end <= state.floor

    def _flush(self, log: Store) -> None:
        """Write segments for the full blocks of the tail."""
        while self.end - self.memtable_start >= 1 << BASE_BITS:
            block = Block(0, self.memtable_start >> BASE_BITS)
            segment = self._opened(block) or self._from_memory(block) or self._built(block, log)
            if segment is None:
                return
            self.segments.append(segment)
            recent = {row: filed for row, filed in self._recent.items() if row >= block.end}
            end = self.end
            self._restart_memtable(block.end)
            for row, (keys, size) in recent.items():
                self.memtable.add(row, keys.tolist(), size)
            self._recent, self.end = recent, end

    def _opened(self, block: Block) -> Segment | None:
        if not (self._folder / block.file_name).exists():
            return None
        with contextlib.suppress(DamagedSegmentError):
            return Segment(self._folder, block)
        self.rebuilt += 1
        return None

    def _from_memory(self, block: Block) -> Segment | None:
        """A segment from what the tail remembers."""
        if self.memtable_start != block.start:
            return None
        own = {row: filed for row, filed in self._recent.items() if row < block.end}
        write_block(self._folder, block, own, self._cap)
        return Segment(self._folder, block)

    def _built(self, block: Block, log: Store) -> Segment | None:
        """A segment from the rows; None where it cannot be written."""
        own: Articles = {}
        for row in log.rows(block.start, block.end):
            if isinstance(row, DamagedRowError):
                self.damaged_rows += 1
            else:
                fingerprinted = from_stored(row, self._settings)
                own[row.id] = (fingerprinted.keys(self._settings), fingerprinted.passage_keys.size)
        try:
            write_block(self._folder, block, own, self._cap)
            return Segment(self._folder, block)
        except (OSError, DamagedSegmentError) as error:
            self.unwritten = str(error)
            return None

    def _merge_once(self, state: State) -> bool:
        """Merge one run of neighbours, the newest first; whether there was one."""
        together = defaultdict(list)
        for segment in self.segments:
            together[segment.block.parent].append(segment)
        live = state.next - state.floor
        for parent, parts in reversed(together.items()):
            if len(parts) < len(parent.parts) or parent.level > TOP_LEVEL or (1 << parent.bits) * _LARGEST_SHARE > live:
                continue
            if self._opened(parent) is None:
                merge(self._folder, parts, self._cap)
            first = self.segments.index(parts[0])
            self.segments[first : first + len(parts)] = [Segment(self._folder, parent)]
            failpoint("segments merged")
            for part in parts:
                self._unlink(part.block.file_name)
            return True
        return False

    def _remove(self, state: State) -> None:
        """Remove expired segments, and parts of merged ones."""
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
        """Remove what a killed process left; under the build lock nobody is writing any."""
        for path in self._folder.glob("segment-*.tmp"):
            self._unlink(path.name)

    def _unlink(self, name: str) -> None:
        # Windows does not remove a file somebody has open: the next process does.
        with contextlib.suppress(OSError):
            (self._folder / name).unlink()

    @property
    def capped_keys(self) -> int:
        """Keys with more articles than are kept under them, over segments and tail."""
        return sum(segment.capped_keys for segment in self.segments) + self.memtable.capped_keys


def write_block(folder: Path, block: Block, articles: Articles, cap: int) -> None:
    """Write the lowest-level segment of a block from its articles."""
    sizes = np.zeros(1 << block.bits, np.uint16)
    keys: list[U64] = [np.zeros(0, np.uint64)]
    places: list[I64] = [np.zeros(0, np.int64)]
    for row, (own, size) in articles.items():
        keys.append(own)
        places.append(np.full(own.size, row - block.start))
        sizes[row - block.start] = min(size, 65_535)
    build(folder, block, np.concatenate(keys), np.concatenate(places), sizes, cap)


def _aligned(row: int) -> int:
    """The first row of the lowest-level block a row is in."""
    return row >> BASE_BITS << BASE_BITS
