"""One run of ``dedupe filter``: asks the index for verdicts, writes the lines out and counts them."""

from __future__ import annotations

import contextlib
import functools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from dedupe.cli.delivery import append_lines, stdout_until_closed
from dedupe.cli.ending import finishing
from dedupe.cli.filter_ahead import Ahead, Begun
from dedupe.cli.filter_input import FilterBatch
from dedupe.cli.inputs import MessagePrinter
from dedupe.cli.messages import tell
from dedupe.errors import IndexUnavailableError, InputError
from dedupe.filter_lines import UNKNOWN, FilterLine, annotated, quarantined
from dedupe.index import Verdict
from dedupe.index.verdicts import KINDS

REPLAYED = "replayed"
"""What ``drop`` holds, beside verdicts, to leave out lines that were checked before."""


@dataclass(slots=True)
class FilterRun:
    """Where the lines of a run go, and what it has counted. ``ahead`` asks the index.

    ``drop`` are the verdicts whose lines are left out; "replayed" in it leaves out lines that were checked before,
    whatever their verdict. ``only``, if not None, are the verdicts whose lines are kept.
    ``fail`` stops the run at the first line without a verdict. ``quarantine`` is the open file that gets such lines, or
    None.
    """

    ahead: Ahead
    drop: frozenset[str]
    only: frozenset[str] | None
    fail: bool
    quarantine: BinaryIO | None
    verdict_counts: Counter[str] = field(default_factory=Counter)
    dropped_counts: Counter[str] = field(default_factory=Counter)
    lines_without_id: int = 0
    replayed: int = 0
    messages: MessagePrinter = field(default_factory=MessagePrinter)
    unwritten: int = 0
    """Lines of the current batch that the index has stored and that are not all written yet."""

    def process(self, batch: FilterBatch) -> None:
        """Check the articles of a batch in one transaction, and write its lines to stdout.

        With ``fail``, raises InputError at the first line without an article and IndexUnavailableError if the index
        cannot answer. Lines before the failing one are written.
        """
        lines = batch.lines
        without_article = [i for i, line in enumerate(lines) if line.article is None]
        if not (self.fail and without_article):
            self._check_and_write(lines, batch.begun)
            return
        self._check_and_write(lines[: without_article[0]], None)
        line = lines[without_article[0]]
        raise InputError(f"{line.file}:{line.number}: {line.reason}")

    def close(self) -> None:
        """Close the quarantine file, and print to stderr how many lines there were of each verdict."""
        if self.quarantine:
            with contextlib.suppress(OSError):  # what could not be written was an error before
                self.quarantine.close()
        found = [(kind, self.verdict_counts[kind]) for kind in (*KINDS, UNKNOWN)]
        verdicts = ", ".join(f"{number:,} {kind}" for kind, number in found if number)
        total = self.verdict_counts.total()
        lines = "1 line" if total == 1 else f"{total:,} lines"
        summary = f"{lines}: {verdicts}" if verdicts else lines
        if self.replayed:
            summary += f"; {self.replayed:,} of them replayed"
        if self.dropped_counts:
            dropped = ", ".join(f"{number:,} {kind}" for kind, number in sorted(self.dropped_counts.items()))
            summary += f"; left out {self.dropped_counts.total():,} ({dropped})"
        facts = dict(found) | {REPLAYED: self.replayed, "left_out": self.dropped_counts.total()}
        tell(summary, facts=facts)
        if self.unwritten:
            advice = "give them again, without `--drop replayed`, and they get the same verdicts"
            tell(f"{self.unwritten:,} lines are stored, but not all of them were written – {advice}", "warning")
        self.messages.print_summary()
        if self.lines_without_id:
            advice = "give every article an id: without one a second delivery is taken for a copy"
            tell(f"{self.lines_without_id:,} lines had no id and were named by their line — {advice}", "warning")

    def _check_and_write(self, lines: Sequence[FilterLine], begun: Begun | None) -> None:
        for line in lines:
            self.lines_without_id += not line.has_own_id
            for problem in line.repairs if line.article else ():
                self.messages.print(str(problem), f"{problem.kind} — {problem.advice}")
        verdicts, failure = self._check(lines, begun)
        self.unwritten = sum(verdict is not None for verdict in verdicts)
        with finishing():
            self._report_unknown(lines, verdicts, failure)
            with stdout_until_closed() as write:
                for line, verdict in zip(lines, verdicts, strict=True):
                    self._write(write, line, verdict, failure)
        self.unwritten = 0

    def _check(self, lines: Sequence[FilterLine], begun: Begun | None) -> tuple[list[Verdict | None], str]:
        """Return the verdict of each line, None if it has none, and why the index could not answer ("" if it could)."""
        articles = [line.article for line in lines if line.article]
        failure = ""
        answers: list[Verdict] = []
        try:
            answers = self.ahead.check(articles, begun) if articles else []
        except IndexUnavailableError as error:
            if self.fail:
                raise
            failure = str(error)
            self.messages.print(f"warning: {failure}", "the index could not answer")
        remaining = iter(answers)
        return [next(remaining, None) if line.article else None for line in lines], failure

    def _report_unknown(self, lines: Sequence[FilterLine], verdicts: Sequence[Verdict | None], failure: str) -> None:
        """Print why lines have no article, and append all lines without a verdict to the quarantine file.

        The file is on disk when this returns, before the lines are written to stdout.
        """
        unknown = []
        for line, verdict in zip(lines, verdicts, strict=True):
            if verdict is not None:
                continue
            if line.article is None:
                message = f"{line.file}:{line.number}: {line.reason} — no verdict"
                self.messages.print(message, f"{_kind_of(line.reason)} … — no verdict")
            if self.quarantine:
                unknown.append(quarantined(line, failure))
        if self.quarantine and unknown:
            append_lines(self.quarantine, unknown)

    def _write(self, write: Callable[[bytes], None], line: FilterLine, verdict: Verdict | None, failure: str) -> None:
        """Count a line, and write it unless ``drop`` or ``only`` leaves it out."""
        kind = verdict.verdict if verdict else UNKNOWN
        self.verdict_counts[kind] += 1
        if verdict and verdict.replayed:
            self.replayed += 1
            if REPLAYED in self.drop:
                self.dropped_counts[REPLAYED] += 1
                return
        # ``only`` lets lines without a verdict pass, so that none is lost, unless the quarantine file has them.
        passes_only = self.only is None or kind in self.only or (kind == UNKNOWN and not self.quarantine)
        if kind in self.drop or not passes_only:
            self.dropped_counts[kind] += 1
            return
        write(annotated(line, verdict, failure, keep_unreadable=not self.quarantine) + b"\n")


@functools.lru_cache
def _kind_of(reason: str) -> str:
    """Return the first two words of a reason, which are the same for all lines that have the same fault."""
    return " ".join(re.findall(r"[^\W\d_]+", reason)[:2])
