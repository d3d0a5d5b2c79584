"""The ``dedupe`` command: each subcommand has a module of its own, and ``program`` puts them together.

Results go to stdout or to the file of ``--output``; problems, warnings, counts and progress go to stderr. The exit code
is 0 after success and 1 only if ``--fail-on`` asks for it; ``program`` names the others.
"""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Sequence

_OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""New objects after which Python looks for garbage in cycles. By default, which is 700, a tenth of the time of a small
command goes into looking through what was just imported."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line with ``arguments`` (None: those of the process).

    Returns after success; otherwise raises SystemExit with the exit code, which a DedupeError has as ``exit_code``.
    """
    # All other imports come later, so that a signal during them ends the program as at any other time.
    if arguments is None:
        _begin_process()
    from dedupe.cli.program import run

    run(arguments)


def _begin_process() -> None:
    from dedupe.cli.ending import end_at_signals

    end_at_signals()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)  # in the end, nothing needs to be looked through once more
    # OpenBLAS, which NumPy brings along, starts a thread for each core when it is loaded, and they wait in a busy loop
    # for a tenth of a second of CPU time. The only products here are too small to be shared out.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
