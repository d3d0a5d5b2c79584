"""``dedupe cluster``: stories and copies of a collection."""

from __future__ import annotations

from typing import Any

import click

from dedupe.cli.delivery import deliver
from dedupe.cli.options import (
    Problems,
    Stages,
    near_duplicate_option,
    output_options,
    read_articles,
    strict_option,
    threads_option,
    verbose_option,
    width,
)
from dedupe.settings import Settings

_DEFAULTS = Settings()


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@output_options("table", "json", "jsonl", "csv")
@click.option("--explain", is_flag=True, help="Say why each article is in its story.")
@strict_option
@click.option("--fail-on", type=click.Choice(["copies", "problems"]), help="Exit 1 when there are any.")
@threads_option
@near_duplicate_option
@click.option(
    "--excerpt-containment", type=float, default=_DEFAULTS.excerpt_containment, show_default=True,
    help="Least share of an excerpt found in the longer article.",
)  # fmt: skip
@click.option(
    "--story-probability", type=float, default=_DEFAULTS.story_probability, show_default=True,
    help="Least same-event probability; higher gives smaller, purer stories.",
)  # fmt: skip
@verbose_option
def cluster(
    paths: tuple[str, ...],
    layout: str,
    output: str | None,
    explain: bool,
    strict: bool,
    fail_on: str | None,
    verbose: bool,
    **thresholds: Any,  # noqa: ANN401 - Settings checks them
) -> None:
    """Group articles into stories (same event) and copies (same text).

    PATH is a file or folder of .txt, JSONL, JSON, CSV or Parquet (also .gz), or - for stdin.
    """
    from dedupe.clustering import cluster as run
    from dedupe.reading.articles import to_table
    from dedupe.report.clustering import counts_line, lines

    settings = Settings(**thresholds)
    problems = Problems()
    with Stages("read", "sign", "pair", "verify", "relate", "group", verbose=verbose) as stages:
        stages("read")
        table = to_table(read_articles(paths, strict, problems), on_problem=problems)
        clustering = run(table, settings, stages)
    for warning in clustering.warnings:
        click.echo(f"warning: {warning}", err=True)
    timings = stages.timings if verbose else None
    report: list[str] = list(lines(clustering, layout, width(), timings))
    if explain and layout == "table":
        from dedupe.report import explanation

        report += ["", *explanation.lines(clustering)]
    deliver(report, output)
    if layout != "table":
        click.echo(counts_line(clustering), err=True)
    problems.summarise()
    if (fail_on == "copies" and clustering.counts["copies"]) or (fail_on == "problems" and problems.counts):
        raise SystemExit(1)
