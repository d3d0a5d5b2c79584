"""What stories are called, the same as ``stories.labels`` calls them.

A story of one article has its headline, and needs no terms. Every other one is called by the code of one machine, in
tasks that hold a block of stories: each headline of a story once, and the terms of the story's texts. How many articles
of the collection have a term of a headline is looked up beforehand, so no task holds the vocabulary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.kernels import SERIAL
from dedupe.spark.stages import Batches, batch_of, in_workers
from dedupe.spark.stories.columns import block_of, numbers, on_two_tables, table_of
from dedupe.spark.stories.finding import Stories
from dedupe.spark.stories.printed import printed_forms
from dedupe.spark.stories.terms import terms_of
from dedupe.spark.workspace import Workspace
from dedupe.stories.labels import choose_headlines, headline, headline_terms, telling_terms
from dedupe.text.language import ENGLISH

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_HEADLINE = "text long, story_size long, row long, headline string"


def call_stories(work: Workspace, titles: DataFrame, stories: Stories) -> DataFrame:
    """Return what each story is called: ``text`` (see ``Stories``) and ``label``.

    A story without a headline and without a word that says anything has no row. ``titles``: of all articles, ``row``,
    ``title``, ``text`` and ``story_size``.
    """
    from pyspark.sql import functions as sql

    read = in_workers(titles.select("text", "story_size", "row", "title"), _read_headlines, _HEADLINE)
    once = read.groupBy("text", "story_size", "headline").agg(sql.min("row").alias("row"))
    headlines = work.keep("story_headlines", once)
    alone = headlines.where("story_size = 1 and headline != ''").select("text", sql.col("headline").alias("label"))
    others = headlines.where("story_size > 1 or headline = ''").select("text").distinct()
    of_texts = stories.terms.join(titles.select("row", "text"), "row").join(others, "text", "left_semi")
    of_texts = work.keep("story_called_texts", of_texts)
    several = _with_terms(headlines.where("story_size > 1 and headline != ''"), of_texts, stories.vocabulary)
    called = work.keep(
        "story_called",
        several.withColumn("block", block_of("text"))
        .groupBy("block")
        .cogroup(of_texts.withColumn("of_block", block_of("text")).groupBy("of_block"))
        .applyInArrow(
            on_two_tables(_call_block, collection=stories.collection), "text long, label string, telling array<string>"
        ),
    )
    labels = alone.unionByName(called.where("label != ''").select("text", "label"))
    telling = called.select("text", sql.posexplode("telling").alias("place", "term"))
    if telling.isEmpty():
        return labels
    printed = printed_forms(work, stories.texts, stories.runs, telling.select("term").distinct())
    words = (
        telling.join(printed, "term")
        .groupBy("text")
        .agg(sql.sort_array(sql.collect_list(sql.struct("place", "printed"))).alias("words"))
    )
    return labels.unionByName(words.select("text", sql.array_join("words.printed", ", ").alias("label")))


def _read_headlines(batches: Batches) -> Batches:
    for batch in batches:
        headlines = pa.array(map(headline, batch.column("title").to_pylist()), pa.string())
        yield batch_of(**{name: batch.column(name) for name in ("text", "story_size", "row")}, headline=headlines)


def _with_terms(headlines: DataFrame, texts: DataFrame, vocabulary: DataFrame) -> DataFrame:
    """Return headlines of stories with those of their terms that the collection has, and its numbers of these."""
    from pyspark.sql import functions as sql

    language = texts.groupBy("text").agg(sql.min_by("language", "row").alias("language"))
    read = in_workers(headlines.join(language, "text", "left"), _read_terms, "text long, row long, term string")
    known = read.join(vocabulary, "term").groupBy("text", "row")
    lists = known.agg(sql.collect_list(sql.struct("term", "holders", "in_news")).alias("known"))
    columns = [sql.col(f"known.{name}").alias(name) for name in ("term", "holders", "in_news")]
    return headlines.join(lists, ["text", "row"], "left").select("text", "row", "headline", *columns)


def _read_terms(batches: Batches) -> Batches:
    for batch in batches:
        languages = [code or ENGLISH for code in batch.column("language").to_pylist()]
        found = headline_terms(batch.column("headline").to_pylist(), languages, SERIAL.backend)
        sizes = [len(own) for own in found]
        yield batch_of(
            text=np.repeat(batch.column("text").to_numpy(), sizes),
            row=np.repeat(batch.column("row").to_numpy(), sizes),
            term=pa.array([term for own in found for term in own], pa.string()),
        )


def _call_block(headlines: pa.Table, texts: pa.Table, collection: int) -> pa.Table:
    """Return what the stories of a block are called: by a headline, or by telling terms where no headline fits."""
    headlines, texts = headlines.sort_by("row"), texts.sort_by("row")
    words = terms_of(texts, collection, also=headlines)
    of_headline, of_text = numbers(headlines, "text"), numbers(texts, "text")
    stories = np.union1d(of_headline, of_text).astype(np.int64)
    story = np.searchsorted(stories, of_text)
    chosen = choose_headlines(
        words, story, headlines["headline"].to_pylist(), np.searchsorted(stories, of_headline), SERIAL.backend
    )
    labels = [chosen.get(number, "") for number in range(stories.size)]
    telling = [
        [] if label else [words.vocabulary[term] for term in telling_terms(words, np.flatnonzero(story == number))]
        for number, label in enumerate(labels)
    ]
    return table_of(text=stories, label=pa.array(labels, pa.string()), telling=pa.array(telling, pa.list_(pa.string())))
