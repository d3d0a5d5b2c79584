"""Read the articles that a command is given, and tell the user on stderr what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from dedupe.cli.messages import tell
from dedupe.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from dedupe.article import Article
    from dedupe.cli.options import Reading
    from dedupe.cli.progress import Progress
    from dedupe.reading.problems import Problem


MESSAGES_SHOWN = 20
"""Messages of one kind that are printed; of the others only the number is."""

_KINDS_SHOWN = 100
"""Kinds of messages that are told apart; what comes later counts as one kind."""


class MessagePrinter:
    """Prints the first messages of each kind to stderr, and counts the others."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def print(self, message: str, group: str, facts: Mapping[str, object] | None = None) -> None:
        """Print a message, unless enough of its kind were printed.

        ``group``: the part that such messages share. ``facts``: further fields of the message as JSON.
        """
        known = group if group in self._counts or len(self._counts) < _KINDS_SHOWN else "other messages"
        self._counts[known] += 1
        if self._counts[known] <= MESSAGES_SHOWN:
            tell(message, "warning", facts=facts)

    def print_summary(self) -> None:
        """Print how many messages of each kind were not shown."""
        for kind, number in self._counts.items():
            if number > MESSAGES_SHOWN:
                tell(f"{number - MESSAGES_SHOWN:,} more were not shown: {kind}", "warning")


class ProblemPrinter:
    """Prints problems to stderr when they are reported, and counts in ``counts`` what was skipped and repaired.

    After 20 of a kind, which is known by its advice, the others are only counted. How many were not shown is printed
    when the command ends, in whatever way. ``also`` is called with every problem that is counted.
    """

    def __init__(self, also: Callable[[Problem], None] | None = None) -> None:
        self._also = also
        self.counts: Counter[str] = Counter()
        self._messages = MessagePrinter()
        if context := click.get_current_context(silent=True):
            context.call_on_close(self._messages.print_summary)

    def __call__(self, problem: Problem) -> None:
        """Print one problem, and count it unless it is only a column that is not used."""
        if problem.kind != "unused":
            self.counts[problem.kind] += 1
            if self._also:
                self._also(problem)
        facts = {name: getattr(problem, name) for name in ("kind", "file", "line", "article_id", "reason", "advice")}
        self._messages.print(str(problem), f"{problem.kind} — {problem.advice}", facts)

    def print_summary(self) -> None:
        """Print how many problems of each kind there were, and nothing if there were none."""
        if self.counts:
            counts = ", ".join(f"{number} {kind}" for kind, number in sorted(self.counts.items()))
            tell(f"problems in the input: {counts}", "warning")


def read_articles(paths: Sequence[str], reading: Reading, problems: ProblemPrinter) -> Iterator[Article]:
    """Yield all articles of the files and folders; "-" is stdin.

    Raises InputError if there were problems and not one article could be read, or, with ``--strict``, at the first
    problem.
    """
    from dedupe.reading.articles import read

    has_articles = False
    for article in read(paths, on_problem=problems, **reading):
        has_articles = True
        yield article
    if not has_articles and problems.counts:
        raise InputError(f"no readable article in {', '.join(paths)}")


def read_table(paths: Sequence[str], reading: Reading, problems: ProblemPrinter, progress: Progress) -> pa.Table:
    """Return what ``read_articles`` yields as a table of the ARTICLES schema. ``progress`` counts the articles."""
    from dedupe.reading.articles import to_table

    return to_table(progress.count(read_articles(paths, reading, problems)), are_read=True)
