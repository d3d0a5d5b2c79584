"""Candidate pairs: the pairs of articles that are worth scoring for reporting the same event.

Scoring every pair of a large collection would take too long. Each article's top terms are looked up in an inverted
index instead, and only its best matches by cosine are kept. Collections of up to EXHAUSTIVE_ROWS articles keep all
pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels import SERIAL, Compute, distinct, rank_within
from dedupe.parallel import in_threads
from dedupe.stories.sparse import even_slices, scale_to_unit
from dedupe.text.terms import Terms

EXHAUSTIVE_ROWS = 64
"""In collections of up to this many articles, every pair is a candidate."""

TOP_TERMS = 80
"""How many terms of each article are looked up to find its candidates: those with the highest weights."""

LEAST_CANDIDATES, MOST_CANDIDATES = 30, 120
"""How many best matches are kept for each article, at least and at most. Articles with more are counted."""

LEAST_COSINE = 0.06
"""Beyond the first LEAST_CANDIDATES, a candidate needs at least this (approximate) cosine. A value of .1 removes half
of the pairs of 12,000 articles, but separates confusable events and boilerplate (wire_helsinki) less well."""


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """Candidate pairs with ``left < right``, int64[pairs] each, sorted by left and right.

    ``counts`` says what was cut short: ``oversized_postings`` (terms in too many articles to look up) and
    ``cut_candidate_lists`` (articles with more good matches than are kept).
    """

    left: I64
    right: I64
    counts: dict[str, int]


def text_weights(terms: Terms) -> F64:
    """Weights for the cosine of whole texts: position-decayed term frequency × idf, unit length per article.

    Returns float64[entries], one weight for each entry of ``terms``.
    """
    return scale_to_unit(terms.starts, np.log1p(3 * terms.decayed_tf) * terms.idf()[terms.term])


def propose_pairs(terms: Terms, weight: F64, compute: Compute = SERIAL) -> CandidatePairs:
    """Find the candidate pairs of a collection with an inverted index over each article's top terms.

    ``weight``: float64[entries], as ``text_weights`` returns it. Collections of up to EXHAUSTIVE_ROWS articles give all
    pairs; fewer than two articles give none.
    """
    if terms.rows <= EXHAUSTIVE_ROWS:
        left, right = np.triu_indices(terms.rows, 1)
        return CandidatePairs(
            left.astype(np.int64), right.astype(np.int64), {"oversized_postings": 0, "cut_candidate_lists": 0}
        )
    in_articles = terms.in_articles
    limit = max(400, terms.rows // 10)
    is_top = compute.backend.top_entries(terms.starts, weight, TOP_TERMS) & (in_articles[terms.term] > 1)
    is_query = is_top & (in_articles[terms.term] <= limit)
    keys = terms.term.astype(np.uint32)
    inverted = compute.backend.invert_lists(terms.starts, keys, weight, len(terms.vocabulary))

    def best_of(rows: tuple[int, int]) -> tuple[I64, int]:
        kept = (LEAST_CANDIDATES, MOST_CANDIDATES)
        others, ends, cut = compute.backend.best_matches(
            terms.starts, keys, weight, is_query, inverted, rows, kept, LEAST_COSINE
        )
        own = np.repeat(np.arange(*rows), np.diff(ends))
        return np.minimum(own, others) * terms.rows + np.maximum(own, others), cut

    found, cuts = zip(*in_threads(best_of, even_slices(terms.rows, compute.threads), compute.threads), strict=True)
    pairs = distinct(np.concatenate(found))
    oversized = int(np.count_nonzero(np.bincount(terms.term[is_top & ~is_query])))
    counts = {"oversized_postings": oversized, "cut_candidate_lists": sum(cuts)}
    return CandidatePairs(pairs // terms.rows, pairs % terms.rows, counts)


def rank_within_article(terms: Terms, weight: F64) -> I64:
    """Rank of each entry within its article by descending weight (ties: alphabetical), from 0: int64[entries]."""
    owner = terms.owner
    return rank_within(owner, np.lexsort((terms.term, -weight, owner)))
