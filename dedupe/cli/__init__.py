"""The ``dedupe`` command. Each subcommand has a module of its own; this one puts them together.

Results go to stdout or to the file of ``--output``; problems, warnings, counts and progress go to stderr. The exit code
is 0 after success, 1 only if ``--fail-on`` asks for it, 2 for wrong usage, 3 for an input that cannot be read or an
output that cannot be written, 4 for an index that is refused, unavailable or damaged, and 130 after an interrupt.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import click

from dedupe import __version__
from dedupe.cli.align import align
from dedupe.cli.audit import audit
from dedupe.cli.cluster import cluster
from dedupe.cli.delivery import discard_stdout, stderr_while_open
from dedupe.cli.evaluate import evaluate
from dedupe.cli.explain import explain
from dedupe.cli.filter import filter_
from dedupe.cli.index import index
from dedupe.cli.messages import tell
from dedupe.cli.pairs import pairs
from dedupe.errors import DedupeError

_EXIT_CODES = (
    "0 done, 1 when --fail-on asks for it, 2 usage, 3 input cannot be read or output written, 4 index refused, "
    "130 interrupted"
)


@click.group(epilog=f"Exit codes: {_EXIT_CODES}.")
@click.version_option(__version__, prog_name="dedupe")
def cli() -> None:
    """Find copied, rewritten and same-event news articles, and show the text they share."""


for _command in (align, audit, cluster, evaluate, explain, filter_, index, pairs):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line with ``arguments`` (None: those of the process).

    Returns after success; otherwise raises SystemExit with the exit code, which a DedupeError has as ``exit_code``.
    """
    if arguments is None:
        sys.stderr = stderr_while_open()
    try:
        cli.main(arguments, prog_name="dedupe", standalone_mode=False)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        tell(shown.getvalue().removesuffix("\n"))
        sys.exit(error.exit_code)
    except DedupeError as error:
        tell(f"dedupe: {error}")
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except BrokenPipeError:  # a reader of help or of a short message has left
        discard_stdout()
        sys.exit(0)
    except OSError as error:
        discard_stdout()
        tell(f"dedupe: {error}")
        sys.exit(3)
