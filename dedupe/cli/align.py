"""``dedupe align``: show what two articles share, or write the shared passages of many pairs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dedupe.cli.common import examples
from dedupe.cli.delivery import deliver, terminal_width
from dedupe.cli.inputs import ProblemPrinter, read_articles
from dedupe.cli.messages import shows_progress, warn
from dedupe.cli.options import (
    Page,
    Reading,
    input_options,
    language_option,
    output_options,
    page_options,
    processes_option,
)
from dedupe.cli.progress import Progress
from dedupe.errors import InputError

if TYPE_CHECKING:
    from dedupe.article import Article


@click.command(
    epilog=examples("dedupe align wire.txt paper.txt", "dedupe align --articles day.jsonl a b --format html -o ab.html",
                    "dedupe align --articles day.jsonl --pairs pairs.jsonl -o spans.jsonl")
)  # fmt: skip
@click.argument("left", required=False, type=click.Path())
@click.argument("right", required=False, type=click.Path())
@output_options("text", "json", "jsonl", "html")
@page_options
@click.option(
    "--articles",
    type=click.Path(),
    metavar="PATH",
    help="A collection: LEFT and RIGHT, and a and b of the pairs, are its ids.",
)
@click.option(
    "--pairs",
    type=click.Path(),
    metavar="PAIRS",
    help="JSONL with id, a and b (article ids): write one JSON row per pair.",
)
@processes_option
@language_option
@input_options
@click.option("--all", "show_unmatched", is_flag=True, help="Show the sentences without a match too.")
@click.option("--color/--no-color", "coloured", default=None, help="Use colours; by default only in a terminal.")
@click.pass_context
def align(  # noqa: PLR0913, PLR0917 - click hands every option over as an argument
    context: click.Context,
    left: str | None,
    right: str | None,
    format_name: str,
    output: str | None,
    page: Page,
    articles: str | None,
    pairs: str | None,
    processes: int,
    language: str | None,
    reading: Reading,
    show_unmatched: bool,
    coloured: bool | None,
) -> None:
    """Show which sentences of LEFT and RIGHT were copied, edited or rewritten, where, and in which direction.

    LEFT and RIGHT are files with one article each, - for stdin or, with --articles, ids of a collection. With --pairs
    the output is one JSON row per pair. It holds the shared passages, each with its offset and length in both texts, a
    class and a score. Offsets count code points of the original text.
    """
    if pairs is not None:
        if articles is None:
            raise click.UsageError("--pairs needs --articles, the collection with their texts.")
        _check_pairs_usage(context, left, articles, pairs)
        _warn_of_ignored_options(show_unmatched, coloured)
        deliver(_pair_lines(articles, pairs, processes, language, reading), output)
        return
    if left is None or right is None:
        raise click.UsageError("Missing argument: two articles, LEFT and RIGHT, or --articles and --pairs.")
    if articles is None:
        both = _only_article(left, reading), _only_article(right, reading)
    else:
        both = _articles_by_id(articles, left, right, reading)
    if coloured is None:
        coloured = output is None and sys.stdout.isatty()
    if format_name == "html":
        deliver(_page(*both, language, page, show_unmatched), output)
    else:
        deliver(_report(*both, language, format_name, coloured, show_unmatched), output, coloured=coloured)


def _report(
    left: Article, right: Article, language: str | None, format_name: str, coloured: bool, show_unmatched: bool
) -> Iterator[str]:
    """Align two articles and yield the report."""
    from dedupe.alignment.align import align as run
    from dedupe.alignment.direction import direction
    from dedupe.report.alignment import lines

    alignment = run(left, right, language)
    yield from lines(
        left,
        right,
        alignment,
        direction(left, right, alignment),
        format_name,
        width=terminal_width(),
        coloured=coloured,
        show_unmatched=show_unmatched,
    )


def _page(left: Article, right: Article, language: str | None, page: Page, show_unmatched: bool) -> Iterator[str]:
    """Align two articles and yield the HTML page."""
    from dedupe.alignment.align import align as run
    from dedupe.alignment.direction import direction
    from dedupe.report.html.alignment import page_lines

    alignment = run(left, right, language)
    texts = "all" if show_unmatched and page["texts"] == "matched" else page["texts"]
    found = direction(left, right, alignment)
    yield from page_lines(left, right, alignment, found, texts=texts, max_bytes=page["max_bytes"])


def _only_article(path: str, reading: Reading) -> Article:
    """Return the article of a file. Raises InputError if the file has none or several."""
    articles = list(read_articles([path], reading, ProblemPrinter()))
    if len(articles) != 1:
        raise InputError(f"{path}: holds {len(articles)} articles — give a file with one article")
    return articles[0]


def _articles_by_id(path: str, left: str, right: str, reading: Reading) -> tuple[Article, Article]:
    """Return two articles of a collection. Raises InputError if an id is not in it."""
    from dedupe.reading.articles import read
    from dedupe.reading.problems import valid_text

    left, right = valid_text(left), valid_text(right)
    found = {
        article.id: article
        for article in read([path], on_problem=ProblemPrinter(), **reading)
        if article.id in (left, right)
    }
    for article_id in (left, right):
        if article_id not in found:
            raise InputError(f"{path}: no article has the id {article_id!r}")
    return found[left], found[right]


def _check_pairs_usage(context: click.Context, left: str | None, articles: str, pairs: str) -> None:
    """Raise UsageError for arguments that contradict --pairs."""
    if left is not None:
        raise click.UsageError("Give LEFT and RIGHT or --pairs, not both.")
    if articles == pairs == "-":
        raise click.UsageError("--articles and --pairs cannot both be read from stdin.")
    is_given = context.get_parameter_source("format_name") is click.core.ParameterSource.COMMANDLINE
    if is_given and context.params["format_name"] != "jsonl":
        raise click.UsageError(f"--pairs writes jsonl, not {context.params['format_name']}.")


def _warn_of_ignored_options(show_unmatched: bool, coloured: bool | None) -> None:
    """Print a warning to stderr if options were given that change nothing with --pairs."""
    ignored = [*(["--all"] if show_unmatched else []), *(["--color"] if coloured else [])]
    if ignored:
        verb = "changes" if len(ignored) == 1 else "change"
        warn(f"{' and '.join(ignored)} {verb} nothing with --pairs, which writes JSON rows")


def _pair_lines(articles: str, pairs: str, processes: int, language: str | None, reading: Reading) -> Iterator[str]:
    """Yield one JSON line per pair, in the order of the pairs. Pairs that cannot be aligned are reported on stderr."""
    from dedupe.cli.align_pairs import StoredTexts, align_pairs, count_lines, read_pairs
    from dedupe.report.formats import json_line

    problems = ProblemPrinter()
    with StoredTexts(language) as texts, Progress(units={"align": "pairs"}) as progress:
        progress("read")
        texts.add(articles, reading, problems)
        requested = read_pairs(pairs, texts, reading["strict"], problems)
        progress("align", 0, count_lines(pairs) if shows_progress() else 0)
        for row in progress.count(align_pairs(requested, texts, processes)):
            yield json_line(row)
    problems.print_summary()
