"""``dedupe index``: look after the index of ``dedupe filter``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dedupe.cli.delivery import deliver
from dedupe.cli.options import output_options

if TYPE_CHECKING:
    from dedupe.index import Examination, Index, Stats

_folder = click.argument("folder", metavar="DIR")


@click.group()
def index() -> None:
    """Look after the index of `dedupe filter`: its size, its health, what it remembers."""


@index.command()
@_folder
@output_options("table", "json")
def stats(folder: str, layout: str, output: str | None) -> None:
    """Show how much is stored, since when, and how."""
    with _opened(folder) as opened:
        found = opened.stats()
    deliver(_stats_lines(found, layout), output)


@index.command()
@_folder
@output_options("table", "json")
def doctor(folder: str, layout: str, output: str | None) -> None:
    """Check every row and every segment; exit 4 where stored articles are damaged.

    Damaged or missing segments are built again from the rows; that is said, and no error.
    """
    with _opened(folder) as opened:
        found = opened.doctor()
    deliver(_doctor_lines(found, layout), output)
    if not found.is_sound:
        raise SystemExit(4)


@index.command()
@_folder
@click.option("--retention-days", type=float, help="Keep this many days, now and from now on.")
def expire(folder: str, retention_days: float | None) -> None:
    """Forget what is older than the retention now, not with the next articles."""
    with _opened(folder, retention_days) as opened:
        number = opened.expire()
        click.echo(f"{number:,} articles expired; {opened.stats().articles:,} of {opened.retention_days:g} days remain")


@index.command()
@_folder
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def forget(folder: str, ids: tuple[str, ...]) -> None:
    """Take articles out by their ids, all versions of each."""
    with _opened(folder) as opened:
        for article_id in ids:
            number = opened.forget(article_id)
            click.echo(f"{article_id}: {number} forgotten" if number else f"{article_id}: not in the index")


@index.command()
@_folder
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False), help="Write to FILE (whole or not at all), not stdout."
)
def export(folder: str, output: str | None) -> None:
    """Write every stored article and its verdict as JSONL, in order of arrival. Texts are not stored."""
    with _opened(folder) as opened:
        deliver(_export_lines(opened), output)


def _opened(folder: str, retention_days: float | None = None) -> Index:
    from dedupe.index import Index

    return Index(folder, retention_days, create=False)


def _export_lines(opened: Index) -> Iterator[str]:
    from dedupe.index.health import time_of
    from dedupe.report.formats import json_line

    for row in opened.export():
        answer = asdict(row.answer(replayed=False))
        del answer["replayed"]
        published = None if row.published is None else time_of(row.published)
        yield json_line({"arrived": time_of(row.arrived), "published_at": published, "words": row.words} | answer)


def _stats_lines(found: Stats, layout: str) -> Iterator[str]:
    from tabulate import tabulate

    from dedupe.report.formats import json_line

    values = asdict(found)
    if layout == "json":
        yield json_line(values)
        return
    notes = values.pop("notes")
    cells = [(name.replace("_", " "), _cell(value)) for name, value in values.items()]
    yield tabulate(cells, tablefmt="plain", disable_numparse=True)
    yield from (f"note: {note}" for note in notes)


def _cell(value: object) -> str:
    from datetime import datetime

    from dedupe.report.formats import printable

    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S UTC")
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else printable(str(value))


def _doctor_lines(found: Examination, layout: str) -> Iterator[str]:
    from dedupe.report.formats import json_line, printable

    if layout == "json":
        yield json_line(asdict(found) | {"is_sound": found.is_sound})
        return
    for title, lines in (("checked", found.checked), ("note", found.notes), ("DAMAGED", found.damaged)):
        yield from (f"{title}: {printable(line)}" for line in lines)
    yield "sound" if found.is_sound else "damaged: the rows above are lost; all other articles are as they were stored"
