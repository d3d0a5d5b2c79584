"""Read the rows of an Excel workbook (.xlsx)."""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from dedupe.reading.extras import load
from dedupe.reading.fields import Record, has_text, known_names
from dedupe.reading.problems import Origin
from dedupe.reading.streams import CHUNK_BYTES, FREE_EXPANSION_BYTES, MAX_EXPANSION

_EXPANDS = f"unpacks to more than {MAX_EXPANSION} times its size"
_EXPANDS_ADVICE = "write it as CSV or JSONL if that is meant"


def sheet_records(stream: BinaryIO, origin: Origin) -> Iterator[Record]:
    """Yield one record for each row of every sheet whose first row names a column for the text.

    A workbook that cannot be read, or only in part, is reported, and so is one that unpacks to more than
    ``MAX_EXPANSION`` times its size.
    """
    modules = load("an Excel workbook", origin, "openpyxl")
    if modules is None:
        return
    try:
        size = stream.seek(0, os.SEEK_END)
        if _unpacked_bytes(stream) > FREE_EXPANSION_BYTES + MAX_EXPANSION * size:
            origin.skipped(f"the file {_EXPANDS}", _EXPANDS_ADVICE)
            return
        with warnings.catch_warnings():  # of formats and rules that are not kept
            warnings.simplefilter("ignore")
            yield from _workbook_records(modules[0], stream, size, origin)
    except Exception as error:  # noqa: BLE001 - openpyxl raises many kinds, after what is wrong inside of the file
        origin.skipped(f"damaged workbook, the rest is lost: {error!r:.200}", "save it again, or as CSV")


def _unpacked_bytes(stream: BinaryIO) -> int:
    """Unpack all members without keeping them, and return their size. Raises ``BadZipFile`` if a header lies."""
    size = 0
    with zipfile.ZipFile(stream) as packed:
        for member in packed.infolist():
            size += member.file_size
            with packed.open(member) as content:
                while content.read(CHUNK_BYTES):
                    pass
    return size


def _workbook_records(openpyxl: Any, stream: BinaryIO, size: int, origin: Origin) -> Iterator[Record]:  # noqa: ANN401
    workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    headers = []
    characters = 0
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # what a sheet says of its size is often wrong, and rows beyond it would be lost
        names: list[str] = []
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if not any(cell not in (None, "") for cell in cells):
                continue
            if not names:
                names = [str(cell or "").strip().lower() for cell in cells]
                headers.append(", ".join(filter(None, names)))
                if not has_text(names):
                    break
                continue
            fields = {name: cell for name, cell in zip(names, cells, strict=False) if name and cell is not None}
            characters += sum(len(cell) for cell in fields.values() if isinstance(cell, str))
            if characters > FREE_EXPANSION_BYTES + MAX_EXPANSION * size:
                origin.skipped(f"the file {_EXPANDS}, the rest is left out", _EXPANDS_ADVICE)
                return
            place = str(number) if len(workbook.worksheets) == 1 else f"{sheet.title}:{number}"
            yield Record({name: fields[name] for name in fields if name in known_names()}, number, place)
    if not any(has_text(header.split(", ")) for header in headers):
        shown = "; ".join(header for header in headers if header) or "(there are none)"
        origin.skipped(f"no sheet has a column for the text, only {shown}", "name the columns in the first row")
