"""Publication dates of Arrow columns, looked at all together.

Timestamps stay numbers. What is written as text or as a number is parsed once for each distinct value of a batch, and
for each language of articles that have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, Bools
from dedupe.reading.batches import in_microseconds, python_values
from dedupe.reading.dates import LAST_YEAR, ParseDate
from dedupe.reading.plain_strings import is_present
from dedupe.reading.values import date_in

_UTC_NAMES = (None, "UTC", "Etc/UTC", "GMT", "Z", "+00:00")

_DAY = np.timedelta64(1, "D") // np.timedelta64(1, "us")


def _microseconds(year: int) -> int:
    return int((datetime(year, 1, 1) - datetime(1970, 1, 1)).total_seconds()) * 1_000_000


_CLEAR_YEARS = tuple((_microseconds(first), _microseconds(end)) for first, end in (
    (1602, 1899), (1900, 1969), (1971, LAST_YEAR + 1)
))  # fmt: skip
"""Years without the zero of a computer, first and end: a timestamp in them is always a date."""


class Dates(NamedTuple):
    """Dates of some rows: ``at``, microseconds since 1970 UTC, int64[rows], and which rows have one, bool[rows].

    ``is_unclear`` are the rows whose value has to be looked at by itself.
    """

    at: I64
    is_dated: Bools
    is_unclear: Bools


def dates_of(columns: Sequence[pa.Array], language: pa.LargeStringArray, parse: ParseDate) -> Dates:
    """Return of each row the first date that is not missing among some columns. ``language``: of each row."""
    found = no_dates(len(language))
    for column in columns:
        dates = _dates_in(column, language, parse)
        is_new = ~(found.is_dated | found.is_unclear)
        found.at[is_new] = dates.at[is_new]
        found.is_dated[is_new] = dates.is_dated[is_new]
        found.is_unclear[is_new] = dates.is_unclear[is_new]
    return found


def no_dates(rows: int) -> Dates:
    """Return the dates of rows that have none."""
    return Dates(np.zeros(rows, np.int64), np.zeros(rows, np.bool_), np.zeros(rows, np.bool_))


def is_day(at: I64) -> Bools:
    """Return which instants are exactly midnight, and so have day precision, bool[rows]."""
    midnights: Bools = at % _DAY == 0
    return midnights


def _dates_in(column: pa.Array, language: pa.LargeStringArray, parse: ParseDate) -> Dates:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind, is_given = column.type, is_present(column)
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz in _UTC_NAMES):
        try:
            at = in_microseconds(column).cast(pa.int64()).fill_null(0).to_numpy()
        except pa.ArrowInvalid:  # a value is outside of what microseconds can express
            return no_dates(len(column))._replace(is_unclear=is_given)
        is_clear = np.logical_or.reduce([(first <= at) & (at < end) for first, end in _CLEAR_YEARS])
        return Dates(at, is_given & is_clear, is_given & ~is_clear)
    try:
        encoded = column.dictionary_encode()
    except pa.ArrowNotImplementedError:  # lists and objects
        return no_dates(len(column))._replace(is_unclear=is_given)
    values, languages = [*python_values(encoded.dictionary), None], language.dictionary_encode()
    codes = [*languages.dictionary.to_pylist(), None]
    pairs = encoded.indices.fill_null(len(values) - 1).to_numpy() * np.int64(len(codes))
    pairs += languages.indices.fill_null(len(codes) - 1).to_numpy()
    chosen, places = np.unique(pairs, return_inverse=True)
    distinct = [_instant(values[pair // len(codes)], codes[pair % len(codes)], parse) for pair in chosen.tolist()]
    at = np.array([instant or 0 for instant, _ in distinct], np.int64)[places]
    is_dated = np.array([instant is not None for instant, _ in distinct], np.bool_)[places]
    return Dates(at, is_dated, np.array([is_unclear for _, is_unclear in distinct], np.bool_)[places])


def _instant(value: object, language: str | None, parse: ParseDate) -> tuple[int | None, bool]:
    """Return a date of an article in a language, in microseconds since 1970 UTC, None if there is none.

    The second value is whether it cannot be read.
    """
    given = None if isinstance(value, bytes) else date_in(value)
    if given is None:
        return None, isinstance(value, bytes)
    try:
        since = parse(given, language).at - datetime(1970, 1, 1, tzinfo=UTC)
    except ValueError:
        return None, True
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds, False
