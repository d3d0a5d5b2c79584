"""Many pairs for ``dedupe align --pairs``: texts kept on disk, rows read one by one, passages found on all cores."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from dedupe.alignment.align import Alignment, align_tokenized
from dedupe.alignment.tokenized import TokenizedText
from dedupe.alignment.tokenized import tokenize as read_wording
from dedupe.cli.options import Problems
from dedupe.errors import InputError
from dedupe.parallel import in_processes
from dedupe.reading.articles import read
from dedupe.reading.files import InputFile, open_file
from dedupe.reading.problems import Origin, Problem
from dedupe.reading.streams import decoded_parts, lines, valid_text

_TASK_PAIRS, _TASK_CHARACTERS = 16, 500_000
"""Pairs handed to a process at once: neighbours often share a text, which is then read once."""

_MAX_LINE_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class RequestedPair:
    """A pair to align, by article ids."""

    id: str
    a: str
    b: str


class StoredTexts:
    """The texts of a collection in a temporary file, found by id: memory holds ids, not texts."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="dedupe-")  # noqa: SIM115 - closed by __exit__
        self._places: dict[str, tuple[int, int, str | None]] = {}

    def keep(self, path: str, strict: bool, problems: Problems) -> None:
        """Keep the articles of a path. No article at all is an error."""
        for article in read([path], strict=strict, on_problem=problems):
            packed = article.text.encode("utf-8", "surrogatepass")
            self._places[article.id] = (self._file.tell(), len(packed), article.language)
            self._file.write(packed)
        if not self._places:
            raise InputError(f"no readable article in {path}")

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __getitem__(self, name: str) -> tuple[str, str | None]:
        """Text and language."""
        start, size, language = self._places[name]
        self._file.seek(start)
        return self._file.read(size).decode("utf-8", "surrogatepass"), language

    def __enter__(self) -> StoredTexts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def read_pairs(path: str, texts: StoredTexts, strict: bool, problems: Problems) -> Iterator[RequestedPair]:
    """The pairs of a JSONL file (also .gz, - for stdin) whose articles are known; all others are told.

    Raises InputError where a file has problems and no pair at all, and with ``strict`` at the first problem.
    """
    said = 0

    def report(problem: Problem) -> None:
        nonlocal said
        if strict:
            raise InputError(str(problem))
        said += 1
        problems(problem)

    source = InputFile(None, "stdin", "stdin") if path == "-" else InputFile(Path(path), valid_text(path), "")
    origin = Origin(source.shown, "", report)
    read_any = False
    with ExitStack() as stack:
        stream = sys.stdin.buffer if source.path is None else open_file(source, report)
        if stream is not None and source.path is not None:
            stack.enter_context(stream)
        for number, line in enumerate(lines(decoded_parts(stream or BytesIO(), origin), _MAX_LINE_BYTES), 1):
            pair = _pair(line, number, texts, origin)
            if pair is not None:
                read_any = True
                yield pair
    if said and not read_any:
        raise InputError(f"{source.shown}: no pair to align")


def _pair(line: bytes | None, number: int, texts: StoredTexts, origin: Origin) -> RequestedPair | None:
    """One row, or None and a problem; an empty line is neither."""
    if line is not None and not line.strip():
        return None
    fields = _fields(line)
    if fields is None:
        origin.skipped("not a JSON object of a bearable size", 'write {"id": …, "a": …, "b": …} on each line', number)
        return None
    given = [valid_text(str(fields[name])) if isinstance(fields.get(name), str | int) else None for name in ("a", "b")]
    a, b = given
    if a is None or b is None:
        origin.skipped("a or b is missing", "give the ids of two articles as a and b", number)
        return None
    for name in (a, b):
        if name not in texts:
            origin.skipped(f"no article has the id {name!r}", "check the ids in --articles", number, name)
            return None
    own = fields.get("id")
    return RequestedPair(valid_text(str(own)) if isinstance(own, str | int) else f"{a} {b}", a, b)


def _fields(line: bytes | None) -> dict[str, Any] | None:
    try:
        fields = msgspec.json.decode(line or b"")
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def count_lines(path: str) -> int:
    """Lines of a file, for a progress bar; 0 where that would cost the input itself."""
    source = InputFile(Path(path), path, "")
    stream = None if path == "-" else open_file(source, lambda problem: None)
    if stream is None:
        return 0
    with stream:
        return sum(part.count(b"\n") for part in decoded_parts(stream, Origin(path, "", lambda problem: None)))


def align_pairs(pairs: Iterable[RequestedPair], texts: StoredTexts, processes: int) -> Iterator[dict[str, Any]]:
    """A row a pair, in order and the same for any number of processes; at most a few tasks of pairs are in memory."""
    for rows in in_processes(_align_some, _tasks(pairs, texts), processes):
        yield from rows


_Task = tuple[list[RequestedPair], dict[str, tuple[str, str | None]]]


def _tasks(pairs: Iterable[RequestedPair], texts: StoredTexts) -> Iterator[_Task]:
    """Pairs with the texts they need, bounded in number and in characters."""
    waiting: list[RequestedPair] = []
    needed: dict[str, tuple[str, str | None]] = {}
    characters = 0
    for pair in pairs:
        waiting.append(pair)
        for name in (pair.a, pair.b):
            if name not in needed:
                needed[name] = texts[name]
                characters += len(needed[name][0])
        if len(waiting) == _TASK_PAIRS or characters >= _TASK_CHARACTERS:
            yield waiting, needed
            waiting, needed, characters = [], {}, 0
    if waiting:
        yield waiting, needed


def _align_some(task: _Task) -> list[dict[str, Any]]:
    pairs, texts = task
    wordings: dict[str, TokenizedText] = {name: read_wording(*given) for name, given in texts.items()}
    return [_row(pair, align_tokenized(wordings[pair.a], wordings[pair.b])) for pair in pairs]


def _row(pair: RequestedPair, found: Alignment) -> dict[str, Any]:
    """A pair as it is written: passages in the order of the left text, offsets and lengths in code points."""
    spans = [
        {
            "a_off": passage.left.start,
            "a_len": passage.left.end - passage.left.start,
            "b_off": passage.right.start,
            "b_len": passage.right.end - passage.right.start,
            "class": passage.kind,
            "score": round(float(passage.score), 4),
            "evidence_nats": round(float(passage.evidence_nats), 2),
        }
        for passage in found.passages
    ]
    shares = {"a_reused": round(float(found.left_reused), 4), "b_reused": round(float(found.right_reused), 4)}
    return {"id": pair.id, "a": pair.a, "b": pair.b, "spans": spans, **shares, "is_partial": found.is_partial}
