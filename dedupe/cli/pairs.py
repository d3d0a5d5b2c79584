"""``dedupe pairs``: the near duplicates of a collection of any size, and nothing else."""

from __future__ import annotations

import click

from dedupe.cli.common import examples
from dedupe.cli.delivery import deliver
from dedupe.cli.inputs import ProblemPrinter
from dedupe.cli.messages import is_verbose, tell, warn
from dedupe.cli.options import (
    Reading,
    input_options,
    near_duplicate_option,
    output_options,
    paths_argument,
    threads_option,
)
from dedupe.cli.progress import Progress
from dedupe.errors import InputError
from dedupe.settings import Settings


@click.command(
    "pairs",
    epilog=examples("dedupe pairs day.jsonl", "dedupe pairs archive/ --format csv -o pairs.csv"),
)
@paths_argument
@output_options("table", "json", "jsonl", "csv")
@input_options
@threads_option
@near_duplicate_option
def pairs(
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    reading: Reading,
    threads: int,
    near_duplicate_jaccard: float,
) -> None:
    """Find pairs of articles with nearly the same words, fast and with little memory.

    PATH is a file or folder as for `dedupe cluster`, which also finds excerpts and stories. A plain .jsonl file is read
    twice and must not change in between.
    """
    _keep_freed_memory()
    from dedupe.near_duplicate_pairs import near_duplicates
    from dedupe.report.near_duplicates import counts_line, lines

    settings = Settings(threads=threads, near_duplicate_jaccard=near_duplicate_jaccard)
    problems = ProblemPrinter()
    with Progress({"sign": 7, "pair": 2, "verify": 1}) as progress:
        result = near_duplicates(
            paths, settings, on_problem=problems, progress=progress, on_sketched=progress.add, **reading
        )
    if not result.counts["articles"] and problems.counts:
        raise InputError(f"no readable article in {', '.join(paths)}")
    for warning in result.warnings:
        warn(f"{warning}")
    deliver(lines(result, format_name, progress.timings if is_verbose() else None), output)
    tell(counts_line(result), facts=result.counts)
    problems.print_summary()


def _keep_freed_memory() -> None:
    """Let the C library keep memory that is freed for what comes next, instead of giving it back to the system.

    Texts are read and sketched by the megabyte, in arrays that are freed each time. glibc gives so much back at once,
    and the system clears every page again before the next use: 24,000 more page faults for 12,000 articles, and a
    twelfth of the CPU time. It keeps blocks that are not larger than the largest that was freed so far, of at most
    32 MiB (mallopt(3), M_MMAP_THRESHOLD). This one is never written to, and so takes no memory.
    """
    bytes(31 << 20)  # a little less than the limit
