"""Align two texts: which passages they share, and for every sentence whether it was copied, edited or rewritten.

This is the main module of the room. A text is tokenized (``tokenized``), its sentences are compared with those of the
other text (``similarity``), passages are found (``passages``), sentences are matched (``sentences``), and the edits
between matched sentences are listed (``edits``).

Sentences are matched one to one, or several to one where a list became a sentence or a sentence was split. A match is
judged by all words of both sides: ``rapidfuzz.fuzz.token_set_ratio`` gives 100 to a heading whose words all occur in a
sentence, while the paraphrase probability used here is close to 0.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from dedupe.alignment.borders import PassageCandidate, PassageKind
from dedupe.alignment.candidates import Refusal
from dedupe.alignment.changes import Change, Side, classify, judge, share_quoted
from dedupe.alignment.edits import Edit, compare_sentences, cut_sentences
from dedupe.alignment.grades import WordCounts, count_words
from dedupe.alignment.passages import MAX_CANDIDATES, MAX_SEEDS, FoundPassages, find_passages
from dedupe.alignment.sentences import MatchedSentences, match_sentences
from dedupe.alignment.similarity import MAX_PRODUCTS, compare_pieces
from dedupe.alignment.tokenized import MIN_QUOTED, Span, TokenizedText, pair_texts, tokenize
from dedupe.article import Article
from dedupe.text.sentences import MAX_SENTENCES, split_language

SentenceKind = Literal["verbatim", "edited", "rewritten", "new"]


LIMITS_OF_A_PAIR = (
    f"the limits are {MAX_SENTENCES:,} sentences a text, {MAX_PRODUCTS:,} places where two sentences share a word, "
    f"{MAX_SEEDS:,} similar sentence pairs and {MAX_CANDIDATES:,} passages"
)
"""What ``Alignment.is_partial`` means, for messages."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A contiguous part of the left text and the contiguous part of the right text that shares its words.

    - ``left``, ``right``: the spans in the two original texts, in code points, half-open.
    - ``kind``: ``verbatim``, ``edited`` or ``rewritten`` if at least 80 %, at least 50 % or less than 50 % of the words
      have the same neighbour on the other side; ``summary`` if one side summarises the whole other text.
    - ``score``: the share of words that have a counterpart on the other side, 0 to 1; at least 0.33. For a summary it
      is the mean share of the information of the summary's sentences that the other text knows.
    - ``evidence_nats``: how much likelier the words are by reuse than by chance, as a natural logarithm (1 nat is a
      factor of 2.718). At least 28, for a summary at least 3.5, and without an upper limit. Two texts of the same words
      are a passage whatever its evidence; it is near 0 for one word repeated.

    Score and evidence are measured on both sides, and the lower value is given. A summary is measured on the side of
    the summary only.
    """

    left: Span
    right: Span
    kind: PassageKind
    score: float
    evidence_nats: float


@dataclass(frozen=True, slots=True)
class SentenceMatch:
    """Sentences of the left text and the sentences of the right text that they match; or one sentence without a match.

    - ``left``, ``right``: the spans of the sentences in the two original texts, in code points, half-open, ascending.
      A match has one sentence on at least one of the two sides, and up to twelve on the other. A sentence without a
      match stands alone, and the other side is empty.
    - ``kind``: ``verbatim`` if both sides have the same words in the same order (case, punctuation and white space may
      differ), or the shorter side is a run of words of the longer one; ``edited`` if at least 60 % of the words of the
      longer side stand in the shorter one in the same order, be it in another spelling, or if words were only cut out;
      ``rewritten`` for any other match; ``new`` for a sentence without a match.
    - ``shortened``: the side, ``left`` or ``right``, that lacks words of the other one and differs in nothing else;
      None if there is no such side. A dropped negation is no such cut.
    - ``changes``: what kinds of things differ, in this order: ``number`` (a number, an amount or a date, with its sign,
      currency and unit: each side has one that the other lacks), ``negation`` (put in or taken out, or a denial that
      became a statement), ``name`` (one name in the place of another), ``quotation`` (words are quoted on one side
      only, or a quotation has other words), ``attribution`` (another speaker, or one on one side only), ``question`` (a
      claim became a question).
    - ``score``: how surely the two sides belong together, 0 to 1. A match has the score of the two sentences it began
      with: 1.0 if they have the same words, else their paraphrase probability, at least 0.5. If a longer sentence
      contains the other one, it may be the share of the shorter one's information that the longer one holds, at least
      0.6. The score rises to the paraphrase probability of both sides as a whole where neighbouring sentences were
      added and that is higher. For a ``new`` sentence it is the highest paraphrase probability with any sentence that
      was considered for it, 0.0 if there was none.
    - ``is_quote``: most of the words that both sides have stand inside quotation marks on both. For a ``new`` sentence:
      most of its words.
    - ``refused``: why a ``new`` sentence with a score of 0.5 or more has no match: ``boilerplate`` (one of the two is
      boilerplate), ``names_only`` (they share hardly more than names, numbers and short words), ``closer_match`` (the
      other one belongs to another match, to which this one adds nothing); None for all others.
    - ``left_quoted``, ``right_quoted``: the share of each side's words that stands inside quotation marks, 0 to 1.
    - ``is_boilerplate``: at least one sentence of either side is boilerplate, such as a copyright line.
    - ``edits``: the edits that turn the left sentences into the right ones, in the order of the text; see
      ``dedupe.alignment.edits.replay``. Empty for a ``new`` sentence and for sides that are equal to the character.
    """

    left: tuple[Span, ...]
    right: tuple[Span, ...]
    kind: SentenceKind
    score: float
    is_quote: bool
    is_boilerplate: bool
    edits: tuple[Edit, ...]
    shortened: Side | None = None
    changes: tuple[Change, ...] = ()
    left_quoted: float = 0.0
    right_quoted: float = 0.0
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Alignment:
    """Everything two texts share.

    - ``passages``: the passages, in the order of the left text. They do not depend on the sentence matches. A
      passage has at least 100 characters on its shorter side and 150 on its longer side, so short texts have none; only
      a verbatim or edited one that stands alone may have 60.
    - ``sentences``: every sentence of both texts, once unless the other text repeats it. First come the matches and the
      new sentences of the left text, in its order, then the new sentences of the right text, in its order.
    - ``left_reused``, ``right_reused``: the share of each text's words that stand in matched sentences, 0 to 1; 0.0 for
      a text without words.
    - ``left_words``, ``right_words``: how many words of each text belong to each class, and the grade of its reuse.
    - ``is_partial``: true if the texts are so large or so repetitive that a limit on the work was reached, so that
      something may be missing.
    """

    passages: tuple[Passage, ...]
    sentences: tuple[SentenceMatch, ...]
    left_reused: float
    right_reused: float
    left_words: WordCounts
    right_words: WordCounts
    is_partial: bool


def align(left: Article | str, right: Article | str, language: str | None = None) -> Alignment:
    """Align two articles by their texts, or two plain texts.

    ``language`` is a code such as "en" that chooses the sentence splitter's rules for both texts; by default each text
    has its own, which is found. Two empty texts have an empty alignment.

    >>> found = align("The vote was held on Monday. Nobody came.", "On Monday the vote was held. It rained.")
    >>> [row.kind for row in found.sentences]
    ['edited', 'new', 'new']
    """
    articles = (given if isinstance(given, Article) else Article("", text=given) for given in (left, right))
    return align_tokenized(
        *(tokenize(one.text, language or split_language(one.text, one.language)) for one in articles)
    )


@dataclass(frozen=True)
class Matches:
    """What an audit needs of an alignment; the fields are as in ``Alignment``.

    ``sentences`` has no sentence without a match, and does not say what the edits change. ``find_passages`` finds the
    passages, and ``count_words`` counts the words of both texts by class.
    """

    sentences: tuple[SentenceMatch, ...]
    left_reused: float
    right_reused: float
    is_partial: bool
    find_passages: Callable[[], tuple[Passage, ...]]
    count_words: Callable[[], tuple[WordCounts, WordCounts]]

    @functools.cached_property
    def passages(self) -> tuple[Passage, ...]:
        """As in ``Alignment``; found when they are first asked for."""
        return self.find_passages()


def align_tokenized(left: TokenizedText, right: TokenizedText) -> Alignment:
    """Align two tokenized texts. Use it when a text takes part in several alignments, so that it is tokenized once."""
    found = _aligned(left, right, classes_only=False)
    return Alignment(
        found.passages,
        found.sentences,
        found.left_reused,
        found.right_reused,
        *found.count_words(),
        found.is_partial,
    )


def match_tokenized(left: TokenizedText, right: TokenizedText) -> Matches:
    """Align two tokenized texts as ``align_tokenized`` does, but leave out what an audit does not need."""
    return _aligned(left, right, classes_only=True)


def _aligned(left: TokenizedText, right: TokenizedText, *, classes_only: bool) -> Matches:
    """Align two texts. ``classes_only``: leave out the sentences without a match, and of the others the edits."""
    is_exchanged = not _is_in_order(left, right)
    first, second = (right, left) if is_exchanged else (left, right)
    pair = pair_texts(first, second)
    similarity = compare_pieces(pair, first.sentence_words, second.sentence_words)
    found = find_passages(pair, similarity)
    matches = match_sentences(pair, similarity, found.candidates, with_new=not classes_only)
    rows = [_sentence_match(first, second, one, is_exchanged, classes_only) for one in matches]
    reused = (
        _share_of_words(first, [k for one in matches if one.right for k in one.left]),
        _share_of_words(second, [k for one in matches if one.left for k in one.right]),
    )
    counts = functools.partial(_word_counts, first, second, matches, rows, found)
    return Matches(
        tuple(sorted(rows, key=_match_order) if is_exchanged else rows),
        *(reused[::-1] if is_exchanged else reused),
        found.is_partial or similarity.is_partial or max(len(left.sentences), len(right.sentences)) > MAX_SENTENCES,
        lambda: _passages(first, second, found.passages, is_exchanged),
        lambda: counts()[::-1] if is_exchanged else counts(),
    )


def _word_counts(
    left: TokenizedText,
    right: TokenizedText,
    matches: list[MatchedSentences],
    rows: list[SentenceMatch],
    found: FoundPassages,
) -> tuple[WordCounts, WordCounts]:
    """The words of both texts by class. ``rows``: the matches as they are given, in the same order.

    A summary is a passage of its own text only: the other side is the whole other text.
    """
    of_left, of_right = list[tuple[int, int, float]](), list[tuple[int, int, float]]()
    for one in found.passages:
        is_longer = (one.left_end - one.left_start) - (one.right_end - one.right_start)
        if one.kind != "summary" or is_longer <= 0:
            of_left.append((one.left_start, one.left_end, one.shared_words))
        if one.kind != "summary" or is_longer >= 0:
            of_right.append((one.right_start, one.right_end, one.shared_words))
    matched = [(one, row) for one, row in zip(matches, rows, strict=True) if row.kind != "new"]
    return (
        count_words(left, [(one.left, row.kind, row.is_quote) for one, row in matched], of_left),
        count_words(right, [(one.right, row.kind, row.is_quote) for one, row in matched], of_right),
    )


def _is_in_order(left: TokenizedText, right: TokenizedText) -> bool:
    """Whether two texts are aligned in this order. Two texts have one order, so that their sides may be exchanged."""
    return (len(left.text), left.text) >= (len(right.text), right.text)


def align_passages(left: TokenizedText, right: TokenizedText) -> tuple[Passage, ...]:
    """Find only the passages of two tokenized texts, as ``align_tokenized`` gives them, without matching sentences."""
    is_exchanged = not _is_in_order(left, right)
    first, second = (right, left) if is_exchanged else (left, right)
    pair = pair_texts(first, second)
    similarity = compare_pieces(pair, first.sentence_words, second.sentence_words)
    return _passages(first, second, find_passages(pair, similarity).passages, is_exchanged)


_EXCHANGED: dict[Side | None, Side | None] = {"left": "right", "right": "left", None: None}


def _match_order(one: SentenceMatch) -> tuple[bool, list[int], list[int]]:
    """In the order of the left text, and what is new on the right last."""
    return not one.left, [span.start for span in one.left], [span.start for span in one.right]


def _passages(
    left: TokenizedText, right: TokenizedText, found: list[PassageCandidate], is_exchanged: bool
) -> tuple[Passage, ...]:
    """The passages in the order of the left text; ``is_exchanged`` if that is the one called right here."""
    passages = [_passage(left, right, one) for one in found]
    if is_exchanged:
        passages = [replace(one, left=one.right, right=one.left) for one in passages]
        passages.sort(key=lambda one: (one.left.start, one.right.start))
    return tuple(passages)


def _passage(left: TokenizedText, right: TokenizedText, found: PassageCandidate) -> Passage:
    return Passage(
        _span_of_words(left, found.left_start, found.left_end),
        _span_of_words(right, found.right_start, found.right_end),
        found.kind,
        found.shared_words,
        found.evidence_nats,
    )


def _span_of_words(text: TokenizedText, first: int, last: int) -> Span:
    """The span of the words [first, last). At a border of a sentence it includes the sentence's outer punctuation."""
    start, end = int(text.starts[first]), int(text.ends[last - 1])
    first_sentence = int(np.searchsorted(text.sentence_words, first, "right")) - 1
    if text.sentence_words[first_sentence] == first:
        start = text.sentences[first_sentence].start
    next_sentence = int(np.searchsorted(text.sentence_words, last))
    if text.sentence_words[next_sentence] == last:
        end = text.sentences[next_sentence - 1].end
    return Span(start, end)


def _sentence_match(
    left: TokenizedText, right: TokenizedText, found: MatchedSentences, is_exchanged: bool, classes_only: bool
) -> SentenceMatch:
    """A match as it is given; ``is_exchanged`` if the text called left here is the right one of the caller."""
    if not found.left or not found.right:
        return _new_sentence(left, right, found, is_exchanged)
    spans = tuple([left.sentences[k] for k in found.left]), tuple([right.sentences[k] for k in found.right])
    is_boilerplate = any([left.boilerplate[k] for k in found.left] + [right.boilerplate[k] for k in found.right])
    quoted = share_quoted(left, found.left), share_quoted(right, found.right)
    kind: SentenceKind = "verbatim"
    edits: tuple[Edit, ...] = ()
    shortened: Side | None = None
    changes: tuple[Change, ...] = ()
    is_quote = max(quoted) > MIN_QUOTED
    is_single = len(found.left) == len(found.right) == 1
    if not is_single or _cut(left, spans[0][0]) != _cut(right, spans[1][0]):
        sides = cut_sentences(left, found.left), cut_sentences(right, found.right)
        if classes_only:
            kind, shortened, changes, is_quote = classify(*sides)
        else:
            compared = compare_sentences(*sides)
            kind, shortened, changes, is_quote = judge(compared)
            edits = compared.edits
    if is_exchanged:
        spans, quoted, shortened = spans[::-1], quoted[::-1], _EXCHANGED[shortened]
        edits = tuple(Edit(edit.right, edit.left, edit.changes_words) for edit in edits)
    return SentenceMatch(
        *spans, kind, found.score, is_quote, is_boilerplate, edits, shortened, changes, *quoted, found.refused
    )


def _new_sentence(
    left: TokenizedText, right: TokenizedText, found: MatchedSentences, is_exchanged: bool
) -> SentenceMatch:
    """A sentence without a match; ``is_exchanged`` as in ``_sentence_match``."""
    text, number = (left, found.left[0]) if found.left else (right, found.right[0])
    is_left = bool(found.left) != is_exchanged
    share = float(text.quoted_share[number])
    span = (text.sentences[number],)
    return SentenceMatch(
        left=span if is_left else (),
        right=() if is_left else span,
        kind="new",
        score=found.score,
        is_quote=share > MIN_QUOTED,
        is_boilerplate=text.boilerplate[number],
        edits=(),
        left_quoted=share if is_left else 0.0,
        right_quoted=0.0 if is_left else share,
        refused=found.refused,
    )


def _cut(text: TokenizedText, span: Span) -> str:
    return text.text[span.start : span.end]


def _share_of_words(text: TokenizedText, sentences: list[int]) -> float:
    """The share of the text's words that stand in the given sentences; 0.0 for a text without words."""
    distinct = sorted(set(sentences))
    return int(text.sentence_sizes[distinct].sum()) / max(1, len(text.forms)) if distinct else 0.0
