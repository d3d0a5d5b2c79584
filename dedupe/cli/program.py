"""All commands together, and the exit code for each way in which a run can end.

The exit code is 0 after success, 1 only if ``--fail-on`` asks for it, 2 for wrong usage, 3 for an input that cannot be
read, 4 for an index that is refused, unavailable or damaged, and 5 for an output that cannot be written. It is 129, 130
or 143 after SIGHUP, SIGINT or SIGTERM, and 141 if the reader of the output has left, as shells have it after SIGPIPE.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Sequence
from itertools import pairwise

import click

from dedupe import __version__
from dedupe.cli.common import examples, with_common_options
from dedupe.cli.delivery import NO_SPACE, discard_stdout, stderr_while_open
from dedupe.cli.ending import EndedBySignal, received_signal, working
from dedupe.cli.messages import are_json, begin_messages, choose_messages, tell, tell_log
from dedupe.errors import DedupeError, InputError, OutputError, ReaderLeftError

_EXIT_CODES = (
    "0 done, 1 when --fail-on asks for it, 2 usage, 3 input cannot be read, 4 index refused, unavailable or damaged, "
    "5 output cannot be written, 129, 130 or 143 ended by a signal, 141 the reader of the output has left"
)


_SUMMARIES = {
    "align": "Show which sentences two articles share, and which came first.",
    "audit": "Account for every word of a collection: who took what from whom.",
    "cluster": "Group articles into stories (same event) and copies (same text).",
    "evaluate": "Score groups against gold labels.",
    "explain": "Say why two articles are, or are not, in one story.",
    "fields": "List the names that fields of an article may have.",
    "filter": "Give one verdict per article, against all seen before.",
    "index": "Look after the index of `filter`.",
    "pairs": "Find pairs of articles with nearly the same words.",
    "serve": "Give the verdicts of `filter` over HTTP.",
    "spark": "Find pairs, copies and stories on a cluster.",
}


class _Commands(click.Group):
    """The commands, each in the module with its name, which is imported when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _SUMMARIES:
            return None
        choose_messages(command=cmd_name)
        names = vars(importlib.import_module(f"dedupe.cli.{cmd_name}"))
        command: click.Command = names.get(cmd_name) or names[f"{cmd_name}_"]  # ``filter`` is a function of Python
        return with_common_options(command, (cmd_name,))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUMMARIES.items()))


_EXAMPLES = examples("dedupe cluster articles/", "dedupe filter --index seen < day.jsonl > checked.jsonl")


@click.group(cls=_Commands, epilog=f"{_EXAMPLES}\n\nExit codes: {_EXIT_CODES}.")
@click.version_option(__version__, prog_name="dedupe")
def cli() -> None:
    """Find copied, rewritten and same-event news articles, and show the text they share."""
    tell_log()


def run(arguments: Sequence[str] | None) -> None:
    """Run the command line with ``arguments`` (None: those of the process).

    Returns after success; otherwise raises SystemExit with the exit code. A signal ends the process here.
    """
    if arguments is None:
        sys.stderr = stderr_while_open()
    message, code = "", 0
    words = sys.argv[1:] if arguments is None else list(arguments)
    # Wrong usage ends a command before its options are read, and is then told in the form that was asked for.
    begin_messages(as_json="--log-format=json" in words or ("--log-format", "json") in pairwise(words))
    try:
        with working():
            cli.main(arguments, prog_name="dedupe", standalone_mode=False, obj=words)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        tell(error.format_message() if are_json() else shown.getvalue().removesuffix("\n"), "error")
        code = error.exit_code
    except SystemExit:
        # With this wrapper, and with code 1, click ends if the reader of help or of the version has left.
        if not type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            raise
        message, code = _ending_of(BrokenPipeError())
    except (DedupeError, OSError, KeyboardInterrupt, click.Abort, EndedBySignal) as error:
        message, code = _ending_of(error)
    if ended := received_signal():
        discard_stdout()
        message, code = str(ended), ended.exit_code
    if message:
        tell(message, "error", "dedupe: ")
    if code:
        sys.exit(code)


def _ending_of(error: BaseException) -> tuple[str, int]:
    """Return the line and the exit code with which an error ends the program."""
    if isinstance(error, DedupeError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        discard_stdout()
        if isinstance(error, BrokenPipeError):
            return str(ReaderLeftError("stdout")), ReaderLeftError.exit_code
        return str(error), OutputError.exit_code if error.errno in NO_SPACE else InputError.exit_code
    return "interrupted", 130
