"""count → REUSE: from matched sentences of pairs to what each sentence of a collection is, and where it stood first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from dedupe.arrays import I64, Bools
from dedupe.audit.aligned_pairs import AlignedPairs
from dedupe.audit.pair_reuse import LEFT_FIRST, RIGHT_FIRST, UNKNOWN
from dedupe.audit.sentence_table import SentenceTable

REWRITTEN, ORIGINAL, QUOTED, BOILERPLATE = 2, 3, 4, 5
"""What a sentence may be, besides verbatim (0) and edited (1)."""

CLASSES = 6


@dataclass(frozen=True, slots=True)
class Uses:
    """Sentences and the earlier ones they match, one row a match: sentence, earlier sentence, class, whether both are
    quotations, whether the order is known, whether both articles print one agency."""

    taker: I64
    giver: I64
    kind: I64
    quote: Bools
    known: Bools
    common: Bools

    def take(self, rows: I64) -> Uses:
        """Some of the rows."""
        return Uses(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class SentenceGroup:
    """A sentence and all that match it: numbers in order of publication, and each one's class (-1 for the first)."""

    sentences: list[int]
    kinds: list[int]


def list_uses(found: AlignedPairs, boilerplate: Bools) -> Uses:
    """Every match as use of the earlier side by the later one; in unknown order, of either by the other."""
    counted = ~boilerplate[found.left] & ~boilerplate[found.right]
    first, common = found.first[found.pair], found.common[found.pair]
    parts = []
    for giver, taker, verdict in ((found.left, found.right, LEFT_FIRST), (found.right, found.left, RIGHT_FIRST)):
        rows = np.flatnonzero(counted & ((first == verdict) | (first == UNKNOWN)))
        known = first[rows] != UNKNOWN
        parts.append((taker[rows], giver[rows], found.kind[rows], found.quote[rows], known, common[rows]))
    return Uses(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def closest_uses(every: Uses) -> Uses:
    """For each reused sentence the use that explains it: the closest, then of known order, then the earliest."""
    order = np.lexsort((every.giver, ~every.known, every.kind, every.taker))
    firsts = np.diff(every.taker[order], prepend=-1) != 0
    return every.take(order[firsts])


def classify_sentences(every: Uses, best: Uses, quoted: Bools, boilerplate: Bools) -> tuple[I64, Bools]:
    """Class of every sentence, and whether it counts as reused although the order is unknown for all its uses."""
    classes = np.full(quoted.size, ORIGINAL)
    classes[best.taker] = best.kind
    as_quote = every.taker[every.quote]
    classes[as_quote[quoted[as_quote]]] = QUOTED
    classes[boilerplate] = BOILERPLATE
    undetermined = np.zeros(quoted.size, bool)
    undetermined[every.taker] = True
    undetermined[every.taker[every.known]] = False
    return classes, undetermined


def group_sentences(found: AlignedPairs, outlines: SentenceTable, boilerplate: Bools) -> Iterator[SentenceGroup]:
    """Sentences that stand in two or more articles, each group by its first publication (sentences are numbered so).

    A sentence joins the group of the closest earlier one it was copied or edited from. A rewritten one joins only what
    it matches directly: "Trump arrives", "Putin arrives" and "Trump leaves" are no chain. No sentence joins two groups.
    """
    counted = ~boilerplate[found.left] & ~boilerplate[found.right]
    early = np.minimum(found.left, found.right)[counted]
    late = np.maximum(found.left, found.right)[counted]
    kind = found.kind[counted]
    order = np.lexsort((early, kind, late))
    direct = dict(zip(zip(late.tolist(), early.tolist(), strict=True), kind.tolist(), strict=True))
    root: dict[int, int] = {}
    members: dict[int, list[tuple[int, int]]] = {}
    for sentence, parent, how in zip(late[order].tolist(), early[order].tolist(), kind[order].tolist(), strict=True):
        founder = root.get(parent, parent)
        if sentence not in root and (how != REWRITTEN or founder == parent):
            root[sentence] = founder
            members.setdefault(founder, []).append((sentence, direct.get((sentence, founder), how)))
    for founder, others in sorted(members.items()):
        sentences = [founder, *(sentence for sentence, _ in others)]
        if len(set(outlines.article[sentences].tolist())) > 1:
            yield SentenceGroup(sentences, [-1, *(how for _, how in others)])
