"""pair → CANDIDATES: articles worth comparing exactly, found without comparing all with all.

Two nets: MinHash bands for resemblance (Indyk & Motwani 1998; Broder 1997) and shared passage fingerprints for
containment (Schleimer et al. 2003). They only propose; ``relations.py`` decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import kernels
from dedupe.settings import Settings
from dedupe.tables import CANDIDATES, ragged

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]


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


def pair(fingerprints: pa.Table, settings: Settings) -> Candidates:
    """Candidate pairs of a collection.

    Articles with the same words meet in one digest bucket and only the first of them goes on to the other buckets;
    what it meets, all of them meet. Articles without words meet nobody.
    """
    twins, twin_of = _identical(fingerprints)
    unique = np.flatnonzero(twin_of == np.arange(twin_of.size))
    unique = unique[fingerprints["words"].to_numpy()[unique] > 0]
    buckets = _Buckets(settings.bucket_cap)
    found = [buckets.pairs(*keyed) for keyed in _keys(fingerprints, unique, settings)]
    met = _distinct(np.concatenate(found) if found else np.zeros((0, 2), np.int64))
    everyone = _expand(met, twins, settings.bucket_cap)
    pairs = _distinct(np.concatenate((everyone, *(buckets.within(members) for members in twins.values()))))
    table = pa.Table.from_arrays([pa.array(pairs[:, 0]), pa.array(pairs[:, 1])], schema=CANDIDATES)
    return Candidates(table, buckets.capped, buckets.largest)


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


def _keys(fingerprints: pa.Table, unique: I64, settings: Settings) -> list[tuple[U64, I64]]:
    """Bucket keys and the article of each: one pair of arrays a band, and one for the passages."""
    if unique.size == 0:
        return []
    signatures = fingerprints["signature"].combine_chunks().flatten().to_numpy().reshape(-1, settings.permutations)
    rows = rows_per_band(settings.permutations, settings.near_duplicate_jaccard, settings.candidate_recall)
    bands = kernels.band_keys(signatures[unique], rows)
    keyed = [(np.ascontiguousarray(bands[:, i]), unique) for i in range(bands.shape[1])]
    passages, offsets = ragged(fingerprints["passages"])
    owners = np.repeat(np.arange(offsets.size - 1), np.diff(offsets))
    kept = np.isin(owners, unique)
    keyed.append((passages[kept], owners[kept]))
    return keyed


class _Buckets:
    """Pairs articles that share a key, and counts what the cap did."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.capped = 0
        self.largest = 0

    def pairs(self, keys: U64, articles: I64) -> I64:
        """All pairs of distinct articles under one key, int64[pairs, 2]; every (key, article) is there once."""
        order = np.lexsort((articles, keys))
        keys, articles = keys[order], articles[order]
        starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(keys[1:] != keys[:-1]) + 1))
        sizes = np.diff(np.concatenate((starts, np.array([keys.size]))))
        found = [np.zeros((0, 2), np.int64)]
        for size in np.unique(sizes[sizes > 1]).tolist():
            members = articles[starts[sizes == size][:, None] + np.arange(size)]
            found.append(self._pairs_of(members))
        return _distinct(np.concatenate(found))

    def within(self, members: I64) -> I64:
        """All pairs of one bucket, int64[pairs, 2]."""
        return self._pairs_of(members[None, :])

    def _pairs_of(self, members: I64) -> I64:
        """Pairs within each row of equally large buckets; over the cap, every member meets the first ones only."""
        size = members.shape[1]
        self.largest = max(self.largest, size)
        first, second = np.triu_indices(min(size, self.cap), 1)
        if size > self.cap:
            self.capped += members.shape[0]
            late = np.arange(self.cap, size)
            first = np.concatenate((first, np.tile(np.arange(self.cap), late.size)))
            second = np.concatenate((second, np.repeat(late, self.cap)))
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
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    width = np.int64(high.max() + 1)
    codes = np.unique(low * width + high)
    return np.stack((codes // width, codes % width), axis=1)
