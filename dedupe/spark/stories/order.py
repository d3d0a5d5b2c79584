"""Numbers in canonical order: the earliest article first, then the longest, then the lowest id.

The numbers follow from what the articles are, not from how they were partitioned: articles are counted by the hour in
which they were published, or by their length where they have no date, and numbered within each of these bins. So a
partition that is computed again gives the same numbers.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sql

_MICROSECONDS_PER_HOUR = 3_600_000_000

_NUMBERS_PER_BIN = 1 << 20


def number_articles(articles: DataFrame) -> DataFrame:
    """The place of each article in canonical order: ``id`` and ``row``, from 0. ``articles``: columns of ARTICLES.

    See ``clustering.canonical_order``. The bins of dated articles are as many as the hours from the first to the last,
    those of undated ones as many as there are lengths.
    """
    micros, length = sql.unix_micros("published_at"), sql.length("text").cast("long")
    keys = articles.select(
        "id",
        sql.isnull("published_at").alias("undated"),
        sql.coalesce(sql.floor(micros / _MICROSECONDS_PER_HOUR), -length).alias("bin"),
        micros.alias("micros"),
        length.alias("length"),
    )
    return _numbered(keys, ["undated", "bin"], ["micros", sql.desc("length"), "id"], "row").select("id", "row")


def number_distinct(values: DataFrame, value: str, name: str) -> DataFrame:
    """Number the distinct ``values``, a column of whole numbers of 0 or more, in ascending order from 0."""
    binned = values.select(value).distinct().withColumn("bin", sql.floor(sql.col(value) / _NUMBERS_PER_BIN))
    return _numbered(binned, ["bin"], [value], name).drop("bin")


def _numbered(rows: DataFrame, bins: list[str], order: list[str | Column], name: str) -> DataFrame:
    """Number rows from 0: by their bins, and within a bin in a given order."""
    counts = rows.groupBy(*bins).agg(sql.count("*").alias("count"))
    # This window has one partition; it sees only the counts.
    before = Window.partitionBy(sql.lit(0)).orderBy(*bins)
    first = counts.select(*bins, (sql.sum("count").over(before) - sql.col("count")).alias("first"))
    place = sql.row_number().over(Window.partitionBy(*bins).orderBy(*order)).cast("long")
    return rows.join(first, bins).withColumn(name, sql.col("first") + place - 1).drop("first")
