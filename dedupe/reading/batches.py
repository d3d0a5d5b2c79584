"""Convert batches of Arrow data to records, one for each row.

batch_records(batch, before)   the records of the rows
python_values(column)          the values of one column
in_microseconds(column)        the same column, with dates and timestamps in the unit of Python's datetime
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dedupe.reading.charsets import Charset
from dedupe.reading.fields import Record, Repairs


def batch_records(batch: pa.RecordBatch, before: int, charset: Charset) -> Iterator[Record]:
    """Yield one record for each row of a batch. ``before`` is the number of rows in the batches before it.

    ``charset`` decodes texts that the data has as bytes.
    """
    columns = [python_values(column) for column in batch.columns]
    for number, row in enumerate(zip(*columns, strict=True), before + 1):
        yield _record(dict(zip(batch.schema.names, row, strict=True)), number, charset)


def _record(fields: dict[str, Any], number: int, charset: Charset) -> Record:
    repairs: Repairs = ()
    for name, value in fields.items():
        if isinstance(value, bytes):
            fields[name], repaired = charset.decode(value)
            repairs = repairs or repaired
    return Record(fields, number, str(number), repairs)


def python_values(column: pa.Array) -> list[Any]:
    """Convert a column to Python values: dates to datetimes, and strings that are not valid UTF-8 to bytes."""
    try:
        return list(in_microseconds(column).to_pylist())
    except (ValueError, ArithmeticError, LookupError):
        return [_python_value(value) for value in column]


def in_microseconds(column: pa.Array) -> pa.Array:
    """Convert a column of dates or timestamps to microseconds, in its time zone. Other columns stay as they are.

    Python's datetime has nothing finer. Raises ``pa.ArrowInvalid`` if a value is too far off to be expressed so.
    """
    kind = column.type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return column
    wanted = pa.timestamp("us", getattr(kind, "tz", None))
    return column.cast(options=pc.CastOptions(wanted, allow_time_truncate=True))


def _python_value(value: pa.Scalar[Any]) -> object:
    try:
        return value.as_py()
    except UnicodeDecodeError:
        return value.as_buffer().to_pybytes() if hasattr(value, "as_buffer") else "\ufffd"
    except (ValueError, ArithmeticError, LookupError):
        return "outside the calendar"
