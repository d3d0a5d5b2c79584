"""``dedupe audit``: which words of a collection were published before, and by whom."""

from __future__ import annotations

from contextlib import nullcontext

import click

from dedupe.cli.common import examples
from dedupe.cli.delivery import deliver, terminal_width
from dedupe.cli.evidence import EvidencePack, check_evidence
from dedupe.cli.inputs import ProblemPrinter, read_table
from dedupe.cli.messages import tell, warn
from dedupe.cli.options import (
    Page,
    Reading,
    input_options,
    language_option,
    output_options,
    page_options,
    paths_argument,
    processes_option,
)
from dedupe.cli.progress import Progress


@click.command(
    epilog=examples(
        "dedupe audit articles/ --top 50", "dedupe audit articles/ --rows publishers --format csv -o who.csv"
    )
)
@paths_argument
@output_options("table", "json", "csv", "html")
@page_options
@click.option(
    "--rows", type=click.Choice(["articles", "publishers", "sentences", "account"]),
    help="Show only these rows; account is every sentence with its class and source. CSV holds articles by default.",
)  # fmt: skip
@click.option("--top", type=click.IntRange(0), default=20, show_default=True, help="Rows of each table; 0 shows all.")
@click.option("--wide", is_flag=True, help="Cut and leave out nothing in the tables, however wide the terminal is.")
@click.option(
    "--evidence", metavar="DIR",
    help="Also write a new folder with what the audit rests on: hashes of the inputs, versions, settings, the command, "
    "and the matched sentences of every pair.",
)  # fmt: skip
@processes_option
@language_option
@input_options
@click.pass_obj
def audit(  # noqa: PLR0913, PLR0917 - click hands every option over as an argument
    command: list[str],
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    page: Page,
    rows: str | None,
    top: int,
    wide: bool,
    evidence: str | None,
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

    check_evidence(evidence, paths)
    with EvidencePack(evidence) if evidence is not None else nullcontext() as pack:
        problems = ProblemPrinter(pack.add_problem if pack else None)
        with Progress(units={"cluster": "steps", "align": "pairs"}) as progress:
            progress("read")
            table = read_table(paths, reading, problems, progress)
            on_pair = pack.add_pair if pack else None
            result = run(table, processes=processes, progress=progress, language=language, on_pair=on_pair)
        if pack:
            pack.finish(result, table, ["dedupe", *command], paths, reading["follow_symlinks"])
    for warning in result.warnings:
        warn(f"{warning}")
    if format_name == "html":
        from dedupe.report.html.audit import page_lines
        from dedupe.report.html.texts import PageOptions

        report = page_lines(result, table, paths, PageOptions(**page), language)
    else:
        texts = dict(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True)) if rows == "account" else {}
        report = lines(result, texts, format_name, rows, None if wide else terminal_width(), top)
    deliver(report, output)
    if format_name != "table":
        tell(counts_line(result), facts=result.counts)
    problems.print_summary()
