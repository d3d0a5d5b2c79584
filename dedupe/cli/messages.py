"""Print messages to stderr, whatever stands in the file names and the input that they quote."""

from __future__ import annotations

import functools

import click


def tell(message: str) -> None:
    """Print a message of one or more lines to stderr, with escapes for all that is not printable."""
    from dedupe.reading.problems import escaped

    click.echo("\n".join(escaped(line) for line in message.split("\n")), err=True)


@functools.cache
def tell_log() -> None:
    """From now on print the warnings that the library logs in this process, such as for whom an index waits."""
    import logging

    class Teller(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(record.getMessage())

    logging.getLogger("dedupe").addHandler(Teller())
