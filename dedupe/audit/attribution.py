"""Attribute every reused sentence to a source, classify all sentences, and group those that are the same.

The input is the matched sentences of all aligned pairs of articles. ``dedupe.audit.records`` makes the public records
from the result. Sentences are numbered in canonical order of their articles, so a lower number means an earlier
publication.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from dedupe.arrays import I64, Bools
from dedupe.audit.aligned_pairs import AlignedPairs
from dedupe.audit.pair_reuse import LEFT_FIRST, REWRITTEN, RIGHT_FIRST, UNKNOWN
from dedupe.audit.sentence_table import SentenceTable
from dedupe.kernels import run_starts

ORIGINAL, QUOTED, BOILERPLATE = 3, 4, 5
"""Classes of a sentence besides those of a match (``VERBATIM``, ``EDITED``, ``REWRITTEN``)."""

CLASSES = 6
"""Number of classes."""


@dataclass(frozen=True, slots=True)
class ReuseTable:
    """Reused sentences and where they come from: one row for each match of a sentence with a source sentence.

    ``taker``, ``giver``: int64[rows], the sentence and the source sentence, as rows of ``SentenceTable``. ``kind``:
    int64[rows], the class code of the match. ``is_quote``: bool[rows], both sentences are quotations.
    ``is_order_known``: bool[rows], the giver's article is known to be earlier. Otherwise the match has two rows, one
    for either direction. ``is_common_agency``: bool[rows], both articles print one agency.
    """

    taker: I64
    giver: I64
    kind: I64
    is_quote: Bools
    is_order_known: Bools
    is_common_agency: Bools

    def take(self, rows: I64) -> ReuseTable:
        """The given rows, in the given order."""
        return ReuseTable(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Attribution:
    """What every sentence of a collection is, and where the reused ones come from.

    ``sources``: one row for each reused sentence, ascending, with the source it is counted for.
    ``classes``: int64[sentences], the class code of every sentence.
    ``undetermined``: bool[sentences], the sentence counts as reused although no other article is known to be earlier.
    """

    sources: ReuseTable
    classes: I64
    undetermined: Bools


@dataclass(frozen=True, slots=True)
class SentenceGroup:
    """A sentence and all that match it.

    ``sentences``: rows of ``SentenceTable``, the first publication first. ``kinds``: for each, the class code of its
    match; -1 for the first publication.
    """

    sentences: list[int]
    kinds: list[int]


def attribute_sentences(aligned: AlignedPairs, quoted: Bools, boilerplate: Bools) -> Attribution:
    """Classify every sentence and choose one source for each reused one.

    ``quoted`` and ``boilerplate``: bool[sentences]. The source of a sentence is its closest match; of equal ones, one
    whose order is known, then the earliest sentence.
    """
    reuse = _tabulate_reuse(aligned, boilerplate)
    order = np.lexsort((reuse.giver, ~reuse.is_order_known, reuse.kind, reuse.taker))
    sources = reuse.take(order[run_starts(reuse.taker[order])])
    classes = np.full(quoted.size, ORIGINAL)
    classes[sources.taker] = sources.kind
    in_quote = reuse.taker[reuse.is_quote]
    classes[in_quote[quoted[in_quote]]] = QUOTED
    classes[boilerplate] = BOILERPLATE
    undetermined = np.zeros(quoted.size, bool)
    undetermined[reuse.taker] = True
    undetermined[reuse.taker[reuse.is_order_known]] = False
    return Attribution(sources, classes, undetermined)


def _tabulate_reuse(aligned: AlignedPairs, boilerplate: Bools) -> ReuseTable:
    """List every match as reuse of the earlier sentence by the later one.

    If the order of the two articles is unknown, either sentence counts as reused from the other. Matches of boilerplate
    are left out.
    """
    counted = ~boilerplate[aligned.left] & ~boilerplate[aligned.right]
    came_first, is_common = aligned.came_first[aligned.pair], aligned.is_common_agency[aligned.pair]
    parts = []
    for giver, taker, giver_first in (
        (aligned.left, aligned.right, LEFT_FIRST),
        (aligned.right, aligned.left, RIGHT_FIRST),
    ):
        rows = np.flatnonzero(counted & ((came_first == giver_first) | (came_first == UNKNOWN)))
        is_known = came_first[rows] != UNKNOWN
        parts.append((taker[rows], giver[rows], aligned.kind[rows], aligned.is_quote[rows], is_known, is_common[rows]))
    return ReuseTable(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def group_sentences(aligned: AlignedPairs, sentences: SentenceTable, boilerplate: Bools) -> Iterator[SentenceGroup]:
    """Group the sentences that stand in two or more articles, in the order of the groups' first publications.

    A sentence joins the group of the closest earlier sentence that it matches verbatim or edited. A rewritten sentence
    joins a group only if it matches the group's first sentence; otherwise "Trump arrives", "Putin arrives" and "Trump
    leaves" would become one group. No sentence is in two groups.
    """
    counted = ~boilerplate[aligned.left] & ~boilerplate[aligned.right]
    earlier = np.minimum(aligned.left, aligned.right)[counted]
    later = np.maximum(aligned.left, aligned.right)[counted]
    kind = aligned.kind[counted]
    order = np.lexsort((earlier, kind, later))
    direct = dict(zip(zip(later.tolist(), earlier.tolist(), strict=True), kind.tolist(), strict=True))
    first_of: dict[int, int] = {}
    members: dict[int, list[tuple[int, int]]] = {}
    matches = zip(later[order].tolist(), earlier[order].tolist(), kind[order].tolist(), strict=True)
    for sentence, match, how in matches:
        first = first_of.get(match, match)
        if sentence not in first_of and (how != REWRITTEN or first == match):
            first_of[sentence] = first
            members.setdefault(first, []).append((sentence, direct.get((sentence, first), how)))
    for first, others in sorted(members.items()):
        rows = [first, *(sentence for sentence, _ in others)]
        if len(set(sentences.article[rows].tolist())) > 1:
            yield SentenceGroup(rows, [-1, *(how for _, how in others)])
