"""Read the records of a CSV file: a header and one article per row, as spreadsheets and databases write them.

Cells are separated by commas, semicolons, tabs or vertical bars; the header shows by which, or a line ``sep=;`` before
it. A quotation mark inside a quoted cell is doubled, or has a backslash before it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from dedupe.reading.fields import Columns, Record, Repairs
from dedupe.reading.problems import Origin
from dedupe.reading.streams import LARGER_RECORDS, lines, report_too_long

MAX_COLUMNS = 1000
"""Most columns of a CSV header. A table of articles has a few dozen."""

_DELIMITERS = ",;\t|"

_SEPARATOR = re.compile(r'"?sep=(.)"?\s*$', re.IGNORECASE)
"""The first line by which Excel is told how the cells are separated."""

HEADER_LINES = 20
"""Rows among which the header of a table is looked for: programs that export news write their name and a date above."""

_MOST_SHOWN, _LONGEST_SHOWN = 12, 40
"""Names of columns that a message shows, and characters of each."""

_NULL = "\\N"
"""How MySQL and PostgreSQL write that a cell has no value."""

_NO_VALUES = frozenset((_NULL, "nan", "NaN", "NaT", "null", "NULL", "None", "<NA>", "#N/A"))
"""How databases, pandas and Excel write that a cell has no value."""

_ESCAPED_QUOTE = '\\"'


def is_header(line: str, columns: Columns) -> bool:
    """Return whether the first line of a file looks like that of a CSV file with articles."""
    return bool(_SEPARATOR.match(line)) or sum(map(columns.is_known, _header(line, columns, _DELIMITERS)[1])) > 1


def csv_records(parts: Iterator[bytes], origin: Origin, limit: int) -> Iterator[Record]:
    """Yield one record per row. A row of more than ``limit`` characters ends the reading, which is reported."""
    texts = _RowLines(parts, origin, limit)
    first = next(texts, "")
    separator = _SEPARATOR.match(first)
    if separator:
        first = next(texts, "")
    delimiter, names = _header(first, origin.columns, separator[1] if separator else _DELIMITERS)
    if not origin.columns.has_text(names) and not separator:
        first, delimiter, names = _later_header(texts, origin.columns) or (first, delimiter, names)
    if not first.strip():
        return
    if len(names) > MAX_COLUMNS:
        reason = f"the header has {len(names):,} columns, more than {MAX_COLUMNS:,}"
        origin.skipped(reason, "write one column for each field of an article", texts.number)
        return
    origin.note_names(names)
    if not origin.columns.has_text(names):
        reason = f"the header has no column for the text, only {shown_names(names)}"
        advice = "name the columns in the first line: id, title, text, …, or give --map text=NAME"
        origin.skipped(reason, advice, texts.number)
        return
    is_padded = first.count(delimiter) == first.count(f"{delimiter} ")
    for line, cells in _rows(texts, delimiter, len(names), origin, is_padded):
        repairs = tuple(dict.fromkeys(texts.repairs))
        texts.repairs.clear()
        if cells:
            yield _record(names, cells, line, repairs)


def _rows(
    texts: _RowLines, delimiter: str, width: int, origin: Origin, is_padded: bool
) -> Iterator[tuple[int, list[str]]]:
    r"""Yield the line in which each row begins, and its cells. Rows that cannot be read are reported.

    A row that is not valid and has ``\"``, or has more than ``width`` cells and a backslash before a delimiter, is read
    again with the backslash as escape character. If that makes it valid, all further rows are read so. ``is_padded``: a
    blank follows each delimiter, also before a quotation mark.
    """
    # The csv module has one limit for the whole process, so it is raised here and never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), texts.limit))
    plain: Iterator[list[str]] = csv.reader(texts, delimiter=delimiter, strict=True, skipinitialspace=is_padded)
    rows = plain
    while True:
        line = texts.begin_row()
        try:
            cells = next(rows, None)
        except _RowTooLargeError:
            # What follows is inside of a cell, and could be taken for rows by mistake.
            reason = f"a row of more than {texts.limit:,} bytes, the rest of the file is left out"
            origin.skipped(reason, f"check for a quotation mark that is never closed, or {LARGER_RECORDS}", line)
            return
        except csv.Error as error:
            escaped = _escaped_reader(texts, delimiter)
            cells = _read_again(escaped, texts) if rows is plain and texts.row_has(_ESCAPED_QUOTE) else None
            if cells is None:
                origin.skipped(f"not valid CSV: {error}", "quote cells and double the quotes inside them", line)
                continue
            rows = escaped
        if cells is None:
            return
        if len(cells) > width and rows is plain and texts.row_has(f"\\{delimiter}"):
            escaped = _escaped_reader(texts, delimiter)
            if again := _read_again(escaped, texts):
                rows, cells = escaped, again
        yield line, cells


def _escaped_reader(texts: _RowLines, delimiter: str) -> Iterator[list[str]]:
    r"""Return a reader in which a backslash escapes what follows. ``\N``, which it reads as N, becomes "" before."""
    null = re.compile(rf"(?<![^{re.escape(delimiter)}])\\N(?=[{re.escape(delimiter)}\r\n]|$)")
    lines_without = (null.sub("", text) if _NULL in text else text for text in texts)
    return csv.reader(lines_without, delimiter=delimiter, strict=True, escapechar="\\")


def _read_again(rows: Iterator[list[str]], texts: _RowLines) -> list[str] | None:
    """Return the cells of the current row, read with another reader. None if that cannot read the row either."""
    length = texts.row_length
    texts.give_again(0)
    try:
        return next(rows, None)
    except (csv.Error, _RowTooLargeError):
        texts.give_again(length)
        return None


def _record(names: tuple[str, ...], cells: list[str], line: int, repairs: Repairs) -> Record:
    if len(cells) > len(names):
        reason = f"{len(cells)} cells under {len(names)} column names, those beyond left out"
        repairs += ((reason, "quote cells that contain the delimiter"),)
    values = ("" if cell in _NO_VALUES else cell for cell in cells)
    return Record(dict(zip(names, values, strict=False)), line, str(line), repairs)


def _header(line: str, columns: Columns, delimiters: str) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter and the column names: the delimiter that gives the most known names."""
    best, best_known = (delimiters[0], tuple[str, ...]()), (-1, -1)
    for delimiter in delimiters:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:  # a cell is longer than the limit, so this is no header
            continue
        known = sum(map(columns.is_known, cells)), len(cells)
        if known > best_known:
            best, best_known = (delimiter, tuple(cell.strip() for cell in cells)), known
    return best


def _later_header(texts: _RowLines, columns: Columns) -> tuple[str, str, tuple[str, ...]] | None:
    """Read on to a header below the first line. Return it, its delimiter and its names.

    If there is none, give the lines again and return None.
    """
    texts.begin_row()
    for line in islice(texts, HEADER_LINES):
        delimiter, names = _header(line, columns, _DELIMITERS)
        if is_later_header(names, columns):
            return line, delimiter, names
    texts.give_again(0)
    return None


def is_later_header(names: Sequence[str], columns: Columns) -> bool:
    """Return whether the cells of a row below the first are the header: one names the text, another one more field."""
    return columns.has_text(names) and sum(map(columns.is_known, filter(None, names))) > 1


def shown_names(names: Sequence[str]) -> str:
    """Return the names of columns as a message shows them: not all if there are many, and long ones cut."""
    shown = [name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…" for name in names if name]
    return ", ".join(shown[:_MOST_SHOWN]) + (", …" if len(shown) > _MOST_SHOWN else "")


class _RowTooLargeError(Exception):
    """The lines of one CSV row are larger than the limit together."""


class _RowLines:
    """The lines for the CSV reader, which joins them to one row for as long as a quotation mark is open.

    Raises ``_RowTooLargeError`` where the lines since ``begin_row`` have more than ``limit`` characters. ``number``
    counts the lines that were given, ``repairs`` are those that they needed.
    """

    def __init__(self, parts: Iterator[bytes], origin: Origin, limit: int) -> None:
        self.number = 0
        self.repairs: list[tuple[str, str]] = []
        self._lines = enumerate(lines(parts, limit), 1)
        self._origin = origin
        self.limit = limit
        self._row: list[str] = []
        self._waiting: list[str] = []  # lines to give again, the last one first
        self._characters = 0

    def begin_row(self) -> int:
        """Begin a row with the next line, and return its number."""
        self._row = []
        self._characters = 0
        return self.number + 1

    @property
    def row_length(self) -> int:
        """The number of lines that the row has so far."""
        return len(self._row)

    def row_has(self, piece: str) -> bool:
        """Return whether a piece of text is in one of the lines of the row."""
        return any(piece in line for line in self._row)

    def give_again(self, first: int) -> None:
        """Take back the lines of the row from this one on, so that they are given again."""
        taken = self._row[first:]
        self._waiting += reversed(taken)
        self._row = self._row[:first]
        self.number -= len(taken)
        self._characters = sum(map(len, self._row))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = self._waiting.pop() if self._waiting else self._read()
        self.number += 1
        self._row.append(text)
        self._characters += len(text)
        if self._characters > self.limit:
            raise _RowTooLargeError
        return text

    def _read(self) -> str:
        number, line = next(self._lines)
        if line is None:
            report_too_long(number, self._origin, self.limit)
        text, repairs = self._origin.charset.decode(line or b"\n")
        self.repairs += repairs
        return text
