"""The lines of ``dedupe filter``: from JSON to an article, and from a verdict back to the line with a field ``dedupe``.

No line is ever lost: one that cannot be read keeps its place and its content, and gets a reason. The service reads the
articles of a request with the same ``LineParser``, and answers with the same ``Decided``.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec

from dedupe.article import Article
from dedupe.index.verdicts import Kind, Verdict
from dedupe.reading.articles import from_record
from dedupe.reading.charsets import Charset
from dedupe.reading.dates import parse_date
from dedupe.reading.fields import Columns
from dedupe.reading.problems import Origin, Problem
from dedupe.reading.records import Record, decode_json

UNKNOWN: Literal["unknown"] = "unknown"
"""The verdict of a line without a verdict of the index."""

_LINE_ENDS = {end.encode(): f"\\u{ord(end):04x}".encode() for end in "\x85\u2028\u2029"}

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """The field ``dedupe`` of an answer: a ``Verdict`` of the index without its id, or ``unknown`` with a reason.

    The fields mean what those of ``Verdict`` mean. All but ``verdict``, ``reason`` and ``replayed`` are null for
    ``unknown``.
    """

    verdict: Kind | Literal["unknown"]
    matched_id: str | None = None
    story: int | None = None
    canonical: str | None = None
    score: _Share | None = None
    jaccard: _Share | None = None
    left_in_right: _Share | None = None
    right_in_left: _Share | None = None
    reason: str
    replayed: bool = False


def decided(verdict: Verdict | None, failure: str) -> Decided:
    """Return what an answer says about one article. ``failure``: why there is no verdict, where that is None."""
    if verdict is None:
        return Decided(verdict=UNKNOWN, reason=failure)
    return Decided(**{name: getattr(verdict, name) for name in Decided.__struct_fields__})


@dataclass(frozen=True, slots=True)
class FilterLine:
    """One line of the input.

    ``file`` is the name of the file in messages, ``number`` counts its lines from 1. ``raw`` holds the bytes without
    the line end; it is empty if they had to be repaired. ``record`` is the JSON object on the line, None if there is
    none. ``article`` is None if the line has no article, and ``reason`` then says why. ``repairs`` are the changes that
    were needed to read the article. ``has_own_id`` is false if the article is named after its line.
    """

    file: str
    number: int
    raw: bytes
    record: dict[str, Any] | None
    article: Article | None
    reason: str
    repairs: tuple[Problem, ...] = ()
    has_own_id: bool = True


def line_too_large(number: int, file: str, max_record_bytes: int) -> FilterLine:
    """Return a line that stands for one of more than ``max_record_bytes``."""
    reason = f"a line of more than {max_record_bytes:,} bytes, which are not kept; raise --max-record-mb to read it"
    return FilterLine(file, number, b"", None, None, reason)


class LineParser:
    """Reads the articles on the lines of some files.

    ``columns`` finds the fields of an article. ``encoding`` is that of lines that are not UTF-8; if it is None, it is
    detected for each file. ``day_first`` says what a date such as 01/02/2024 means; if it is None, such a date is left
    out.
    """

    def __init__(self, columns: Columns, encoding: str | None = None, day_first: bool | None = None) -> None:
        self._columns = columns
        self._encoding = encoding
        self._day_first = day_first
        self._origins: dict[str, Origin] = {}

    def parse(self, raw: bytes, number: int, file: str, stem: str) -> FilterLine:
        """Return the line with its article. An article without an id gets the id ``stem:number``."""
        body = raw.rstrip(b"\r\n")
        if not body.strip():
            return FilterLine(file, number, body, None, None, "an empty line")
        problems: list[Problem] = []
        origin = replace(self._origin(file, stem), report=problems.append)
        try:
            record, json_repairs = decode_json(body, origin.charset)
        except ValueError as error:
            return FilterLine(file, number, body, None, None, f"not valid JSON: {error}")
        if not isinstance(record, dict):
            return FilterLine(file, number, body, None, None, "JSON, but no object: write each article as an object")
        place = str(number)
        article = from_record(
            Record(record, number, place, json_repairs),
            origin,
            lambda value, language: parse_date(value, self._day_first, language),
        )
        reason = "" if article else "; ".join(problem.reason for problem in problems)
        has_own_id = article is None or article.id != f"{stem}:{place}"
        kept = b"" if json_repairs else body
        return FilterLine(file, number, kept, record, article, reason, tuple(problems), has_own_id)

    def _origin(self, file: str, stem: str) -> Origin:
        if file not in self._origins:
            self._origins[file] = Origin(file, stem, lambda _: None, self._columns, Charset(self._encoding))
        return self._origins[file]

    def absent_columns(self) -> list[Problem]:
        """Return a problem for each column that the user named and that no line of a file has."""
        problems: list[Problem] = []
        for origin in self._origins.values():
            replace(origin, report=problems.append).name_absent()
        return problems


def annotated(line: FilterLine, verdict: Verdict | None, failure: str, *, keep_unreadable: bool) -> bytes:
    """Return the line, otherwise with the same values, with the verdict as its last field ``dedupe``.

    Without a verdict the field says ``unknown`` and gives as reason that of the line or else ``failure``. A line that
    is no JSON object becomes one; with ``keep_unreadable`` its field ``unreadable`` holds the content.
    """
    encoded = msgspec.json.encode(decided(verdict, line.reason or failure))
    if line.record is None:
        content = _as_text(line.raw, "unreadable") if keep_unreadable else {}
        return _in_one_line(msgspec.json.encode({"line": line.number, **content, "dedupe": msgspec.Raw(encoded)}))
    if line.raw and line.record and "dedupe" not in line.record:
        return _in_one_line(line.raw.rstrip()[:-1].rstrip() + b', "dedupe": ' + encoded + b"}")
    return _in_one_line(msgspec.json.encode({**_encodable(line.record), "dedupe": msgspec.Raw(encoded)}))


def quarantined(line: FilterLine, failure: str) -> bytes:
    """Return a JSON line with the content of a line in ``raw``, its file and number, and why it has no verdict.

    The reason is that of the line or else ``failure``.
    """
    about = {"file": line.file, "line": line.number, "reason": line.reason or failure}
    if not line.raw and line.record is not None:
        raw = {"raw": msgspec.json.encode(_encodable(line.record)).decode()}
    else:
        raw = _as_text(line.raw, "raw")
    return _in_one_line(msgspec.json.encode({**about, **raw}))


def _in_one_line(line: bytes) -> bytes:
    """Return a line of JSON with escapes for what `str.splitlines`, JavaScript and others take for the end of a line.

    Such characters can only stand in its strings, so that its values stay the same.
    """
    for end, escape in _LINE_ENDS.items():
        if end[-1:] in line:  # one byte is found, or not, many times as fast as three
            line = line.replace(end, escape)
    return line


def _as_text(raw: bytes, name: str) -> dict[str, str]:
    """Return the bytes unchanged as a JSON field: as text if they are UTF-8, else as base 64 under ``name_base64``."""
    try:
        return {name: raw.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(raw).decode()}


def _encodable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON value with "?" for unpaired surrogates, which UTF-8 cannot represent."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if isinstance(value, list):
        return [_encodable(part) for part in value]
    if isinstance(value, dict):
        return {_encodable(name): _encodable(part) for name, part in value.items()}
    return value
