"""Find the words that a publisher repeats in different reports, as ``copies.repetition`` does, but with shuffles.

Only articles that share text with another one of their publisher are looked at. Articles whose titles have a word in
common count as one report. A run of words is repeated if it stands in ``LEAST_REPORTS`` reports of one publisher.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe import kernels
from dedupe.copies.fingerprints import word_hashes
from dedupe.copies.repetition import LEAST_REPORTS, titles_alike
from dedupe.kernels.records import RUN_BASE
from dedupe.settings import Settings
from dedupe.spark.comparison import compare, pairs_in
from dedupe.spark.components import find_components
from dedupe.spark.runs import hash_runs, with_repeated
from dedupe.spark.stages import Batches, batch_of, bytes_of_lists, in_workers, lists_of_bytes, taken
from dedupe.spark.workspace import Workspace
from dedupe.text.furniture import RUN_WORDS, TitleParts, without_boilerplate

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_PAIR = "left binary, right binary"
_WORDS = "place binary, publisher long, report long, words binary"
_RUN = "key long, report long, place binary, start int, words int"


def find_repeated(work: Workspace, articles: DataFrame, measured: DataFrame, settings: Settings) -> DataFrame | None:
    """Return the articles of which words are left out: ``place``, ``left_out`` and ``words``; None if there are none.

    ``articles``: with ``place``, ``title``, ``text`` and ``publisher``. ``measured``: the pairs that ``comparison``
    measured. ``left_out`` has one byte for each word of the text without boilerplate, 1 where it is left out, and
    ``words`` is how many stay.
    """
    publishers = articles.select("place", "publisher")
    own = work.keep(
        "same_publisher",
        measured.where("kind != 'unrelated'")
        .select("left", "right")
        .join(publishers.toDF("left", "publisher"), "left")
        .join(publishers.toDF("right", "other"), "right")
        .where("publisher = other")
        .select("left", "right", "publisher"),
    )
    if own.isEmpty():
        return None
    looked_at = own.selectExpr("left as place").union(own.selectExpr("right as place")).distinct()
    looked_at = work.keep(
        "looked_at", articles.select("place", "title", "publisher").join(looked_at, "place", "left_semi")
    )
    alike = work.keep("alike", compare(own, _plain_titles(looked_at), _alike, _PAIR))
    report_of = find_components(work, alike, "report").toDF("place", "report")
    reports = looked_at.join(report_of, "place", "left").selectExpr(
        "place", "publisher", "coalesce(report, place) as report"
    )
    several = (
        reports.select("publisher", "report").distinct().groupBy("publisher").count().where(f"count >= {LEAST_REPORTS}")
    )
    reports = work.keep("reports", reports.join(several.select("publisher"), "publisher", "left_semi"))
    if reports.isEmpty():
        return None
    own = reports.selectExpr("place", "xxhash64(publisher) as publisher", "xxhash64(report) as report")
    texts = articles.select("place", "text").join(own, "place")
    words = work.keep("repetition_words", in_workers(texts, _words, _WORDS, settings=settings))
    runs = in_workers(words, _runs, _RUN)
    repeated = work.keep("repeated_runs", _repeated(runs))
    found = with_repeated(runs.drop("report"), repeated, "place")
    by_article = found.repartition("place").sortWithinPartitions("place", "start")
    left_out = work.keep("left_out", in_workers(by_article, _left_out, "place binary, left_out binary, words long"))
    return None if left_out.isEmpty() else left_out


def _repeated(runs: DataFrame) -> DataFrame:
    """Return the keys of runs that stand in LEAST_REPORTS reports, and how many rows have each of them.

    Spark counts in two steps, so that no task has all rows of a key that many articles have.
    """
    from pyspark.sql.functions import expr

    of_report = runs.groupBy("key", "report").agg(expr("count(*) as size"))
    of_key = of_report.groupBy("key").agg(expr("count(*) as reports"), expr("sum(size) as size"))
    return of_key.where(f"reports >= {LEAST_REPORTS}").select("key", "size")


def _plain_titles(articles: DataFrame) -> DataFrame:
    """Return titles without the parts that titles of different articles share (see ``furniture.plain_titles``).

    A part is shared if titles with two different headlines have it beside them.
    """
    from pyspark.sql.functions import expr

    parts = in_workers(articles.select("place", "title"), _parts, "place binary, part string, headline string")
    shared = parts.groupBy("part").agg(expr("min(headline) != max(headline) as is_shared"))
    shared = shared.where("is_shared").select("part")
    own = parts.select("place", "part").distinct().join(shared, "part", "left_semi")
    titles = articles.selectExpr("place", "cast(null as string) as part", "title", "publisher")
    both = titles.unionByName(own, allowMissingColumns=True)
    by_article = both.repartition("place").sortWithinPartitions("place", "part")
    return in_workers(by_article, _without_shared, "place binary, title string")


def _parts(batches: Batches) -> Batches:
    """Yield the parts beside the headline of each title."""
    for batch in batches:
        split = [TitleParts(title or "") for title in batch.column("title").to_pylist()]
        rows = [row for row, parts in enumerate(split) for _ in parts.beside()]
        yield batch_of(
            place=taken(batch.column("place"), np.array(rows, np.int64)),
            part=pa.array([key for parts in split for key in parts.beside()], pa.string()),
            headline=pa.array([parts.headline for parts in split for _ in parts.beside()], pa.string()),
        )


def _without_shared(batches: Batches) -> Batches:
    """Yield the plain titles. The row of a title comes before those of its shared parts, which have no title."""
    place: bytes | None = None
    title: str | None = None
    publisher: str | None = None
    shared: set[str] = set()

    def finished() -> Iterator[tuple[bytes, str]]:
        if place is not None:
            yield place, TitleParts(title or "").without(shared.__contains__, publisher)

    for batch in batches:
        done: list[tuple[bytes, str]] = []
        for row in batch.to_pylist():
            if row["part"] is None:
                done += finished()
                place, title, publisher, shared = row["place"], row["title"], row["publisher"], set()
            else:
                shared.add(row["part"])
        yield _titles(done)
    yield _titles([*finished()])


def _titles(titles: list[tuple[bytes, str]]) -> pa.RecordBatch:
    places, plain = ([one[column] for one in titles] for column in (0, 1))
    return batch_of(place=pa.array(places, pa.binary()), title=pa.array(plain, pa.string()))


def _alike(batches: Batches) -> Batches:
    """Yield the pairs whose titles may be those of one report."""
    for batch, left, right in pairs_in(batches):
        alike = right[titles_alike(batch.column("title").to_pylist(), left, right)]
        yield batch_of(left=taken(batch.column("left"), alike), right=taken(batch.column("right"), alike))


def _words(batches: Batches, settings: Settings) -> Batches:
    """Yield the hashes of the words of each text without boilerplate."""
    backend = kernels.choose()
    for batch in batches:
        texts = without_boilerplate(pa.chunked_array([batch.column("text").cast(pa.large_string())]))
        own = {name: batch.column(name) for name in ("place", "publisher", "report")}
        yield batch_of(**own, words=bytes_of_lists(*word_hashes(texts, settings, backend)))


def _runs(batches: Batches) -> Batches:
    """Yield the runs of RUN_WORDS words of each text: a hash of the run and of the publisher, and where it begins."""
    for batch in batches:
        words, offsets = lists_of_bytes(batch.column("words"))
        key, start, article = hash_runs(words, offsets)
        publisher = batch.column("publisher").to_numpy().view(np.uint64)[article]
        yield batch_of(
            key=(key * RUN_BASE + publisher).view(np.int64),
            report=taken(batch.column("report"), article),
            place=taken(batch.column("place"), article),
            start=(start - offsets[article]).astype(np.int32),
            words=np.diff(offsets)[article].astype(np.int32),
        )


def _left_out(batches: Batches) -> Batches:
    """Yield which words of each article are in a repeated run. The runs of an article follow each other."""
    place: bytes | None = None
    mask = np.zeros(0, np.uint8)
    for batch in batches:
        done: list[tuple[bytes, np.ndarray]] = []
        places = batch.column("place").to_pylist()
        starts, words = batch.column("start").to_pylist(), batch.column("words").to_pylist()
        for own, start, count in zip(places, starts, words, strict=True):
            if own != place:
                if place is not None:
                    done.append((place, mask))
                place, mask = own, np.zeros(count, np.uint8)
            mask[start : start + RUN_WORDS] = 1
        yield _masks(done)
    if place is not None:
        yield _masks([(place, mask)])


def _masks(masks: list[tuple[bytes, np.ndarray]]) -> pa.RecordBatch:
    return batch_of(
        place=pa.array([place for place, _ in masks], pa.binary()),
        left_out=pa.array([mask.tobytes() for _, mask in masks], pa.binary()),
        words=pa.array([int(mask.size - mask.sum()) for _, mask in masks], pa.int64()),
    )
