"""Segments: immutable files that say which articles of one block of rows stand under a key.

    build(…)   keys of a block of rows → a segment file        merge(…)   four neighbours → one
    Segment    an opened, checked file: ``find`` looks up many keys at once

A segment is a pure function of the rows of its block, so any process may build it, twice, in any order: it is written
beside its place, synced and renamed, and whatever is missing or damaged is built again. Layout, little-endian: header,
passage fingerprints an article uint16[articles], postings uint32[postings], directory uint32[buckets + 1]. A key's
highest bits choose a bucket, the directory says where its postings begin; a posting is the next bits of the key and,
in the lowest bits, the article's place in the block. 38 bits of a key are compared: what they confuse, the rows tell
apart.
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

BASE_BITS, FAN_BITS, TOP_LEVEL = 11, 2, 4
"""Blocks hold 2,048 · 4^level rows, up to 524,288: two dozen files for a million articles, and four times the write."""

_EXTRA_BITS = 6
"""Buckets an article; with about 120 keys an article a bucket holds two postings."""

_KEY_BITS = 32 + _EXTRA_BITS

_SLICES_BITS = 4
"""A merge sorts one sixteenth of the keys at a time: at the top level 4 million postings, 32 MB."""

_CHECK_BYTES = 1 << 24

_MAGIC = b"dedupeS1"

_HEADER = struct.Struct("<8sIIQQIIQI")

_PADDED_HEADER = 64


class DamagedSegmentError(Exception):
    """A segment file is incomplete or does not match its checksums. Stays inside the index, which rebuilds it."""


@dataclass(frozen=True, slots=True)
class Block:
    """An aligned range of row ids: ``place``-th block of its level."""

    level: int
    place: int

    @property
    def bits(self) -> int:
        """Bits of an article's place in the block."""
        return BASE_BITS + FAN_BITS * self.level

    @property
    def start(self) -> int:
        """First row id; ids count from 1, so that block 0 begins with an id nobody has."""
        return self.place << self.bits

    @property
    def end(self) -> int:
        """Row id behind the last one."""
        return (self.place + 1) << self.bits

    @property
    def parts(self) -> tuple[Block, ...]:
        """The blocks one level below, none for the lowest level."""
        first = self.place << FAN_BITS
        return tuple(Block(self.level - 1, first + i) for i in range(1 << FAN_BITS)) if self.level else ()

    @property
    def parent(self) -> Block:
        """The block one level above."""
        return Block(self.level + 1, self.place >> FAN_BITS)

    @property
    def file_name(self) -> str:
        """Made of numbers only, in row order."""
        return f"segment-{self.level}-{self.place:012d}"


def block_of(file_name: str) -> Block | None:
    """The block a segment file is named after, None for other files."""
    name, _, rest = file_name.partition("-")
    level, _, place = rest.partition("-")
    if name != "segment" or not (level.isdecimal() and place.isdecimal()):
        return None
    block = Block(int(level), int(place))
    return block if block.file_name == file_name and block.level <= TOP_LEVEL else None


class Segment:
    """One opened segment. ``capped_keys``: keys under which more articles stand than are kept."""

    def __init__(self, folder: Path, block: Block) -> None:
        """Open and check a file. Raises ``DamagedSegmentError``."""
        self.block = block
        path = folder / block.file_name
        try:
            data = np.memmap(path, np.uint8, "r").view(np.ndarray)
        except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            raise DamagedSegmentError(f"{block.file_name}: {error}") from error
        postings, self.capped_keys = _checked_header(data, block)
        articles, buckets = 1 << block.bits, 1 << (block.bits + _EXTRA_BITS)
        ends = np.cumsum([_PADDED_HEADER, 2 * articles, 4 * postings, 4 * (buckets + 1)])
        self.sizes: U16 = data[ends[0] : ends[1]].view("<u2")
        self._postings: U32 = data[ends[1] : ends[2]].view("<u4")
        self._directory: U32 = data[ends[2] : ends[3]].view("<u4")
        self.bytes = int(data.size)

    @property
    def postings(self) -> int:
        """Number of postings."""
        return int(self._postings.size)

    def find(self, keys: U64) -> tuple[I64, I64]:
        """Which key stands at which article: positions in ``keys`` and places in the block, int64[hits] each.

        Ascending keys are found faster, since neighbours share memory pages.
        """
        remainder_bits = 32 - self.block.bits
        buckets = (keys >> np.uint64(64 - _KEY_BITS + remainder_bits)).astype(np.int64)
        starts = self._directory.take(buckets).astype(np.int64)
        counts = self._directory.take(buckets + 1) - starts
        ends = np.cumsum(counts)
        places = np.repeat(starts - ends + counts, counts)
        places += np.arange(places.size)
        held = self._postings.take(places)
        wanted = (keys >> np.uint64(64 - _KEY_BITS)).astype(np.uint32) & np.uint32((1 << remainder_bits) - 1)
        hits = np.flatnonzero((held >> np.uint32(self.block.bits)) == np.repeat(wanted, counts))
        asked = np.searchsorted(ends, hits, "right")
        return asked, (held[hits] & np.uint32((1 << self.block.bits) - 1)).astype(np.int64)

    def slice(self, number: int) -> U64:
        """Keys of one sixteenth of the key range with their articles: key << 20 | place, ascending."""
        width = 1 << (self.block.bits + _EXTRA_BITS - _SLICES_BITS)
        directory = self._directory[number * width : (number + 1) * width + 1].astype(np.int64)
        buckets = np.repeat(np.arange(number * width, (number + 1) * width, dtype=np.uint64), np.diff(directory))
        held = self._postings[directory[0] : directory[-1]].astype(np.uint64)
        bits = np.uint64(self.block.bits)
        key = (buckets << (np.uint64(32) - bits)) | (held >> bits)
        return (key << np.uint64(20)) | (held & ((np.uint64(1) << bits) - np.uint64(1)))


def _checked_header(data: U8, block: Block) -> tuple[int, int]:
    """Number of postings and of capped keys, once header and body match their checksums."""
    raw = data[: _HEADER.size].tobytes()
    if len(raw) < _HEADER.size or zlib.crc32(raw[:-4]) != struct.unpack("<I", raw[-4:])[0]:
        raise DamagedSegmentError(f"{block.file_name}: the header does not match its checksum")
    magic, level, bits, place, postings, capped, crc, size, _ = _HEADER.unpack(raw)
    if (magic, level, bits, place, size) != (_MAGIC, block.level, block.bits, block.place, data.size):
        raise DamagedSegmentError(f"{block.file_name}: the header is that of another file")
    found = 0
    for start in range(_PADDED_HEADER, data.size, _CHECK_BYTES):
        found = zlib.crc32(data[start : start + _CHECK_BYTES].data, found)
    if found != crc:
        raise DamagedSegmentError(f"{block.file_name}: the content does not match its checksum")
    return postings, capped


def build(folder: Path, block: Block, keys: U64, places: I64, sizes: U16, cap: int) -> None:
    """Write the segment of a lowest-level block: ``places[i]`` of the block stands under ``keys[i]``."""
    short = keys >> np.uint64(64 - _KEY_BITS)
    pairs = np.sort((short << np.uint64(20)) | places.astype(np.uint64))
    _write(folder, block, [pairs], sizes, cap)


def merge(folder: Path, parts: Sequence[Segment], cap: int) -> None:
    """Write the segment of the block above four neighbours, one slice of the keys after the other."""
    sizes = np.concatenate([part.sizes for part in parts])

    def slices() -> Iterator[U64]:
        for number in range(1 << _SLICES_BITS):
            moved = [part.slice(number) + np.uint64(nth << part.block.bits) for nth, part in enumerate(parts)]
            yield np.sort(np.concatenate(moved))

    _write(folder, parts[0].block.parent, slices(), sizes, cap)


def _write(folder: Path, block: Block, pieces: Iterable[U64], sizes: U16, cap: int) -> None:
    """Write ascending pieces of key << 20 | place; keys with more than ``cap`` articles keep the first and newest."""
    bits = np.uint64(block.bits)
    buckets = np.zeros((1 << (block.bits + _EXTRA_BITS)) + 1, "<u4")
    capped = crc = 0

    def body() -> Iterator[memoryview]:
        nonlocal capped
        yield sizes.astype("<u2").data
        for pairs in pieces:
            kept, found = _cap(pairs, cap)
            capped += found
            key = kept >> np.uint64(20)
            bucket = (key >> (np.uint64(32) - bits)).astype(np.int64)
            if bucket.size:
                first = int(bucket[0])
                counts = np.bincount(bucket - first)
                buckets[first + 1 : first + 1 + counts.size] += counts.astype("<u4")
            place = kept & ((np.uint64(1) << bits) - np.uint64(1))
            yield (((key << bits) & np.uint64(0xFFFFFFFF)) | place).astype("<u4").data
        yield np.cumsum(buckets, out=buckets).data

    with _replacing(folder, block.file_name) as file:
        file.write(bytes(_PADDED_HEADER))
        for part in body():
            crc = zlib.crc32(part, crc)
            file.write(part)
        header = _HEADER.pack(
            _MAGIC, block.level, block.bits, block.place, int(buckets[-1]), capped, crc, file.tell(), 0
        )
        file.seek(0)
        file.write(header[:-4] + struct.pack("<I", zlib.crc32(header[:-4])))


def _cap(pairs: U64, cap: int) -> tuple[U64, int]:
    """Leave every key its first and its newest articles, ``cap`` in all, and count the keys that had more."""
    key = pairs >> np.uint64(20)
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, key.size), bool), key[1:] != key[:-1])))
    lengths = np.diff(np.concatenate((starts, [key.size])))
    crowded = lengths > cap
    if not crowded.any():
        return pairs, 0
    position = np.arange(key.size) - np.repeat(starts, lengths)
    from_end = np.repeat(lengths, lengths) - position
    keep = (position < cap - cap // 2) | (from_end <= cap // 2)
    return pairs[keep], int(np.count_nonzero(crowded))


@contextlib.contextmanager
def _replacing(folder: Path, name: str) -> Iterator[BinaryIO]:
    """A file that appears complete or not at all, even after a power failure."""
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
    """Make renames in a folder durable (POSIX; other systems have no such call)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
