"""Find the pairs of articles that share a key, bucket after bucket, in memory that no bucket can exhaust.

Rows of ``key`` and ``place`` are put into partitions by their key and sorted there, so that a bucket is a run of rows
that passes by. As on one machine (``copies.candidates``), every pair of a bucket is a pair, and in a bucket over the
cap every article is paired with the first members only. Of an open bucket, at most so many rows are held as the cap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64
from dedupe.copies.candidates import compared_members
from dedupe.kernels import distinct, run_starts
from dedupe.settings import Settings
from dedupe.spark.stages import Batches, batch_of, in_workers, taken

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_MET = "left binary, right binary, bucket long"


def meet(members: DataFrame, settings: Settings) -> DataFrame:
    """Return the pairs within the buckets of rows of ``key`` and ``place``, which must be distinct.

    ``left`` < ``right`` are places; a pair comes once for each bucket that it shares. Rows without a pair have the size
    of a bucket in ``bucket``: of each one over the cap, and of the largest other one of every partition.
    """
    by_key = members.repartition("key").sortWithinPartitions("key", "place")
    return in_workers(by_key, _meet, _MET, settings=settings)


def fullness(met: DataFrame, settings: Settings) -> tuple[int, int]:
    """Return how many buckets were over the cap, and the size of the largest bucket; 0 if no two articles share one."""
    row = met.selectExpr(
        f"count_if(bucket > {settings.bucket_cap}) as capped", "coalesce(max(bucket), 0L) as largest"
    ).collect()[0]
    return int(row["capped"]), int(row["largest"])


def _meet(batches: Batches, settings: Settings) -> Batches:
    buckets = _Buckets(settings)
    for batch in batches:
        yield from buckets.add(batch.column("key"), batch.column("place"))
    yield from buckets.add(pa.array([], pa.int64()), pa.array([], pa.binary()), is_end=True)
    yield _sizes([*buckets.over, buckets.largest] if buckets.largest else buckets.over)


class _Buckets:
    """Forms pairs from sorted rows that come batch by batch.

    ``over``: the sizes of the buckets over the cap that are complete. ``largest``: the size of the largest other one.
    """

    def __init__(self, settings: Settings) -> None:
        self._cap, self._first = settings.bucket_cap, compared_members(settings)
        self._keys, self._places = pa.array([], pa.int64()), pa.array([], pa.binary())
        self._passed = 0  # members of the open bucket that were paired already, if it is over the cap
        self.over: list[int] = []
        self.largest = 0

    def add(self, keys: pa.Array, places: pa.Array, *, is_end: bool = False) -> Batches:
        """Yield the pairs of the buckets that are complete, or over the cap, with these rows."""
        keys = pa.concat_arrays([self._keys, keys])
        places = pa.concat_arrays([self._places, places])
        starts = run_starts(keys.to_numpy())
        sizes = np.diff(starts, append=len(keys))
        # The first bucket goes on from the batch before if its first members stand before it.
        passed = np.zeros(sizes.size, np.int64)
        passed[:1] = self._passed
        complete = np.ones(sizes.size, np.bool_)
        complete[-1:] = is_end
        is_large = (passed > 0) | (sizes > self._cap)
        small = complete & ~is_large & (sizes > 1)
        self.largest = max(self.largest, int(sizes[small].max(initial=0)))
        for size in distinct(sizes[small]).tolist():
            members = starts[small & (sizes == size)][:, None] + np.arange(size)
            left, right = np.triu_indices(size, 1)
            yield _pairs(places, members[:, left].ravel(), members[:, right].ravel())
        kept, self._passed = np.arange(starts[-1] if starts.size else 0, len(keys)), 0
        for run in np.flatnonzero(is_large).tolist():
            members = starts[run] + np.arange(sizes[run])
            yield _pairs(places, *self._with_first(members, is_new=not passed[run]))
            size = int(passed[run] + sizes[run] - (self._first if passed[run] else 0))
            if complete[run]:
                self.over.append(size)
            else:
                kept, self._passed = members[: self._first], size
        if sizes.size and not complete[-1]:
            self._keys, self._places = taken(keys, kept), taken(places, kept)
        else:
            self._keys, self._places = pa.array([], pa.int64()), pa.array([], pa.binary())

    def _with_first(self, members: I64, *, is_new: bool) -> tuple[I64, I64]:
        """Return the pairs of members with the first of them, and those of the first ones if they are new."""
        first, others = members[: self._first], members[self._first :]
        left, right = np.triu_indices(first.size if is_new else 0, 1)
        return (
            np.concatenate((first[left], np.tile(first, others.size))),
            np.concatenate((first[right], np.repeat(others, first.size))),
        )


def _pairs(places: pa.Array, left: I64, right: I64) -> pa.RecordBatch:
    return batch_of(left=taken(places, left), right=taken(places, right), bucket=pa.nulls(left.size, pa.int64()))


def _sizes(sizes: list[int]) -> pa.RecordBatch:
    nothing = pa.nulls(len(sizes), pa.binary())
    return batch_of(left=nothing, right=nothing, bucket=pa.array(sizes, pa.int64()))
