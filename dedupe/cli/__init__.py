"""The ``dedupe`` command: each subcommand has a module of its own, and ``program`` puts them together.

Results go to stdout or to the file of ``--output``; problems, warnings, counts and progress go to stderr. The exit code
is 0 after success and 1 only if ``--fail-on`` asks for it; ``program`` names the others.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line with ``arguments`` (None: those of the process).

    Returns after success; otherwise raises SystemExit with the exit code, which a DedupeError has as ``exit_code``.
    """
    # All other imports come later, so that a signal during them ends the program as at any other time.
    if arguments is None:
        from dedupe.cli.ending import end_at_signals

        end_at_signals()
    from dedupe.cli.program import run

    run(arguments)
