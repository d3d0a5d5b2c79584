"""The statistics, the health and the content of an index, as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from tabulate import tabulate

from dedupe.index import Examination, Index, Stats
from dedupe.index.clock import time_of
from dedupe.report.formats import json_line, printable


def stats_lines(stats: Stats, format_name: str) -> Iterator[str]:
    """Yield the statistics in the format ``table`` (one number per line, then the notes) or ``json``."""
    values = asdict(stats)
    if format_name == "json":
        yield json_line(values)
        return
    notes = values.pop("notes")
    cells = [(name.replace("_", " "), _cell(value)) for name, value in values.items()]
    yield tabulate(cells, tablefmt="plain", disable_numparse=True)
    yield from (f"note: {note}" for note in notes)


def doctor_lines(examination: Examination, format_name: str) -> Iterator[str]:
    """Yield what was checked and what was found, in the format ``table`` (one finding per line) or ``json``."""
    if format_name == "json":
        yield json_line(asdict(examination) | {"is_sound": examination.is_sound})
        return
    findings = (("checked", examination.checked), ("note", examination.notes), ("DAMAGED", examination.damaged))
    for title, lines in findings:
        yield from (f"{title}: {printable(line)}" for line in lines)
    if examination.is_sound:
        yield "sound"
    else:
        yield (
            "damaged: all other articles are as they were stored; `dedupe index doctor DIR --salvage NEW_DIR` writes "
            "them into a new index, and an index on a server is restored by pg_restore"
        )


def export_lines(index: Index) -> Iterator[str]:
    """Yield one JSON line per stored article, in order of arrival: its times, its number of words and its verdict."""
    for row in index.export():
        verdict = asdict(row.answer(replayed=False))
        del verdict["replayed"]
        published = None if row.published is None else time_of(row.published)
        yield json_line({"arrived": time_of(row.arrived), "published_at": published, "words": row.words} | verdict)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S UTC")
    return "–" if value in (None, "") else f"{value:,}" if isinstance(value, int) else printable(str(value))
