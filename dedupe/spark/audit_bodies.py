"""The texts of articles without boilerplate, as ``dedupe audit`` compares them, and what publishers repeat.

In how many texts and stories a publisher prints a sentence is counted by shuffles. The code of one machine then judges
each sentence by these numbers (``audit.repeated_boilerplate``), in tasks that hold a block of sentences, about as many
as 64 articles have, with one row for each publisher that prints them. So a sentence that all articles have needs no
more memory than any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.alignment.tokenized import tokenize
from dedupe.audit.pair_selection import body_of
from dedupe.audit.repeated_boilerplate import LEAST_ARTICLES, judge_repetition
from dedupe.audit.sentence_table import sentence_keys
from dedupe.kernels.ragged import ragged_offsets
from dedupe.spark.stages import Batches, batch_of, in_workers
from dedupe.spark.stories.columns import hashed_block
from dedupe.spark.workspace import Workspace
from dedupe.text.sentences import split_language

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_SENTENCES = "place binary, keys array<long>, starts array<int>, ends array<int>, by_rule array<boolean>"


def find_bodies(work: Workspace, articles: DataFrame, about: DataFrame, collection: int) -> DataFrame:
    """Return the text of each article without its boilerplate sentences: ``place`` and ``text``.

    ``articles``: with ``place``, ``text`` and ``language``. ``about`` and ``collection``: as ``find_repeated`` takes
    them. A sentence is boilerplate because a rule says so, or because publishers repeat it.
    """
    from pyspark.sql.functions import expr

    texts = articles.select("place", "text", "language")
    sentences = work.keep("audit_sentences", in_workers(texts, _sentences, _SENTENCES))
    standing = sentences.selectExpr("place", "posexplode(keys) as (position, key)").where("key != 0")
    repeated = find_repeated(work, standing, about, collection, "audit_repeated_sentences")
    of_article = repeated.groupBy("place").agg(expr("collect_list(position) as repeated"))
    marked = sentences.drop("keys").join(of_article, "place", "left").join(texts.select("place", "text"), "place")
    return work.keep("audit_bodies", in_workers(marked, _bodies, "place binary, text string"))


def find_repeated(work: Workspace, standing: DataFrame, about: DataFrame, collection: int, name: str) -> DataFrame:
    """Return the rows of ``standing`` that are boilerplate because publishers repeat them.

    ``standing``: which sentence or passage (``key``, a hash other than 0) stands in which article (``place``), with any
    other columns. ``about``: of all articles ``place``, ``publisher``, and their group of copies ``text_of`` and story
    ``story_of``. ``collection``: how many articles there are. ``name`` is that of the stage. See
    ``audit.repeated_boilerplate.find_repeated``.
    """
    from pyspark.sql.functions import expr

    known = about.selectExpr("place", "nullif(publisher, '') as publisher", "text_of", "story_of")
    printed = standing.join(known, "place")
    often = standing.groupBy("key").count().where(f"count >= {LEAST_ARTICLES}").select("key")
    candidates = printed.join(often, "key", "left_semi")
    by_publisher = candidates.groupBy("key", "publisher").agg(
        expr("count(distinct text_of) as texts"), expr("count(distinct story_of) as stories")
    )
    of_key = candidates.groupBy("key").agg(expr("count(distinct story_of) as stories_of_key"))
    of_publisher = known.groupBy("publisher").agg(expr("count(distinct text_of) as texts_of_publisher"))
    counted = by_publisher.join(of_key, "key").join(of_publisher, "publisher", "left")
    blocks = counted.groupBy(hashed_block("key", articles=collection))
    judged = work.keep(name, blocks.applyInArrow(_judge, "key long, publisher string"))
    everywhere, own = judged.where("publisher is null").select("key"), judged.where("publisher is not null")
    found = printed.join(everywhere, "key").select(*standing.columns)
    return found.unionByName(printed.join(own, ["key", "publisher"]).select(*standing.columns))


# In the workers


def _sentences(batches: Batches) -> Batches:
    """Yield the sentences of each article: a hash of the words, the span, and whether a rule calls it boilerplate."""
    for batch in batches:
        given = zip(batch.column("text").to_pylist(), batch.column("language").to_pylist(), strict=True)
        texts = [tokenize(text, split_language(text, language)) for text, language in given]
        spans = [span for text in texts for span in text.sentences]
        columns = {
            "keys": np.concatenate([np.zeros(0, np.uint64), *map(sentence_keys, texts)]).view(np.int64),
            "starts": np.array([span.start for span in spans], np.int32),
            "ends": np.array([span.end for span in spans], np.int32),
            "by_rule": np.array([mark for text in texts for mark in text.boilerplate], np.bool_),
        }
        offsets = pa.array(ragged_offsets(np.array([len(text.sentences) for text in texts], np.int64)), pa.int32())
        lists = {name: pa.ListArray.from_arrays(offsets, pa.array(column)) for name, column in columns.items()}
        yield batch_of(place=batch.column("place"), **lists)


def _judge(counted: pa.Table) -> pa.Table:
    """Return the boilerplate among some sentences: ``key``, and ``publisher`` if it is not boilerplate everywhere."""
    keys, first, key = np.unique(counted["key"].to_numpy(), return_index=True, return_inverse=True)
    is_known = counted["publisher"].is_valid()
    known, own = counted.filter(is_known), key.ravel()[is_known.to_numpy()]
    stories_of_key = counted["stories_of_key"].to_numpy()[first]
    texts, stories, texts_of_publisher = (
        known[name].to_numpy().astype(np.int64) for name in ("texts", "stories", "texts_of_publisher")
    )
    everywhere, mostly = judge_repetition(own, texts, stories, texts_of_publisher, stories_of_key)
    of_publisher = known.select(["key", "publisher"]).filter(pa.array(mostly & ~everywhere[own]))
    nobody = pa.nulls(int(np.count_nonzero(everywhere)), pa.string())
    return pa.concat_tables([pa.table({"key": keys[everywhere], "publisher": nobody}), of_publisher])


def _bodies(batches: Batches) -> Batches:
    """Yield texts without boilerplate sentences."""
    for batch in batches:
        bodies = []
        for row in batch.select(["text", "starts", "ends", "by_rule", "repeated"]).to_pylist():
            boilerplate = np.array(row["by_rule"], np.bool_)
            boilerplate[row["repeated"] or []] = True
            starts, ends = (np.array(row[name], np.int64) for name in ("starts", "ends"))
            bodies.append(body_of(row["text"], starts, ends, boilerplate))
        yield batch_of(place=batch.column("place"), text=pa.array(bodies, pa.string()))
