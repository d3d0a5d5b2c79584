"""pair → CANDIDATES: articles worth comparing exactly, found without comparing all with all.

Two nets: MinHash bands for resemblance (Indyk & Motwani 1998; Broder 1997) and shared passage fingerprints for
containment (Schleimer et al. 2003). They only propose; ``relations.py`` decides.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import kernels
from dedupe.settings import Settings
from dedupe.tables import CANDIDATES

Flags = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]


_ROWS_A_PART = 200_000
"""Articles for which the number of parts doubles: some 200 bucket members each, 16 bytes a member while one part of
them is sorted. Each part is picked out of all keys, so that more parts take longer."""
_BYTES_AN_ARTICLE = 200
"""What pairing an article costs with NumPy, as bytes of text signed."""
_COMMON_MEETS = 8
"""Members of an over-full passage bucket that all others meet: wording that so many articles print is boilerplate or
one much-copied text, and either is found by meeting a few of them."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """CANDIDATES and what was done to get them: buckets over the cap, and the members in the largest."""

    pairs: pa.Table
    capped_buckets: int
    largest_bucket: int


def rows_per_band(permutations: int, jaccard: float, recall: float) -> int:
    """Most rows a band may have so that a pair at ``jaccard`` shares a band with probability ``recall`` or more.

    1 - (1 - jaccard^rows)^(permutations // rows); datasketch's own choice weighs errors over all similarities and
    finds a pair exactly at the threshold only 31 to 64 % of the time.

    >>> rows_per_band(128, 0.5, 0.995)
    3
    """
    for rows in range(permutations, 1, -1):
        if 1 - (1 - jaccard**rows) ** (permutations // rows) >= recall:
            return rows
    return 1


def pair(fingerprints: pa.Table, settings: Settings, twin: str = "auto") -> Candidates:
    """Candidate pairs of a collection. ``twin``: kernels to use, by name.

    Articles with the same words meet in one digest bucket and only the first of them goes on to the other buckets;
    what it meets, all of them meet. Articles without words meet nobody.
    """
    using = kernels.pick(_BYTES_AN_ARTICLE * fingerprints.num_rows, twin)
    twins, twin_of = _identical(fingerprints)
    unique = (twin_of == np.arange(twin_of.size)) & (fingerprints["words"].to_numpy() > 0)
    row_bits = max(1, (twin_of.size - 1).bit_length())
    parts = _parts(twin_of.size)
    bands = _Buckets(settings.bucket_cap, settings.bucket_cap)
    passages = _Buckets(settings.bucket_cap, min(settings.bucket_cap, _COMMON_MEETS))
    found = [np.zeros((0, 2), np.int64)]
    with ThreadPoolExecutor(settings.threads) as pool:
        for buckets, keyed in (
            (bands, _band_keys(fingerprints["signature"], settings, using)),
            (passages, _passages(fingerprints["passages"])),
        ):
            met = pool.map(lambda part: _members(keyed, unique, row_bits, part, parts, using), range(parts))  # noqa: B023
            found += [buckets.pairs(members, row_bits) for members in met]
    everyone = _expand(_distinct(np.concatenate(found)), twins, settings.bucket_cap)
    pairs = _distinct(np.concatenate((everyone, *(bands.within(members) for members in twins.values()))))
    table = pa.Table.from_arrays([pa.array(pairs[:, 0]), pa.array(pairs[:, 1])], schema=CANDIDATES)
    return Candidates(table, bands.capped + passages.capped, max(bands.largest, passages.largest))


def _identical(fingerprints: pa.Table) -> tuple[dict[int, I64], I64]:
    """Groups of two or more articles with the same words, by their first, and the first of every article."""
    digests = fingerprints["digest"].to_numpy()
    _, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
    twin_of = first[inverse].astype(np.int64)
    worded = fingerprints["words"].to_numpy() > 0
    repeated = np.flatnonzero(worded & (np.bincount(twin_of, minlength=twin_of.size)[twin_of] > 1))
    order = repeated[np.argsort(twin_of[repeated], kind="stable")]
    borders = np.flatnonzero(np.diff(twin_of[order])) + 1
    return {int(group[0]): group for group in np.split(order, borders) if group.size}, twin_of


def _parts(rows: int) -> int:
    """Parts, a power of two, in which buckets are sorted, so that memory does not grow with the collection."""
    return 1 << max(2, (rows // _ROWS_A_PART).bit_length())


def _band_keys(column: pa.ChunkedArray, settings: Settings, using: ModuleType) -> list[tuple[U64, I64]]:
    """Keys of all bands of each article: ragged uint64, one a chunk."""
    rows = rows_per_band(settings.permutations, settings.near_duplicate_jaccard, settings.candidate_recall)
    keyed = []
    for chunk in column.chunks:
        keys = using.band_keys(chunk.flatten().to_numpy().reshape(len(chunk), -1), rows)
        flat, offsets = keys.ravel(), np.arange(len(chunk) + 1) * keys.shape[1]
        # Like Arrow's own arrays: kernels are compiled for each kind.
        flat.flags.writeable = offsets.flags.writeable = False
        keyed.append((flat, offsets))
    return keyed


def _passages(column: pa.ChunkedArray) -> list[tuple[U64, I64]]:
    """Passages of each article: ragged uint64, one a chunk."""
    return [(chunk.values.to_numpy(), chunk.offsets.to_numpy()) for chunk in column.chunks]


def _members(
    keyed: list[tuple[U64, I64]], wanted: Flags, row_bits: int, part: int, parts: int, using: ModuleType
) -> U64:
    """Members of the buckets of one part that hold two or more wanted articles, packed as kernels do, ascending.

    Two different keys may agree in the bits that are left beside a row number: with 10^8 members of 10^6 articles
    some 300 pairs are proposed for nothing.
    """
    packed, first = [np.zeros(0, np.uint64)], 0
    for keys, offsets in keyed:
        packed.append(using.bucket_members(keys, offsets, first, row_bits, part, parts))
        first += offsets.size - 1
    members = np.concatenate(packed)
    members.sort()
    met: U64 = using.shared_buckets(members, row_bits)
    if not wanted.all():
        met = using.shared_buckets(met[wanted[(met & np.uint64((1 << row_bits) - 1)).astype(np.int64)]], row_bits)
    return met


class _Buckets:
    """Pairs articles that share a key, and counts what the cap did: in a bucket over ``cap`` members meet only the
    first ``meets`` of it."""

    def __init__(self, cap: int, meets: int) -> None:
        self.cap = cap
        self.meets = meets
        self.capped = 0
        self.largest = 0

    def pairs(self, members: U64, row_bits: int) -> I64:
        """All pairs of distinct articles under one key, int64[pairs, 2]; every packed member is there once."""
        keys = members >> np.uint64(row_bits)
        articles = (members & np.uint64((1 << row_bits) - 1)).astype(np.int64)
        starts = np.flatnonzero(np.concatenate((np.ones(1, np.bool_), keys[1:] != keys[:-1]))[: keys.size])
        sizes = np.diff(np.append(starts, keys.size))
        found = (
            self._pairs_of(articles[starts[sizes == size][:, None] + np.arange(size)])
            for size in np.unique(sizes).tolist()
        )
        return np.concatenate((np.zeros((0, 2), np.int64), *found))

    def within(self, members: I64) -> I64:
        """All pairs of one bucket, int64[pairs, 2]."""
        return self._pairs_of(members[None, :])

    def _pairs_of(self, members: I64) -> I64:
        """Pairs within each row of equally large buckets."""
        size = members.shape[1]
        self.largest = max(self.largest, size)
        if size <= self.cap:
            first, second = np.triu_indices(size, 1)
        else:
            self.capped += members.shape[0]
            late = np.arange(self.meets, size)
            first, second = np.triu_indices(self.meets, 1)
            first = np.concatenate((first, np.tile(np.arange(self.meets), late.size)))
            second = np.concatenate((second, np.repeat(late, self.meets)))
        return np.stack((members[:, first].ravel(), members[:, second].ravel()), axis=1)


def _expand(met: I64, twins: dict[int, I64], cap: int) -> I64:
    """Let the twins of two articles that met meet too: all with all, or over ``cap`` squared, all with the firsts."""
    if not twins:
        return met
    found = [met]
    firsts = np.fromiter(twins, np.int64, len(twins))
    for left, right in met[np.isin(met, firsts).any(axis=1)].tolist():
        lefts, rights = twins.get(left, np.array([left])), twins.get(right, np.array([right]))
        if lefts.size * rights.size > cap * cap:
            found.append(np.stack((lefts, np.full(lefts.size, right)), axis=1))
            found.append(np.stack((np.full(rights.size, left), rights), axis=1))
        else:
            found.append(np.stack((np.repeat(lefts, rights.size), np.tile(rights, lefts.size)), axis=1))
    return np.concatenate(found)


def _distinct(pairs: I64) -> I64:
    """Each pair once, the smaller row first, ascending."""
    if pairs.size == 0:
        return pairs
    codes = (np.minimum(pairs[:, 0], pairs[:, 1]) << 32) | np.maximum(pairs[:, 0], pairs[:, 1])
    codes.sort()
    codes = codes[np.concatenate(([True], codes[1:] != codes[:-1]))]
    return np.stack((codes >> 32, codes & 0xFFFFFFFF), axis=1)
