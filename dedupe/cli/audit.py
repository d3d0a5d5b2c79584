"""``dedupe audit``: which words of a collection were published before, and by whom."""

from __future__ import annotations

import click

from dedupe.cli.delivery import deliver, terminal_width
from dedupe.cli.inputs import ProblemPrinter, read_table
from dedupe.cli.messages import tell
from dedupe.cli.options import (
    Page,
    Reading,
    input_options,
    language_option,
    output_options,
    page_options,
    processes_option,
)
from dedupe.cli.progress import StepProgress


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@output_options("table", "json", "csv", "html")
@page_options
@click.option(
    "--rows", type=click.Choice(["articles", "publishers", "sentences"]),
    help="Show only these rows. CSV holds one kind of rows; its default is articles.",
)  # fmt: skip
@click.option("--top", type=click.IntRange(0), default=20, show_default=True, help="Rows of each table; 0 shows all.")
@processes_option
@language_option
@input_options
def audit(
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    page: Page,
    rows: str | None,
    top: int,
    processes: int,
    language: str | None,
    reading: Reading,
) -> None:
    """Account for every word of a collection: original, copied, edited, rewritten, quoted or boilerplate.

    The report shows for each article where its words come from; for each pair of publishers how much one has from the
    other, and how much later; and for each reused sentence all places where it occurs, the first publication first. A
    word counts as reused if an earlier article of the collection has it, and as original if none has.
    """
    from dedupe.audit.audit import audit as run
    from dedupe.report.audit import counts_line, lines

    problems = ProblemPrinter()
    table = read_table(paths, reading, problems)
    with StepProgress() as progress:
        result = run(table, processes=processes, progress=progress, language=language)
    for warning in result.warnings:
        tell(f"warning: {warning}")
    if format_name == "html":
        from dedupe.report.html.audit import page_lines
        from dedupe.report.html.texts import PageOptions

        report = page_lines(result, table, paths, PageOptions(**page), language)
    else:
        report = lines(result, format_name, rows, terminal_width(), top)
    deliver(report, output)
    if format_name != "table":
        tell(counts_line(result))
    problems.print_summary()
