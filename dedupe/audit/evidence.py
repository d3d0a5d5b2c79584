"""The evidence for one aligned pair of an audit: its matched sentences with their texts, and what shows the direction.

``dedupe audit --evidence`` keeps one record a pair, so that every number of the audit can be traced to two texts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dedupe.alignment.changes import Change, judge
from dedupe.alignment.direction import Direction
from dedupe.alignment.edits import compare_sentences, cut_sentences
from dedupe.alignment.tokenized import TokenizedText
from dedupe.arrays import Bools
from dedupe.audit.pair_reuse import EDITED, LEFT_FIRST, REWRITTEN, RIGHT_FIRST, UNKNOWN, VERBATIM, PairReuse
from dedupe.audit.records import Collection
from dedupe.audit.results import MatchKind

_KINDS: dict[int, MatchKind] = {VERBATIM: "verbatim", EDITED: "edited", REWRITTEN: "rewritten"}
_ORDERS: dict[int, Order] = {LEFT_FIRST: "left", RIGHT_FIRST: "right", UNKNOWN: "unknown"}

Order = Literal["left", "right", "unknown"]


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """A sentence of an article: its half-open span in the text, in code points, and what stands there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class EvidenceSentence:
    """Two sentences that match.

    - ``left``, ``right``: the sentences.
    - ``kind``: how the two relate.
    - ``changes``: what kinds of things differ between the two, as in ``SentenceMatch``.
    - ``score``: of their match, as in ``dedupe.alignment.align.SentenceMatch``.
    - ``is_quote``: both are quotations.
    - ``is_counted``: the match counts as reuse. It does not if either sentence is boilerplate or has no words.
    """

    left: EvidenceSpan
    right: EvidenceSpan
    kind: MatchKind
    changes: tuple[Change, ...]
    score: float
    is_quote: bool
    is_counted: bool


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """What the audit saw in one pair of articles.

    - ``left``, ``right``: the ids of the two articles.
    - ``came_first``: which of them is the earlier one for the audit.
    - ``direction``: which of them is the source of the other, with the evidence.
    - ``is_partial``: the alignment reached a limit.
    - ``sentences``: the sentences that match, in the order of the left text.
    """

    left: str
    right: str
    came_first: Order
    direction: Direction
    is_partial: bool
    sentences: tuple[EvidenceSentence, ...]


OnPair = Callable[[PairEvidence], None]
"""Called with the evidence of every aligned pair."""


def pair_evidence(collection: Collection, boilerplate: Bools, left: int, right: int, reuse: PairReuse) -> PairEvidence:
    """The evidence for one pair, whose texts are still tokenized.

    ``left`` and ``right``: rows of articles. ``boilerplate``: bool[sentences].
    """
    table = collection.sentences
    ignored = boilerplate | (table.words == 0)

    def span(text: TokenizedText, sentence: int) -> EvidenceSpan:
        start, end = text.sentences[sentence].start, text.sentences[sentence].end
        return EvidenceSpan(start, end, text.text[start:end])

    texts = table.tokenized[left], table.tokenized[right]
    return PairEvidence(
        collection.ids[left],
        collection.ids[right],
        _ORDERS[reuse.came_first],
        reuse.direction,
        reuse.is_partial,
        tuple(
            EvidenceSentence(
                span(texts[0], one.left),
                span(texts[1], one.right),
                _KINDS[one.kind],
                judge(
                    compare_sentences(cut_sentences(texts[0], [one.left]), cut_sentences(texts[1], [one.right]))
                ).changes,
                one.score,
                one.is_quote,
                not (ignored[table.offsets[left] + one.left] or ignored[table.offsets[right] + one.right]),
            )
            for one in sorted(reuse.matches)
        ),
    )
