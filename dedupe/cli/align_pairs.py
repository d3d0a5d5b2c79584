"""Align many pairs of articles, for ``dedupe align --pairs``.

The texts of the collection are stored in a temporary file, pairs are read one by one, and several processes align them.
Memory therefore holds the ids of all articles, but the texts of a few pairs only.
"""

from __future__ import annotations

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
from dedupe.alignment.tokenized import tokenize
from dedupe.cli.inputs import ProblemPrinter
from dedupe.cli.options import Reading
from dedupe.errors import InputError
from dedupe.parallel import in_processes
from dedupe.reading.articles import read
from dedupe.reading.files import InputFile, open_file
from dedupe.reading.problems import Origin, Problem, valid_text
from dedupe.reading.streams import decoded_parts, lines, open_stdin
from dedupe.text.sentences import split_language

_TASK_PAIRS, _TASK_CHARACTERS = 16, 500_000
"""Most pairs in a task, and characters of text from which a task takes no more pairs. A task has several pairs because
pairs next to each other often share a text, which is then tokenized once."""

_MAX_LINE_BYTES = 2**20
"""Longest line of the file of pairs."""

_Text = tuple[str, str]
"""The text of an article, and the language by whose rules it is split."""


@dataclass(frozen=True, slots=True)
class RequestedPair:
    """A pair to align. ``a`` and ``b`` are article ids, ``id`` is the name of the pair."""

    id: str
    a: str
    b: str


class StoredTexts:
    """The texts of a collection in a temporary file, which is deleted when the object is closed.

    Use it as a context manager. ``texts[article_id]`` is the text of an article and the language by whose rules it is
    split: ``language`` if it is given, else what the article and its text say.
    """

    def __init__(self, language: str | None = None) -> None:
        self._language = language
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="dedupe-")  # noqa: SIM115 - closed by __exit__
        self._places: dict[str, tuple[int, int, str | None]] = {}  # offset and size in bytes, language

    def add(self, path: str, reading: Reading, problems: ProblemPrinter) -> None:
        """Store the articles of a file or folder. Raises InputError if it has no readable article."""
        for article in read([path], on_problem=problems, **reading):
            encoded = article.text.encode("utf-8", "surrogatepass")
            self._places[article.id] = (self._file.tell(), len(encoded), article.language)
            self._file.write(encoded)
        if not self._places:
            raise InputError(f"no readable article in {path}")

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._places

    def __getitem__(self, article_id: str) -> _Text:
        start, size, language = self._places[article_id]
        self._file.seek(start)
        text = self._file.read(size).decode("utf-8", "surrogatepass")
        return text, self._language or split_language(text, language)

    def __enter__(self) -> StoredTexts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def read_pairs(path: str, texts: StoredTexts, strict: bool, problems: ProblemPrinter) -> Iterator[RequestedPair]:
    """Yield the pairs of a JSONL file (also .gz; "-" is stdin) whose two articles are in ``texts``.

    Every other line is reported as a problem, except empty ones. Raises InputError if there were problems and not one
    pair, or, with ``strict``, at the first problem.
    """
    problem_count = 0

    def report(problem: Problem) -> None:
        nonlocal problem_count
        if strict:
            raise InputError(str(problem))
        problem_count += 1
        problems(problem)

    source = InputFile(None, "stdin", "stdin") if path == "-" else InputFile(Path(path), valid_text(path), "")
    origin = Origin(source.shown, "", report)
    has_pairs = False
    with ExitStack() as stack:
        stream = open_stdin() if source.path is None else open_file(source, report)
        if stream is not None and source.path is not None:
            stack.enter_context(stream)
        for number, line in enumerate(lines(decoded_parts(stream or BytesIO(), origin), _MAX_LINE_BYTES), 1):
            pair = _parse_pair(line, number, texts, origin)
            if pair is not None:
                has_pairs = True
                yield pair
    if problem_count and not has_pairs:
        raise InputError(f"{source.shown}: no pair to align")


def _parse_pair(line: bytes | None, number: int, texts: StoredTexts, origin: Origin) -> RequestedPair | None:
    """Return the pair of one line; None for an empty line, and for a line with a problem, which is reported.

    ``line`` is None where it was longer than the limit. A pair without an id is named after its articles.
    """
    if line is not None and not line.strip():
        return None
    fields = _fields(line)
    if fields is None:
        reason = f"a line of more than {_MAX_LINE_BYTES:,} bytes" if line is None else "not a JSON object"
        origin.skipped(reason, 'write {"id": …, "a": …, "b": …} on each line', number)
        return None
    a, b = (_as_id(fields.get(name)) for name in ("a", "b"))
    if a is None or b is None:
        origin.skipped("a or b is missing", "give the ids of two articles as a and b", number)
        return None
    for article_id in (a, b):
        if article_id not in texts:
            reason = f"no article has the id {article_id!r}"
            origin.skipped(reason, "check the ids in --articles", number, article_id)
            return None
    pair_id = _as_id(fields.get("id"))
    return RequestedPair(f"{a} {b}" if pair_id is None else pair_id, a, b)


def _as_id(value: object) -> str | None:
    """Return a JSON string or whole number as an id, None for any other value."""
    return valid_text(str(value)) if isinstance(value, str | int) else None


def _fields(line: bytes | None) -> dict[str, Any] | None:
    """Return the JSON object on a line, None where there is none."""
    try:
        fields = msgspec.json.decode(line or b"")
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def count_lines(path: str) -> int:
    """Return the number of lines of a file, for a progress bar.

    For stdin, which cannot be read twice, and for a file that cannot be opened it is 0.
    """
    source = InputFile(Path(path), path, "")
    stream = None if path == "-" else open_file(source, lambda problem: None)
    if stream is None:
        return 0
    with stream:
        return sum(part.count(b"\n") for part in decoded_parts(stream, Origin(path, "", lambda problem: None)))


def align_pairs(pairs: Iterable[RequestedPair], texts: StoredTexts, processes: int) -> Iterator[dict[str, Any]]:
    """Yield one row per pair, in the order of the pairs. The rows are the same for any number of ``processes``."""
    for rows in in_processes(_align_task, _tasks(pairs, texts), processes):
        yield from rows


_Task = tuple[list[RequestedPair], dict[str, _Text]]
"""Some pairs, and the texts of their articles by id."""


def _tasks(pairs: Iterable[RequestedPair], texts: StoredTexts) -> Iterator[_Task]:
    """Yield the pairs in tasks of bounded size."""
    task_pairs: list[RequestedPair] = []
    task_texts: dict[str, _Text] = {}
    characters = 0
    for pair in pairs:
        task_pairs.append(pair)
        for article_id in (pair.a, pair.b):
            if article_id not in task_texts:
                task_texts[article_id] = texts[article_id]
                characters += len(task_texts[article_id][0])
        if len(task_pairs) == _TASK_PAIRS or characters >= _TASK_CHARACTERS:
            yield task_pairs, task_texts
            task_pairs, task_texts, characters = [], {}, 0
    if task_pairs:
        yield task_pairs, task_texts


def _align_task(task: _Task) -> list[dict[str, Any]]:
    pairs, texts = task
    tokenized = {article_id: tokenize(*text) for article_id, text in texts.items()}
    return [_row(pair, align_tokenized(tokenized[pair.a], tokenized[pair.b])) for pair in pairs]


def _row(pair: RequestedPair, alignment: Alignment) -> dict[str, Any]:
    """Return the row of a pair. Its passages are in the order of the left text; offsets and lengths are code points."""
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
        for passage in alignment.passages
    ]
    shares = {"a_reused": round(float(alignment.left_reused), 4), "b_reused": round(float(alignment.right_reused), 4)}
    grades = {"a_grade": alignment.left_words.grade, "b_grade": alignment.right_words.grade}
    return {
        "id": pair.id,
        "a": pair.a,
        "b": pair.b,
        "spans": spans,
        **shares,
        **grades,
        "is_partial": alignment.is_partial,
    }
