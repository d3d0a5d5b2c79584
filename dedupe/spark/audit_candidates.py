"""The pairs of articles that are worth aligning, for a later ``dedupe align --pairs`` on parts of an archive.

They are those that ``dedupe audit`` starts from (``audit.pair_selection``): pairs related by text, of which every
article has its MAX_RELATED best, and pairs of different texts in one story. Two things need the whole collection in one
place, and so are not done here: sentences that are boilerplate are not taken out before texts are compared, which
leaves pairs that ``audit`` drops; and pairs in one story are not cut by how alike they are, so that a story gives all
its pairs up to MAX_STORY texts, and none beyond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedupe.audit.pair_selection import MAX_RELATED, MAX_STORY
from dedupe.settings import Settings
from dedupe.spark.copies import Copies
from dedupe.spark.order import id_of
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def find_audit_candidates(work: Workspace, copies: Copies, stories: DataFrame | None, settings: Settings) -> DataFrame:
    """Return pairs of ids ``a`` and ``b``, each once, with ``kind`` and ``shared_shingles``, null for one story alone.

    ``stories``: what ``dedupe.spark.stories.story_labels`` returns; None leaves pairs of one story out. ``a`` comes
    before ``b`` in canonical order.
    """
    pairs = copies.relations.select("left", "right", "kind", "shared")
    sides = pairs.selectExpr("left as own", "right as other", "shared").union(
        pairs.selectExpr("right", "left", "shared")
    )
    best = sides.selectExpr(
        "own", "other", "row_number() over (partition by own order by shared desc, other) as rank"
    ).where(f"rank <= {MAX_RELATED}")
    kept = best.selectExpr("least(own, other) as left", "greatest(own, other) as right").distinct()
    pairs = pairs.join(kept, ["left", "right"], "left_semi")
    if stories is not None:
        of_story = _pairs_of_stories(copies, stories, settings).join(pairs, ["left", "right"], "left_anti")
        pairs = pairs.unionByName(of_story, allowMissingColumns=True)
    pairs = pairs.selectExpr(f"{id_of('left')} as a", f"{id_of('right')} as b", "kind", "shared as shared_shingles")
    return work.keep("audit_candidates", pairs)


def _pairs_of_stories(copies: Copies, stories: DataFrame, settings: Settings) -> DataFrame:
    """Return all pairs of the texts of each story that is not too large; of copies, the longest stands for all."""
    texts = copies.groups.where(f"longest and words >= {settings.shingle_words}").select("id", "place")
    texts = texts.join(stories.select("id", "story"), "id").select("story", "place")
    sizes = texts.groupBy("story").count().where(f"count between 2 and {MAX_STORY}")
    texts = texts.join(sizes.select("story"), "story", "left_semi")
    others = texts.toDF("story", "right")
    return texts.join(others, "story").where("place < right").selectExpr("place as left", "right")
