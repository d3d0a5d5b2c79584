"""Options that several commands share, so that each has one name, one default and one help text."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, cast

import click
from click.core import ParameterSource

from dedupe.cli.delivery import check_output
from dedupe.cli.messages import warn
from dedupe.cli.processors import available_processors
from dedupe.reading.streams import MAX_RECORD_BYTES
from dedupe.settings import FAR_DAYS, Settings

if TYPE_CHECKING:
    from dedupe.report.html.texts import Texts

_Command = TypeVar("_Command", bound=Callable[..., Any])

_RUNS = f"runs of {Settings().shingle_words} words"

JACCARD = f"Jaccard: how many {_RUNS} both texts have, as a share of those that either has; 1 for the same words."

CONTAINMENT = f"Containment: the share of the shorter text's {_RUNS} that the longer one has too."

max_record_option = click.option(
    "--max-record-mb", type=click.FloatRange(0.001, 1000), default=MAX_RECORD_BYTES / 1e6, show_default=True,
    help="Leave out records that are larger, in megabytes: lines, rows, .txt files.",
)  # fmt: skip


def _parse_language(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Return a code of a language, such as "de" or "pt-BR"."""
    if value is not None and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*", value):
        raise click.BadParameter(f"{value!r} is no code of a language, such as de or pt-BR", context, option)
    return value


language_option = click.option(
    "--language", callback=_parse_language, metavar="CODE",
    help="The language of all texts, such as de, which says how sentences end. By default each text shows its own.",
)  # fmt: skip


def _parse_map(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Return the columns of a list such as "text=Opening Text,publisher=Outlet", by field."""
    from dedupe.errors import InputError
    from dedupe.reading.fields import Columns

    columns: dict[str, str] = {}
    for pair in (pair for value in values for pair in re.split(r",(?=\s*\w+=)", value)):
        field, is_pair, name = (part.strip() for part in pair.partition("="))
        if not is_pair or not name:
            raise click.BadParameter(f"{pair!r} is no FIELD=NAME, such as text=Body", context, option)
        if field in columns:
            raise click.BadParameter(f"{field} is given twice", context, option)
        columns[field] = name
    try:
        return Columns(columns).named
    except InputError as error:
        raise click.BadParameter(str(error), context, option) from error


map_option = click.option(
    "--map", "columns", multiple=True, callback=_parse_map, metavar="FIELD=NAME,…",
    help="Name the columns of fields with other names than the usual ones, such as text=Body,publisher=Outlet.",
)  # fmt: skip


def _parse_encoding(context: click.Context, option: click.Parameter, name: str | None) -> str | None:
    """Check the name of an encoding."""
    from dedupe.errors import InputError
    from dedupe.reading.charsets import codec_named

    try:
        return name and codec_named(name)
    except InputError as error:
        raise click.BadParameter(str(error), context, option) from error


encoding_option = click.option(
    "--encoding", callback=_parse_encoding, metavar="NAME",
    help="Encoding of what is not UTF-8, such as windows-1251. By default each file's is detected.",
)  # fmt: skip


_index_options = (
    click.option(
        "--retention-days", type=float,
        help="Remember an article for so many days; default: what the index has, 30 for a new one.",
    ),
    click.option(
        "--story-days", type=float,
        help="Also follow stories, over articles of so many days, such as 14. Slower; fixed when the index is created.",
    ),
    click.option(
        "--day-first/--month-first", default=None,
        help="What 01/02/2024 means: 1 February or 2 January. By default such a date is left out.",
    ),
    click.option("--near-duplicate-jaccard", type=float, help=f"Least Jaccard of a near duplicate. {JACCARD}"),
    click.option("--excerpt-containment", type=float, help=f"Least containment of an excerpt. {CONTAINMENT}"),
    click.option("--seed", type=int, help="Seed of a new index. Keep it secret if articles may be hostile."),
)  # fmt: skip


def index_options(command: _Command) -> _Command:
    """Give a command that stores articles the options of an index, and of how dates are read.

    It gets ``retention_days``, ``story_days`` and ``day_first``, and as ``settings`` those that are given, by name.
    """

    @functools.wraps(command)
    def packed(**given: Any) -> Any:  # noqa: ANN401
        names = ("near_duplicate_jaccard", "excerpt_containment", "seed")
        values = {name: given.pop(name) for name in names}
        return command(settings={name: value for name, value in values.items() if value is not None}, **given)

    wrapped = cast("_Command", packed)
    for option in reversed(_index_options):
        wrapped = option(wrapped)
    return wrapped


class Reading(TypedDict):
    """How the input is read: keyword arguments of ``dedupe.read``, from the options of ``input_options``."""

    strict: bool
    follow_symlinks: bool
    max_record_bytes: int
    day_first: bool | None
    columns: dict[str, str]
    encoding: str | None


_input_options = (
    click.option("--strict", is_flag=True, help="Stop at the first unreadable record, with exit code 3."),
    click.option("--follow-symlinks", is_flag=True, help="Also read what links inside of a folder lead to."),
    max_record_option,
    click.option(
        "--day-first/--month-first",
        default=None,
        help="What 01/02/2024 means: 1 February or 2 January. By default another date of the file decides, or none.",
    ),
    map_option,
    encoding_option,
)


def input_options(command: _Command) -> _Command:
    """Give a command that reads articles the options for reading. It gets them as one argument ``reading``."""

    @functools.wraps(command)
    def packed(*, max_record_mb: float, **given: Any) -> Any:  # noqa: ANN401
        reading = Reading(
            strict=given.pop("strict"),
            follow_symlinks=given.pop("follow_symlinks"),
            max_record_bytes=as_bytes(max_record_mb),
            day_first=given.pop("day_first"),
            columns=given.pop("columns"),
            encoding=given.pop("encoding"),
        )
        return command(reading=reading, **given)

    wrapped = cast("_Command", packed)
    for option in reversed(_input_options):
        wrapped = option(wrapped)
    return wrapped


def as_bytes(megabytes: float) -> int:
    """Return megabytes as bytes."""
    return round(megabytes * 1e6)


paths_argument = click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...")

threads_option = click.option(
    "--threads", type=int, default=available_processors(), show_default="all cores",
    help="Number of threads. The result is the same for any number.",
)  # fmt: skip

processes_option = click.option(
    "--processes", type=click.IntRange(1, 256), default=available_processors(), show_default="all cores",
    help="Number of processes that align pairs. The result is the same for any number.",
)  # fmt: skip

wait_option = click.option(
    "--wait", "wait_seconds", type=click.FloatRange(0), metavar="SECONDS",
    help="Wait at most so long for another process that uses the index; default: without end.",
)  # fmt: skip

cache_option = click.option(
    "--cache", metavar="DIR",
    help="For an index at a postgresql:// URL: folder for what is derived from its rows; default: the user's cache.",
)  # fmt: skip

near_duplicate_option = click.option(
    "--near-duplicate-jaccard", type=float, default=Settings().near_duplicate_jaccard, show_default=True,
    help=f"Least Jaccard of a near duplicate. {JACCARD}",
)  # fmt: skip

_thresholds = (
    near_duplicate_option,
    click.option(
        "--excerpt-containment", type=float, default=Settings().excerpt_containment, show_default=True,
        help=f"Least containment of an excerpt. {CONTAINMENT}",
    ),
    click.option(
        "--story-probability", type=float, default=Settings().story_probability, show_default=True,
        help="Least same-event probability within a story. Higher values give smaller, purer stories.",
    ),
    click.option(
        "--story-span", type=float, default=Settings().story_span, show_default=True, metavar="DAYS",
        help="Most days from the first article of a story to its last; the default is no limit.",
    ),
    click.option(
        "--dates", type=click.Choice(tuple(FAR_DAYS)), default=Settings().dates, show_default=True,
        help="How far dates are to be trusted. Days beyond "
        f"{FAR_DAYS['usual']:g} (usual) or {FAR_DAYS['doubtful']:g} (doubtful) do not count.",
    ),
)  # fmt: skip


def threshold_options(command: _Command) -> _Command:
    """Give a command the options that change what ``cluster`` finds, and ``--threads``.

    The command gets an argument for each, by the name of its setting.
    """
    return threads_option(finding_options(command))


def finding_options(command: _Command) -> _Command:
    """Give a command the options that change what ``cluster`` finds. It gets an argument for each, as above."""
    for option in reversed(_thresholds):
        command = option(command)
    return command


class Page(TypedDict):
    """What an HTML page may hold: the fields of ``dedupe.report.html.texts.PageOptions``."""

    texts: Texts
    max_bytes: int


_page_options = (
    click.option(
        "--report-texts", "report_texts", type=click.Choice(["none", "matched", "all"]), default="matched",
        show_default=True, help="Texts in the HTML page: none, the sentences that articles share, or all.",
    ),
    click.option(
        "--report-mb", "report_mb", type=click.FloatRange(1, 1000), default=10, show_default=True,
        help="Most megabytes of the HTML page. What does not fit is left out, and the page says so.",
    ),
)  # fmt: skip


def page_options(command: _Command) -> _Command:
    """Give a command the options of the format ``html``. It gets them as one argument ``page``."""

    @functools.wraps(command)
    def packed(*, report_texts: Texts, report_mb: float, **given: Any) -> Any:  # noqa: ANN401
        return command(page=Page(texts=report_texts, max_bytes=as_bytes(report_mb)), **given)

    wrapped = cast("_Command", packed)
    for option in reversed(_page_options):
        wrapped = option(wrapped)
    return wrapped


trust_clock_option = click.option(
    "--trust-clock", is_flag=True,
    help="The clock is right, although the index was last used more than 10 days before or after it.",
)  # fmt: skip

_INPUTS = ("paths", "folder", "articles", "pairs", "left", "right", "gold", "predicted")
"""Parameters of commands that name files or folders to read."""


def output_option(command: _Command) -> _Command:
    """Give a command the option ``--output``, and check its value before the command runs."""

    @functools.wraps(command)
    def checked(**given: Any) -> Any:  # noqa: ANN401 - whatever the command takes and returns
        inputs = [given.get(name) or () for name in _INPUTS]
        check_output(given["output"], [path for some in inputs for path in ([some] if isinstance(some, str) else some)])
        return command(**given)

    return click.option(
        "-o", "--output", type=click.Path(dir_okay=False),
        help="Write to FILE instead of stdout. A file is written whole or not at all.",
    )(cast("_Command", checked))  # fmt: skip


def output_options(*formats: str) -> Callable[[_Command], _Command]:
    """Return a decorator that gives a command the options ``--format`` and ``--output``.

    The first of ``formats`` is the default; where it is written into a file that ends like another one, such as
    ``day.html``, a warning says so. The command gets the arguments ``format_name`` and ``output`` (a path, or
    None for stdout).
    """

    def decorate(command: _Command) -> _Command:
        format_option = click.option(
            "--format",
            "format_name",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="Format of the output.",
        )

        @functools.wraps(command)
        def warned(**given: Any) -> Any:  # noqa: ANN401 - whatever the command takes and returns
            if given.get("pairs") is None:  # `align --pairs` always writes JSON lines
                _warn_of_ending(given["output"], formats)
            return command(**given)

        return format_option(output_option(cast("_Command", warned)))

    return decorate


def _warn_of_ending(output: str | None, formats: Sequence[str]) -> None:
    """Warn where ``output`` ends like one of ``formats``, and no format was chosen, so that it gets the default."""
    chosen = click.get_current_context().get_parameter_source("format_name")
    ending = Path(output or "").suffix.lower().removeprefix(".")
    if chosen is ParameterSource.DEFAULT and ending in formats[1:]:
        warn(f"{output} gets the format {formats[0]}; for {ending}, give --format {ending}")
