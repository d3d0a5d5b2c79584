"""Pairs of articles worth asking whether they report one event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels import SERIAL, Compute, distinct
from dedupe.parallel import in_threads
from dedupe.stories.sparse import even_slices, scale_to_unit
from dedupe.text.terms import Terms

EXHAUSTIVE_ROWS = 64
"""Up to this many articles every pair is a candidate."""

TOP_TERMS = 80
"""Terms of an article that are looked up to find its candidates."""

LEAST_CANDIDATES, MOST_CANDIDATES = 30, 120
"""Best matches kept for each article: at least, and at most (an article with more is counted)."""

LEAST_COSINE = 0.06
"""Beyond the least number, a candidate needs this (approximate) cosine. With .1, half of the pairs of 12,000 articles
go, but confusable events and page furniture (wire_helsinki) are told apart less well."""


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """Candidate pairs ``left < right``, sorted, and how many postings and candidate lists were cut short."""

    left: I64
    right: I64
    counts: dict[str, int]


def text_weights(terms: Terms) -> F64:
    """The weight of terms for "how alike are two texts": faded counts × rarity, unit length per article."""
    return scale_to_unit(terms.starts, np.log1p(3 * terms.decayed_tf) * terms.idf()[terms.term])


def propose_pairs(terms: Terms, weight: F64, compute: Compute = SERIAL) -> CandidatePairs:
    """Pairs worth measuring, from an inverted index over each article's most telling terms (``weight``: text_weight).

    Small collections are taken whole.
    """
    if terms.rows <= EXHAUSTIVE_ROWS:
        left, right = np.triu_indices(terms.rows, 1)
        return CandidatePairs(
            left.astype(np.int64), right.astype(np.int64), {"oversized_postings": 0, "cut_candidate_lists": 0}
        )
    spread = terms.in_articles
    limit = max(400, terms.rows // 10)
    telling = compute.backend.top_entries(terms.starts, weight, TOP_TERMS) & (spread[terms.term] > 1)
    asked = telling & (spread[terms.term] <= limit)
    keys = terms.term.astype(np.uint32)
    inverted = compute.backend.invert_lists(terms.starts, keys, weight, len(terms.vocabulary))

    def matched(rows: tuple[int, int]) -> tuple[I64, int]:
        kept = (LEAST_CANDIDATES, MOST_CANDIDATES)
        others, ends, cut = compute.backend.best_matches(
            terms.starts, keys, weight, asked, inverted, rows, kept, LEAST_COSINE
        )
        own = np.repeat(np.arange(*rows), np.diff(ends))
        return np.minimum(own, others) * terms.rows + np.maximum(own, others), cut

    found, cuts = zip(*in_threads(matched, even_slices(terms.rows, compute.threads), compute.threads), strict=True)
    pairs = distinct(np.concatenate(found))
    oversized = int(np.count_nonzero(np.bincount(terms.term[telling & ~asked])))
    counts = {"oversized_postings": oversized, "cut_candidate_lists": sum(cuts)}
    return CandidatePairs(pairs // terms.rows, pairs % terms.rows, counts)


def rank_within_article(terms: Terms, weight: F64) -> I64:
    """Place of each entry within its article by falling weight (ties: alphabetical), from 0."""
    order = np.lexsort((terms.term, -weight, terms.owner))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size) - terms.starts[terms.owner[order]]
    return rank
