"""``dedupe filter``: give every article of a stream a verdict against the articles of the last days.

The command reads lines (``filter_input``), turns each into an article (``filter_lines``), asks the index for verdicts
and writes the lines out again (``filter_run``).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from dedupe.cli.common import examples
from dedupe.cli.delivery import check_output, check_stdout, open_to_append
from dedupe.cli.messages import tell, warn
from dedupe.cli.options import (
    as_bytes,
    cache_option,
    encoding_option,
    index_options,
    map_option,
    max_record_option,
    trust_clock_option,
    wait_option,
)
from dedupe.cli.processors import available_processors
from dedupe.cli.progress import Progress

if TYPE_CHECKING:
    from dedupe.cli.filter_input import FilterBatch
    from dedupe.cli.filter_run import FilterRun

VERDICTS = ("new", "identical", "near_duplicate", "excerpt", "revised", "same_story", "unknown")
"""What ``--drop`` and ``--only`` take: the verdicts of the index, and "unknown" for a line without a verdict."""


def _parse_verdicts(context: click.Context, option: click.Parameter, value: str | None) -> frozenset[str] | None:
    """Return the verdicts of a list such as "identical,near-duplicate"; None where the option is not given."""
    if value is None:
        return None
    allowed = (*VERDICTS, "replayed") if option.name == "drop" else VERDICTS
    verdicts = frozenset(word.strip().replace("-", "_") for word in value.split(",") if word.strip())
    for word in verdicts.difference(allowed):
        raise click.BadParameter(f"{word!r} is not one of {', '.join(allowed)}", context, option)
    return verdicts


@click.command(
    "filter",
    epilog=examples("dedupe filter --index seen < day.jsonl > checked.jsonl",
                    "dedupe filter --index seen --drop identical,near_duplicate --quarantine bad.jsonl day.jsonl"),
)  # fmt: skip
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[FILE...]")
@click.option(
    "--index",
    "folder",
    type=click.Path(),
    required=True,
    metavar="DIR",
    help="Folder of the index, or postgresql://…; made if absent.",
)
@click.option(
    "--drop", callback=_parse_verdicts, metavar="VERDICTS",
    help="Leave out lines with these verdicts, such as identical,near_duplicate; `replayed`: lines checked before.",
)  # fmt: skip
@click.option(
    "--only", callback=_parse_verdicts, metavar="VERDICTS",
    help="Leave out lines with all other verdicts; `unknown` lines pass unless --quarantine is given.",
)  # fmt: skip
@click.option(
    "--batch", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Most lines per transaction."
)
@click.option(
    "--on-error", type=click.Choice(["pass", "fail"]), default="pass", show_default=True,
    help="At a line without a verdict: pass it on as `unknown`, or stop with an error.",
)  # fmt: skip
@click.option(
    "--quarantine", type=click.Path(dir_okay=False),
    help="Append lines without a verdict to FILE, as they came and with the reason.",
)  # fmt: skip
@click.option(
    "--processes", type=click.IntRange(1, 64), default=min(3, available_processors()), show_default="up to 3",
    help="Number of processes: one decides, and in a long run the others fingerprint what waits.",
)  # fmt: skip
@trust_clock_option
@wait_option
@cache_option
@max_record_option
@map_option
@encoding_option
@index_options
def filter_(  # noqa: PLR0913, PLR0917 - click hands every option over as an argument
    paths: tuple[str, ...],
    folder: str,
    drop: frozenset[str] | None,
    only: frozenset[str] | None,
    batch: int,
    on_error: str,
    quarantine: str | None,
    retention_days: float | None,
    story_days: float | None,
    processes: int,
    trust_clock: bool,
    wait_seconds: float | None,
    cache: str | None,
    max_record_mb: float,
    day_first: bool | None,
    columns: dict[str, str],
    encoding: str | None,
    settings: dict[str, Any],
) -> None:
    """Decide for every article whether it, or nearly the same one, came before, and remember it.

    FILE is JSONL (also .gz); - or no FILE is stdin. Every line is written out again, in its place and unchanged except
    for a new field `dedupe` with the verdict: new, identical, near_duplicate, excerpt (one contains the other), revised
    (a later version by the same publisher), same_story (no copy, but the same event; only with --story-days), or
    unknown if the line has no article. If the same id comes again with the same words, it gets its first verdict again
    with `replayed`, so a line may be delivered twice without harm.

    A new index stores --near-duplicate-jaccard, --excerpt-containment and --seed. A later run uses the stored value of
    each that it does not give.
    """
    from dedupe.cli.filter_ahead import Ahead
    from dedupe.cli.filter_input import read_batches
    from dedupe.cli.filter_run import FilterRun
    from dedupe.filter_lines import LineParser
    from dedupe.index import Index
    from dedupe.reading.fields import Columns

    if quarantine is not None and on_error == "fail":
        raise click.UsageError("Give --quarantine FILE or --on-error fail, not both: the second stops at such a line.")
    check_stdout()
    check_output(quarantine, [*paths, folder], "--quarantine")
    with Index(
        folder,
        retention_days,
        settings,
        story_days=story_days,
        wait_seconds=wait_seconds,
        trust_clock=trust_clock,
        cache=cache,
    ) as index:
        index.peek([])  # a clock that is not believed is refused before the first line is read
        for note in index.stats().notes:
            warn(f"{note}")
        ahead = Ahead(index, processes - 1)
        run = FilterRun(
            ahead, drop or frozenset(), only, on_error == "fail", open_to_append(quarantine) if quarantine else None
        )
        try:
            parser = LineParser(Columns(columns), encoding, day_first)
            batches = read_batches(paths or ("-",), batch, as_bytes(max_record_mb), parser.parse, ahead.begin)
            _process(run, batches)
            for problem in parser.absent_columns():
                tell(str(problem), "warning")
        finally:
            run.close()
            ahead.close()


def _process(run: FilterRun, batches: Iterable[FilterBatch]) -> None:
    """Check all lines and write them. Where they go to the terminal, they show by themselves how far the command is."""
    progress = Progress(units={"filter": "lines"})
    with nullcontext() if sys.stdout.isatty() else progress:
        progress("filter")
        for some in batches:
            number = len(some.lines)
            run.process(some)
            progress.add(number)
