"""Page furniture that is known by repetition: the same words as ``text.furniture`` finds, by counting runs of words.

Every run of words that may be furniture becomes a row: its hash, and who has it. A hash that two articles have (at the
beginning of texts: two reports, see ``furniture.shared_edges``) is repeated. The lowest and the highest article of a
hash tell that, and Spark keeps them before it shuffles.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, Bools
from dedupe.kernels import ranges
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import RUN_BASE
from dedupe.spark.runs import hash_runs, with_repeated
from dedupe.spark.stages import Batches, batch_of, in_workers
from dedupe.spark.stories.columns import few_at_once, lists, numbers, on_table, ragged, table_of
from dedupe.spark.workspace import Workspace
from dedupe.text.furniture import MANY_ALIKE, RUN_WORDS, edges_of, group_alike, mark_edges
from dedupe.text.terms import Stems, read_stems

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_OF_PUBLISHER, _OF_BEGINNING, _OF_END = range(3)
"""Who may share a run: articles of one publisher anywhere, and articles of all publishers at their beginnings and at
their ends."""

_PLACES = 1 << 16
"""More than the words that are read of an article. A run is stored as ``who shares it`` × _PLACES + its place."""


def repeated_runs(work: Workspace, articles: DataFrame) -> DataFrame:
    """Return the runs of each article that are repeated: ``row`` and ``runs``, for ``mark_repeated``.

    ``articles``: as ``texts.plain_texts`` returns them. Articles without repeated runs have no row. The list of an
    article is no longer than three times its words.
    """
    from pyspark.sql import functions as sql

    texts = articles.select("row", "publisher", "title", "text", "language")
    words = work.keep(
        "story_words", in_workers(texts, _hash_words, "row long, publisher long, title_words long, words array<long>")
    )
    beginnings = in_workers(words, _beginnings, "row long, beginning binary, title array<long>")
    few = beginnings.groupBy("beginning").count().where(f"count between 2 and {MANY_ALIKE}").select("beginning")
    alike = beginnings.join(few, "beginning").groupBy("beginning")
    reports = alike.applyInArrow(on_table(_group_reports), "row long, report long")
    runs = in_workers(words.join(reports, "row", "left"), _runs, "key long, row long, owner long, run int")
    owners = runs.groupBy("key").agg(*(sql.expr(f"{name}(owner) as {name}") for name in ("min", "max", "count")))
    repeated = work.keep("story_repeated_runs", owners.where("min < max").selectExpr("key", "count as size"))
    found = with_repeated(runs.drop("owner"), repeated, "row")
    return work.keep("story_furniture", found.groupBy("row").agg(sql.collect_list("run").alias("runs")))


def _hash_of(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def _hash_words(batches: Batches) -> Batches:
    """Yield each article as hashes of the terms of its words, in text order."""
    for table in few_at_once(batches):
        read = read_articles(table)
        of_stem = np.array([_hash_of(stem) for stem in read.stems], np.uint64)
        # No publisher is unlike any name, also an empty one.
        publishers = [0 if name is None else _hash_of(name) for name in table["publisher"].to_pylist()]
        yield batch_of(
            row=numbers(table, "row"),
            publisher=np.array(publishers, np.uint64).view(np.int64),
            title_words=read.title_words,
            words=lists(of_stem[read.stem_of[read.words]].view(np.int64), read.offsets),
        )


def read_articles(articles: pa.Table) -> Stems:
    """Return the stems of articles with the columns ``title``, ``text`` and ``language``."""
    title, text, language = (articles[name].to_pylist() for name in ("title", "text", "language"))
    return read_stems(zip(title, text, strict=True), given_language=language)


def _beginnings(batches: Batches) -> Batches:
    """Yield the first words behind the title of each article that has as many, and the words of its title."""
    for table in few_at_once(batches):
        words, offsets = ragged(table, "words")
        begin, sizes = edges_of(offsets, numbers(table, "title_words"))
        own = np.flatnonzero(sizes >= RUN_WORDS)
        first = [words[at : at + RUN_WORDS].tobytes() for at in begin[own].tolist()]
        titles = begin[own] - offsets[:-1][own]
        yield batch_of(
            row=numbers(table, "row")[own],
            beginning=pa.array([hashlib.blake2b(some, digest_size=16).digest() for some in first], pa.binary()),
            title=lists(words[ranges(offsets[:-1][own], titles)], ragged_offsets(titles)),
        )


def _group_reports(articles: pa.Table) -> pa.Table:
    """Return which articles with one beginning are one report, because their titles are alike: one row of it each."""
    ordered = articles.sort_by("row")
    row = numbers(ordered, "row")
    alike = group_alike([set(title) for title in ordered["title"].to_pylist()])
    return table_of(row=row, report=row[alike])


def _runs(batches: Batches) -> Batches:
    """Yield all runs of words that may be repeated. ``owner``: the article, or the report for runs in beginnings."""
    for table in few_at_once(batches):
        words, offsets = ragged(table, "words")
        row, publisher = numbers(table, "row"), numbers(table, "publisher").view(np.uint64)
        report = table["report"].combine_chunks().fill_null(-1).to_numpy()
        report = np.where(report < 0, row, report)
        begin, sizes = edges_of(offsets, numbers(table, "title_words"))
        key, start, article = hash_runs(words.view(np.uint64), offsets)
        in_beginning = _inside(start, begin[article], sizes[article])
        in_end = _inside(start, (offsets[1:] - sizes)[article], sizes[article])
        parts = []
        for shared_by, own, owner, of in (
            (_OF_PUBLISHER, np.arange(key.size), row, publisher[article]),
            (_OF_BEGINNING, np.flatnonzero(in_beginning), report, np.uint64(1)),
            (_OF_END, np.flatnonzero(in_end), row, np.uint64(2)),
        ):
            mixed = key * RUN_BASE + of
            place = start[own] - offsets[:-1][article[own]] + shared_by * _PLACES
            of_article = article[own]
            parts.append((mixed[own].view(np.int64), row[of_article], owner[of_article], place.astype(np.int32)))
        hashes, rows, owners, runs = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        yield batch_of(key=hashes, row=rows, owner=owners, run=runs)


def _inside(start: I64, first: I64, size: I64) -> Bools:
    """Return whether runs lie within the ``size`` words from ``first`` on."""
    inside: Bools = (start >= first) & (start + RUN_WORDS <= first + size)
    return inside


def mark_repeated(runs: I64, run_offsets: I64, offsets: I64, title_words: I64) -> Bools:
    """Return which words are page furniture, by repetition: bool[words].

    ``runs``, ``run_offsets``: of each article, as ``repeated_runs`` lists them. ``offsets``, ``title_words``: of its
    words, as ``Stems`` has them.
    """
    article = np.repeat(np.arange(offsets.size - 1), np.diff(run_offsets))
    shared_by, start = runs // _PLACES, runs % _PLACES + offsets[:-1][article]
    begin, sizes = edges_of(offsets, title_words)

    def words_of(kind: int) -> Bools:
        found = np.zeros(int(offsets[-1]), bool)
        found[(start[shared_by == kind][:, None] + np.arange(RUN_WORDS)).ravel()] = True
        return found

    of_beginnings = words_of(_OF_BEGINNING)[ranges(begin, sizes)]
    of_ends = words_of(_OF_END)[ranges(offsets[1:] - sizes, sizes)]
    return words_of(_OF_PUBLISHER) | mark_edges(offsets, begin, sizes, of_beginnings, of_ends)
