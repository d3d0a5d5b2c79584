"""align → ALIGNMENTS: which passage came from which, and for every sentence whether it was copied, edited or rewritten.

Offsets are code points into the original texts, half-open; slicing a text with a span gives what is shown. Sentences
are matched one to one, or several to one where a list became a sentence or a sentence was split; whatever is left on
either side is ``new``. Words decide, never single fragments: ``rapidfuzz.fuzz.token_set_ratio`` gives 100 to a heading
whose words all occur in a sentence, the likeness used here gives it next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from rapidfuzz.distance import LCSseq

from dedupe.alignment.borders import PassageCandidate, PassageKind
from dedupe.alignment.edits import Edit, edits_between
from dedupe.alignment.passages import find_passages
from dedupe.alignment.sentences import MatchedSentences, match_sentences
from dedupe.alignment.similarity import compare_pieces
from dedupe.alignment.tokenized import Span, TokenizedText, pair_texts, tokenize
from dedupe.schemas import Article

SentenceKind = Literal["verbatim", "edited", "rewritten", "new"]


MIN_EDITED = 0.6
"""Share of the longer side's words kept in order for a match to count as edited; below it is rewritten."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A contiguous reused passage. ``score`` is the share of its words that have a counterpart on the other side (for a
    summary, of its information), ``evidence_nats`` the log odds of reuse against chance, both of the weaker side."""

    left: Span
    right: Span
    kind: PassageKind
    score: float
    evidence_nats: float


@dataclass(frozen=True, slots=True)
class SentenceMatch:
    """Sentences of one text and the sentences of the other they belong to; one side is empty when the kind is ``new``.

    ``verbatim``: the same words in the same order. ``edited``: at least 60 % of the words of the longer side are in the
    shorter one, in order. ``rewritten``: likeness of 0.5 or more. ``score`` is that likeness (1 for verbatim; for a new
    sentence that of the best match it was refused). ``edits`` turn the left sentences into the right ones, see
    ``dedupe.alignment.edits.replay``.
    """

    left: tuple[Span, ...]
    right: tuple[Span, ...]
    kind: SentenceKind
    score: float
    is_quote: bool
    is_boilerplate: bool
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Everything two texts share. ``left_reused`` and ``right_reused`` are shares of words, between 0 and 1.

    ``sentences`` follow the left text; what is new on the right comes last, in its order. ``is_partial`` says that the
    texts are so large or so repetitive that a limit on the work was reached and something may be missing.
    """

    passages: tuple[Passage, ...]
    sentences: tuple[SentenceMatch, ...]
    left_reused: float
    right_reused: float
    is_partial: bool


def align(left: Article | str, right: Article | str, language: str | None = None) -> Alignment:
    """Align two articles by their texts, or two texts. ``language`` (default: the left article's, else English) chooses
    the sentence splitter's rules.

    >>> found = align("The vote was held on Monday. Nobody came.", "On Monday the vote was held. It rained.")
    >>> [row.kind for row in found.sentences]
    ['edited', 'new', 'new']
    """
    language = language or (left.language if isinstance(left, Article) else None)
    texts = (given.text if isinstance(given, Article) else given for given in (left, right))
    return align_tokenized(*(tokenize(text, language) for text in texts))


def align_tokenized(left: TokenizedText, right: TokenizedText) -> Alignment:
    """Align two texts that were read before; use it when a text takes part in several alignments."""
    pair = pair_texts(left, right)
    alike = compare_pieces(pair, left.sentence_words, right.sentence_words)
    found = find_passages(pair, alike)
    matches = match_sentences(pair, alike, found.stretches)
    return Alignment(
        tuple(_passage(left, right, stretch) for stretch in found.passages),
        tuple(_row(left, right, one) for one in matches),
        _share(left, [k for one in matches if one.right for k in one.left]),
        _share(right, [k for one in matches if one.left for k in one.right]),
        found.is_partial or alike.is_partial,
    )


def align_passages(left: TokenizedText, right: TokenizedText) -> tuple[Passage, ...]:
    """The passages of an alignment alone, for those who need no sentences."""
    pair = pair_texts(left, right)
    alike = compare_pieces(pair, left.sentence_words, right.sentence_words)
    return tuple(_passage(left, right, stretch) for stretch in find_passages(pair, alike).passages)


def _passage(left: TokenizedText, right: TokenizedText, stretch: PassageCandidate) -> Passage:
    return Passage(
        _words_span(left, stretch.left_start, stretch.left_end),
        _words_span(right, stretch.right_start, stretch.right_end),
        stretch.kind,
        stretch.shared_words,
        stretch.evidence_nats,
    )


def _words_span(wording: TokenizedText, first: int, last: int) -> Span:
    """Span of the words [first, last), with the punctuation around whole sentences."""
    start, end = int(wording.starts[first]), int(wording.ends[last - 1])
    begins = int(np.searchsorted(wording.sentence_words, first, "right")) - 1
    if wording.sentence_words[begins] == first:
        start = wording.sentences[begins].start
    finishes = int(np.searchsorted(wording.sentence_words, last))
    if wording.sentence_words[finishes] == last:
        end = wording.sentences[finishes - 1].end
    return Span(start, end)


def _row(left: TokenizedText, right: TokenizedText, found: MatchedSentences) -> SentenceMatch:
    ours = tuple(left.sentences[k] for k in found.left)
    theirs = tuple(right.sentences[k] for k in found.right)
    is_quote = all(left.quoted[k] for k in found.left) and all(right.quoted[k] for k in found.right)
    is_boilerplate = any(left.boilerplate[k] for k in found.left) or any(right.boilerplate[k] for k in found.right)
    if not ours or not theirs:
        return SentenceMatch(ours, theirs, "new", found.score, is_quote, is_boilerplate, ())
    edits = edits_between(left, found.left, right, found.right)
    return SentenceMatch(ours, theirs, _kind(left, right, found), found.score, is_quote, is_boilerplate, edits)


def _kind(left: TokenizedText, right: TokenizedText, found: MatchedSentences) -> SentenceKind:
    left_forms, right_forms = _forms(left, found.left), _forms(right, found.right)
    if left_forms == right_forms:
        return "verbatim"
    alike = LCSseq.normalized_similarity(left_forms, right_forms)
    return "edited" if alike >= MIN_EDITED else "rewritten"


def _forms(wording: TokenizedText, sentences: tuple[int, ...]) -> list[str]:
    """Words of some sentences, one after the other."""
    bounds = wording.sentence_words
    return [form for k in sentences for form in wording.forms[bounds[k] : bounds[k + 1]]]


def _share(wording: TokenizedText, sentences: list[int]) -> float:
    """Share of the text's words that stand in the sentences."""
    return int(np.diff(wording.sentence_words)[sentences].sum()) / max(1, len(wording.forms)) if sentences else 0.0
