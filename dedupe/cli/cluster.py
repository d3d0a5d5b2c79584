"""``dedupe cluster``: the stories and the copies of a collection."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from dedupe.cli.common import examples
from dedupe.cli.delivery import deliver, terminal_width
from dedupe.cli.inputs import ProblemPrinter, read_table
from dedupe.cli.messages import is_verbose, tell, warn
from dedupe.cli.options import (
    Page,
    Reading,
    input_options,
    output_options,
    page_options,
    paths_argument,
    threshold_options,
)
from dedupe.cli.progress import STAGES, Progress
from dedupe.settings import Settings

if TYPE_CHECKING:
    from dedupe.report.story_table import TableOptions

_PAGE_STAGE = {"page": 25}
"""The HTML page as a stage after ``STAGES``, and its share of the time."""


def _parse_time(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """Return a day or a time as UTC. A day as the end of a range is its last moment."""
    if value is None:
        return None
    from datetime import UTC

    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no day or time, such as 2024-05-01", context, option) from error
    if option.name == "until" and len(value) <= len("2024-05-01"):
        at += timedelta(days=1, microseconds=-1)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


_table_options = (
    click.option("--sort", type=click.Choice(["size", "time"]), default="size", show_default=True,
                 help="Order of the stories in the table: the largest or the earliest first."),
    click.option("--min-size", type=click.IntRange(1), default=2, show_default=True,
                 help="Fewest articles of a story that the table lists; smaller ones are counted."),
    click.option("--all", "list_all", is_flag=True, help="List every article, also those that share no story."),
    click.option("--since", callback=_parse_time, metavar="DAY",
                 help="List stories with an article of this day or later, such as 2024-05-01 or 2024-05-01T18:00."),
    click.option("--until", callback=_parse_time, metavar="DAY",
                 help="List stories with an article of this day or earlier."),
    click.option("--wide", is_flag=True, help="Cut and wrap nothing in the table, however wide the terminal is."),
)  # fmt: skip


def _with_table_options(command: Any) -> Any:  # noqa: ANN401 - whatever click decorates
    for option in reversed(_table_options):
        command = option(command)
    return command


@click.command(
    epilog=examples("dedupe cluster articles/", "dedupe cluster day.jsonl --since 2024-05-01 --sort time",
                    "dedupe cluster day.jsonl --format html -o day.html")
)  # fmt: skip
@paths_argument
@output_options("table", "json", "jsonl", "csv", "html")
@_with_table_options
@page_options
@click.option("--explain", is_flag=True, help="Explain below the table, in words, why each listed story is one.")
@click.option("--sagas", is_flag=True, help="Join stories of one affair to sagas, and show them in every format.")
@input_options
@click.option(
    "--fail-on", type=click.Choice(["copies", "problems"]),
    help="Exit with 1 if there are copies in the collection, or problems in the input.",
)  # fmt: skip
@threshold_options
def cluster(
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    page: Page,
    explain: bool,
    sagas: bool,
    reading: Reading,
    fail_on: str | None,
    **others: Any,  # noqa: ANN401 - options of the table; Settings checks the types and the ranges of the others
) -> None:
    """Group articles into stories (same event) and copies (same text).

    PATH is a file or folder of .txt, JSONL, JSON, CSV or Parquet (also .gz), or - for stdin.

    The table shows the stories by size, and in each the articles in the order of time. From 300 articles on it begins
    with a summary. "p" is the probability that an article reports the event of its story.
    """
    from dedupe.clustering import cluster as run
    from dedupe.report.clustering import counts_line, has_summary, lines

    _warn_of_ignored(click.get_current_context(), format_name)
    table_options = _take_table_options(others)
    settings = Settings(sagas=sagas, **others)
    problems = ProblemPrinter()
    with Progress(STAGES | (_PAGE_STAGE if format_name == "html" else {})) as progress:
        progress("read")
        articles = read_table(paths, reading, problems, progress)
        clustering = run(articles, settings, progress)
        if format_name == "html":
            from dedupe.report.html.clustering import page_lines
            from dedupe.report.html.texts import PageOptions

            progress("page")
            report = list(page_lines(clustering, articles, paths, PageOptions(**page)))
    if not (format_name == "table" and has_summary(clustering)):
        for warning in clustering.warnings:
            warn(warning)
    if format_name != "html":
        timings = progress.timings if is_verbose() else None
        report = list(lines(clustering, format_name, terminal_width(), timings, table_options))
    if explain and format_name == "table":
        from dedupe.report import explanation
        from dedupe.report.story_table import StoryTable

        listed = {story.story for story in StoryTable(clustering, terminal_width(), table_options).listed}
        report += ["", *explanation.lines(clustering, terminal_width(), listed)]
    deliver(report, output)
    if format_name != "table":
        tell(counts_line(clustering), facts=clustering.counts)
    problems.print_summary()
    if (fail_on == "copies" and clustering.counts["copies"]) or (fail_on == "problems" and problems.counts):
        raise SystemExit(1)


def _take_table_options(options: dict[str, Any]) -> TableOptions:
    """Remove the options of the table from all options, and return them."""
    from dedupe.report.story_table import TableOptions

    lists_all = options.pop("list_all")
    chosen = {name: options.pop(name) for name in ("min_size", "sort", "since", "until", "wide")}
    if chosen["since"] and chosen["until"] and chosen["since"] > chosen["until"]:
        raise click.UsageError("--since is later than --until: no article is of such a time; exchange the two")
    return TableOptions(**chosen | ({"min_size": 1} if lists_all else {}))


def _warn_of_ignored(context: click.Context, format_name: str) -> None:
    """Warn of options on the command line that change nothing in this format."""
    shown_by = {"--explain": ("table", "html")} | dict.fromkeys(
        ("--sort", "--min-size", "--all", "--since", "--until", "--wide"), ("table",)
    )
    typed = [
        option.opts[0]
        for option in context.command.params
        if context.get_parameter_source(str(option.name)) is click.core.ParameterSource.COMMANDLINE
    ]
    for name in typed:
        if format_name not in shown_by.get(name, (format_name,)):
            where = "; JSON has the reasons in `reasons` and `story_reasons`" if name == "--explain" else ""
            warn(f"{name} is shown with --format {' and '.join(shown_by[name])} only{where}")
