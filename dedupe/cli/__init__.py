"""The ``dedupe`` command, one file a subcommand. Results go to stdout, words to stderr.

Exit codes: 0 done · 1 only when --fail-on asks · 2 usage · 3 unreadable input · 4 index refused · 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from dedupe import __version__
from dedupe.cli.align import align
from dedupe.cli.audit import audit
from dedupe.cli.cluster import cluster
from dedupe.cli.evaluate import evaluate
from dedupe.cli.filter import filter_
from dedupe.cli.index import index
from dedupe.cli.pairs import pairs
from dedupe.errors import DedupeError

_EXIT_CODES = "0 done, 1 when --fail-on asks for it, 2 usage, 3 unreadable input, 4 index refused, 130 interrupted"


@click.group(epilog=f"Exit codes: {_EXIT_CODES}.")
@click.version_option(__version__, prog_name="dedupe")
def cli() -> None:
    """Find copied, rewritten and same-event news articles, and show the wording they share."""


cli.add_command(align)
cli.add_command(audit)
cli.add_command(cluster)
cli.add_command(evaluate)
cli.add_command(filter_)
cli.add_command(index)
cli.add_command(pairs)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the documented code."""
    try:
        cli.main(arguments, prog_name="dedupe", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except DedupeError as error:
        click.echo(f"dedupe: {error}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
