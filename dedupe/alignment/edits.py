"""List the edits that turn the sentences of one text into those of another, word by word.

``dedupe.alignment.align`` calls this for every matched pair of sentences. The edits are exact: replaying them on the
left sentences gives the right ones, character by character.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from rapidfuzz.distance import Indel

from dedupe.alignment.tokenized import Span, TokenizedText


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the left span by the right one.

    ``left``: a span of the left text, empty for an insertion. ``right``: a span of the right text, empty for a
    deletion. ``changes_words``: false if only case, punctuation or white space differ.
    """

    left: Span
    right: Span
    changes_words: bool


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Some sentences cut into pieces without gaps.

    A piece is a word with the characters up to the next word, or the characters before the first word of a sentence.
    One element a piece: ``forms``, the word's normal form ("" without a word); ``bounds``, start and end in the text;
    ``word_ends``, where its word ends (its start without a word); ``sentences``, the number of its sentence.
    """

    forms: list[str]
    bounds: list[tuple[int, int]]
    word_ends: list[int]
    sentences: list[int]

    def span(self, first: int, last: int) -> Span:
        """The span of the pieces [first, last). If there are none, the empty span before piece ``first``, or at the
        end."""
        if first < last:
            return Span(self.bounds[first][0], self.bounds[last - 1][1])
        position = self.bounds[first][0] if first < len(self.bounds) else self.bounds[-1][1]
        return Span(position, position)

    def by_sentence(self, first: int, last: int) -> list[Span]:
        """The spans of the pieces [first, last), one for each sentence they belong to."""
        cuts = [first, *(k for k in range(first + 1, last) if self.sentences[k] != self.sentences[k - 1]), last]
        return [self.span(a, b) for a, b in pairwise(cuts) if a < b]


def edits_between(
    left: TokenizedText, left_sentences: Sequence[int], right: TokenizedText, right_sentences: Sequence[int]
) -> tuple[Edit, ...]:
    """The edits that turn the given left sentences into the given right ones, in the order of the text.

    ``left_sentences`` and ``right_sentences`` are sentence numbers, ascending, at least one on either side. Words are
    aligned along the longest common subsequence of their normal forms (``rapidfuzz.distance.Indel``). No edit reaches
    across the border of a sentence, and what stands between two sentences of a text is not compared.
    """
    before, after = _pieces(left, left_sentences), _pieces(right, right_sentences)
    edits: list[Edit] = []
    i = j = 0
    for block in Indel.opcodes(before.forms, after.forms):
        if block.tag != "equal":
            continue
        edits.extend(_changed(left.text, before, i, block.src_start, right.text, after, j, block.dest_start))
        for k in range(block.src_end - block.src_start):
            old, new = before.bounds[block.src_start + k], after.bounds[block.dest_start + k]
            if left.text[slice(*old)] != right.text[slice(*new)]:
                edits.append(Edit(Span(*old), Span(*new), False))
        i, j = block.src_end, block.dest_end
    edits.extend(_changed(left.text, before, i, len(before.forms), right.text, after, j, len(after.forms)))
    return tuple(edits)


def replay(left_text: str, left: Sequence[Span], right_text: str, edits: Sequence[Edit]) -> str:
    """Apply edits to the left sentences. Returns the text of the right ones, with nothing between two sentences.

    ``left``: the spans of the left sentences in ``left_text``. ``edits``: as ``edits_between`` gives them.
    """
    made: list[str] = []
    waiting = list(reversed(edits))
    position = 0
    for sentence in left:
        position = max(position, sentence.start)  # where sentences abut, an edit at their border reaches into the next
        while waiting and sentence.start <= waiting[-1].left.start <= sentence.end:
            edit = waiting.pop()
            made += left_text[position : edit.left.start], right_text[edit.right.start : edit.right.end]
            position = edit.left.end
        made.append(left_text[position : sentence.end])
    return "".join(made)


def _pieces(text: TokenizedText, sentences: Sequence[int]) -> _Pieces:
    pieces = _Pieces([], [], [], [])
    for k in sentences:
        start, end = text.sentences[k].start, text.sentences[k].end
        first, last = int(text.sentence_words[k]), int(text.sentence_words[k + 1])
        starts, ends = text.starts[first:last].tolist(), text.ends[first:last].tolist()
        if not starts or starts[0] > start:
            starts, ends = [start, *starts], [start, *ends]
        pieces.forms.extend([""] * (len(starts) - (last - first)))
        pieces.forms.extend(text.forms[first:last])
        pieces.bounds.extend(zip(starts, [*starts[1:], end], strict=True))
        pieces.word_ends.extend(ends)
        pieces.sentences.extend([k] * len(starts))
    return pieces


def _changed(
    left_text: str, before: _Pieces, i1: int, i2: int, right_text: str, after: _Pieces, j1: int, j2: int
) -> Iterator[Edit]:
    """The edits for the pieces [i1, i2) that became [j1, j2): one for each sentence they touch.

    Within one sentence the characters behind the last words are left out where both sides have the same ones.
    """
    lefts, rights = before.by_sentence(i1, i2), after.by_sentence(j1, j2)
    changes_words = any(before.forms[i1:i2]) or any(after.forms[j1:j2])
    if len(lefts) == len(rights) == 1:
        same = _common_suffix(
            left_text[before.word_ends[i2 - 1] : lefts[0].end], right_text[after.word_ends[j2 - 1] : rights[0].end]
        )
        left, right = Span(lefts[0].start, lefts[0].end - same), Span(rights[0].start, rights[0].end - same)
        yield Edit(left, right, changes_words)
        return
    left_end, right_end = before.span(i2, i2), after.span(j2, j2)
    for left_part, right_part in zip_longest(lefts, rights):
        yield Edit(left_part or left_end, right_part or right_end, changes_words)


def _common_suffix(left: str, right: str) -> int:
    """The length of the longest common suffix."""
    same = 0
    while same < min(len(left), len(right)) and left[-1 - same] == right[-1 - same]:
        same += 1
    return same
