"""``dedupe filter``: one verdict an article, in a pipe, against everything seen in the last days."""

from __future__ import annotations

import contextlib
import io
import os
import queue
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from dedupe.cli.delivery import reader_may_leave
from dedupe.errors import IndexUnavailableError, InputError

if TYPE_CHECKING:
    from dedupe.cli.filter_lines import FilterLine
    from dedupe.index import Index, Verdict
    from dedupe.reading.problems import Problem

_IDLE_SECONDS = 0.02
"""A pipe that is silent for so long is not waited for: what has come is answered."""
_VERDICTS = ("new", "identical", "near_duplicate", "excerpt", "revised", "same_story", "unknown")
_REPAIRS_SAID = 20


class _WithQuarantine(click.Command):
    """Takes ``--on-error quarantine FILE``, one option with two words, as people write it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give the second word an option of its own."""
        spelled: list[str] = []
        words = iter(args)
        for word in words:
            spelled.append(word)
            if (word == "quarantine" and spelled[-2:-1] == ["--on-error"]) or word == "--on-error=quarantine":
                spelled += ["--quarantine", next(words, "")]
        return super().parse_args(ctx, spelled)


def _verdicts(context: click.Context, option: click.Parameter, value: str | None) -> frozenset[str] | None:
    if value is None:
        return None
    named = frozenset(word.strip().replace("-", "_") for word in value.split(",") if word.strip())
    for word in named.difference(_VERDICTS):
        raise click.BadParameter(f"{word!r} is not one of {', '.join(_VERDICTS)}", context, option)
    return named


@click.command("filter", cls=_WithQuarantine)
@click.argument("paths", nargs=-1, metavar="[FILE...]")
@click.option("--index", "folder", required=True, metavar="DIR", help="Folder of the index; made where it is absent.")
@click.option(
    "--drop", callback=_verdicts, metavar="VERDICTS", help="Leave these out, such as identical,near_duplicate."
)
@click.option("--only", callback=_verdicts, metavar="VERDICTS", help="Leave out all but these, such as new.")
@click.option(
    "--batch", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Most lines a transaction."
)
@click.option(
    "--on-error", type=click.Choice(["pass", "fail", "quarantine"]), default="pass", show_default=True,
    help="Lines without a verdict: give them as `unknown`, stop, or copy them to FILE: `--on-error quarantine FILE`.",
)  # fmt: skip
@click.option("--quarantine", "quarantine_file", hidden=True, type=click.Path(dir_okay=False))
@click.option("--retention-days", type=float, help="Days an article is remembered; 30 for a new index, else its own.")
@click.option(
    "--story-days", type=float,
    help="Also follow stories, over articles of so many days, such as 14; slower, and decided when an index is made.",
)  # fmt: skip
@click.option("--near-duplicate-jaccard", type=float, help="Least Jaccard of a near duplicate; else the index's own.")
@click.option("--excerpt-containment", type=float, help="Least share of an excerpt in the other; else the index's own.")
@click.option("--seed", type=int, help="Seed of a new index, to be kept secret where articles may be hostile.")
def filter_(
    paths: tuple[str, ...],
    folder: str,
    drop: frozenset[str] | None,
    only: frozenset[str] | None,
    batch: int,
    on_error: str,
    quarantine_file: str | None,
    retention_days: float | None,
    story_days: float | None,
    **thresholds: Any,  # noqa: ANN401 - Settings checks them
) -> None:
    """Say of every article whether it, or nearly it, was here before, and remember it.

    FILE is JSONL (also .gz), - or nothing is stdin. Every line comes out again in its place, untouched but for a field
    `dedupe` with the verdict: new, identical, near_duplicate, excerpt (one holds the other), revised (a later version
    by the same publisher), same_story (no copy, but the same event: with --story-days), or unknown where the line holds
    no article. The same id with the same words again gets its first answer, with `replayed`: a line may be delivered
    twice without harm.
    """
    from dedupe.index import Index
    from dedupe.settings import Settings

    if on_error == "quarantine" and not quarantine_file:
        raise click.UsageError("--on-error quarantine needs a file behind it: --on-error quarantine FILE")
    given = {name: value for name, value in thresholds.items() if value is not None}
    settings = Settings(**given) if given else None
    with Index(folder, retention_days, settings, story_days=story_days) as index:
        for note in index.stats().notes:
            click.echo(f"warning: {note}", err=True)
        run = _Run(index, drop or frozenset(), only, on_error, _appended(quarantine_file))
        try:
            for lines in _batches(paths or ("-",), batch):
                run.answer(lines)
        finally:
            run.summarise()


def _appended(path: str | None) -> BinaryIO | None:
    if path is None:
        return None
    try:
        return Path(path).open("ab")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}; choose another place") from error


@dataclass(slots=True)
class _Run:
    """One run of the filter: where lines go, and what is counted."""

    index: Index
    drop: frozenset[str]
    only: frozenset[str] | None
    on_error: str
    quarantine: BinaryIO | None
    counts: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    made_up_ids: int = 0
    repairs: int = 0

    def answer(self, lines: Sequence[tuple[str, FilterLine]]) -> None:
        """Decide on a batch, in one transaction, and write it out."""
        unreadable = [i for i, (_, line) in enumerate(lines) if line.article is None]
        if self.on_error == "fail" and unreadable:
            # What stands before it is answered: those articles are stored, and must not be lost.
            self._write(lines[: unreadable[0]])
            file, line = lines[unreadable[0]]
            raise InputError(f"{file}:{line.number}: {line.reason}")
        self._write(lines)

    def _write(self, lines: Sequence[tuple[str, FilterLine]]) -> None:
        for _, line in lines:
            self.made_up_ids += not line.has_own_id
            if line.article:
                self._say(line.repairs)
        articles = [line.article for _, line in lines if line.article]
        trouble = ""
        verdicts: list[Verdict] = []
        try:
            verdicts = self.index.check(articles) if articles else []
        except IndexUnavailableError as error:
            if self.on_error == "fail":
                raise
            trouble = str(error)
            click.echo(f"warning: {trouble}", err=True)
        answers = iter(verdicts)
        given = [(file, line, next(answers, None) if line.article else None) for file, line in lines]
        self._set_aside(given, trouble)
        with reader_may_leave() as out:
            for _, line, verdict in given:
                self._write_line(out, line, verdict, trouble)

    def _set_aside(self, given: Sequence[tuple[str, FilterLine, Verdict | None]], trouble: str) -> None:
        """Copy lines without a verdict to the quarantine file, before they go on."""
        from dedupe.cli.filter_lines import quarantined

        for file, line, verdict in given:
            if verdict is not None:
                continue
            if line.article is None:
                click.echo(f"{file}:{line.number}: {line.reason} — no verdict", err=True)
            if self.quarantine:
                self.quarantine.write(quarantined(line, file, trouble) + b"\n")
        if self.quarantine:
            self.quarantine.flush()
            os.fsync(self.quarantine.fileno())

    def _write_line(self, out: BinaryIO, line: FilterLine, verdict: Verdict | None, trouble: str) -> None:
        from dedupe.cli.filter_lines import annotated

        kind = verdict.verdict if verdict else "unknown"
        self.counts[kind] += 1
        # A line without a verdict is let through even by --only, unless it is kept in the quarantine file.
        passes = kind == "unknown" and not self.quarantine
        if kind in self.drop or (self.only is not None and kind not in self.only and not passes):
            self.dropped[kind] += 1
            return
        out.write(annotated(line, verdict, trouble, keep_unreadable=not self.quarantine) + b"\n")

    def _say(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            self.repairs += 1
            if self.repairs <= _REPAIRS_SAID:
                click.echo(str(problem), err=True)

    def summarise(self) -> None:
        """Say on stderr what came in and what went where."""
        if self.quarantine:
            self.quarantine.close()
        kinds = ", ".join(f"{self.counts[kind]:,} {kind}" for kind in _VERDICTS if self.counts[kind])
        said = f"{self.counts.total():,} lines: {kinds}" if kinds else "0 lines"
        if self.dropped:
            left_out = ", ".join(f"{number:,} {kind}" for kind, number in sorted(self.dropped.items()))
            said += f"; left out {self.dropped.total():,} ({left_out})"
        click.echo(said, err=True)
        if self.repairs > _REPAIRS_SAID:
            click.echo(f"{self.repairs - _REPAIRS_SAID:,} more repairs were not shown", err=True)
        if self.made_up_ids:
            advice = "give every article an id: without one a second delivery is taken for a copy"
            click.echo(f"{self.made_up_ids:,} lines had no id and were named by their line — {advice}", err=True)


def _batches(paths: Sequence[str], size: int) -> Iterator[list[tuple[str, FilterLine]]]:
    """Lines in batches; a batch ends when it is full, or when nothing more comes for a moment."""
    arriving: queue.Queue[tuple[str, FilterLine] | BaseException | None] = queue.Queue(maxsize=2 * size)
    threading.Thread(target=_read, args=(paths, arriving), daemon=True).start()
    batch: list[tuple[str, FilterLine]] = []
    while True:
        try:
            came = arriving.get(timeout=_IDLE_SECONDS if batch else None)
        except queue.Empty:
            came = None
            is_over = False
        else:
            is_over = not isinstance(came, tuple)
        if isinstance(came, tuple):
            batch.append(came)
            if len(batch) < size:
                continue
        if batch:
            yield batch
            batch = []
        if isinstance(came, BaseException):
            raise came
        if is_over:
            return


def _read(paths: Sequence[str], arriving: queue.Queue[tuple[str, FilterLine] | BaseException | None]) -> None:
    """Read all paths in a thread of its own, so that a silent pipe holds nobody up."""
    try:
        for path in paths:
            for line in _lines(path):
                arriving.put(line)
        arriving.put(None)
    except BaseException as error:  # noqa: BLE001 - raised again where the lines are taken
        arriving.put(error)


def _lines(path: str) -> Iterator[tuple[str, FilterLine]]:
    from dedupe.cli.filter_lines import parse_line
    from dedupe.reading.problems import Origin
    from dedupe.reading.records import MAX_RECORD_BYTES
    from dedupe.reading.streams import decoded_parts, lines

    name = "stdin" if path == "-" else path
    stem = Path(name).name.removesuffix(".gz").removesuffix(".jsonl")
    broken: list[str] = []
    origin = Origin(name, "", lambda problem: broken.append(str(problem)))
    with _opened(path) as stream:
        for number, raw in enumerate(lines(decoded_parts(stream, origin), MAX_RECORD_BYTES), 1):
            yield name, parse_line(raw, number, name, stem)
    if broken:
        raise InputError(broken[0])


def _opened(path: str) -> contextlib.AbstractContextManager[BinaryIO]:
    if path == "-":
        return contextlib.nullcontext(_stdin())
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the path") from error


def _stdin() -> BinaryIO:
    """Standard input as a file of its own: Python aborts when it ends while a thread waits in ``sys.stdin``."""
    try:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    except io.UnsupportedOperation:  # not a file of the system, as in tests
        return sys.stdin.buffer
