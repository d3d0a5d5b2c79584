"""What is wrong with an input, said in one line: file, line, what, what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

_LONGEST_QUOTE = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input.

    ``kind`` is what became of it: ``"skipped"`` (the record, or the rest of the file, is not in the result) or
    ``"repaired"`` (the article is in the result, with the change or the flaw that ``reason`` names). ``line`` counts
    from 1: lines of text, rows of Parquet, articles of a JSON document; None where the whole file is meant.
    ``article_id`` is None where no id was read.
    """

    kind: Literal["skipped", "repaired"]
    file: str
    line: int | None
    article_id: str | None
    reason: str
    advice: str

    def __str__(self) -> str:
        r"""``file:line: what — what to do``, one line of printable characters whatever names and ids contain.

        >>> print(Problem("skipped", "a\nb.csv", 3, None, "no text", "add it"))
        a\nb.csv:3: no text — add it
        """
        place = _clipped(self.file) if self.line is None else f"{_clipped(self.file)}:{self.line}"
        whole = f"{place}: {_clipped(self.reason)} — {self.advice}"
        # isprintable is false for control, direction-changing and surrogate characters: none reaches a terminal.
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in whole)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where records come from: ``file`` as messages name it, ``stem`` of the ids made up for records without one."""

    file: str
    stem: str
    report: Callable[[Problem], None]

    def skipped(self, reason: str, advice: str, line: int | None = None, article_id: str | None = None) -> None:
        """Report a record, or the rest of the file, that is not in the result."""
        self.report(Problem("skipped", self.file, line, article_id, reason, advice))

    def repaired(self, reason: str, advice: str, line: int | None = None, article_id: str | None = None) -> None:
        """Report an article that is in the result, with a change or a flaw."""
        self.report(Problem("repaired", self.file, line, article_id, reason, advice))


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
