"""``dedupe align``: which sentences of two articles were copied, edited or rewritten; or the passages of many pairs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dedupe.cli.delivery import deliver
from dedupe.cli.options import Problems, output_options, read_articles, strict_option, width
from dedupe.errors import InputError

if TYPE_CHECKING:
    from dedupe.schemas import Article


@click.command()
@click.argument("left", required=False)
@click.argument("right", required=False)
@output_options("text", "json", "jsonl")
@click.option("--articles", metavar="PATH", help="A collection; LEFT and RIGHT, and the pairs, are ids in it.")
@click.option("--pairs", metavar="PAIRS", help="JSONL with id, a and b (article ids): writes one row a pair.")
@click.option(
    "--processes", type=click.IntRange(1, 256), default=os.cpu_count() or 1, show_default="all cores",
    help="Processes for many pairs; same result for any number.",
)  # fmt: skip
@strict_option
@click.option("--all", "every", is_flag=True, help="Show the sentences without a match, too.")
@click.option("--color/--no-color", "coloured", default=None, help="Colours; by default where stdout is a terminal.")
@click.pass_context
def align(  # noqa: PLR0913, PLR0917 - click hands every option over as an argument
    context: click.Context,
    left: str | None,
    right: str | None,
    layout: str,
    output: str | None,
    articles: str | None,
    pairs: str | None,
    processes: int,
    strict: bool,
    every: bool,
    coloured: bool | None,
) -> None:
    """Show which sentences of LEFT and RIGHT were copied, edited or rewritten, where, and in which direction.

    LEFT and RIGHT are files with one article each, - for stdin, or with --articles ids of a collection. With --pairs
    there is one JSON row a pair: its passages, each with place and length in both texts, class and score. Offsets count
    code points of the original.
    """
    if pairs is not None:
        _check_many(context, left, articles, pairs)
        deliver(_many(articles or "", pairs, processes, strict), output)
        return
    if left is None or right is None:
        raise click.UsageError("Missing argument: two articles, LEFT and RIGHT, or --articles and --pairs.")
    if articles is None:
        chosen = _only_article(left, strict), _only_article(right, strict)
    else:
        chosen = _named_articles(articles, left, right, strict)
    coloured = output is None and sys.stdout.isatty() if coloured is None else coloured
    deliver(_one(*chosen, layout, coloured, every), output)


def _one(left: Article, right: Article, layout: str, coloured: bool, every: bool) -> Iterator[str]:
    """The report on one pair."""
    from dedupe.alignment.align import align as run
    from dedupe.alignment.direction import direction
    from dedupe.report import alignment, formats
    from dedupe.report import direction as directions

    found = run(left, right)
    way = direction(left, right, found)
    if layout == "json":
        yield formats.json_document(alignment.document(left, right, found) | {"direction": directions.record(way)})
        return
    yield from alignment.lines(left, right, found, layout, width=width(), coloured=coloured, every=every)
    if layout == "text":
        yield from directions.lines(way)


def _only_article(path: str, strict: bool) -> Article:
    """The one article a path holds."""
    articles = read_articles([path], strict=strict, problems=Problems())
    if len(articles) != 1:
        raise InputError(f"{path}: holds {len(articles)} articles — give a file with one article")
    return articles[0]


def _named_articles(path: str, left: str, right: str, strict: bool) -> tuple[Article, Article]:
    """Two articles of a collection, by their ids."""
    from dedupe.reading.articles import read

    found = {
        article.id: article
        for article in read([path], strict=strict, on_problem=Problems())
        if article.id in (left, right)
    }
    for name in (left, right):
        if name not in found:
            raise InputError(f"{path}: no article has the id {name!r}")
    return found[left], found[right]


def _check_many(context: click.Context, left: str | None, articles: str | None, pairs: str) -> None:
    """Refuse options that contradict --pairs."""
    if articles is None:
        raise click.UsageError("--pairs needs --articles, the collection with their texts.")
    if left is not None:
        raise click.UsageError("Give LEFT and RIGHT or --pairs, not both.")
    if articles == pairs == "-":
        raise click.UsageError("--articles and --pairs cannot both be read from stdin.")
    was_chosen = context.get_parameter_source("layout") is not click.core.ParameterSource.DEFAULT
    if was_chosen and context.params["layout"] != "jsonl":
        raise click.UsageError(f"--pairs writes jsonl, not {context.params['layout']}.")


def _many(articles: str, pairs: str, processes: int, strict: bool) -> Iterator[str]:
    """One JSON line a pair, in the order of the pairs; what cannot be aligned is told on stderr and left out."""
    from dedupe.cli.align_pairs import StoredTexts, align_pairs, count_lines, read_pairs
    from dedupe.report.formats import json_line

    problems = Problems()
    with StoredTexts() as texts:
        texts.keep(articles, strict, problems)
        wanted = read_pairs(pairs, texts, strict, problems)
        hidden = not sys.stderr.isatty()
        length = None if hidden else count_lines(pairs)
        with click.progressbar(length=length or 0, file=sys.stderr, hidden=hidden, label="pairs") as bar:
            for row in align_pairs(wanted, texts, processes):
                bar.update(1)
                yield json_line(row)
    problems.summarise()
