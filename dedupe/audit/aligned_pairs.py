"""Align the selected pairs of a collection on several processes.

``dedupe.audit.pair_selection`` selects the pairs, ``dedupe.audit.pair_reuse`` compares each, and
``dedupe.audit.attribution`` works on the result.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from dedupe.alignment.align import match_tokenized
from dedupe.alignment.tokenized import tokenize
from dedupe.arrays import I64, Bools
from dedupe.audit.pair_reuse import PairReuse, TokenizedArticle, find_reuse
from dedupe.audit.pair_selection import SelectedPairs
from dedupe.audit.sentence_table import Progress, SentenceTable
from dedupe.parallel import in_processes

_BLOCK_ARTICLES = 16
"""Pairs are ordered in blocks of so many left articles by as many right ones, so that few texts are handed to a process
for many pairs."""

_TASK_PAIRS, _TASK_CHARACTERS = 128, 2_000_000
"""Pairs, and characters of text, that are handed to a process at once: whichever is reached first."""


_Task = tuple[dict[int, TokenizedArticle], list[tuple[int, int]]]
"""The articles of a task by their rows, and its pairs of rows."""


def align_pairs(
    articles: pa.Table,
    selected: SelectedPairs,
    sentences: SentenceTable,
    boilerplate: Bools,
    story_of: I64,
    processes: int,
    progress: Progress,
) -> Iterator[tuple[int, int, PairReuse]]:
    """Align the selected pairs, and yield for each its two articles, as rows, and what they share.

    The order does not depend on the number of processes. ``boilerplate`` has one flag a sentence and ``story_of`` one
    number an article. ``articles`` are in canonical order.
    """
    order = _block_order(selected, story_of)
    pairs = np.stack((selected.left[order], selected.right[order]), axis=1)
    done = 0
    for some, found in in_processes(
        _compare_some, _tasks(articles, sentences, boilerplate, pairs), processes, worth_it=3
    ):
        for (left, right), reuse in zip(some, found, strict=True):
            yield left, right, reuse
        done += len(some)
        progress("align", done, len(pairs))


def _block_order(selected: SelectedPairs, story_of: I64) -> I64:
    """The order in which pairs of the same few articles follow each other, int64[pairs]. Stories stay together."""
    place = np.empty(story_of.size, np.int64)
    place[np.argsort(story_of, kind="stable")] = np.arange(story_of.size)
    left, right = place[selected.left], place[selected.right]
    return np.lexsort((right, left, right // _BLOCK_ARTICLES, left // _BLOCK_ARTICLES))


def _tasks(articles: pa.Table, sentences: SentenceTable, boilerplate: Bools, pairs: I64) -> Iterator[_Task]:
    """The pairs in tasks of bounded size, each with the articles it needs."""
    needed: dict[int, TokenizedArticle] = {}
    waiting: list[tuple[int, int]] = []
    characters = 0
    for left, right in pairs.tolist():
        for row in (left, right):
            if row not in needed:
                if row not in sentences.tokenized:  # an article that only a single passage relates to others
                    language = articles["language"][row].as_py()
                    sentences.tokenized[row] = tokenize(articles["text"][row].as_py(), language)
                text, own = sentences.tokenized[row], slice(sentences.offsets[row], sentences.offsets[row + 1])
                needed[row] = TokenizedArticle.of(text, boilerplate[own], sentences.provenances[row])
                characters += len(text.text)
        waiting.append((left, right))
        if len(waiting) == _TASK_PAIRS or characters >= _TASK_CHARACTERS:
            yield needed, waiting
            needed, waiting, characters = {}, [], 0
    if waiting:
        yield needed, waiting


def _compare_some(task: _Task) -> tuple[list[tuple[int, int]], list[PairReuse]]:
    articles, pairs = task
    match = functools.cache(match_tokenized)  # articles of the same text share one tokenized text: it is aligned once
    return pairs, [find_reuse(articles[left], articles[right], match) for left, right in pairs]
