"""Compare the two articles of many pairs, each with what a stage needs to know of them, without a table of articles.

What is known of the right article travels with the pair. What is known of the left one travels once: pairs are put into
partitions by their left article and sorted, and the row of the article itself, which has no ``right``, comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dedupe import kernels
from dedupe.arrays import I64, Bools
from dedupe.copies import details, verification
from dedupe.copies.fingerprints import fingerprint, list_values
from dedupe.kernels import Compute
from dedupe.schemas import DIGEST_BYTES, column_of, utf8_of
from dedupe.settings import Settings
from dedupe.spark.stages import (
    Batches,
    batch_of,
    bytes_of_lists,
    content_of,
    in_workers,
    lists_of_bytes,
    taken,
)
from dedupe.text.furniture import without_boilerplate

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PRINT = "place binary, words long, digest binary, shingles binary, details binary"
"""What pairs are measured by: see ``print_of``."""

_MEASURED = (
    "left binary, right binary, left_words long, right_words long, shared long, jaccard double, left_in_right double, "
    "right_in_left double, kind string, series boolean"
)


def compare(
    pairs: DataFrame,
    known: DataFrame,
    stage: Callable[..., Batches],
    schema: str,
    **arguments: Any,  # noqa: ANN401
) -> DataFrame:
    """Return what ``stage`` yields for pairs of ``left`` and ``right``, two places.

    ``known``: what is known of the articles, one row for each ``place``. ``stage`` takes batches from which
    ``pairs_in`` reads the pairs. Pairs of an article that is not in ``known`` are left out.
    """
    own = [name for name in known.columns if name != "place"]
    # Both rows of a pair come from one join: with two, Spark would compute what is known twice, and shuffle it twice.
    lefts = pairs.selectExpr("left", "cast(null as binary) as right", "left as place").distinct()
    ends = lefts.unionByName(pairs.selectExpr("left", "right", "right as place"))
    both = ends.join(known, "place").select("left", "right", *own)
    return in_workers(both.repartition("left").sortWithinPartitions("left", "right"), stage, schema, **arguments)


def pairs_in(batches: Batches) -> Iterator[tuple[pa.RecordBatch, I64, I64]]:
    """Yield batches with the rows of the left and of the right article of each of its pairs, int64[pairs] both."""
    left: pa.RecordBatch | None = None
    for own in batches:
        batch = own if left is None else pa.Table.from_batches([left, own]).combine_chunks().to_batches()[0]
        is_left = batch.column("right").is_null().to_numpy(zero_copy_only=False)
        left_of = np.maximum.accumulate(np.where(is_left, np.arange(len(batch)), 0))
        right = np.flatnonzero(~is_left)
        left = batch.slice(int(left_of[-1]), 1)
        yield batch, left_of[right], right


def measure(pairs: DataFrame, articles: DataFrame, left_out: DataFrame | None, settings: Settings) -> DataFrame:
    """Return pairs of places with exact numbers and their relation.

    ``articles``: with ``place`` and ``text``, which is compared without the boilerplate that is known by its words.
    ``left_out``: the words that are also left out of some of them, as ``repetition`` finds them. Either article may be
    the left one. ``series`` says of pairs that share enough whether they are two reports of one series.
    """
    needed = pairs.selectExpr("left as place").union(pairs.selectExpr("right as place")).distinct()
    own = articles.select("place", "text").join(needed, "place", "left_semi")
    if left_out is None:
        own = own.selectExpr("*", "cast(null as binary) as left_out")
    else:
        own = own.join(left_out.select("place", "left_out"), "place", "left")
    return measure_prints(pairs, in_workers(own, _prints, PRINT, settings=settings), settings)


def measure_prints(pairs: DataFrame, prints: DataFrame, settings: Settings) -> DataFrame:
    """Return pairs of places with exact numbers and their relation, as ``measure`` does.

    ``prints``: what pairs are measured by, one row for each of their articles with the columns of PRINT.
    """
    return compare(pairs, prints, _measure, _MEASURED, settings=settings)


def _prints(batches: Batches, settings: Settings) -> Batches:
    """Yield what pairs are measured by: words, shingles and details of each article."""
    for batch in batches:
        texts = without_boilerplate(pa.chunked_array([batch.column("text").cast(pa.large_string())])).combine_chunks()
        known = details_of(texts)
        is_whole = batch.column("left_out").is_null().to_numpy(zero_copy_only=False)
        for chosen in (is_whole, ~is_whole):
            rows = np.flatnonzero(chosen)
            if not rows.size:
                continue
            left_out = None if is_whole[rows[0]] else content_of(taken(batch.column("left_out"), rows))[0] != 0
            yield print_of(
                taken(batch.column("place"), rows), taken(texts, rows), taken(known, rows), settings, left_out
            )


def details_of(texts: pa.Array) -> pa.Array:
    """Return the details of texts (see ``copies.details``) as a column of PRINT."""
    return bytes_of_lists(*details.read_details(*utf8_of(texts), kernels.choose()))


def print_of(
    places: pa.Array, texts: pa.Array, known: pa.Array, settings: Settings, left_out: Bools | None = None
) -> pa.RecordBatch:
    """Return the columns of PRINT: what ``fingerprint`` says of texts, and their details, ``known``."""
    some = pa.table({"text": pa.chunked_array([texts])})
    prints = fingerprint(some, settings, kernels.choose(), left_out=left_out).combine_chunks()
    return batch_of(
        place=places,
        words=prints["words"].to_numpy(),
        digest=prints["digest"].combine_chunks().cast(pa.binary()),
        shingles=bytes_of_lists(*list_values(prints["shingles"])),
        details=known,
    )


class _Details:
    """The details of the rows of a batch (see ``copies.details``)."""

    def __init__(self, column: pa.Array) -> None:
        self._values, self._offsets = lists_of_bytes(column)

    def compare(self, left: I64, right: I64) -> tuple[Bools, I64]:
        """Compare the details of each pair of rows."""
        return details.compare(self._values, self._offsets, left, right, kernels.choose())


def _measure(batches: Batches, settings: Settings) -> Batches:
    compute = Compute(kernels.choose())
    for batch, left, right in pairs_in(batches):
        values, offsets = lists_of_bytes(batch.column("shingles"))
        prints = pa.table(
            {
                "words": batch.column("words"),
                "digest": batch.column("digest").cast(pa.binary(DIGEST_BYTES)),
                "shingles": pa.LargeListArray.from_arrays(column_of(offsets), column_of(values)),
            }
        )
        known = _Details(batch.column("details"))
        measured = verification.measure(prints, left, right, compute)
        verified = verification.verify(prints, measured, known, settings)
        words = batch.column("words").to_numpy()
        yield batch_of(
            left=taken(batch.column("left"), right),
            right=taken(batch.column("right"), right),
            left_words=words[left],
            right_words=words[right],
            **{name: verified[name].to_numpy() for name in ("shared", "jaccard", "left_in_right", "right_in_left")},
            kind=verified["kind"].combine_chunks().cast(pa.string()),
            series=_is_series(measured, known),
        )


def _is_series(measured: pa.Table, known: _Details) -> Bools:
    """Return which measured pairs are two reports of one series, as ``verification.find_series`` does."""
    share = np.maximum(measured["left_in_right"].to_numpy(), measured["right_in_left"].to_numpy())
    likely = np.flatnonzero(share >= verification.TEMPLATE_SHARE)
    is_series = np.zeros(share.size, np.bool_)
    is_series[likely], _ = known.compare(*(measured[side].to_numpy()[likely] for side in ("left", "right")))
    return is_series
