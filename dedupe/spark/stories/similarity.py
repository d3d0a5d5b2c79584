"""What the articles of each candidate pair have in common, the same as ``stories.similarity`` measures.

Texts are compared first, block by block. What an article has in common with its neighbours needs all its pairs, so each
pair is then seen twice, as one of either article, and brought together again (``neighbours``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64
from dedupe.kernels.ragged import ragged_offsets, ranges
from dedupe.settings import FAR_DAYS, Settings
from dedupe.spark.stories.columns import block_of, lists, numbers, on_two_tables, table_of
from dedupe.spark.stories.neighbours import compare_neighbours
from dedupe.spark.stories.terms import TermsOfBlock, terms_of
from dedupe.spark.workspace import Workspace
from dedupe.stories.series import series_features
from dedupe.stories.similarity import measure_texts
from dedupe.stories.times import closeness, days_apart

_MEASURED = (
    "left long, right long, day_left double, day_right double, near double, weighed double, similarity double, "
    "numbers double, calendar double, other_numbers double, other_dates double, at_left array<int>, at_right array<int>"
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def measure_pairs(
    work: Workspace, pairs: DataFrame, terms: DataFrame, series: DataFrame, settings: Settings, collection: int
) -> DataFrame:
    """Return candidate pairs with the columns of ``stories.similarity`` and the days of both articles.

    ``pairs``: as ``candidates.propose_pairs`` returns them. ``terms``: as ``terms.count_collection`` returns them.
    ``series``: ``left`` and ``right`` of pairs that are known to be two reports of one series, which get the full value
    of ``other_numbers``.
    """
    from pyspark.sql import functions as sql

    of_pairs = pairs.withColumn("block", block_of("left"))
    ends = pairs.select(sql.explode(sql.array("left", "right")).alias("row"), block_of("left").alias("of_block"))
    measured = work.keep(
        "story_compared_texts",
        of_pairs.groupBy("block")
        .cogroup(ends.distinct().join(terms, "row").groupBy("of_block"))
        .applyInArrow(on_two_tables(_measure, far_days=FAR_DAYS[settings.dates], collection=collection), _MEASURED),
    )
    compared = measured.drop("weighed", "at_left", "at_right").join(
        compare_neighbours(work, measured, terms, collection), ["left", "right"]
    )
    known = series.select("left", "right", sql.lit(1.0).alias("known")).distinct()
    marked = compared.join(known, ["left", "right"], "left")
    marked = marked.withColumn("other_numbers", sql.coalesce("known", "other_numbers")).drop("known")
    return work.keep("story_links", marked)


def _measure(pairs: pa.Table, articles: pa.Table, far_days: float, collection: int) -> pa.Table:
    """Return how alike the texts of the pairs of a block are, and where the terms stand that two articles share."""
    pairs = pairs.sort_by([("left", "ascending"), ("right", "ascending")])
    terms = terms_of(articles, collection)
    left, right = terms.places(numbers(pairs, "left")), terms.places(numbers(pairs, "right"))
    found = measure_texts(terms, left, right)
    words = found.pop("words_without_figures")
    near = closeness(np.minimum(days_apart(terms.day, left, right), far_days))
    at_left, at_right, offsets = _shared_entries(terms, left, right)
    columns = {
        "left": pairs["left"],
        "right": pairs["right"],
        "day_left": terms.day[left],
        "day_right": terms.day[right],
        "near": near,
        "weighed": found["similarity"] * near,
        **found,
        **series_features(terms, words, left, right),
        "at_left": lists(at_left, offsets),
        "at_right": lists(at_right, offsets),
    }
    names = [name.split()[0] for name in _MEASURED.split(", ")]
    return table_of(**{name: columns[name] for name in names})


def _shared_entries(terms: TermsOfBlock, left: I64, right: I64) -> tuple[I64, I64, I64]:
    """Return where the terms that both articles of each pair have stand among those of either, ragged, in their order.

    ``left``, ``right``: int64[pairs], sorted by ``left``.
    """
    sizes = np.diff(terms.starts)
    place_of_term = np.full(len(terms.vocabulary), -1, np.int64)
    at_left, at_right, shared = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
    for own in np.unique(left).tolist():
        others = right[np.searchsorted(left, own, "left") : np.searchsorted(left, own, "right")]
        entries = terms.term[terms.starts[own] : terms.starts[own + 1]]
        place_of_term[entries] = np.arange(entries.size)
        pair = np.repeat(np.arange(others.size), sizes[others])
        mine = place_of_term[terms.term[ranges(terms.starts[others], sizes[others])]]
        theirs = ranges(np.zeros(others.size, np.int64), sizes[others])
        place_of_term[entries] = -1
        is_shared = mine >= 0
        at_left.append(mine[is_shared].astype(np.int32))
        at_right.append(theirs[is_shared].astype(np.int32))
        shared.append(np.bincount(pair[is_shared], minlength=others.size))
    return np.concatenate(at_left), np.concatenate(at_right), ragged_offsets(np.concatenate(shared))
