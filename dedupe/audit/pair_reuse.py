"""Compare two articles: which of their sentences one article reuses from the other, and which article came first.

Two articles are aligned, and of the matched sentences only those are kept that say more than that both articles report
the same facts. ``dedupe.audit.aligned_pairs`` calls this for every selected pair of the collection.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from dedupe.alignment.align import Matches, Passage, SentenceMatch, match_tokenized
from dedupe.alignment.direction import Direction, judge_direction, publication_order
from dedupe.alignment.provenance import Provenance
from dedupe.alignment.tokenized import Span, TokenizedText
from dedupe.arrays import Bools

VERBATIM, EDITED, REWRITTEN = 0, 1, 2
"""Codes of the classes of matched sentences, the closest first."""

KIND_CODES = {"verbatim": VERBATIM, "edited": EDITED, "rewritten": REWRITTEN}
"""The code of each kind of ``SentenceMatch`` that is a match."""

LEFT_FIRST, RIGHT_FIRST, UNKNOWN = -1, 1, 0
"""Codes of which article came first."""


MIN_WORDS, MIN_EDITED_WORDS, MIN_PROBABILITY = 5, 8, 0.8
"""What a match needs to count as reuse. Articles on one event state the same facts in similar words, and each of them
is compared with dozens of others, so resemblance alone is not enough.

A verbatim match of ``MIN_WORDS`` words counts, a shorter one only beside a sentence that counts. An edited match counts
that has at least ``MIN_EDITED_WORDS`` on both sides. Any other match needs ``MIN_WORDS`` on both sides and two of these
three: it stands in a passage that both articles share; any passage of the pair is verbatim or edited; its score is at
least ``MIN_PROBABILITY``. Passages that are mostly boilerplate do not count.

A sample of the matches of wire_helsinki that this leaves out was read by eye. Nearly all were captions, headlines and
facts ("Trump and Putin meet in Helsinki on Monday")."""


MAX_NAMES, MIN_LETTERS = 0.8, 4
"""A match that needs two of the three reasons above does not count if at least the share ``MAX_NAMES`` of the words
that both sides have are names or numbers. Churnalism drops a fragment from the same share on. Lower-case words of fewer
than ``MIN_LETTERS`` letters are mostly "of" and "the", and are left out of the share."""


MatchTexts = Callable[[TokenizedText, TokenizedText], Matches]
"""Aligns two tokenized texts."""


class SentencePair(NamedTuple):
    """Two sentences that match: their numbers in the two texts, the class code of the match, whether both are
    quotations, and the score of the match as in ``SentenceMatch``."""

    left: int
    right: int
    kind: int
    is_quote: bool
    score: float


@dataclass(frozen=True, slots=True)
class TokenizedArticle:
    """An article ready for comparison: its tokenized text, a boilerplate flag for each sentence, and its provenance.

    ``repeated``: for each sentence whose words stand in the article several times, all sentences that have them.
    ``words``: the number of words of each sentence. ``number_at``: the number of the sentence that begins at a place.
    """

    text: TokenizedText
    boilerplate: Bools
    provenance: Provenance
    repeated: dict[int, list[int]]
    words: list[int]
    number_at: dict[int, int]

    @classmethod
    def of(cls, text: TokenizedText, boilerplate: Bools, provenance: Provenance) -> TokenizedArticle:
        """Make an article ready for comparison."""
        places: dict[tuple[str, ...], list[int]] = {}
        for k in range(len(text.sentences)):
            places.setdefault(tuple(_forms(text, k)), []).append(k)
        repeated = {k: same for same in places.values() if len(same) > 1 for k in same}
        words: list[int] = text.sentence_sizes.tolist()
        number_at = {span.start: k for k, span in enumerate(text.sentences)}
        return cls(text, boilerplate, provenance, repeated, words, number_at)


@dataclass(frozen=True, slots=True)
class PairReuse:
    """What two articles share.

    ``matches``: the pairs of sentences that count as reuse. ``came_first``: ``LEFT_FIRST``, ``RIGHT_FIRST`` or
    ``UNKNOWN``. ``direction``: which article is the source of the other, with the evidence. ``is_partial``: the
    alignment reached a limit.
    """

    matches: list[SentencePair]
    came_first: int
    direction: Direction
    is_partial: bool


def find_reuse(left: TokenizedArticle, right: TokenizedArticle, match: MatchTexts = match_tokenized) -> PairReuse:
    """Align two articles, keep the matches that count as reuse, and judge which article came first.

    ``match``: aligns two texts as ``match_tokenized`` does, such as one that remembers what it has aligned.
    """
    aligned = match(left.text, right.text)

    @functools.cache  # many pairs have no match that depends on passages
    def passages() -> list[Passage]:
        return [one for one in aligned.passages if not _is_mostly_boilerplate(one, left)]

    kept = [row for row in aligned.sentences if _is_reuse(row, passages, left, right)]
    pairs = _without_coincidences(_sentence_pairs(kept, left, right), left.words)
    matches = _with_repetitions(pairs, left, right)
    direction = judge_direction(left.provenance, right.provenance, aligned, (left.text.text, right.text.text))
    return PairReuse(matches, _came_first(left.provenance, right.provenance, direction), direction, aligned.is_partial)


def _is_mostly_boilerplate(passage: Passage, article: TokenizedArticle) -> bool:
    """Whether boilerplate makes up more than half the left article's sentences that a passage touches."""
    inside = [
        (span.end - span.start, bool(is_boilerplate))
        for span, is_boilerplate in zip(article.text.sentences, article.boilerplate, strict=True)
        if span.start < passage.left.end and passage.left.start < span.end
    ]
    boilerplate = sum(size for size, is_boilerplate in inside if is_boilerplate)
    return 2 * boilerplate > sum(size for size, _ in inside)


def _sentence_pairs(
    rows: Iterable[SentenceMatch], left: TokenizedArticle, right: TokenizedArticle
) -> list[SentencePair]:
    """The matches as pairs of single sentences: every left sentence of a match with every right one."""
    pairs = []
    for row in rows:
        lefts = [left.number_at[span.start] for span in row.left]
        for i, j in product(lefts, [right.number_at[span.start] for span in row.right]):
            # Of several sentences that are matched together, two may be the same.
            is_same = len(row.left) + len(row.right) > 2 and _forms(left.text, i) == _forms(right.text, j)
            kind = "verbatim" if is_same else _kind(row)
            pairs.append(SentencePair(i, j, KIND_CODES[kind], row.is_quote, row.score))
    return pairs


def _kind(row: SentenceMatch) -> str:
    """The class of a match for the audit, which counts whole sentences: one that was cut is not all verbatim."""
    return "edited" if row.shortened and row.kind == "verbatim" else row.kind


def _without_coincidences(pairs: list[SentencePair], words: list[int]) -> list[SentencePair]:
    """The matches without those of short sentences that stand alone, such as "Why not?" and the name of a site.

    A sentence of fewer than ``MIN_WORDS`` words that stands in both counts only where the one before or after it was
    taken too. ``words``: the number of words of each left sentence.
    """
    taken = {one[:2] for one in pairs if one.kind != VERBATIM or words[one.left] >= MIN_WORDS}
    short = sorted(one[:2] for one in pairs if one[:2] not in taken)
    for order, step in ((short, -1), (reversed(short), 1)):
        taken.update((i, j) for i, j in order if (i + step, j + step) in taken)
    return [one for one in pairs if one[:2] in taken]


def _with_repetitions(pairs: list[SentencePair], left: TokenizedArticle, right: TokenizedArticle) -> list[SentencePair]:
    """Add a pair for each repetition of a matched sentence within its article, as of a caption on a page.

    A sentence with the same words gets the closest match of the other one.
    """
    added: list[SentencePair] = []
    for side, repeated in enumerate((left.repeated, right.repeated)):
        if not repeated:
            continue
        closest: dict[int, SentencePair] = {}
        for row in sorted(pairs, key=lambda row: row.kind, reverse=True):
            number = row.right if side else row.left
            if number in repeated:
                closest[repeated[number][0]] = row
        for first, same in closest.items():
            others = (k for k in repeated[first] if k != (same.right if side else same.left))
            added += [same._replace(right=k) if side else same._replace(left=k) for k in others]
    return pairs + added


def _is_reuse(
    row: SentenceMatch, passages: Callable[[], list[Passage]], left: TokenizedArticle, right: TokenizedArticle
) -> bool:
    """Whether a match counts as reuse, by the rules at ``MIN_WORDS`` and ``MAX_NAMES``."""
    if _kind(row) == "verbatim":
        return True
    words = min(_count_words(left, row.left), _count_words(right, row.right))
    if _kind(row) == "edited" and words >= MIN_EDITED_WORDS:
        return True
    if words < MIN_WORDS or _share_of_names(row, left.text, right.text) >= MAX_NAMES:
        return False
    is_copied = any(passage.kind in ("verbatim", "edited") for passage in passages())
    is_in_passage = any(_touches(row.left, one.left) and _touches(row.right, one.right) for one in passages())
    return is_in_passage + is_copied + (row.score >= MIN_PROBABILITY) >= 2


def _share_of_names(row: SentenceMatch, left: TokenizedText, right: TokenizedText) -> float:
    """The share of names and numbers among the distinct words that both sides have; 0.0 if they have none.

    A word counts as a name or a number by its first character in the left text. Lower-case words of fewer than
    ``MIN_LETTERS`` letters do not count at all.
    """
    in_right = {form for span in row.right for _, form in _words(right, span)}
    shared = {form: left.text[start] for span in row.left for start, form in _words(left, span) if form in in_right}
    names = sum(first.isupper() or first.isdigit() for first in shared.values())
    others = sum(first.islower() and len(form) >= MIN_LETTERS for form, first in shared.items())
    return names / max(1, names + others)


def _words(text: TokenizedText, span: Span) -> Iterator[tuple[int, str]]:
    """The start and the normal form of every word in a span."""
    first, last = np.searchsorted(text.starts, (span.start, span.end)).tolist()
    return zip(text.starts[first:last].tolist(), text.forms[first:last], strict=True)


def _forms(text: TokenizedText, sentence: int) -> list[str]:
    return text.forms[text.sentence_words[sentence] : text.sentence_words[sentence + 1]]


def _count_words(article: TokenizedArticle, spans: Sequence[Span]) -> int:
    return sum(article.words[article.number_at[span.start]] for span in spans)


def _touches(spans: Sequence[Span], passage: Span) -> bool:
    return any(span.start < passage.end and passage.start < span.end for span in spans)


def _came_first(left: Provenance, right: Provenance, direction: Direction) -> int:
    """Which article came first, as a code.

    This is a weaker question than which one is the source of the other: the publication times answer it even where both
    have their text from an agency. Only where they do not, what shows the source shows the order too.
    """
    if any(reason.kind == "conflict" for reason in direction.reasons):
        return UNKNOWN
    by_time = publication_order(left.published_at, left.day_precision, right.published_at, right.day_precision)
    by_source = {"left_to_right": LEFT_FIRST, "right_to_left": RIGHT_FIRST, "undetermined": UNKNOWN}
    return by_time or by_source[direction.verdict]
