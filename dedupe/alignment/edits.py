"""List the edits that turn the sentences of one text into those of another, word by word.

``dedupe.alignment.align`` calls this for every matched pair of sentences. The edits are exact: replaying them on the
left sentences gives the right ones, character by character. ``dedupe.alignment.changes`` judges what they change.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, zip_longest
from typing import NamedTuple

from rapidfuzz.distance import Indel

from dedupe.alignment.tokenized import Span, TokenizedText
from dedupe.text.lookalikes import may_have_lookalikes, replace_lookalikes

_CURRENCIES = "$¢£¤¥֏৳฿₠-₿"
_NUMBER = r"\d[\da-zA-Z]*"
_FIGURE = re.compile(
    rf"(?:(?<![^\s(\[“„«\"'])[-+±−–])?(?:[{_CURRENCIES}](?:[-−]|[^\S\n])?)?(?<![\da-zA-Z_]){_NUMBER}"
    rf"(?:[.,:/'’٫٬·\-‐‑–−]{_NUMBER}|[\u00a0\u202f]\d{{3}}(?!\d))*(?:[^\S\n]?(?:°[CFcf](?!\w)|[%‰°{_CURRENCIES}](?!\d)))?"
)
"""A number with its sign, its currency, the separators of its digits, and its unit."""

_CURRENCY = re.compile(f"[{_CURRENCIES}]")
_DASHES = str.maketrans("−–‐‑", "----")
_THOUSANDS = re.compile(r"(?<=\d)[,'’٬\u00a0\u202f](?=\d{3}(?!\d))")
_QUESTION_MARK = re.compile("[?？؟]")

_REMEMBERED = 4096
"""Sentences whose pieces are remembered, because a text takes part in several alignments."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the left span by the right one.

    ``left``: a span of the left text, empty for an insertion. ``right``: a span of the right text, empty for a
    deletion. ``changes_words``: false if only case, punctuation or white space differ. A number counts with its sign,
    its currency, its separators and its unit; a question mark at the end of a sentence counts as a word; and so does a
    letter that only looks like another one.
    """

    left: Span
    right: Span
    changes_words: bool


@dataclass(frozen=True, eq=False)
class Pieces:
    """Some sentences of a text cut into pieces without gaps.

    A piece is a word or a number with the characters up to the next piece, a sign of a currency behind a word ("5
    million €"), the question mark at the end of a sentence, or the characters before the first word of a sentence. One
    element a piece:

    ``forms``: what it is compared by, "" for the characters before the first word; ``bounds``: start and end in the
    text; ``word_ends``: where its word ends (its start without a word); ``words``: the number of its first word, -1
    without a word; ``quoted``: whether it is a word inside quotation marks; ``sentences``: the number of its sentence.

    Pieces are equal if everything of them is equal but their place in the text.
    """

    text: TokenizedText
    forms: list[str]
    bounds: list[tuple[int, int]]
    word_ends: list[int]
    words: list[int]
    quoted: list[bool]
    sentences: list[int]

    @functools.cached_property
    def _wording(self) -> tuple[str, int]:
        """Everything but the place in the text, as one string, and its hash."""
        first, last = self.bounds[0][0], self.bounds[-1][1]
        starts = [start - first for start, _ in self.bounds]
        numbers = bytes(self.quoted), starts, [end - first for end in self.word_ends]
        wording = "\n".join((self.text.text[first:last], *self.forms, *map(repr, numbers)))
        return wording, hash(wording)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pieces) and self._wording == other._wording

    def __hash__(self) -> int:
        return self._wording[1]

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


class Block(NamedTuple):
    """The left pieces [``left_start``, ``left_end``) became the right pieces [``right_start``, ``right_end``)."""

    left_start: int
    left_end: int
    right_start: int
    right_end: int


@dataclass(frozen=True)
class Comparison:
    """How some sentences differ from others.

    ``left``, ``right``: their pieces. ``blocks``: the pieces that differ, in order; all others are the same one by one.
    """

    left: Pieces
    right: Pieces
    blocks: list[Block]

    @functools.cached_property
    def edits(self) -> tuple[Edit, ...]:
        """The same in characters, with the differences in case, punctuation and white space."""
        edits: list[Edit] = []
        for start, other_start, block in self._runs():
            edits.extend(_same(self.left, self.right, start, other_start, block.left_start - start))
            edits.extend(_changed(self.left, self.right, block))
        return tuple(edits)

    @property
    def changes_words(self) -> bool:
        """Whether any of the edits changes words."""
        if any(any(self.left.forms[i1:i2]) or any(self.right.forms[j1:j2]) for i1, i2, j1, j2 in self.blocks):
            return True
        if not (may_have_lookalikes(self.left.text.text) or may_have_lookalikes(self.right.text.text)):
            return False
        return any(edit.changes_words for edit in self.edits)

    def same_runs(self) -> Iterator[tuple[int, int, int]]:
        """The runs of pieces that are the same: the first left and right piece, and how many there are."""
        for i, j, block in self._runs():
            yield i, j, block.left_start - i

    def _runs(self) -> Iterator[tuple[int, int, Block]]:
        """The blocks, and behind them an empty one, each with the first left and right piece of the run before it."""
        i = j = 0
        lefts, rights = len(self.left.forms), len(self.right.forms)
        for block in chain(self.blocks, [Block(lefts, lefts, rights, rights)]):
            yield i, j, block
            i, j = block.left_end, block.right_end


def compare_sentences(before: Pieces, after: Pieces) -> Comparison:
    """Compare some left sentences with some right ones, as ``cut_sentences`` gives them.

    Pieces are aligned along the longest common subsequence of their forms (``rapidfuzz.distance.Indel``). No edit
    reaches across the border of a sentence, and what stands between two sentences of a text is not compared.
    """
    blocks: list[Block] = []
    i = j = 0
    for found in Indel.opcodes(before.forms, after.forms):
        if found.tag != "equal":
            continue
        if i < found.src_start or j < found.dest_start:
            blocks.append(Block(i, found.src_start, j, found.dest_start))
        i, j = found.src_end, found.dest_end
    if i < len(before.forms) or j < len(after.forms):
        blocks.append(Block(i, len(before.forms), j, len(after.forms)))
    return Comparison(before, after, blocks)


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


def cut_sentences(text: TokenizedText, sentences: Sequence[int]) -> Pieces:
    """Cut some sentences into pieces. ``sentences`` are their numbers, ascending, at least one."""
    if len(sentences) == 1:
        return _cut(text, sentences[0])
    cut = [_cut(text, k) for k in sentences]
    pieces = Pieces(text, [], [], [], [], [], [])
    for one in cut:
        pieces.forms.extend(one.forms)
        pieces.bounds.extend(one.bounds)
        pieces.word_ends.extend(one.word_ends)
        pieces.words.extend(one.words)
        pieces.quoted.extend(one.quoted)
        pieces.sentences.extend(one.sentences)
    return pieces


@functools.lru_cache(_REMEMBERED)
def _cut(text: TokenizedText, sentence: int) -> Pieces:
    """Cut a sentence into pieces."""
    span = text.sentences[sentence]
    start, end = span.start, span.end
    first, last = int(text.sentence_words[sentence]), int(text.sentence_words[sentence + 1])
    starts, ends = text.starts[first:last].tolist(), text.ends[first:last].tolist()
    forms, words = text.forms[first:last], list(range(first, last))
    if any(form[0].isdigit() for form in forms):
        for figure in reversed(list(_FIGURE.finditer(text.text, start, end))):
            a, b = bisect_left(starts, figure.start()), bisect_left(starts, figure.end())
            if a < b and ends[b - 1] <= figure.end():
                starts[a:b], ends[a:b], words[a:b] = [figure.start()], [figure.end()], [first + a]
                forms[a:b] = [_figure_form(figure.group())]
    question = _QUESTION_MARK.search(text.text, ends[-1], end) if forms else None
    if question:
        starts, ends = [*starts, question.start()], [*ends, question.end()]
        forms, words = [*forms, "?"], [*words, -1]
    if forms and _CURRENCY.search(text.text, start, end):
        signs = [_CURRENCY.search(text.text, a, b) for a, b in zip(ends, [*starts[1:], end], strict=True)]
        pieces = [*zip(starts, ends, forms, words, strict=True)]
        pieces += [(sign.start(), sign.end(), sign.group(), -1) for sign in signs if sign]
        starts, ends, forms, words = map(list, zip(*sorted(pieces), strict=True))
    if not starts or starts[0] > start:
        starts, ends = [start, *starts], [start, *ends]
        forms, words = ["", *forms], [-1, *words]
    word_quoted = text.word_quoted[first:last].tolist()
    quoted = [word >= 0 and word_quoted[word - first] for word in words]
    bounds = list(zip(starts, [*starts[1:], end], strict=True))
    return Pieces(text, forms, bounds, ends, words, quoted, [sentence] * len(starts))


def _figure_form(figure: str) -> str:
    """A number as it is compared: in lower case, without white space, and without separators of thousands.

    >>> _figure_form("1,500 %"), _figure_form("−2"), _figure_form("5–4")
    ('1500%', '-2', '5-4')
    """
    return "".join(_THOUSANDS.sub("", figure.lower().translate(_DASHES)).split())


def _same(before: Pieces, after: Pieces, i: int, j: int, count: int) -> Iterator[Edit]:
    """The edits of ``count`` pieces from ``i`` and ``j`` on that have the same forms, but not the same characters."""
    left, right = before.text.text, after.text.text
    may_be_disguised = may_have_lookalikes(left) or may_have_lookalikes(right)
    for k in range(count):
        (start, end), (other_start, other_end) = before.bounds[i + k], after.bounds[j + k]
        old, new = left[start:end], right[other_start:other_end]
        if old != new:
            disguised = may_be_disguised and (replace_lookalikes(old) != old or replace_lookalikes(new) != new)
            yield Edit(Span(start, end), Span(other_start, other_end), disguised)


def _changed(before: Pieces, after: Pieces, block: Block) -> Iterator[Edit]:
    """The edits of a block: one for each sentence it touches.

    Within one sentence the characters behind the last words are left out where both sides have the same ones.
    """
    i1, i2, j1, j2 = block
    lefts, rights = before.by_sentence(i1, i2), after.by_sentence(j1, j2)
    changes_words = any(before.forms[i1:i2]) or any(after.forms[j1:j2])
    if len(lefts) == len(rights) == 1:
        same = _common_suffix(
            before.text.text[before.word_ends[i2 - 1] : lefts[0].end],
            after.text.text[after.word_ends[j2 - 1] : rights[0].end],
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
