"""Read articles from Arrow data: data frames of pandas, Polars, DuckDB, datasets and others, and batches of Parquet.

Whatever has the method ``__arrow_c_stream__`` is read, through the Arrow C stream interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, runtime_checkable

import pyarrow as pa

from dedupe.article import Article
from dedupe.errors import InputError
from dedupe.reading.articles import from_record
from dedupe.reading.batches import batch_records
from dedupe.reading.fields import Columns
from dedupe.reading.problems import OnProblem, Origin, reporter


@runtime_checkable
class ArrowStream(Protocol):
    """Data with columns: a table, a data frame or a result of a query."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a capsule of the Arrow C stream interface."""


def articles_of(
    given: Iterable[Article] | ArrowStream, columns: Mapping[str, str] | None = None, *, need_ids: bool = False
) -> Iterable[Article]:
    """Return articles as they are, and those of a data frame as ``articles_of_frame`` reads them."""
    return articles_of_frame(given, columns, need_ids=need_ids) if isinstance(given, ArrowStream) else given


def articles_of_frame(
    frame: ArrowStream,
    columns: Mapping[str, str] | None = None,
    on_problem: OnProblem | None = None,
    *,
    need_ids: bool = False,
) -> Iterator[Article]:
    """Yield one article for each row of Arrow data, as ``read`` does for the rows of a Parquet file.

    ``columns`` are those of ``read``. An article without an id gets one of its row, such as ``row:17``, unless
    ``need_ids``; ids that come again stay as they are. The line of a problem is its row, from 1. Raises ``InputError``
    if no column is one for the text, and for a row without an id if ``need_ids``.
    """
    with pa.RecordBatchReader.from_stream(frame) as reader:
        names = tuple(reader.schema.names)
        origin = Origin("data frame", "row", reporter(on_problem), Columns(columns))
        origin.note_names(names)
        used = [name for name in names if origin.columns.is_known(name)]
        if not origin.columns.has_text(used):
            raise InputError(
                f"the data has no column for the text, only {', '.join(names) or '(there are none)'}: "
                'name it text, body or content, or give columns={"text": NAME}'
            )
        origin.name_unused(names)
        before = 0
        for batch in reader:
            for record in batch_records(batch.select(used), before, origin.charset):
                article = from_record(record, origin)
                if article is None:
                    continue
                if need_ids and article.id == f"row:{record.place}":
                    raise InputError(f"row {record.place} has no id: give every article one in a column id")
                yield article
            before += len(batch)
        origin.name_absent()
