"""Read articles from data frames of pandas, Polars, DuckDB, pyarrow, datasets and others, and of batches of their rows.

    table_of_frame(frame)      the ARTICLES table of all rows
    articles_of_frame(frame)   the articles as records, one after the other
    FrameReader(frame)         the articles as batches of a table, for rows of any number

Each row is read as a row of a Parquet file is. Plain rows are read all together (``plain_rows``), and only the others
one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays import I64, Bools
from dedupe.article import Article
from dedupe.errors import InputError
from dedupe.reading.arrow_streams import Frame, open_stream
from dedupe.reading.articles import from_record, to_batch, to_row
from dedupe.reading.batches import batch_records
from dedupe.reading.charsets import Charset
from dedupe.reading.dates import FileDates, Moment, ParseDate
from dedupe.reading.fields import TEXT_KINDS, Columns
from dedupe.reading.ids import Ids
from dedupe.reading.plain_rows import plain_rows
from dedupe.reading.problems import OnProblem, Origin, Problem, reporter
from dedupe.reading.record_fields import date_of
from dedupe.reading.records import fits
from dedupe.reading.streams import MAX_RECORD_BYTES
from dedupe.schemas import ARTICLES, column_of

_STEM = "row"

_IDS_AT_ONCE = 1024
"""Articles with repeated ids that are records at the same time."""

_TEXT_ADVICE = 'convert it to strings, or give the one for the text by columns={"text": NAME}'

_ARTICLE_FIELDS = [name for name in ARTICLES.names if name != "day_precision"]


def table_of_frame(
    frame: Frame, columns: Mapping[str, str] | None = None, on_problem: OnProblem | None = None
) -> pa.Table:
    """Return the ARTICLES table of a data frame. Every column is one chunk, and every article has an id of its own.

    ``FrameReader`` says what is read and raised. Ids that come again are treated as by ``read``.
    """
    reader = FrameReader(frame, columns, on_problem)
    read = list(reader.whole())
    table = pa.Table.from_batches([articles for articles, _ in read], ARTICLES).combine_chunks()
    return _with_own_ids(table, np.concatenate([np.zeros(0, np.int64), *(rows for _, rows in read)]), reader.origin)


def articles_of_frame(
    frame: Frame, columns: Mapping[str, str] | None = None, on_problem: OnProblem | None = None
) -> Iterator[Article]:
    """Yield the articles of a data frame, whose ids stay as they are.

    ``FrameReader`` says what is read. Also raises ``InputError`` for a row without an id.
    """
    reader = FrameReader(frame, columns, on_problem)
    for articles, rows in reader.whole():
        for row, fields in zip(rows.tolist(), articles.select(_ARTICLE_FIELDS).to_pylist(), strict=True):
            if fields["id"] == f"{_STEM}:{row}":
                raise InputError(f"row {row} has no id: give every article one in a column id")
            yield Article(**fields)


class FrameReader:
    """Reads a data frame in batches of rows.

    ``columns`` are those of ``read``. An article without an id gets one of its row, such as ``row:17``, which begins
    with ``stem``. Problems have the row as their line, from 1, and ``name`` as their file. Rows with strings of more
    than ``max_record_bytes`` are left out and reported.

    Raises ``InputError`` if the data frame cannot be read, if no column is one for the text, or if a column that is
    used is there twice.
    """

    def __init__(
        self,
        frame: Frame,
        columns: Mapping[str, str] | None = None,
        on_problem: OnProblem | None = None,
        max_record_bytes: int = MAX_RECORD_BYTES,
        *,
        name: str = "data frame",
        stem: str = _STEM,
    ) -> None:
        self.columns = Columns(columns)
        self.origin = Origin(name, stem, reporter(on_problem), self.columns)
        self._max_record_bytes = max_record_bytes
        schema, batches = open_stream(frame)
        names = _used_columns(schema, self.origin)
        self.batches = (_with_text(batch.select(names), self.columns) for batch in batches)
        """The rows of the columns that are used."""

    def articles(
        self, batches: Iterable[pa.RecordBatch], parse: ParseDate | None
    ) -> Iterator[tuple[pa.RecordBatch, I64]]:
        """Yield the articles of each batch, as ARTICLES, and their rows in the data frame, int64[articles].

        ``parse`` parses one date; if it is None, dates are not looked at.
        """
        before = 0
        for batch in batches:
            numbers = np.arange(before + 1, before + len(batch) + 1)
            before += len(batch)
            names = _row_names(self.origin.stem, numbers)
            places = self.columns.places(tuple(batch.schema.names))
            plain, is_unclear = plain_rows(batch, places, names, parse, self._max_record_bytes)
            if not is_unclear.any():
                yield plain, numbers
                continue
            singly, rows = self._singly(batch, is_unclear, int(numbers[0]), parse)
            rows = np.concatenate((numbers[~is_unclear], rows))
            order = np.argsort(rows)
            both = zip(plain.filter(column_of(~is_unclear)).columns, singly.columns, strict=True)
            merged = [pa.concat_arrays(columns).take(column_of(order)) for columns in both]
            yield pa.RecordBatch.from_arrays(merged, schema=ARTICLES), rows[order]

    def whole(self) -> Iterator[tuple[pa.RecordBatch, I64]]:
        """Yield the same for the whole data frame, which is held: one date says how all of them are written."""
        batches = list(self.batches)
        dates = FileDates(None, lambda: _every_date(batches, self.columns))
        return self.articles(batches, dates.parse)

    def _singly(
        self, batch: pa.RecordBatch, is_chosen: Bools, first: int, parse: ParseDate | None
    ) -> tuple[pa.RecordBatch, I64]:
        """Read some rows of a batch one by one; ``first`` is the number of its first row in the data frame."""
        rows, numbers = [], []
        edges = np.flatnonzero(np.diff(np.concatenate(([False], is_chosen, [False])).astype(np.int8)))
        for start, end in edges.reshape(-1, 2).tolist():
            records = batch_records(batch.slice(start, end - start), first + start - 1, self.origin.charset)
            for number, record in enumerate(records, first + start):
                if fits(record, self._max_record_bytes, self.origin):
                    article = from_record(record, self.origin, parse or _any_date)
                    if article is not None:
                        numbers.append(number)
                        rows.append(to_row(article, number, self.origin))
        return to_batch(rows), np.array(numbers, np.int64)


def _row_names(stem: str, numbers: I64) -> pa.LargeStringArray:
    """Return the ids of rows without one."""
    prefix, nothing = (pa.scalar(text, pa.large_string()) for text in (f"{stem}:", ""))
    return pc.binary_join_element_wise(prefix, column_of(numbers).cast(pa.large_string()), nothing)


def _any_date(value: object, language: str | None) -> Moment:
    """Take everything for a date, where dates are not looked at."""
    return Moment(datetime(1970, 1, 2, tzinfo=UTC), day_precision=True)


# Columns


def _used_columns(schema: pa.Schema, origin: Origin) -> list[str]:
    """Return the names of the columns that are used. Raises ``InputError`` if they cannot serve."""
    columns, names = origin.columns, tuple(schema.names)
    known = [name for name in names if columns.is_known(name)]
    twice = next((name for name in known if known.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the data frame has {known.count(twice)} columns named {twice!r}: rename all but one")
    if not columns.has_text(known):
        raise InputError(
            f"the data has no column for the text, only {', '.join(names) or '(there are none)'}: "
            'name it text, body or content, or give columns={"text": NAME}'
        )
    places = columns.places(tuple(known))
    fields_of: dict[str, list[str]] = {name: [] for name in known}
    for field, own in places.items():
        for name in {place[0] for place in own}:
            fields_of[name].append(field)
    kind_of = {name: schema.field(name).type for name in known}
    unfit = [name for name in known if fields_of[name] and not _may_hold_one(kind_of[name], fields_of[name])]
    used = [name for name in known if name not in unfit]
    if not columns.has_text(used):
        wrong = next(name for name in unfit if columns.has_text([name]))
        if not pa.types.is_floating(kind_of[wrong]):
            raise InputError(f"the column {wrong!r} holds {kind_of[wrong]}, not text: {_TEXT_ADVICE}")
        unfit.remove(wrong)  # pandas gives this type to columns without any value
        used.append(wrong)
    origin.note_names(names)
    origin.name_unused(names)
    origin.name_absent()
    for name in unfit:
        field = fields_of[name][0].replace("_", " ")
        reason = f"the column {name!r} holds {kind_of[name]}, which is no {field}, and is not used"
        origin.report(Problem("unused", origin.file, None, None, reason, "convert it, for example to strings"))
    return used


def _with_text(batch: pa.RecordBatch, columns: Columns) -> pa.RecordBatch:
    """Return a batch as it is. Raises ``InputError`` if a column for the text holds numbers."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_floating(column.type) and columns.has_text([name]):
            numbers = column.drop_null().to_numpy(zero_copy_only=False)
            numbers = numbers[~np.isnan(numbers)]
            if numbers.size:
                raise InputError(f"the column {name!r} holds numbers, such as {numbers[0]}, not text: {_TEXT_ADVICE}")
    return batch


def _may_hold_one(kind: pa.DataType, fields: Iterable[str]) -> bool:
    return any(_may_hold(kind, field) for field in fields)


def _may_hold(kind: pa.DataType, field: str) -> bool:
    """Return whether a column of some type may hold a field of an article."""
    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_boolean(kind) or types.is_decimal(kind) or types.is_time(kind) or types.is_duration(kind):
        return False
    if types.is_date(kind) or types.is_timestamp(kind):
        return field == "published_at"
    is_no_text = types.is_integer(kind) or types.is_floating(kind) or types.is_fixed_size_binary(kind)
    return not (is_no_text and field in TEXT_KINDS)


def _every_date(batches: Iterable[pa.RecordBatch], columns: Columns) -> Iterator[object]:
    """Yield the dates of all rows."""
    for batch in batches:
        places = columns.places(tuple(batch.schema.names))["published_at"]
        used = list(dict.fromkeys(place[0] for place in places))
        for record in batch_records(batch.select(used), 0, Charset()):
            yield date_of(record.fields, places)


# Ids


def _with_own_ids(table: pa.Table, rows: I64, origin: Origin) -> pa.Table:
    """Return the articles with an id of its own for each, as ``Ids`` gives them. ``rows`` are their rows, int64[rows].

    Only ids that are there twice are looked at, and those with the mark that renamed ones have.
    """
    ids = table["id"].combine_chunks()
    codes = ids.dictionary_encode().indices.to_numpy()
    is_repeated = np.bincount(codes)[codes] > 1 if codes.size else np.zeros(0, np.bool_)
    if not is_repeated.any():
        return table
    is_concerned = is_repeated | pc.match_substring(ids, "#").to_numpy(zero_copy_only=False)
    is_kept, names = np.ones(len(table), np.bool_), []
    resolver = Ids()
    concerned = table.filter(column_of(is_concerned)).select(_ARTICLE_FIELDS)
    articles = (
        Article(**fields) for batch in concerned.to_batches(max_chunksize=_IDS_AT_ONCE) for fields in batch.to_pylist()
    )
    for place, article in zip(np.flatnonzero(is_concerned).tolist(), articles, strict=True):
        row = int(rows[place])
        own = resolver.resolve(article, origin, row, made_up=article.id == f"{_STEM}:{row}")
        is_kept[place] = own is not None
        names.append((own or article).id)
    own_ids = pc.replace_with_mask(ids, column_of(is_concerned), pa.array(names, pa.large_string()))
    place = table.column_names.index("id")
    return table.set_column(place, ARTICLES.field("id"), own_ids).filter(column_of(is_kept)).combine_chunks()
