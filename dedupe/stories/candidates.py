"""Pairs of articles worth asking whether they report one event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe import kernels
from dedupe.arrays import F64, I64
from dedupe.kernels import distinct
from dedupe.parallel import in_threads
from dedupe.stories.sparse import ENTRIES_A_BYTE, slices, unit
from dedupe.text.terms import Terms

EXHAUSTIVE_ROWS = 64
"""Up to this many articles every pair is a candidate."""

TELLING_TERMS = 80
"""Terms of an article that are looked up to find its candidates."""

LEAST_CANDIDATES, MOST_CANDIDATES = 30, 120
"""Best matches kept for each article: at least, and at most (an article with more is counted)."""

LEAST_COSINE = 0.06
"""Beyond the least number, a candidate needs this (approximate) cosine. With .1, half of the pairs of 12,000 articles
go, but confusable events and page furniture (wire_helsinki) are told apart less well."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidate pairs ``left < right``, sorted, and how many postings and candidate lists were cut short."""

    left: I64
    right: I64
    counts: dict[str, int]


def text_weight(terms: Terms) -> F64:
    """The weight of terms for "how alike are two texts": faded counts × rarity, unit length per article."""
    return unit(terms.starts, np.log1p(3 * terms.faded) * terms.rarity()[terms.term])


def propose(terms: Terms, weight: F64, threads: int = 1, twin: str = "auto") -> Pairs:
    """Pairs worth measuring, from an inverted index over each article's most telling terms (``weight``: text_weight).

    Small collections are taken whole. ``twin``: see ``kernels.pick``.
    """
    if terms.rows <= EXHAUSTIVE_ROWS:
        left, right = np.triu_indices(terms.rows, 1)
        return Pairs(left.astype(np.int64), right.astype(np.int64), {"oversized_postings": 0, "cut_candidate_lists": 0})
    spread = terms.in_articles
    limit = max(400, terms.rows // 10)
    using = kernels.pick(terms.term.size // ENTRIES_A_BYTE, twin)
    telling = using.heaviest(terms.starts, weight, TELLING_TERMS) & (spread[terms.term] > 1)
    asked = telling & (spread[terms.term] <= limit)
    keys = terms.term.astype(np.uint32)
    using = kernels.pick(int(spread[terms.term[asked]].sum()) // ENTRIES_A_BYTE, twin)
    inverted = using.holders(terms.starts, keys, weight, len(terms.vocabulary))

    def matched(rows: tuple[int, int]) -> tuple[I64, int]:
        kept = (LEAST_CANDIDATES, MOST_CANDIDATES)
        others, ends, cut = using.best_matches(terms.starts, keys, weight, asked, inverted, rows, kept, LEAST_COSINE)
        own = np.repeat(np.arange(*rows), np.diff(ends))
        return np.minimum(own, others) * terms.rows + np.maximum(own, others), cut

    found, cuts = zip(*in_threads(matched, slices(terms.rows, threads), threads), strict=True)
    pairs = distinct(np.concatenate(found))
    oversized = int(np.count_nonzero(np.bincount(terms.term[telling & ~asked])))
    counts = {"oversized_postings": oversized, "cut_candidate_lists": sum(cuts)}
    return Pairs(pairs // terms.rows, pairs % terms.rows, counts)


def ranks(terms: Terms, weight: F64) -> I64:
    """Place of each entry within its article by falling weight (ties: alphabetical), from 0."""
    order = np.lexsort((terms.term, -weight, terms.owner))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size) - terms.starts[terms.owner[order]]
    return rank
