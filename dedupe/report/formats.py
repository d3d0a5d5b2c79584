"""What every report needs: text that is safe in a terminal or a spreadsheet, and records as JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""A spreadsheet may read a cell that begins with one of these as a formula; those of East Asia also read the full-width
forms."""

_LINE_ENDS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
"""What JSON may hold as it is, and `str.splitlines`, JavaScript and others take for the end of a line."""


def printable(text: str) -> str:
    r"""Return the text on one line, without control and format characters, so that no headline can move the cursor.

    White space becomes a blank; any other character that cannot be printed becomes U+FFFD.

    >>> printable("Breaking\x1b[2J\nnews")
    'Breaking\ufffd[2J news'
    """
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def clipped(text: str, width: int) -> str:
    """Return the text, or its beginning and an ellipsis where it has more than ``width`` characters.

    >>> clipped("Talks end", 9), clipped("Talks ended", 9)
    ('Talks end', 'Talks en…')
    """
    return text if len(text) <= width else f"{text[: width - 1]}…"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with the noun that it counts. ``many`` is the plural, if that is not ``one`` with an s.

    >>> counted(1, "story", "stories"), counted(1200, "pair")
    ('1 story', '1,200 pairs')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def shown_probability(probability: float, digits: int = 3) -> str:
    """Return a probability with so many digits, but never as a certainty.

    >>> shown_probability(0.8306), shown_probability(0.99971), shown_probability(0.002, digits=2)
    ('0.831', '>0.999', '<0.01')
    """
    least = 10**-digits
    if least <= probability <= 1 - least:
        return f"{probability:.{digits}f}"
    return f"<{least:.{digits}f}" if probability < least else f">{1 - least:.{digits}f}"


def formula_safe(cell: object) -> object:
    """Return a CSV cell that no spreadsheet reads as a formula: an apostrophe is put before a text that looks like one.

    Source: OWASP, "CSV Injection". Values that are not strings stay as they are.

    >>> formula_safe("=HYPERLINK(...)")
    "'=HYPERLINK(...)"
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_START) else cell


def json_line(record: object) -> str:
    r"""Return a record as one line of JSON, also for programs that end a line at U+0085, U+2028 or U+2029.

    >>> json_line({"title": "one\u2028line"})
    '{"title":"one\\u2028line"}'
    """
    line = msgspec.json.encode(record).decode()
    return line if line.isascii() else line.translate(_LINE_ENDS)


def json_document(record: object) -> str:
    """Return a record as JSON over several lines, indented by two blanks."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode()


def json_document_lines(record: DataclassInstance) -> Iterator[str]:
    """Yield the lines of ``json_document`` of a dataclass instance, an element of each of its lists at a time.

    A large document is never in memory as a whole.
    """
    names = [field.name for field in fields(record)]
    yield "{"
    for name in names:
        value, comma = getattr(record, name), "," if name != names[-1] else ""
        if not isinstance(value, tuple) or not value:
            yield f'  "{name}": {_indented(value, 2)}{comma}'
            continue
        yield f'  "{name}": ['
        for place, element in enumerate(value, 1):
            yield f"    {_indented(element, 4)}{',' if place < len(value) else ''}"
        yield f"  ]{comma}"
    yield "}"


def _indented(record: object, blanks: int) -> str:
    """A record as ``json_document`` writes it, so many blanks further to the right from its second line on."""
    return json_document(record).replace("\n", "\n" + " " * blanks)


def csv_lines(records: Iterable[object], header: Iterable[str]) -> Iterator[str]:
    """Yield dataclass instances as lines of CSV, after a header line.

    A field that is itself a dataclass instance gives columns such as ``relation_kind``. A column of ``header`` that a
    record does not have, or has as None, is empty. Raises TypeError for a record that is no dataclass instance.
    """
    names = list(header)
    yield _csv_line(names)
    for record in records:
        flat = _flat(record)
        yield _csv_line([formula_safe(flat.get(name)) for name in names])


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    # The writer quotes a cell with a line break only if the break is part of the line terminator.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n")


def _flat(record: object, prefix: str = "") -> dict[str, object]:
    """Return the fields by column name; the fields of nested records carry the name of their parent."""
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
