"""Print messages to stderr, whatever stands in the file names and the input that they quote."""

from __future__ import annotations

import logging

import click

from dedupe.reading.problems import escaped


def tell(message: str) -> None:
    """Print a message of one or more lines to stderr, with escapes for all that is not printable."""
    click.echo("\n".join(escaped(line) for line in message.split("\n")), err=True)


def tell_log() -> None:
    """From now on print the warnings that the library logs, such as for which process an index waits."""
    logging.getLogger("dedupe").addHandler(_Teller())


class _Teller(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        tell(record.getMessage())
