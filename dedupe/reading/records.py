"""Read the records of a file in any known format. Plain text, JSONL, JSON and CSV are read here.

A record holds the fields of one article as its file has them. JSONL and CSV are read line by line and never held whole.
What cannot be read is reported to ``origin`` as a ``Problem``, and reading goes on with the next record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from dedupe.reading.charsets import Charset
from dedupe.reading.documents import articles_in
from dedupe.reading.fields import Columns, Record, Repairs
from dedupe.reading.kinds import UNREADABLE, Content, recognise
from dedupe.reading.problems import Origin
from dedupe.reading.streams import LARGER_RECORDS, MAX_RECORD_BYTES, lines, report_too_long, whole
from dedupe.reading.tables import csv_records, is_header

__all__ = ["MAX_RECORD_BYTES", "Record", "decode_json", "guess_format", "records"]

MAX_JSON_BYTES = 2**30
"""The largest JSON document that is read. Unlike JSONL it must be held whole, and takes about four times its size."""

MAX_JSON_VALUES = 5_000_000
"""Most values of a JSON document, counted by its commas and brackets, those of the texts included. An empty object has
two bytes in the file and 72 in memory."""

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
    if content.kind in PLAIN_FORMATS:
        return PLAIN_FORMATS[content.kind](content.parts, origin, max_record_bytes)
    other = _other_records(content, origin, max_record_bytes)
    return (record for record in other if fits(record, max_record_bytes, origin))


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


def guess_format(head: bytes, columns: Columns) -> str:
    """Return the format of a file without a known extension, from its first bytes, up to the end of the first line."""
    kind = recognise(head)
    if kind is not None:
        return kind
    first = head.lstrip().partition(b"\n")[0].strip()
    if re.match(rb'\{\s*["}]', first) and (first.endswith(b"}") or b"\n" not in head):
        return "jsonl"  # the first line is a whole object, which that of an indented JSON document is not
    if re.match(rb'\{\s*(["}]|$)|\[\s*([\[{\]]|$)', first):
        return "json"
    return "csv" if is_header(first.decode("utf-8", "replace"), columns) else "text"


# One reader per format


def _text(parts: Iterator[bytes], origin: Origin, limit: int) -> Iterator[Record]:
    """Read the whole file as one article, whose title is the first line that is not empty."""
    content = whole(parts, limit, origin, LARGER_RECORDS)
    if content is None:
        return
    text, repairs = origin.charset.decode(content)
    beginning = text.lstrip()[:_LONGEST_TITLE].splitlines()
    yield Record({"title": beginning[0].strip() if beginning else "", "text": text}, repairs=repairs, verbatim=True)


def _jsonl(parts: Iterator[bytes], origin: Origin, limit: int) -> Iterator[Record]:
    """Read one object per line. A line may also be a whole JSON document that contains a list of articles."""
    for number, line in enumerate(lines(parts, limit), 1):
        if line is None:
            report_too_long(number, origin, limit)
        elif line.strip():
            yield from _jsonl_line(line, number, origin)


def _jsonl_line(line: bytes, number: int, origin: Origin) -> Iterator[Record]:
    try:
        value, repairs = decode_json(line, origin.charset)
    except ValueError as error:
        origin.skipped(f"not valid JSON: {error}", "write one JSON object a line", number)
        return
    holds_objects = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))
    articles = list(articles_in(value, origin.columns)) if holds_objects else [value]
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
        value, repairs = decode_json(content, origin.charset)
    except ValueError as error:
        first_lines = content.lstrip().split(b"\n", 20)[:20]
        if content.lstrip().startswith((b"{", b"[")) and any(_is_object(line) for line in first_lines):
            yield from _jsonl(iter([content]), origin, limit)
            return
        value, repairs = _values_in_a_row(content, origin)
        if not value:
            origin.skipped(f"not valid JSON: {error}", "check that the file is complete")
            return
    for number, fields in enumerate(articles_in(value, origin.columns), 1):
        for record in _record(fields, number, str(number), repairs, origin):
            if fits(record, limit, origin):
                yield record


def _values_in_a_row(content: bytes, origin: Origin) -> tuple[list[object], Repairs]:
    """Decode objects that stand one after the other, as ``jq`` writes them, and say where that ends too early.

    Returns no values if already the first is no whole object.
    """
    text, repairs = origin.charset.decode(content)
    decoder = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
    values: list[object] = []
    place = _BETWEEN_VALUES.match(text).end()  # type: ignore[union-attr] # it matches nothing as well
    while text.startswith("{", place):
        try:
            value, end = decoder.raw_decode(text, place)
            values.append(_not_nested_deeply(value))
        except (ValueError, RecursionError, _NestingError):
            break
        place = _BETWEEN_VALUES.match(text, end).end()  # type: ignore[union-attr]
    if values and place < len(text):
        line = text.count("\n", 0, place) + 1
        origin.skipped("not valid JSON, the rest is lost", "check that the file is complete", line)
    return values, repairs


def _record(fields: object, line: int, place: str, repairs: Repairs, origin: Origin) -> Iterator[Record]:
    """Yield the record with these fields, or report a problem if they are not an object."""
    if isinstance(fields, dict):
        yield Record(fields, line, place, repairs)
    else:
        origin.skipped(f"a JSON {_json_name(fields)}, not an object", "write each article as an object", line)


_BETWEEN_VALUES = re.compile(r"[\s,\x1e]*")
"""What may stand between JSON values in a row; the last is the record separator of RFC 7464."""

_SMALLER_DOCUMENTS = "split it, or convert it to JSONL"


def fits(record: Record, limit: int, origin: Origin) -> bool:
    """Return whether the texts of a record are within the limit. If they are not, report a problem."""
    if sum(len(value) for value in record.fields.values() if isinstance(value, str)) <= limit:
        return True
    origin.skipped(f"texts of more than {limit:,} characters", LARGER_RECORDS, record.line)
    return False


PLAIN_FORMATS: dict[str, Callable[[Iterator[bytes], Origin, int], Iterator[Record]]] = {
    "text": _text, "jsonl": _jsonl, "json": _json, "csv": csv_records,
}  # fmt: skip
"""The formats that are text with little around it, and their readers."""


# Values


def decode_json(raw: bytes, charset: Charset) -> tuple[object, Repairs]:
    """Decode one JSON value of a file. Returns the value and the repairs that were needed.

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
    text, repairs = charset.decode(raw)
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
        return isinstance(decode_json(raw, Charset())[0], dict)
    except ValueError:
        return False


def _json_name(value: object) -> str:
    names = {list: "list", str: "string", bool: "boolean", type(None): "null", dict: "object"}
    return names.get(type(value), "number")
