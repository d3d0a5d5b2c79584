"""Find pairs of near duplicates in files or data frames of any size, and nothing else.

This is the fastest way to verified copies. Each text is read, sketched and dropped. Only the texts of
candidate pairs are read again, and measured exactly. ``clustering.cluster`` also finds excerpts, copy groups and
stories, but keeps all texts in memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from dedupe import kernels
from dedupe.arrays import I64, U64, Bools
from dedupe.copies import candidates, verification
from dedupe.copies.details import TextDetails
from dedupe.copies.fingerprints import Fingerprinter, Sketches, fingerprint, first_with_same_digest
from dedupe.kernels import Backend, Compute, distinct
from dedupe.parallel import in_threads
from dedupe.reading.arrow_streams import Frame
from dedupe.reading.fields import Columns
from dedupe.reading.files import InputFile, distinct_files, find_files
from dedupe.reading.problems import OnProblem, Origin, reporter
from dedupe.reading.streams import MAX_RECORD_BYTES
from dedupe.reading.text_store import JsonlTexts, SpilledTexts, TextBatch, TextStore
from dedupe.results import Relation, table_of
from dedupe.schemas import KINDS, column_of
from dedupe.settings import Settings
from dedupe.text.columns import utf8_rows
from dedupe.text.furniture import without_boilerplate

Progress = Callable[[str], None]
"""A function that is called with the name of each stage when the stage begins."""

_ARTICLES_PER_BATCH = 200
"""Number of articles that are sketched at once, from inputs other than plain JSONL files."""

_PAIRS_AT_ONCE = 5_000
"""Number of candidate pairs that are measured together. At most twice as many texts are in memory at once."""

_JSON_LINES = (".jsonl", ".ndjson")

_KINDS = KINDS[:2]
"""``identical`` and ``near_duplicate``."""


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """The near duplicates of a collection.

    ``relations`` are the verified pairs, ``identical`` or ``near_duplicate``, in the order of the input. ``counts`` and
    ``warnings`` describe the run.
    """

    relations: tuple[Relation, ...]
    counts: dict[str, int]
    warnings: tuple[str, ...]

    def to_arrow(self) -> pa.Table:
        """The pairs as an Arrow table, with a column for each field."""
        return table_of(Relation, self.relations)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The pairs for pandas, Polars, DuckDB and others that read Arrow data."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


@dataclass(frozen=True, slots=True)
class _SketchedBatch:
    """A batch of articles after its texts were dropped: ``store`` can read them again by ``starts`` and ``sizes``."""

    store: TextStore
    ids: pa.LargeStringArray
    starts: I64
    sizes: I64
    sketches: Sketches
    repairs: tuple[tuple[int, str, str], ...]


def near_duplicates(  # noqa: PLR0913 - the keyword arguments of ``read`` are added to those of the search
    paths: Sequence[str | os.PathLike[str]] | Frame,
    settings: Settings | None = None,
    *,
    strict: bool = False,
    on_problem: OnProblem | None = None,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
    on_sketched: Callable[[int], None] | None = None,
    backend: str = "auto",
    follow_symlinks: bool = False,
    max_record_bytes: int = MAX_RECORD_BYTES,
    day_first: bool | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> NearDuplicates:
    """Return the pairs of articles whose Jaccard of word shingles is ``near_duplicate_jaccard`` or more.

    The Jaccard is measured exactly, without the boilerplate that is known by its words (see ``text.furniture``). Pairs
    are proposed by their whole texts: one exactly at the threshold with probability ``candidate_recall``, a closer one
    with a higher probability, but one that is close only without boilerplate may be missing.

    ``paths``, ``strict``, ``on_problem``, ``stdin``, ``follow_symlinks``, ``max_record_bytes``, ``day_first``,
    ``columns`` and ``encoding`` are those of ``read``, but two articles may have the same id. ``paths`` may also be a
    data frame, as for ``cluster``; its texts go to a temporary file as they are read. ``progress`` is called with the
    name of each stage, and ``on_sketched`` with the number of articles of each batch that was read and sketched, from
    the thread that did it. ``backend`` is explained at ``kernels.choose``.

    Raises ``InputError`` if a file changes while it is read, if a data frame cannot be read, and, if ``strict``, at the
    first problem.
    """
    settings, progress = settings or Settings(), progress or (lambda stage: None)
    report = reporter(on_problem, strict=strict)
    with SpilledTexts() as spilled:
        progress("sign")
        files = [] if isinstance(paths, Frame) else _files(paths, report, follow_symlinks)
        using = kernels.choose(sum(map(_file_bytes, files)), backend)
        sketcher = _Sketcher(
            Fingerprinter(settings, using),
            spilled,
            settings,
            Columns(columns),
            report,
            stdin,
            max_record_bytes,
            day_first,
            encoding,
            on_sketched or (lambda articles: None),
        )
        if isinstance(paths, Frame):
            batches = sketcher.sketch_frame(paths)
            kernels.choose(sum(int(batch.sizes.sum()) for batch in batches), backend)
        else:
            batches = list(chain.from_iterable(map(sketcher.sketch_file, files)))
        progress("pair")
        words, hints, signatures = _concatenate_sketches(batches, settings)
        first_same = _first_with_same_words(words, hints, batches, sketcher.fingerprinter)
        proposed = candidates.find_near_duplicate_candidates(words, first_same, signatures, settings, using)
        progress("verify")
        verified = sorted(_verify(proposed.pairs, batches, settings, using), key=itemgetter(0))
    counts = {
        "articles": sum(len(batch.ids) for batch in batches),
        "empty": sum(int(np.count_nonzero(batch.sketches.words == 0)) for batch in batches),
        "candidate_pairs": len(proposed.pairs),
        "capped_buckets": proposed.capped_buckets,
        "largest_bucket": proposed.largest_bucket,
        "pairs": len(verified),
    }
    relations = tuple(relation for _, relation in verified)
    return NearDuplicates(relations, counts, tuple(candidates.cap_warnings(counts, settings)))


def _files(paths: Sequence[str | os.PathLike[str]], report: OnProblem, follow_symlinks: bool) -> list[InputFile]:
    chosen = [paths] if isinstance(paths, str | os.PathLike) else paths
    return list(distinct_files(find_files(chosen, report, follow_symlinks), report))


def _file_bytes(source: InputFile) -> int:
    try:
        return source.path.stat().st_size if source.path else 0
    except (OSError, ValueError):  # the problem is reported when the file is read
        return 0


@dataclass(frozen=True, slots=True)
class _Sketcher:
    """Reads files or a data frame, and sketches their articles in threads.

    Texts that cannot be read again go to ``spilled``.
    """

    fingerprinter: Fingerprinter
    spilled: SpilledTexts
    settings: Settings
    columns: Columns
    report: OnProblem
    stdin: BinaryIO | None
    max_record_bytes: int
    day_first: bool | None
    encoding: str | None
    on_sketched: Callable[[int], None]

    def sketch_file(self, source: InputFile) -> list[_SketchedBatch]:
        """Return the sketched articles of one file.

        A JSONL file is read in ranges, if all of its records are plain; any other file is read with ``read_file``.
        """
        threads = self.settings.threads
        is_plain = not {"id", "text"}.intersection(self.columns.named)
        if is_plain and source.path and source.path.suffix.lower() in _JSON_LINES and source.path.is_file():
            lines = JsonlTexts(source.path, self.fingerprinter.backend, self.max_record_bytes)
            batches = []
            for batch in in_threads(lambda byte_range: self._sketch_range(lines, byte_range), lines.ranges(), threads):
                if batch is None:
                    break
                batches.append(batch)
            else:
                if any(len(batch.ids) for batch in batches):
                    self._report_repairs(source, batches)
                    return batches
        from dedupe.reading.articles import read_file  # what reads dates, HTML and CSV takes 20 ms to import

        articles = read_file(
            source, self.columns, self.report, self.stdin, self.max_record_bytes, self.day_first, self.encoding
        )
        kept = (
            self.spilled.keep(_column([article.id for article in some]), _column([article.text for article in some]))
            for some in iter(lambda: list(islice(articles, _ARTICLES_PER_BATCH)), [])
        )
        return list(in_threads(lambda batch: self._sketch_batch(batch, self.spilled), kept, threads))

    def sketch_frame(self, frame: Frame) -> list[_SketchedBatch]:
        """Return the sketched articles of a data frame. Dates are not looked at."""
        from dedupe.reading.frames import FrameReader  # slow to import, as above

        reader = FrameReader(frame, self.columns.named, self.report, self.max_record_bytes)
        articles = reader.articles(reader.batches, parse=None)
        kept = (self.spilled.keep(batch.column("id"), batch.column("text")) for batch, _ in articles)
        return list(in_threads(lambda batch: self._sketch_batch(batch, self.spilled), kept, self.settings.threads))

    def _sketch_range(self, lines: JsonlTexts, byte_range: tuple[int, int]) -> _SketchedBatch | None:
        """Return one range of a JSONL file, or None if a record is not plain or a text is blank.

        ``read_file`` then reads the file and reports what is wrong.
        """
        batch = lines.read(byte_range)
        if batch is None:
            return None
        sketched = self._sketch_batch(batch, lines)
        utf8, offsets = batch.texts
        wordless = np.flatnonzero(sketched.sketches.words == 0).tolist()
        is_blank = (not bytes(utf8[offsets[row] : offsets[row + 1]]).decode().strip() for row in wordless)
        return None if any(is_blank) else sketched

    def _sketch_batch(self, batch: TextBatch, store: TextStore) -> _SketchedBatch:
        sketches = self.fingerprinter.sketch(batch.texts)
        self.on_sketched(len(batch.ids))
        return _SketchedBatch(store, batch.ids, batch.starts, batch.sizes, sketches, batch.repairs)

    def _report_repairs(self, source: InputFile, batches: list[_SketchedBatch]) -> None:
        """Report the texts of a JSONL file that were repaired. Every line of the file is one row of the batches."""
        origin = Origin(source.shown, source.stem, self.report)
        line = 1
        for batch in batches:
            for row, reason, advice in batch.repairs:
                origin.repaired(reason, advice, line + row, batch.ids[row].as_py())
            line += len(batch.ids)


def _column(texts: list[str]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def _concatenate_sketches(batches: list[_SketchedBatch], settings: Settings) -> Sketches:
    empty = Sketches(np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros((0, settings.permutations), np.uint32))
    return Sketches(*map(np.concatenate, zip(empty, *(batch.sketches for batch in batches), strict=True)))


def _first_with_same_words(words: I64, hints: U64, batches: list[_SketchedBatch], fingerprinter: Fingerprinter) -> I64:
    """Return the first article with the same words as each one, int64[articles].

    ``hints``: the sequence hashes, uint64[articles]. Only the texts that share one are read again, for their digests.
    """
    first_same = np.arange(words.size)
    _, inverse, counts = np.unique(hints, return_inverse=True, return_counts=True)
    alike = np.flatnonzero((counts[inverse] > 1) & (words > 0))
    first_rows = np.cumsum([0, *(len(batch.ids) for batch in batches)])
    digests = []
    for start in range(0, alike.size, _PAIRS_AT_ONCE):
        _, texts = _read_again(alike[start : start + _PAIRS_AT_ONCE], first_rows, batches)
        column = pa.chunked_array([pa.array(texts, pa.large_string())])
        digests += [fingerprinter.digests(*fingerprinter.fold(*rows)) for rows in utf8_rows(column)]
    of_alike = np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2)
    first_same[alike] = alike[first_with_same_digest(of_alike)]
    return first_same


def _verify(
    pairs: pa.Table, batches: list[_SketchedBatch], settings: Settings, backend: Backend
) -> Iterator[tuple[int, Relation]]:
    """Yield the candidate pairs that are near duplicates, measured exactly, each with its position in ``pairs``.

    Pairs are measured in the order of their later articles. Many near-identical articles are paired with the same few
    earlier ones, so in this order no text is read often.
    """
    first_rows = np.cumsum([0, *(len(batch.ids) for batch in batches)])
    lefts, rights = (column.to_numpy() for column in pairs.columns)
    by_right = np.lexsort((lefts, rights))
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        some = np.sort(by_right[start : start + _PAIRS_AT_ONCE])
        rows, places = np.unique(np.concatenate((lefts[some], rights[some])), return_inverse=True)
        ids, texts = _read_again(rows, first_rows, batches)
        compared = without_boilerplate(pa.chunked_array([pa.array(texts, pa.large_string())]))
        prints = fingerprint(pa.table({"text": compared}), settings, backend)
        left, right = places.reshape(2, -1)
        measured = verification.measure(prints, left, right, Compute(backend, settings.threads))
        close = measured["jaccard"].to_numpy() >= settings.near_duplicate_jaccard
        some, measured = some[close], _rows_of(measured, close)
        verified = verification.verify(prints, measured, TextDetails(compared), settings).to_pylist()
        for position, pair in zip(some.tolist(), verified, strict=True):
            if pair["kind"] in _KINDS:
                yield position, _relation_record(pair, ids)


def _rows_of(table: pa.Table, chosen: Bools) -> pa.Table:
    """Return some rows of a table of numbers. Arrow's own ``filter`` takes 35 ms to import."""
    return pa.Table.from_arrays([column_of(column.to_numpy()[chosen]) for column in table.columns], schema=table.schema)


def _relation_record(pair: dict[str, Any], ids: list[str]) -> Relation:
    """Return a verified pair as a record. Publishers are not read here, so the route is unknown."""
    left, right, shared = (pair.pop(name) for name in ("left", "right", "shared"))
    return Relation(ids[left], ids[right], **pair, shared_shingles=shared, route="unknown")


def _read_again(rows: I64, first_rows: I64, batches: list[_SketchedBatch]) -> tuple[list[str], list[str]]:
    """Return the ids and the texts of rows, which must be ascending; ``first_rows`` is the first row of each batch."""
    ids: list[str] = []
    texts: list[str] = []
    batch_of = np.searchsorted(first_rows, rows, side="right") - 1
    for number in distinct(batch_of).tolist():
        batch, own = batches[number], rows[batch_of == number] - first_rows[number]
        ids += [batch.ids[row].as_py() for row in own.tolist()]
        texts += batch.store.again(batch.starts[own].tolist(), batch.sizes[own].tolist())
    return ids, texts
