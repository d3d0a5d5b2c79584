"""Read the rows of an Excel workbook (.xlsx)."""

from __future__ import annotations

import os
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO

from dedupe.errors import InputError
from dedupe.reading.extras import load
from dedupe.reading.fields import Record
from dedupe.reading.problems import Origin
from dedupe.reading.streams import CHUNK_BYTES, FREE_EXPANSION_BYTES, MAX_EXPANSION
from dedupe.reading.tables import HEADER_LINES, is_later_header, shown_names

_ROWS_AT_ONCE = 100

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
"""A character as Excel writes it in XML, such as ``_x000D_``, a carriage return."""

_HEADER_ADVICE = "name the columns in one of its first rows, or give --map text=NAME"

_EXPANDS = f"unpacks to more than {MAX_EXPANSION} times its size"
_EXPANDS_ADVICE = "write it as CSV or JSONL if that is meant"


def sheet_records(stream: BinaryIO, origin: Origin) -> Iterator[Record]:
    """Yield one record for each row of every sheet that has a header with a column for the text.

    A table without such a header is reported, and so is a workbook that cannot be read, or only in part, and one that
    unpacks to more than ``MAX_EXPANSION`` times its size.
    """
    modules = load("an Excel workbook", origin, "openpyxl")
    if modules is None:
        return
    try:
        size = stream.seek(0, os.SEEK_END)
        most_bytes = FREE_EXPANSION_BYTES + MAX_EXPANSION * size
        if _unpacks_to_more(stream, most_bytes):
            origin.skipped(f"the file {_EXPANDS}", _EXPANDS_ADVICE)
            return
        yield from _workbook_records(modules[0], stream, most_bytes, origin)
    except InputError:  # a problem that the caller does not accept
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises many kinds, after what is wrong inside of the file
        origin.skipped(f"damaged workbook, the rest is lost: {error!r:.200}", "save it again, or as CSV")


def _unpacks_to_more(stream: BinaryIO, most_bytes: int) -> bool:
    """Unpack all members without keeping them, as far as needed. Raises ``BadZipFile`` if a member is damaged."""
    size = 0
    with zipfile.ZipFile(stream) as packed:
        for member in packed.infolist():
            with packed.open(member) as content:
                while part := content.read(CHUNK_BYTES):
                    size += len(part)
                    if size > most_bytes:
                        return True
    return False


def _workbook_records(openpyxl: Any, stream: BinaryIO, most_bytes: int, origin: Origin) -> Iterator[Record]:  # noqa: ANN401
    with _without_warnings():
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    characters = 0
    without_text: list[tuple[str, list[str]]] = []
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # what a sheet says of its size is often wrong, and rows beyond it would be lost
        rows = _filled_rows(sheet)
        names, header = _header(rows, origin)
        if not names and header:
            without_text.append((sheet.title, header))
        for number, cells in rows if names else ():
            fields = {name: cell for name, cell in zip(names, cells, strict=False) if name and cell is not None}
            characters += sum(len(cell) for cell in fields.values() if isinstance(cell, str))
            if characters > most_bytes:
                origin.skipped(f"the file {_EXPANDS}, the rest is left out", _EXPANDS_ADVICE)
                return
            place = str(number) if len(workbook.worksheets) == 1 else f"{sheet.title}:{number}"
            yield Record(fields, number, place)
    _name_tables_without_text(without_text, len(workbook.worksheets), origin)


def _name_tables_without_text(tables: list[tuple[str, list[str]]], sheets: int, origin: Origin) -> None:
    """Report the sheets that hold no articles, by their widest rows. Single cells beside articles are notes."""
    if len(tables) == sheets:
        shown = "; ".join(shown_names(header) for _, header in tables) or "(there are none)"
        origin.skipped(f"no sheet has a column for the text, only {shown}", _HEADER_ADVICE)
        return
    for title, header in tables:
        if len(header) > 1:
            reason = f"the sheet {title!r} has no column for the text, only {shown_names(header)}"
            origin.skipped(reason, _HEADER_ADVICE)


def _header(rows: Iterator[tuple[int, list[Any]]], origin: Origin) -> tuple[list[str], list[str]]:
    """Read on to the header of a sheet. Return its names, none if there is no header, and the widest row."""
    widest: list[str] = []
    for _, cells in islice(rows, HEADER_LINES):
        names = [str(cell or "").strip() for cell in cells]
        filled = [name for name in names if name]
        if is_later_header(names, origin.columns) if widest else origin.columns.has_text(names):
            origin.note_names(tuple(filled))
            return names, filled
        widest = max(widest, filled, key=len)
    return [], widest


def _filled_rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:  # noqa: ANN401
    """Yield the rows of a sheet that are not empty, with their numbers from 1."""
    for number, cells in enumerate(_rows(sheet), 1):
        if any(cell not in (None, "") for cell in cells):
            yield number, [_ESCAPED.sub(_unescaped, cell) if isinstance(cell, str) else cell for cell in cells]


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Yield the rows of a sheet without openpyxl's warnings of formats and rules that it leaves out."""
    rows = sheet.iter_rows(values_only=True)
    while True:
        with _without_warnings():
            some = list(islice(rows, _ROWS_AT_ONCE))
        if not some:
            return
        yield from some


@contextmanager
def _without_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
