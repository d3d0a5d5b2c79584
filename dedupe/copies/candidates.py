"""Find candidate pairs: pairs of articles that may share text, without comparing every article with every other.

Two articles become a candidate pair if they share a MinHash band, which finds similar texts (Broder 1997; Indyk &
Motwani 1998), or a passage fingerprint, which finds texts that contain parts of each other (Schleimer et al. 2003).
Candidates are only proposals: ``verification`` compares each pair exactly.

Articles that share a key (of a band, or of a passage) form a bucket. Kernels sort packed members, one uint64 each: the
low bits of the key above the row number of the article. Members of one bucket then stand next to each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import comb

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U32, U64
from dedupe.copies.fingerprints import digest_values, first_with_same_digest
from dedupe.kernels import DEFAULT, Backend, distinct, run_starts
from dedupe.parallel import in_threads
from dedupe.schemas import CANDIDATES, column_of
from dedupe.settings import Settings

_ARTICLES_PER_PART = 200_000
"""The passages of a collection are sorted in parts, to limit memory: 4 parts, or 8 from four times this number of
articles on, and twice as many whenever the number of articles doubles. An article has about 200 passages, and each of
them needs 16 bytes while its part is sorted. Each part is selected from all keys, so more parts take longer."""

_FIRST_OF_FULL_BUCKET = 8
"""In a bucket over the cap, all articles are paired with this many first members only. What so many articles share is
boilerplate or one text that was copied many times, and a few comparisons are enough to find either."""

_MISSED_BY_ESTIMATE = 1e-6
"""Largest probability of discarding a pair at the threshold because too few of its minima agree."""

_NO_PAIRS = np.zeros((0, 2), np.int64)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidate pairs of a collection, and how full the buckets were.

    ``pairs`` has the CANDIDATES schema. ``capped_buckets`` is the number of buckets over the cap. ``largest_bucket`` is
    the number of articles in the largest bucket, 0 if no two articles share one.
    """

    pairs: pa.Table
    capped_buckets: int
    largest_bucket: int


def cap_warnings(counts: Mapping[str, int], settings: Settings) -> list[str]:
    """Return a warning if buckets were over the cap, else nothing.

    ``counts`` holds ``capped_buckets`` and ``largest_bucket`` of ``Candidates``.

    >>> cap_warnings({"capped_buckets": 0, "largest_bucket": 2}, Settings())
    []
    """
    number, largest = counts["capped_buckets"], counts["largest_bucket"]
    if not number:
        return []
    subject = "a passage or a similar text is" if number == 1 else f"{number:,} passages or similar texts are"
    return [
        f"{subject} shared by more than {settings.bucket_cap:,} articles (by {largest:,} at most); these articles were "
        f"compared with the first {compared_members(settings)} of them only, so pairs among the others may be missing "
        "— remove boilerplate such as cookie notices from the texts, or set a higher bucket_cap in Python"
    ]


def compared_members(settings: Settings) -> int:
    """Return with how many first members the articles of a bucket over the cap are paired."""
    return min(settings.bucket_cap, _FIRST_OF_FULL_BUCKET)


def rows_per_band(permutations: int, jaccard: float, recall: float) -> int:
    """Return the largest number of rows per band at which a pair at ``jaccard`` shares a band often enough.

    The pair shares at least one of the ``permutations // rows`` bands with probability
    1 - (1 - jaccard^rows)^(permutations // rows), which must be ``recall`` or more. If no number of rows reaches that,
    the result is 1. datasketch's own choice balances the errors over all similarities instead, and finds a pair exactly
    at the threshold only 31 to 64 % of the time.

    >>> rows_per_band(128, 0.5, 0.995)
    3
    """
    for rows in range(permutations, 1, -1):
        if 1 - (1 - jaccard**rows) ** (permutations // rows) >= recall:
            return rows
    return 1


def least_agreements(permutations: int, jaccard: float) -> int:
    """Return how many equal minima a pair must have to be worth measuring.

    A pair at ``jaccard`` has fewer with a probability of at most one in a million. Each of the ``permutations`` minima
    agrees independently, with a probability equal to the Jaccard (Broder 1997), so their number is binomial.

    >>> least_agreements(128, 0.5)
    37
    """
    at_most_count = 0.0
    for count in range(permutations + 1):
        at_most_count += comb(permutations, count) * jaccard**count * (1 - jaccard) ** (permutations - count)
        if at_most_count > _MISSED_BY_ESTIMATE:
            return count
    return permutations


def find_candidates(fingerprints: pa.Table, settings: Settings, backend: Backend = DEFAULT) -> Candidates:
    """Return the candidate pairs of a collection, given as a FINGERPRINTS table.

    Articles with the same words form a bucket of their own. Only the first of them is looked up by bands and passages,
    and every pair that it forms is repeated for the others. Articles without words form no pairs.
    """
    first_same = first_with_same_digest(digest_values(fingerprints["digest"]))
    buckets = _Buckets(fingerprints["words"].to_numpy(), first_same, settings, backend)
    signatures = fingerprints["signature"].combine_chunks().flatten().to_numpy().reshape(-1, settings.permutations)
    passages = [(chunk.values.to_numpy(), chunk.offsets.to_numpy()) for chunk in fingerprints["passages"].chunks]
    return buckets.candidates([*buckets.pairs_by_band(signatures), *buckets.pairs_by_passage(passages)])


def find_near_duplicate_candidates(
    words: I64, first_same: I64, signatures: U32, settings: Settings, backend: Backend = DEFAULT
) -> Candidates:
    """Return the candidate pairs for near duplicates alone; excerpts are not looked for.

    ``words``: int64[articles], the number of words. ``first_same``: int64[articles], the first article with the same
    words as each one. ``signatures``: uint32[articles, permutations]. A pair must share a band, and have as many equal
    minima as ``least_agreements`` asks for at ``near_duplicate_jaccard``; identical texts are always candidate pairs.
    """
    buckets = _Buckets(words, first_same, settings, backend)
    least = least_agreements(settings.permutations, settings.near_duplicate_jaccard)
    found = [
        pairs[backend.equal_minima(signatures, pairs[:, 0].copy(), pairs[:, 1].copy()) >= least]
        for pairs in buckets.pairs_by_band(signatures)
    ]
    return buckets.candidates(found)


def _group_identical(words: I64, first_same: I64) -> dict[int, I64]:
    """Return the groups of two or more articles that have the same words, by the row of their first article.

    Articles without words are in no group. ``first_same`` is that of ``find_near_duplicate_candidates``.
    """
    repeated = np.flatnonzero((words > 0) & (np.bincount(first_same, minlength=first_same.size)[first_same] > 1))
    order = repeated[np.argsort(first_same[repeated], kind="stable")]
    groups = np.split(order, run_starts(first_same[order])[1:])
    return {int(group[0]): group for group in groups if group.size}


class _Buckets:
    """Forms pairs from the buckets of a collection, and counts the buckets over the cap."""

    def __init__(self, words: I64, first_same: I64, settings: Settings, backend: Backend) -> None:
        self._settings = settings
        self._backend = backend
        self._identical = _group_identical(words, first_same)
        self._looked_up = (first_same == np.arange(words.size)) & (words > 0)
        self._row_bits = max(1, (words.size - 1).bit_length())
        self._capped = 0
        self._largest = 0

    def pairs_by_band(self, signatures: U32) -> Iterator[I64]:
        """Yield the pairs that share a band, int64[pairs, 2], one array per band."""
        settings = self._settings
        rows = rows_per_band(settings.permutations, settings.near_duplicate_jaccard, settings.candidate_recall)

        def members(band: int) -> U64:
            return self._shared(self._backend.band_members(signatures, band, rows, self._row_bits))

        return map(self._pairs, in_threads(members, range(settings.permutations // rows), settings.threads))

    def pairs_by_passage(self, chunks: list[tuple[U64, I64]]) -> Iterator[I64]:
        """Yield the pairs that share a passage fingerprint, int64[pairs, 2], one array per part of the keys.

        ``chunks`` are ragged arrays of passages (values and offsets), together one row per article. The passages are
        sorted in parts, so that memory does not grow with the collection.
        """
        parts = 1 << max(2, (self._looked_up.size // _ARTICLES_PER_PART).bit_length())

        def members(part: int) -> U64:
            packed, first = [np.zeros(0, np.uint64)], 0
            for keys, offsets in chunks:
                packed.append(self._backend.bucket_members(keys, offsets, first, self._row_bits, part, parts))
                first += offsets.size - 1
            return self._shared(np.concatenate(packed))

        return map(self._pairs, in_threads(members, range(parts), self._settings.threads))

    def candidates(self, found: list[I64]) -> Candidates:
        """Return the pairs found, repeated for all articles with the same words, and all pairs of identical texts."""
        repeated = _repeat_for_identical(
            _distinct_pairs([_NO_PAIRS, *found]), self._identical, self._settings.bucket_cap
        )
        same = [self._pairs_of(members[None, :]) for members in self._identical.values()]
        pairs = _distinct_pairs([repeated, *same])
        table = pa.Table.from_arrays([column_of(pairs[:, 0]), column_of(pairs[:, 1])], schema=CANDIDATES)
        return Candidates(table, self._capped, self._largest)

    def _shared(self, members: U64) -> U64:
        """Return packed members in ascending order, without those that are alone in their bucket or not looked up.

        Two different keys may agree in the bits that are left above a row number: with 10^8 members of 10^6 articles,
        about 300 pairs are proposed for nothing.
        """
        members.sort()
        shared: U64 = self._backend.shared_buckets(members, self._row_bits)
        if not self._looked_up.all():
            shared = self._backend.shared_buckets(shared[self._looked_up[self._rows(shared)]], self._row_bits)
        return shared

    def _rows(self, members: U64) -> I64:
        return (members & np.uint64((1 << self._row_bits) - 1)).astype(np.int64)

    def _pairs(self, members: U64) -> I64:
        """Return all pairs within each bucket, int64[pairs, 2]. Packed members must be ascending and distinct."""
        keys, articles = members >> np.uint64(self._row_bits), self._rows(members)
        starts = run_starts(keys)
        sizes = np.diff(starts, append=keys.size)
        pairs = (
            self._pairs_of(articles[starts[sizes == size][:, None] + np.arange(size)])
            for size in distinct(sizes).tolist()
        )
        return np.concatenate((_NO_PAIRS, *pairs))

    def _pairs_of(self, members: I64) -> I64:
        """Return the pairs within buckets of one size, int64[pairs, 2], from their members, int64[buckets, size].

        In buckets over the cap, every article is paired with the first members only.
        """
        size, cap = members.shape[1], self._settings.bucket_cap
        self._largest = max(self._largest, size)
        if size <= cap:
            left, right = np.triu_indices(size, 1)
        else:
            self._capped += members.shape[0]
            first = compared_members(self._settings)
            others = np.arange(first, size)
            left, right = np.triu_indices(first, 1)
            left = np.concatenate((left, np.tile(np.arange(first), others.size)))
            right = np.concatenate((right, np.repeat(others, first)))
        return np.stack((members[:, left].ravel(), members[:, right].ravel()), axis=1)


def _repeat_for_identical(pairs: I64, identical: dict[int, I64], cap: int) -> I64:
    """Repeat each pair for all articles with the same words as one of its two, int64[pairs, 2].

    ``identical`` is the result of ``_group_identical``. If the two groups have more than ``cap`` squared pairs
    across, each article is paired with the first article of the other group only.
    """
    if not identical:
        return pairs
    repeated = [pairs]
    firsts = np.fromiter(identical, np.int64, len(identical))
    for left, right in pairs[np.isin(pairs, firsts).any(axis=1)].tolist():
        lefts, rights = identical.get(left, np.array([left])), identical.get(right, np.array([right]))
        if lefts.size * rights.size > cap * cap:
            repeated.append(np.stack((lefts, np.full(lefts.size, right)), axis=1))
            repeated.append(np.stack((np.full(rights.size, left), rights), axis=1))
        else:
            repeated.append(np.stack((np.repeat(lefts, rights.size), np.tile(rights, lefts.size)), axis=1))
    return np.concatenate(repeated)


def _distinct_pairs(arrays: list[I64]) -> I64:
    """Return each pair of all arrays once, the smaller row first, in ascending order: int64[pairs, 2]."""
    pairs = np.concatenate(arrays)
    codes = distinct((np.minimum(pairs[:, 0], pairs[:, 1]) << 32) | np.maximum(pairs[:, 0], pairs[:, 1]))
    return np.stack((codes >> 32, codes & 0xFFFFFFFF), axis=1)
