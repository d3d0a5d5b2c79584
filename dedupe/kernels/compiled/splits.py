"""Splits of a group of texts in two. All sums are taken in the order of the reference."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels.compiled.jit import compiled
from dedupe.kernels.records import MIN_GAIN


@compiled
def _evidence(table: F64, inside: I64, holders: I64, weights: F64) -> float:
    """The weighted evidence of all terms. ``table``: the table of the size of a side; ``inside``: how many of its texts
    have each term."""
    total = 0.0
    for term in range(holders.size):
        total += table[inside[term], holders[term]] * weights[term]
    return total


@compiled
def _across(odds: F64, side: Bools) -> float:
    """Sum of the log-odds of all pairs with one text on either side."""
    total = 0.0
    for i in range(side.size):
        for j in range(side.size):
            if side[i] and not side[j]:
                total += odds[i, j]
    return total


@compiled
def _held_inside(has: I64, side: Bools) -> tuple[I64, int]:
    """How many texts of a side have each term, int64[terms], and how many texts it has."""
    inside, size = np.zeros(has.shape[1], np.int64), 0
    for text in range(side.size):
        if side[text]:
            size += 1
            for term in range(inside.size):
                inside[term] += has[text, term]
    return inside, size


@compiled
def _all_filled(filled: Bools, first: int, last: int) -> bool:
    """Whether the tables of the sizes from ``first`` to ``last`` are filled in."""
    missing = 0
    for size in range(first, last + 1):
        missing += not filled[size]
    return missing == 0


@compiled
def _evidence_of_moves(
    side: Bools,
    size: int,
    step: int,
    inside: I64,
    terms: I64,
    ends: I64,
    holders: I64,
    weights: F64,
    tables: F64,
    of_terms: F64,
    of_moves: F64,
) -> None:
    """Write by how much the evidence rises if each text moves to the second side (``step`` 1) or from it (-1).

    ``inside``: how many texts of the second side have each term. ``terms``, ``ends``: the terms of each text, ragged.
    ``of_terms``: float64[terms], room to work in. ``of_moves``: float64[texts], the result, written for the texts that
    may move.
    """
    texts, after = side.size, size + step
    if_no_term_moves = 0.0
    # The counts are clipped for the reason given in the reference.
    for term in range(holders.size):
        least, most = max(0, holders[term] - (texts - after)), min(after, holders[term])
        stays = tables[after, min(max(inside[term], least), most), holders[term]]
        goes = tables[after, min(max(inside[term] + step, least), most), holders[term]]
        if_no_term_moves += (stays - tables[size, inside[term], holders[term]]) * weights[term]
        of_terms[term] = (goes - stays) * weights[term]
    for text in range(texts):
        if side[text] == (step < 0):
            own = 0.0
            for at in range(ends[text], ends[text + 1]):
                own += of_terms[terms[at]]
            of_moves[text] = if_no_term_moves + own


@compiled
def _terms_of_texts(has: I64) -> tuple[I64, I64]:
    """The terms of each text, ragged int64."""
    terms, ends = np.empty(has.size, np.int64), np.zeros(has.shape[0] + 1, np.int64)
    count: Any = 0
    for text in range(has.shape[0]):
        for term in range(has.shape[1]):
            if has[text, term]:
                terms[count] = term
                count += 1
        ends[text + 1] = count
    return terms, ends


@compiled
def _best_move(
    side: Bools, size: int, of_moves: F64, odds: F64, total: F64, pair_weight: float, level: float
) -> tuple[int, float]:
    """The text whose move raises the score most (ties: the first one), and by how much.

    ``of_moves``: see ``_evidence_of_moves``. ``total``: the sum of each text's log-odds, float64[texts].
    """
    texts = side.size
    best, most = 0, -np.inf
    for text in range(texts):
        step = -1 if side[text] else 1
        if 0 < size + step < texts:
            to_second = 0.0
            for other in range(texts):
                if side[other]:
                    to_second += odds[text, other]
            pairs = (size + step) * (texts - size - step) - size * (texts - size)
            across = step * (total[text] - 2 * to_second)
            gain = of_moves[text] - pair_weight * (across - level * pairs)
            if gain > most:
                best, most = text, gain
    return best, most


@compiled
def improve_split(
    side: Bools,
    has: I64,
    holders: I64,
    weights: F64,
    odds: F64,
    tables: F64,
    filled: Bools,
    pair_weight: float,
    level: float,
    moves: int,
) -> tuple[int, float, bool]:
    """See ``Backend.improve_split``. Computes the gains of all moves, one after the other."""
    texts = side.size
    terms, ends = _terms_of_texts(has)
    total = np.zeros(texts)
    for text in range(texts):
        for other in range(texts):
            total[text] += odds[text, other]
    of_terms, of_moves = np.empty(holders.size), np.empty(texts)
    left: Any = moves
    while True:
        inside, size = _held_inside(has, side)
        if not _all_filled(filled, max(1, size - 1), min(texts - 1, size + 1)):
            return left, 0.0, False
        if left == 0:
            break
        for step in (1, -1):
            if 0 < size + step < texts:
                _evidence_of_moves(side, size, step, inside, terms, ends, holders, weights, tables, of_terms, of_moves)
        best, most = _best_move(side, size, of_moves, odds, total, pair_weight, level)
        if most <= MIN_GAIN:
            break
        side[best] = not side[best]
        left -= 1
    evidence = _evidence(tables[size], inside, holders, weights)
    return left, evidence - pair_weight * (_across(odds, side) - level * size * (texts - size)), True
