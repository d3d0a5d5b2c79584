"""Read articles from files, and put articles into the table that the stages of the pipeline take.

    read(paths)          yields the articles of files, folders and stdin
    to_table(articles)   makes the ARTICLES table of plain articles

Nothing is dropped silently: whatever is skipped or changed is reported as one ``Problem`` with file, line, reason and
advice.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, BinaryIO

from dedupe.article import Article
from dedupe.errors import InputError
from dedupe.reading.charsets import Charset, not_in_utf8
from dedupe.reading.contents import identified
from dedupe.reading.dates import FileDates, Moment, ParseDate, parse_date
from dedupe.reading.fields import Columns, Record, Repairs
from dedupe.reading.files import InputFile, distinct_files, find_files, open_file
from dedupe.reading.ids import Ids
from dedupe.reading.kinds import Content, format_of
from dedupe.reading.languages import language_code
from dedupe.reading.problems import OnProblem, Origin, Problem, is_valid, reporter, valid_text
from dedupe.reading.record_fields import (
    address_of,
    date_of,
    fields_and_places,
    first_value,
    invalid_characters,
    is_left_empty,
    publisher_of,
    text_of,
)
from dedupe.reading.records import PLAIN_FORMATS, records
from dedupe.reading.repair import readable
from dedupe.reading.streams import MAX_RECORD_BYTES, open_stdin
from dedupe.reading.values import is_missing
from dedupe.reading.written_dates import DayOrMonthError, MonthNameError

if TYPE_CHECKING:
    import pyarrow as pa

Row = tuple[str | bool | datetime | None, ...]
"""The values of one article in the order of the ARTICLES fields."""

_ROWS_A_BATCH = 1024

_SHORT_FIELDS = ("id", "title", "publisher", "url", "language")
_TEXT_FIELDS = (*_SHORT_FIELDS, "text")

_NO_TEXT_ADVICE = "name the field text, body or content, or give --map text=NAME"

_DATE_ADVICE = "write ISO 8601, such as 2024-01-05T10:30:00Z"
_LANGUAGE_ADVICE = "give the article a field language, or write ISO 8601, such as 2024-01-05"
_ORDER_ADVICE = "give --day-first or --month-first, or write ISO 8601, such as 2024-01-05"


def read(  # noqa: PLR0913 - how to read, each by its name
    paths: Sequence[str | os.PathLike[str]],
    *,
    strict: bool = False,
    on_problem: OnProblem | None = None,
    stdin: BinaryIO | None = None,
    keep_repeated_ids: bool = False,
    follow_symlinks: bool = False,
    max_record_bytes: int = MAX_RECORD_BYTES,
    day_first: bool | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
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

    ``columns`` names the columns of fields that have other names than the usual ones, such as
    ``{"text": "Opening Text", "publisher": "Outlet"}``. A dot leads into an object: ``{"text": "story.body"}``. The
    usual names are looked for where an article has no value there. A column that no article of a file has is reported.
    What is not UTF-8 in a file is read in ``encoding``, such as "windows-1251"; if it is None, it is detected.
    Texts are read as they were shown: HTML and entities become plain text. Text that was escaped twice or decoded in a
    wrong encoding is repaired and reported.

    An article without an id has its address as id, or gets one from its file: the file's name without extension
    (``fox/1`` in a subfolder), and the line number if a file has several articles (``day:17``). If an id comes again,
    the article is skipped if it is the same in every field, and otherwise its id becomes ``id#2``. With
    ``keep_repeated_ids`` both are left to the caller.

    ``published_at`` of the articles is a UTC ``datetime``, which is midnight if the date has day precision. A date such
    as 01/02/2024 has the day first if ``day_first`` is true, and the month if it is false. If it is None, another date
    of the file decides, such as 25/04/2024; without one, and in a pipe, which cannot be read twice, the date is left
    out and reported. NUL and half surrogate pairs become U+FFFD. Articles with an empty text are kept and reported.
    Records of more than ``max_record_bytes`` are skipped and reported, and so are JSON documents of more than 1 GiB,
    files that unpack to more than a hundred times their size, and JSON of more than 100 levels.

    ``on_problem`` is called with every problem; without it each problem is a Python warning. With ``strict`` the first
    problem raises ``InputError``, unless it only names an unused column. ``InputError`` is also raised if ``columns``
    names a field that no article has, and if no ``encoding`` has this name.
    """
    report = reporter(on_problem, strict=strict)
    reading = _Reading(
        Columns(columns), None if keep_repeated_ids else Ids(), report, max_record_bytes, day_first, encoding
    )
    all_paths = [paths] if isinstance(paths, str | os.PathLike) else paths
    for file in distinct_files(find_files(all_paths, report, follow_symlinks), report):
        yield from _read(file, reading, stdin)


def read_file(
    file: InputFile,
    columns: Columns,
    report: OnProblem,
    stdin: BinaryIO | None = None,
    max_record_bytes: int = MAX_RECORD_BYTES,
    day_first: bool | None = None,
    encoding: str | None = None,
) -> Iterator[Article]:
    """Yield the articles of one file or of stdin. Repeated ids stay as they are."""
    return _read(file, _Reading(columns, None, report, max_record_bytes, day_first, encoding), stdin)


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

    origin = Origin("articles", "article", reporter(on_problem))
    ids = Ids()
    batches = []
    rows: list[Row] = []
    for number, given in enumerate(articles, 1):
        article = (
            given if are_read else ids.resolve(_checked(given, number, origin), origin, number, made_up=not given.id)
        )
        if article is not None:
            rows.append(to_row(article, number, origin))
        if len(rows) == _ROWS_A_BATCH:
            batches.append(to_batch(rows))
            rows = []
    return pa.Table.from_batches([*batches, to_batch(rows)], ARTICLES).combine_chunks()


def to_batch(rows: Sequence[Row]) -> pa.RecordBatch:
    """Return rows as a batch of ARTICLES."""
    import pyarrow as pa

    from dedupe.schemas import ARTICLES

    columns = list(zip(*rows, strict=True)) or [()] * len(ARTICLES)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, ARTICLES, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=ARTICLES)


# Records → articles


_ADVICE_FOR: dict[type, str] = {DayOrMonthError: _ORDER_ADVICE, MonthNameError: _LANGUAGE_ADVICE}


@dataclass(frozen=True, slots=True)
class _Reading:
    """How files are read. ``columns`` finds the fields. ``ids`` is None if repeated ids stay as they are."""

    columns: Columns
    ids: Ids | None
    report: OnProblem
    max_record_bytes: int
    day_first: bool | None
    encoding: str | None


def _articles(stream: BinaryIO, file: InputFile, reading: _Reading, *, is_member: bool = False) -> Iterator[Article]:
    """Yield the articles of one opened file, or of all files inside if it is an archive and no member of one.

    A file with neither articles nor problems is reported as a problem.
    """
    has_result = False

    def report_and_note(problem: Problem) -> None:
        nonlocal has_result
        has_result = has_result or problem.kind != "unused"
        reading.report(problem)

    start = stream.tell() if stream.seekable() else None
    charset = Charset(reading.encoding, lambda: not_in_utf8(_parts_again(stream, start, file)))
    origin = Origin(file.shown, file.stem, report_and_note, reading.columns, charset)
    dates = FileDates(reading.day_first, lambda: _every_date(stream, start, origin, reading.max_record_bytes))
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
    origin.name_absent()
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


def _every_date(stream: BinaryIO, start: int | None, origin: Origin, max_record_bytes: int) -> Iterator[object]:
    """Yield the dates of all records of a file while it is being read; nothing if it cannot be read twice."""
    silent = replace(origin, report=lambda problem: None)
    with _from_start(stream, start, silent) as content:
        for record in records(content, silent, max_record_bytes) if content else ():
            fields, places = fields_and_places(record, origin.columns)
            yield date_of(fields, places["published_at"])


def _parts_again(stream: BinaryIO, start: int | None, file: InputFile) -> Iterator[bytes]:
    """Yield the content of a file of text while it is being read; nothing if it cannot be read twice."""
    with _from_start(stream, start, Origin(file.shown, file.stem, lambda problem: None)) as content:
        if content and content.kind in PLAIN_FORMATS:
            yield from content.parts


@contextmanager
def _from_start(stream: BinaryIO, start: int | None, origin: Origin) -> Iterator[Content | None]:
    """Give what a file holds once more, while it is being read; None if it cannot be read twice."""
    if start is None:
        yield None
        return
    place = stream.tell()
    stream.seek(start)
    try:
        with identified(stream, format_of(origin.file), origin) as content:
            yield content
    finally:
        stream.seek(place)


def _parse_alone(value: object, language: str | None) -> Moment:
    return parse_date(value, language=language)


def from_record(record: Record, origin: Origin, parse: ParseDate = _parse_alone) -> Article | None:
    """Convert a record to an article, with ``parse`` for its date.

    If no field of the record can be read as the text, report a problem and return None. If the field for the text is
    empty, the article has an empty text, which is reported too.
    """
    fields, places = fields_and_places(record, origin.columns)
    names = tuple(fields)
    if not record.verbatim:
        origin.note_names(names)
    url = address_of(fields, places)
    article_id = valid_text(first_value(fields, places["id"]).strip() or url or _made_up_id(record, origin))
    text, repairs = text_of(fields, places, record)
    if not text and not is_left_empty(fields, places):
        reason = f"no text among the fields {', '.join(names[:8]) or '(there are none)'}"
        origin.skipped(reason, _NO_TEXT_ADVICE, record.line, article_id)
        return None
    title, title_repairs = first_value(fields, places["title"]).strip(), Repairs()
    if title and not record.verbatim:
        title, title_repairs = readable(title)
    for repair in dict.fromkeys((*record.repairs, *repairs, *title_repairs)):
        if origin.charset.is_news(repair):
            origin.repaired(*repair, record.line, article_id)
    if not text.strip():
        origin.repaired("the text is empty: it matches nothing", "fetch it anew", record.line, article_id)
    if not record.verbatim:
        origin.name_unused(names, record.line)
    language = language_code(first_value(fields, places["language"]).strip()) or None
    at = _published(date_of(fields, places["published_at"]), language, record.line, article_id, origin, parse)
    article = Article(
        id=article_id,
        title=title,
        text=text,
        publisher=publisher_of(fields, places["publisher"]),
        published_at=at,
        url=url or None,
        language=language,
    )
    return _with_valid_text(article, _SHORT_FIELDS, record.line, origin)


def _made_up_id(record: Record, origin: Origin) -> str:
    return f"{origin.stem}:{record.place}" if record.place else origin.stem


def _published(
    value: object,
    language: str | None,
    line: int | None,
    article_id: str,
    origin: Origin,
    parse: ParseDate = _parse_alone,
) -> datetime | None:
    """Return the publication date in UTC. None if it is missing, or if it cannot be read, which is reported."""
    if is_missing(value):
        return None
    try:
        return parse(value, language).at
    except ValueError as error:
        advice = _ADVICE_FOR.get(type(error), _DATE_ADVICE)
        origin.repaired(f"the date {value!r:.60} is left out: {error}", advice, line, article_id)
        return None


def _with_valid_text(article: Article, names: Iterable[str], line: int | None, origin: Origin) -> Article:
    """Replace NUL and half surrogate pairs in fields, which Arrow, SQLite or terminals do not accept, and report it."""
    texts = {name: getattr(article, name) for name in names}
    changed = {name: valid_text(text) for name, text in texts.items() if text and not is_valid(text)}
    if not changed:
        return article
    origin.repaired(*invalid_characters(changed), line, changed.get("id", article.id))
    return replace(article, **changed)


# Articles → the table


def _checked(given: Article, number: int, origin: Origin) -> Article:
    """Check and repair an article from Python code, whose fields may be None, numbers or anything else."""
    if not hasattr(given, "text"):
        raise InputError(f"article {number} is a {type(given).__name__}, not an Article: give articles or a data frame")
    fields: dict[str, Any] = {name: getattr(given, name) for name in _TEXT_FIELDS}
    for name, value in fields.items():
        if value is not None and not isinstance(value, str | int):
            raise InputError(f"article {number}: {name} is a {type(value).__name__}, not text; pass a string")
        fields[name] = None if value is None else str(value)
    fields |= {"id": fields["id"] or f"article:{number}", "title": fields["title"] or "", "text": fields["text"] or ""}
    return _with_valid_text(Article(published_at=given.published_at, **fields), _TEXT_FIELDS, number, origin)


def to_row(article: Article, number: int, origin: Origin) -> Row:
    """Return the values of a checked article in the order of ARTICLES. ``number`` is its line in messages."""
    at = _published(article.published_at, article.language, number, article.id, origin)
    day_precision = at is not None and at.time() == time()
    text = article.id, article.title, article.text, article.publisher
    return *text, at, day_precision, article.url, article.language
