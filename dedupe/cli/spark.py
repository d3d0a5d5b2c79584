"""``dedupe spark``: the near duplicates, copies and stories of an archive that one machine cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from dedupe.cli.common import examples
from dedupe.cli.messages import tell, warn
from dedupe.cli.options import (
    as_bytes,
    encoding_option,
    finding_options,
    map_option,
    max_record_option,
    near_duplicate_option,
)
from dedupe.report.formats import counted
from dedupe.settings import Settings

if TYPE_CHECKING:
    from dedupe.spark.articles import ProblemGroup
    from dedupe.spark.running import Run


def _parse_settings(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Return settings of Spark such as "spark.executor.memory=8g" by their names."""
    pairs = [value.partition("=") for value in values]
    for name, sign, _ in pairs:
        if not sign or not name.startswith("spark."):
            raise click.BadParameter(
                f"{name!r} is no spark.NAME=VALUE, such as spark.executor.memory=8g", context, option
            )
    return {name: value for name, _, value in pairs}


def _path(context: click.Context, argument: click.Parameter, value: str) -> str:
    """Return a path, which must not be empty, as it is where a variable of a script is not set."""
    if not value.strip():
        raise click.BadParameter("the path is empty", context, argument)
    return value


_options = (
    click.argument("source", metavar="IN", callback=_path),
    click.argument("output", metavar="OUT", callback=_path),
    click.option(
        "--master", metavar="URL",
        help="The cluster, such as yarn or spark://host:7077. By default that of spark-submit, else this machine.",
    ),
    click.option(
        "--conf", "spark_settings", multiple=True, callback=_parse_settings, metavar="NAME=VALUE",
        help="A setting of Spark, such as spark.executor.memory=8g.",
    ),
    click.option("--overwrite", is_flag=True, help="Replace OUT if Spark wrote it."),
    max_record_option,
    click.option(
        "--day-first/--month-first", default=None,
        help="What 01/02/2024 means: 1 February or 2 January. By default such a date is left out.",
    ),
    map_option,
    encoding_option,
)  # fmt: skip

_stories_option = click.option(
    "--stories/--no-stories", default=True, help="Also find stories, as by default; without, only copies."
)


def _cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run on a cluster. It gets ``source``, ``output`` and the rest as ``given``."""
    for option in reversed(_options):
        command = option(command)
    return command


@click.group(epilog=examples("dedupe spark pairs day.parquet pairs", "dedupe spark cluster 'hdfs:///news/2024/*' rows"))
def spark() -> None:
    """Find near duplicates, copies and stories on Apache Spark, with the results of one machine.

    IN is a file, a folder or a glob of Parquet or JSON lines on any file system of Hadoop. OUT is a new folder of
    Parquet. A million articles need no cluster: `dedupe pairs` and `dedupe cluster` are faster on one machine.
    """


@spark.command(
    epilog=examples("dedupe spark pairs day.parquet pairs", "dedupe spark pairs s3a://news/ s3a://out/pairs")
)
@_cluster_options
@near_duplicate_option
def pairs(near_duplicate_jaccard: float, **given: Any) -> None:  # noqa: ANN401 - the options of a run
    """Find pairs of articles with nearly the same words, as `dedupe pairs` does for articles sorted by id."""
    settings = Settings(near_duplicate_jaccard=near_duplicate_jaccard)
    with _run(settings, **given) as run:
        counts = run.pairs()
    tell(f"{counted(counts['articles'], 'article')}, {counted(counts['pairs'], 'pair')}", facts=counts)


@spark.command(
    epilog=examples("dedupe spark cluster day.parquet rows", "dedupe spark cluster day.parquet rows --no-stories")
)
@_cluster_options
@_stories_option
@finding_options
def cluster(stories: bool, **given: Any) -> None:  # noqa: ANN401
    """Group articles into copies and stories: one row for each, with the columns of `dedupe cluster --format csv`."""
    settings, others = _taken_settings(given)
    with _run(settings, **others) as run:
        counts = run.cluster(stories=stories)
    tell(f"{counted(counts['articles'], 'article')}, {counted(counts['texts'], 'independent text')}", facts=counts)


@spark.command(
    "audit-candidates",
    epilog=examples(
        "dedupe spark audit-candidates day.parquet candidates",
        "dedupe spark audit-candidates day.parquet candidates --no-stories",
    ),
)
@_cluster_options
@_stories_option
@finding_options
def audit_candidates(stories: bool, **given: Any) -> None:  # noqa: ANN401
    """Find the pairs of articles that `dedupe audit` aligns, for `dedupe align --pairs` on parts of an archive."""
    settings, others = _taken_settings(given)
    with _run(settings, **others) as run:
        counts = run.audit_candidates(stories=stories)
    tell(f"{counted(counts['articles'], 'article')}, {counted(counts['pairs'], 'pair')}", facts=counts)


def _taken_settings(given: dict[str, Any]) -> tuple[Settings, dict[str, Any]]:
    """Return the settings among the options, and the other options."""
    names = set(Settings.__dataclass_fields__)
    return Settings(**{name: given[name] for name in names & given.keys()}), {
        name: value for name, value in given.items() if name not in names
    }


@contextmanager
def _run(
    settings: Settings,
    source: str,
    output: str,
    master: str | None,
    spark_settings: dict[str, str],
    overwrite: bool,
    max_record_mb: float,
    **reading: Any,  # noqa: ANN401 - day_first, columns, encoding
) -> Iterator[Run]:
    """Give a run in a session of Spark, and print its warnings at the end."""
    from dedupe.spark.session import opened

    with opened(master, spark_settings) as session:
        from dedupe.spark.articles import ReadingOptions
        from dedupe.spark.running import Run

        options = ReadingOptions(max_record_bytes=as_bytes(max_record_mb), **reading)
        run = Run(session, source, output, settings, options, overwrite=overwrite, on_problems=_print_problems)
        yield run
        for warning in run.warnings:
            warn(warning)


def _print_problems(groups: list[ProblemGroup]) -> None:
    """Print the problems of the input, one line for each kind."""
    for group in groups:
        more = "" if group.count == 1 else f" ({group.count:,} such in all)"
        tell(f"{group.example}{more}", "warning")
