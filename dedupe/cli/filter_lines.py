"""Lines of JSON → articles, and verdicts → the same lines with a ``dedupe`` object: what a filter in a pipe needs.

A line is never lost: what cannot be read keeps its place, its content and a reason.
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from dedupe.index.verdicts import Verdict
from dedupe.reading.articles import from_record
from dedupe.reading.problems import Origin, Problem
from dedupe.reading.records import MAX_RECORD_BYTES, Record, decode_json
from dedupe.schemas import Article

UNKNOWN = "unknown"
"""The verdict of a line no verdict can be given on."""


@dataclass(frozen=True, slots=True)
class FilterLine:
    """One line of input. ``article`` is None where it holds none, and ``reason`` says why; ``repairs`` says what was
    changed to read it. ``record``: the object on the line, None where it is none; ``raw``: its bytes without the line
    end, unless they had to be repaired."""

    number: int
    raw: bytes
    record: dict[str, Any] | None
    article: Article | None
    reason: str
    repairs: tuple[Problem, ...] = ()
    has_own_id: bool = True


def parse_line(raw: bytes | None, number: int, file: str, stem: str) -> FilterLine:
    """One line of a file. ``raw`` None: longer than a record may be, and not kept."""
    if raw is None:
        return FilterLine(
            number, b"", None, None, f"a line of more than {MAX_RECORD_BYTES:,} bytes, which are not kept"
        )
    body = raw.rstrip(b"\r\n")
    if not body.strip():
        return FilterLine(number, body, None, None, "an empty line")
    try:
        record, repairs = decode_json(body)
    except ValueError as error:
        return FilterLine(number, body, None, None, f"not valid JSON: {error}")
    if not isinstance(record, dict):
        return FilterLine(number, body, None, None, "JSON, but no object: write each article as an object")
    said: list[Problem] = []
    place = str(number)
    article = from_record(Record(record, number, place, repairs), Origin(file, stem, said.append))
    reason = "" if article else "; ".join(problem.reason for problem in said)
    own_id = article is None or article.id != f"{stem}:{place}"
    return FilterLine(number, b"" if repairs else body, record, article, reason, tuple(said), own_id)


def annotated(line: FilterLine, verdict: Verdict | None, reason: str = "", *, keep_unreadable: bool = True) -> bytes:
    """The line as it came, with the verdict as its last field ``dedupe``; without a verdict that is ``unknown``.

    A line that is no JSON object becomes one, which holds it as ``unreadable`` where ``keep_unreadable`` says so.
    """
    if verdict is None:
        names = (*(name for name in Verdict.__slots__ if name not in ("id", "verdict", "reason", "replayed")),)
        answer = {"verdict": UNKNOWN, **dict.fromkeys(names), "reason": line.reason or reason, "replayed": False}
    else:
        answer = asdict(verdict)
        del answer["id"]
    encoded = msgspec.json.encode(answer)
    if line.record is None:
        kept = {"line": line.number, **(as_text(line.raw, "unreadable") if keep_unreadable else {})}
        return msgspec.json.encode({**kept, "dedupe": msgspec.Raw(encoded)})
    if line.raw and line.record and "dedupe" not in line.record:
        return line.raw.rstrip()[:-1].rstrip() + b', "dedupe": ' + encoded + b"}"
    return msgspec.json.encode({**_valid(line.record), "dedupe": msgspec.Raw(encoded)})


def quarantined(line: FilterLine, file: str, reason: str = "") -> bytes:
    """A line with the place it came from and the reason it was set aside, as one line of JSON."""
    about = {"file": file, "line": line.number, "reason": line.reason or reason}
    if not line.raw and line.record is not None:
        return msgspec.json.encode({**about, "raw": msgspec.json.encode(_valid(line.record)).decode()})
    return msgspec.json.encode({**about, **as_text(line.raw, "raw")})


def as_text(raw: bytes, name: str) -> dict[str, str]:
    """Bytes under a name: as text where they are UTF-8, else in base 64, so that nothing is changed."""
    try:
        return {name: raw.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(raw).decode()}


def _valid(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value with half surrogates replaced, which no UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if isinstance(value, list):
        return [_valid(part) for part in value]
    if isinstance(value, dict):
        return {_valid(name): _valid(part) for name, part in value.items()}
    return value
