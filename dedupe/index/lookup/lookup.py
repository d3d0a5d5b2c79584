"""Looks up which stored articles share keys with new ones, in the segments and in the memtable of new rows.

Segments and memtable are derived from the rows of the store.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dedupe.arrays import I64, U64
from dedupe.index.lookup.hits import MOST_CANDIDATES, Hits, add_candidates, count_pairs
from dedupe.index.lookup.keys import FingerprintedArticle, stored_keys
from dedupe.index.lookup.memtable import Memtable
from dedupe.index.lookup.segment_files import KeysByRow, SegmentFiles
from dedupe.index.storage.rows import DamagedRowError
from dedupe.index.storage.segments import Block, DamagedSegmentError, Segment
from dedupe.index.storage.store import State, Store
from dedupe.settings import Settings

EXPECTED_SHARE = 0.3
"""Two articles are compared if they share this part of the passage fingerprints that a copy is expected to share: the
smaller article's number of fingerprints times the least containment of a copy. On 12,000 news articles this leaves 587
of 527,573 pairs and all 14 copies, on 358 newspaper pages all 172 copies. The lowest share that any copy had there was
0.67 of the fingerprints; the threshold is 0.2."""

_SEGMENTS_PER_CAP = 16
"""A key keeps one sixteenth of ``Settings.bucket_cap`` articles in each segment. A million articles have a dozen
segments."""

_LOOKED_UP_AT_ONCE = 500
"""Articles that are looked up together: enough for array operations to pay, few enough to bound the memory."""


class Lookup:
    """The segments and the memtable of one index. Every process keeps its own.

    ``end``: row number up to which rows have been added. ``memtable_start``: first row number of the memtable, which is
    the first of a lowest-level block.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._settings = settings
        self._cap = max(2, settings.bucket_cap // _SEGMENTS_PER_CAP)
        least_containment = 2 * settings.near_duplicate_jaccard / (1 + settings.near_duplicate_jaccard)
        self._share = EXPECTED_SHARE * min(least_containment, settings.excerpt_containment)
        self.files = SegmentFiles(folder, settings, self._cap)
        self.memtable = Memtable(self._cap)
        self._recent: KeysByRow = {}
        self.memtable_start = self.end = 0
        self._damaged_rows = 0

    @property
    def damaged_rows(self) -> int:
        """Number of rows that did not match their checksum when their keys were needed."""
        return self._damaged_rows + self.files.damaged_rows

    @property
    def capped_keys(self) -> int:
        """Number of keys that more articles have than are kept, summed over segments and memtable."""
        return self.files.capped_keys + self.memtable.capped_keys

    # Following the store

    def load(self, store: Store) -> None:
        """Open the segments and build those that are missing. ``catch_up`` then fills the memtable.

        Raises ``IndexRefusedError`` if there are segments, but no article was ever stored.
        """
        self._restart_memtable(self.files.load(store))

    def catch_up(self, store: Store, state: State) -> None:
        """Inside a transaction: add the rows that other processes have stored since the last call."""
        if state.floor > self.end:
            self._restart_memtable(Block.containing(state.floor).start)
        for row in store.keyed_rows(self.end, state.next):
            if isinstance(row, DamagedRowError):
                self._damaged_rows += 1
            else:
                self._add_keys(row.id, *stored_keys(row, self._settings))
        self.end = state.next

    def add(self, row_id: int, fingerprinted: FingerprintedArticle) -> None:
        """Add one article to the memtable."""
        self._add_keys(row_id, fingerprinted.keys(self._settings), fingerprinted.passage_keys.size)

    def _add_keys(self, row_id: int, keys: U64, size: int) -> None:
        self.memtable.add(row_id, keys.tolist(), size)
        self._recent[row_id] = (keys, size)
        self.end = row_id + 1

    def reset(self) -> None:
        """Empty the memtable after a transaction that failed. The next ``catch_up`` reads its rows again."""
        self._restart_memtable(self.memtable_start)

    def _restart_memtable(self, row: int) -> None:
        """Begin an empty memtable with the first row of a lowest-level block."""
        self.memtable = Memtable(self._cap)
        self._recent = {}
        self.memtable_start = self.end = row

    # Looking up

    def find(self, batch: Sequence[FingerprintedArticle]) -> list[Hits]:
        """Return what the segments hold of many articles. ``find_in_memtable`` adds the rest, one article at a time."""
        if len(batch) > _LOOKED_UP_AT_ONCE:
            starts = range(0, len(batch), _LOOKED_UP_AT_ONCE)
            return [hits for start in starts for hits in self.find(batch[start : start + _LOOKED_UP_AT_ONCE])]
        hits = [Hits() for _ in batch]
        if not self.files.segments or not batch:
            return hits
        # An article without words has no words key; its id key stands in, and such an article is ``new`` anyway.
        exact = [[s.delivery_key, s.id_key, s.id_key if s.words_key is None else s.words_key] for s in batch]
        parts = [np.array(exact, np.uint64).ravel()]
        parts += [s.band_keys for s in batch] + [s.passage_keys for s in batch]
        everyone = np.arange(len(batch))
        sizes = np.array([s.passage_keys.size for s in batch])
        bands = np.array([s.band_keys.size for s in batch])
        owner = np.concatenate((np.repeat(everyone, 3), np.repeat(everyone, bands), np.repeat(everyone, sizes)))
        keys = np.concatenate(parts)
        order = np.argsort(keys)
        keys = keys[order]
        for segment in self.files.segments:
            found, places = segment.find(keys)
            asked = order[found]
            self._add_hits(segment, asked, owner[asked], places, sizes, bands, hits)
        return hits

    def _add_hits(
        self, segment: Segment, asked: I64, owner: I64, places: I64, sizes: I64, bands: I64, hits: list[Hits]
    ) -> None:
        """Add the hits in one segment to those of the articles that asked for the keys.

        ``asked``: position of each hit's key, int64[hits]; the exact keys come first, three per article, then all band
        keys, then all passage keys. ``owner``: the article that asked, int64[hits]. ``places``: the article in the
        block that was hit, int64[hits]. ``sizes`` and ``bands``: number of passage and band keys, int64[articles].
        """
        start = segment.block.start
        exact_end, band_end = 3 * sizes.size, 3 * sizes.size + int(bands.sum())
        exact = np.flatnonzero(asked < exact_end)
        for article, number, place in zip(
            owner[exact].tolist(), (asked[exact] % 3).tolist(), places[exact].tolist(), strict=True
        ):
            hits[article].of_exact_key(number).append(start + place)
        in_bands = (asked >= exact_end) & (asked < band_end)
        article, place, shared = count_pairs(owner[in_bands], places[in_bands])
        estimate = (shared / np.maximum(bands[article], 1)) ** (1 / max(1, self._rows_per_band(bands)))
        add_candidates(hits, article, place + start, estimate)
        article, place, shared = count_pairs(owner[asked >= band_end], places[asked >= band_end])
        other = segment.sizes[place].astype(np.int64)
        enough = shared >= np.maximum(1, (self._share * np.minimum(sizes[article], other)).astype(np.int64))
        estimate = shared / np.maximum(sizes[article] + other - shared, 1)
        add_candidates(hits, article[enough], place[enough] + start, estimate[enough])

    def _rows_per_band(self, bands: I64) -> int:
        most = int(bands.max(initial=0))
        return self._settings.permutations // most if most else 1

    def find_in_memtable(self, fingerprinted: FingerprintedArticle, hits: Hits, memtable: Memtable) -> None:
        """Add what one memtable holds of an article to its hits."""
        hits.same_delivery += memtable.rows(fingerprinted.delivery_key)
        hits.same_id += memtable.rows(fingerprinted.id_key)
        if fingerprinted.words_key is not None:
            hits.same_words += memtable.rows(fingerprinted.words_key)
        if self._is_flood(hits.candidates):
            return
        size, share, sizes = fingerprinted.passage_keys.size, self._share, memtable.sizes
        estimates: dict[int, float] = {}
        for row, shared in memtable.shared(fingerprinted.passage_keys.tolist()).items():
            other = sizes[row]
            if shared >= int(share * (size if size < other else other)):
                estimates[row] = shared / (size + other - shared)
        if fingerprinted.band_keys.size and not self._is_flood(estimates):
            rows_per_band = self._settings.permutations // fingerprinted.band_keys.size
            for row, shared in memtable.shared(fingerprinted.band_keys.tolist()).items():
                estimate = (shared / fingerprinted.band_keys.size) ** (1 / rows_per_band)
                if estimate > estimates.get(row, 0.0):
                    estimates[row] = estimate
        if len(estimates) > MOST_CANDIDATES:
            hits.trimmed += len(estimates) - MOST_CANDIDATES
            estimates = dict(
                heapq.nsmallest(MOST_CANDIDATES, estimates.items(), key=lambda found: (-found[1], found[0]))
            )
        hits.candidates.update(estimates)

    def _is_flood(self, candidates: dict[int, float]) -> bool:
        """Whether so many likely near duplicates are known that further ones cannot change the verdict."""
        if len(candidates) < MOST_CANDIDATES:
            return False
        likely = (1 + self._settings.near_duplicate_jaccard) / 2
        return sum(estimate >= likely for estimate in candidates.values()) >= MOST_CANDIDATES

    def rows_under(self, key: int) -> list[int]:
        """Return every row that has a key, from segments and memtable."""
        found: list[int] = []
        for segment in self.files.segments:
            found += (segment.find(np.array([key], np.uint64))[1] + segment.block.start).tolist()
        return found + self.memtable.rows(key)

    # Housekeeping

    def compact(self, store: Store, state: State) -> None:
        """Flush full blocks of the memtable into segments, merge neighbours, and remove what has expired.

        Nothing happens if another process is doing this, or if the disk is full; the answers stay the same.
        """
        if Block.containing(self.memtable_start).end > self.end and not self.files.has_expired(state):
            return
        with store.build_lock.held_if_free() as free:
            if not free:
                return
            try:
                self._flush(store, state)
                self.files.merge_all(store, state)
                self.files.remove_unneeded(state)
                self.files.unwritten = ""
            except (OSError, DamagedSegmentError) as error:
                self.files.unwritten = str(error)

    def _flush(self, store: Store, state: State) -> None:
        """Move the full blocks of the memtable into segments."""
        while (block := Block.containing(self.memtable_start)).end <= self.end:
            self.files.flush(block, self._recent, store, state)
            recent = {row: keys for row, keys in self._recent.items() if row >= block.end}
            end = self.end
            self._restart_memtable(block.end)
            for row, (keys, size) in recent.items():
                self.memtable.add(row, keys.tolist(), size)
            self._recent, self.end = recent, end
