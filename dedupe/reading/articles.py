"""Files people have → articles, and articles → the ARTICLES table.

    read(paths)          articles of files, folders and stdin, one after the other
    to_table(articles)   plain articles as the table the stages take

Nothing is dropped silently: whatever is skipped or changed is one ``Problem``, with file, line, reason and advice.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from hashlib import blake2b
from typing import Any, BinaryIO

import pyarrow as pa

from dedupe.errors import InputError
from dedupe.reading.dates import parse_date
from dedupe.reading.files import InputFile, distinct_files, find_files, open_file
from dedupe.reading.html import text_of_html
from dedupe.reading.problems import Origin, Problem
from dedupe.reading.records import Record, field_aliases, format_of, records
from dedupe.reading.streams import valid_text
from dedupe.schemas import ARTICLES, Article

__all__ = ["Problem", "read", "to_table"]


OnProblem = Callable[[Problem], None]

Row = tuple[str | bool | datetime | None, ...]
"""The values of one article in the order of the ARTICLES fields."""


_ROWS_A_BATCH = 4096

_TEXT_FIELDS = ("id", "title", "text", "publisher", "url", "language")

_DATE_ADVICE = "write ISO 8601, such as 2024-01-05T10:30:00Z"


def read(
    paths: Sequence[str | os.PathLike[str]],
    *,
    strict: bool = False,
    on_problem: OnProblem | None = None,
    stdin: BinaryIO | None = None,
    keep_repeated_ids: bool = False,
) -> Iterator[Article]:
    """Read articles from files, folders and ``-`` (stdin), in the order of ``paths``.

    Formats, by extension, also with ``.gz``: ``.txt`` (one article; the text is the whole file, so offsets are offsets
    into the file as decoded, without a byte order mark), ``.jsonl``/``.ndjson``, ``.json``, ``.csv``/``.tsv``,
    ``.parquet``, and ninjs as JSON. Of a file with another extension, and of stdin, the content decides. A folder is
    read with its subfolders, names sorted; hidden files, README.md and the like are left out, and links to
    folders are not followed; files of other kinds are left out and said.

    An article without an id gets one from the file: its name without extension (``fox/1`` in a subfolder), and the line
    where a file has several (``day:17``). An id that comes again is skipped where all of the article is the same, and
    becomes ``id#2`` where anything differs; ``keep_repeated_ids`` leaves both to the caller. A path that comes again is
    read once.

    Dates come out as UTC ``datetime``; one with day precision as midnight. NUL and half surrogates become U+FFFD.
    Empty texts are kept and said. Lines over 128 MiB and JSON documents over 1 GiB are skipped and said.

    ``on_problem`` takes every problem (None: a Python warning each); ``strict`` raises ``InputError`` at the first.
    """
    report = reporter(on_problem, strict=strict)
    ids = None if keep_repeated_ids else _Ids()
    chosen = [paths] if isinstance(paths, str | os.PathLike) else paths
    for source in distinct_files(find_files(chosen, report), report):
        yield from _read(source, ids, report, stdin)


def read_file(source: InputFile, report: OnProblem, stdin: BinaryIO | None = None) -> Iterator[Article]:
    """The articles of one file or of stdin, ids as they are."""
    return _read(source, None, report, stdin)


def reporter(on_problem: OnProblem | None, *, strict: bool) -> OnProblem:
    """Who is told of problems: nobody goes on after the first with ``strict``; None gives Python warnings."""
    return _refuse if strict else on_problem or _warn


def _read(source: InputFile, ids: _Ids | None, report: OnProblem, stdin: BinaryIO | None) -> Iterator[Article]:
    stream = (stdin or sys.stdin.buffer) if source.path is None else open_file(source, report)
    if stream is None:
        return
    try:
        yield from _articles(stream, source, ids, report)
    finally:
        if source.path is not None:
            stream.close()


def to_table(articles: Iterable[Article], on_problem: OnProblem | None = None) -> pa.Table:
    """The ARTICLES table of plain articles, in their order, one chunk a column.

    Repairs as ``read`` does and says so to ``on_problem`` (None: a Python warning each), with the article's 1-based
    place as the line: dates that cannot be read become null, NUL and half surrogates U+FFFD, an id that comes again is
    skipped or becomes ``id#2``. An empty id becomes ``article:17``. Empty texts stay. No articles give an empty table.

    Raises ``InputError`` for a field that is not text at all, such as a list.
    """
    origin = Origin("articles", "article", on_problem or _warn)
    ids = _Ids()
    batches = []
    rows: list[Row] = []
    for number, given in enumerate(articles, 1):
        article = ids.settle(_checked(given, number, origin), origin, number, made_up=not given.id)
        if article is not None:
            rows.append(_row(article, number, origin))
        if len(rows) == _ROWS_A_BATCH:
            batches.append(_batch(rows))
            rows = []
    return pa.Table.from_batches([*batches, _batch(rows)], ARTICLES).combine_chunks()


def _refuse(problem: Problem) -> None:
    raise InputError(str(problem))


def _warn(problem: Problem) -> None:
    warnings.warn(str(problem), stacklevel=3)


# Records → articles


def _articles(stream: BinaryIO, source: InputFile, ids: _Ids | None, report: OnProblem) -> Iterator[Article]:
    """The articles of one opened input; a file that gives neither articles nor problems is a problem itself."""
    silent = True

    def tell(problem: Problem) -> None:
        nonlocal silent
        silent = False
        report(problem)

    origin = Origin(source.shown, source.stem, tell)
    for record in records(stream, format_of(source.shown), origin):
        article = from_record(record, origin)
        if article is not None and ids is not None:
            made_up = article.id == _made_up_id(record, origin)
            article = ids.settle(article, origin, record.line, made_up)
        if article is not None:
            silent = False
            yield article
    if silent and source.path is not None:
        origin.skipped("no articles in this file", "leave it out, or check that it is complete")


def from_record(record: Record, origin: Origin) -> Article | None:
    """One record as an article, None and a problem where it has no text."""
    fields = {name.strip().lower(): value for name, value in record.fields.items()}
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
        published_at=_published(_date_field(fields), record.line, article_id, origin),
        url=_field(fields, "url").strip() or None,
        language=_field(fields, "language").strip() or None,
    )
    return _with_valid_text(article, record.line, origin)


def _made_up_id(record: Record, origin: Origin) -> str:
    return f"{origin.stem}:{record.place}" if record.place else origin.stem


def _field(fields: Mapping[str, object], field: str) -> str:
    """The first of the field's names with something in it, as text; "" where none has."""
    values = (_as_text(fields[name]) for name in field_aliases()[field] if name in fields)
    return next((value for value in values if value.strip()), "")


def _as_text(value: object) -> str:
    """A value as text: paragraphs in a list are joined, of an object the name or value inside counts, else ""."""
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
    """What an object such as ``{"name": "AP"}`` (NewsAPI, schema.org) or ``{"$oid": …}`` (MongoDB) stands for."""
    if not isinstance(value, dict):
        return value
    return next((value[name] for name in field_aliases()["inside_an_object"] if value.get(name)), None)


def _is_missing(value: object) -> bool:
    """None, blank text, and what is not equal to itself: NaN and pandas' NaT."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, float | datetime) and value != value)  # noqa: PLR0124


def _is_left_empty(fields: Mapping[str, object]) -> bool:
    """Whether there is a text field, and nothing in it but emptiness: not, say, an object we cannot read."""
    values = [fields[name] for name in (*field_aliases()["text"], *field_aliases()["html"]) if name in fields]
    return bool(values) and all(isinstance(value, str) or value == [] or _is_missing(value) for value in values)


def _date_field(fields: Mapping[str, object]) -> object:
    values = (_inside(fields[name]) for name in field_aliases()["published_at"] if name in fields)
    return next((value for value in values if not _is_missing(value) and not isinstance(value, bool)), None)


def _published(value: object, line: int | None, article_id: str, origin: Origin) -> datetime | None:
    """The instant; None where nothing is given, and None with a problem where it is no date."""
    if _is_missing(value):
        return None
    try:
        return parse_date(value).at
    except ValueError as error:
        origin.repaired(f"the date {value!r:.60} is left out: {error}", _DATE_ADVICE, line, article_id)
        return None


def _with_valid_text(article: Article, line: int | None, origin: Origin) -> Article:
    """The article with Unicode that Arrow, SQLite and terminals take: no NUL, no half surrogate."""
    texts = {name: getattr(article, name) or "" for name in _TEXT_FIELDS}
    changed = {name: valid for name, text in texts.items() if (valid := valid_text(text)) != text}
    if not changed:
        return article
    reason = f"NUL or half a surrogate pair in {', '.join(changed)} became U+FFFD"
    origin.repaired(reason, "remove such characters", line, changed.get("id", article.id))
    return replace(article, **changed)


class _Ids:
    """The ids seen so far, and what came under them."""

    def __init__(self) -> None:
        self._count: dict[str, int] = {}
        self._contents: set[bytes] = set()

    def settle(self, article: Article, origin: Origin, line: int | None, made_up: bool) -> Article | None:
        """The article under an id of its own; None and a problem where it repeats an earlier one in everything.

        A ``made_up`` id says nothing about the article, so two files of equal name and content stay two articles.
        """
        content = _digest(article)
        came_before = article.id in self._count
        if came_before and not made_up and content in self._contents:
            reason = f"the id {article.id!r} came before with the same content"
            origin.skipped(reason, "nothing: the first one is kept", line, article.id)
            return None
        self._contents.add(content)
        if not came_before:
            self._count[article.id] = 1
            return article
        return self._renamed(article, origin, line)

    def _renamed(self, article: Article, origin: Origin, line: int | None) -> Article:
        nth = self._count[article.id] + 1
        while f"{article.id}#{nth}" in self._count:
            nth += 1
        self._count[article.id] = nth
        name = f"{article.id}#{nth}"
        self._count[name] = 1
        reason = f"the id {article.id!r} came before with another article: this one is now {name!r}"
        origin.repaired(reason, "give every article an id of its own", line, name)
        return replace(article, id=name)


def _digest(article: Article) -> bytes:
    """128 bits of everything in an article."""
    values = (article.id, article.title, article.text, article.publisher, article.url, article.language)
    digest = blake2b(str(article.published_at).encode("utf-8", "replace"), digest_size=16)
    for value in values:
        digest.update(b"\1\0" if value is None else b"\0" + value.encode())  # no text contains NUL: no ambiguity
    return digest.digest()


# Articles → the table


def _checked(given: Article, number: int, origin: Origin) -> Article:
    """An article from Python code, whose fields may be None, numbers or anything."""
    fields: dict[str, Any] = {name: getattr(given, name) for name in _TEXT_FIELDS}
    for name, value in fields.items():
        if value is not None and not isinstance(value, str | int):
            raise InputError(f"article {number}: {name} is a {type(value).__name__}, not text; pass a string")
        fields[name] = None if value is None else str(value)
    fields |= {"id": fields["id"] or f"article:{number}", "title": fields["title"] or "", "text": fields["text"] or ""}
    return _with_valid_text(Article(published_at=given.published_at, **fields), number, origin)


def _row(article: Article, number: int, origin: Origin) -> Row:
    at = _published(article.published_at, number, article.id, origin)
    day_precision = at is not None and at.time() == time()
    values = {"published_at": at, "day_precision": day_precision}
    return tuple(values[name] if name in values else getattr(article, name) for name in ARTICLES.names)


def _batch(rows: list[Row]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [()] * len(ARTICLES)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, ARTICLES, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=ARTICLES)
