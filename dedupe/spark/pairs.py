"""The near duplicates of a collection on Spark, as ``dedupe pairs`` finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedupe.schemas import KINDS
from dedupe.settings import Settings
from dedupe.spark.candidates import find_candidates
from dedupe.spark.comparison import measure
from dedupe.spark.order import in_order_of_ids
from dedupe.spark.sketches import sketch
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class Pairs:
    """The near duplicates of a collection.

    ``pairs``: ``left``, ``right`` (ids), ``kind``, ``jaccard``, ``left_in_right``, ``right_in_left`` and
    ``shared_shingles``, in no order. ``counts`` are those of ``NearDuplicates.counts``.
    """

    pairs: DataFrame
    counts: dict[str, int]


def find_pairs(work: Workspace, articles: DataFrame, settings: Settings) -> Pairs:
    """Return the verified pairs, ``identical`` or ``near_duplicate``, with their exact numbers.

    ``articles``: with ``id`` and ``text``. The rows are those of ``dedupe pairs`` for the same articles sorted by id:
    in each, the left article is the one with the lower id.
    """
    placed = in_order_of_ids(articles.select("id", "text"))
    sketches = work.keep("sketches", sketch(placed, settings, whole=True))
    candidates = find_candidates(work, sketches, settings, by_estimate=True)
    measured = measure(candidates.pairs, placed, None, settings)
    kinds = ", ".join(f"'{kind}'" for kind in KINDS[:2])
    close = measured.where(f"kind in ({kinds}) and jaccard >= {settings.near_duplicate_jaccard!r}D")
    pairs = work.keep(
        "pairs",
        close.selectExpr(
            "cast(left as string) as left", "cast(right as string) as right", "kind", "jaccard", "left_in_right",
            "right_in_left", "shared as shared_shingles",
        ),
    )  # fmt: skip
    words = sketches.selectExpr("count(*) as articles", "count_if(words = 0) as empty").collect()[0]
    counts = {
        "articles": words["articles"],
        "empty": words["empty"],
        "candidate_pairs": candidates.pairs.count(),
        "capped_buckets": candidates.capped_buckets,
        "largest_bucket": candidates.largest_bucket,
        "pairs": pairs.count(),
    }
    return Pairs(pairs, counts)
