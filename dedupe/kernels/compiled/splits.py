"""Compiled kernels that part texts in two; ``_numba.py`` hands them on with the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels.compiled.llvm import compiled
from dedupe.kernels.contract import LEAST_GAIN


@compiled
def _evidence(table: F64, inside: I64, holders: I64, weights: F64) -> float:
    total = 0.0
    for term in range(holders.size):
        total += table[inside[term], holders[term]] * weights[term]
    return total


@compiled
def _across(odds: F64, side: Bools) -> float:
    total = 0.0
    for i in range(side.size):
        for j in range(side.size):
            if side[i] and not side[j]:
                total += odds[i, j]
    return total


@compiled
def _held_inside(has: I64, side: Bools) -> tuple[I64, int]:
    """How many of a side have each term, and how many there are."""
    inside, size = np.zeros(has.shape[1], np.int64), 0
    for text in range(side.size):
        if side[text]:
            size += 1
            for term in range(inside.size):
                inside[term] += has[text, term]
    return inside, size


@compiled
def _all_known(known: Bools, first: int, last: int) -> bool:
    unknown = 0
    for size in range(first, last + 1):
        unknown += not known[size]
    return unknown == 0


@compiled
def score_all_splits(
    has: I64, holders: I64, weights: F64, odds: F64, tables: F64, pair_weight: float, level: float
) -> F64:
    """See ``_numpy_partings.score_all_splits``. From one division to the next of a Gray code one text moves."""
    texts = odds.shape[0]
    worth = np.empty((1 << (texts - 1)) - 1)
    side, inside = np.zeros(texts, np.bool_), np.zeros(holders.size, np.int64)
    size: Any = 0
    number: Any = 0
    for step in range(1, worth.size + 1):
        text = 0
        while not (step >> text) & 1:
            text += 1
        change = -1 if side[text] else 1
        side[text] = not side[text]
        size += change
        number ^= 1 << text
        for term in range(inside.size):
            inside[term] += change * has[text, term]
        gain = _evidence(tables[size], inside, holders, weights)
        worth[number - 1] = gain - pair_weight * (_across(odds, side) - level * size * (texts - size))
    return worth


@compiled
def _worth_of_moves(
    side: Bools,
    size: int,
    step: int,
    inside: I64,
    terms: I64,
    ends: I64,
    holders: I64,
    weights: F64,
    tables: F64,
    gained: F64,
    moved: F64,
) -> None:
    """Evidence gained by each text that may move to the second side (``step`` 1) or from it (-1), into ``moved``."""
    texts, after = side.size, size + step
    kept = 0.0
    for term in range(holders.size):
        least, most = max(0, holders[term] - (texts - after)), min(after, holders[term])
        stays = tables[after, min(max(inside[term], least), most), holders[term]]
        goes = tables[after, min(max(inside[term] + step, least), most), holders[term]]
        kept += (stays - tables[size, inside[term], holders[term]]) * weights[term]
        gained[term] = (goes - stays) * weights[term]
    for text in range(texts):
        if side[text] == (step < 0):
            own = 0.0
            for at in range(ends[text], ends[text + 1]):
                own += gained[terms[at]]
            moved[text] = kept + own


@compiled
def _terms_of_texts(has: I64) -> tuple[I64, I64]:
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
    side: Bools, size: int, moved: F64, odds: F64, total: F64, pair_weight: float, level: float
) -> tuple[int, float]:
    """The text whose move gains most (ties: the first), and how much; ``total``: Σ of each text's odds."""
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
            gain = moved[text] - pair_weight * (across - level * pairs)
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
    known: Bools,
    pair_weight: float,
    level: float,
    moves: int,
) -> tuple[int, float, bool]:
    """See ``_numpy_partings.improve_split``."""
    texts = side.size
    terms, ends = _terms_of_texts(has)
    total = np.zeros(texts)
    for text in range(texts):
        for other in range(texts):
            total[text] += odds[text, other]
    gained, moved = np.empty(holders.size), np.empty(texts)
    left: Any = moves
    while True:
        inside, size = _held_inside(has, side)
        if not _all_known(known, max(1, size - 1), min(texts - 1, size + 1)):
            return left, 0.0, False
        if left == 0:
            break
        for step in (1, -1):
            if 0 < size + step < texts:
                _worth_of_moves(side, size, step, inside, terms, ends, holders, weights, tables, gained, moved)
        best, most = _best_move(side, size, moved, odds, total, pair_weight, level)
        if most <= LEAST_GAIN:
            break
        side[best] = not side[best]
        left -= 1
    worth = _evidence(tables[size], inside, holders, weights)
    return left, worth - pair_weight * (_across(odds, side) - level * size * (texts - size)), True
