"""Candidate pairs, the same as those of ``stories.candidates``: by term and time window.

The articles that have a term are brought together, one term after the other. Whether a term is looked up is decided
first, from how many articles of each day have it. What remains of a common term is no more than the articles of days
at which few have it, so no task sees all articles with a common term.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import SERIAL, ranges, run_starts
from dedupe.kernels.ragged import ragged_offsets
from dedupe.spark.stages import Batches, batch_of, in_workers, taken
from dedupe.spark.stories.columns import block_of, few_at_once, hashed_block, lists, numbers, on_table, ragged, table_of
from dedupe.spark.stories.terms import TermsOfBlock, terms_of
from dedupe.spark.workspace import Workspace
from dedupe.stories.candidates import LEAST_CANDIDATES, LONGEST_LIST, OF_STORIES, RARE_TERM, TOP_TERMS, text_weights

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_DAYS = float(1 << 26)
"""More days than any two articles lie apart. A term and a day are one number, term × _DAYS + day."""

_DAYS_OF_TERMS = "block long, term string, day double, is_looked_up boolean, is_needed boolean, left_out long"


def propose_pairs(work: Workspace, terms: DataFrame, collection: int, span: float) -> tuple[DataFrame, dict[str, int]]:
    """Return the candidate pairs of a collection, ``left`` < ``right`` (rows in canonical order), and their counts.

    ``terms``: as ``terms.count_collection`` returns them, of ``collection`` articles. ``span``: the most days that a
    story may last. The counts are those of ``StoryEvidence``. See ``stories.candidates.propose_pairs``.
    """
    from pyspark.sql import functions as sql

    # Days are whole numbers, so a part of a day changes nothing.
    days = math.floor(min(span, OF_STORIES.days))
    schema = "term string, day double, row long, weight double, is_query boolean, holders long"
    entries = in_workers(terms, _weigh, schema, collection=collection)
    entries = entries.withColumn("block", hashed_block("term", articles=collection))
    by_day = entries.groupBy("block", "term", "day", "holders").agg(
        sql.count("*").alias("articles"), sql.count_if("is_query").alias("queries")
    )
    days_of_terms = work.keep(
        "story_days_of_terms", by_day.groupBy("block").applyInArrow(on_table(_choose_days, days=days), _DAYS_OF_TERMS)
    )
    in_reach = days_of_terms.where("is_needed").select("block", "term", "day", "is_looked_up")
    matches = (
        entries.join(in_reach, ["block", "term", "day"])
        .groupBy("block")
        .applyInArrow(on_table(_match, days=days), "row long, term string, others array<long>, products array<double>")
    )
    best = matches.groupBy(block_of("row")).applyInArrow(on_table(_keep_best), "left long, right long")
    best = work.keep("story_pairs", best.distinct())
    pairs = best.where("right is not null")
    counts = {
        "story_pairs": pairs.count(),
        "oversized_postings": days_of_terms.selectExpr("coalesce(sum(left_out), 0L)").collect()[0][0],
        "cut_candidate_lists": best.where("right is null").count(),
    }
    return pairs, counts


def _weigh(batches: Batches, collection: int) -> Batches:
    """Yield the entries of articles that can be matched, with their weights, and whether each is a top term."""
    for table in few_at_once(batches):
        yield _weigh_terms(terms_of(table, collection))


def _weigh_terms(terms: TermsOfBlock) -> pa.RecordBatch:
    weight = text_weights(terms)
    is_query = SERIAL.backend.top_entries(terms.starts, weight, TOP_TERMS)
    kept = np.flatnonzero((weight > 0) & (terms.holders > 1)[terms.term])
    term, owner = terms.term[kept], terms.owner[kept]
    return batch_of(
        term=taken(pa.array(terms.vocabulary, pa.string()), term.astype(np.int64)),
        day=terms.day[owner],
        row=terms.rows_of[owner],
        weight=weight[kept],
        is_query=is_query[kept],
        holders=terms.holders[term],
    )


def _choose_days(counts: pa.Table, days: int) -> pa.Table:
    """Return the days of each term: whether it is looked up for articles of the day, and whether any is matched there.

    ``counts``: how many articles of each day have a term, and of how many of them it is one of the top terms, for each
    of which it would be looked up. ``left_out`` counts the look-ups that are left out, because too many articles have
    the term; days of which nothing is to be said are left out themselves.
    """
    counts = counts.sort_by([("term", "ascending"), ("day", "ascending")])
    term, day, is_undated = _term_days(counts)
    articles, holders = numbers(counts, "articles"), numbers(counts, "holders")
    at = np.where(is_undated, np.inf, term * _DAYS + day)
    dated = np.flatnonzero(~is_undated)
    terms = int(term.max(initial=-1)) + 1
    undated_articles = np.bincount(term[is_undated], articles[is_undated], terms).astype(np.int64)
    before = ragged_offsets(articles[dated])
    low = np.searchsorted(at[dated], at - days, side="left")
    high = np.searchsorted(at[dated], at + days, side="right")
    seen = np.where(is_undated, holders, before[high] - before[low] + undated_articles[term])
    is_rare = holders <= RARE_TERM
    queries = numbers(counts, "queries")
    is_usable = is_rare | (seen <= LONGEST_LIST)
    is_looked_up = (queries > 0) & is_usable
    left_out = np.where(is_usable, 0, queries)
    # A day is needed if the term is looked up for a day in reach.
    of_term = np.bincount(term, is_looked_up, terms) > 0
    of_undated = np.bincount(term, is_looked_up & is_undated, terms) > 0
    asking = ragged_offsets(is_looked_up[dated].astype(np.int64))
    is_needed = (asking[high] > asking[low]) | of_undated[term] | ((is_rare | is_undated) & of_term[term])
    columns = {"is_looked_up": is_looked_up, "is_needed": is_needed, "left_out": left_out}
    found = counts.select(["block", "term", "day"])
    for name, column in columns.items():
        found = found.append_column(name, pa.array(column))
    return found.filter(pa.array(is_needed | (left_out > 0)))


def _term_days(table: pa.Table) -> tuple[I64, F64, Bools]:
    """Return the number of the term of each row, from 0 in the order of the table, its day, and whether it has none.

    ``table``: sorted by term.
    """
    codes = table["term"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    day = numbers(table, "day")
    return codes, day, np.isnan(day)


def _match(entries: pa.Table, days: int) -> pa.Table:
    """Return for each article and term the other articles in reach that have it, and the products of the weights."""
    entries = entries.sort_by([("term", "ascending"), ("row", "ascending")])
    term, day, is_undated = _term_days(entries)
    row, weight, holders = (numbers(entries, name) for name in ("row", "weight", "holders"))
    # Rows are in the order of days, the undated ones last, so the articles in reach follow each other.
    first = np.searchsorted(term, term, side="left")
    last = np.searchsorted(term, term, side="right")
    undated = last - np.bincount(term, is_undated, int(term.max(initial=-1)) + 1).astype(np.int64)[term]
    at = term * _DAYS + np.where(is_undated, _DAYS / 2, day)
    low, high = np.searchsorted(at, at - days, side="left"), np.searchsorted(at, at + days, side="right")
    is_everyone = is_undated | (holders <= RARE_TERM)
    low, high = np.where(is_everyone, first, low), np.where(is_everyone, undated, np.minimum(high, undated))
    asking = np.flatnonzero(numbers(entries, "is_query") & numbers(entries, "is_looked_up"))
    spans = np.column_stack((low[asking], undated[asking])).ravel()
    sizes = np.column_stack(((high - low)[asking], (last - undated)[asking]))
    found = ranges(spans, sizes.ravel())
    own = np.repeat(asking, sizes.sum(axis=1))
    is_other = found != own
    found, own = found[is_other], own[is_other]
    offsets = ragged_offsets(sizes.sum(axis=1) - 1)
    return table_of(
        row=row[asking],
        term=taken(entries["term"].combine_chunks(), asking),
        others=lists(row[found], offsets),
        products=lists(weight[own] * weight[found], offsets),
    )


def _keep_best(matches: pa.Table) -> pa.Table:
    """Return the best matches of each article of a block, as ``Backend.best_matches`` does.

    An article with more good matches than are kept has a row without ``right``.
    """
    matches = matches.sort_by([("row", "ascending"), ("term", "ascending")])
    rows = numbers(matches, "row")
    others, offsets = ragged(matches, "others")
    products, _ = ragged(matches, "products")
    starts = run_starts(rows)
    left, right, cut = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], []
    borders = offsets[np.append(starts, rows.size)].tolist()
    for row, (begin, end) in zip(rows[starts].tolist(), itertools.pairwise(borders), strict=True):
        # The products of each pair are added in the order of the terms.
        found, place = np.unique(others[begin:end], return_inverse=True)
        scores = np.asarray(np.bincount(place, products[begin:end], found.size), np.float64)
        if np.count_nonzero(scores >= OF_STORIES.least_cosine) > OF_STORIES.most:
            cut.append(row)
        kept = found[_best(scores)]
        own = np.full(kept.size, row)
        left.append(np.minimum(own, kept))
        right.append(np.maximum(own, kept))
    without_right = [pa.array(np.concatenate(right)), pa.nulls(len(cut), pa.int64())]
    return table_of(left=np.concatenate([*left, np.array(cut, np.int64)]), right=pa.concat_arrays(without_right))


def _best(scores: F64) -> I64:
    """Return the places of the best of some scores above 0, ascending."""
    best = np.flatnonzero(scores >= OF_STORIES.least_cosine)
    if best.size > OF_STORIES.most:
        return np.sort(best[np.argsort(-scores[best], kind="stable")[: OF_STORIES.most]])
    if best.size < LEAST_CANDIDATES < scores.size:
        return np.flatnonzero(scores >= np.partition(scores, -LEAST_CANDIDATES)[-LEAST_CANDIDATES])
    return best if best.size >= LEAST_CANDIDATES else np.arange(scores.size)
