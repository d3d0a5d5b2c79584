"""``dedupe index``: inspect and maintain the index that ``dedupe filter`` fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dedupe.cli.delivery import deliver
from dedupe.cli.options import output_option, output_options
from dedupe.reading.problems import escaped, valid_text

if TYPE_CHECKING:
    from dedupe.index import Index

_folder = click.argument("folder", metavar="DIR")


@click.group()
def index() -> None:
    """Inspect and maintain the index of `dedupe filter`: its size, its health, its articles."""


@index.command()
@_folder
@output_options("table", "json")
def stats(folder: str, format_name: str, output: str | None) -> None:
    """Show how much is stored, since when, and how."""
    from dedupe.report.index import stats_lines

    with _opened(folder) as opened:
        statistics = opened.stats()
    deliver(stats_lines(statistics, format_name), output)


@index.command()
@_folder
@output_options("table", "json")
def doctor(folder: str, format_name: str, output: str | None) -> None:
    """Check every row and every segment; exit with 4 if stored articles are damaged.

    Damaged or missing segments are reported as notes and are no error, because they are rebuilt from the rows.
    """
    from dedupe.report.index import doctor_lines

    with _opened(folder) as opened:
        examination = opened.doctor()
    deliver(doctor_lines(examination, format_name), output)
    if not examination.is_sound:
        raise SystemExit(4)


@index.command()
@_folder
@click.option("--retention-days", type=float, help="Remember articles for this many days, now and from now on.")
def expire(folder: str, retention_days: float | None) -> None:
    """Forget articles older than the retention now, not when the next articles arrive."""
    with _opened(folder, retention_days) as opened:
        number = opened.expire()
        click.echo(f"{number:,} articles expired; {opened.stats().articles:,} of {opened.retention_days:g} days remain")


@index.command()
@_folder
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def forget(folder: str, ids: tuple[str, ...]) -> None:
    """Remove articles by their ids, all versions of each."""
    with _opened(folder) as opened:
        for article_id in ids:
            number = opened.forget(valid_text(article_id))  # as the id was stored
            click.echo(f"{escaped(article_id)}: {f'{number} forgotten' if number else 'not in the index'}")


@index.command()
@_folder
@output_option
def export(folder: str, output: str | None) -> None:
    """Write every stored article and its verdict as JSONL, in order of arrival. Texts are not stored."""
    from dedupe.report.index import export_lines

    with _opened(folder) as opened:
        deliver(export_lines(opened), output)


def _opened(folder: str, retention_days: float | None = None) -> Index:
    """Open an index that exists."""
    from dedupe.index import Index

    return Index(folder, retention_days, create=False)
