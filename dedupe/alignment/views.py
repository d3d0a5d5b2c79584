"""What one side of a comparison says: its names, numbers, negations, speakers and questions, piece by piece."""

from __future__ import annotations

import functools
import re
from collections import Counter
from itertools import takewhile

from dedupe.alignment.edits import Pieces
from dedupe.alignment.quantities import read_quantities
from dedupe.alignment.word_classes import has_capital_nouns, word_classes
from dedupe.text.tokens import stem

OMISSION = ("…", "...", ". . .")
"""Dots by which a text says that it leaves words out."""

_AROUND = "\"'”’»«“‘„)]([」』「『 "
"""What may stand between dots of omission and the border of a sentence."""

SPEAKER_WORDS, OFFICE_WORDS = 5, 3
"""A speaker stands within so many words before the verb, or right behind it. Behind a quotation so many words of an
office may stand between the verb and the name: "dijo la alcaldesa Ana Ruiz"."""

MIN_NOUN_LETTERS = 4
"""A shorter word right before a verb of speech is no speaker."""


class View:
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
        """Whether a piece is a word such as "not", or the t of "didn't"."""
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
                elif near == k - 1 and len(self.forms[near]) >= MIN_NOUN_LETTERS:
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
        is_auxiliary = len(before) < MIN_NOUN_LETTERS and before not in word_classes().pronouns  # "a déclaré"
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
