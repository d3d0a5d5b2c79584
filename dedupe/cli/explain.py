"""``dedupe explain``: why two articles of a collection are, or are not, in one story."""

from __future__ import annotations

from typing import Any

import click

from dedupe.cli.common import examples
from dedupe.cli.delivery import deliver, terminal_width
from dedupe.cli.inputs import ProblemPrinter, read_table
from dedupe.cli.options import Reading, input_options, output_options, paths_argument, threshold_options
from dedupe.cli.progress import STAGES, Progress
from dedupe.settings import Settings


@click.command(
    epilog=examples("dedupe explain articles/ 000_0c5a788b0237b845 002_6130a6734b00995e",
                    "dedupe explain day.jsonl a17 b4 --format json")
)  # fmt: skip
@paths_argument
@click.argument("left", metavar="ID")
@click.argument("right", metavar="ID")
@output_options("table", "json")
@input_options
@threshold_options
def explain(
    paths: tuple[str, ...],
    left: str,
    right: str,
    format_name: str,
    output: str | None,
    reading: Reading,
    **thresholds: Any,  # noqa: ANN401 - Settings checks the types and the ranges
) -> None:
    """Say why two articles of a collection are, or are not, in one story.

    PATH is a file or folder as for `dedupe cluster`, and each ID names one of its articles. The collection is grouped
    as `dedupe cluster` groups it, so give the same options.
    """
    from dedupe.clustering import cluster
    from dedupe.explanations import explain as run
    from dedupe.reading.problems import valid_text
    from dedupe.report.explanation import pair_lines

    settings = Settings(**thresholds)
    problems = ProblemPrinter()
    with Progress(STAGES) as progress:
        progress("read")
        clustering = cluster(read_table(paths, reading, problems, progress), settings, progress)
    deliver(
        pair_lines(clustering, run(clustering, valid_text(left), valid_text(right)), format_name, terminal_width()),
        output,
    )
    problems.print_summary()
