"""An alignment of two articles as text for people, and as JSON or JSON lines for programs.

The text shows matched sentences side by side or, on a narrow terminal, one above the other. The kind of each match is
shown as a word and as a colour, so nothing is lost without colours. The words that the other side does not have are
marked, in every kind of match: bold and underlined or, without colours, in ⟨brackets⟩. Sentences that both texts repeat
word for word are shown once, with the numbers of all their places.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import zip_longest

import click
from wcwidth import wcswidth

from dedupe.alignment.align import LIMITS_OF_A_PAIR, Alignment, SentenceMatch
from dedupe.alignment.direction import Direction
from dedupe.alignment.grades import WordCounts
from dedupe.alignment.tokenized import Span
from dedupe.article import Article
from dedupe.report import direction as direction_report
from dedupe.report.formats import counted, json_document, json_line, printable

_COLOURS = {"verbatim": "green", "edited": "yellow", "rewritten": "cyan", "new": "bright_black"}
REFUSALS = {
    "boilerplate": "boilerplate",
    "names_only": "hardly more than names is shared",
    "closer_match": "the other sentence has a closer match",
}
"""Why a new sentence that resembles another one is no match, in words."""
_SIDE_BY_SIDE_FROM = 100
"""Least width in columns at which the two texts stand side by side."""
_GUTTER = " │ "


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it is shown, and whether it is marked."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class _Style:
    """The width of the terminal in columns, and whether to use colours."""

    width: int
    coloured: bool

    def paint(self, text: str, **style: object) -> str:
        """Return the text with the colours and attributes of ``click.style``, or unchanged without colours."""
        return click.style(text, **style) if self.coloured else text  # type: ignore[arg-type]


def lines(
    left: Article,
    right: Article,
    alignment: Alignment,
    direction: Direction,
    format_name: str,
    *,
    width: int,
    coloured: bool,
    show_unmatched: bool,
) -> Iterator[str]:
    """Yield the report in the format ``text``, ``json`` or ``jsonl``.

    JSON lines have one line per match or new sentence, and neither passages nor the direction.

    The keyword arguments matter for ``text`` only: the ``width`` in columns, whether to use colours, and whether to
    show sentences without a match too.
    """
    if format_name == "json":
        yield json_document(_document(left, right, alignment) | {"direction": direction_report.record(direction)})
    elif format_name == "jsonl":
        yield from (json_line(_record(left, right, row)) for row in alignment.sentences)
    else:
        yield from _text(left, right, alignment, _Style(width, coloured), show_unmatched)
        yield from direction_report.lines(direction)


def _document(left: Article, right: Article, alignment: Alignment) -> dict[str, object]:
    """Return everything that the alignment holds. Every span comes with its text."""
    passages = [
        {
            "kind": passage.kind,
            "score": passage.score,
            "evidence_nats": passage.evidence_nats,
            "left": _span(left.text, passage.left),
            "right": _span(right.text, passage.right),
        }
        for passage in alignment.passages
    ]
    return {
        "left": {"id": left.id, "title": left.title},
        "right": {"id": right.id, "title": right.title},
        "left_reused": alignment.left_reused,
        "right_reused": alignment.right_reused,
        "left_words": _words_record(alignment.left_words),
        "right_words": _words_record(alignment.right_words),
        "is_partial": alignment.is_partial,
        "passages": passages,
        "sentences": [_record(left, right, row) for row in alignment.sentences],
    }


def _words_record(words: WordCounts) -> dict[str, object]:
    return asdict(words) | {"grade": words.grade}


def _record(left: Article, right: Article, row: SentenceMatch) -> dict[str, object]:
    return {
        "kind": row.kind,
        "score": row.score,
        "is_quote": row.is_quote,
        "is_boilerplate": row.is_boilerplate,
        "shortened": row.shortened,
        "changes": row.changes,
        "left_quoted": row.left_quoted,
        "right_quoted": row.right_quoted,
        "refused": row.refused,
        "left": [_span(left.text, span) for span in row.left],
        "right": [_span(right.text, span) for span in row.right],
        "edits": row.edits,
    }


def _span(text: str, span: Span) -> dict[str, object]:
    return {"start": span.start, "end": span.end, "text": text[span.start : span.end]}


def _text(left: Article, right: Article, alignment: Alignment, style: _Style, show_unmatched: bool) -> Iterator[str]:
    for side, article in (("left ", left), ("right", right)):
        yield style.paint(f"{side}  {printable(article.id)}  {printable(article.title)}"[: style.width], bold=True)
    numbers = _numbers(alignment)
    rows = [row for row in alignment.sentences if row.kind != "new" or show_unmatched]
    for same in _repeated(left, right, rows):
        yield ""
        yield style.paint(_heading(same, numbers), fg=_COLOURS[same[0].kind])
        yield from _pair(_words(left.text, same[0], "left"), _words(right.text, same[0], "right"), style)
    yield ""
    if rows:
        marked = "marked" if style.coloured else "⟨marked⟩"
        yield f"{marked}: words that the other side does not have"
    hidden = len(alignment.sentences) - len(rows)
    yield from summary(left, right, alignment)
    if hidden:
        rest = "is not shown; --all shows it" if hidden == 1 else "are not shown; --all shows them"
        yield f"{counted(hidden, 'sentence')} without a match {rest}"


def _numbers(alignment: Alignment) -> dict[str, dict[Span, int]]:
    """The number of each sentence in its text, from 1, by its side and its span."""
    found = {}
    for side in ("left", "right"):
        spans = {span for row in alignment.sentences for span in getattr(row, side)}
        found[side] = {span: k for k, span in enumerate(sorted(spans, key=lambda span: span.start), 1)}
    return found


def _repeated(left: Article, right: Article, rows: list[SentenceMatch]) -> list[list[SentenceMatch]]:
    """The rows, those of the same words and characters on both sides together, in the order of the first of each."""
    groups: dict[object, list[SentenceMatch]] = {}
    for place, row in enumerate(rows):
        texts = [[text[span.start : span.end] for span in spans] for text, spans in _sides(left, right, row)]
        groups.setdefault(str(texts) if row.kind == "verbatim" else place, []).append(row)
    return list(groups.values())


def _sides(left: Article, right: Article, row: SentenceMatch) -> tuple[tuple[str, tuple[Span, ...]], ...]:
    return (left.text, row.left), (right.text, row.right)


def ranges_in_words(numbers: list[int]) -> str:
    """Numbers in words, with ranges for three and more in a row.

    >>> ranges_in_words([1, 3, 4, 5]), ranges_in_words([2, 7, 9]), ranges_in_words([4])
    ('1 and 3–5', '2, 7 and 9', '4')
    """
    ranges: list[list[int]] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    parts = [part for run in ranges for part in ([f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run))]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _places(rows: list[SentenceMatch], numbers: dict[str, dict[Span, int]]) -> Iterator[str]:
    """Yield the numbers of the sentences of a side where they do not follow each other, or stand in several rows."""
    for side in ("left", "right"):
        own = sorted({numbers[side][span] for row in rows for span in getattr(row, side)})
        if len(rows) > 1 or (own and own[-1] - own[0] >= len(own)):
            yield f"{side} {ranges_in_words(own)}"


def _heading(rows: list[SentenceMatch], numbers: dict[str, dict[Span, int]]) -> str:
    """Return the kind, the score, how many sentences belong together, where they stand, and what else is said."""
    row = rows[0]
    parts: list[str] = [row.kind]
    if row.kind != "new":
        parts.append(f"{row.score:.2f}")
    elif row.refused:
        parts.append(f"{row.score:.2f} but {REFUSALS[row.refused]}")
    if len(row.left) + len(row.right) > 2:
        parts.append(f"{len(row.left)} to {len(row.right)}")
    parts.extend(_places(rows, numbers))
    if row.shortened:
        parts.append(f"{row.shortened} shortened")
    parts.extend(f"{change} changed" for change in row.changes)
    if row.is_quote:
        parts.append("quoted")
    if row.is_boilerplate:
        parts.append("boilerplate")
    return " · ".join(parts)


def _words(text: str, row: SentenceMatch, side: str) -> list[_Word]:
    """Return the words of one side, ``left`` or ``right``. Those that the other side does not have are marked."""
    changed: list[Span] = [getattr(edit, side) for edit in row.edits if edit.changes_words]
    shown = []
    for span in getattr(row, side):
        for word in re.finditer(r"\S+", text[span.start : span.end]):
            start, end = span.start + word.start(), span.start + word.end()
            marked = any(edit.start < end and start < edit.end for edit in changed)
            shown.append(_Word(printable(word.group()), marked))
    return shown


def _pair(left: list[_Word], right: list[_Word], style: _Style) -> Iterator[str]:
    """Yield both sides, side by side or, on a narrow terminal, one above the other."""
    if style.width < _SIDE_BY_SIDE_FROM:
        for sign, words in (("<", left), (">", right)):
            for number, (line, _) in enumerate(_wrapped(words, style.width - 4, style)):
                yield f"  {' ' if number else sign} {line}"
        return
    column = (style.width - len(_GUTTER)) // 2
    lefts, rights = (_wrapped(words, column, style) for words in (left, right))
    for (line, used), (other, _) in zip_longest(lefts, rights, fillvalue=("", 0)):
        yield (line + " " * (column - used) + _GUTTER + other).rstrip()


def _wrapped(words: list[_Word], width: int, style: _Style) -> list[tuple[str, int]]:
    """Return the words in lines of at most ``width`` columns, each line with the number of columns it takes.

    A word that is wider than ``width`` gets a line of its own. Adjacent marked words share one pair of brackets.
    """
    finished: list[tuple[str, int]] = []
    line, used = "", 0
    for place, word in enumerate(words):
        text = word.text
        if word.marked and not style.coloured:
            before, after = words[max(0, place - 1) : place], words[place + 1 : place + 2]
            text = f"{'' if before and before[0].marked else '⟨'}{text}{'' if after and after[0].marked else '⟩'}"
        columns = max(0, wcswidth(text))
        if used and used + 1 + columns > width:
            finished.append((line, used))
            line, used = "", 0
        shown = style.paint(text, bold=True, underline=True) if word.marked else text
        line, used = (f"{line} {shown}", used + 1 + columns) if used else (shown, columns)
    return [*finished, (line, used)] if used else finished


def summary(left: Article, right: Article, alignment: Alignment) -> Iterator[str]:
    """Yield the number of matches of each kind, and the share of the words of each side that stand in matches."""
    kinds: Counter[str] = Counter(row.kind for row in alignment.sentences)
    counts = ", ".join(f"{kinds[kind]} {kind}" for kind in _COLOURS if kinds[kind] and kind != "new")
    yield f"matches: {counts or 'none'}"
    sides = (
        ("left", left, alignment.left_reused, alignment.left_words),
        ("right", right, alignment.right_reused, alignment.right_words),
    )
    for side, article, share, words in sides:
        name = f"{printable(article.id)} ({side})"
        yield f"{share:.0%} of the words of {name} stand in matched sentences; reuse: {words.grade}"
    if alignment.is_partial:
        yield f"the texts are so large or repetitive that something may be missing: {LIMITS_OF_A_PAIR}"
