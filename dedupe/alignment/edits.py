"""compare → EDITS: the differences between two stretches of text, word by word, located in both originals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from rapidfuzz.distance import Indel

from dedupe.alignment.tokenized import Span, TokenizedText


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the left span by the right one; an empty span marks an insertion or a deletion.

    ``changes_words`` is false where only case, punctuation or white space differ.
    """

    left: Span
    right: Span
    changes_words: bool


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A partition of some sentences: each piece is a word with what follows it, or what precedes the first word.

    ``forms`` are the words' normal forms ("" for a piece without a word), ``bounds`` the pieces in the text,
    ``word_ends`` where the word in each ends, ``sentences`` the sentence of each.
    """

    forms: list[str]
    bounds: list[tuple[int, int]]
    word_ends: list[int]
    sentences: list[int]

    def span(self, first: int, last: int) -> Span:
        """Span of the pieces [first, last); an empty one stands before piece ``first``, or at the end."""
        if first < last:
            return Span(self.bounds[first][0], self.bounds[last - 1][1])
        position = self.bounds[first][0] if first < len(self.bounds) else self.bounds[-1][1]
        return Span(position, position)

    def by_sentence(self, first: int, last: int) -> list[Span]:
        """Spans of the pieces [first, last), none across the border of a sentence."""
        cuts = [first, *(k for k in range(first + 1, last) if self.sentences[k] != self.sentences[k - 1]), last]
        return [self.span(a, b) for a, b in pairwise(cuts) if a < b]


def edits_between(
    left: TokenizedText, left_sentences: Sequence[int], right: TokenizedText, right_sentences: Sequence[int]
) -> tuple[Edit, ...]:
    """Edits that turn the given left sentences, one directly after the other, into the given right ones.

    Words are aligned along the longest common subsequence of their normal forms (``rapidfuzz.distance.Indel``).
    """
    before, after = _pieces(left, left_sentences), _pieces(right, right_sentences)
    edits: list[Edit] = []
    i = j = 0
    for block in Indel.opcodes(before.forms, after.forms):
        if block.tag != "equal":
            continue
        edits.extend(_changed(left.text, before, i, block.src_start, right.text, after, j, block.dest_start))
        for k in range(block.src_end - block.src_start):
            ours, theirs = before.bounds[block.src_start + k], after.bounds[block.dest_start + k]
            if left.text[slice(*ours)] != right.text[slice(*theirs)]:
                edits.append(Edit(Span(*ours), Span(*theirs), False))
        i, j = block.src_end, block.dest_end
    edits.extend(_changed(left.text, before, i, len(before.forms), right.text, after, j, len(after.forms)))
    return tuple(edits)


def replay(left_text: str, left: Sequence[Span], right_text: str, edits: Sequence[Edit]) -> str:
    """The right sentences, one directly after the other, made from the left ones by applying the edits."""
    made: list[str] = []
    waiting = list(reversed(edits))
    for sentence in left:
        position = sentence.start
        while waiting and sentence.start <= waiting[-1].left.start <= sentence.end:
            edit = waiting.pop()
            made += left_text[position : edit.left.start], right_text[edit.right.start : edit.right.end]
            position = edit.left.end
        made.append(left_text[position : sentence.end])
    return "".join(made)


def _pieces(wording: TokenizedText, sentences: Sequence[int]) -> _Pieces:
    found = _Pieces([], [], [], [])
    for k in sentences:
        start, end = wording.sentences[k].start, wording.sentences[k].end
        first, last = int(wording.sentence_words[k]), int(wording.sentence_words[k + 1])
        starts, ends = wording.starts[first:last].tolist(), wording.ends[first:last].tolist()
        if not starts or starts[0] > start:
            starts, ends = [start, *starts], [start, *ends]
        found.forms.extend([""] * (len(starts) - (last - first)))
        found.forms.extend(wording.forms[first:last])
        found.bounds.extend(zip(starts, [*starts[1:], end], strict=True))
        found.word_ends.extend(ends)
        found.sentences.extend([k] * len(starts))
    return found


def _changed(
    left_text: str, before: _Pieces, i1: int, i2: int, right_text: str, after: _Pieces, j1: int, j2: int
) -> Iterator[Edit]:
    """Edits for the pieces [i1, i2) that became [j1, j2): one for each sentence they touch."""
    lefts, rights = before.by_sentence(i1, i2), after.by_sentence(j1, j2)
    changes_words = any(before.forms[i1:i2]) or any(after.forms[j1:j2])
    if len(lefts) == len(rights) == 1:
        same = _same_tail(
            left_text[before.word_ends[i2 - 1] : lefts[0].end], right_text[after.word_ends[j2 - 1] : rights[0].end]
        )
        left, right = Span(lefts[0].start, lefts[0].end - same), Span(rights[0].start, rights[0].end - same)
        yield Edit(left, right, changes_words)
        return
    left_end, right_end = before.span(i2, i2), after.span(j2, j2)
    for left_part, right_part in zip_longest(lefts, rights):
        yield Edit(left_part or left_end, right_part or right_end, changes_words)


def _same_tail(left: str, right: str) -> int:
    """Length of the longest common suffix."""
    same = 0
    while same < min(len(left), len(right)) and left[-1 - same] == right[-1 - same]:
        same += 1
    return same
