"""Open data frames as streams of Arrow data, whatever library they are of.

    open_stream(frame)     its schema and its batches
    articles_of(given)     articles, also those of a data frame

Most libraries have the Arrow C stream interface, ``__arrow_c_stream__``. The data sets of Hugging Face do not, but give
Arrow tables by ``with_format``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from dedupe.article import Article
from dedupe.errors import InputError

_BATCH_BYTES = 1 << 20
"""Bytes of Arrow data that are read at once: few enough to stay in a core's cache, many enough to make calls rare."""

_DATASET_ROWS = 1000
"""Rows of a data set that are read at once."""


@runtime_checkable
class ArrowStream(Protocol):
    """Data with columns: a table, a data frame or a result of a query."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a capsule of the Arrow C stream interface."""


@runtime_checkable
class Dataset(Protocol):
    """A data set of the library ``datasets``, which may be larger than memory."""

    features: Any

    def with_format(self, kind: str) -> Any:  # noqa: ANN401 - a data set, whose library need not be installed
        """Return the same data set, which gives its rows in another form."""

    def iter(self, batch_size: int) -> Iterator[Any]:
        """Yield the rows in batches."""


Frame = ArrowStream | Dataset
"""What ``open_stream`` opens. ``isinstance`` says whether something is one."""


def open_stream(frame: Frame) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return the schema of a data frame, and its rows in batches of about one megabyte.

    Raises ``InputError`` if it cannot be read, also later, while the batches are read.
    """
    try:
        reader = pa.RecordBatchReader.from_stream(frame) if isinstance(frame, ArrowStream) else _dataset_reader(frame)
    except (pa.ArrowException, TypeError, ValueError, OSError, RuntimeError) as error:
        raise InputError(
            f"the data frame cannot be read as Arrow data ({_message(error)}): give columns that hold one type each"
        ) from error
    return reader.schema, _batches(reader)


def articles_of(given: Iterable[Article] | Frame, columns: Mapping[str, str] | None = None) -> Iterable[Article]:
    """Return articles as they are, and those of a data frame as ``frames.articles_of_frame`` reads them.

    Raises ``InputError`` for what is neither; for an element that is no article, when its turn comes.
    """
    if not isinstance(given, Frame):
        if isinstance(given, str | bytes | Mapping | Article) or not isinstance(given, Iterable):
            raise InputError(f"articles are a {type(given).__name__}; pass a list of {_ARTICLE}, or a data frame")
        return (checked_article(one, f"article {number}") for number, one in enumerate(given, 1))
    from dedupe.reading.frames import articles_of_frame  # slow to import, and not needed for articles

    return articles_of_frame(given, columns)


_ARTICLE = "dedupe.Article(id, text=text)"


def checked_article(given: object, name: str) -> Article:
    """Return an article as it is. Raises ``InputError`` for anything else. ``name``: what it is called in the error."""
    if not isinstance(given, Article):
        raise InputError(f"{name} is a {type(given).__name__}; pass {_ARTICLE}")
    return given


def _dataset_reader(dataset: Dataset) -> pa.RecordBatchReader:
    tables = dataset.with_format("arrow").iter(batch_size=_DATASET_ROWS)
    first = next(tables, None)
    if first is None:
        return pa.RecordBatchReader.from_batches(dataset.features.arrow_schema, ())
    read = chain([first], tables)
    return pa.RecordBatchReader.from_batches(first.schema, chain.from_iterable(table.to_batches() for table in read))


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    rows = 0
    with reader:
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
            except (pa.ArrowException, OSError) as error:
                raise InputError(f"the data frame cannot be read beyond row {rows}: {_message(error)}") from error
            step = max(1, len(batch) * _BATCH_BYTES // max(_BATCH_BYTES, _size_of(batch)))
            for start in range(0, len(batch), step):
                yield batch.slice(start, step)
            rows += len(batch)


def _size_of(batch: pa.RecordBatch) -> int:
    """Return about how many bytes a batch has. Many versions of pyarrow cannot say of all types what a slice has."""
    try:
        size: int = batch.nbytes
    except pa.ArrowException:
        size = batch.get_total_buffer_size()
    return size


def _message(error: Exception) -> str:
    """Return what an error says. Those of pyarrow may have several parts, of which one names the column."""
    return "; ".join(str(part).partition("\n")[0] for part in error.args) or type(error).__name__
