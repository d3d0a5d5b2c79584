"""Compare the details of two texts: a copy keeps them, the next report of a series replaces them.

Reports on markets, weather, lotteries, results and warnings are often written from one template. Two of them share most
of their words, as copies do, and report two events. An updated report also replaces figures, but few of those it has.

A *detail* is a number, a day or a name, in its *place*: between the two words before it and the two behind it, in which
other details are masked. Two texts that have one place with different details contradict each other there. Whatever
only one of them has, such as a further paragraph or the furniture of a page, has no place in the other and counts
nothing.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U8, U64, Bools
from dedupe.copies import detail_table
from dedupe.copies.openings import add_openings
from dedupe.kernels import DEFAULT, Backend, distinct
from dedupe.kernels.detail_layout import DAY, NAME, NUMBER
from dedupe.kernels.ragged import ragged_offsets

LEAST_CONTRADICTIONS = {DAY: 2, NAME: 3, NUMBER: 5}
"""How many details of two reports of a series contradict each other at least: if a day is among them, else if a name
is, and if there are only numbers. Copies hardly ever contradict each other in a day. But an updated report of a
disaster may replace the dead, the injured, the missing and the homes destroyed, while its days and names stay."""

_LEAST_FIGURES = 3
"""More figures that contradict than agree decide from so many on, whatever names agree. Two, such as a toll and the day
of the report, may be all the figures that an updated brief has."""


def read_details(utf8: U8, offsets: I64, backend: Backend = DEFAULT) -> tuple[U64, I64]:
    """Return the distinct details of each text as packed numbers below 2^48, ascending: ragged uint64.

    ``utf8``, ``offsets``: the texts as ragged UTF-8; the offsets need not begin at 0.

    Neighbouring numbers and days are one detail, as in "Monday, May 4", and so are neighbouring names. A name is a word
    with a capital letter that does not begin a sentence; in scripts without capitals, openings count in their place
    (``openings``). Months and weekdays are known in English only; in other languages they count as names if they are
    capitalised.
    """
    rules = detail_table.rules()
    details, places, unsure = backend.text_details(utf8, offsets, rules)
    if unsure.any():
        texts = (bytes(utf8[offsets[row] : offsets[row + 1]]).decode() for row in np.flatnonzero(unsure).tolist())
        detail_table.learn("".join(texts), rules)
        details, places, _ = backend.text_details(utf8, offsets, rules)
    return add_openings(details, places, utf8, offsets)


def compare(details: U64, offsets: I64, left: I64, right: I64, backend: Backend = DEFAULT) -> tuple[Bools, I64]:
    """Compare the details of the texts ``left[i]`` and ``right[i]``.

    ``details``, ``offsets``: of the texts, as ``read_details`` returns them.

    Returns whether they are two reports of one series, and so no copies, bool[pairs]: if enough details contradict
    (LEAST_CONTRADICTIONS) and either as many details contradict as agree, or more figures do, which are numbers and
    days. One change that is made in several places counts once. Also returns how many details agree, int64[pairs].
    """
    contradicting, agreeing = backend.compare_details(details, offsets, left, right)
    enough = np.zeros(left.size, np.bool_)
    total = contradicting.sum(axis=1)
    for kind, least in LEAST_CONTRADICTIONS.items():
        enough |= (contradicting[:, kind] > 0) & (total >= least)
    figures, agreeing_figures = total - contradicting[:, NAME], agreeing[:, NUMBER] + agreeing[:, DAY]
    agree: I64 = agreeing.sum(axis=1)
    series: Bools = enough & ((total >= agree) | (figures >= np.maximum(_LEAST_FIGURES, agreeing_figures + 1)))
    return series, agree


class Details(Protocol):
    """The details of the texts of a collection, however they are kept."""

    def compare(self, left: I64, right: I64) -> tuple[Bools, I64]:
        """Compare the details of each pair of rows, as the function ``compare`` does."""
        ...


class TextDetails:
    """The details of the texts of a collection. Each text is read when it is first asked for."""

    def __init__(self, texts: pa.ChunkedArray) -> None:
        self._texts = texts
        self._known: dict[int, U64] = {}

    def compare(self, left: I64, right: I64) -> tuple[Bools, I64]:
        """Compare the details of each pair of rows, as the function ``compare`` does."""
        rows = distinct(np.concatenate((left, right)))
        self._read([row for row in rows.tolist() if row not in self._known])
        own = [self._known[row] for row in rows.tolist()]
        details = np.concatenate([np.zeros(0, np.uint64), *own])
        offsets = ragged_offsets(np.array([one.size for one in own], np.int64))
        return compare(details, offsets, np.searchsorted(rows, left), np.searchsorted(rows, right))

    def _read(self, rows: list[int]) -> None:
        texts = [self._texts[row].as_py().encode() for row in rows]
        offsets = ragged_offsets(np.array([len(text) for text in texts], np.int64))
        details, places = read_details(np.frombuffer(b"".join(texts), np.uint8), offsets)
        self._known |= dict(zip(rows, np.split(details, places[1:-1]), strict=True)) if rows else {}
