"""The place of an article: bytes that sort as the articles do, whatever partition they are in.

On one machine an article is known by its row in canonical order (``clustering.canonical_order``): earliest first,
undated ones last, then the longest text, then the id. A cluster has no rows, so this order is written into the article
itself. Places are distinct because ids are, and Spark compares bytes as unsigned numbers from the first one on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ID_AT = 13
"""Bytes of a place before the id: 1 for undated, 8 for the time, 4 for the length."""

_CANONICAL = (
    "concat(if(published_at is null, X'01', X'00'),"
    " to_binary(lpad(hex(coalesce(unix_micros(published_at), 0L) + 4611686018427387904L), 16, '0'), 'hex'),"
    " to_binary(lpad(hex(4294967295L - char_length(text)), 8, '0'), 'hex'),"
    " cast(id as binary))"
)
"""Times before 1970 are negative; 2^62 is added so that all are positive. A longer text comes first."""


def in_canonical_order(articles: DataFrame) -> DataFrame:
    """Return articles with their place in canonical order, in a column ``place`` (binary), which ``cluster`` uses."""
    return articles.selectExpr("*", f"{_CANONICAL} as place")


def in_order_of_ids(articles: DataFrame) -> DataFrame:
    """Return articles with the bytes of their ids as ``place`` (binary).

    ``dedupe pairs`` takes articles in the order of its input, which a cluster does not keep. So ``pairs`` gives here
    what it gives there for input that is sorted by id.
    """
    return articles.selectExpr("*", "cast(id as binary) as place")


def id_of(place: str) -> str:
    """Return the SQL expression of the id in a canonical place, which the expression ``place`` gives."""
    return f"cast(substring({place}, {ID_AT + 1}) as string)"


def ranked(work: Workspace, places: DataFrame, name: str) -> DataFrame:
    """Return distinct places with their ranks from 1 on (``rank`` long), however they lie in partitions.

    Each partition gets the places of one range, which are written down; then their numbers are counted and added up.
    """
    spread = work.keep(name, places.repartitionByRange("place").selectExpr("place", "spark_partition_id() as part"))
    before, counts = 0, []
    for part, count in sorted(tuple(row) for row in spread.groupBy("part").count().collect()):
        counts.append((part, before))
        before += count
    starts = work.spark.createDataFrame(counts, "part int, before long")
    within = spread.selectExpr("place", "part", "row_number() over (partition by part order by place) as number")
    return within.join(starts, "part").selectExpr("place", "before + number as rank")
