"""Find the stories of a collection, by the stages of this room in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedupe.settings import Settings
from dedupe.spark.copies import Copies
from dedupe.spark.order import ranked
from dedupe.spark.stories.candidates import propose_pairs
from dedupe.spark.stories.furniture import repeated_runs
from dedupe.spark.stories.joining import JOINED, join_and_split
from dedupe.spark.stories.similarity import measure_pairs
from dedupe.spark.stories.terms import count_collection
from dedupe.spark.stories.texts import plain_texts
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class Stories:
    """The stories of a collection and what they rest on.

    ``of_articles`` has one row for each article:

        id                 string   the article
        place              binary   its place in canonical order (``order``)
        row                long     the rank of its place, from 1
        text               long     the lowest row of its story among those that terms were read of
        story              long     number of its story, from 1, in the order of canonical articles
        story_canonical    string   id of the canonical article: the first of the story in canonical order
        story_size         long     articles of the story
        story_probability  double   how surely it belongs to its story, null where a text is alone

    ``links`` are the measured pairs (see ``similarity.measure_pairs``), by rows ``left`` < ``right``; None where there
    are fewer than two texts. ``texts``, ``runs``, ``terms`` and ``vocabulary`` are what was read of the ``collection``
    texts among which stories were looked for (see ``terms.count_collection``). ``counts`` are those of
    ``Clustering.counts`` that concern stories, and ``largest`` is the number of articles of the largest story.
    """

    of_articles: DataFrame
    links: DataFrame | None
    texts: DataFrame
    runs: DataFrame
    terms: DataFrame
    vocabulary: DataFrame
    collection: int
    counts: dict[str, int]
    largest: int


def find_stories(work: Workspace, articles: DataFrame, copies: Copies, settings: Settings) -> Stories:
    """Return which articles report the same event, the same as ``dedupe cluster`` finds.

    ``articles``: columns of schema ARTICLES, with distinct ids. ``copies``: those of these articles, of which the
    groups and the series are read. Only counts come to the driver: of articles, also in each language and in each
    partition, of pairs, and of stories.
    """
    ranks = ranked(work, copies.groups.select("place"), "story_ranks").withColumnRenamed("rank", "row")
    placed = copies.groups.select("id", "place", "copy_group", "longest", "words").join(ranks, "place")
    placed = work.keep("story_rows", placed)
    linked = placed.where(f"longest and words >= {settings.shingle_words}").select("id", "place", "row")
    collection = linked.count()
    plain = plain_texts(work, articles.join(linked.select("id", "row"), "id"))
    runs = repeated_runs(work, plain)
    terms, vocabulary = count_collection(work, plain, runs)
    joined, links = work.spark.createDataFrame([], JOINED), None
    counts = {"story_pairs": 0, "oversized_postings": 0, "cut_candidate_lists": 0}
    if collection >= 2:
        pairs, counts = propose_pairs(work, terms, collection, settings.story_span)
        links = measure_pairs(work, pairs, terms, _rows_of_series(copies.series, linked), settings, collection)
        joined = join_and_split(work, links, terms, settings, collection)
    of_articles = _of_copies(work, placed, joined)
    own = of_articles.selectExpr("coalesce(max(story), 0L) as stories", "coalesce(max(story_size), 0L) as largest")
    stories, largest = own.collect()[0]
    counts["stories"] = stories
    return Stories(of_articles, links, plain, runs, terms, vocabulary, collection, counts, largest)


def _rows_of_series(series: DataFrame, linked: DataFrame) -> DataFrame:
    """Return pairs of places, the lower one first, as pairs of rows."""
    left, right = linked.selectExpr("place as left", "row as one"), linked.selectExpr("place as right", "row as other")
    found = series.select("left", "right").join(left, "left").join(right, "right")
    return found.selectExpr("one as left", "other as right")


def _of_copies(work: Workspace, placed: DataFrame, joined: DataFrame) -> DataFrame:
    """Return the story of every article, which is that of the text that stands for its group of copies."""
    from pyspark.sql.functions import expr

    texts = placed.where("longest").select("copy_group", "row").join(joined, "row", "left")
    of_group = texts.selectExpr(
        "copy_group", "coalesce(story, row) as text", "if(isnan(probability), null, probability) as story_probability"
    )
    every = work.keep(
        "story_of_articles", placed.select("id", "place", "row", "copy_group").join(of_group, "copy_group")
    )
    canonical = work.keep(
        "story_canonical",
        every.groupBy("text").agg(
            expr("min(row) as first"), expr("min_by(id, row) as story_canonical"), expr("count(*) as story_size")
        ),
    )
    numbers = ranked(work, canonical.selectExpr("first as place"), "story_numbers").toDF("first", "story")
    numbered = canonical.join(numbers, "first").drop("first")
    return work.keep("story_found", every.drop("copy_group").join(numbered, "text"))
