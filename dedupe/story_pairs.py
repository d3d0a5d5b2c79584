"""propose → pairs of articles worth asking whether they report one event; and sums over what two lists share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.terms import Terms, ranges

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Columns = dict[str, F64]
Chunk = tuple[I64, I64, I64]

EXHAUSTIVE_ROWS = 64
"""Up to this many articles every pair is a candidate."""
TELLING_TERMS = 80
"""Terms of an article that are looked up to find its candidates."""
LEAST_CANDIDATES, MOST_CANDIDATES = 30, 120
"""Best matches kept for each article: at least, and at most (an article with more is counted)."""
LEAST_COSINE = 0.06
"""Beyond the least number, a candidate needs this (approximate) cosine."""
_CHUNK = 4_000_000
"""Shared entries worked on at once: bounds memory, changes no result."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidate pairs ``left < right``, sorted, and how many postings and candidate lists were cut short."""

    left: I64
    right: I64
    counts: dict[str, int]


def unit(terms: Terms, weight: F64) -> F64:
    """Weights of entries scaled to length 1 per article (all-zero articles stay zero)."""
    length = np.sqrt(np.bincount(terms.owner, weight * weight, minlength=terms.rows))
    return weight / np.maximum(length, 1e-12)[terms.owner]


def text_weight(terms: Terms) -> F64:
    """The weight of terms for "how alike are two texts": faded counts × rarity, unit length per article."""
    return unit(terms, np.log1p(3 * terms.faded) * terms.rarity()[terms.term])


def propose(terms: Terms, weight: F64) -> Pairs:
    """Pairs worth measuring, from an inverted index over each article's most telling terms (``weight``: text_weight).

    Small collections are taken whole.
    """
    if terms.rows <= EXHAUSTIVE_ROWS:
        left, right = np.triu_indices(terms.rows, 1)
        return Pairs(left.astype(np.int64), right.astype(np.int64), {"oversized_postings": 0, "cut_candidate_lists": 0})
    spread = terms.in_articles
    limit = max(400, terms.rows // 10)
    telling = _telling(terms, weight) & (spread[terms.term] > 1)
    usable = telling & (spread[terms.term] <= limit)
    by_term = np.argsort(terms.term, kind="stable")
    article, article_weight = terms.owner[by_term], weight[by_term]
    first = np.concatenate(([0], np.cumsum(spread)))
    found: list[I64] = []
    cut = 0
    for row in range(terms.rows):
        own = np.flatnonzero(usable[terms.starts[row] : terms.starts[row + 1]]) + terms.starts[row]
        term = terms.term[own]
        where = ranges(first[term], spread[term])
        product = np.repeat(weight[own], spread[term]) * article_weight[where]
        scores = np.bincount(article[where], product, minlength=terms.rows)
        scores[row] = 0.0
        best, more = _best(scores)
        cut += more
        found.append(np.minimum(row, best) * terms.rows + np.maximum(row, best))
    keys = np.unique(np.concatenate(found))
    oversized = np.unique(terms.term[telling & ~usable]).size
    return Pairs(keys // terms.rows, keys % terms.rows, {"oversized_postings": oversized, "cut_candidate_lists": cut})


def _telling(terms: Terms, weight: F64) -> npt.NDArray[np.bool_]:
    """The TELLING_TERMS heaviest entries of each article."""
    return ranks(terms, weight) < TELLING_TERMS


def ranks(terms: Terms, weight: F64) -> I64:
    """Place of each entry within its article by falling weight (ties: alphabetical), from 0."""
    order = np.lexsort((terms.term, -weight, terms.owner))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size) - terms.starts[terms.owner[order]]
    return rank


def _best(scores: npt.NDArray[Any]) -> tuple[I64, bool]:
    """Rows with the best scores, by the limits above, and whether the upper limit cut any."""
    kept = np.flatnonzero(scores >= LEAST_COSINE)
    if kept.size > MOST_CANDIDATES:
        return kept[np.argsort(-scores[kept], kind="stable")[:MOST_CANDIDATES]], True
    if kept.size < LEAST_CANDIDATES:
        kept = np.flatnonzero(scores > 0)
        if kept.size > LEAST_CANDIDATES:
            bound = np.partition(scores, -LEAST_CANDIDATES)[-LEAST_CANDIDATES]
            kept = np.flatnonzero(scores >= bound)
    return kept, False


def overlaps(starts: I64, keys: I64, width: int, left: I64, right: I64) -> Iterator[Chunk]:
    """What two lists share, for pairs of lists in CSR form: chunks of (pair, entry of left, entry of right).

    ``keys[starts[i]:starts[i + 1]]`` are the distinct keys below ``width`` of list i; pairs are sorted by ``left``.
    """
    place = np.full(width, -1, np.int64)
    sizes = np.diff(starts)
    bounds = np.flatnonzero(np.diff(left, prepend=-1, append=-1))
    held: list[Chunk] = []
    total = 0
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        own = slice(starts[left[begin]], starts[left[begin] + 1])
        place[keys[own]] = np.arange(own.start, own.stop)
        other = right[begin:end]
        theirs = ranges(starts[other], sizes[other])
        mine = place[keys[theirs]]
        shared = np.flatnonzero(mine >= 0)
        place[keys[own]] = -1
        held.append((np.repeat(np.arange(begin, end), sizes[other])[shared], mine[shared], theirs[shared]))
        total += shared.size
        if total > _CHUNK:
            yield _stack(held)
            held, total = [], 0
    if held:
        yield _stack(held)


def _stack(held: list[Chunk]) -> Chunk:
    pair, mine, theirs = (np.concatenate(parts) for parts in zip(*held, strict=True))
    return pair, mine, theirs


def summed(chunks: Iterator[Chunk], weights: Mapping[str, tuple[F64, F64]], pairs: int) -> Columns:
    """For each name, Σ over shared entries of left weight × right weight, float64[pairs]."""
    totals = {name: np.zeros(pairs) for name in weights}
    for pair, mine, theirs in chunks:
        if pair.size:
            low, high = int(pair[0]), int(pair[-1]) + 1
            for name, (left_weight, right_weight) in weights.items():
                product = left_weight[mine] * right_weight[theirs]
                totals[name][low:high] += np.bincount(pair - low, product, minlength=high - low)
    return totals


def both_ways(left: I64, right: I64, rows: int) -> Chunk:
    """Pairs as a symmetric list of lists (CSR): starts, other row, and the pair each entry comes from."""
    row, other = np.concatenate((left, right)), np.concatenate((right, left))
    order = np.lexsort((other, row))
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=rows)))).astype(np.int64)
    return starts, other[order], np.tile(np.arange(left.size), 2)[order]
