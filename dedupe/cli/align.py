"""``dedupe align``: which sentences of two articles were copied, edited or rewritten."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dedupe.cli.output import Problems, deliver, output_options, read_articles, width
from dedupe.errors import InputError

if TYPE_CHECKING:
    from dedupe.tables import Article


@click.command()
@click.argument("left")
@click.argument("right")
@output_options("text", "json", "jsonl")
@click.option("--all", "every", is_flag=True, help="Show the sentences without a match, too.")
@click.option("--color/--no-color", "coloured", default=None, help="Colours; by default where stdout is a terminal.")
def align(left: str, right: str, layout: str, output: str | None, every: bool, coloured: bool | None) -> None:
    """Show which sentences of LEFT and RIGHT were copied, edited or rewritten, and where.

    LEFT and RIGHT are files with one article each, or - for stdin. Offsets in JSON count code points of the original.
    """
    from dedupe.alignments import align as run
    from dedupe.report.alignment import lines

    if coloured is None:
        coloured = output is None and sys.stdout.isatty()
    articles = _only_article(left), _only_article(right)
    found = run(articles[0], articles[1])
    deliver(lines(*articles, found, layout, width=width(), coloured=coloured, every=every), output)


def _only_article(path: str) -> Article:
    """The one article a path holds."""
    articles = read_articles([path], strict=False, problems=Problems())
    if len(articles) != 1:
        raise InputError(f"{path}: holds {len(articles)} articles — give a file with one article")
    return articles[0]
