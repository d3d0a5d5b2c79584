"""``dedupe index``: inspect and maintain the index that ``dedupe filter`` fills."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dedupe.cli.common import examples
from dedupe.cli.delivery import deliver
from dedupe.cli.messages import tell
from dedupe.cli.options import cache_option, output_option, output_options, trust_clock_option, wait_option
from dedupe.cli.progress import Progress
from dedupe.errors import IndexDamagedError
from dedupe.reading.problems import escaped, valid_text

if TYPE_CHECKING:
    from dedupe.index import Examination, Index

_folder = click.argument("folder", type=click.Path(), metavar="DIR")


@click.group(epilog=examples("dedupe index stats seen", "dedupe index doctor seen"))
def index() -> None:
    """Inspect and maintain the index of `dedupe filter`: its size, its health, its articles."""


@index.command(epilog=examples("dedupe index stats seen", "dedupe index stats seen --format json"))
@_folder
@output_options("table", "json")
@wait_option
@cache_option
def stats(folder: str, format_name: str, output: str | None, wait_seconds: float | None, cache: str | None) -> None:
    """Show how much is stored, since when, and how."""
    from dedupe.report.index import stats_lines

    with _opened_to_look(folder, wait_seconds, cache) as opened:
        statistics = opened.stats()
    deliver(stats_lines(statistics, format_name), output)


@index.command(epilog=examples("dedupe index doctor seen", "dedupe index doctor seen --salvage saved"))
@_folder
@click.option(
    "--salvage", "new_folder", type=click.Path(), metavar="NEW_DIR", help="Write every intact article into a new index."
)
@output_options("table", "json")
@wait_option
@cache_option
def doctor(
    folder: str,
    new_folder: str | None,
    format_name: str,
    output: str | None,
    wait_seconds: float | None,
    cache: str | None,
) -> None:
    """Check every row and every segment; exit with 4 if stored articles are damaged.

    Damaged or missing segments are reported as notes and are no error, because they are rebuilt from the rows.

    --salvage is for an index that is damaged or cannot be opened. The old index stays as it is; who wants to use it
    meanwhile waits.
    """
    from dedupe.index import salvage
    from dedupe.index.storage.opening import is_address

    if new_folder is not None:
        with Progress() as progress:
            progress("salvage")
            examination = salvage(folder, new_folder, wait_seconds=wait_seconds)
        _deliver_examination(examination, format_name, output)
        return
    try:
        with Progress() as progress:
            progress("open")
            with _opened_to_look(folder, wait_seconds, cache) as opened:
                progress("check")
                examination = opened.doctor()
    except IndexDamagedError as error:
        if is_address(folder):
            raise
        examination = salvage(folder, wait_seconds=wait_seconds)
        if examination.is_sound:
            raise
        tell(str(error), "warning", "dedupe: ")
    _deliver_examination(examination, format_name, output)


@index.command(
    epilog=examples(
        "dedupe index backup seen backup-2024-05-01", "dedupe index backup seen backup-2024-05-01 --wait 60"
    )
)
@_folder
@click.argument("copy", type=click.Path(), metavar="BACKUP_DIR")
@output_options("table", "json")
@wait_option
def backup(folder: str, copy: str, format_name: str, output: str | None, wait_seconds: float | None) -> None:
    """Copy all articles into a new folder, and check the copy; exit with 4 if articles are damaged.

    The index may be in use; whoever writes waits while its file is copied. The copy is an index too.
    """
    with Progress() as progress:
        progress("open")
        with _opened_to_look(folder, wait_seconds) as opened:
            progress("copy and check")
            examination = opened.backup(copy)
    _deliver_examination(examination, format_name, output)


@index.command(
    epilog=examples(
        "dedupe index restore backup-2024-05-01 seen", "dedupe index restore backup-2024-05-01 seen --format json"
    )
)
@click.argument("copy", type=click.Path(), metavar="BACKUP_DIR")
@_folder
@output_options("table", "json")
@wait_option
def restore(copy: str, folder: str, format_name: str, output: str | None, wait_seconds: float | None) -> None:
    """Copy a backup into a folder without an index, and check the copy; exit with 4 if articles are damaged.

    Articles that came after the backup are new again when they come next.
    """
    from dedupe import index

    with Progress() as progress:
        progress("copy and check")
        examination = index.restore(copy, folder, wait_seconds=wait_seconds)
    _deliver_examination(examination, format_name, output)


@index.command(epilog=examples("dedupe index expire seen", "dedupe index expire seen --retention-days 14"))
@_folder
@click.option("--retention-days", type=float, help="Remember articles for this many days, now and from now on.")
@trust_clock_option
@wait_option
@cache_option
def expire(
    folder: str, retention_days: float | None, trust_clock: bool, wait_seconds: float | None, cache: str | None
) -> None:
    """Forget articles older than the retention now, not when the next articles arrive."""
    with _opened(folder, wait_seconds, cache, retention_days, trust_clock=trust_clock) as opened:
        number = opened.expire()
        remaining = f"{opened.stats().articles:,} of {opened.retention_days:g} days remain"
    deliver([f"{number:,} {'article' if number == 1 else 'articles'} expired; {remaining}"], None)


@index.command(
    epilog=examples(
        "dedupe index forget seen a17", "dedupe index forget seen a17 b4 https://example.com/2024/05/01/talks"
    )
)
@_folder
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@wait_option
@cache_option
def forget(folder: str, ids: tuple[str, ...], wait_seconds: float | None, cache: str | None) -> None:
    """Remove articles by their ids, all versions of each."""
    with _opened(folder, wait_seconds, cache) as opened:
        for article_id in ids:
            number = opened.forget(valid_text(article_id))  # as the id was stored
            found = f"{number} forgotten" if number else "not in the index"
            deliver([f"{escaped(article_id)}: {found}"], None)


@index.command(epilog=examples("dedupe index export seen | head", "dedupe index export seen -o articles.jsonl"))
@_folder
@output_option
@wait_option
@cache_option
def export(folder: str, output: str | None, wait_seconds: float | None, cache: str | None) -> None:
    """Write every stored article and its verdict as JSONL, in order of arrival. Texts are not stored."""
    from dedupe.report.index import export_lines

    progress = Progress()
    # Lines on the terminal show by themselves how far the command is.
    shown = nullcontext() if output is None and sys.stdout.isatty() else progress
    with _opened_to_look(folder, wait_seconds, cache) as opened, shown:
        progress("export", 0, opened.stats().articles)
        deliver(progress.count(export_lines(opened)), output)


def _deliver_examination(examination: Examination, format_name: str, output: str | None) -> None:
    """Write what was found, and exit with 4 if articles are damaged."""
    from dedupe.report.index import doctor_lines

    deliver(doctor_lines(examination, format_name), output)
    if not examination.is_sound:
        raise SystemExit(4)


def _opened(
    folder: str,
    wait_seconds: float | None,
    cache: str | None,
    retention_days: float | None = None,
    *,
    trust_clock: bool = False,
) -> Index:
    """Open an index that exists."""
    from dedupe.index import Index

    return Index(folder, retention_days, create=False, wait_seconds=wait_seconds, trust_clock=trust_clock, cache=cache)


def _opened_to_look(folder: str, wait_seconds: float | None, cache: str | None = None) -> Index:
    """Open an index that exists, read-only if this user or this file system lets nobody write to it.

    One on a server is always opened read-only: a role that may only read, or a standby, is enough.
    """
    from dedupe.index import Index
    from dedupe.index.storage.folder import DATABASE
    from dedupe.index.storage.opening import is_address

    database = Path(folder) / DATABASE
    is_closed = database.exists() and not (os.access(database, os.W_OK) and os.access(folder, os.W_OK))
    read_only = is_address(folder) or is_closed
    return Index(folder, create=False, read_only=read_only, wait_seconds=wait_seconds, cache=cache)
