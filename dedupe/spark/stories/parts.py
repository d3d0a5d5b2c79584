"""Parts of a collection that join without looking at each other.

Groups join in the order of their scores, the best of the whole collection first (``stories.joining``). The score of two
groups may rise when one of them grows, so groups cannot simply join wherever they are each other's best. But as long as
no group of one part ever joins a group of another part, each part joins as if it were alone. So parts are guessed, and
the guess is proved:

1. Articles whose pair alone would join are one part.
2. A bound says which two parts could join at all. Nearly no two can.
3. Those are joined as if they were the whole collection. If no join leads across, none does in the whole collection
   either: the joins of both parts come in the same order there, and the first one across would have come here too.
4. Parts with a join across become one, and all is done again from step 2, until there are none.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.kernels import SERIAL
from dedupe.spark.components import find_components
from dedupe.spark.stories.columns import both_ways, hashed_block, numbers, on_table, table_of
from dedupe.spark.workspace import Workspace
from dedupe.stories.candidates import CandidatePairs
from dedupe.stories.joining import GROUPS, MEANS, JoinModel, join_articles

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_MARGIN = 1e-6
"""Log-odds by which a bound may be too low, by rounding. A wider margin only makes more work."""

_LEAST_SHARE = 1e-9
"""Nothing is divided by less. A share is never above 1, whatever it is divided by."""

Limits = tuple[float, float, float]
"""The least log-odds of a join, the most days that a group may span, and the days beyond which further do not count."""


def find_parts(work: Workspace, links: DataFrame, model: JoinModel, limits: Limits, collection: int) -> DataFrame:
    """Return the parts: ``row`` and ``part``, the lowest row of it, of each article that may be in a group.

    ``links``: measured pairs, as ``similarity.measure_pairs`` returns them. ``collection``: the number of articles.
    """
    from pyspark.sql import functions as sql

    weight = dict(zip(MEANS + GROUPS, model.weights.tolist(), strict=True))
    common = sum((sql.col(name) * weight[name] for name in MEANS), sql.lit(0.0))
    scored = links.withColumn("common", common)
    apart = sql.nanvl(sql.abs(sql.col("day_left") - sql.col("day_right")), sql.lit(0.0))
    score = (
        sql.col("common")
        + weight["share"] * sql.greatest("share_left", "share_right")
        + weight["days_apart"] * sql.log1p(sql.least(apart, sql.lit(limits[2])))
        + model.intercept_among(collection)
    )
    certain = scored.where(score >= limits[0] - _MARGIN).select("left", "right")
    parts = _connect(work, work.keep("story_first_pairs", certain), "story_first")
    for number in itertools.count(1):
        name = f"story_round_{number}"
        labelled = work.keep(f"{name}_links", _label(scored, parts))
        could = work.keep(f"{name}_tried", _could_join(labelled, weight, model.intercept_among(collection), limits))
        crossing = work.keep(f"{name}_across", _joins_across(labelled, could, model, limits, collection))
        if crossing.isEmpty():
            break
        parts = work.keep(f"{name}_parts", _unite(parts, _connect(work, crossing, name)))
        work.drop(f"{name}_links")
    return parts


def _connect(work: Workspace, pairs: DataFrame, name: str) -> DataFrame:
    """Return the connected components of pairs of rows: ``row`` and ``part``, the lowest row connected to it."""
    return find_components(work, pairs, name).toDF("row", "part")


def _label(links: DataFrame, parts: DataFrame) -> DataFrame:
    """Return the links with the parts of both articles; an article in none is one of its own."""
    from pyspark.sql import functions as sql

    for side in ("left", "right"):
        of_side = parts.select(sql.col("row").alias(side), sql.col("part").alias("found"))
        own = sql.coalesce("found", side).alias(f"of_{side}")
        links = links.join(of_side, side, "left").select(*links.columns, own)
    return links


def _could_join(links: DataFrame, weight: dict[str, float], intercept: float, limits: Limits) -> DataFrame:
    """Return the pairs of parts, ``low`` < ``high``, of which some groups might join.

    For any group of either: the mean over pairs is no more than the highest of any pair, or 0 for pairs that are not
    linked; the share of a group is no more than the highest share of its articles, each of what it has outside its
    part; the days between are no fewer than those between both parts.
    """
    from pyspark.sql import functions as sql

    seen = both_ways(
        links,
        left={"own": "of_left", "their": "of_right", "share": "share_left", "common": "common", "day": "day_left"},
        right={"own": "of_right", "their": "of_left", "share": "share_right", "common": "common", "day": "day_right"},
    )
    inside = seen.where("own = their").groupBy("row").agg(sql.sum("share").alias("inside"))
    outside = (
        seen.where("own <> their")
        .groupBy("row", "own", "their")
        .agg(sql.sum("share").alias("share"), sql.max("common").alias("common"))
        .join(inside, "row", "left")
    )
    left_over = sql.greatest(1 - sql.coalesce("inside", sql.lit(0.0)), sql.lit(_LEAST_SHARE))
    pairs = (
        outside.withColumn("share", sql.least(sql.col("share") / left_over, sql.lit(1.0)))
        .groupBy(sql.least("own", "their").alias("low"), sql.greatest("own", "their").alias("high"))
        .agg(sql.max("share").alias("share"), sql.greatest(sql.max("common"), sql.lit(0.0)).alias("common"))
    )
    day = sql.when(~sql.isnan("day"), sql.col("day"))
    of_part = seen.groupBy("own").agg(
        sql.min(day).alias("first"),
        sql.max(day).alias("last"),
        sql.bool_or(sql.isnan("day")).alias("undated"),
        sql.countDistinct("row").alias("size"),
    )
    for side in ("low", "high"):
        renamed = [sql.col(name).alias(f"{side}_{name}") for name in ("first", "last", "undated", "size")]
        pairs = pairs.join(of_part.select(sql.col("own").alias(side), *renamed), side)
    return pairs.where(_bound(weight, intercept, limits[2]) >= limits[0] - _MARGIN).select("low", "high")


def _bound(weight: dict[str, float], intercept: float, far_days: float) -> Column:
    """Return the most that the log-odds of a join of two parts can be."""
    from pyspark.sql import functions as sql

    between = sql.greatest(
        sql.col("low_first") - sql.col("high_last"), sql.col("high_first") - sql.col("low_last"), sql.lit(0.0)
    )
    is_undated = sql.col("low_undated") | sql.col("high_undated")
    fewest = sql.least(sql.when(is_undated, 0.0).otherwise(between), sql.lit(far_days))
    days = sql.log1p(fewest) if weight["days_apart"] < 0 else sql.log1p(sql.lit(far_days))
    articles = sql.log(sql.col("low_size") + sql.col("high_size"))
    return (
        sql.col("common")
        + max(weight["share"], 0.0) * sql.col("share")
        + max(weight["larger_group"], 0.0) * articles
        + weight["days_apart"] * days
        + intercept
    )


def _joins_across(links: DataFrame, pairs: DataFrame, model: JoinModel, limits: Limits, collection: int) -> DataFrame:
    """Return the pairs of parts with a join across, if both are joined alone: ``left`` < ``right``.

    ``links``: as ``_label`` returns them. ``pairs``: ``low`` and ``high``, the parts to try.
    """
    from pyspark.sql import functions as sql

    inside, across = links.where("of_left = of_right"), links.where("of_left <> of_right")
    part = sql.col("of_left").alias("part")
    tried = pairs.select("low", "high", sql.explode(sql.array("low", "high")).alias("part"))
    of_pair = [sql.least("of_left", "of_right").alias("low"), sql.greatest("of_left", "of_right").alias("high")]
    together = (
        inside.select("*", part)
        .join(tried, "part")
        .drop("part")
        .unionByName(across.select("*", *of_pair).join(pairs, ["low", "high"]))
    )
    return together.groupBy(hashed_block("low", "high", articles=collection)).applyInArrow(
        on_table(_join_pairs, model=model, limits=limits, collection=collection), "left long, right long"
    )


def _join_pairs(links: pa.Table, model: JoinModel, limits: Limits, collection: int) -> pa.Table:
    """Return the pairs of parts with a join across, if each pair is joined as if it were the whole collection."""
    pairs, pair = np.unique(
        np.column_stack((numbers(links, "low"), numbers(links, "high"))), axis=0, return_inverse=True
    )
    pair = pair.ravel()
    # An article in several pairs is another row in each, and rows of a pair keep their order.
    ends = np.column_stack(
        (np.tile(pair, 2), np.concatenate((numbers(links, "left"), numbers(links, "right")))),
    )
    articles, first, place = np.unique(ends, axis=0, return_index=True, return_inverse=True)
    place = place.ravel()
    part = np.concatenate((numbers(links, "of_left"), numbers(links, "of_right")))[first]
    day = np.concatenate((numbers(links, "day_left"), numbers(links, "day_right")))[first]
    left, right = place[: len(links)], place[len(links) :]
    columns = {name: numbers(links, name) for name in (*MEANS, "share_left", "share_right")}
    joined = join_articles(
        len(articles), CandidatePairs(left, right, {}), columns, day, model, limits, SERIAL, collection
    ).joined
    low, high = joined.joins[:, 0], joined.joins[:, 1]
    across = np.unique(articles[low[part[low] != part[high]], 0])
    return table_of(left=pairs[across, 0], right=pairs[across, 1])


def _unite(parts: DataFrame, united: DataFrame) -> DataFrame:
    """Return the parts after some became one. ``united``: the new part of each that did, by its lowest row."""
    from pyspark.sql import functions as sql

    alone = united.select("row", sql.col("row").alias("part")).join(parts, "row", "left_anti")
    new = united.select(sql.col("row").alias("part"), sql.col("part").alias("new"))
    every = parts.unionByName(alone).join(new, "part", "left")
    return every.select("row", sql.coalesce("new", "part").alias("part"))
