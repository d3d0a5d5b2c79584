"""Read the articles that a command is given, and tell the user on stderr what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dedupe.cli.messages import tell
from dedupe.errors import InputError

if TYPE_CHECKING:
    from dedupe.cli.options import Reading
    from dedupe.reading.problems import Problem
    from dedupe.schemas import Article


class ProblemPrinter:
    """Prints every problem to stderr when it is reported, and counts the problems by kind in ``counts``."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __call__(self, problem: Problem) -> None:
        """Print and count one problem."""
        self.counts[problem.kind] += 1
        tell(str(problem))

    def print_summary(self) -> None:
        """Print how many problems of each kind there were, and nothing if there were none."""
        if self.counts:
            counts = ", ".join(f"{number} {kind}" for kind, number in sorted(self.counts.items()))
            tell(f"problems in the input: {counts}")


def read_articles(paths: Sequence[str], reading: Reading, problems: ProblemPrinter) -> list[Article]:
    """Return all articles of the files and folders; "-" is stdin.

    An input without articles gives an empty list. Raises InputError if there were problems and not one article could be
    read, or, with ``--strict``, at the first problem.
    """
    from dedupe.reading.articles import read

    articles = list(read(paths, on_problem=problems, **reading))
    if not articles and problems.counts:
        raise InputError(f"no readable article in {', '.join(paths)}")
    return articles
