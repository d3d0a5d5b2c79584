"""Find candidate pairs, as ``copies.candidates`` does: by bands and passages, and for articles with the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedupe import kernels
from dedupe.copies.candidates import least_agreements
from dedupe.settings import Settings
from dedupe.spark.buckets import fullness, meet
from dedupe.spark.comparison import compare, pairs_in
from dedupe.spark.sketches import keys_of
from dedupe.spark.stages import Batches, batch_of, rows_of_bytes, taken
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_PAIR = "left binary, right binary"


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidate pairs, ``left`` < ``right`` (places), each once, and how full the buckets were.

    ``capped_buckets`` and ``largest_bucket`` are those of ``copies.candidates.Candidates``.
    """

    pairs: DataFrame
    capped_buckets: int
    largest_bucket: int


def find_candidates(work: Workspace, sketches: DataFrame, settings: Settings, *, by_estimate: bool) -> Candidates:
    """Return the candidate pairs of sketched articles.

    ``by_estimate``: whether a pair must also have as many equal minima as ``least_agreements`` asks for, as for
    ``pairs``. Articles with the same words form a bucket of their own; only the first of them is looked up by keys, and
    every pair that it forms is repeated for the others. Articles without words form no pairs.
    """
    from pyspark.sql.functions import expr

    with_words = sketches.where("words > 0")
    sizes = with_words.groupBy("digest").agg(expr("min(place) as first"), expr("count(*) as size"))
    same = work.keep(
        "same", with_words.join(sizes.where("size > 1"), "digest").select("first", "place", "size").distinct()
    )
    looked_up = with_words.join(same.where("place > first").select("place"), "place", "left_anti")
    met = work.keep("met", meet(keys_of(looked_up, settings), settings))
    found = met.where("left is not null").select("left", "right").distinct()
    if by_estimate:
        found = compare(found, with_words.select("place", "signature"), _close, _PAIR, settings=settings)
    found = work.keep("found", found)
    same_met = work.keep("same_met", meet(same.selectExpr("xxhash64(first) as key", "place"), settings))
    of_same = same_met.where("left is not null").select("left", "right")
    pairs = work.keep("candidates", _repeat(found, same, settings.bucket_cap).unionByName(of_same).distinct())
    (capped, largest), (capped_same, largest_same) = fullness(met, settings), fullness(same_met, settings)
    return Candidates(pairs, capped + capped_same, max(largest, largest_same))


def _close(batches: Batches, settings: Settings) -> Batches:
    """Yield the pairs whose minima agree often enough."""
    backend = kernels.choose()
    least = least_agreements(settings.permutations, settings.near_duplicate_jaccard)
    for batch, left, right in pairs_in(batches):
        signatures = rows_of_bytes(batch.column("signature"), 4 * settings.permutations).view(np.uint32)
        close = np.flatnonzero(backend.equal_minima(signatures, left, right) >= least)
        yield batch_of(left=taken(batch.column("left"), right[close]), right=taken(batch.column("right"), right[close]))


def _repeat(pairs: DataFrame, same: DataFrame, cap: int) -> DataFrame:
    """Repeat each pair for all articles with the same words as one of its two, and keep the pair.

    If there are more than ``cap`` squared pairs of the one and the other, each article is paired with the first of the
    others only.
    """
    sizes = same.select("first", "size").distinct()
    sized = (
        pairs.join(sizes.toDF("left", "lefts"), "left", "left")
        .join(sizes.toDF("right", "rights"), "right", "left")
        .fillna(1, ["lefts", "rights"])
        .where("lefts > 1 or rights > 1")
    )
    few, many = f"lefts * rights <= {cap * cap}", f"lefts * rights > {cap * cap}"
    by_left, by_right = same.selectExpr("first as left", "place as l"), same.selectExpr("first as right", "place as r")
    repeated = sized.join(by_left, "left", "left").selectExpr("right", "coalesce(l, left) as left", "lefts", "rights")
    across = repeated.where(few).join(by_right, "right", "left").selectExpr("left", "coalesce(r, right) as right")
    with_first = sized.where(many).join(by_right, "right", "left").selectExpr("left", "coalesce(r, right) as right")
    every = across.unionByName(repeated.where(many).select("left", "right")).unionByName(with_first)
    ordered = every.where("left != right").selectExpr("least(left, right) as left", "greatest(left, right) as right")
    return pairs.select("left", "right").unionByName(ordered)
