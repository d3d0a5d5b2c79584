"""propose → pairs of articles worth asking whether they report one event; and sums over what two lists share."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I32, I64, U32, Bools
from dedupe.kernels import SERIAL, Compute
from dedupe.parallel import in_threads
from dedupe.text.terms import Terms

Columns = dict[str, F64]

MOST_COUNTS = 8
"""Threads that count holders at once: each takes four bytes an entry."""


def sum_per_list(starts: I64, values: F64 | Bools) -> F64:
    """The sum of the entries of each list, one after the other, float64[lists]."""
    sizes = np.diff(starts)
    return np.asarray(np.bincount(np.repeat(np.arange(sizes.size), sizes), values, minlength=sizes.size), np.float64)


def list_norms(starts: I64, weight: F64) -> F64:
    """The Euclidean length of each list's weights, not below 1e-12, float64[lists]."""
    length: F64 = np.maximum(np.sqrt(sum_per_list(starts, weight * weight)), 1e-12)
    return length


def scale_to_unit(starts: I64, weight: F64) -> F64:
    """Weights of entries scaled to length 1 per list (all-zero lists stay zero)."""
    scaled: F64 = weight / np.repeat(list_norms(starts, weight), np.diff(starts))
    return scaled


def best_per_row(values: F64, left: I64, right: I64, rows: int) -> F64:
    """The highest value each row has with any other (0 without pairs), float64[rows]."""
    best = np.zeros(rows)
    np.maximum.at(best, left, values)
    np.maximum.at(best, right, values)
    return best


def even_slices(size: int, threads: int, slices_a_thread: int = 8) -> Iterator[tuple[int, int]]:
    """Where each slice of so many begins and ends; more than one a thread are for even work and change no result."""
    count = 1 if threads == 1 else threads * slices_a_thread
    return itertools.pairwise(np.linspace(0, size, count + 1).astype(np.int64).tolist())


@dataclass(frozen=True, slots=True)
class KeyLists:
    """Lists of distinct keys, ascending, in CSR form: those of list i are ``keys[starts[i]:starts[i + 1]]``."""

    starts: I64
    keys: U32

    @classmethod
    def of_terms(cls, terms: Terms) -> KeyLists:
        """The terms of each article."""
        return cls(terms.starts, terms.term.astype(np.uint32))

    def only(self, entries: I64) -> KeyLists:
        """The same with these entries, ascending, and no others."""
        return KeyLists(np.searchsorted(entries, self.starts), self.keys[entries])


def sum_over_shared(
    lists: KeyLists,
    weights: Mapping[str, F64],
    left: I64,
    right: I64,
    compute: Compute = SERIAL,
    added: Container[str] = (),
) -> Columns:
    """For each name, Σ over the entries two lists share of left weight × right weight or, where the name is ``added``,
    of left weight + right weight: float64[pairs].

    Pairs are sorted by ``left``. Weights: float64[entries] each.
    """
    together = np.column_stack(list(weights.values()))
    plus = np.array([name in added for name in weights])

    def sums(some: tuple[int, int]) -> F64:
        pairs = slice(*some)
        found: F64 = compute.backend.shared_sums(lists.starts, lists.keys, left[pairs], right[pairs], together, plus)
        return found

    parts = in_threads(sums, even_slices(left.size, compute.threads), compute.threads)
    return dict(zip(weights, np.concatenate(list(parts), axis=1), strict=True))


def count_sharing(
    lists: KeyLists,
    left: I64,
    right: I64,
    of_left: Bools,
    of_right: Bools,
    compute: Compute = SERIAL,
) -> I32:
    """For each entry, in how many of the lists its own is paired with it stands too, int32[entries]; a pair counts for
    its left list where ``of_left`` and for its right one where ``of_right``."""

    def holders(some: tuple[int, int]) -> I32:
        pairs = slice(*some)
        found: I32 = compute.backend.count_shared(
            lists.starts, lists.keys, left[pairs], right[pairs], of_left[pairs], of_right[pairs]
        )
        return found

    total = np.zeros(lists.keys.size, np.int32)
    # Every slice counts for itself, in as much memory as there are entries.
    for part in in_threads(holders, even_slices(left.size, min(compute.threads, MOST_COUNTS), 1), compute.threads):
        total += part
    return total


def symmetric_lists(left: I64, right: I64, rows: int) -> tuple[KeyLists, I64]:
    """Pairs as lists of the others each row is paired with, and the pair each entry comes from, int64[entries]."""
    row, other = np.concatenate((left, right)), np.concatenate((right, left))
    order = np.argsort(row * rows + other)
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=rows)))).astype(np.int64)
    return KeyLists(starts, other[order].astype(np.uint32)), np.tile(np.arange(left.size), 2)[order]
