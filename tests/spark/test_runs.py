"""Runs of words that articles share are found, however many share one."""

import numpy as np
import pytest

from dedupe.kernels.records import RUN_BASE
from dedupe.spark.runs import hash_runs, with_repeated
from dedupe.text.furniture import RUN_WORDS


def test_articles_that_are_too_short_have_no_run():
    words = np.arange(RUN_WORDS - 1, dtype=np.uint64)
    assert [part.size for part in hash_runs(words, np.array([0, 0, words.size]))] == [0, 0, 0]


def test_runs_lie_within_one_article_and_equal_words_have_equal_hashes():
    words = np.tile(np.arange(RUN_WORDS + 1, dtype=np.uint64), 2)
    key, start, article = hash_runs(words, np.array([0, RUN_WORDS + 1, words.size]))
    assert (start.tolist(), article.tolist()) == ([0, 1, RUN_WORDS + 1, RUN_WORDS + 2], [0, 0, 1, 1])
    expected = 0
    for word in words[:RUN_WORDS].tolist():
        expected = (expected * int(RUN_BASE) + word) % 2**64
    assert key.tolist() == [expected, key[1]] * 2
    assert key[0] != key[1]


COMMON, RARE, ALONE = 700, 2, 1


@pytest.fixture
def rows(spark):
    """A key that many rows have, one that two have, and keys of one row each."""
    keys = [1] * COMMON + [2] * RARE + [*range(3, 30)]
    return spark.createDataFrame([(key, place) for place, key in enumerate(keys)], "key long, place long")


@pytest.mark.parametrize("in_one_task", [1, 100, COMMON, 10_000])
def test_the_rows_of_repeated_keys_come_once_each_however_many_tasks_share_a_key(spark, work, rows, in_one_task):
    repeated = work.keep("repeated", rows.groupBy("key").count().where("count > 1").toDF("key", "size"))
    found = with_repeated(rows, repeated, "place", in_one_task)
    assert found.columns == rows.columns
    assert sorted(map(tuple, found.collect())) == sorted((1 if n < COMMON else 2, n) for n in range(COMMON + RARE))


def test_no_key_is_repeated(spark, work, rows):
    repeated = work.keep("repeated", spark.createDataFrame([], "key long, size long"))
    assert with_repeated(rows, repeated, "place").isEmpty()


def test_a_key_that_nearly_all_rows_have_is_no_single_task(spark, work, rows, partitions, settings_of):
    """Of a join by the key alone one task would get all rows of it."""
    partitions(8)
    settings_of(
        {"spark.sql.autoBroadcastJoinThreshold": "-1", "spark.sql.adaptive.coalescePartitions.enabled": "false"}
    )
    repeated = work.keep("repeated", rows.groupBy("key").count().where("count > 1").toDF("key", "size"))
    found = with_repeated(rows, repeated, "place", 50).selectExpr("spark_partition_id() as task")
    largest = max(row["count"] for row in found.groupBy("task").count().collect())
    assert largest < COMMON / 2
