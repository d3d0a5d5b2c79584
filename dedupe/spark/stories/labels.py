"""The stories of a collection, by the stages of this room in order."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sql

from dedupe.settings import Settings
from dedupe.spark.order import ranked
from dedupe.spark.stories.candidates import propose_pairs
from dedupe.spark.stories.furniture import repeated_runs
from dedupe.spark.stories.headlines import call_stories
from dedupe.spark.stories.joining import JOINED, join_and_split
from dedupe.spark.stories.similarity import measure_pairs
from dedupe.spark.stories.terms import count_collection
from dedupe.spark.stories.texts import plain_texts
from dedupe.spark.workspace import Workspace


def story_labels(
    work: Workspace, articles: DataFrame, copies: DataFrame, settings: Settings, series: DataFrame | None = None
) -> DataFrame:
    """Find which articles report the same event: one row for each article, the same as ``dedupe cluster`` finds.

    ``articles``: columns of schema ARTICLES, with distinct ids. ``copies``: ``Copies.groups``, of which ``id``,
    ``place``, ``copy_group``, ``longest`` and ``words`` are read. ``series``: ``left`` and ``right``, the ids of
    articles that are two reports of one series (``verification.find_series``); those that stand for no group of copies
    are left out.

    Returns ``id``, ``story`` (numbered from 1, in the order of canonical articles), ``story_canonical`` (the id of the
    canonical article), ``story_size`` (articles), ``story_label`` (what it is called, see ``stories.labels``; by the id
    of its canonical article if there is no word for it) and ``story_probability`` (null where a text is alone). Only
    counts come to the driver: of articles, also in each language and in each partition.
    """
    ranks = ranked(work, copies.select("place"), "story_ranks").withColumnRenamed("rank", "row")
    placed = copies.select("id", "place", "copy_group", "longest", "words").join(ranks, "place").drop("place")
    placed = work.keep("story_rows", placed)
    linked = placed.where(sql.col("longest") & (sql.col("words") >= settings.shingle_words)).select("id", "row")
    collection = linked.count()
    plain = plain_texts(work, articles.join(linked, "id"))
    runs = repeated_runs(work, plain)
    terms, vocabulary = count_collection(work, plain, runs)
    joined = work.spark.createDataFrame([], JOINED)
    if collection >= 2:
        pairs = propose_pairs(work, terms, collection, settings.story_span)
        known = None if series is None else _rows_of_series(series, linked)
        links = measure_pairs(work, pairs, terms, known, settings, collection)
        joined = join_and_split(work, links, terms, settings, collection)
    stories = _of_copies(work, placed, joined)
    titles = articles.select("id", "title").join(stories.select("id", "row", "text", "story_size"), "id")
    called = call_stories(work, titles, plain, runs, terms, vocabulary, collection)
    label = sql.coalesce("label", "story_canonical").alias("story_label")
    probability = sql.when(~sql.isnan("probability"), sql.col("probability")).alias("story_probability")
    columns = ["id", "story", "story_canonical", "story_size", label, probability]
    return stories.join(called, "text", "left").select(*columns)


def _rows_of_series(series: DataFrame, linked: DataFrame) -> DataFrame:
    """Pairs of articles by row, the lower one first."""
    left = linked.select(sql.col("id").alias("left"), sql.col("row").alias("one"))
    right = linked.select(sql.col("id").alias("right"), sql.col("row").alias("other"))
    found = series.select("left", "right").join(left, "left").join(right, "right")
    return found.select(sql.least("one", "other").alias("left"), sql.greatest("one", "other").alias("right"))


def _of_copies(work: Workspace, placed: DataFrame, stories: DataFrame) -> DataFrame:
    """Give every article the story of the text that stands for its group of copies, by ``text``, its first such row."""
    texts = placed.where("longest").select("copy_group", "row").join(stories, "row", "left")
    of_group = texts.select("copy_group", sql.coalesce("story", "row").alias("text"), "probability")
    every = work.keep("story_of_articles", placed.select("id", "row", "copy_group").join(of_group, "copy_group"))
    canonical = work.keep(
        "story_canonical",
        every.groupBy("text").agg(
            sql.min("row").alias("first"),
            sql.min_by("id", "row").alias("story_canonical"),
            sql.count("*").alias("story_size"),
        ),
    )
    numbers = ranked(work, canonical.select(sql.col("first").alias("place")), "story_numbers").toDF("first", "story")
    numbered = canonical.join(numbers, "first").drop("first")
    return work.keep("story_found", every.join(numbered, "text"))
