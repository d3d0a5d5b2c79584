"""Join and split parts of a collection with the code of one machine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.settings import FAR_DAYS, Settings
from dedupe.spark.stories.columns import block_of, numbers, on_two_tables, table_of
from dedupe.spark.stories.parts import Limits, find_parts
from dedupe.spark.stories.terms import terms_of
from dedupe.spark.workspace import Workspace
from dedupe.stories.candidates import CandidatePairs
from dedupe.stories.joining import MEANS, join_articles
from dedupe.stories.models import load_model
from dedupe.stories.reasons import story_probabilities
from dedupe.stories.splitting import split_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

JOINED = "row long, story long, probability double"
"""The columns of what ``join_and_split`` returns."""


def join_and_split(
    work: Workspace, links: DataFrame, terms: DataFrame, settings: Settings, collection: int
) -> DataFrame:
    """Return the stories of a collection: ``row``, ``story``, the lowest row of it, and ``probability``.

    ``links``: as ``similarity.measure_pairs`` returns them. ``terms``: as ``terms.count_collection`` returns them. An
    article without a row is alone in its story. ``probability`` is how surely an article belongs to its story, NaN for
    one that is alone. A task holds the articles of one block of parts.
    """
    from pyspark.sql import functions as sql

    least = math.log(settings.story_probability / (1 - settings.story_probability))
    limits = (least, settings.story_span, FAR_DAYS[settings.dates])
    parts = find_parts(work, links, load_model().join, limits, collection)
    of_left = parts.select(sql.col("row").alias("left"), sql.col("part").alias("of_left"))
    of_right = parts.select(sql.col("row").alias("right"), sql.col("part").alias("of_right"))
    inside = links.join(of_left, "left").join(of_right, "right").where("of_left = of_right")
    return work.keep(
        "story_joined",
        inside.withColumn("block", block_of("of_left"))
        .groupBy("block")
        .cogroup(terms.join(parts, "row").withColumn("of_block", block_of("part")).groupBy("of_block"))
        .applyInArrow(
            on_two_tables(_join_and_split, settings=settings, limits=limits, collection=collection),
            JOINED,
        ),
    )


def _join_and_split(
    links: pa.Table, articles: pa.Table, settings: Settings, limits: Limits, collection: int
) -> pa.Table:
    """Return the stories of the articles of a block. No article outside of it joins any of them."""
    terms, model = terms_of(articles, collection), load_model()
    left, right = terms.places(numbers(links, "left")), terms.places(numbers(links, "right"))
    columns = {name: numbers(links, name) for name in (*MEANS, "share_left", "share_right")}
    pairs = CandidatePairs(left, right, {})
    groups = join_articles(terms.rows, pairs, columns, terms.day, model.join, limits, collection=collection)
    split = split_groups(terms, groups.labels, terms.day, model.split, (settings.story_probability, limits[2]))
    _, first = np.unique(split.labels, return_index=True)
    return table_of(
        row=terms.rows_of,
        story=terms.rows_of[first][split.labels],
        probability=story_probabilities(split.labels, groups.joined, model.join, collection),
    )
