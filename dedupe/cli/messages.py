"""Print messages to stderr, whatever stands in the file names and the input that they quote."""

from __future__ import annotations

import click

from dedupe.reading.problems import escaped


def tell(message: str) -> None:
    """Print a message of one or more lines to stderr, with escapes for all that is not printable."""
    click.echo("\n".join(escaped(line) for line in message.split("\n")), err=True)
