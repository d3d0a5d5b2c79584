"""The folder of ``dedupe audit --evidence``: written beside its place, and put there only when it is complete."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import click

from dedupe.cli.delivery import append_lines, deliver, errors_as_output_error, open_to_append
from dedupe.errors import OutputError

if TYPE_CHECKING:
    import pyarrow as pa

    from dedupe.audit.evidence import PairEvidence
    from dedupe.audit.results import Audit
    from dedupe.reading.problems import Problem

_WAITING_LINES = 500
"""Lines that are written at once."""


def check_evidence(folder: str | None, inputs: Sequence[str]) -> None:
    """Check, before any work is done, that the pack can be put there: its place is free, and no input folder.

    Raises UsageError or OutputError.
    """
    if folder is None:
        return
    path = Path(folder)
    if not folder or (path.exists() and (not path.is_dir() or any(path.iterdir()))):
        raise click.UsageError(f"--evidence {folder} is not empty: choose a new folder.")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{folder}: cannot be written: the folder above does not exist; make it or choose another")
    place = path.resolve()
    if any(given != "-" and Path(given).resolve() in (place, *place.parents) for given in inputs):
        raise click.UsageError(f"--evidence {folder} stands in an input folder: choose another place.")


class EvidencePack:
    """Collects the evidence while the audit runs; ``finish`` completes it and puts it in its place.

    A pack that is not finished is removed.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._draft = self._folder.absolute().with_name(f".dedupe-{os.urandom(8).hex()}.tmp")
        with errors_as_output_error(folder):
            self._draft.mkdir()
        self._waiting: dict[str, list[bytes]] = {"pairs.jsonl": [], "problems.jsonl": []}

    def __enter__(self) -> EvidencePack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._draft, ignore_errors=True)

    def add_pair(self, pair: PairEvidence) -> None:
        """Add the evidence of one aligned pair."""
        self._add("pairs.jsonl", pair)

    def add_problem(self, problem: Problem) -> None:
        """Add one problem of the input."""
        self._add("problems.jsonl", problem)

    def finish(
        self, audit: Audit, articles: pa.Table, command: Sequence[str], inputs: Iterable[str], follow_symlinks: bool
    ) -> None:
        """Write the rest, the manifest last, and put the pack in its place. ``inputs``: the paths that were read."""
        from dedupe.reading.files import distinct_files, find_files
        from dedupe.report.evidence import README, article_lines, describe_file, describe_input, manifest
        from dedupe.report.formats import json_document, json_line
        from dedupe.settings import Settings

        for name in self._waiting:
            self._write(name)
        deliver([README.removesuffix("\n")], str(self._draft / "README.txt"))
        deliver(article_lines(articles), str(self._draft / "articles.jsonl"))
        deliver([json_line(audit)], str(self._draft / "audit.json"))
        files = [describe_file(path, path.name) for path in sorted(self._draft.iterdir())]
        read = distinct_files(find_files(inputs, _ignore, follow_symlinks), _ignore)
        made = manifest(command, Settings(), [describe_input(file) for file in read], files)
        deliver([json_document(made)], str(self._draft / "manifest.json"))
        with errors_as_output_error(str(self._folder)):
            self._draft.replace(self._folder)

    def _add(self, name: str, record: object) -> None:
        from dedupe.report.formats import json_line

        waiting = self._waiting[name]
        waiting.append(json_line(record).encode())
        if len(waiting) == _WAITING_LINES:
            self._write(name)

    def _write(self, name: str) -> None:
        with open_to_append(str(self._draft / name)) as stream:
            append_lines(stream, self._waiting[name])
        self._waiting[name].clear()


def _ignore(problem: Problem) -> None:
    """What is wrong with the input was reported when it was read."""
