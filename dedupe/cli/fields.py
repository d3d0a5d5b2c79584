"""``dedupe fields``: the names that the fields of an article may have in files of others."""

from __future__ import annotations

import click

from dedupe.cli.common import examples
from dedupe.cli.delivery import deliver, terminal_width
from dedupe.cli.options import output_options


@click.command(epilog=examples("dedupe fields", "dedupe fields --format json"))
@output_options("table", "json")
def fields(format_name: str, output: str | None) -> None:
    """List the names that the fields of an article may have in the input, the preferred ones first.

    Of several fields that an article has, the first one with a value counts. Upper case, spaces, hyphens and
    underscores make no difference. Other names are given with --map, such as --map text=Body,publisher=Outlet.
    """
    from dedupe.report.fields import lines

    deliver(lines(format_name, terminal_width()), output)
