"""The copies of a collection on Spark: relations, copy groups, and reports of one series, as ``dedupe cluster`` has.

Later stages take ``Copies``:

``groups``, one row an article:

    id          string   the article
    place       binary   its place in canonical order (``order``)
    words       long     words that are compared: without boilerplate and without what its publisher repeats
    copy_group  string   id of the canonical article of its group: the first in canonical order
    copy_place  binary   place of that article
    longest     boolean  whether this article is the one with most words of its group (ties: the first). Stories are
                         looked for among those with ``longest`` and ``words >= settings.shingle_words``
    longest_place binary place of the longest article of the group, whose story the whole group has

``series``, pairs of such longest articles that are two reports of one series (``verification.find_series``):

    left, right binary   places, left < right

``relations``, the candidate pairs that are not ``unrelated``:

    left, right binary   places, left < right
    kind        string
    jaccard, left_in_right, right_in_left  double
    shared      long

``dedupe.spark.stories.find_stories`` finds the stories of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedupe.schemas import KINDS
from dedupe.settings import Settings
from dedupe.spark.candidates import Candidates, find_candidates
from dedupe.spark.comparison import measure
from dedupe.spark.groups import find_groups
from dedupe.spark.order import id_of
from dedupe.spark.repetition import find_repeated
from dedupe.spark.sketches import sketch
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class Copies:
    """The copy groups of a collection and what they rest on; the columns are listed above.

    ``left_out`` holds, for the articles of which something was left out because their publisher repeats it, which
    words: ``place`` binary, ``left_out`` binary, one byte for each word, 1 where it is left out, and ``words`` long,
    how many stay. It is None if there are none. ``counts`` are those of ``Clustering.counts`` that concern copies, and
    ``disguised`` is the number of articles with words in which letters stand for others that look the same, and the id
    of the first; None if there are none.
    """

    groups: DataFrame
    series: DataFrame
    relations: DataFrame
    left_out: DataFrame | None
    counts: dict[str, int]
    disguised: tuple[int, str] | None


def find_copies(work: Workspace, articles: DataFrame, settings: Settings) -> Copies:
    """Find the relations and the copy groups of a collection. They equal those of ``dedupe cluster``.

    ``articles``: with the columns of ARTICLES and ``place`` (``order.in_canonical_order``).
    """
    sketches = work.keep("sketches", sketch(articles, settings, whole=False))
    candidates = find_candidates(work, sketches, settings, by_estimate=False)
    measured = work.keep("measured", measure(candidates.pairs, articles, None, settings))
    left_out = find_repeated(work, articles, measured, settings)
    if left_out is not None:
        measured = _measure_again(work, articles, measured, left_out, settings)
    groups = work.keep("groups", _groups(work, articles, sketches, measured, left_out, settings))
    longest = groups.where(f"longest and words >= {settings.shingle_words}").select("place")
    series = (
        measured.where("series")
        .select("left", "right")
        .join(longest.toDF("left"), "left", "left_semi")
        .join(longest.toDF("right"), "right", "left_semi")
    )
    relations = measured.where("kind != 'unrelated'").drop("left_words", "right_words", "series")
    counts = _counts(groups, sketches, measured, candidates, settings)
    disguised = sketches.where("disguised").selectExpr("count(*) as number", f"{id_of('min(place)')} as first")
    number, first = disguised.collect()[0]
    return Copies(groups, work.keep("series", series), relations, left_out, counts, (number, first) if number else None)


def _measure_again(
    work: Workspace, articles: DataFrame, measured: DataFrame, left_out: DataFrame, settings: Settings
) -> DataFrame:
    """Measure the pairs anew in which an article has words that are left out."""
    shorter = left_out.select("place")
    is_left = measured.join(shorter.toDF("left"), "left", "left_semi").select("left", "right")
    is_right = measured.join(shorter.toDF("right"), "right", "left_semi").select("left", "right")
    again = work.keep("measured_again", is_left.union(is_right).distinct())
    others = measured.join(again, ["left", "right"], "left_anti")
    return work.keep("measured_finally", others.unionByName(measure(again, articles, left_out, settings)))


def _groups(
    work: Workspace,
    articles: DataFrame,
    sketches: DataFrame,
    measured: DataFrame,
    left_out: DataFrame | None,
    settings: Settings,
) -> DataFrame:
    """Return the copy group of every article."""
    words = sketches.select("place", "words")
    if left_out is not None:
        words = words.join(left_out.selectExpr("place", "words as fewer"), "place", "left")
        words = words.selectExpr("place", "coalesce(fewer, words) as words")
    grouped = words.join(find_groups(work, measured, settings), "place", "left")
    canonical = "coalesce(copy_place, place)"
    longest = "coalesce(longest_place, place)"
    return articles.select("id", "place").join(
        grouped.selectExpr(
            "place",
            "words",
            f"{id_of(canonical)} as copy_group",
            f"{canonical} as copy_place",
            f"{longest} = place as longest",
            f"{longest} as longest_place",
        ),
        "place",
    )


def _counts(
    groups: DataFrame, sketches: DataFrame, measured: DataFrame, candidates: Candidates, settings: Settings
) -> dict[str, int]:
    wordless = groups.where("words = 0").join(sketches.select("place", "has_words"), "place")
    has_words = {row["has_words"]: row["count"] for row in wordless.groupBy("has_words").count().collect()}
    of_kind = {row["kind"]: row["count"] for row in measured.groupBy("kind").count().collect()}
    own = groups.selectExpr(
        "count(*) as articles",
        f"count_if(words > 0 and words < {settings.shingle_words}) as short",
        "count_if(copy_place = place) as texts",
    ).collect()[0]
    return {
        "articles": own["articles"],
        "empty": has_words.get(False, 0),
        "only_boilerplate": has_words.get(True, 0),
        "short": own["short"],
        "candidate_pairs": sum(of_kind.values()),
        "capped_buckets": candidates.capped_buckets,
        "largest_bucket": candidates.largest_bucket,
        "texts": own["texts"],
        "copies": own["articles"] - own["texts"],
        **{kind: of_kind.get(kind, 0) for kind in KINDS},
    }
