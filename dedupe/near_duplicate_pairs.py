"""find → NEAR DUPLICATES: pairs of articles with nearly the same words, and nothing else.

The quickest way from files to verified copies, for collections of any size: texts are read, sketched and forgotten, and
only those that may be near duplicates are read again and measured exactly. ``pipeline.cluster`` knows more (excerpts,
groups, stories) and holds all texts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from dedupe import kernels
from dedupe.arrays import I64
from dedupe.copies import candidates, verification
from dedupe.copies.fingerprints import Fingerprinter, Sketches, fingerprint
from dedupe.kernels import Backend, Compute
from dedupe.parallel import in_threads
from dedupe.reading.articles import OnProblem, read_file, reporter
from dedupe.reading.files import InputFile, distinct_files, find_files
from dedupe.reading.text_store import JsonlTexts, SpilledTexts, TextBatch, TextStore
from dedupe.results import Relation
from dedupe.schemas import KINDS
from dedupe.settings import Settings

Progress = Callable[[str], None]
"""Called with the name of each stage as it begins."""


_ARTICLES_A_BATCH = 200

_PAIRS_AT_ONCE = 5_000
"""Candidate pairs measured together: some 10,000 texts are in memory at most."""

_JSON_LINES = (".jsonl", ".ndjson")

_KINDS = KINDS[:2]


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """``relations``: verified pairs by id, ``identical`` or ``near_duplicate``, in the order of the input."""

    relations: tuple[Relation, ...]
    counts: dict[str, int]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """One batch after its texts are gone."""

    shelf: TextStore
    ids: pa.LargeStringArray
    starts: I64
    sizes: I64
    sketches: Sketches


def near_duplicates(
    paths: Sequence[str | os.PathLike[str]],
    settings: Settings | None = None,
    *,
    strict: bool = False,
    on_problem: OnProblem | None = None,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
    backend: str = "auto",
) -> NearDuplicates:
    """Pairs of articles whose Jaccard of word shingles is ``near_duplicate_jaccard`` or more, measured exactly.

    ``paths``: as for ``read``; an id that comes again stays as it is. A pair exactly at the threshold is found with
    probability ``candidate_recall``, closer ones more surely. ``backend``: see ``kernels.choose``.
    """
    settings, progress = settings or Settings(), progress or (lambda stage: None)
    report = reporter(on_problem, strict=strict)
    chosen = [paths] if isinstance(paths, str | os.PathLike) else paths
    with SpilledTexts() as spilled:
        progress("sign")
        found = list(distinct_files(find_files(chosen, report), report))
        using = kernels.choose(sum(map(_bytes, found)), backend)
        signer = Fingerprinter(settings, using)
        batches = list(chain.from_iterable(_sketched(s, signer, spilled, settings, report, stdin) for s in found))
        progress("pair")
        proposed = candidates.find_near_duplicate_candidates(*_together(batches, settings), settings, using)
        progress("verify")
        kept = [relation for _, relation in sorted(_verified(proposed.pairs, batches, settings, using), key=_place)]
    counts = {
        "articles": sum(len(batch.ids) for batch in batches),
        "empty": sum(int(np.count_nonzero(batch.sketches.words == 0)) for batch in batches),
        "candidate_pairs": len(proposed.pairs),
        "capped_buckets": proposed.capped_buckets,
        "largest_bucket": proposed.largest_bucket,
        "pairs": len(kept),
    }
    return NearDuplicates(tuple(kept), counts, tuple(candidates.cap_warnings(counts, settings)))


def _bytes(source: InputFile) -> int:
    try:
        return source.path.stat().st_size if source.path else 0
    except (OSError, ValueError):  # reading it will say so
        return 0


def _sketched(
    source: InputFile,
    signer: Fingerprinter,
    spilled: SpilledTexts,
    settings: Settings,
    report: OnProblem,
    stdin: BinaryIO | None,
) -> list[_Read]:
    """The articles of one source, sketched in threads."""
    if source.path and source.path.suffix.lower() in _JSON_LINES and source.path.is_file():
        lines = JsonlTexts(source.path, signer.backend)
        found = []
        for batch in in_threads(lambda place: _plain(lines, place, signer), lines.ranges(), settings.threads):
            if batch is None:
                break
            found.append(batch)
        else:
            if any(len(batch.ids) for batch in found):
                return found
    articles = read_file(source, report, stdin)
    kept = (
        spilled.keep([article.id for article in some], [article.text for article in some])
        for some in iter(lambda: list(islice(articles, _ARTICLES_A_BATCH)), [])
    )
    return list(in_threads(lambda batch: _forgotten(batch, spilled, signer), kept, settings.threads))


def _plain(lines: JsonlTexts, place: tuple[int, int], signer: Fingerprinter) -> _Read | None:
    """One range of a file of plain records; None where one of them is not, or its text is blank: ``read`` says why."""
    batch = lines.read(place)
    if batch is None:
        return None
    forgotten = _forgotten(batch, lines, signer)
    utf8, offsets = batch.texts
    wordless = np.flatnonzero(forgotten.sketches.words == 0).tolist()
    blank = (not bytes(utf8[offsets[row] : offsets[row + 1]]).decode().strip() for row in wordless)
    return None if any(blank) else forgotten


def _forgotten(batch: TextBatch, shelf: TextStore, signer: Fingerprinter) -> _Read:
    ids = pa.array(batch.ids, pa.large_string())
    return _Read(shelf, ids, batch.starts, batch.sizes, signer.sketch(batch.texts))


def _together(batches: list[_Read], settings: Settings) -> Sketches:
    """The sketches of all batches as one."""
    nothing = Sketches(np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros((0, settings.permutations), np.uint32))
    return Sketches(*map(np.concatenate, zip(nothing, *(batch.sketches for batch in batches), strict=True)))


def _verified(
    pairs: pa.Table, batches: list[_Read], settings: Settings, backend: Backend
) -> Iterator[tuple[int, Relation]]:
    """Candidate pairs that are near duplicates, by exact numbers from their texts, and their places among all pairs.

    Taken by their later articles: in a flood these meet the same few earlier ones, so that no text is read often.
    """
    first = np.cumsum([0, *(len(batch.ids) for batch in batches)])
    lefts, rights = (column.to_numpy() for column in pairs.columns)
    by_right = np.lexsort((lefts, rights))
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        some = np.sort(by_right[start : start + _PAIRS_AT_ONCE])
        rows, places = np.unique(np.concatenate((lefts[some], rights[some])), return_inverse=True)
        ids, texts = _again(rows, first, batches)
        signed = fingerprint(pa.table({"text": pa.array(texts, pa.large_string())}), settings, backend)
        left, right = places.reshape(2, -1)
        measured = verification.measure(signed, left, right, Compute(backend, settings.threads))
        verified = verification.verify(signed, measured, settings).to_pylist()
        found = zip(some.tolist(), verified, strict=True)
        yield from ((place, _named(pair, ids)) for place, pair in found if pair["kind"] in _KINDS)


def _place(found: tuple[int, Relation]) -> int:
    return found[0]


def _named(pair: dict[str, Any], ids: list[str]) -> Relation:
    """A verified pair as a record; publishers are not looked at, so its route is unknown."""
    left, right, shared = (pair.pop(name) for name in ("left", "right", "shared"))
    return Relation(ids[left], ids[right], **pair, shared_shingles=shared, route="unknown")


def _again(rows: I64, first: I64, batches: list[_Read]) -> tuple[list[str], list[str]]:
    """Ids and texts of rows, ascending."""
    ids: list[str] = []
    texts: list[str] = []
    batch_of = np.searchsorted(first, rows, side="right") - 1
    for number in np.unique(batch_of).tolist():
        batch, own = batches[number], rows[batch_of == number] - first[number]
        ids += batch.ids.take(pa.array(own)).to_pylist()
        texts += batch.shelf.again(batch.starts[own].tolist(), batch.sizes[own].tolist())
    return ids, texts
