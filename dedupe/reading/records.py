"""Bytes of any format we read → records: the fields of one article as its file has them.

    records(stream, format_name, origin)   text · jsonl · json · csv · parquet; None: the content decides

JSONL and CSV are read line by line and never held whole. What cannot be read is told to ``origin`` as a ``Problem``,
and the next record follows.
"""

from __future__ import annotations

import csv
import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from itertools import chain
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa

from dedupe.reading.problems import Origin, Problem
from dedupe.reading.streams import CHUNK_BYTES, decoded_parts, lines, look_ahead, whole

__all__ = ["Origin", "Problem", "Record", "field_aliases", "format_of", "has_text", "records"]


#: The largest line, CSV cell or .txt file taken as one article. News articles are a few KB; a longer line is a broken
#: file, and holding it whole could take the machine down.
MAX_RECORD_BYTES = 128 * 2**20

#: The largest JSON document: unlike JSONL it must be held whole, and takes about four times its size in memory.
MAX_JSON_BYTES = 2**30


Repairs = tuple[tuple[str, str], ...]
"""What was changed to keep a record: pairs of reason and advice."""


_EXTENSIONS = {
    ".txt": "text", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".ninjs": "json",
    ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip

_FIELDS = ("id", "text", "html", "title", "published_at", "publisher", "url", "language")

_LONGEST_TITLE = 300

_NOT_UTF8 = ("invalid UTF-8: the unreadable bytes became U+FFFD", "convert the file to UTF-8")


@dataclass(frozen=True, slots=True)
class Record:
    """The fields as in the file; the ``line`` where they start, counted as in ``Problem``.

    ``place`` tells the record from the others of its file; it is "" where the record is the whole file.
    """

    fields: dict[str, Any]
    line: int | None = None
    place: str = ""
    repairs: Repairs = ()


def format_of(file_name: str) -> str | None:
    """The format a file name says, None where it says none. ``.gz`` may follow.

    >>> format_of("day.jsonl.gz"), format_of("README.md")
    ('jsonl', None)
    """
    name = file_name.lower().removesuffix(".gz")
    return next((kind for ending, kind in _EXTENSIONS.items() if name.endswith(ending)), None)


@functools.cache
def field_aliases() -> dict[str, list[str]]:
    """The names our fields have in other people's files (``data/field_aliases.json``)."""
    table = resources.files("dedupe").joinpath("data/field_aliases.json").read_bytes()
    names: dict[str, Any] = msgspec.json.decode(table)
    return {field: known for field, known in names.items() if isinstance(known, list)}


def _known_names() -> set[str]:
    """Every name an article's field may have, in lower case."""
    return set(chain.from_iterable(field_aliases()[field] for field in _FIELDS))


def has_text(names: Iterable[str]) -> bool:
    """Whether one of these field names, in any case, holds an article's text."""
    wanted = {*field_aliases()["text"], *field_aliases()["html"]}
    return any(name.strip().lower() in wanted for name in names)


def records(stream: BinaryIO, format_name: str | None, origin: Origin) -> Iterator[Record]:
    """The records of one opened input, in its order; ``format_name`` None: its first line decides the format."""
    parts = decoded_parts(stream, origin)
    name = format_name
    if name is None:
        head, parts = look_ahead(parts, lambda head: b"\n" in head.lstrip() or len(head) >= CHUNK_BYTES)
        if not head.strip():
            return iter(())
        name = _guess_format(head)
    if name == "parquet":
        return _parquet(stream, origin)
    readers = {"text": _text, "jsonl": _jsonl, "json": _json, "csv": _csv}
    return readers[name](parts, origin)


def _guess_format(head: bytes) -> str:
    first = head.lstrip().partition(b"\n")[0].strip()
    if first.startswith(b"PAR1"):
        return "parquet"
    if re.match(rb'\{\s*["}]', first) and (first.endswith(b"}") or b"\n" not in head):
        return "jsonl"  # its first line ends where an object ends; that of a longer JSON document does not
    if re.match(rb'\{\s*(["}]|$)|\[\s*([\[{\]]|$)', first):
        return "json"
    names = _header(first.decode("utf-8", "replace"))[1]
    return "csv" if len(_known_names().intersection(names)) > 1 else "text"


# One reader a format


def _text(parts: Iterator[bytes], origin: Origin) -> Iterator[Record]:
    """The whole file is one article, its first non-empty line the title."""
    content = whole(parts, MAX_RECORD_BYTES, origin)
    if content is None:
        return
    text, repairs = _decode(content)
    beginning = text.lstrip()[:_LONGEST_TITLE].splitlines()
    yield Record({"title": beginning[0].strip() if beginning else "", "text": text}, repairs=repairs)


def _jsonl(parts: Iterator[bytes], origin: Origin) -> Iterator[Record]:
    """One object a line. A line may also be a whole document with a list of articles in it."""
    for number, line in enumerate(lines(parts, MAX_RECORD_BYTES), 1):
        if line is None:
            _too_long(number, origin)
        elif line.strip():
            yield from _jsonl_line(line, number, origin)


def _jsonl_line(line: bytes, number: int, origin: Origin) -> Iterator[Record]:
    try:
        value, repairs = decode_json(line)
    except ValueError as error:
        origin.skipped(f"not valid JSON: {error}", "write one JSON object a line", number)
        return
    found = _articles_in(value) if isinstance(value, dict) else [value]
    for nth, fields in enumerate(found, 1):
        place = f"{number}" if len(found) == 1 else f"{number}.{nth}"
        yield from _record(fields, Record({}, number, place, repairs), origin)


def _json(parts: Iterator[bytes], origin: Origin) -> Iterator[Record]:
    """A list of objects, one object, or an object that holds the list; JSONL under a wrong name is read as JSONL."""
    content = whole(parts, MAX_JSON_BYTES, origin)
    if content is None or not content.strip():
        return
    try:
        value, repairs = decode_json(content)
    except ValueError as error:
        first_lines = content.lstrip().split(b"\n", 20)[:20]
        if content.lstrip().startswith(b"{") and any(_is_object(line) for line in first_lines):
            yield from _jsonl(iter([content]), origin)
        else:
            origin.skipped(f"not valid JSON: {error}", "check that the file is complete")
        return
    for number, fields in enumerate(_articles_in(value), 1):
        yield from _record(fields, Record({}, number, str(number), repairs), origin)


def _record(fields: object, empty: Record, origin: Origin) -> Iterator[Record]:
    """``empty`` filled with the fields, or a problem where they are no object."""
    if isinstance(fields, dict):
        yield replace(empty, fields=fields)
    else:
        origin.skipped(f"a JSON {_json_name(fields)}, not an object", "write each article as an object", empty.line)


def _articles_in(value: object) -> list[object]:
    """The articles of one JSON document: a list's members, or those of the list an object holds, or the object."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and not has_text(value):
        for key in field_aliases()["lists_of_articles"]:
            if isinstance(value.get(key), list | dict):
                return _articles_in(value[key])
    return [value]


def _csv(parts: Iterator[bytes], origin: Origin) -> Iterator[Record]:
    """A header, then one article a row. Of comma, semicolon, tab and bar, the header shows which separates cells."""
    damaged: list[int] = []
    texts = _csv_lines(parts, damaged, origin)
    first = next(texts, "")
    delimiter, names = _header(first)
    if not first.strip():
        return
    if not has_text(names):
        reason = f"the header has no column for the text, only {', '.join(names)}"
        origin.skipped(reason, "name the columns in the first line: id, title, text, …", 1)
        return
    # This limit is one for the whole process, so it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD_BYTES))
    rows = csv.reader(texts, delimiter=delimiter, strict=True)
    while True:
        line = rows.line_num + 2  # the row begins behind the lines read so far and the header
        try:
            cells = next(rows, None)
        except csv.Error as error:
            origin.skipped(f"not valid CSV: {error}", "quote cells and double the quotes inside them", line)
            continue
        if cells is None:
            return
        if cells:
            yield _csv_record(names, cells, line, (_NOT_UTF8,) if damaged else ())
        damaged.clear()


def _csv_record(names: list[str], cells: list[str], line: int, repairs: Repairs) -> Record:
    if len(cells) > len(names):
        reason = f"{len(cells)} cells under {len(names)} column names, those beyond left out"
        repairs += ((reason, "quote cells that contain the delimiter"),)
    return Record(dict(zip(names, cells, strict=False)), line, str(line), repairs)


def _csv_lines(parts: Iterator[bytes], damaged: list[int], origin: Origin) -> Iterator[str]:
    """Lines as text; the numbers of those with invalid UTF-8 go to ``damaged``."""
    for number, line in enumerate(lines(parts, MAX_RECORD_BYTES), 1):
        if line is None:
            _too_long(number, origin)
        text, repairs = _decode(line or b"\n")
        if repairs:
            damaged.append(number)
        yield text


def _too_long(line: int, origin: Origin) -> None:
    origin.skipped(f"a line of more than {MAX_RECORD_BYTES:,} bytes", "check for missing line ends", line)


def _header(line: str) -> tuple[str, list[str]]:
    """The delimiter and the column names, in lower case."""
    known = _known_names()
    best: tuple[str, list[str]] = (",", [])
    for delimiter in ",;\t|":
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:  # longer than the limit: no header
            continue
        names = [cell.strip().lower() for cell in cells]
        if (len(known.intersection(names)), len(names)) > (len(known.intersection(best[1])), len(best[1])):
            best = delimiter, names
    return best


def _parquet(stream: BinaryIO, origin: Origin) -> Iterator[Record]:
    """One article a row, of the columns we know; row groups are read in small batches."""
    import pyarrow.parquet as pq  # loaded only where a Parquet file is read

    if not stream.seekable():
        origin.skipped("Parquet cannot be read from a pipe", "give the file's path")
        return
    try:
        file = pq.ParquetFile(stream)
        known = _known_names()
        names = [name for name in file.schema_arrow.names if name.strip().lower() in known]
        if not has_text(names):
            reason = f"no column for the text, only {', '.join(file.schema_arrow.names)}"
            origin.skipped(reason, "name the text column text, body or content")
            return
        number = 0
        for batch in file.iter_batches(batch_size=256, columns=names):
            columns = [_python_values(column) for column in batch.columns]
            for row in zip(*columns, strict=True):
                number += 1
                yield _parquet_record(dict(zip(batch.schema.names, row, strict=True)), number)
    except (pa.ArrowException, OSError) as error:
        origin.skipped(f"damaged Parquet, the rest is lost: {error}", "write or fetch the file again")


def _parquet_record(fields: dict[str, Any], number: int) -> Record:
    repairs: Repairs = ()
    for name, value in fields.items():
        if isinstance(value, bytes):
            fields[name], found = _decode(value)
            repairs = repairs or found
    return Record(fields, number, str(number), repairs)


def _python_values(column: pa.Array) -> list[Any]:
    """A column as Python values: dates as datetimes, strings that are not valid UTF-8 as bytes."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        # Python has no nanoseconds: finer units would raise.
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


# Values


def _decode(raw: bytes) -> tuple[str, Repairs]:
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace"), (_NOT_UTF8,)


def decode_json(raw: bytes) -> tuple[object, Repairs]:
    """One JSON value, and what had to be forgiven. ``ValueError`` where it cannot be read; never ``RecursionError``.

    msgspec takes strict JSON only. What Python's own module reads besides (NaN, control characters in strings, half
    surrogates) is common enough in scraped files to be worth keeping, with a word.
    """
    try:
        return msgspec.json.decode(raw), ()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as error:
        strict_reason = str(error).removeprefix("JSON is malformed: ")
    text, repairs = _decode(raw)
    try:
        value = json.loads(text, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise ValueError(strict_reason) from None
    if repairs or re.search(r"\\ud[89a-f]", text, re.IGNORECASE):
        return value, repairs  # half a surrogate is reported where it matters: in a field of the article
    return value, ((f"not strict JSON ({strict_reason})", "write NaN as null, escape control characters"),)


def _is_object(raw: bytes) -> bool:
    try:
        return isinstance(decode_json(raw)[0], dict)
    except ValueError:
        return False


def _json_name(value: object) -> str:
    names = {list: "list", str: "string", bool: "boolean", type(None): "null", dict: "object"}
    return names.get(type(value), "number")
