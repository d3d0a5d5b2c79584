"""find → SENTENCE PAIRS: which matches of two aligned articles of a collection are reuse, and who was first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from dedupe.alignment.align import Passage, SentenceMatch, align_tokenized
from dedupe.alignment.direction import Direction, judge_direction, publication_order
from dedupe.alignment.provenance import Provenance, common_source
from dedupe.alignment.tokenized import Span, TokenizedText, tokenize
from dedupe.arrays import Bools

KIND_CODES = {"verbatim": 0, "edited": 1, "rewritten": 2}
"""Classes of matched sentences, the closest first."""

LEFT_FIRST, RIGHT_FIRST, UNKNOWN = -1, 1, 0


MIN_WORDS, MIN_EDITED_WORDS, MIN_LIKENESS = 5, 8, 0.8
"""Articles on one event state the same facts in similar words, and each is compared with dozens of others. So a match
that is not verbatim needs more than resemblance: five words on both sides and, if rewritten or edited in fewer than
eight words, two of three witnesses – a passage both texts share there, wording that was copied elsewhere in the pair,
this likeness. Of what that leaves out, in a sample of wire_helsinki read by eye, nearly all were captions, headlines
and facts ("Trump and Putin meet in Helsinki on Monday")."""


MAX_NAMES, MIN_LETTERS = 0.8, 4
"""Such a match does not count either where this share of the words both sides have are names or numbers: the share from
which Churnalism drops a fragment. Lower-case words of fewer letters are mostly "of" and "the" and count for neither."""


SentencePair = tuple[int, int, int, bool]
"""Numbers of a left and a right sentence, class, and whether both are quotations."""


@dataclass(frozen=True, slots=True)
class TokenizedArticle:
    """An article made ready for comparison: its wording, which sentences are boilerplate, where it comes from."""

    wording: TokenizedText
    boilerplate: Bools
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class AuditedArticle:
    """An article as it is sent to a process."""

    text: str
    language: str | None
    boilerplate: Bools
    provenance: Provenance

    def tokenize(self) -> TokenizedArticle:
        """Make it ready."""
        return TokenizedArticle(tokenize(self.text, self.language), self.boilerplate, self.provenance)


@dataclass(frozen=True, slots=True)
class PairReuse:
    """What two articles share: matched sentences, which article came first (``LEFT_FIRST``, ``RIGHT_FIRST`` or
    ``UNKNOWN``), whether both print one agency, whether a limit of the alignment was reached."""

    matches: list[SentencePair]
    first: int
    is_common: bool
    is_partial: bool


def find_reuse(left: TokenizedArticle, right: TokenizedArticle) -> PairReuse:
    """Align two articles and keep what says more than that both report the same facts."""
    found = align_tokenized(left.wording, right.wording)
    passages = [one for one in found.passages if not _is_furniture(one, left)]
    is_copied = any(passage.kind in ("verbatim", "edited") for passage in passages)
    rows = [row for row in found.sentences if row.left and row.right]
    kept = [row for row in rows if _is_reuse(row, passages, left.wording, right.wording, is_copied)]
    matches = _with_repeats(_numbered(kept, left.wording, right.wording), left.wording, right.wording)
    common = common_source(left.provenance, right.provenance) is not None
    first = _first(left.provenance, right.provenance, common, judge_direction(left.provenance, right.provenance, found))
    return PairReuse(matches, first, common, found.is_partial)


def _is_furniture(passage: Passage, side: TokenizedArticle) -> bool:
    """Whether most of a passage is boilerplate."""
    inside = [
        (span.end - span.start, bool(known))
        for span, known in zip(side.wording.sentences, side.boilerplate, strict=True)
        if span.start < passage.left.end and passage.left.start < span.end
    ]
    return 2 * sum(size for size, known in inside if known) > sum(size for size, _ in inside)


def _numbered(rows: Iterable[SentenceMatch], left: TokenizedText, right: TokenizedText) -> list[SentencePair]:
    lefts, rights = ({span.start: k for k, span in enumerate(wording.sentences)} for wording in (left, right))
    matches = []
    for row in rows:
        for i, j in product([lefts[span.start] for span in row.left], [rights[span.start] for span in row.right]):
            # Of several sentences that are matched together, some may be the same.
            kind = "verbatim" if _forms(left, i) == _forms(right, j) else row.kind
            matches.append((i, j, KIND_CODES[kind], row.is_quote))
    return matches


def _with_repeats(matches: list[SentencePair], left: TokenizedText, right: TokenizedText) -> list[SentencePair]:
    """The matches, and the closest one of a sentence for all that repeat it: a page may have a caption five times."""
    added: list[SentencePair] = []
    for side, wording in enumerate((left, right)):
        known: dict[tuple[str, ...], SentencePair] = {}
        for row in sorted(matches, key=lambda row: row[2], reverse=True):
            known[tuple(_forms(wording, row[side]))] = row
        for k in range(len(wording.sentences)):
            closest = known.get(tuple(_forms(wording, k)))
            if closest and closest[side] != k:
                added.append((closest[0], k, *closest[2:]) if side else (k, *closest[1:]))
    return matches + added


def _is_reuse(
    row: SentenceMatch, passages: Sequence[Passage], left: TokenizedText, right: TokenizedText, is_copied: bool
) -> bool:
    """Whether a match says more than that both texts state the same fact."""
    words = min(_words_in(left, row.left), _words_in(right, row.right))
    if row.kind == "verbatim" or (row.kind == "edited" and words >= MIN_EDITED_WORDS):
        return True
    if words < MIN_WORDS or _share_of_names(row, left, right) >= MAX_NAMES:
        return False
    is_in_passage = any(_touches(row.left, one.left) and _touches(row.right, one.right) for one in passages)
    return is_in_passage + is_copied + (row.score >= MIN_LIKENESS) >= 2


def _share_of_names(row: SentenceMatch, left: TokenizedText, right: TokenizedText) -> float:
    """Share of names and numbers among the distinct words both sides have; short words in lower case do not count."""
    theirs = {form for span in row.right for _, form in _words(right, span)}
    shared = {form: left.text[start] for span in row.left for start, form in _words(left, span) if form in theirs}
    names = sum(first.isupper() or first.isdigit() for first in shared.values())
    others = sum(first.islower() and len(form) >= MIN_LETTERS for form, first in shared.items())
    return names / max(1, names + others)


def _words(wording: TokenizedText, span: Span) -> Iterator[tuple[int, str]]:
    """Start and form of every word in a span."""
    first, last = np.searchsorted(wording.starts, (span.start, span.end)).tolist()
    return zip(wording.starts[first:last].tolist(), wording.forms[first:last], strict=True)


def _forms(wording: TokenizedText, sentence: int) -> list[str]:
    return wording.forms[wording.sentence_words[sentence] : wording.sentence_words[sentence + 1]]


def _words_in(wording: TokenizedText, spans: Sequence[Span]) -> int:
    return sum(1 for span in spans for _ in _words(wording, span))


def _touches(spans: Sequence[Span], passage: Span) -> bool:
    return any(span.start < passage.end and passage.start < span.end for span in spans)


def _first(left: Provenance, right: Provenance, is_common: bool, found: Direction) -> int:
    """Which article came first. Of two prints of one agency neither need come from the other, but the earlier print is
    still the earlier one."""
    if is_common:
        return publication_order(left.published_at, left.day_precision, right.published_at, right.day_precision)
    return {"left_to_right": LEFT_FIRST, "right_to_left": RIGHT_FIRST, "undetermined": UNKNOWN}[found.verdict]
