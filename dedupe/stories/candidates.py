"""Candidate pairs: the pairs of articles that are worth measuring for reporting the same event.

Measuring every pair of a large collection would take too long. Each article's top terms are looked up in an inverted
index instead, and its best matches by cosine are kept. All but the rarest terms are looked up only among articles of
the weeks around, so that an article costs the same in an archive of a month and of ten years.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels import SERIAL, Compute, distinct, ranges, rank_within
from dedupe.kernels.ragged import ragged_offsets
from dedupe.parallel import in_threads
from dedupe.stories.sparse import even_slices
from dedupe.text.terms import Terms

TOP_TERMS = 80
"""How many terms of each article are looked up to find its candidates: those with the highest weights."""

RARE_TERM = 30
"""Articles further apart are compared by terms that no more articles than this have: one of the dates may be wrong."""

LONGEST_LIST = 400
"""A term that more articles of the window have is not looked up: it would find nearly all of them."""

LEAST_CANDIDATES = 15
"""How many best matches are kept for each article at least."""


class Reach(NamedTuple):
    """How far candidates are looked for.

    Articles published within ``days`` of each other are compared by all their top terms. ``most``: how many best
    matches are kept for each article at most; articles with more are counted. Beyond the first LEAST_CANDIDATES, a
    candidate needs at least the (approximate) cosine ``least_cosine``.
    """

    days: float
    most: int
    least_cosine: float


OF_STORIES = Reach(days=30.0, most=120, least_cosine=0.06)
"""How far candidates for one story are looked for."""


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """Candidate pairs with ``left < right``, int64[pairs] each, sorted by left and right.

    ``counts`` says what was cut short: ``oversized_postings`` (look-ups of a term that were left out because too many
    articles have it) and ``cut_candidate_lists`` (articles with more good matches than are kept).
    """

    left: I64
    right: I64
    counts: dict[str, int]


def text_weights(terms: Terms, compute: Compute = SERIAL) -> F64:
    """Weights for the cosine of whole texts: position-decayed term frequency × idf, unit length per article.

    Returns float64[entries], one weight for each entry of ``terms``.
    """
    return compute.backend.scale_to_unit(terms.starts, np.log1p(3 * terms.decayed_tf) * terms.idf()[terms.term])


def propose_pairs(
    terms: Terms,
    weight: F64,
    day: F64,
    span: float = math.inf,
    compute: Compute = SERIAL,
    reach: Reach = OF_STORIES,
) -> CandidatePairs:
    """Find the candidate pairs of a collection with an inverted index over each article's top terms.

    ``weight``: float64[entries], as ``text_weights`` returns it. ``day``: of each article, float64[rows], NaN if
    unknown; an undated article is compared with all others. ``span``: the most days that a story may last, if that is
    less than ``reach.days``. Fewer than two articles give no pairs.
    """
    # The index numbers articles by date, undated ones last, so that those within the span follow each other.
    order = np.argsort(day, kind="stable")
    sizes = np.diff(terms.starts)[order]
    starts, entries = ragged_offsets(sizes), ranges(terms.starts[order], sizes)
    keys, weights = terms.term[entries], weight[entries]
    is_query = compute.backend.top_entries(starts, weights, TOP_TERMS)
    is_query &= (terms.in_articles > 1)[keys]
    inverted = compute.backend.invert_lists(starts, keys, weights, len(terms.vocabulary))
    windows = _windows(day[order], min(span, reach.days))

    def best_of(rows: tuple[int, int]) -> tuple[I64, int, int]:
        limits = (LEAST_CANDIDATES, reach.most, LONGEST_LIST, RARE_TERM)
        others, ends, cut, oversized = compute.backend.best_matches(
            starts, keys, weights, is_query, inverted, windows, rows, limits, reach.least_cosine
        )
        own, other = order[np.repeat(np.arange(*rows), np.diff(ends))], order[others]
        return np.minimum(own, other) * terms.rows + np.maximum(own, other), cut, oversized

    slices = even_slices(terms.rows, compute.threads)
    found, cuts, oversized = zip(*in_threads(best_of, slices, compute.threads), strict=True)
    pairs = distinct(np.concatenate(found))
    counts = {"oversized_postings": sum(oversized), "cut_candidate_lists": sum(cuts)}
    return CandidatePairs(pairs // terms.rows, pairs % terms.rows, counts)


def _windows(day: F64, span: float) -> I64:
    """The articles that each article is compared with: int64[rows, 3], those of the places [0] to [1] and from [2] on.

    ``day``: ascending, the unknown ones last. A dated article is compared with those within the span and the undated
    ones, an undated one with all.
    """
    dated = int(np.count_nonzero(~np.isnan(day)))
    windows = np.empty((day.size, 3), np.int64)
    windows[:, 2] = dated
    windows[:dated, 0] = np.searchsorted(day[:dated], day[:dated] - span, side="left")
    windows[:dated, 1] = np.searchsorted(day[:dated], day[:dated] + span, side="right")
    windows[dated:, :2] = 0, dated
    return windows


def rank_within_article(terms: Terms, weight: F64) -> I64:
    """Rank of each entry within its article by descending weight (ties: alphabetical), from 0: int64[entries]."""
    owner = terms.owner
    return rank_within(owner, np.lexsort((terms.term, -weight, owner)))
