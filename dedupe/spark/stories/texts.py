"""Texts without boilerplate, and headlines without the parts that other headlines have too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as sql

from dedupe.spark.stories.columns import kept, numbers, table_of
from dedupe.stories.times import MICROSECONDS_PER_DAY
from dedupe.text.furniture import headline_of, plain_title, split_title, with_plain_headline, without_boilerplate

_COMPARED = "row long, day double, title string, text string, publisher string, language string, headline string"


def plain_texts(articles: DataFrame) -> DataFrame:
    """The articles as terms are read from them: ``row``, ``day`` (NaN if unknown), ``title``, ``text``, ``publisher``,
    ``language``.

    Boilerplate and the shared parts of headlines are left out, as ``furniture.plain_headlines`` does. ``articles``:
    columns of ARTICLES and ``row``. A headline has few parts, so the list of those that it loses is short.
    """
    published = sql.unix_micros("published_at").alias("micros")
    compared = kept(
        articles.select("row", published, "title", "text", "publisher", "language").mapInArrow(
            _leave_out_boilerplate, _COMPARED
        )
    )
    parts = compared.select("row", "headline").mapInArrow(_parts_beside, "row long, key string, headline string")
    counted = parts.groupBy("key").agg(sql.min("headline").alias("first"), sql.max("headline").alias("last"))
    shared = counted.where("first < last").select("key")
    lost = parts.join(shared, "key").groupBy("row").agg(sql.collect_set("key").alias("shared"))
    return compared.join(lost, "row", "left").mapInArrow(_leave_out_parts, _COMPARED).drop("headline")


def _leave_out_boilerplate(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        articles = pa.Table.from_batches([batch])
        texts = without_boilerplate(articles["text"].cast(pa.large_string())).to_pylist()
        headlines = map(headline_of, articles["title"].to_pylist(), texts)
        columns = [
            ("row", articles["row"]),
            ("day", np.floor(numbers(articles, "micros").astype(np.float64) / MICROSECONDS_PER_DAY)),
            ("title", articles["title"]),
            ("text", pa.array(texts, pa.string())),
            ("publisher", articles["publisher"]),
            ("language", articles["language"]),
            ("headline", pa.array(headlines, pa.string())),
        ]
        yield from table_of(columns).to_batches()


def _parts_beside(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The parts that stand beside each headline, and the key of the headline itself."""
    for batch in batches:
        split = [split_title(headline) for headline in batch.column("headline").to_pylist()]
        keys = [own.beside for own in split]
        sizes = np.array([len(own) for own in keys], np.int64)
        headlines = pa.array([own.headline for own in split], pa.string())
        columns = [
            ("row", np.repeat(batch.column("row").to_numpy(), sizes)),
            ("key", pa.array([key for own in keys for key in own], pa.string())),
            ("headline", headlines.take(pa.array(np.repeat(np.arange(sizes.size), sizes)))),
        ]
        yield from table_of(columns).to_batches()


def _leave_out_parts(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        texts = []
        columns = ("title", "text", "publisher", "headline", "shared")
        for title, text, publisher, headline, shared in zip(
            *(batch.column(name).to_pylist() for name in columns), strict=True
        ):
            plain = plain_title(headline, split_title(headline), shared or (), publisher)
            texts.append(with_plain_headline(title, text, headline, plain))
        titles, plain = (pa.array(column, pa.string()) for column in (zip(*texts, strict=True) if texts else ((), ())))
        changed = {"title": titles, "text": plain}
        yield from table_of(
            [(name, changed.get(name, batch.column(name))) for name in batch.schema.names if name != "shared"]
        ).to_batches()
