"""Read the rows of an Arrow batch all together, as ``articles.from_record`` would read each of them by itself.

A row is plain if its values are strings, numbers and timestamps that stay as they are. What takes a look at each value,
such as HTML, damaged characters, blanks around a name, lists and objects, makes a row unclear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays import Bools
from dedupe.reading.dates import ParseDate
from dedupe.reading.fields import Place, lead_of, plain_name, plain_names
from dedupe.reading.languages import language_code
from dedupe.reading.plain_dates import dates_of, is_day, no_dates
from dedupe.reading.plain_strings import as_strings, first_filled, is_padded, is_present, is_unclear, only
from dedupe.schemas import ARTICLES, column_of, utf8_of

Strings: TypeAlias = pa.LargeStringArray


def plain_rows(
    batch: pa.RecordBatch,
    places: Mapping[str, Sequence[Place]],
    row_names: Strings,
    parse: ParseDate | None,
    max_record_bytes: int,
) -> tuple[pa.RecordBatch, Bools]:
    """Return the rows of a batch as ARTICLES, and which of them are unclear, bool[rows]: these have to be read again.

    ``places`` are those of ``Columns.places`` for the names of the batch. ``row_names`` are the ids of rows without
    one. ``parse`` parses one date; if it is None, dates are not looked at. Rows with strings of more than
    ``max_record_bytes`` are unclear.
    """
    rows = _Rows(batch, places)
    url = rows.address()
    article_id = pc.coalesce(rows.short("id"), url, row_names)
    text, title, publisher = rows.text(), rows.title(), rows.publisher()
    language = rows.language()
    dates = dates_of(rows.dates(), language, parse) if parse else no_dates(len(batch))
    rows.unclear |= dates.is_unclear | rows.has_more_than(max_record_bytes)
    published_at = pc.if_else(column_of(dates.is_dated), column_of(dates.at), None).cast(pa.timestamp("us", "UTC"))
    day_precision = column_of(dates.is_dated & is_day(dates.at))
    columns = [article_id, title, text, publisher, published_at, day_precision, url, language]
    return pa.RecordBatch.from_arrays(columns, schema=ARTICLES), rows.unclear


class _Rows:
    """The rows of a batch. Reading a field notes in ``unclear`` the rows whose value takes a look at it."""

    def __init__(self, batch: pa.RecordBatch, places: Mapping[str, Sequence[Place]]) -> None:
        self._batch = batch
        self._places = places
        self._strings: dict[str, Strings | None] = {}
        self.unclear = np.zeros(len(batch), np.bool_)

    def short(self, field: str) -> Strings:
        """Return a field that is given without the blanks around it, and is not shown as a text."""
        value = self._first(self._columns(self._places[field]))
        self.unclear |= is_padded(value) | is_unclear(value, is_shown=False)
        return value

    def title(self) -> Strings:
        """Return the titles."""
        value = self._first(self._columns(self._places["title"]))
        self.unclear |= is_padded(value) | is_unclear(value, is_shown=True)
        return value.fill_null("")

    def text(self) -> Strings:
        """Return the texts. A row without one is unclear, and so is one whose text is in a field for HTML."""
        value = self._first(self._columns(self._places["text"]))
        if any(lead_of(place[-1]) for place in self._places["text"]):  # its first paragraphs are in another column
            self.unclear[:] = True
        for kind in ("html", "teaser"):
            if not value.null_count:
                break
            other = self._first(self._columns(self._places[kind]))
            if kind == "html":
                self.unclear |= ~is_present(value) & is_present(other)
            value = pc.coalesce(value, other)
        self.unclear |= ~is_present(value) | is_unclear(value, is_shown=True)
        return value.fill_null("")

    def language(self) -> Strings:
        """Return the codes of the languages."""
        named = self.short("language").dictionary_encode()
        codes = [language_code(name) or None for name in named.dictionary.to_pylist()]
        return pa.array(codes, pa.large_string()).take(named.indices)

    def address(self) -> Strings:
        """Return the addresses: the first value that is one, else the first that cannot be a publisher."""
        places = self._places["url"]
        columns = self._columns(places)
        own = [place for place in places if plain_name(place[0]) not in plain_names("publisher")]
        addresses = [only(column, _is_address(column)) for column in columns]
        value = self._first([*addresses, *self._columns(own)])
        for column in columns:
            self.unclear |= is_padded(column)
        self.unclear |= is_unclear(value, is_shown=False)
        return value

    def publisher(self) -> Strings:
        """Return the publishers: the first value that is no address. If all are addresses, the row is unclear."""
        columns = self._columns(self._places["publisher"])
        names = [only(column, ~_is_address(column)) for column in columns]
        value, given = self._first(names), self._first(columns)
        for column in columns:
            self.unclear |= is_padded(column)
        self.unclear |= is_present(given) & ~is_present(value) | is_unclear(value, is_shown=True)
        return value

    def dates(self) -> list[pa.Array]:
        """Return the columns of the date. Dates inside of objects make a row unclear."""
        self._columns([place for place in self._places["published_at"] if len(place) > 1])
        return [self._batch.column(place[0]) for place in self._places["published_at"] if len(place) == 1]

    def has_more_than(self, max_bytes: int) -> Bools:
        """Return which rows have strings of more than so many bytes together, bool[rows]."""
        sizes = [np.diff(utf8_of(column)[1]) for column in self._strings.values() if column is not None]
        more: Bools = np.sum(sizes, axis=0) > max_bytes if sizes else np.zeros(len(self._batch), np.bool_)
        return more

    def _first(self, columns: Sequence[Strings]) -> Strings:
        return first_filled(columns, len(self._batch))

    def _columns(self, places: Sequence[Place]) -> list[Strings]:
        """Return the columns at some places that hold strings. Rows with a value in another one are unclear."""
        columns = []
        for name, *inner in places:
            if name not in self._strings:
                self._strings[name] = as_strings(self._batch.column(name))
            strings = self._strings[name]
            if strings is None or inner:
                self.unclear |= is_present(self._batch.column(name))
            else:
                columns.append(strings)
        return columns


def _is_address(column: Strings) -> Bools:
    found = pc.or_(pc.starts_with(column, "https://"), pc.starts_with(column, "http://"))
    addresses: Bools = found.fill_null(False).to_numpy(zero_copy_only=False)
    return addresses
