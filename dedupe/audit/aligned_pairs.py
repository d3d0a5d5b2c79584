"""compare → COMPARISONS: the pairs of a collection that are worth aligning, aligned on several processes.

Pairs come from the earlier stages: texts that still share wording when boilerplate is taken out, and articles of one
story, where a rewritten report shares little; there one of every group of copies, the fullest, speaks for all. How many
each article is compared with is bounded; what is cut is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, Bools
from dedupe.audit.pair_reuse import AuditedArticle, PairReuse, find_reuse
from dedupe.audit.pair_selection import SelectedPairs
from dedupe.audit.sentence_table import Progress, SentenceTable
from dedupe.parallel import in_processes

_BLOCK = 16
"""Pairs are dealt in blocks of this many articles by as many, so that a text is read once for many pairs."""

_TASK_PAIRS, _TASK_CHARACTERS = 128, 2_000_000


@dataclass(frozen=True, slots=True)
class AlignedPairs:
    """Matched sentences of all pairs, by their numbers in ``SentenceTable``: the left and right one, class
    (``KIND_CODES``), whether both are quotations, and the number of their pair. Then for each pair: its articles, which
    came first (``LEFT_FIRST``, ``RIGHT_FIRST`` or ``UNKNOWN``), whether both print one agency, whether a limit was
    reached."""

    left: I64
    right: I64
    kind: I64
    quote: Bools
    pair: I64
    left_article: I64
    right_article: I64
    first: I64
    common: Bools
    partial: Bools


_Task = tuple[dict[int, AuditedArticle], list[tuple[int, int]]]


def align_pairs(
    articles: pa.Table,
    chosen: SelectedPairs,
    outlines: SentenceTable,
    boilerplate: Bools,
    story_of: I64,
    processes: int,
    progress: Progress,
) -> AlignedPairs:
    """Align the chosen pairs; the result does not depend on the number of processes."""
    order_of = _dealt(chosen, story_of)
    pairs = np.stack((chosen.left[order_of], chosen.right[order_of]), axis=1)
    found: list[PairReuse] = []
    for part in in_processes(_compare_some, _tasks(articles, outlines, boilerplate, pairs), processes, worth_it=3):
        found += part
        progress("align", len(found), len(pairs))
    rows = [(k, *row) for k, one in enumerate(found) for row in one.matches]
    table = np.array(rows, np.int64).reshape(-1, 5)
    return AlignedPairs(
        outlines.first[pairs[table[:, 0], 0]] + table[:, 1],
        outlines.first[pairs[table[:, 0], 1]] + table[:, 2],
        table[:, 3],
        table[:, 4].astype(bool),
        table[:, 0],
        pairs[:, 0],
        pairs[:, 1],
        np.array([one.first for one in found], np.int64),
        np.array([one.is_common for one in found], bool),
        np.array([one.is_partial for one in found], bool),
    )


def _dealt(chosen: SelectedPairs, story_of: I64) -> I64:
    """Order in which pairs of the same few articles follow each other."""
    place = np.empty(story_of.size, np.int64)
    place[np.lexsort((np.arange(story_of.size), story_of))] = np.arange(story_of.size)
    left, right = place[chosen.left], place[chosen.right]
    return np.lexsort((right, left, right // _BLOCK, left // _BLOCK))


def _tasks(articles: pa.Table, outlines: SentenceTable, boilerplate: Bools, pairs: I64) -> Iterator[_Task]:
    """Pairs with the articles they need, bounded in number and in characters."""
    readers: dict[int, AuditedArticle] = {}
    waiting: list[tuple[int, int]] = []
    characters = 0
    for left, right in pairs.tolist():
        for row in (left, right):
            if row not in readers:
                text, language = articles["text"][row].as_py(), articles["language"][row].as_py()
                own = slice(outlines.first[row], outlines.first[row + 1])
                readers[row] = AuditedArticle(text, language, boilerplate[own], outlines.provenances[row])
                characters += len(text)
        waiting.append((left, right))
        if len(waiting) == _TASK_PAIRS or characters >= _TASK_CHARACTERS:
            yield readers, waiting
            readers, waiting, characters = {}, [], 0
    if waiting:
        yield readers, waiting


def _compare_some(task: _Task) -> list[PairReuse]:
    readers, pairs = task
    sides = {row: reader.tokenize() for row, reader in readers.items()}
    return [find_reuse(sides[left], sides[right]) for left, right in pairs]
