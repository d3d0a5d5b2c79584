"""pair → CANDIDATES: articles worth comparing exactly, found without comparing all with all.

Two nets: MinHash bands for resemblance (Indyk & Motwani 1998; Broder 1997) and shared passage fingerprints for
containment (Schleimer et al. 2003). They only propose; ``relations.py`` decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import comb

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U32, U64
from dedupe.kernels import REFERENCE, Backend
from dedupe.parallel import in_threads
from dedupe.schemas import CANDIDATES
from dedupe.settings import Settings

_ROWS_A_PART = 200_000
"""Articles for which the number of parts doubles: some 200 passages each, 16 bytes a passage while one part of them is
sorted. Each part is picked out of all keys, so that more parts take longer."""

_COMMON_MEETS = 8
"""Members of an over-full bucket that all others meet: what so many articles share is boilerplate or one much-copied
text, and either is found by meeting a few of them."""

_MISSED_BY_ESTIMATE = 1e-6

_NO_PAIRS = np.zeros((0, 2), np.int64)


@dataclass(frozen=True, slots=True)
class Candidates:
    """CANDIDATES and what was done to get them: buckets over the cap, and the members in the largest."""

    pairs: pa.Table
    capped_buckets: int
    largest_bucket: int


def cap_warnings(counts: Mapping[str, int], settings: Settings) -> list[str]:
    """What the cap kept from being compared, in words; ``counts`` as in ``Candidates``."""
    if not counts["capped_buckets"]:
        return []
    return [
        f"{counts['capped_buckets']} buckets hold more than {settings.bucket_cap} articles (largest "
        f"{counts['largest_bucket']}); there, articles were compared with the first {_meets(settings)} only"
    ]


def _meets(settings: Settings) -> int:
    return min(settings.bucket_cap, _COMMON_MEETS)


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


def least_agreements(permutations: int, jaccard: float) -> int:
    """Fewest equal minima of a pair worth measuring: one at ``jaccard`` has fewer once in a million times.

    Minima agree independently, each with a probability of the Jaccard (Broder 1997).

    >>> least_agreements(128, 0.5)
    37
    """
    missed = 0.0
    for count in range(permutations + 1):
        missed += comb(permutations, count) * jaccard**count * (1 - jaccard) ** (permutations - count)
        if missed > _MISSED_BY_ESTIMATE:
            return count
    return permutations


def find_candidates(fingerprints: pa.Table, settings: Settings, backend: Backend = REFERENCE) -> Candidates:
    """Candidate pairs of a collection.

    Articles with the same words meet in one digest bucket and only the first of them goes on to the other buckets;
    what it meets, all of them meet. Articles without words meet nobody.
    """
    buckets = _Buckets(fingerprints["words"].to_numpy(), fingerprints["digest"].to_numpy(), settings, backend)
    signatures = fingerprints["signature"].combine_chunks().flatten().to_numpy().reshape(-1, settings.permutations)
    passages = [(chunk.values.to_numpy(), chunk.offsets.to_numpy()) for chunk in fingerprints["passages"].chunks]
    return buckets.candidates([*buckets.of_bands(signatures), *buckets.of_passages(passages)])


def find_near_duplicate_candidates(
    words: I64, digests: U64, signatures: U32, settings: Settings, backend: Backend = REFERENCE
) -> Candidates:
    """The same for near duplicates alone, from sketches: pairs that share a band, and whose minima do not say that they
    are far below the threshold. Excerpts are not looked for."""
    buckets = _Buckets(words, digests, settings, backend)
    least = least_agreements(settings.permutations, settings.near_duplicate_jaccard)
    met = [
        pairs[backend.equal_minima(signatures, pairs[:, 0].copy(), pairs[:, 1].copy()) >= least]
        for pairs in buckets.of_bands(signatures)
    ]
    return buckets.candidates(met)


def _identical(words: I64, digests: U64) -> tuple[dict[int, I64], I64]:
    """Groups of two or more articles with the same words, by their first, and the first of every article."""
    _, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
    twin_of = first[inverse].astype(np.int64)
    repeated = np.flatnonzero((words > 0) & (np.bincount(twin_of, minlength=twin_of.size)[twin_of] > 1))
    order = repeated[np.argsort(twin_of[repeated], kind="stable")]
    borders = np.flatnonzero(np.diff(twin_of[order])) + 1
    return {int(group[0]): group for group in np.split(order, borders) if group.size}, twin_of


class _Buckets:
    """Pairs the articles that share a key, and counts what the cap did."""

    def __init__(self, words: I64, digests: U64, settings: Settings, backend: Backend) -> None:
        self._settings = settings
        self._backend = backend
        self._twins, twin_of = _identical(words, digests)
        self._unique = (twin_of == np.arange(words.size)) & (words > 0)
        self._row_bits = max(1, (words.size - 1).bit_length())
        self._capped = 0
        self._largest = 0

    def of_bands(self, signatures: U32) -> Iterator[I64]:
        """Pairs of each band, int64[pairs, 2]."""
        settings = self._settings
        rows = rows_per_band(settings.permutations, settings.near_duplicate_jaccard, settings.candidate_recall)

        def members(band: int) -> U64:
            return self._shared(self._backend.band_members(signatures, band, rows, self._row_bits))

        return map(self._pairs, in_threads(members, range(settings.permutations // rows), settings.threads))

    def of_passages(self, chunks: list[tuple[U64, I64]]) -> Iterator[I64]:
        """Pairs that share a passage, int64[pairs, 2], in parts: memory does not grow with the collection."""
        parts = 1 << max(2, (self._unique.size // _ROWS_A_PART).bit_length())

        def members(part: int) -> U64:
            packed, first = [np.zeros(0, np.uint64)], 0
            for keys, offsets in chunks:
                packed.append(self._backend.bucket_members(keys, offsets, first, self._row_bits, part, parts))
                first += offsets.size - 1
            return self._shared(np.concatenate(packed))

        return map(self._pairs, in_threads(members, range(parts), self._settings.threads))

    def candidates(self, met: list[I64]) -> Candidates:
        """What met, with all that have the same words as one of the two, each pair once."""
        everyone = _expand(_distinct(np.concatenate([_NO_PAIRS, *met])), self._twins, self._settings.bucket_cap)
        same = [self._pairs_of(members[None, :]) for members in self._twins.values()]
        pairs = _distinct(np.concatenate((everyone, *same)))
        table = pa.Table.from_arrays([pa.array(pairs[:, 0]), pa.array(pairs[:, 1])], schema=CANDIDATES)
        return Candidates(table, self._capped, self._largest)

    def _shared(self, members: U64) -> U64:
        """Packed members, ascending, without those alone in their bucket and those that others stand for.

        Two different keys may agree in the bits that are left beside a row number: with 10^8 members of 10^6 articles
        some 300 pairs are proposed for nothing.
        """
        members.sort()
        met: U64 = self._backend.shared_buckets(members, self._row_bits)
        if not self._unique.all():
            met = self._backend.shared_buckets(met[self._unique[self._rows(met)]], self._row_bits)
        return met

    def _rows(self, members: U64) -> I64:
        return (members & np.uint64((1 << self._row_bits) - 1)).astype(np.int64)

    def _pairs(self, members: U64) -> I64:
        """All pairs of distinct articles under one key, int64[pairs, 2]; every packed member is there once."""
        keys, articles = members >> np.uint64(self._row_bits), self._rows(members)
        starts = np.flatnonzero(np.concatenate((np.ones(1, np.bool_), keys[1:] != keys[:-1]))[: keys.size])
        sizes = np.diff(np.append(starts, keys.size))
        found = (
            self._pairs_of(articles[starts[sizes == size][:, None] + np.arange(size)])
            for size in np.unique(sizes).tolist()
        )
        return np.concatenate((_NO_PAIRS, *found))

    def _pairs_of(self, members: I64) -> I64:
        """Pairs within each row of equally large buckets."""
        size, cap = members.shape[1], self._settings.bucket_cap
        self._largest = max(self._largest, size)
        if size <= cap:
            first, second = np.triu_indices(size, 1)
        else:
            self._capped += members.shape[0]
            meets = _meets(self._settings)
            late = np.arange(meets, size)
            first, second = np.triu_indices(meets, 1)
            first = np.concatenate((first, np.tile(np.arange(meets), late.size)))
            second = np.concatenate((second, np.repeat(late, meets)))
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
