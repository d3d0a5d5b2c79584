"""Judge what the edits between matched sentences change: how close the two sides are, and what a reader must know.

Everything here is decided by the edit script of ``dedupe.alignment.edits``: the class of a match, whether one side was
only shortened, and the flags that say what kind of thing changed (a number, a negation, a name, a quotation, who is
quoted, a claim that became a question). The words that the flags go by are in ``data/word_classes.json``.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from operator import and_
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel

from dedupe.alignment.edits import Block, Comparison, Pieces, compare_sentences
from dedupe.alignment.tokenized import TokenizedText
from dedupe.alignment.views import View
from dedupe.alignment.word_classes import word_classes
from dedupe.text.tokens import stem

MatchKind = Literal["verbatim", "edited", "rewritten"]
Side = Literal["left", "right"]
Change = Literal["number", "negation", "name", "quotation", "attribution", "question"]

MIN_EDITED = 0.6
"""A match is edited if at least this share of the words of the longer side stands in the shorter one, in order;
otherwise it is rewritten."""

MIN_ALIKE, MIN_ALIKE_LETTERS = 0.8, 4
"""Two words are one word that is spelled otherwise if they begin with the same letter, have so many letters, and reach
this ``rapidfuzz.distance.Indel.normalized_similarity``: "labour" and "labor" reach 0.91, "centre" and "center" 0.83."""

FEW_WORDS = 4
"""A longer edit adds, drops or replaces a statement; the negation in it does not turn round what is left."""

_REMEMBERED = 4096
"""Pairs of sentences whose class is remembered."""


class Judgement(NamedTuple):
    """How close two sides are, and what changed; see ``dedupe.alignment.align.SentenceMatch``."""

    kind: MatchKind
    shortened: Side | None
    changes: tuple[Change, ...]
    is_quote: bool


def classify(left: Pieces, right: Pieces) -> Judgement:
    """Judge the differences of two matched sides without saying what kinds of things changed.

    What is said of two single sentences is remembered, because copies of an article have them in common.
    """
    if left.sentences[0] == left.sentences[-1] and right.sentences[0] == right.sentences[-1]:
        return _classify_single(left, right)
    return judge(compare_sentences(left, right), with_changes=False)


@functools.lru_cache(_REMEMBERED)
def _classify_single(left: Pieces, right: Pieces) -> Judgement:
    return judge(compare_sentences(left, right), with_changes=False)


def judge(found: Comparison, *, with_changes: bool = True) -> Judgement:
    """Judge the differences of two matched sides. ``with_changes``: also say what kinds of things changed."""
    left, right, changes = View(found.left), View(found.right), tuple[Change, ...]()
    changed = [block for block in found.blocks if _has_words(found, block)]
    runs = list(found.same_runs())  # pieces of the same form: where the left one is a word, the right one is too
    if with_changes:
        kept = [(i + k, j + k) for i, j, size in runs for k in range(size) if left.pieces.words[i + k] >= 0]
        changes = tuple(_changes(found, changed, kept, left, right))
    words = sum(size - left.pieces.words[i : i + size].count(-1) for i, _, size in runs)
    quoted = sum(sum(map(and_, left.quoted[i : i + size], right.quoted[j : j + size])) for i, j, size in runs)
    is_quote = 2 * quoted > words
    if not found.changes_words:
        return Judgement("verbatim", None, changes, is_quote)
    shortened = _shortened(found, changed)
    if shortened and not (_is_negated(changed, left, right) or _is_asked(left, right)):
        shorter = left if shortened == "left" else right
        is_excerpt = _is_one_run(found, changed) and shorter.says_that_it_was_cut()
        return Judgement("verbatim" if is_excerpt else "edited", shortened, changes, is_quote)
    alike = sum(_count_alike(found, block) for block in changed)
    longer = max(sum(word >= 0 for word in pieces.words) for pieces in (found.left, found.right))
    kind: MatchKind = "edited" if words + alike >= MIN_EDITED * longer else "rewritten"
    return Judgement(kind, None, changes, is_quote)


def _has_words(found: Comparison, block: Block) -> bool:
    i1, i2, j1, j2 = block
    return any(found.left.forms[i1:i2]) or any(found.right.forms[j1:j2])


# --- the class ----------------------------------------------------------------------------------------------------


def _shortened(found: Comparison, changed: list[Block]) -> Side | None:
    """The side that lacks words of the other one, if nothing else differs; None where words were changed."""
    if found.changes_words and not changed:
        return None  # letters that only look like others
    right_lacks = all(not any(found.right.forms[block.right_start : block.right_end]) for block in changed)
    left_lacks = all(not any(found.left.forms[block.left_start : block.left_end]) for block in changed)
    return "right" if right_lacks else "left" if left_lacks else None


def _is_one_run(found: Comparison, changed: list[Block]) -> bool:
    """Whether the words of the shorter side stand in the longer one without a gap."""
    inner = [
        block
        for block in changed
        if any(found.left.forms[: block.left_start]) and any(found.left.forms[block.left_end :])
        if any(found.right.forms[: block.right_start]) and any(found.right.forms[block.right_end :])
    ]
    return not inner


def _count_alike(found: Comparison, block: Block) -> int:
    """How many words of a block are spelled otherwise on the other side, in the same order."""
    lefts = found.left.forms[block.left_start : block.left_end]
    rights = found.right.forms[block.right_start : block.right_end]
    count = position = 0
    for form in lefts:
        for k in range(position, len(rights)):
            if are_alike(form, rights[k]):
                count, position = count + 1, k + 1
                break
    return count


def are_alike(form: str, other: str) -> bool:
    """Whether two different words are one word that is spelled otherwise, or has another ending.

    >>> are_alike("organisation", "organization"), are_alike("march", "april"), are_alike("2017", "2018")
    (True, False, False)
    """
    return (
        form[:1] == other[:1]
        and min(len(form), len(other)) >= MIN_ALIKE_LETTERS
        and form[0].isalpha()
        and Indel.normalized_similarity(form, other) >= MIN_ALIKE
    )


# --- what changed -------------------------------------------------------------------------------------------------


def _changes(
    found: Comparison, changed: list[Block], kept: list[tuple[int, int]], left: View, right: View
) -> Iterator[Change]:
    """What kinds of things changed, in the order of ``Change``."""
    if changed:
        if _differ_both(left.values(), right.values()) or _have_other_units(left.units(), right.units()):
            yield "number"
        if _is_negated(changed, left, right):
            yield "negation"
        if any(_is_renamed(block, left, right) for block in changed) or _have_exchanged_names(left, right):
            yield "name"
    if _is_requoted(found, changed, kept, left, right):
        yield "quotation"
    if changed:
        if _has_other_speaker(changed, left, right):
            yield "attribution"
        if _is_asked(left, right):
            yield "question"


def _differ_both(left: Counter[str], right: Counter[str]) -> bool:
    """Whether each side has something that the other one lacks."""
    return bool(left - right and right - left)


def _have_other_units(left: dict[str, set[str]], right: dict[str, set[str]]) -> bool:
    """Whether both sides measure one number in units that the other side does not give it."""
    return any(not left[value] & right[value] for value in left.keys() & right.keys())


def _is_negated(changed: list[Block], left: View, right: View) -> bool:
    """Whether a negation was put in, taken out or put into a word, or a denial became a statement.

    A negation that stands elsewhere instead is none.
    """
    words = word_classes()
    for i1, i2, j1, j2 in changed:
        for one, other in ((left.forms[i1:i2], right.forms[j1:j2]), (right.forms[j1:j2], left.forms[i1:i2])):
            long = [form for form in one if len(form) >= MIN_ALIKE_LETTERS]
            if any(prefix + form in other for form in long for prefix in words.negating_prefixes):
                return True
            is_other_verb = _is_denied(one) and not _is_denied(other) and not words.speech.isdisjoint(other)
            if is_other_verb and max(len(one), len(other)) <= FEW_WORDS:
                return True
    counts = [sum(map(view.is_negation, range(len(view.forms)))) for view in (left, right)]
    if counts[0] == counts[1]:
        return False
    for i1, i2, j1, j2 in changed:
        in_left, in_right = sum(map(left.is_negation, range(i1, i2))), sum(map(right.is_negation, range(j1, j2)))
        if in_left != in_right and max(i2 - i1, j2 - j1) <= FEW_WORDS:
            return True
    return False


def _is_denied(forms: list[str]) -> bool:
    return not word_classes().denials.isdisjoint(forms)


def _is_asked(left: View, right: View) -> bool:
    """Whether a claim became a question, or a question a claim."""
    return left.questions() != right.questions()


def _is_renamed(block: Block, left: View, right: View) -> bool:
    """Whether a name that the other side lacks stands in the place of a name that this side lacks."""
    i1, i2, j1, j2 = block
    of_left = {stem(left.raw[k]) for k in range(i1, i2) if left.is_name(k)}
    of_right = {stem(right.raw[k]) for k in range(j1, j2) if right.is_name(k)}
    if not of_left or not of_right:
        return False
    return bool(of_left - set(map(stem, right.raw)) and of_right - set(map(stem, left.raw)))


def _have_exchanged_names(left: View, right: View) -> bool:
    """Whether both sides are the same words in the same order, but for names that stand in each other's places."""
    if Counter(left.forms) != Counter(right.forms):
        return False
    names = {stem(side.raw[k]) for side in (left, right) for k in range(len(side.forms)) if side.is_name(k)}
    is_name = [[stem(word) in names for word in side.raw] for side in (left, right)]
    others = [
        [form if not named else "" for form, named in zip(side.forms, of_side, strict=True)]
        for side, of_side in zip((left, right), is_name, strict=True)
    ]
    # A name of several words has one place.
    places = [[form for k, form in enumerate(some) if form or not k or some[k - 1]] for some in others]
    return places[0] == places[1] and left.forms != right.forms


def _is_requoted(found: Comparison, changed: list[Block], kept: list[tuple[int, int]], left: View, right: View) -> bool:
    """Whether a word of both sides is quoted on one only, or a quotation of both was given other words."""
    requoted = (i for i, j in kept if left.quoted[i] != right.quoted[j])
    if any(len(left.raw[i]) >= MIN_ALIKE_LETTERS or left.is_spaceless(i) for i in requoted):
        return True
    for i1, i2, j1, j2 in changed:
        is_inside = any(left.quoted[i1:i2]) and any(right.quoted[j1:j2])
        if is_inside and _count_alike(found, Block(i1, i2, j1, j2)) < max(i2 - i1, j2 - j1):
            return True
        if not min(i2 - i1, j2 - j1) and _goes_on(left.quoted, i1, i2) and _goes_on(right.quoted, j1, j2):
            return True
    return False


def _goes_on(quoted: list[bool], start: int, end: int) -> bool:
    """Whether the pieces before ``start`` and from ``end`` on stand inside quotation marks."""
    return start > 0 and end < len(quoted) and quoted[start - 1] and quoted[end]


def _has_other_speaker(changed: list[Block], left: View, right: View) -> bool:
    """Whether somebody else is said to speak, or somebody on one side only."""
    verbs = left.verbs(), right.verbs()
    if bool(verbs[0]) != bool(verbs[1]):
        for i1, i2, j1, j2 in changed:
            cut, other = (left.forms[i1:i2], right.forms[j1:j2])
            if any(cut) != any(other) and any(form in word_classes().speech for form in (*cut, *other)):
                return True
        return False
    if verbs[0]:
        speakers = left.speakers(), right.speakers()
        nearest = left.nearest_speakers(), right.nearest_speakers()
        if all(nearest):  # names that stand further away may be those of whom is spoken
            return not nearest[0] & speakers[1][0] and not nearest[1] & speakers[0][0]
        known = [(a, b) for a, b in zip(*speakers, strict=True) if a and b]
        return bool(known) and not known[0][0] & known[0][1]
    if not (any(left.quoted) and any(right.quoted)):
        return False
    names = [{stem(v.raw[k]) for k in range(len(v.forms)) if v.is_name(k) and not v.quoted[k]} for v in (left, right)]
    return bool(names[0] and names[1] and not names[0] & names[1])


def share_quoted(text: TokenizedText, sentences: tuple[int, ...]) -> float:
    """The share of the words of some sentences that stands inside quotation marks; 0.0 without words."""
    if len(sentences) < 2:
        return float(text.quoted_share[sentences[0]]) if sentences else 0.0
    numbers = list(sentences)
    words = text.sentence_sizes[numbers]
    return float((text.quoted_share[numbers] * words).sum() / max(1, words.sum()))
