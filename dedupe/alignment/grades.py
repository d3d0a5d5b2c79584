"""Count the words of a text by what became of them in another one, and grade how much was reused.

The grade is a summary of the counts for readers who have many pairs to look through: the counts stand beside it, so
that whoever prefers other bounds can apply them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dedupe.alignment.tokenized import TokenizedText
from dedupe.arrays import I64

Grade = Literal["none", "light", "heavy", "copied"]

MIN_REUSED_WORDS = 50
"""Fewer reused words than in two or three sentences are no reuse of an article, unless it has hardly any others:
independent reports on one event share a few plain facts. A share would not do, because two paragraphs are reused
whether they stand in a brief or in a book."""

MIN_HEAVY, MIN_COPIED = 0.5, 0.8
"""Least shares of the words of narration: reused in any way for ``heavy``, verbatim or edited for ``copied``. From a
half on, a text owes the other one more than it has of its own. The fifth that a copy may have of its own is what a
publisher adds. ``benchmarks/alignment/grades.py`` measures these bounds; they were not fitted to its pairs."""


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How many words of a text belong to each class. Every word counts once, so that they add up to all words.

    - ``verbatim``, ``edited``, ``rewritten``: in narration that the other text has, by the class of the match.
    - ``in_passages``: in sentences without a match, but inside a passage that both texts share. A passage counts only
      where the matched sentences in it have fewer words than it shares, so that it says more than they do.
    - ``quoted``: in quotations that the other text has as quotations, so that both may have them from the speaker.
    - ``boilerplate``: in page furniture, whether the other text has it or not.
    - ``new``: all others.
    """

    verbatim: int = 0
    edited: int = 0
    rewritten: int = 0
    in_passages: int = 0
    quoted: int = 0
    boilerplate: int = 0
    new: int = 0

    @property
    def reused(self) -> int:
        """The words of narration that the other text has in any way."""
        return self.verbatim + self.edited + self.rewritten + self.in_passages

    @property
    def grade(self) -> Grade:
        """How much of the narration is reused: ``none``, ``light``, ``heavy`` or ``copied``.

        Narration is everything but boilerplate and quotations that both texts have. A text of which nothing else is
        left is graded by these quotations.

        >>> WordCounts(verbatim=90, new=10).grade, WordCounts(rewritten=90, new=10).grade
        ('copied', 'heavy')
        >>> WordCounts(verbatim=60, new=940).grade, WordCounts(edited=20, new=30).grade, WordCounts().grade
        ('light', 'none', 'none')
        """
        copied, reused, narration = self.verbatim + self.edited, self.reused, self.reused + self.new
        if not narration:
            copied = reused = narration = self.quoted
        if copied and copied >= MIN_COPIED * narration:
            return "copied"
        if reused < MIN_REUSED_WORDS:
            return "none"
        return "heavy" if reused >= MIN_HEAVY * narration else "light"


_NEW, _BOILERPLATE, _QUOTED = 0, 1, 2
_MATCHES = {"verbatim": 3, "edited": 4, "rewritten": 5}
_IN_PASSAGES = 6
_CODES = 7
"""Codes of the classes of words."""


def count_words(
    text: TokenizedText,
    matches: Iterable[tuple[Iterable[int], str, bool]],
    passages: Iterable[tuple[int, int, float]],
) -> WordCounts:
    """Count the words of one of two aligned texts.

    ``matches``: for each match the numbers of this text's sentences, its kind, and whether it is a quotation; of
    several matches of a sentence the closest counts. ``passages``: the first word of each, the word behind its last,
    and the share of its words that have a counterpart.
    """
    of_sentence = np.zeros(len(text.sentences), np.int64)
    for sentences, kind, is_quote in sorted(matches, key=lambda match: -_MATCHES[match[1]]):
        of_sentence[list(sentences)] = _QUOTED if is_quote else _MATCHES[kind]
    of_sentence[np.array(text.boilerplate, bool)] = _BOILERPLATE
    of_word = np.repeat(of_sentence, text.sentence_sizes)
    for first, last, share in passages:
        inside = of_word[first:last]
        is_new = inside == _NEW
        if np.count_nonzero(~is_new) < share * inside.size:
            inside[is_new] = _IN_PASSAGES
    return _word_counts(np.bincount(of_word, minlength=_CODES))


def _word_counts(counts: I64) -> WordCounts:
    new, boilerplate, quoted, verbatim, edited, rewritten, in_passages = counts.tolist()
    return WordCounts(verbatim, edited, rewritten, in_passages, quoted, boilerplate, new)
