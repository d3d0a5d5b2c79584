"""Terms of articles, with how many articles of the whole collection have each.

A DataFrame of terms has one row for each article, with its terms in alphabetical order as lists of one length. A term
needs no number then: each block numbers its own terms by the alphabet, which is the order that sums depend on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.arrays import F64, I64
from dedupe.spark.stages import Batches, batch_of, in_workers, taken
from dedupe.spark.stories.columns import few_at_once, lists, numbers, ragged, ragged_arrow
from dedupe.spark.stories.furniture import mark_repeated, read_articles
from dedupe.spark.workspace import Workspace
from dedupe.text.background import load_background
from dedupe.text.language import ENGLISH
from dedupe.text.terms import UNSEEN_ARTICLES, Terms, count_terms, flags_of

_COUNTED = (
    "row long, day double, words long, title_words long, language string, term array<string>, "
    "decayed_tf array<double>, first array<int>, is_name array<boolean>"
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, kw_only=True)
class TermsOfBlock(Terms):
    """The terms of some articles of a collection.

    ``vocabulary`` has the terms of these articles only. ``holders``: how many articles of the whole collection have
    each, int64[terms]. ``collection``: how many articles the whole collection has. ``rows_of``: the row of each article
    in canonical order, int64[articles], ascending. ``day``: float64[articles], NaN if unknown.
    """

    holders: I64
    collection: int
    rows_of: I64
    day: F64

    @property
    def articles(self) -> int:
        """Return the number of articles of the collection."""
        return self.collection

    @property
    def in_articles(self) -> I64:
        """Return how many articles of the collection have each term, int64[terms]."""
        return self.holders

    def places(self, rows: I64) -> I64:
        """Return the places of articles, given by their rows in canonical order, in this block: int64."""
        return np.searchsorted(self.rows_of, rows)


def count_collection(work: Workspace, articles: DataFrame, runs: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return the terms of each article, and in how many articles each term stands.

    ``articles``: as ``texts.plain_texts`` returns them. ``runs``: as ``furniture.repeated_runs`` returns them. The
    first result has one row for each article: ``row``, ``day``, ``words``, ``title_words``, ``language``, and lists
    with one element for each of its terms: ``term``, ``decayed_tf``, ``first``, ``is_name``, ``holders`` and
    ``in_news``. The second one is the vocabulary: ``term``, ``holders`` and ``in_news``.
    """
    from pyspark.sql import functions as sql

    counted = work.keep("story_counted_terms", in_workers(articles.join(runs, "row", "left"), _count, _COUNTED))
    languages = {row["language"]: row["count"] for row in counted.groupBy("language").count().collect()}
    entries = counted.select("row", "language", sql.posexplode("term").alias("place", "term"))
    of_languages = entries.groupBy("term", "language").agg(sql.count("*").alias("own"))
    share = sql.lit(0.0)
    for code in sorted(set(languages) - {ENGLISH}):
        of_code = sql.col("own") / sql.lit(float(languages[code] + UNSEEN_ARTICLES))
        share = sql.when(sql.col("language") == code, of_code).otherwise(share)
    of_terms = (
        of_languages.withColumn("share", share)
        .groupBy("term")
        .agg(sql.sum("own").alias("holders"), sql.max("share").alias("share"))
    )
    looked_up = in_workers(of_terms, _look_up, "term string, holders long, in_news double")
    vocabulary = work.keep("story_vocabulary", looked_up)
    found = (
        entries.select("row", "place", "term")
        .join(vocabulary, "term")
        .groupBy("row")
        .agg(sql.sort_array(sql.collect_list(sql.struct("place", "holders", "in_news"))).alias("found"))
        .select("row", sql.col("found.holders").alias("holders"), sql.col("found.in_news").alias("in_news"))
    )
    return work.keep("story_terms", counted.join(found, "row", "left")), vocabulary


def _count(batches: Batches) -> Batches:
    background = load_background()
    for table in few_at_once(batches):
        read = read_articles(table)
        runs, run_offsets = ragged(table, "runs")
        left_out = mark_repeated(runs.astype(np.int64), run_offsets, read.offsets, read.title_words)
        terms = count_terms(read, background, left_out)
        yield batch_of(
            row=numbers(table, "row"),
            day=numbers(table, "day"),
            words=terms.words,
            title_words=terms.title_words,
            language=pa.array(terms.languages, pa.string()),
            term=lists(taken(pa.array(terms.vocabulary, pa.string()), terms.term.astype(np.int64)), terms.starts),
            decayed_tf=lists(terms.decayed_tf, terms.starts),
            first=lists(terms.first.astype(np.int32), terms.starts),
            is_name=lists(terms.is_name, terms.starts),
        )


def _look_up(batches: Batches) -> Batches:
    """Yield how many articles of general news have each term: see ``terms.articles_in_news``."""
    background = load_background()
    for batch in batches:
        in_news = background.counts(batch.column("term").to_pylist())
        foreign = background.articles * batch.column("share").to_numpy()
        yield batch_of(term=batch.column("term"), holders=batch.column("holders"), in_news=np.maximum(in_news, foreign))


def terms_of(block: pa.Table, collection: int, also: pa.Table | None = None) -> TermsOfBlock:
    """Return the terms of a block of articles, in canonical order. ``block``: as ``count_collection`` returns them.

    ``also``: lists ``term``, ``holders`` and ``in_news`` of terms that the vocabulary is to have besides.
    """
    block = block.sort_by("row")
    tables = [block] if also is None else [block, also]
    starts = ragged_arrow(block, "term")[1]
    encoded = pa.concat_arrays([ragged_arrow(table, "term")[0] for table in tables]).dictionary_encode()
    names, of_entry = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    number = np.empty(order.size, np.uint32)
    number[order] = np.arange(order.size, dtype=np.uint32)
    entry = number[of_entry] if order.size else np.zeros(0, np.uint32)
    vocabulary = [names[place] for place in order.tolist()]
    of_term = np.zeros((2, order.size))
    for own, name in zip(of_term, ("holders", "in_news"), strict=True):
        own[entry] = np.concatenate([ragged(table, name)[0] for table in tables])
    return TermsOfBlock(
        vocabulary,
        starts,
        entry[: starts[-1]],
        ragged(block, "decayed_tf")[0],
        ragged(block, "first")[0].astype(np.uint16),
        ragged(block, "is_name")[0],
        numbers(block, "words"),
        numbers(block, "title_words"),
        *flags_of(vocabulary),
        in_news=of_term[1],
        news_articles=load_background().articles,
        languages=block["language"].to_pylist(),
        holders=of_term[0].astype(np.int64),
        collection=collection,
        rows_of=numbers(block, "row"),
        day=numbers(block, "day"),
    )
