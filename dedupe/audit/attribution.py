"""Attribute every reused sentence to its closest source, classify all sentences, and group those that are the same.

The aligned pairs are added one by one, and of every sentence only its closest source so far is kept, so that memory
grows with the sentences and not with the pairs. The result does not depend on the order of the pairs.
``dedupe.audit.records`` makes the public records from it. Sentences are numbered in canonical order of their articles,
so a lower number means an earlier publication.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from dedupe.arrays import I64, Bools
from dedupe.audit.pair_reuse import LEFT_FIRST, REWRITTEN, RIGHT_FIRST, UNKNOWN, PairReuse
from dedupe.audit.sentence_table import SentenceTable

ORIGINAL, QUOTED, BOILERPLATE = 3, 4, 5
"""Classes of a sentence besides those of a match (``VERBATIM``, ``EDITED``, ``REWRITTEN``)."""

CLASSES = 6
"""Number of classes."""

_NO_SOURCE = np.iinfo(np.int64).max
_ON_THE_WAY = -1


@dataclass(frozen=True, slots=True)
class ReuseTable:
    """The reused sentences and their closest sources. One element a reused sentence, ascending:

    ``taker``: int64[reused], the sentence, as a row of ``SentenceTable``.
    ``giver``: int64[reused], its closest source, the sentence of another article for which it is counted.
    ``kind``: int64[reused], the class code of the match of the two.
    ``is_order_known``: bool[reused], the giver's article is known to be earlier.
    ``is_undetermined``: bool[reused], no other article that has the sentence is known to be earlier.
    """

    taker: I64
    giver: I64
    kind: I64
    is_order_known: Bools
    is_undetermined: Bools

    def take(self, rows: I64) -> ReuseTable:
        """The given rows, in the given order."""
        return ReuseTable(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Attribution:
    """What every sentence of a collection is, and where the reused ones come from.

    ``classes``: int64[sentences], the class code of every sentence. ``sources``: the reused sentences that are not
    boilerplate.
    """

    classes: I64
    sources: ReuseTable


class ClosestSources:
    """The closest source of every sentence, from the pairs that were added so far.

    Of the sentences of other articles that match a sentence and may be earlier, its source is the closest match; of
    equally close ones, one whose article is known to be earlier, then the earliest sentence. Matches of boilerplate and
    of sentences without words do not count. Where the order of two articles is unknown, each may be the source of the
    other.
    """

    def __init__(self, sentences: SentenceTable, boilerplate: Bools) -> None:
        self._offsets = sentences.offsets
        self._quoted = sentences.quoted
        self._boilerplate = boilerplate
        self._ignored = boilerplate | (sentences.words == 0)
        size = boilerplate.size
        self._size = max(1, size)
        # A source as one number, the best the lowest: (2 x class code + order is unknown) x sentences + source.
        self._best = np.full(size, _NO_SOURCE)
        self._in_quote = np.zeros(size, bool)
        self._has_known = np.zeros(size, bool)

    def add(self, left_article: int, right_article: int, reuse: PairReuse) -> None:
        """Add what two articles share."""
        if not reuse.matches:
            return
        columns = np.array([(one.left, one.right, one.kind, one.is_quote) for one in reuse.matches], np.int64).T
        left, right = self._offsets[left_article] + columns[0], self._offsets[right_article] + columns[1]
        counted = ~self._ignored[left] & ~self._ignored[right]
        left, right, kind, is_quote = left[counted], right[counted], columns[2][counted], columns[3][counted] > 0
        unknown = int(reuse.came_first == UNKNOWN)
        for taker, giver, giver_first in ((right, left, LEFT_FIRST), (left, right, RIGHT_FIRST)):
            if unknown or reuse.came_first == giver_first:
                np.minimum.at(self._best, taker, (2 * kind + unknown) * self._size + giver)
                self._in_quote[taker[is_quote]] = True
                self._has_known[taker] |= not unknown

    def attribute(self) -> Attribution:
        """Classify every sentence, and list the sources of the reused ones."""
        taker = np.flatnonzero(self._best < _NO_SOURCE)
        rank, giver = np.divmod(self._best[taker], self._size)
        kind = rank // 2
        classes = np.full(self._best.size, ORIGINAL)
        classes[taker] = kind
        classes[self._in_quote & self._quoted] = QUOTED
        classes[self._boilerplate] = BOILERPLATE
        return Attribution(classes, ReuseTable(taker, giver, kind, rank % 2 == 0, ~self._has_known[taker]))


def group_sentences(sources: ReuseTable, article: I64) -> Iterator[list[int]]:
    """Group the sentences that stand in two or more articles, in the order of the groups' first publications.

    Yields the rows of each group in ``SentenceTable``: the first publication, then the others in ascending order.
    A sentence joins the group of its closest source. A rewritten sentence joins it only if that source is the group's
    first sentence; otherwise "Trump arrives", "Putin arrives" and "Trump leaves" would become one group. No sentence is
    in two groups. ``article``: int64[sentences], the article of every sentence.
    """
    source = dict(zip(sources.taker.tolist(), sources.giver.tolist(), strict=True))
    kind = dict(zip(sources.taker.tolist(), sources.kind.tolist(), strict=True))
    first_of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for taker in source:
        for sentence in reversed(_unplaced(taker, source, first_of)):
            giver = source[sentence]
            first = first_of.setdefault(giver, giver)
            if kind[sentence] == REWRITTEN and first != giver:
                first_of[sentence] = sentence
            else:
                first_of[sentence] = first
                members.setdefault(first, []).append(sentence)
    for first, others in sorted(members.items()):
        rows = [first, *sorted(others)]
        if np.any(article[rows] != article[first]):
            yield rows


def _unplaced(sentence: int, source: dict[int, int], first_of: dict[int, int]) -> list[int]:
    """The sentence, its source, the source of that and so on, as far as they are in no group yet.

    Sentences of unknown order may be each other's sources. The earliest of such a circle becomes the first of a group
    and is left out; the others follow in an order in which each still stands before its source.
    """
    chain: list[int] = []
    while sentence in source and sentence not in first_of:
        first_of[sentence] = _ON_THE_WAY
        chain.append(sentence)
        sentence = source[sentence]
    is_circle = first_of.get(sentence) == _ON_THE_WAY
    for passed in chain:
        del first_of[passed]
    if not is_circle:
        return chain
    begin = chain.index(sentence)
    earliest = chain.index(min(chain[begin:]))
    first_of[chain[earliest]] = chain[earliest]
    return chain[:begin] + chain[earliest + 1 :] + chain[begin:earliest]
