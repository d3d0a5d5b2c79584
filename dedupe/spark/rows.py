"""One row for each article, as ``dedupe cluster --format csv`` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dedupe.cluster_rows import route_of
from dedupe.settings import Settings
from dedupe.spark.comparison import measure
from dedupe.spark.copies import Copies
from dedupe.spark.order import ranked
from dedupe.spark.stages import Batches, batch_of, in_workers
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_NUMBERS = ("kind", "jaccard", "left_in_right", "right_in_left", "shared_shingles")

_ROUTED = (
    "left binary, right binary, kind string, jaccard double, left_in_right double, right_in_left double, "
    "shared_shingles long, route string"
)


def make_rows(
    work: Workspace, articles: DataFrame, copies: Copies, stories: DataFrame | None, settings: Settings
) -> DataFrame:
    """Return one row for each article, with the columns of ``results.Row`` as ``Clustering.to_arrow`` has them.

    ``articles``: with the columns of ARTICLES and ``place``. ``stories``: what ``dedupe.spark.stories.label_stories``
    returns; None leaves the columns of stories out. Copy groups are numbered from 1 in the order of their canonical
    articles.
    """
    groups = copies.groups.select("place", "copy_group", "copy_place")
    if stories is not None:
        found = stories.join(
            copies.groups.selectExpr("id as story_canonical", "place as story_place"), "story_canonical"
        )
        groups = work.keep(
            "placed_stories", groups.join(copies.groups.select("id", "place"), "place").join(found, "id")
        )
    relations = _relations(work, articles, groups, copies.left_out, settings, has_stories=stories is not None)
    numbers = ranked(work, groups.where("copy_place = place").select("place"), "numbers").toDF("copy_place", "number")
    rows = groups.drop("id").join(articles, "place").join(numbers, "copy_place")
    rows = _with_relation(rows, relations, "copy_place", "relation")
    columns = ["id", "title", "publisher", "published_at", "url"]
    copy_columns = ["number as copy_group", "copy_group as canonical", "copy_place = place as is_canonical"]
    of_copies = [*copy_columns, *_names("relation")]
    if stories is None:
        return rows.selectExpr(*columns, *of_copies)
    rows = _with_relation(rows, relations, "story_place", "story_relation")
    of_stories = ["story", "story_size", "story_label", "cast(null as bigint) as saga"]
    return rows.selectExpr(
        *columns, *of_stories, *of_copies, "story_canonical", *_names("story_relation"), "story_probability"
    )


def _names(prefix: str) -> list[str]:
    return [f"{prefix}_{name}" for name in (*_NUMBERS, "route")]


def _relations(
    work: Workspace,
    articles: DataFrame,
    groups: DataFrame,
    left_out: DataFrame | None,
    settings: Settings,
    *,
    has_stories: bool,
) -> DataFrame:
    """Measure every article against the canonical one of its copies, and against that of its story."""
    pairs = groups.selectExpr("place as left", "copy_place as right")
    if has_stories:
        pairs = pairs.union(groups.selectExpr("place", "story_place"))
    pairs = work.keep("canonical_pairs", pairs.where("left != right").distinct())
    measured = measure(pairs, articles, left_out, settings).withColumnRenamed("shared", "shared_shingles")
    publishers = articles.select("place", "publisher")
    known = (
        measured.select("left", "right", *_NUMBERS)
        .join(publishers.toDF("left", "left_publisher"), "left")
        .join(publishers.toDF("right", "right_publisher"), "right")
    )
    return work.keep("canonical_relations", in_workers(known, _with_routes, _ROUTED))


def _with_relation(rows: DataFrame, relations: DataFrame, other: str, prefix: str) -> DataFrame:
    """Add the relation of every row with the article at its place ``other``; null where that is the row itself."""
    named = relations.selectExpr(
        "left as place", f"right as {other}", *(f"{name} as {prefix}_{name}" for name in (*_NUMBERS, "route"))
    )
    return rows.join(named, ["place", other], "left")


def _with_routes(batches: Batches) -> Batches:
    for batch in batches:
        sides = (batch.column(f"{side}_publisher").to_pylist() for side in ("left", "right"))
        routes = [route_of(*given) for given in zip(batch.column("kind").to_pylist(), *sides, strict=True)]
        own = {name: batch.column(name) for name in ("left", "right", *_NUMBERS)}
        yield batch_of(**own, route=pa.array(routes, pa.string()))
