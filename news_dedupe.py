"""The command ``dedupe``, started only if the folder ``dedupe`` holds the package of this distribution and no other.

PyPI has a distribution named ``dedupe``, which is about something else and whose package has the same folder. Where
both are installed in one environment, the one that came last has written over files of the other, and pip says nothing.
This module stands outside of the folder, so that it can look at it before anything in it is imported.
"""

import os
import signal
import sys
from importlib.util import find_spec

_BEGINNING = '"""Near-duplicate and syndication detection for news.'

_ADVICE = "run `pip uninstall -y dedupe news-dedupe`, then install one of the two; for both, use two environments"


def problem_of_installation() -> str | None:
    """Return in one line what is wrong with the folder ``dedupe`` and what to do; None if nothing is."""
    found = find_spec("dedupe")
    places = list(found.submodule_search_locations or ()) if found else []
    if any(os.path.exists(os.path.join(place, "api.py")) for place in places):  # noqa: PTH110, PTH118 - pathlib is slow
        return f"PyPI's other package `dedupe` is installed in this environment, and its files are mixed in: {_ADVICE}"
    try:
        with open(found.origin if found and found.origin else "", encoding="utf-8") as file:  # noqa: PTH123
            is_complete = file.read(len(_BEGINNING)) == _BEGINNING
    except OSError:
        is_complete = False
    return None if is_complete else f"files of news-dedupe are missing or those of another package: {_ADVICE}"


def main() -> None:
    """Run the command line. Exits with 2 if the installation is damaged."""
    if hasattr(signal, "pthread_sigmask"):  # signals wait until ``dedupe.cli`` can deal with them
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGHUP, signal.SIGINT, signal.SIGTERM))
    problem = problem_of_installation()
    if problem:
        print(f"dedupe: {problem}", file=sys.stderr)  # noqa: T201 - nothing of the package can be used
        sys.exit(2)
    from dedupe.cli import main as run

    run()
