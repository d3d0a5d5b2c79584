"""``dedupe audit``: what in a collection was published before, by whom, and where every reused sentence stands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from dedupe.cli.delivery import deliver
from dedupe.cli.options import Problems, output_options, read_articles, strict_option, width


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@output_options("table", "json", "csv")
@click.option(
    "--rows", "shown", type=click.Choice(["articles", "publishers", "sentences"]),
    help="Show only these; for CSV, which holds one kind of rows, articles is the default.",
)  # fmt: skip
@click.option("--top", type=click.IntRange(0), default=20, show_default=True, help="Rows of each table; 0 shows all.")
@click.option(
    "--processes", type=click.IntRange(1, 256), default=os.cpu_count() or 1, show_default="all cores",
    help="Processes that compare; same result for any number.",
)  # fmt: skip
@strict_option
def audit(
    paths: tuple[str, ...], layout: str, output: str | None, shown: str | None, top: int, processes: int, strict: bool
) -> None:
    """Account for every word of a collection: original, copied, edited, rewritten, quoted or boilerplate.

    Shows for each article where its words come from, for each two publishers who has how much from whom and how much
    later, and for each reused sentence every place it stands, first publication first. A word counts as reused where an
    earlier article of the collection has it; what nobody in the collection had before counts as original.
    """
    from dedupe.audit.audit import audit as run
    from dedupe.reading.articles import to_table
    from dedupe.report.audit import counts_line, lines

    problems = Problems()
    table = to_table(read_articles(paths, strict, problems), on_problem=problems)
    with _Bar() as progress:
        found = run(table, processes=processes, progress=progress)
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)
    deliver(lines(found, layout, shown or "", width(), top), output)
    if layout != "table":
        click.echo(counts_line(found), err=True)
    problems.summarise()


class _Bar:
    """A progress bar for each stage in turn, where stderr is a terminal."""

    def __enter__(self) -> Callable[[str, int, int], None]:
        self._stage = ""
        self._bar = click.progressbar(length=0, file=sys.stderr, hidden=True)
        return self._show

    def _show(self, stage: str, done: int, of: int) -> None:
        if stage != self._stage:
            self._end()
            self._stage = stage
            hidden = not sys.stderr.isatty()
            self._bar = click.progressbar(length=of, label=stage, file=sys.stderr, hidden=hidden)
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos)

    def _end(self) -> None:
        if self._stage:
            self._bar.__exit__(None, None, None)

    def __exit__(self, *failure: object) -> None:
        self._end()
