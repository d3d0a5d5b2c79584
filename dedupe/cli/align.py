"""``dedupe align``: show what two articles share, or write the shared passages of many pairs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dedupe.cli.delivery import deliver, terminal_width
from dedupe.cli.inputs import ProblemPrinter, read_articles
from dedupe.cli.messages import tell
from dedupe.cli.options import Reading, input_options, language_option, output_options, processes_option
from dedupe.errors import InputError

if TYPE_CHECKING:
    from dedupe.article import Article


@click.command()
@click.argument("left", required=False)
@click.argument("right", required=False)
@output_options("text", "json", "jsonl", "html")
@click.option("--articles", metavar="PATH", help="A collection: LEFT and RIGHT, and a and b of the pairs, are its ids.")
@click.option("--pairs", metavar="PAIRS", help="JSONL with id, a and b (article ids): write one JSON row per pair.")
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
    deliver(_report(*both, language, format_name, coloured, show_unmatched), output, coloured=coloured)


def _report(
    left: Article, right: Article, language: str | None, format_name: str, coloured: bool, show_unmatched: bool
) -> Iterator[str]:
    """Align two articles and yield the report."""
    from dedupe.alignment.align import align as run
    from dedupe.alignment.direction import direction
    from dedupe.report.alignment import lines

    alignment = run(left, right, language)
    if format_name == "html":
        from dedupe.report.html.alignment import page_lines

        found = direction(left, right, alignment)
        yield from page_lines(left, right, alignment, found, show_unmatched=show_unmatched)
        return
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
    is_given = context.get_parameter_source("format_name") is not click.core.ParameterSource.DEFAULT
    if is_given and context.params["format_name"] != "jsonl":
        raise click.UsageError(f"--pairs writes jsonl, not {context.params['format_name']}.")


def _warn_of_ignored_options(show_unmatched: bool, coloured: bool | None) -> None:
    """Print a warning to stderr if options were given that change nothing with --pairs."""
    ignored = [*(["--all"] if show_unmatched else []), *(["--color"] if coloured else [])]
    if ignored:
        verb = "changes" if len(ignored) == 1 else "change"
        tell(f"warning: {' and '.join(ignored)} {verb} nothing with --pairs, which writes JSON rows")


def _pair_lines(articles: str, pairs: str, processes: int, language: str | None, reading: Reading) -> Iterator[str]:
    """Yield one JSON line per pair, in the order of the pairs. Pairs that cannot be aligned are reported on stderr."""
    from dedupe.cli.align_pairs import StoredTexts, align_pairs, count_lines, read_pairs
    from dedupe.report.formats import json_line

    problems = ProblemPrinter()
    with StoredTexts(language) as texts:
        texts.add(articles, reading, problems)
        requested = read_pairs(pairs, texts, reading["strict"], problems)
        hidden = not sys.stderr.isatty()
        length = 0 if hidden else count_lines(pairs)
        with click.progressbar(length=length, file=sys.stderr, hidden=hidden, label="pairs") as bar:
            for row in align_pairs(requested, texts, processes):
                bar.update(1)
                yield json_line(row)
    problems.print_summary()
