"""Buckets that pass by batch after batch give the pairs of plain sets, however the batches are cut."""

from itertools import combinations, pairwise

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.settings import Settings
from dedupe.spark import buckets

CAP = 9
FIRST = 8


def name(number):
    return f"{number:07d}".encode()


def batches_of(sizes, cuts):
    """Sorted rows of buckets of these sizes, cut into batches."""
    rows = [(key, name(member)) for key, size in enumerate(sizes) for member in range(size)]
    borders = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]
    for start, end in pairwise(borders):
        some = rows[start:end]
        yield pa.RecordBatch.from_arrays(
            [pa.array([key for key, _ in some], pa.int64()), pa.array([place for _, place in some], pa.binary())],
            ["key", "place"],
        )


def found(sizes, cuts):
    pairs, counts = [], []
    for batch in buckets._meet((one for one in batches_of(sizes, cuts) if len(one)), Settings(bucket_cap=CAP)):
        for row in batch.to_pylist():
            if row["left"] is None:
                counts.append(row["bucket"])
            else:
                pairs.append((row["left"], row["right"]))
    return sorted(pairs), sorted(count for count in counts if count > CAP), max(counts, default=0)


def expected(sizes):
    pairs = []
    for size in sizes:
        members = [name(number) for number in range(size)]
        every = combinations(members, 2)
        pairs += every if size <= CAP else [(a, b) for a, b in every if a in members[:FIRST]]
    shared = [size for size in sizes if size > 1]
    return sorted(pairs), sorted(size for size in sizes if size > CAP), max(shared, default=0)


def test_no_rows_give_no_pairs():
    assert found([], []) == ([], [], 0)


def test_an_article_alone_in_its_bucket_is_in_no_pair():
    assert found([1, 1, 1], [1]) == ([], [], 0)


@given(st.lists(st.integers(1, 24), max_size=8), st.lists(st.integers(0, 200), max_size=12))
@example([CAP], [3])
@example([CAP + 1], [CAP])
@example([CAP + 1, 2], [8, 9, 10, 10])
@example([30, 30], [29, 30, 31])
@settings(deadline=None, max_examples=200)
def test_buckets_give_the_same_pairs_wherever_batches_are_cut(sizes, cuts):
    assert found(sizes, cuts) == expected(sizes)


def test_of_a_bucket_of_100_000_no_more_rows_are_held_than_the_cap():
    cap = Settings().bucket_cap
    passing = buckets._Buckets(Settings())
    pairs = 0
    for start in range(0, 100_000, 5_000):
        places = pa.array([name(number) for number in range(start, start + 5_000)], pa.binary())
        pairs += sum(len(batch) for batch in passing.add(pa.array([1] * 5_000, pa.int64()), places))
        assert len(passing._keys) <= cap
    pairs += sum(len(batch) for batch in passing.add(pa.array([], pa.int64()), pa.array([], pa.binary()), is_end=True))
    assert (passing.over, pairs) == ([100_000], 28 + 8 * (100_000 - 8))


@pytest.mark.parametrize("parts", [1, 3])
def test_buckets_are_whole_in_every_number_of_partitions(spark, work, partitions, parts):
    partitions(parts)
    sizes = [3, 1, 12, 9, 10]
    rows = [(key, bytearray(name(member))) for key, size in enumerate(sizes) for member in range(size)]
    members = spark.createDataFrame(rows[::-1], "key long, place binary")
    given_settings = Settings(bucket_cap=CAP)
    met = work.keep("met", buckets.meet(members, given_settings))
    pairs = sorted((bytes(row["left"]), bytes(row["right"])) for row in met.where("left is not null").collect())
    assert pairs == expected(sizes)[0]
    assert buckets.fullness(met, given_settings) == (2, 12)
