"""The pairs of articles that ``dedupe audit`` aligns, for a later ``dedupe align --pairs`` on parts of an archive.

They are those of ``audit.pair_selection.select_pairs``: pairs related by text when boilerplate is taken out, and pairs
of different texts in one story. Every article has a limited number of them, the best first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe import kernels
from dedupe.audit.pair_selection import MAX_COMPARED, MAX_RELATED, MAX_STORY
from dedupe.copies.fingerprints import fingerprint, list_values
from dedupe.settings import Settings
from dedupe.spark.audit_bodies import find_bodies, find_repeated
from dedupe.spark.buckets import meet
from dedupe.spark.comparison import PRINT, details_of, measure_prints, print_of
from dedupe.spark.copies import Copies
from dedupe.spark.order import id_of
from dedupe.spark.stages import Batches, batch_of, in_workers, taken
from dedupe.spark.stories import Stories
from dedupe.spark.workspace import Workspace
from dedupe.text.furniture import without_boilerplate

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class AuditCandidates:
    """The pairs that are worth aligning.

    ``pairs``: ids ``a`` and ``b``, ``a`` before ``b`` in canonical order, each pair once, with its ``kind`` and its
    ``shared_shingles`` without boilerplate; both are null for pairs of one story that are not related by text. The kind
    is ``unrelated`` where two articles share a passage and little else. ``counts``: ``articles``, ``pairs``, and
    ``not_compared``, the pairs that a limit cut.
    """

    pairs: DataFrame
    counts: dict[str, int]


def find_audit_candidates(
    work: Workspace, articles: DataFrame, copies: Copies, stories: Stories | None, settings: Settings
) -> AuditCandidates:
    """Return the pairs of articles that ``dedupe audit`` aligns.

    ``articles``: with the columns of ARTICLES and ``place``. ``copies`` and ``stories``: those of these articles.
    Without stories every independent text counts as a story of its own, so that only pairs related by text are found.
    """
    about = articles.select("place", "publisher").join(
        copies.groups.selectExpr("place", "copy_place as text_of"), "place"
    )
    if stories is None:
        about = about.selectExpr("*", "text_of as story_of")
    else:
        about = about.join(stories.of_articles.selectExpr("place", "story as story_of"), "place")
    about = work.keep("audit_articles", about)
    bodies = find_bodies(work, articles, about, copies.counts["articles"])
    pairs = _related(work, articles, copies, bodies, about, settings).selectExpr("*", "0.0D as similarity")
    not_looked_at = 0
    if stories is not None and stories.links is not None:
        pairs = work.keep("audit_related_pairs", pairs)
        of_story, not_looked_at = _same_story(work, copies, stories, stories.links, settings)
        of_story = of_story.join(pairs, ["left", "right"], "left_anti")
        # A pair related by text shares at least one shingle, so -1 ranks every other pair behind it.
        of_story = of_story.selectExpr("left", "right", "cast(null as string) as kind", "-1L as shared", "similarity")
        pairs = pairs.unionByName(of_story)
    pairs = work.keep("audit_pairs", pairs)
    wanted = pairs.join(_among_best(pairs), ["left", "right"], "left_semi").selectExpr(
        f"{id_of('left')} as a", f"{id_of('right')} as b", "kind", "if(shared < 0, null, shared) as shared_shingles"
    )
    wanted = work.keep("audit_candidates", wanted)
    number = wanted.count()
    cut = pairs.count() - number + not_looked_at
    return AuditCandidates(wanted, {"articles": copies.counts["articles"], "pairs": number, "not_compared": cut})


def not_compared_warnings(not_compared: int) -> list[str]:
    """Return the warning of pairs that a limit cut, if there are any."""
    if not not_compared:
        return []
    pairs = "1 pair was" if not_compared == 1 else f"{not_compared:,} pairs were"
    return [f"{pairs} left out, because both articles have closer relatives"]


def _among_best(pairs: DataFrame) -> DataFrame:
    """Return the pairs that are among the best of at least one of their articles: ``left`` and ``right``.

    The order is that of ``audit.pair_selection``. A window of Spark passes the pairs of an article one after the other,
    so that no task holds all those of an article that a flood of copies meets.
    """
    sides = pairs.selectExpr("left as own", "right as other", "shared", "similarity").union(
        pairs.selectExpr("right", "left", "shared", "similarity")
    )
    order = "partition by own order by shared desc, similarity desc, other"
    best = sides.selectExpr("own", "other", "shared", f"row_number() over ({order}) as rank")
    best = best.where(f"rank <= if(shared < 0, {MAX_COMPARED}, {MAX_RELATED})")
    return best.selectExpr("least(own, other) as left", "greatest(own, other) as right").distinct()


def _related(
    work: Workspace, articles: DataFrame, copies: Copies, bodies: DataFrame, about: DataFrame, settings: Settings
) -> DataFrame:
    """Return the pairs related by text, ``left`` < ``right`` (places), with ``kind`` and ``shared`` shingles.

    They have a relation with their boilerplate and also without it, or they share a passage. ``bodies``: the texts
    without boilerplate.
    """
    sharing = _sharing_a_passage(work, bodies, about, settings, copies.counts["articles"])
    pairs = work.keep("audit_met", copies.relations.select("left", "right").union(sharing).distinct())
    needed = pairs.selectExpr("left as place").union(pairs.selectExpr("right as place")).distinct()
    texts = bodies.toDF("place", "body").join(articles.select("place", "text"), "place")
    prints = in_workers(texts.join(needed, "place", "left_semi"), _prints, PRINT, settings=settings)
    measured = measure_prints(pairs, prints, settings)
    measured = measured.join(sharing.selectExpr("left", "right", "true as is_sharing"), ["left", "right"], "left")
    return measured.where("kind != 'unrelated' or is_sharing").select("left", "right", "kind", "shared")


def _sharing_a_passage(
    work: Workspace, bodies: DataFrame, about: DataFrame, settings: Settings, collection: int
) -> DataFrame:
    """Return the pairs that share a passage, ``left`` < ``right`` (places).

    A passage is left out that publishers repeat as they repeat boilerplate, or that stands in more than MAX_RELATED
    articles.
    """
    passages = work.keep("audit_passages", in_workers(bodies, _passages, "key long, place binary", settings=settings))
    several = passages.groupBy("key").count().where(f"count between 2 and {MAX_RELATED}")
    passages = work.keep("audit_shared_passages", passages.join(several.select("key"), "key", "left_semi"))
    repeated = find_repeated(work, passages.where("key != 0"), about, collection, "audit_repeated_passages")
    own = passages.join(repeated, ["key", "place"], "left_anti")
    # No bucket is over this cap, so all members of each are paired.
    met = meet(own, replace(settings, bucket_cap=MAX_RELATED)).where("left is not null")
    return work.keep("audit_sharing", met.select("left", "right").distinct())


def _same_story(
    work: Workspace, copies: Copies, stories: Stories, links: DataFrame, settings: Settings
) -> tuple[DataFrame, int]:
    """Return the pairs of one story and their similarity, and how many were not looked at.

    Of copies, the longest text stands for all. Of a story of more than MAX_STORY texts, only the pairs are looked at
    whose similarity was measured to find stories. It is minus infinity where it was not measured.
    """
    chosen = copies.groups.where(f"longest and words >= {settings.shingle_words}").select("place")
    texts = stories.of_articles.join(chosen, "place", "left_semi").select("row", "place", "story")
    texts = work.keep("audit_texts", texts)
    sizes = texts.groupBy("story").count().where("count > 1").toDF("story", "texts")
    measured = (
        links.select("left", "right", "similarity")
        .join(texts.toDF("left", "left_place", "story"), "left")
        .join(texts.toDF("right", "right_place", "other_story"), "right")
        .where("story = other_story")
        .selectExpr("story", "left_place as left", "right_place as right", "similarity")
    )
    measured = work.keep("audit_measured", measured.join(sizes, "story"))
    small = texts.join(sizes.where(f"texts <= {MAX_STORY}"), "story", "left_semi").select("story", "place")
    every = small.toDF("story", "left").join(small.toDF("story", "right"), "story").where("left < right")
    every = every.select("left", "right").join(measured.drop("story", "texts"), ["left", "right"], "left")
    every = every.selectExpr("left", "right", "coalesce(similarity, double('-infinity')) as similarity")
    of_large = measured.where(f"texts > {MAX_STORY}").select("left", "right", "similarity")
    in_large = sizes.where(f"texts > {MAX_STORY}").selectExpr("coalesce(sum(texts * (texts - 1) div 2), 0L)")
    return every.unionByName(of_large), in_large.collect()[0][0] - of_large.count()


# In the workers


def _passages(batches: Batches, settings: Settings) -> Batches:
    """Yield the passages of texts."""
    backend = kernels.choose()
    for batch in batches:
        texts = pa.table({"text": pa.chunked_array([batch.column("text").cast(pa.large_string())])})
        passages, offsets = list_values(fingerprint(texts, settings, backend)["passages"])
        owner = np.repeat(np.arange(len(batch)), np.diff(offsets))
        yield batch_of(key=passages.view(np.int64), place=taken(batch.column("place"), owner))


def _prints(batches: Batches, settings: Settings) -> Batches:
    """Yield what pairs are measured by: the fingerprints of the bodies, and the details of the texts."""
    for batch in batches:
        bodies, texts = (batch.column(name).cast(pa.large_string()) for name in ("body", "text"))
        known = details_of(without_boilerplate(pa.chunked_array([texts])).combine_chunks())
        yield print_of(batch.column("place"), bodies, known, settings)
