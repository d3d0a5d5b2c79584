"""Judge what the edits between matched sentences change: how close the two sides are, and what a reader must know.

Everything here is decided by the edit script of ``dedupe.alignment.edits``: the class of a match, whether one side was
only shortened, and the flags that say what kind of thing changed (a number, a negation, a name, a quotation, who is
quoted, a claim that became a question). The words that the flags go by are in ``data/word_classes.json``.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from operator import and_
from typing import Literal, NamedTuple

import numpy as np
from rapidfuzz.distance import Indel

from dedupe.alignment.edits import Block, Comparison, Pieces, compare_sentences
from dedupe.alignment.quantities import read_quantities
from dedupe.alignment.tokenized import TokenizedText
from dedupe.alignment.word_classes import has_capital_nouns, word_classes
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

OMISSION = ("…", "...", ". . .")
"""Dots by which a text says that it leaves words out."""

_AROUND = "\"'”’»«“‘„)]([」』「『 "
"""What may stand between dots of omission and the border of a sentence."""

_REMEMBERED = 4096
"""Pairs of sentences whose class is remembered."""

SPEAKER_WORDS, OFFICE_WORDS = 5, 3
"""A speaker stands within so many words before the verb, or right behind it. Behind a quotation so many words of an
office may stand between the verb and the name: "dijo la alcaldesa Ana Ruiz"."""


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
    left, right, changes = _View(found.left), _View(found.right), tuple[Change, ...]()
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


class _View:
    """One side of a comparison, piece by piece.

    ``quoted``: whether a piece is a word inside quotation marks. ``capital``: whether it is a word with a capital that
    does not stand there because the sentence begins.
    """

    def __init__(self, pieces: Pieces) -> None:
        self.pieces, self.forms, self.quoted = pieces, pieces.forms, pieces.quoted

    @functools.cached_property
    def raw(self) -> list[str]:
        """Each word as it is written."""
        text, starts = self.pieces.text.text, self.pieces.bounds
        return [text[start:end] for (start, _), end in zip(starts, self.pieces.word_ends, strict=True)]

    @functools.cached_property
    def begins(self) -> list[bool]:
        """Whether a piece begins a sentence, a quotation, or what stands behind a colon; "M. Dupont" goes on."""
        text, bounds, sentences = self.pieces.text.text, self.pieces.bounds, self.pieces.sentences
        found = []
        for k, (start, _) in enumerate(bounds):
            gap = text[self.pieces.word_ends[k - 1] : start] if k and sentences[k] == sentences[k - 1] else "."
            if k and (len(self.forms[k - 1]) == 1 or self.forms[k - 1] in word_classes().titles):
                gap = gap.removeprefix(".")
            found.append(not self.forms[k - 1] or bool(re.search(r"[.:!?“„«\"”]", gap)) if k else True)
        return found

    @functools.cached_property
    def has_capital_nouns(self) -> bool:
        """Whether the language writes all nouns with a capital, so that capitals do not show names."""
        return has_capital_nouns(self.forms)

    def is_name(self, k: int) -> bool:
        """Whether a piece is a word that looks like a part of a name."""
        if not self._is_capital(k) or self.has_capital_nouns:
            return False
        # The first word of a sentence has a capital anyway.
        is_last = k + 1 == len(self.forms) or self.begins[k + 1]
        return not self.begins[k] or (not is_last and self._is_capital(k + 1))

    def _is_capital(self, k: int) -> bool:
        """Whether a piece is a word with a capital that is no date, no title and no pronoun."""
        words, form = word_classes(), self.forms[k]
        if not self.raw[k][:1].isupper() or len(form) < 2 or form[0].isdigit():
            return False
        if form in words.units and self.raw[k].isupper():  # "EUR", "PM"
            return False
        return form not in words.calendar and form not in words.titles and form not in words.pronouns

    def is_negation(self, k: int) -> bool:
        form = self.forms[k]
        if form == "t" and k and self.forms[k - 1].endswith("n"):
            between = self.pieces.text.text[self.pieces.word_ends[k - 1] : self.pieces.bounds[k][0]]
            return len(between) == 1 and not between.isspace()  # "didn't"
        if self.is_spaceless(k):
            return self.pieces.text.text.startswith(word_classes().negations_without_spaces, self.pieces.bounds[k][0])
        return form in word_classes().negations

    def is_spaceless(self, k: int) -> bool:
        """Whether a piece stands in a sentence of a script without spaces, where each character is a word."""
        return bool(self.pieces.text.is_spaceless[self.pieces.sentences[k]])

    def values(self) -> Counter[str]:
        """The numbers, amounts and dates, with their signs and currencies, and how often each of them occurs."""
        return Counter(value for value, _ in self.quantities)

    def units(self) -> dict[str, set[str]]:
        """For each number, the measures that stand behind it in words."""
        found: dict[str, set[str]] = {}
        for value, unit in self.quantities:
            if unit:
                found.setdefault(value, set()).add(unit)
        return found

    @functools.cached_property
    def quantities(self) -> list[tuple[str, str]]:
        """Each number, amount or date, and the unit behind it, "" where there is none."""
        text, ends = self.pieces.text.text, self.pieces.word_ends
        gaps = [text[end:border] for end, (_, border) in zip(ends, self.pieces.bounds, strict=True)]
        return list(read_quantities(self.forms, self.raw, gaps))

    def nearest_speakers(self) -> set[str]:
        """The names that stand right before a verb of speech, else those right behind it."""
        names = set[str]()
        for k in self.verbs_with_speaker():
            for steps in (range(k - 1, -1, -1), range(self._begin_behind(k), len(self.forms))):
                near = [*takewhile(lambda n: self._is_capital(n) and not self.quoted[n], steps)]
                if near and self.pieces.sentences[near[0]] == self.pieces.sentences[k]:
                    names.update(stem(self.raw[n]) for n in near)
                    break
        return names

    def speakers(self) -> tuple[set[str], set[str], set[str]]:
        """Who stands beside a verb of speech outside of quotations: names, words right before it, and pronouns."""
        names, pronouns, nouns = set[str](), set[str](), set[str]()
        words = word_classes()
        for k in self.verbs_with_speaker():
            for near in self._around(k):
                if self._is_capital(near):
                    names.add(stem(self.raw[near]))
                elif self.forms[near] in words.pronouns:
                    pronouns.add(self.forms[near])
                elif near == k - 1 and len(self.forms[near]) >= MIN_ALIKE_LETTERS:
                    nouns.add(stem(self.raw[near]))
        return names, nouns, pronouns

    def _around(self, verb: int) -> list[int]:
        """The pieces where the speaker of a verb may stand: right behind it, or within a few words before it.

        Where all nouns have capitals, what stands behind the verb is the speaker.
        """
        sentences, near = self.pieces.sentences, []
        for k in range(self._begin_behind(verb), len(self.forms)):
            if self.quoted[k] or sentences[k] != sentences[verb] or not self._may_begin_speaker(k):
                break
            near.append(k)
        if near and self.has_capital_nouns:
            return near
        for k in range(verb - 1, max(-1, verb - 1 - SPEAKER_WORDS), -1):
            if self.quoted[k] or sentences[k] != sentences[verb]:
                break
            near.append(k)
        return near

    def _begin_behind(self, verb: int) -> int:
        """Where the speaker behind a verb begins: behind a quotation, a name may have an office without a capital."""
        first, before = verb + 1, self.forms[verb - 1]
        is_auxiliary = len(before) < MIN_ALIKE_LETTERS and before not in word_classes().pronouns  # "a déclaré"
        if verb and (self.quoted[verb - 1] or (verb > 1 and is_auxiliary and self.quoted[verb - 2])):
            near = range(first, min(first + OFFICE_WORDS + 1, len(self.forms)))
            inside = takewhile(
                lambda k: not self.quoted[k] and self.pieces.sentences[k] == self.pieces.sentences[verb], near
            )
            first = next((k for k in inside if self._is_capital(k)), first)
        return first

    def _may_begin_speaker(self, k: int) -> bool:
        words = word_classes()
        return self._is_capital(k) or self.forms[k] in words.titles or self.forms[k] in words.pronouns

    def questions(self) -> int:
        """The number of question marks, also of those behind which a sentence goes on."""
        text, spans = (
            self.pieces.text.text,
            [self.pieces.text.sentences[k] for k in dict.fromkeys(self.pieces.sentences)],
        )
        return sum(text.count(mark, span.start, span.end) for mark in "?？؟" for span in spans)

    def says_that_it_was_cut(self) -> bool:
        """Whether dots of omission stand at the beginning or the end."""
        text, bounds = self.pieces.text.text, self.pieces.bounds
        first, last = text[bounds[0][0] : bounds[0][1]], text[bounds[-1][0] : bounds[-1][1]]
        return first.lstrip(_AROUND).startswith(OMISSION) or last.rstrip(_AROUND).endswith(OMISSION)

    def verbs_with_speaker(self) -> list[int]:
        """The verbs of speech beside which their speaker stands: not English participles ("Holt met Vale, saying")."""
        return [k for k in self.verbs() if not self.forms[k].endswith("ing")]

    def verbs(self) -> list[int]:
        """The verbs of speech outside of quotations."""
        speech = word_classes().speech
        return [k for k, form in enumerate(self.forms) if form in speech and not self.quoted[k]]


def _changes(
    found: Comparison, changed: list[Block], kept: list[tuple[int, int]], left: _View, right: _View
) -> Iterator[Change]:
    """What kinds of things changed, in the order of ``Change``."""
    if changed:
        if _differ_both(left.values(), right.values()) or _have_other_units(left.units(), right.units()):
            yield "number"
        if _is_negated(changed, left, right):
            yield "negation"
        if any(_is_renamed(block, left, right) for block in changed):
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


def _is_negated(changed: list[Block], left: _View, right: _View) -> bool:
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


def _is_asked(left: _View, right: _View) -> bool:
    """Whether a claim became a question, or a question a claim."""
    return left.questions() != right.questions()


def _is_renamed(block: Block, left: _View, right: _View) -> bool:
    """Whether a name that the other side lacks stands in the place of a name that this side lacks."""
    i1, i2, j1, j2 = block
    of_left = {stem(left.raw[k]) for k in range(i1, i2) if left.is_name(k)}
    of_right = {stem(right.raw[k]) for k in range(j1, j2) if right.is_name(k)}
    if not of_left or not of_right:
        return False
    return bool(of_left - set(map(stem, right.raw)) and of_right - set(map(stem, left.raw)))


def _is_requoted(
    found: Comparison, changed: list[Block], kept: list[tuple[int, int]], left: _View, right: _View
) -> bool:
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


def _has_other_speaker(changed: list[Block], left: _View, right: _View) -> bool:
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
    words = np.diff(text.sentence_words)[numbers]
    return float((text.quoted_share[numbers] * words).sum() / max(1, words.sum()))
