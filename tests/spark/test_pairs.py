"""Near duplicates on Spark are those of one machine, row for row."""

import pytest
from spark_support import collection, frame_of, table

from dedupe.near_duplicate_pairs import near_duplicates
from dedupe.settings import Settings
from dedupe.spark.pairs import find_pairs

CAPPED = Settings(bucket_cap=6)
"""A cap that floods of this collection go over."""

NAMES = ("left", "right", "kind", "jaccard", "left_in_right", "right_in_left", "shared_shingles")


def of_one_machine(articles, settings):
    result = near_duplicates(table(articles).sort_by("id"), settings, on_problem=lambda problem: None)
    return sorted(tuple(getattr(row, name) for name in NAMES) for row in result.relations), result.counts


def of_spark(work, frame, settings):
    found = find_pairs(work, frame, settings)
    return sorted(tuple(row[name] for name in NAMES) for row in found.pairs.collect()), found.counts


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_articles_have_no_pairs(spark, work, count):
    pairs, counts = of_spark(work, frame_of(spark, collection()[:count]), Settings())
    assert (pairs, counts["articles"], counts["candidate_pairs"], counts["largest_bucket"]) == ([], count, 0, 0)


@pytest.mark.parametrize(("parts", "shuffled"), [(1, None), (7, 2)])
def test_pairs_are_those_of_one_machine_in_any_number_of_partitions_and_any_order(
    spark, work, partitions, parts, shuffled
):
    articles = collection()
    partitions(parts)
    pairs, counts = of_spark(work, frame_of(spark, articles, parts, shuffled), CAPPED)
    wanted, wanted_counts = of_one_machine(articles, CAPPED)
    assert counts["capped_buckets"] > 0
    assert len(pairs) > 30
    assert (pairs, counts) == (wanted, wanted_counts)
