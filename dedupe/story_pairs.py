"""propose → pairs of articles worth asking whether they report one event; and sums over what two lists share."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe import kernels
from dedupe.kernels import distinct
from dedupe.terms import Terms
from dedupe.threads import in_threads

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Columns = dict[str, F64]

EXHAUSTIVE_ROWS = 64
"""Up to this many articles every pair is a candidate."""
TELLING_TERMS = 80
"""Terms of an article that are looked up to find its candidates."""
LEAST_CANDIDATES, MOST_CANDIDATES = 30, 120
"""Best matches kept for each article: at least, and at most (an article with more is counted)."""
LEAST_COSINE = 0.06
"""Beyond the least number, a candidate needs this (approximate) cosine. With .1, half of the pairs of 12,000 articles
go, but confusable events and page furniture (wire_helsinki) are told apart less well."""
_ENTRIES_A_BYTE = 6
"""Entries looked up in the time that NumPy takes to sign a byte of text: what ``kernels.pick`` counts in."""
MOST_COUNTS = 8
"""Threads that count holders at once: each takes four bytes an entry."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidate pairs ``left < right``, sorted, and how many postings and candidate lists were cut short."""

    left: I64
    right: I64
    counts: dict[str, int]


def per_list(starts: I64, values: F64 | Bools) -> F64:
    """The sum of the entries of each list, one after the other, float64[lists]."""
    sizes = np.diff(starts)
    return np.asarray(np.bincount(np.repeat(np.arange(sizes.size), sizes), values, minlength=sizes.size), np.float64)


def lengths(starts: I64, weight: F64) -> F64:
    """The Euclidean length of each list's weights, not below 1e-12, float64[lists]."""
    length: F64 = np.maximum(np.sqrt(per_list(starts, weight * weight)), 1e-12)
    return length


def unit(starts: I64, weight: F64) -> F64:
    """Weights of entries scaled to length 1 per list (all-zero lists stay zero)."""
    scaled: F64 = weight / np.repeat(lengths(starts, weight), np.diff(starts))
    return scaled


def best_of(values: F64, left: I64, right: I64, rows: int) -> F64:
    """The highest value each row has with any other (0 without pairs), float64[rows]."""
    best = np.zeros(rows)
    np.maximum.at(best, left, values)
    np.maximum.at(best, right, values)
    return best


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
    using = kernels.pick(terms.term.size // _ENTRIES_A_BYTE, twin)
    telling = using.heaviest(terms.starts, weight, TELLING_TERMS) & (spread[terms.term] > 1)
    asked = telling & (spread[terms.term] <= limit)
    keys = terms.term.astype(np.uint32)
    using = kernels.pick(int(spread[terms.term[asked]].sum()) // _ENTRIES_A_BYTE, twin)
    inverted = using.holders(terms.starts, keys, weight, len(terms.vocabulary))

    def matched(rows: tuple[int, int]) -> tuple[I64, int]:
        kept = (LEAST_CANDIDATES, MOST_CANDIDATES)
        others, ends, cut = using.best_matches(terms.starts, keys, weight, asked, inverted, rows, kept, LEAST_COSINE)
        own = np.repeat(np.arange(*rows), np.diff(ends))
        return np.minimum(own, others) * terms.rows + np.maximum(own, others), cut

    found, cuts = zip(*in_threads(matched, _slices(terms.rows, threads), threads), strict=True)
    pairs = distinct(np.concatenate(found))
    oversized = int(np.count_nonzero(np.bincount(terms.term[telling & ~asked])))
    counts = {"oversized_postings": oversized, "cut_candidate_lists": sum(cuts)}
    return Pairs(pairs // terms.rows, pairs % terms.rows, counts)


def _slices(size: int, threads: int, slices_a_thread: int = 8) -> Iterator[tuple[int, int]]:
    """Where each slice of so many begins and ends; more than one a thread are for even work and change no result."""
    count = 1 if threads == 1 else threads * slices_a_thread
    return itertools.pairwise(np.linspace(0, size, count + 1).astype(np.int64).tolist())


def ranks(terms: Terms, weight: F64) -> I64:
    """Place of each entry within its article by falling weight (ties: alphabetical), from 0."""
    order = np.lexsort((terms.term, -weight, terms.owner))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size) - terms.starts[terms.owner[order]]
    return rank


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of distinct keys, ascending, in CSR form: those of list i are ``keys[starts[i]:starts[i + 1]]``."""

    starts: I64
    keys: U32

    @classmethod
    def of_terms(cls, terms: Terms) -> Lists:
        """The terms of each article."""
        return cls(terms.starts, terms.term.astype(np.uint32))

    def only(self, entries: I64) -> Lists:
        """The same with these entries, ascending, and no others."""
        return Lists(np.searchsorted(entries, self.starts), self.keys[entries])

    def compared(self, left: I64, right: I64) -> int:
        """How much it is to compare these pairs, as ``kernels.pick`` counts."""
        return int(np.diff(self.starts)[right].sum()) // _ENTRIES_A_BYTE


def summed(
    lists: Lists,
    weights: Mapping[str, F64],
    left: I64,
    right: I64,
    threads: int = 1,
    twin: str = "auto",
    added: Container[str] = (),
) -> Columns:
    """For each name, Σ over the entries two lists share of left weight × right weight or, where the name is ``added``,
    of left weight + right weight: float64[pairs].

    Pairs are sorted by ``left``. Weights: float64[entries] each.
    """
    using = kernels.pick(lists.compared(left, right), twin)
    together = np.column_stack(list(weights.values()))
    plus = np.array([name in added for name in weights])

    def sums(some: tuple[int, int]) -> F64:
        pairs = slice(*some)
        found: F64 = using.shared_sums(lists.starts, lists.keys, left[pairs], right[pairs], together, plus)
        return found

    parts = in_threads(sums, _slices(left.size, threads), threads)
    return dict(zip(weights, np.concatenate(list(parts), axis=1), strict=True))


def sharing(
    lists: Lists, left: I64, right: I64, of_left: Bools, of_right: Bools, threads: int = 1, twin: str = "auto"
) -> I32:
    """For each entry, in how many of the lists its own is paired with it stands too, int32[entries]; a pair counts for
    its left list where ``of_left`` and for its right one where ``of_right``."""
    using = kernels.pick(lists.compared(left, right), twin)

    def holders(some: tuple[int, int]) -> I32:
        pairs = slice(*some)
        found: I32 = using.shared_holders(
            lists.starts, lists.keys, left[pairs], right[pairs], of_left[pairs], of_right[pairs]
        )
        return found

    total = np.zeros(lists.keys.size, np.int32)
    # Every slice counts for itself, in as much memory as there are entries.
    for part in in_threads(holders, _slices(left.size, min(threads, MOST_COUNTS), 1), threads):
        total += part
    return total


def both_ways(left: I64, right: I64, rows: int) -> tuple[Lists, I64]:
    """Pairs as lists of the others each row is paired with, and the pair each entry comes from, int64[entries]."""
    row, other = np.concatenate((left, right)), np.concatenate((right, left))
    order = np.argsort(row * rows + other)
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=rows)))).astype(np.int64)
    return Lists(starts, other[order].astype(np.uint32)), np.tile(np.arange(left.size), 2)[order]
