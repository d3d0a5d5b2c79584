"""``dedupe cluster``: the stories and the copies of a collection."""

from __future__ import annotations

from typing import Any

import click

from dedupe.cli.delivery import deliver, terminal_width
from dedupe.cli.inputs import ProblemPrinter, read_table
from dedupe.cli.messages import tell
from dedupe.cli.options import (
    Page,
    Reading,
    input_options,
    output_options,
    page_options,
    threshold_options,
    verbose_option,
)
from dedupe.cli.progress import StageProgress
from dedupe.settings import Settings

_STAGES = {"read": 15, "sign": 15, "pair": 1, "verify": 5, "relate": 40, "group": 9}
"""The stages, and what share of the time each takes for thousands of articles."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@output_options("table", "json", "jsonl", "csv", "html")
@page_options
@click.option("--explain", is_flag=True, help="Explain below the table, in words, why each story is one story.")
@click.option("--sagas", is_flag=True, help="Join stories of one affair to sagas, and show them in every format.")
@input_options
@click.option(
    "--fail-on", type=click.Choice(["copies", "problems"]),
    help="Exit with 1 if there are copies in the collection, or problems in the input.",
)  # fmt: skip
@threshold_options
@verbose_option
def cluster(
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    page: Page,
    explain: bool,
    sagas: bool,
    reading: Reading,
    fail_on: str | None,
    verbose: bool,
    **thresholds: Any,  # noqa: ANN401 - Settings checks the types and the ranges
) -> None:
    """Group articles into stories (same event) and copies (same text).

    PATH is a file or folder of .txt, JSONL, JSON, CSV or Parquet (also .gz), or - for stdin.
    """
    from dedupe.clustering import cluster as run
    from dedupe.report.clustering import counts_line, lines

    if explain and format_name not in ("table", "html"):
        where = "; JSON has the reasons in `reasons` and `story_reasons`"
        tell(f"warning: --explain is shown with --format table and html only{where}")
    settings = Settings(sagas=sagas, **thresholds)
    problems = ProblemPrinter()
    with StageProgress(_STAGES, verbose=verbose) as progress:
        progress("read")
        articles = read_table(paths, reading, problems)
        clustering = run(articles, settings, progress)
    for warning in clustering.warnings:
        tell(f"warning: {warning}")
    if format_name == "html":
        from dedupe.report.html.clustering import page_lines
        from dedupe.report.html.texts import PageOptions

        report = list(page_lines(clustering, articles, paths, PageOptions(**page)))
    else:
        report = list(lines(clustering, format_name, terminal_width(), progress.timings if verbose else None))
    if explain and format_name == "table":
        from dedupe.report import explanation

        report += ["", *explanation.lines(clustering)]
    deliver(report, output)
    if format_name != "table":
        tell(counts_line(clustering))
    problems.print_summary()
    if (fail_on == "copies" and clustering.counts["copies"]) or (fail_on == "problems" and problems.counts):
        raise SystemExit(1)
