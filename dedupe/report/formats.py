"""What every report needs: text made safe for a terminal or a spreadsheet, and records as JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    r"""Text on one line without control or format characters, so that no headline can move the cursor.

    >>> printable("Breaking\x1b[2J\nnews")
    'Breaking\ufffd[2J news'
    """
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def formula_safe(cell: object) -> object:
    """A CSV cell that no spreadsheet takes for a formula (OWASP, "CSV Injection").

    >>> formula_safe("=HYPERLINK(...)")
    "'=HYPERLINK(...)"
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_START) else cell


def json_line(record: object) -> str:
    """A record as one line of JSON."""
    return msgspec.json.encode(record).decode()


def json_document(record: object) -> str:
    """A record as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode()


def csv_lines(records: Iterable[object], header: Iterable[str]) -> Iterator[str]:
    """Records as CSV lines under a header; nested records give columns such as ``relation_kind``."""
    names = list(header)
    yield _csv_line(names)
    for record in records:
        flat = _flat(record)
        yield _csv_line([formula_safe(flat.get(name)) for name in names])


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _flat(record: object, prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for field in fields(_as_dataclass(record)):
        value = getattr(record, field.name)
        if is_dataclass(value):
            flat |= _flat(value, f"{prefix}{field.name}_")
        else:
            flat[prefix + field.name] = value
    return flat


def _as_dataclass(record: object) -> Any:  # noqa: ANN401 - dataclasses.fields has no public protocol for its argument
    if not is_dataclass(record):
        raise TypeError(f"not a record: {record!r}")
    return record
