"""Read the records of a file in any known format. Plain text, JSONL, JSON and CSV are read here.

A record holds the fields of one article as its file has them. JSONL and CSV are read line by line and never held whole.
What cannot be read is reported to ``origin`` as a ``Problem``, and reading goes on with the next record.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator

import msgspec

from dedupe.reading.fields import NOT_UTF8, Record, Repairs, decode_utf8, field_aliases, has_text, known_names
from dedupe.reading.kinds import UNREADABLE, Content, recognise
from dedupe.reading.problems import Origin
from dedupe.reading.streams import MAX_RECORD_BYTES, lines, whole

__all__ = ["MAX_RECORD_BYTES", "Record", "decode_json", "guess_format", "records"]

MAX_JSON_BYTES = 2**30
"""The largest JSON document that is read. Unlike JSONL it must be held whole, and takes about four times its size."""

MAX_JSON_VALUES = 5_000_000
"""Most values of a JSON document, counted by its commas and brackets, those of the texts included. An empty object has
two bytes in the file and 72 in memory."""

MAX_COLUMNS = 1000
"""Most columns of a CSV header. A table of articles has a few dozen."""

MAX_NESTING = 100
"""Most levels of a JSON value. News feeds have fewer than ten."""

_LONGEST_TITLE = 300
"""Characters of the first line of a text that are kept as its title."""


def records(content: Content, origin: Origin, max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Yield the records of one identified file, in order.

    Larger records than ``max_record_bytes`` are left out. Problems are reported to ``origin``, and so is a file of a
    kind that is not read.
    """
    if content.kind in UNREADABLE:
        what, advice = UNREADABLE[content.kind]
        origin.skipped(f"holds {what}, which is not read", advice)
        return iter(())
    plain = {"text": _text, "jsonl": _jsonl, "json": _json, "csv": _csv}
    if content.kind in plain:
        return plain[content.kind](content.parts, origin, max_record_bytes)
    other = _other_records(content, origin, max_record_bytes)
    return (record for record in other if _fits(record, max_record_bytes, origin))


def _other_records(content: Content, origin: Origin, limit: int) -> Iterator[Record]:
    """Yield the records of a format that has a module of its own, which is imported only where it is met."""
    if content.kind == "parquet":
        from dedupe.reading.parquet import parquet_records

        return parquet_records(content.stream, origin)
    if content.kind == "sheet":
        from dedupe.reading.sheets import sheet_records

        return sheet_records(content.stream, origin)
    if content.kind == "warc":
        from dedupe.reading.warc import warc_records

        return warc_records(content.parts, origin, limit)
    if content.kind == "page":
        from dedupe.reading.pages import page_records

        return page_records(content.parts, origin, limit)
    if content.kind == "feed":
        from dedupe.reading.feeds import feed_records

        return feed_records(content.parts, origin)
    from dedupe.reading.newsml import newsml_records

    return newsml_records(content.parts, origin)


def guess_format(head: bytes) -> str:
    """Return the format of a file without a known extension, from its first bytes, up to the end of the first line."""
    kind = recognise(head)
    if kind is not None:
        return kind
    first = head.lstrip().partition(b"\n")[0].strip()
    if re.match(rb'\{\s*["}]', first) and (first.endswith(b"}") or b"\n" not in head):
        return "jsonl"  # the first line is a whole object, which that of an indented JSON document is not
    if re.match(rb'\{\s*(["}]|$)|\[\s*([\[{\]]|$)', first):
        return "json"
    names = _header(first.decode("utf-8", "replace"))[1]
    return "csv" if len(known_names().intersection(names)) > 1 else "text"


# One reader per format


def _text(parts: Iterator[bytes], origin: Origin, limit: int) -> Iterator[Record]:
    """Read the whole file as one article, whose title is the first line that is not empty."""
    content = whole(parts, limit, origin, _LARGER_RECORDS)
    if content is None:
        return
    text, repairs = decode_utf8(content)
    beginning = text.lstrip()[:_LONGEST_TITLE].splitlines()
    yield Record({"title": beginning[0].strip() if beginning else "", "text": text}, repairs=repairs)


def _jsonl(parts: Iterator[bytes], origin: Origin, limit: int) -> Iterator[Record]:
    """Read one object per line. A line may also be a whole JSON document that contains a list of articles."""
    for number, line in enumerate(lines(parts, limit), 1):
        if line is None:
            _too_long(number, origin, limit)
        elif line.strip():
            yield from _jsonl_line(line, number, origin)


def _jsonl_line(line: bytes, number: int, origin: Origin) -> Iterator[Record]:
    try:
        value, repairs = decode_json(line)
    except ValueError as error:
        origin.skipped(f"not valid JSON: {error}", "write one JSON object a line", number)
        return
    articles = _articles_in(value) if isinstance(value, dict) else [value]
    for nth, fields in enumerate(articles, 1):
        place = f"{number}" if len(articles) == 1 else f"{number}.{nth}"
        yield from _record(fields, number, place, repairs, origin)


def _json(parts: Iterator[bytes], origin: Origin, limit: int) -> Iterator[Record]:
    """Read a list of objects, one object, or an object that contains the list.

    A file that is JSONL in spite of its name is read as JSONL.
    """
    content = whole(parts, MAX_JSON_BYTES, origin, _SMALLER_DOCUMENTS)
    if content is None or not content.strip():
        return
    if sum(content.count(mark) for mark in (b",", b"[", b"{")) > MAX_JSON_VALUES:
        origin.skipped(f"a JSON document of more than {MAX_JSON_VALUES:,} values", _SMALLER_DOCUMENTS)
        return
    try:
        value, repairs = decode_json(content)
    except ValueError as error:
        first_lines = content.lstrip().split(b"\n", 20)[:20]
        if content.lstrip().startswith(b"{") and any(_is_object(line) for line in first_lines):
            yield from _jsonl(iter([content]), origin, limit)
        else:
            origin.skipped(f"not valid JSON: {error}", "check that the file is complete")
        return
    for number, fields in enumerate(_articles_in(value), 1):
        for record in _record(fields, number, str(number), repairs, origin):
            if _fits(record, limit, origin):
                yield record


def _record(fields: object, line: int, place: str, repairs: Repairs, origin: Origin) -> Iterator[Record]:
    """Yield the record with these fields, or report a problem if they are not an object."""
    if isinstance(fields, dict):
        yield Record(fields, line, place, repairs)
    else:
        origin.skipped(f"a JSON {_json_name(fields)}, not an object", "write each article as an object", line)


def _articles_in(value: object) -> list[object]:
    """Return the articles of a JSON document: the members of a list, of the list in an object, or the object itself."""
    # A loop and not recursion: a hostile document may be nested more deeply than Python's stack.
    while isinstance(value, dict) and not has_text(value):
        members = (value.get(name) for name in field_aliases()["lists_of_articles"])
        inner = next((member for member in members if isinstance(member, list | dict)), None)
        if inner is None:
            break
        value = inner
    return value if isinstance(value, list) else [value]


def _csv(parts: Iterator[bytes], origin: Origin, limit: int) -> Iterator[Record]:
    """Read a header and then one article per row.

    Cells are separated by commas, semicolons, tabs or vertical bars; the header shows by which.
    """
    damaged: list[int] = []
    texts = _RowLines(_csv_lines(parts, damaged, origin, limit), limit)
    first = next(texts, "")
    delimiter, names = _header(first)
    if not first.strip():
        return
    if len(names) > MAX_COLUMNS:
        reason = f"the header has {len(names):,} columns, more than {MAX_COLUMNS:,}"
        origin.skipped(reason, "write one column for each field of an article", 1)
        return
    if not has_text(names):
        reason = f"the header has no column for the text, only {', '.join(names)}"
        origin.skipped(reason, "name the columns in the first line: id, title, text, …", 1)
        return
    # The csv module has one limit for the whole process, so it is raised here and never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), limit))
    rows = csv.reader(texts, delimiter=delimiter, strict=True)
    while True:
        line = rows.line_num + 2  # the row begins after the header and the lines that were read so far
        texts.begin_row()
        try:
            cells = next(rows, None)
        except _RowTooLargeError:
            # What follows is inside of a cell, and could be taken for rows by mistake.
            reason = f"a row of more than {limit:,} bytes, the rest of the file is left out"
            origin.skipped(reason, f"check for a quotation mark that is never closed, or {_LARGER_RECORDS}", line)
            return
        except csv.Error as error:
            origin.skipped(f"not valid CSV: {error}", "quote cells and double the quotes inside them", line)
            continue
        if cells is None:
            return
        if cells:
            yield _csv_record(names, cells, line, (NOT_UTF8,) if damaged else ())
        damaged.clear()


def _csv_record(names: list[str], cells: list[str], line: int, repairs: Repairs) -> Record:
    if len(cells) > len(names):
        reason = f"{len(cells)} cells under {len(names)} column names, those beyond left out"
        repairs += ((reason, "quote cells that contain the delimiter"),)
    return Record(dict(zip(names, cells, strict=False)), line, str(line), repairs)


class _RowTooLargeError(Exception):
    """The lines of one CSV row are larger than the limit together."""


class _RowLines:
    """The lines for the CSV reader, which joins them to one row for as long as a quotation mark is open.

    Raises ``_RowTooLargeError`` where the lines since ``begin_row`` have more than ``limit`` characters.
    """

    def __init__(self, texts: Iterator[str], limit: int) -> None:
        self._texts = texts
        self._limit = limit
        self._characters = 0

    def begin_row(self) -> None:
        self._characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = next(self._texts)
        self._characters += len(text)
        if self._characters > self._limit:
            raise _RowTooLargeError
        return text


def _csv_lines(parts: Iterator[bytes], damaged: list[int], origin: Origin, limit: int) -> Iterator[str]:
    """Yield lines as text. The numbers of lines with invalid UTF-8 are added to ``damaged``."""
    for number, line in enumerate(lines(parts, limit), 1):
        if line is None:
            _too_long(number, origin, limit)
        text, repairs = decode_utf8(line or b"\n")
        if repairs:
            damaged.append(number)
        yield text


_SMALLER_DOCUMENTS = "split it, or convert it to JSONL"

_LARGER_RECORDS = "raise --max-record-mb"
"""Advice for a record that is larger than the limit. In Python the parameter is ``max_record_bytes`` of ``read``."""


def _too_long(line: int, origin: Origin, limit: int) -> None:
    advice = f"check for missing line ends, or {_LARGER_RECORDS}"
    origin.skipped(f"a line of more than {limit:,} bytes", advice, line)


def _fits(record: Record, limit: int, origin: Origin) -> bool:
    """Return whether the texts of a record are within the limit. If they are not, report a problem."""
    if sum(len(value) for value in record.fields.values() if isinstance(value, str)) <= limit:
        return True
    origin.skipped(f"texts of more than {limit:,} characters", _LARGER_RECORDS, record.line)
    return False


def _header(line: str) -> tuple[str, list[str]]:
    """Return the delimiter and the column names in lower case: the delimiter that gives the most known names."""
    known = known_names()
    best: tuple[str, list[str]] = (",", [])
    for delimiter in ",;\t|":
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:  # a cell is longer than the limit, so this is no header
            continue
        names = [cell.strip().lower() for cell in cells]
        if (len(known.intersection(names)), len(names)) > (len(known.intersection(best[1])), len(best[1])):
            best = delimiter, names
    return best


# Values


def decode_json(raw: bytes) -> tuple[object, Repairs]:
    """Decode one JSON value. Returns the value and the repairs that were needed.

    msgspec accepts strict JSON only. Python's own module also accepts NaN, control characters in strings and half
    surrogate pairs, which are common enough in scraped files to be kept and reported.

    Raises ``ValueError`` if the value cannot be decoded, also where Python would raise ``RecursionError``.
    """
    try:
        return _not_nested_deeply(msgspec.json.decode(raw)), ()
    except (RecursionError, _NestingError):
        raise ValueError(f"nested more than {MAX_NESTING} levels deep") from None
    except ValueError as error:
        strict_reason = str(error).removeprefix("JSON is malformed: ")
    text, repairs = decode_utf8(raw)
    try:
        value = _not_nested_deeply(json.loads(text, strict=False, parse_constant=lambda _: None))
    except (RecursionError, _NestingError):
        raise ValueError(f"nested more than {MAX_NESTING} levels deep") from None
    except ValueError:
        raise ValueError(strict_reason) from None
    if repairs or re.search(r"\\ud[89a-f]", text, re.IGNORECASE):
        return value, repairs  # half a surrogate pair is reported later, if it is in a field of the article
    return value, ((f"not strict JSON ({strict_reason})", "write NaN as null, escape control characters"),)


class _NestingError(Exception):
    """A JSON value has more levels than ``MAX_NESTING``."""


def _not_nested_deeply(value: object) -> object:
    """Return a decoded value. Raises ``_NestingError`` if it has too many levels.

    The parsers have limits of their own, which depend on the version and on how deep the caller stands in Python's
    stack. What they just accept may exhaust the stack later, when the value is written.
    """
    level = [value]
    for _ in range(MAX_NESTING + 1):
        level = [inner for one in level for inner in _members(one) if isinstance(inner, dict | list)]
        if not level:
            return value
    raise _NestingError


def _members(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _is_object(raw: bytes) -> bool:
    try:
        return isinstance(decode_json(raw)[0], dict)
    except ValueError:
        return False


def _json_name(value: object) -> str:
    names = {list: "list", str: "string", bool: "boolean", type(None): "null", dict: "object"}
    return names.get(type(value), "number")
