"""Segments: immutable files that list which articles of one block of rows have a key.

``build`` writes the segment of a lowest-level block from its keys, ``merge`` writes one segment from four neighbours,
and ``Segment`` opens a file, checks it and looks up many keys at once.

A segment depends only on the rows of its block. So any process may build it, more than once and in any order: the file
is written under a temporary name, synced and renamed, and a missing or damaged one is built again. Its header says
which rows it stands for, by their ``History``, so a file of another index, or of rows that are no longer there, is
noticed.

A file holds, in little-endian order: a header, the number of passage fingerprints of each article
(``uint16[articles]``, or ABSENT), the postings (``uint32[postings]``) and a directory (``uint32[buckets + 1]``). The
highest bits of a key choose a bucket, and the directory says where the postings of each bucket begin. A posting holds
the next bits of the key and, in its lowest bits, the article's place in the block. Together 38 bits of a key are
compared. Articles that share these bits by chance are distinguished later, by their rows.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dedupe.arrays import I64, U8, U16, U32, U64
from dedupe.index.storage.failpoints import failpoint
from dedupe.kernels import run_starts

BASE_BITS, FAN_BITS, TOP_LEVEL = 11, 2, 4
"""A block of level L holds 2^(BASE_BITS + FAN_BITS × L) rows: 2,048 × 4^L, up to 524,288 at TOP_LEVEL. A million
articles then have two dozen files, and merging writes each posting up to four more times."""

_EXTRA_BITS = 6
"""A segment has 2^6 buckets per article. An article has about 120 keys, so a bucket holds two postings on average."""

_KEY_BITS = 32 + _EXTRA_BITS
"""Highest bits of a 64-bit key that are compared."""

_PLACE_BITS = 20
"""Bits of an article's place in the block while keys are sorted: a pair is key << 20 | place."""

_SLICES_BITS = 4
"""A merge sorts one sixteenth (2^-4) of the keys at a time: at the top level 4 million postings, 32 MB."""

_CHECK_BYTES = 1 << 24
"""Bytes that are read at a time to compute a checksum."""

ABSENT = 2**16 - 1
"""Stands in place of the number of passage fingerprints of a row that was not there when the segment was built."""

_MAGIC = b"dedupeS2"

_HEADER = struct.Struct("<8s16s16sIIQQIIIQ40xI")
"""Magic, id of the index, digest of the history, level and bits of the block, place of the block, postings, capped
keys, articles that are kept under one key, CRC-32 of the content, file size in bytes, zeros, and CRC-32 of the header
before it."""


class DamagedSegmentError(Exception):
    """A segment file is incomplete or does not match its checksums. The index catches this and builds it again."""


@dataclass(frozen=True, slots=True)
class History:
    """All rows that an index ever stored up to one of them, in 32 bytes.

    ``index_id`` is a random number of the index, 16 bytes. ``digest`` is a hash of it and of the checksums of these
    rows in their order, 16 bytes.
    """

    index_id: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """An aligned range of row numbers: the ``place``-th block of its level, counted from 0."""

    level: int
    place: int

    @staticmethod
    def containing(row: int, level: int = 0) -> Block:
        """The block of a level that a row is in."""
        return Block(level, row >> (BASE_BITS + FAN_BITS * level))

    @property
    def bits(self) -> int:
        """Bits of an article's place in the block."""
        return BASE_BITS + FAN_BITS * self.level

    @property
    def start(self) -> int:
        """First row number. Rows are numbered from 1, so no row has the first number of block 0."""
        return self.place << self.bits

    @property
    def end(self) -> int:
        """Row number after the last one."""
        return (self.place + 1) << self.bits

    @property
    def children(self) -> tuple[Block, ...]:
        """The four blocks of the level below that make up this block; none for the lowest level."""
        first = self.place << FAN_BITS
        return tuple(Block(self.level - 1, first + i) for i in range(1 << FAN_BITS)) if self.level else ()

    @property
    def parent(self) -> Block:
        """The block of the level above that contains this block."""
        return Block(self.level + 1, self.place >> FAN_BITS)

    @property
    def file_name(self) -> str:
        """Name of the segment file. Names of one level sort in row order."""
        return f"segment-{self.level}-{self.place:012d}"


def block_of(file_name: str) -> Block | None:
    """Return the block that a segment file is named after, None for any other file name."""
    name, _, rest = file_name.partition("-")
    level, _, place = rest.partition("-")
    if name != "segment" or not (level.isdecimal() and place.isdecimal()):
        return None
    block = Block(int(level), int(place))
    return block if block.file_name == file_name and block.level <= TOP_LEVEL else None


class Segment:
    """One opened segment.

    ``sizes``: number of passage fingerprints of each article, or ABSENT, uint16[articles]. ``history``: of the rows
    below the end of the block. ``cap``: most articles that are kept under one key. ``capped_keys``: number of keys that
    more articles have. ``bytes``: size of the file.
    """

    def __init__(self, folder: Path, block: Block) -> None:
        """Open a file and check it. Raises ``DamagedSegmentError``, also for a file that cannot be read."""
        self.block = block
        path = folder / block.file_name
        try:
            data = np.memmap(path, np.uint8, "r").view(np.ndarray)
        except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            raise DamagedSegmentError(f"{block.file_name}: {error}") from error
        self.history, postings, self.capped_keys, self.cap = _checked_header(data, block)
        articles, buckets = 1 << block.bits, 1 << (block.bits + _EXTRA_BITS)
        ends = np.cumsum([_HEADER.size, 2 * articles, 4 * postings, 4 * (buckets + 1)])
        self.sizes: U16 = data[ends[0] : ends[1]].view("<u2")
        self._postings: U32 = data[ends[1] : ends[2]].view("<u4")
        self._directory: U32 = data[ends[2] : ends[3]].view("<u4")
        self.bytes = int(data.size)

    @property
    def postings(self) -> int:
        """Number of postings."""
        return int(self._postings.size)

    @property
    def absent_rows(self) -> I64:
        """The rows of the block that were not there when the segment was built, int64[rows]."""
        return np.flatnonzero(self.sizes == ABSENT) + self.block.start

    def find(self, keys: U64) -> tuple[I64, I64]:
        """Find the articles that have each key.

        ``keys``: uint64[keys] in any order. Ascending keys are found faster, because neighbours share memory pages.
        Returns a position in ``keys`` and an article's place in the block for every hit, int64[hits] each.
        """
        remainder_bits = 32 - self.block.bits
        buckets = (keys >> np.uint64(64 - _KEY_BITS + remainder_bits)).astype(np.int64)
        starts = self._directory.take(buckets).astype(np.int64)
        counts = self._directory.take(buckets + 1) - starts
        ends = np.cumsum(counts)
        # ``dedupe.kernels.ranges`` written out: every look-up comes through here.
        positions = np.repeat(starts - ends + counts, counts)
        positions += np.arange(positions.size)
        postings = self._postings.take(positions)
        wanted = (keys >> np.uint64(64 - _KEY_BITS)).astype(np.uint32) & np.uint32((1 << remainder_bits) - 1)
        hits = np.flatnonzero((postings >> np.uint32(self.block.bits)) == np.repeat(wanted, counts))
        asked = np.searchsorted(ends, hits, "right")
        return asked, (postings[hits] & np.uint32((1 << self.block.bits) - 1)).astype(np.int64)

    def slice(self, number: int) -> U64:
        """Return one sixteenth of the key range, uint64[postings], as ascending pairs key << 20 | place."""
        width = 1 << (self.block.bits + _EXTRA_BITS - _SLICES_BITS)
        directory = self._directory[number * width : (number + 1) * width + 1].astype(np.int64)
        buckets = np.repeat(np.arange(number * width, (number + 1) * width, dtype=np.uint64), np.diff(directory))
        postings = self._postings[directory[0] : directory[-1]].astype(np.uint64)
        bits = np.uint64(self.block.bits)
        key = (buckets << (np.uint64(32) - bits)) | (postings >> bits)
        return (key << np.uint64(_PLACE_BITS)) | (postings & ((np.uint64(1) << bits) - np.uint64(1)))


def _checked_header(data: U8, block: Block) -> tuple[History, int, int, int]:
    """Return the history, the number of postings and of capped keys, and the cap, after checking all checksums."""
    raw = data[: _HEADER.size].tobytes()
    if len(raw) < _HEADER.size or zlib.crc32(raw[:-4]) != struct.unpack("<I", raw[-4:])[0]:
        raise DamagedSegmentError(f"{block.file_name}: the header does not match its checksum")
    magic, index_id, digest, level, bits, place, postings, capped, cap, stored_crc, size, _ = _HEADER.unpack(raw)
    if (magic, level, bits, place, size) != (_MAGIC, block.level, block.bits, block.place, data.size):
        raise DamagedSegmentError(f"{block.file_name}: the header is that of another file")
    crc = 0
    for start in range(_HEADER.size, data.size, _CHECK_BYTES):
        crc = zlib.crc32(data[start : start + _CHECK_BYTES].data, crc)
    if crc != stored_crc:
        raise DamagedSegmentError(f"{block.file_name}: the content does not match its checksum")
    return History(index_id, digest), postings, capped, cap


def build(folder: Path, block: Block, history: History, keys: U64, places: I64, sizes: U16, cap: int) -> None:
    """Write the segment of a lowest-level block.

    ``history``: of the rows below the end of the block. ``keys`` and ``places``: the article at ``places[i]`` of the
    block has ``keys[i]``, uint64[postings] and int64[postings]. ``sizes``: number of passage fingerprints of each
    article, or ABSENT, uint16[articles]. ``cap``: most articles that are kept under one key.
    """
    short = keys >> np.uint64(64 - _KEY_BITS)
    pairs = np.sort((short << np.uint64(_PLACE_BITS)) | places.astype(np.uint64))
    _write(folder, block, history, [pairs], sizes, cap)


def merge(folder: Path, parts: Sequence[Segment], cap: int) -> None:
    """Write the segment of the block that contains four neighbours, one slice of the keys after the other."""
    sizes = np.concatenate([part.sizes for part in parts])

    def slices() -> Iterator[U64]:
        for number in range(1 << _SLICES_BITS):
            moved = [part.slice(number) + np.uint64(nth << part.block.bits) for nth, part in enumerate(parts)]
            yield np.sort(np.concatenate(moved))

    _write(folder, parts[0].block.parent, parts[-1].history, slices(), sizes, min(cap, *(part.cap for part in parts)))


def _write(folder: Path, block: Block, history: History, slices: Iterable[U64], sizes: U16, cap: int) -> None:
    """Write a segment from ascending slices of ascending pairs key << 20 | place.

    A key that more than ``cap`` articles have keeps its first and its newest articles.
    """
    bits = np.uint64(block.bits)
    buckets = np.zeros((1 << (block.bits + _EXTRA_BITS)) + 1, "<u4")
    capped = crc = 0

    def content() -> Iterator[memoryview]:
        nonlocal capped
        yield sizes.astype("<u2").data
        for pairs in slices:
            kept, crowded = _cap(pairs, cap)
            capped += crowded
            key = kept >> np.uint64(_PLACE_BITS)
            bucket = (key >> (np.uint64(32) - bits)).astype(np.int64)
            if bucket.size:
                first = int(bucket[0])
                counts = np.bincount(bucket - first)
                buckets[first + 1 : first + 1 + counts.size] += counts.astype("<u4")
            place = kept & ((np.uint64(1) << bits) - np.uint64(1))
            yield (((key << bits) & np.uint64(0xFFFFFFFF)) | place).astype("<u4").data
        yield np.cumsum(buckets, out=buckets).data

    with _replacing(folder, block.file_name) as file:
        file.write(bytes(_HEADER.size))
        for part in content():
            crc = zlib.crc32(part, crc)
            file.write(part)
        names = (_MAGIC, history.index_id, history.digest, block.level, block.bits, block.place)
        header = _HEADER.pack(*names, int(buckets[-1]), capped, cap, crc, file.tell(), 0)
        file.seek(0)
        file.write(header[:-4] + struct.pack("<I", zlib.crc32(header[:-4])))


def _cap(pairs: U64, cap: int) -> tuple[U64, int]:
    """Keep the first and the newest articles of every key, at most ``cap`` in all.

    Returns the pairs that are kept and the number of keys that had more.
    """
    key = pairs >> np.uint64(_PLACE_BITS)
    starts = run_starts(key)
    lengths = np.diff(starts, append=key.size)
    crowded = lengths > cap
    if not crowded.any():
        return pairs, 0
    rank = np.arange(key.size) - np.repeat(starts, lengths)
    from_end = np.repeat(lengths, lengths) - rank
    keep = (rank < cap - cap // 2) | (from_end <= cap // 2)
    return pairs[keep], int(np.count_nonzero(crowded))


@contextlib.contextmanager
def _replacing(folder: Path, name: str) -> Iterator[BinaryIO]:
    """Open a file that appears under its name complete or not at all, even after a power failure."""
    temporary = folder / f"{name}.{os.getpid()}-{threading.get_ident()}.tmp"
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        failpoint("segment written")
        temporary.replace(folder / name)
        failpoint("segment renamed")
        sync_folder(folder)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Make the renames in a folder durable. Does nothing on systems other than POSIX, which have no such call."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
