"""The stories of a collection, by the stages of this room in order."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sql

from dedupe.settings import Settings
from dedupe.spark.stories.candidates import propose_pairs
from dedupe.spark.stories.columns import kept
from dedupe.spark.stories.furniture import repeated_runs
from dedupe.spark.stories.joining import join_and_split
from dedupe.spark.stories.order import number_articles, number_distinct
from dedupe.spark.stories.similarity import measure_pairs
from dedupe.spark.stories.terms import count_collection
from dedupe.spark.stories.texts import plain_texts


def story_labels(
    articles: DataFrame, copies: DataFrame, settings: Settings, series: DataFrame | None = None
) -> DataFrame:
    """Find which articles report the same event: one row for each article, the same as ``dedupe cluster`` finds.

    ``articles``: columns of schema ARTICLES, with distinct ids. ``copies``: one row for each article: ``id``;
    ``copy_group``, whatever names its group of copies; ``longest``, whether it is the one that stands for its group;
    and ``words``, how many words it has without what its publisher repeats (see ``clustering.collect_evidence``).
    ``series``: ``left`` and ``right``, the ids of articles that are two reports of one series, in either direction
    (``verification.find_series``); those that stand for no group are left out.

    Returns ``id``, ``story`` (numbered from 1, in the order of canonical articles), ``story_canonical`` (the id of the
    canonical article), ``story_size`` (articles) and ``story_probability`` (null where a text is alone). Only counts
    come to the driver: of articles, of articles in each language, and of joins across components.
    """
    rows = number_articles(articles)
    placed = kept(copies.select("id", "copy_group", "longest", "words").join(rows, "id"))
    linked = placed.where(sql.col("longest") & (sql.col("words") >= settings.shingle_words)).select("id", "row")
    collection = linked.count()
    plain = kept(plain_texts(articles.join(linked, "id")))
    terms = kept(count_collection(plain, repeated_runs(plain), collection))
    pairs = kept(propose_pairs(terms, collection, settings.story_span))
    known = None if series is None else _rows_of_series(series, linked)
    links = kept(measure_pairs(pairs, terms, known, settings, collection))
    stories = join_and_split(links, terms, settings, collection)
    return _of_copies(placed, stories)


def _rows_of_series(series: DataFrame, linked: DataFrame) -> DataFrame:
    """Pairs of articles by row, the lower one first."""
    left = linked.select(sql.col("id").alias("left"), sql.col("row").alias("one"))
    right = linked.select(sql.col("id").alias("right"), sql.col("row").alias("other"))
    found = series.select("left", "right").join(left, "left").join(right, "right")
    return found.select(sql.least("one", "other").alias("left"), sql.greatest("one", "other").alias("right"))


def _of_copies(placed: DataFrame, stories: DataFrame) -> DataFrame:
    """Give every article the story of the text that stands for its group of copies."""
    texts = placed.where("longest").select("copy_group", "row").join(stories, "row", "left")
    of_group = texts.select("copy_group", sql.coalesce("story", "row").alias("text"), "probability")
    every = kept(placed.select("id", "row", "copy_group").join(of_group, "copy_group"))
    canonical = every.groupBy("text").agg(
        sql.min("row").alias("canonical"),
        sql.min_by("id", "row").alias("story_canonical"),
        sql.count("*").alias("story_size"),
    )
    numbered = canonical.join(number_distinct(canonical, "canonical", "number"), "canonical")
    return every.join(numbered, "text").select(
        "id",
        (sql.col("number") + 1).alias("story"),
        "story_canonical",
        "story_size",
        sql.when(~sql.isnan("probability"), sql.col("probability")).alias("story_probability"),
    )
