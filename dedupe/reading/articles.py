"""Read articles from files, and put articles into the table that the stages of the pipeline take.

    read(paths)          yields the articles of files, folders and stdin
    to_table(articles)   makes the ARTICLES table of plain articles

Nothing is dropped silently: whatever is skipped or changed is reported as one ``Problem`` with file, line, reason and
advice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, BinaryIO

from dedupe.article import Article
from dedupe.errors import InputError
from dedupe.reading.contents import identified
from dedupe.reading.dates import FileDates, Moment, parse_date
from dedupe.reading.fields import Record, field_aliases
from dedupe.reading.files import InputFile, distinct_files, find_files, open_file
from dedupe.reading.html import text_of_html
from dedupe.reading.ids import Ids
from dedupe.reading.kinds import Content, format_of
from dedupe.reading.problems import OnProblem, Origin, Problem, is_valid, reporter, valid_text
from dedupe.reading.records import records
from dedupe.reading.streams import MAX_RECORD_BYTES, open_stdin
from dedupe.reading.written_dates import DayOrMonthError

if TYPE_CHECKING:
    import pyarrow as pa

_Row = tuple[str | bool | datetime | None, ...]
"""The values of one article in the order of the ARTICLES fields."""

_ROWS_A_BATCH = 1024

_TEXT_FIELDS = ("id", "title", "text", "publisher", "url", "language")

ParseDate = Callable[[object], Moment]
"""Parses one date, or raises ``ValueError``, as ``parse_date`` does."""

_DATE_ADVICE = "write ISO 8601, such as 2024-01-05T10:30:00Z"
_ORDER_ADVICE = "give --day-first or --month-first, or write ISO 8601, such as 2024-01-05"


def read(
    paths: Sequence[str | os.PathLike[str]],
    *,
    strict: bool = False,
    on_problem: OnProblem | None = None,
    stdin: BinaryIO | None = None,
    keep_repeated_ids: bool = False,
    follow_symlinks: bool = False,
    max_record_bytes: int = MAX_RECORD_BYTES,
    day_first: bool | None = None,
) -> Iterator[Article]:
    """Read articles from files, folders and ``-`` (stdin), in the order of ``paths``.

    The extension decides the format, and ``.gz`` may follow it: ``.txt``, ``.jsonl``/``.ndjson``, ``.json``/``.ninjs``
    (JSON, also ninjs), ``.csv``/``.tsv`` or ``.parquet``/``.pq``; with an extra, web pages, web archives, feeds, XML of
    news agencies and workbooks; ``.zip`` and ``.tar`` of any of these. For a file with another extension and for stdin,
    the content decides, and also where its first bytes contradict the name. A file that is no text, such as a PDF, is
    reported. A ``.txt`` file is one article whose text is the whole decoded file without the byte order mark, so
    that offsets into the text are offsets into the file. A folder is read with its subfolders, in the order of the
    names. Links inside of a folder, unless ``follow_symlinks``, and files of other kinds are left out and reported as
    problems; hidden files and files like README.md are left out without one. A file that several paths lead to is read
    once.

    An article without an id gets one from its file: the file's name without extension (``fox/1`` in a subfolder), and
    the line number if a file has several articles (``day:17``). If an id comes again, the article is skipped if it is
    the same in every field, and otherwise its id becomes ``id#2``. With ``keep_repeated_ids`` both are left to the
    caller.

    ``published_at`` of the articles is a UTC ``datetime``, which is midnight if the date has day precision. A date such
    as 01/02/2024 has the day first if ``day_first`` is true, and the month if it is false. If it is None, another date
    of the file decides, such as 25/04/2024; without one, and in a pipe, which cannot be read twice, the date is left
    out and reported. NUL and half surrogate pairs become U+FFFD. Articles with an empty text are kept and reported.
    Records of more than ``max_record_bytes`` are skipped and reported, and so are JSON documents of more than 1 GiB,
    files that unpack to more than a hundred times their size, and JSON of more than 100 levels.

    ``on_problem`` is called with every problem; without it each problem is a Python warning. With ``strict`` the first
    problem raises ``InputError``.
    """
    report = reporter(on_problem, strict=strict)
    reading = _Reading(None if keep_repeated_ids else Ids(), report, max_record_bytes, day_first)
    all_paths = [paths] if isinstance(paths, str | os.PathLike) else paths
    for file in distinct_files(find_files(all_paths, report, follow_symlinks), report):
        yield from _read(file, reading, stdin)


def read_file(
    file: InputFile,
    report: OnProblem,
    stdin: BinaryIO | None = None,
    max_record_bytes: int = MAX_RECORD_BYTES,
    day_first: bool | None = None,
) -> Iterator[Article]:
    """Yield the articles of one file or of stdin. Repeated ids stay as they are."""
    return _read(file, _Reading(None, report, max_record_bytes, day_first), stdin)


def _read(file: InputFile, reading: _Reading, stdin: BinaryIO | None) -> Iterator[Article]:
    stream = (stdin or open_stdin()) if file.path is None else open_file(file, reading.report)
    if stream is None:
        return
    try:
        yield from _articles(stream, file, reading)
    finally:
        if file.path is not None:
            stream.close()


def to_table(articles: Iterable[Article], on_problem: OnProblem | None = None, *, are_read: bool = False) -> pa.Table:
    """Return the ARTICLES table of plain articles, in their order. Every column is one chunk.

    Values are repaired as in ``read``: a date that cannot be read becomes null, NUL and half surrogate pairs become
    U+FFFD, and an article whose id comes again is skipped or gets the id ``id#2``. An empty id becomes ``article:17``,
    with the article's 1-based position. Empty texts stay. No articles give an empty table. Nothing of this is done if
    the articles ``are_read``: if ``read`` has yielded all of them, with distinct ids.

    ``on_problem`` is called with every problem, whose line is the position of the article. Without it each problem is a
    Python warning. Raises ``InputError`` if a field is not text at all, for example a list.
    """
    import pyarrow as pa

    from dedupe.schemas import ARTICLES

    def batch(rows: list[_Row]) -> pa.RecordBatch:
        columns = list(zip(*rows, strict=True)) or [()] * len(ARTICLES)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, ARTICLES, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=ARTICLES)

    origin = Origin("articles", "article", reporter(on_problem))
    ids = Ids()
    batches = []
    rows: list[_Row] = []
    for number, given in enumerate(articles, 1):
        article = (
            given if are_read else ids.resolve(_checked(given, number, origin), origin, number, made_up=not given.id)
        )
        if article is not None:
            rows.append(_row(article, number, origin))
        if len(rows) == _ROWS_A_BATCH:
            batches.append(batch(rows))
            rows = []
    return pa.Table.from_batches([*batches, batch(rows)], ARTICLES).combine_chunks()


# Records → articles


@dataclass(frozen=True, slots=True)
class _Reading:
    """How files are read. ``ids`` is None if repeated ids stay as they are."""

    ids: Ids | None
    report: OnProblem
    max_record_bytes: int
    day_first: bool | None


def _articles(stream: BinaryIO, file: InputFile, reading: _Reading, *, is_member: bool = False) -> Iterator[Article]:
    """Yield the articles of one opened file, or of all files inside if it is an archive and no member of one.

    A file with neither articles nor problems is reported as a problem.
    """
    has_result = False

    def report_and_note(problem: Problem) -> None:
        nonlocal has_result
        has_result = True
        reading.report(problem)

    origin = Origin(file.shown, file.stem, report_and_note)
    start = stream.tell() if stream.seekable() else None
    dates = FileDates(reading.day_first, lambda: _every_date(stream, start, file, reading.max_record_bytes))
    with identified(stream, format_of(file.shown), origin) as content:
        if content is not None and content.kind in ("zip", "tar"):
            if is_member:
                origin.skipped("an archive inside of an archive", "unpack it first")
            else:
                yield from _articles_of_archive(content, file, origin, reading)
            return
        for record in records(content, origin, reading.max_record_bytes) if content else ():
            article = from_record(record, origin, dates.parse)
            if article is not None and reading.ids is not None:
                made_up = article.id == _made_up_id(record, origin)
                article = reading.ids.resolve(article, origin, record.line, made_up)
            if article is not None:
                has_result = True
                yield article
    if not has_result and file.path is not None:
        origin.skipped("no articles in this file", "leave it out, or check that it is complete")


def _articles_of_archive(content: Content, file: InputFile, origin: Origin, reading: _Reading) -> Iterator[Article]:
    from dedupe.reading.archives import members

    found = False
    for member, copy in members(content, file, origin):
        found = True
        yield from _articles(copy, member, reading, is_member=True)
    if not found:
        origin.skipped("no files with articles in this archive", "check that it is complete")


def _every_date(stream: BinaryIO, start: int | None, file: InputFile, max_record_bytes: int) -> Iterator[object]:
    """Yield the dates of all records of a file while it is being read; nothing if it cannot be read twice."""
    if start is None:
        return
    place = stream.tell()
    stream.seek(start)
    silent = Origin(file.shown, file.stem, lambda problem: None)
    with identified(stream, format_of(file.shown), silent) as content:
        for record in records(content, silent, max_record_bytes) if content else ():
            yield _date_field(_by_name(record))
    stream.seek(place)


def from_record(record: Record, origin: Origin, parse: ParseDate = parse_date) -> Article | None:
    """Convert a record to an article, with ``parse`` for its date.

    If no field of the record can be read as the text, report a problem and return None. If the field for the text is
    empty, the article has an empty text, which is reported too.
    """
    fields = _by_name(record)
    article_id = valid_text(_field(fields, "id").strip()) or _made_up_id(record, origin)
    text = _field(fields, "text") or text_of_html(_field(fields, "html"))
    if not text and not _is_left_empty(fields):
        reason = f"no text among the fields {', '.join(list(fields)[:8]) or '(there are none)'}"
        origin.skipped(reason, "name the field text, body or content", record.line, article_id)
        return None
    for reason, advice in record.repairs:
        origin.repaired(reason, advice, record.line, article_id)
    if not text.strip():
        origin.repaired("the text is empty: it matches nothing", "fetch it anew", record.line, article_id)
    article = Article(
        id=article_id,
        title=_field(fields, "title").strip(),
        text=text,
        publisher=_field(fields, "publisher").strip() or None,
        published_at=_published(_date_field(fields), record.line, article_id, origin, parse),
        url=_field(fields, "url").strip() or None,
        language=_field(fields, "language").strip() or None,
    )
    return _with_valid_text(article, record.line, origin)


def _by_name(record: Record) -> dict[str, object]:
    """Return the fields of a record by their names in lower case."""
    return {name.strip().lower(): value for name, value in record.fields.items()}


def _made_up_id(record: Record, origin: Origin) -> str:
    return f"{origin.stem}:{record.place}" if record.place else origin.stem


def _field(fields: Mapping[str, object], field: str) -> str:
    """Return the first value of a field that is not blank, in the order of the field's names; "" if there is none."""
    for name in field_aliases()[field]:
        if name in fields and (value := _as_text(fields[name])).strip():
            return value
    return ""


def _as_text(value: object) -> str:
    """Convert a value to text; "" if that is not possible.

    A list of strings is a list of paragraphs, which are joined. Of a list of objects, the first one with a value
    counts.
    """
    if isinstance(value, list):
        parts = [_as_plain_text(part) for part in value]
        if all(isinstance(part, str) for part in value):
            return "\n".join(parts)
        return next((part for part in parts if part), "")
    return _as_plain_text(value)


def _as_plain_text(value: object) -> str:
    plain = _inside(value)
    if isinstance(plain, str):
        return plain
    is_number = isinstance(plain, int | float) and not isinstance(plain, bool)
    return str(plain) if is_number and not _is_missing(plain) else ""


def _inside(value: object) -> object:
    """Unwrap an object such as ``{"name": "AP"}`` (NewsAPI, schema.org) or ``{"$oid": …}`` (MongoDB)."""
    if not isinstance(value, dict):
        return value
    return next((value[name] for name in field_aliases()["inside_an_object"] if value.get(name)), None)


def _is_missing(value: object) -> bool:
    """Return whether a value is None, blank text, NaN or pandas' NaT."""
    if isinstance(value, str):
        return not value.strip()
    # NaN and NaT are not equal to themselves.
    return value is None or (isinstance(value, float | datetime) and value != value)  # noqa: PLR0124


def _is_left_empty(fields: Mapping[str, object]) -> bool:
    """Return whether the record has a field for the text that is empty, rather than one that cannot be read."""
    values = [fields[name] for name in (*field_aliases()["text"], *field_aliases()["html"]) if name in fields]
    return bool(values) and all(isinstance(value, str) or value == [] or _is_missing(value) for value in values)


def _date_field(fields: Mapping[str, object]) -> object:
    values = (_inside(fields[name]) for name in field_aliases()["published_at"] if name in fields)
    return next((value for value in values if not _is_missing(value) and not isinstance(value, bool)), None)


def _published(
    value: object, line: int | None, article_id: str, origin: Origin, parse: ParseDate = parse_date
) -> datetime | None:
    """Return the publication date in UTC. None if it is missing, or if it cannot be read, which is reported."""
    if _is_missing(value):
        return None
    try:
        return parse(value).at
    except ValueError as error:
        advice = _ORDER_ADVICE if isinstance(error, DayOrMonthError) else _DATE_ADVICE
        origin.repaired(f"the date {value!r:.60} is left out: {error}", advice, line, article_id)
        return None


def _with_valid_text(article: Article, line: int | None, origin: Origin) -> Article:
    """Replace NUL and half surrogate pairs, which Arrow, SQLite or terminals do not accept, and report it."""
    texts = {name: getattr(article, name) for name in _TEXT_FIELDS}
    changed = {name: valid_text(text) for name, text in texts.items() if text and not is_valid(text)}
    if not changed:
        return article
    reason = f"NUL or half a surrogate pair in {', '.join(changed)} became U+FFFD"
    origin.repaired(reason, "remove such characters", line, changed.get("id", article.id))
    return replace(article, **changed)


# Articles → the table


def _checked(given: Article, number: int, origin: Origin) -> Article:
    """Check and repair an article from Python code, whose fields may be None, numbers or anything else."""
    fields: dict[str, Any] = {name: getattr(given, name) for name in _TEXT_FIELDS}
    for name, value in fields.items():
        if value is not None and not isinstance(value, str | int):
            raise InputError(f"article {number}: {name} is a {type(value).__name__}, not text; pass a string")
        fields[name] = None if value is None else str(value)
    fields |= {"id": fields["id"] or f"article:{number}", "title": fields["title"] or "", "text": fields["text"] or ""}
    return _with_valid_text(Article(published_at=given.published_at, **fields), number, origin)


def _row(article: Article, number: int, origin: Origin) -> _Row:
    """The values of an article in the order of the ARTICLES fields."""
    at = _published(article.published_at, number, article.id, origin)
    day_precision = at is not None and at.time() == time()
    text = article.id, article.title, article.text, article.publisher
    return *text, at, day_precision, article.url, article.language
