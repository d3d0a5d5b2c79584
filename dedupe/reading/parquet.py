"""Read the records of a Parquet file, in small batches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from dedupe.reading.fields import Record, Repairs, decode_utf8, has_text, known_names
from dedupe.reading.problems import Origin
from dedupe.reading.streams import FREE_EXPANSION_BYTES, MAX_EXPANSION

_BATCH_ROWS = 256

_EXPANDS = f"unpacks to more than {MAX_EXPANSION} times its size"
_EXPANDS_ADVICE = "write it as JSONL if that is meant"


def parquet_records(stream: BinaryIO, origin: Origin) -> Iterator[Record]:
    """Yield one record per row. It has only the columns whose names are known as fields of an article.

    A file that cannot be read, or only in part, is reported to ``origin``. So is one that unpacks to more than
    ``MAX_EXPANSION`` times its size, by what it says of itself or by the rows read so far: Parquet stores a value that
    comes again only once.
    """
    import pyarrow.parquet as pq  # slow to import, so only if a Parquet file is read

    try:
        file = pq.ParquetFile(stream)
        most_bytes = FREE_EXPANSION_BYTES + MAX_EXPANSION * stream.seek(0, os.SEEK_END)
        known = known_names()
        names = [name for name in file.schema_arrow.names if name.strip().lower() in known]
        if not has_text(names):
            reason = f"no column for the text, only {', '.join(file.schema_arrow.names)}"
            origin.skipped(reason, "name the text column text, body or content")
            return
        if _declared_bytes(file.metadata, names) > most_bytes:
            origin.skipped(f"the file {_EXPANDS}", _EXPANDS_ADVICE)
            return
        number = characters = 0
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=names):
            columns = [_python_values(column) for column in batch.columns]
            characters += sum(len(value) for column in columns for value in column if isinstance(value, str))
            if characters > most_bytes:
                origin.skipped(f"the file {_EXPANDS}, the rest is left out", _EXPANDS_ADVICE)
                return
            for row in zip(*columns, strict=True):
                number += 1
                yield _record(dict(zip(batch.schema.names, row, strict=True)), number)
    except (pa.ArrowException, OSError) as error:
        origin.skipped(f"damaged Parquet, the rest is lost: {error}", "write or fetch the file again")


def _declared_bytes(metadata: Any, names: list[str]) -> int:  # noqa: ANN401 - pyarrow has no types
    """Return the unpacked size of the columns with these names, as the file gives it."""
    chunks = (
        metadata.row_group(group).column(column)
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    )
    return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.partition(".")[0] in names)


def _record(fields: dict[str, Any], number: int) -> Record:
    repairs: Repairs = ()
    for name, value in fields.items():
        if isinstance(value, bytes):
            fields[name], repaired = decode_utf8(value)
            repairs = repairs or repaired
    return Record(fields, number, str(number), repairs)


def _python_values(column: pa.Array) -> list[Any]:
    """Convert a column to Python values: dates to datetimes, and strings that are not valid UTF-8 to bytes."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        # Python's datetime has no nanoseconds, and converting a finer unit would raise.
        column = column.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False)
    try:
        return list(column.to_pylist())
    except (ValueError, ArithmeticError, LookupError):
        return [_python_value(value) for value in column]


def _python_value(value: pa.Scalar[Any]) -> object:
    try:
        return value.as_py()
    except UnicodeDecodeError:
        return value.as_buffer().to_pybytes() if hasattr(value, "as_buffer") else "\ufffd"
    except (ValueError, ArithmeticError, LookupError):
        return "outside the calendar"
