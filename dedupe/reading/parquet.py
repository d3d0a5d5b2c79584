"""Read the records of a Parquet file, in small batches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from dedupe.reading.batches import batch_records
from dedupe.reading.fields import Record
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
        all_names = tuple(file.schema_arrow.names)
        names = list(filter(origin.columns.is_known, all_names))
        origin.note_names(all_names)
        if not origin.columns.has_text(names):
            reason = f"no column for the text, only {', '.join(all_names)}"
            origin.skipped(reason, "name the text column text, body or content, or give --map text=NAME")
            return
        origin.name_unused(all_names)
        if _declared_bytes(file.metadata, names) > most_bytes:
            origin.skipped(f"the file {_EXPANDS}", _EXPANDS_ADVICE)
            return
        number = characters = 0
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=names):
            read = list(batch_records(batch, number, origin.charset))
            characters += sum(
                len(value) for record in read for value in record.fields.values() if isinstance(value, str)
            )
            if characters > most_bytes:
                origin.skipped(f"the file {_EXPANDS}, the rest is left out", _EXPANDS_ADVICE)
                return
            yield from read
            number += len(batch)
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
