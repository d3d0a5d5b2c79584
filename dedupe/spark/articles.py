"""Read articles from Parquet or JSON lines on any Hadoop file system, in parallel.

Records become articles by the same functions as on one machine: field names, HTML, repairs and dates are the same. What
only a look at a whole file shows cannot be known of a part of it: a date such as 01/02/2024 is left out and reported
unless ``day_first`` says what it means, and bytes that are not UTF-8 are read as ``encoding``, else as U+FFFD.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dedupe.errors import InputError
from dedupe.reading.articles import from_record, to_batch, to_row
from dedupe.reading.charsets import Charset
from dedupe.reading.dates import Moment, parse_date
from dedupe.reading.fields import Columns
from dedupe.reading.frames import FrameReader
from dedupe.reading.kinds import Content, format_of
from dedupe.reading.problems import Origin, Problem
from dedupe.reading.records import records
from dedupe.reading.streams import MAX_RECORD_BYTES
from dedupe.report.formats import counted
from dedupe.schemas import ARTICLES
from dedupe.spark.workspace import Workspace, files_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = (
    "id string, title string, text string, publisher string, published_at timestamp, day_precision boolean, "
    "url string, language string"
)
"""ARTICLES as Spark writes it."""

_PROBLEM = "problem string, problem_kind string, problem_advice string"

_GROUPS_SHOWN = 100
"""Kinds of problems that are told apart on the driver; of each there is one example and the number."""

_BOM = b"\xef\xbb\xbf"

_NO_ID = "an article without an id"
_ID_ADVICE = "give every article an id, or an address, of its own: a cluster has no file names and lines to make one of"


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How records are read: the arguments of ``dedupe.read`` with the same names."""

    columns: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | None = None
    max_record_bytes: int = MAX_RECORD_BYTES
    encoding: str | None = None

    def parse(self, value: object, language: str | None) -> Moment:
        """Parse one date by itself."""
        return parse_date(value, self.day_first, language)


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems of one kind: how many there are, and the first of them in the alphabet."""

    kind: str
    advice: str
    count: int
    example: str


def read_articles(
    work: Workspace,
    path: str,
    options: ReadingOptions | None = None,
    on_problems: Callable[[list[ProblemGroup]], None] | None = None,
) -> DataFrame:
    """Return the articles of a file, a folder or a glob, with the columns of SCHEMA.

    Files end in ``.parquet`` or ``.pq``, or in ``.jsonl``, ``.ndjson`` or ``.json`` (one object a line), which may be
    packed as ``.gz``, ``.bz2`` or ``.zst``; all of one input are of one kind. ``on_problems`` is called once, with the
    problems by their kinds, and not at all if there are none.

    Raises ``InputError`` if there is no such file, if there is no article, or if an article has no id or that of
    another one: positions in partitions are no ids.
    """
    options = options or ReadingOptions()
    of_columns: list[Problem] = []
    records = work.keep("read", _records(work.spark, path, options, of_columns.append))
    problems = [ProblemGroup(one.kind, one.advice, 1, _said(one)) for one in of_columns]
    problems += _problem_groups(records)
    without = next((group for group in problems if group.advice == _ID_ADVICE), None)
    others = [group for group in problems if group is not without]
    if others and on_problems:
        on_problems(others)
    if without is not None:
        raise InputError(f"{path}: {counted(without.count, 'article')} without an id, such as {without.example}")
    articles = records.where("problem is null").drop("problem", "problem_kind", "problem_advice")
    if articles.isEmpty():
        raise InputError(f"no readable article in {path}")
    check_ids(articles, path)
    return articles


def check_ids(articles: DataFrame, path: str) -> None:
    """Raise ``InputError`` if two articles have the same id."""
    twice = articles.groupBy("id").count().where("count > 1").orderBy("id").limit(1).collect()
    if twice:
        name, count = twice[0]
        raise InputError(f"{path}: the id {name!r} is that of {count:,} articles: give every article an id of its own")


def _records(
    spark: SparkSession, path: str, options: ReadingOptions, on_problem: Callable[[Problem], None]
) -> DataFrame:
    """Return one row for every article and one for every problem, as in SCHEMA and _PROBLEM.

    ``on_problem`` is called with what is wrong with the columns of Parquet, which is found here once, and not by every
    worker.
    """
    kind, has_subfolders = _kind_of(spark, path)
    reader = spark.read.option("recursiveFileLookup", has_subfolders)
    if kind == "parquet":
        rows = reader.parquet(path)
        try:
            FrameReader(rows.limit(0).toArrow(), options.columns, on_problem, name=path)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        read = functools.partial(_read_frames, names=rows.columns, path=path, options=options)
    else:
        rows = reader.text(path, lineSep="\n")
        read = functools.partial(_read_lines, folders=rows.columns[1:], options=options)
        rows = rows.select("*", "_metadata.file_path").withColumn("value", rows["value"].cast("binary"))
    # Spark takes the dot of a column such as source.name for that of a field, so columns travel by numbers.
    return rows.toDF(*map(str, range(len(rows.columns)))).mapInArrow(read, f"{SCHEMA}, {_PROBLEM}")


def _kind_of(spark: SparkSession, path: str) -> tuple[str, bool]:
    """Return ``parquet`` or ``jsonl``, by the names of the files, and whether subfolders are just folders.

    Otherwise all files lie in folders such as ``day=1``, whose name is a column of Spark. Raises ``InputError`` if the
    names do not say one kind, or if some files only lie in such folders, of which Spark would leave out the others.
    """
    kinds: dict[str, str] = {}
    layouts: dict[tuple[str | None, ...], str] = {}
    for file in files_of(spark, path):
        columns = (part.partition("=")[0] if "=" in part else None for part in file.parts[1:-1])
        layouts.setdefault(tuple(columns), str(file))
        name = bare = file.name
        for packed in (".gz", ".bz2", ".zst", ".snappy", ".lz4"):
            bare = bare.removesuffix(packed)
        found = format_of(bare) or "other"
        kinds.setdefault("jsonl" if found == "json" else found, name)
    if not kinds:
        meant = (
            r"; as a glob, [ ] and { } have a meaning, and \[ is the character itself" if set(path) & {*"[]{}"} else ""
        )
        raise InputError(f"{path}: no such file or folder, or nothing is in it; check the path{meant}")
    if len(kinds) > 1 or not kinds.keys() <= {"parquet", "jsonl"}:
        raise InputError(
            f"{path}: files of one kind are read, Parquet or JSON lines, but there are {', '.join(kinds.values())}: "
            "name those of one kind, with a glob such as day/*.jsonl"
        )
    names = {name for columns in layouts for name in columns}
    if names - {None} and (len(layouts) > 1 or None in names):
        raise InputError(
            f"{path}: folders such as day=1 must hold all files or none, and in the same order, but there are "
            f"{', '.join(sorted(layouts.values())[:2])}: name those of one layout, with a glob such as {path}/day=*"
        )
    return next(iter(kinds)), names <= {None}


def _problem_groups(records: DataFrame) -> list[ProblemGroup]:
    rows = (
        records.where("problem is not null")
        .groupBy("problem_kind", "problem_advice")
        .agg({"problem": "min", "*": "count"})
        .orderBy("problem_kind", "problem_advice")
        .limit(_GROUPS_SHOWN)
        .collect()
    )
    return [
        ProblemGroup(row["problem_kind"], row["problem_advice"], row["count(1)"], row["min(problem)"]) for row in rows
    ]


# In the workers


def _read_lines(
    batches: Iterator[pa.RecordBatch], folders: list[str], options: ReadingOptions
) -> Iterator[pa.RecordBatch]:
    """Read lines of JSON. Behind the line stand what ``folders``, such as ``publisher=Wire``, say, and the file."""
    columns = Columns(options.columns)
    for batch in batches:
        rows: list[Any] = []
        problems: list[Problem] = []
        lines = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        for (*values, file), own in groupby(lines, key=lambda line: line[1:]):
            of_folders = dict(zip(folders, values, strict=True))
            origin = Origin(file, _NO_ID, problems.append, columns, Charset(options.encoding))
            text = b"\n".join(line[0].removeprefix(_BOM) for line in own)
            for record in records(Content("jsonl", iter([text]), None), origin, options.max_record_bytes):  # type: ignore[arg-type] # the stream is not asked for
                record.fields.update(of_folders)
                article = from_record(record, origin, options.parse)
                if article is None:
                    continue
                if article.id == f"{_NO_ID}:{record.place}":
                    origin.skipped(f"no id: {article.title or article.text:.60}", _ID_ADVICE)
                    continue
                rows.append(to_row(article, 0, origin))
        yield _with_problems(to_batch(rows), problems)


def _read_frames(
    batches: Iterator[pa.RecordBatch], names: list[str], path: str, options: ReadingOptions
) -> Iterator[pa.RecordBatch]:
    """Read rows of Parquet, whose columns are called ``names``."""
    named = (batch.rename_columns(names) for batch in batches)
    first = next(named, None)
    if first is None:
        return
    problems: list[Problem] = []
    stream = pa.RecordBatchReader.from_batches(first.schema, _followed(first, named))
    reader = FrameReader(stream, options.columns, problems.append, options.max_record_bytes, name=path, stem=_NO_ID)
    problems.clear()  # those of the columns, which ``_records`` has reported
    for articles, numbers in reader.articles(reader.batches, options.parse):
        made_up = pa.array([f"{_NO_ID}:{number}" for number in numbers.tolist()], pa.large_string())
        has_id = pa.compute.not_equal(articles.column("id"), made_up)
        without = articles.filter(pa.compute.invert(has_id)).column("title").to_pylist()
        problems += [Problem("skipped", path, None, None, f"no id: {title:.60}", _ID_ADVICE) for title in without]
        yield _with_problems(articles.filter(has_id), problems)
        problems.clear()


def _followed(first: pa.RecordBatch, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from batches


def _with_problems(articles: pa.RecordBatch, problems: list[Problem]) -> pa.RecordBatch:
    """Return the rows of articles, and below them those of problems."""
    columns = [
        pa.concat_arrays([column, pa.nulls(len(problems), column.type)]).cast(_plain(column.type))
        for column in articles.columns
    ]
    said = ([_said(one) for one in problems], [one.kind for one in problems], [one.advice for one in problems])
    before = pa.nulls(len(articles), pa.string())
    columns += [pa.concat_arrays([before, pa.array(values, pa.string())]) for values in said]
    names = [*ARTICLES.names, "problem", "problem_kind", "problem_advice"]
    return pa.RecordBatch.from_arrays(columns, names)


def _said(problem: Problem) -> str:
    """Return a message with the id in place of the line, which would count from the beginning of a part."""
    article = "" if problem.article_id is None else f"article {problem.article_id}: "
    return str(replace(problem, line=None, reason=f"{article}{problem.reason}"))


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if kind == pa.large_string() else kind
