"""Texts without boilerplate, and headlines without the parts that other headlines have too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.spark.stages import Batches, batch_of, in_workers, taken
from dedupe.spark.stories.columns import numbers
from dedupe.spark.workspace import Workspace
from dedupe.stories.times import MICROSECONDS_PER_DAY
from dedupe.text.furniture import TitleParts, headline_of, with_plain_headline, without_boilerplate

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_COMPARED = "row long, day double, title string, text string, publisher string, language string, headline string"


def plain_texts(work: Workspace, articles: DataFrame) -> DataFrame:
    """Return the articles as terms are read from them.

    The columns are ``row``, ``day`` (NaN if unknown), ``title``, ``text``, ``publisher`` and ``language``. Boilerplate
    and the shared parts of headlines are left out, as ``furniture.plain_headlines`` does. ``articles``: columns of
    ARTICLES and ``row``. A headline has few parts, so the list of those that it loses is short.
    """
    from pyspark.sql import functions as sql

    published = sql.unix_micros("published_at").alias("micros")
    columns = articles.select("row", published, "title", "text", "publisher", "language")
    compared = work.keep("story_texts", in_workers(columns, _leave_out_boilerplate, _COMPARED))
    parts = in_workers(compared.select("row", "headline"), _parts_beside, "row long, key string, headline string")
    counted = parts.groupBy("key").agg(sql.min("headline").alias("first"), sql.max("headline").alias("last"))
    shared = counted.where("first < last").select("key")
    lost = parts.join(shared, "key").groupBy("row").agg(sql.collect_set("key").alias("shared"))
    plain = in_workers(compared.join(lost, "row", "left"), _leave_out_parts, _COMPARED).drop("headline")
    return work.keep("story_plain_texts", plain)


def _leave_out_boilerplate(batches: Batches) -> Batches:
    for batch in batches:
        articles = pa.Table.from_batches([batch])
        texts = without_boilerplate(articles["text"].cast(pa.large_string())).to_pylist()
        headlines = map(headline_of, articles["title"].to_pylist(), texts)
        yield batch_of(
            row=batch.column("row"),
            day=np.floor(numbers(articles, "micros").astype(np.float64) / MICROSECONDS_PER_DAY),
            title=batch.column("title"),
            text=pa.array(texts, pa.string()),
            publisher=batch.column("publisher"),
            language=batch.column("language"),
            headline=pa.array(headlines, pa.string()),
        )


def _parts_beside(batches: Batches) -> Batches:
    """Yield the parts that stand beside each headline, and the key of the headline itself."""
    for batch in batches:
        split = [TitleParts(headline) for headline in batch.column("headline").to_pylist()]
        keys = [own.beside() for own in split]
        sizes = np.array([len(own) for own in keys], np.int64)
        headlines = pa.array([own.headline for own in split], pa.string())
        yield batch_of(
            row=np.repeat(batch.column("row").to_numpy(), sizes),
            key=pa.array([key for own in keys for key in own], pa.string()),
            headline=taken(headlines, np.repeat(np.arange(sizes.size), sizes)),
        )


def _leave_out_parts(batches: Batches) -> Batches:
    for batch in batches:
        texts = []
        columns = ("title", "text", "publisher", "headline", "shared")
        for title, text, publisher, headline, shared in zip(
            *(batch.column(name).to_pylist() for name in columns), strict=True
        ):
            plain = TitleParts(headline).without(frozenset(shared or ()).__contains__, publisher)
            texts.append(with_plain_headline(title, text, headline, plain))
        titles, plain = (pa.array(column, pa.string()) for column in zip(*texts, strict=True))
        kept = {name: batch.column(name) for name in batch.schema.names if name != "shared"}
        yield batch_of(**kept | {"title": titles, "text": plain})
