"""The details of texts, and how those of two texts agree."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U8, U64, Bools
from dedupe.kernels.compiled import native
from dedupe.kernels.detail_layout import DetailRules


def text_details(utf8: U8, offsets: I64, rules: DetailRules) -> tuple[U64, I64, Bools]:
    """See ``Backend.text_details``. Reads one text after the other."""
    most = int(np.minimum(np.diff(offsets), rules.max_characters).sum())  # a detail has at least one character
    details, places, unsure = np.empty(most, np.uint64), np.empty_like(offsets), np.empty(offsets.size - 1, np.bool_)
    calendar = rules.calendar, rules.full_names, rules.is_month
    count = native.text_details(utf8, offsets, rules.table, *calendar, rules.max_characters, details, places, unsure)
    return details[:count].copy(), places, unsure


def compare_details(details: U64, offsets: I64, left: I64, right: I64) -> tuple[I64, I64]:
    """See ``Backend.compare_details``. Walks along the details of both texts, which are sorted."""
    counts = np.empty((left.size, 2, 3), np.int64)
    native.compare_details(details, offsets, left, right, counts)
    return counts[:, 0], counts[:, 1]
