"""Find how a collection prints some terms: by the most frequent token of each, as in ``Terms.printed``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.spark.stages import Batches, batch_of, in_workers, taken
from dedupe.spark.stories.columns import few_at_once, numbers, ragged
from dedupe.spark.stories.furniture import mark_repeated, read_articles
from dedupe.spark.workspace import Workspace
from dedupe.text.readings import english_function_words
from dedupe.text.terms import printed_form
from dedupe.text.tokens import tokens

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_TOKENS = "term string, language string, token string, count long, row long, place long"


def printed_forms(work: Workspace, articles: DataFrame, runs: DataFrame, terms: DataFrame) -> DataFrame:
    """Return how the articles print each of some terms: ``term`` and ``printed``.

    ``articles``, ``runs``: those of ``terms.count_collection``. ``terms``: distinct, in ``term``; days of a month are
    printed by no token, and have no row. All articles are read again, once for how often each token is read, and once
    for which of two that are read as often was read first.
    """
    from pyspark.sql import functions as sql

    read = in_workers(articles.join(runs, "row", "left"), _read_tokens, _TOKENS)
    counted = read.where("count > 0").join(terms, "term", "left_semi").groupBy("term", "language", "token")
    ranked = counted.agg(sql.sum("count").alias("count")).selectExpr(
        "term", "token", "rank() over (partition by term order by count desc, language) as rank"
    )
    best = ranked.where("rank = 1").selectExpr("term", "token", "count(*) over (partition by term) as tokens")
    best = work.keep("story_tokens", best)
    tied = best.where("tokens > 1").select("token").distinct()
    first = (
        read.join(tied, "token", "left_semi").groupBy("token").agg(sql.min(sql.struct("row", "place")).alias("read"))
    )
    chosen = best.join(first, "token", "left").groupBy("term").agg(sql.min(sql.struct("read", "token")).alias("best"))
    return work.keep(
        "story_printed", in_workers(chosen.select("term", "best.token"), _print, "term string, printed string")
    )


def _read_tokens(batches: Batches) -> Batches:
    """Yield the distinct tokens of each article.

    ``count``: how often each is read where it is no page furniture and no function word. ``row``, ``place``: where it
    is first read at all; function words of English are before all rows.
    """
    before_all = {token: place for place, token in enumerate(dict.fromkeys(tokens(english_function_words())))}
    for table in few_at_once(batches):
        read = read_articles(table)
        runs, run_offsets = ragged(table, "runs")
        left_out = mark_repeated(runs.astype(np.int64), run_offsets, read.offsets, read.title_words)
        left_out |= read.is_function_word[read.words]
        article = np.repeat(np.arange(len(table)), np.diff(read.offsets))
        distinct, first, of_word = np.unique(
            article * len(read.tokens) + read.words, return_index=True, return_inverse=True
        )
        token, owner = read.words[first].astype(np.int64), article[first]
        early = np.array([before_all.get(one, -1) for one in read.tokens], np.int64)[token]
        yield batch_of(
            term=taken(pa.array(read.stems, pa.string()), read.stem_of[token]),
            language=taken(pa.array(read.languages, pa.string()), owner),
            token=taken(pa.array(read.tokens, pa.string()), token),
            count=np.bincount(of_word[~left_out], minlength=distinct.size),
            row=np.where(early >= 0, -1, numbers(table, "row")[owner]),
            place=np.where(early >= 0, early, first - read.offsets[owner]),
        )


def _print(batches: Batches) -> Batches:
    for batch in batches:
        terms, tokens_of_terms = (batch.column(name).to_pylist() for name in ("term", "token"))
        printed = [printed_form(token) or term for term, token in zip(terms, tokens_of_terms, strict=True)]
        yield batch_of(term=batch.column("term"), printed=pa.array(printed, pa.string()))
