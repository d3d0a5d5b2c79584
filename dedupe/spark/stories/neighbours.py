"""What two articles have in common beside what they have in common with their neighbours.

It takes four steps, of which two look at all pairs of an article, and two at the two views of a pair:

1. Each article finds its neighbours, weighs its terms by how few of them have each, and lists its best neighbours.
2. Each pair adds up the weights of the terms that both have, and compares the lists of both articles.
3. Each article finds its neighbours by these sums, and what share of all it has in common with them lies in each.
4. Each pair gets the shares of both its articles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.arrays import F64, I64
from dedupe.kernels import SERIAL, ranges
from dedupe.kernels.ragged import ragged_offsets
from dedupe.spark.stages import Batches, batch_of, in_workers
from dedupe.spark.stories.columns import (
    block_of,
    both_ways,
    few_at_once,
    lists,
    numbers,
    on_table,
    on_two_tables,
    ragged,
    table_of,
)
from dedupe.spark.stories.terms import terms_of
from dedupe.spark.workspace import Workspace
from dedupe.stories.similarity import NOISE, SECOND_ORDER, least_of_neighbours, second_order_cosine, topic_weights
from dedupe.stories.sparse import KeyLists, sum_over_shared, sum_per_list

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_VIEW = "weights array<double>, best array<long>, values array<double>, squares double"


def compare_neighbours(work: Workspace, measured: DataFrame, terms: DataFrame, collection: int) -> DataFrame:
    """Return ``second_order``, ``share_left`` and ``share_right`` of pairs, with ``left`` and ``right``.

    ``measured``: pairs with ``near``, ``weighed``, ``at_left`` and ``at_right`` (see ``similarity``). ``terms``: as
    ``terms.count_collection`` returns them.
    """
    seen = both_ways(
        measured, left={"weighed": "weighed", "at": "at_left"}, right={"weighed": "weighed", "at": "at_right"}
    )
    views = (
        seen.withColumn("block", block_of("row"))
        .groupBy("block")
        .cogroup(terms.withColumn("block", block_of("row")).groupBy("block"))
        .applyInArrow(on_two_tables(_look_around, collection=collection), f"row long, other long, {_VIEW}")
    )
    both_views = _joined(measured.select("left", "right", "near"), work.keep("story_views", views))
    compared = work.keep(
        "story_compared_neighbours",
        in_workers(both_views, _compare, "left long, right long, second_order double, value double"),
    )
    shares = (
        both_ways(compared, left={"value": "value"}, right={"value": "value"})
        .groupBy(block_of("row"))
        .applyInArrow(on_table(_share), "row long, other long, share double")
    )
    return _joined(compared.drop("value"), shares).withColumnsRenamed(
        {"left_share": "share_left", "right_share": "share_right"}
    )


def _joined(pairs: DataFrame, views: DataFrame) -> DataFrame:
    """Return the pairs with the views of both articles, whose columns get the prefixes ``left_`` and ``right_``."""
    from pyspark.sql import functions as sql

    names = [name for name in views.columns if name not in {"row", "other"}]
    for side, (row, other) in {"left": ("row", "other"), "right": ("other", "row")}.items():
        renamed = [sql.col(name).alias(f"{side}_{name}") for name in names]
        of_side = views.where(f"{row} < {other}")
        pairs = pairs.join(
            of_side.select(sql.col(row).alias("left"), sql.col(other).alias("right"), *renamed), ["left", "right"]
        )
    return pairs


def _by_article(table: pa.Table) -> tuple[pa.Table, I64, I64]:
    """Return the views of some articles in order, the rows of these articles, and where the views of each begin."""
    table = table.sort_by([("row", "ascending"), ("other", "ascending")])
    rows, first = np.unique(numbers(table, "row"), return_index=True)
    return table, rows, np.append(first, len(table))


def _look_around(seen: pa.Table, articles: pa.Table, collection: int) -> pa.Table:
    """Return the terms of each article, weighed by how few of its neighbours have them, and its best neighbours."""
    seen, rows, starts = _by_article(seen)
    terms = terms_of(articles, collection)
    article = terms.places(np.repeat(rows, np.diff(starts)))
    value = numbers(seen, "weighed")
    at, offsets = ragged(seen, "at")
    is_neighbour = value >= _least(value, article, terms.rows)[article]
    neighbours = 1 + np.bincount(article[is_neighbour], minlength=terms.rows)
    entries = at + np.repeat(terms.starts[article], np.diff(offsets))
    holders = 1 + np.bincount(entries[np.repeat(is_neighbour, np.diff(offsets))], minlength=terms.term.size)
    weights = topic_weights(terms, neighbours, holders.astype(np.int32))
    # The best neighbours of an article, repeated for each of its pairs.
    best = np.flatnonzero(SERIAL.backend.top_entries(starts, value, SECOND_ORDER))
    kept = np.searchsorted(best, starts)
    squares = sum_per_list(kept, value[best] ** 2)
    own = np.repeat(np.arange(rows.size), np.diff(starts))
    repeated = ranges(kept[:-1][own], np.diff(kept)[own])
    of_lists = ragged_offsets(np.diff(kept)[own])
    return table_of(
        row=seen["row"],
        other=seen["other"],
        weights=lists(weights[entries], offsets),
        best=lists(numbers(seen, "other")[best][repeated], of_lists),
        values=lists(value[best][repeated], of_lists),
        squares=squares[own],
    )


def _least(value: F64, article: I64, articles: int) -> F64:
    """Return the least value that each article has with its neighbours: float64[articles]."""
    best = np.zeros(articles)
    np.maximum.at(best, article, value)
    return least_of_neighbours(best)


def _compare(batches: Batches) -> Batches:
    """Yield the sums of the weights of shared terms, and how alike the best neighbours of both articles are."""
    for pairs in few_at_once(batches):
        of_left, offsets = ragged(pairs, "left_weights")
        of_right, _ = ragged(pairs, "right_weights")
        pair = np.repeat(np.arange(len(pairs)), np.diff(offsets))
        # The products are added in the order of the terms.
        topic = np.bincount(pair, of_left * of_right, len(pairs))
        yield batch_of(
            left=numbers(pairs, "left"),
            right=numbers(pairs, "right"),
            second_order=_second_order(pairs),
            value=topic * numbers(pairs, "near"),
        )


def _second_order(pairs: pa.Table) -> F64:
    """Return the cosine of the values that two articles have with their best neighbours, without each other."""
    keys, values, offsets, squares = [], [], [], []
    for side, partner in (("left", "right"), ("right", "left")):
        best, starts = ragged(pairs, f"{side}_best")
        value, _ = ragged(pairs, f"{side}_values")
        is_partner = best == np.repeat(numbers(pairs, partner), np.diff(starts))
        own = np.repeat(np.arange(len(pairs)), np.diff(starts))
        of_partner = np.zeros(len(pairs))
        of_partner[own[is_partner]] = value[is_partner] ** 2
        squares.append(numbers(pairs, f"{side}_squares") - of_partner)
        keys.append(best)
        values.append(value)
        offsets.append(starts)
    _, number = np.unique(np.concatenate(keys), return_inverse=True)
    both = KeyLists(np.concatenate((offsets[0], offsets[0][-1] + offsets[1][1:])), number.astype(np.uint32))
    left = np.arange(len(pairs))
    dot = sum_over_shared(both, {"values": np.concatenate(values)}, left, left + len(pairs))["values"]
    return second_order_cosine(dot, squares[0], squares[1])


def _share(seen: pa.Table) -> pa.Table:
    """Return the share of each other article in what an article has in common with its neighbours."""
    seen, rows, starts = _by_article(seen)
    article = np.repeat(np.arange(rows.size), np.diff(starts))
    value = numbers(seen, "value")
    to_other = value * (value >= _least(value, article, rows.size)[article])
    # Pairs in which the article is the left one are added apart from those in which it is the right one.
    is_left = numbers(seen, "row") < numbers(seen, "other")
    as_left = np.bincount(article[is_left], to_other[is_left], rows.size)
    as_right = np.bincount(article[~is_left], to_other[~is_left], rows.size)
    total = as_left + as_right + NOISE
    return table_of(row=seen["row"], other=seen["other"], share=to_other / total[article])
