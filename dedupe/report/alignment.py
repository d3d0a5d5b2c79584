"""An alignment for a reader, side by side or one above the other, and as JSON for programs.

Classes are told by colour and by name, so the report reads the same without colour. In an edited pair the words that
changed are marked, in a rewritten pair the words that stayed, each ⟨so⟩ where there is no colour.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

import click
from wcwidth import wcswidth

from dedupe.alignment.align import Alignment, SentenceMatch
from dedupe.alignment.tokenized import Span
from dedupe.report.formats import json_document, json_line, printable
from dedupe.schemas import Article

_COLOURS = {"verbatim": "green", "edited": "yellow", "rewritten": "cyan", "new": "bright_black"}
_KINDS = tuple(_COLOURS)
_SIDE_BY_SIDE_FROM = 100
"""Columns from which two texts stand beside each other."""
_GUTTER = " │ "


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is shown, and whether it is marked."""

    text: str
    marked: bool


def lines(
    left: Article, right: Article, found: Alignment, layout: str, *, width: int, coloured: bool, every: bool
) -> Iterator[str]:
    """The report in the layout ``text``, ``json`` or ``jsonl``; ``every`` shows sentences without a match too."""
    if layout == "json":
        yield json_document(document(left, right, found))
    elif layout == "jsonl":
        yield from (json_line(_record(left, right, row)) for row in found.sentences)
    else:
        yield from _text(left, right, found, _Style(width, coloured), every)


def document(left: Article, right: Article, found: Alignment) -> dict[str, object]:
    """Everything an alignment holds, each span with the text it cuts out."""
    passages = [
        {
            "kind": passage.kind,
            "score": passage.score,
            "evidence_nats": passage.evidence_nats,
            "left": _cut(left.text, passage.left),
            "right": _cut(right.text, passage.right),
        }
        for passage in found.passages
    ]
    return {
        "left": {"id": left.id, "title": left.title},
        "right": {"id": right.id, "title": right.title},
        "left_reused": found.left_reused,
        "right_reused": found.right_reused,
        "is_partial": found.is_partial,
        "passages": passages,
        "sentences": [_record(left, right, row) for row in found.sentences],
    }


def _record(left: Article, right: Article, row: SentenceMatch) -> dict[str, object]:
    return {
        "kind": row.kind,
        "score": row.score,
        "is_quote": row.is_quote,
        "is_boilerplate": row.is_boilerplate,
        "left": [_cut(left.text, span) for span in row.left],
        "right": [_cut(right.text, span) for span in row.right],
        "edits": row.edits,
    }


def _cut(text: str, span: Span) -> dict[str, object]:
    return {"start": span.start, "end": span.end, "text": text[span.start : span.end]}


@dataclass(frozen=True, slots=True)
class _Style:
    """How to show: columns of the terminal, and whether it has colours."""

    width: int
    coloured: bool

    def paint(self, text: str, **how: object) -> str:
        return click.style(text, **how) if self.coloured else text  # type: ignore[arg-type]


def _text(left: Article, right: Article, found: Alignment, style: _Style, every: bool) -> Iterator[str]:
    for side, article in (("left ", left), ("right", right)):
        yield style.paint(f"{side}  {printable(article.id)}  {printable(article.title)}"[: style.width], bold=True)
    hidden = 0
    for row in found.sentences:
        if row.kind == "new" and not every:
            hidden += 1
            continue
        yield ""
        yield style.paint(_heading(row), fg=_COLOURS[row.kind])
        yield from _pair(_words(left.text, row, "left"), _words(right.text, row, "right"), style)
    yield ""
    yield from _shares(left, right, found)
    if hidden:
        yield f"{hidden} sentences without a match are not shown; --all shows them"


def _heading(row: SentenceMatch) -> str:
    said: list[str] = [row.kind]
    if row.kind != "new":
        said.append(f"{row.score:.2f}")
    if len(row.left) + len(row.right) > 2:
        said.append(f"{len(row.left)} to {len(row.right)}")
    said += [name for name, is_so in (("quotation", row.is_quote), ("boilerplate", row.is_boilerplate)) if is_so]
    return " · ".join(said)


def _words(text: str, row: SentenceMatch, side: str) -> list[Word]:
    """The words of one side as shown: marked where they changed (edited) or where they stayed (rewritten)."""
    changed: list[Span] = [getattr(edit, side) for edit in row.edits if edit.changes_words]
    shown = []
    for span in getattr(row, side):
        for piece in re.finditer(r"\S+", text[span.start : span.end]):
            start, end = span.start + piece.start(), span.start + piece.end()
            is_changed = any(edit.start < end and start < edit.end for edit in changed)
            marked = is_changed if row.kind == "edited" else not is_changed and row.kind == "rewritten"
            shown.append(Word(printable(piece.group()), marked))
    return shown


def _pair(left: list[Word], right: list[Word], style: _Style) -> Iterator[str]:
    """Both sides beside each other, or below each other where the terminal is narrow."""
    if style.width < _SIDE_BY_SIDE_FROM:
        for sign, words in (("<", left), (">", right)):
            for number, (line, _) in enumerate(_wrapped(words, style.width - 4, style)):
                yield f"  {' ' if number else sign} {line}"
        return
    column = (style.width - len(_GUTTER)) // 2
    lefts, rights = (_wrapped(words, column, style) for words in (left, right))
    for (line, used), (other, _) in zip_longest(lefts, rights, fillvalue=("", 0)):
        yield (line + " " * (column - used) + _GUTTER + other).rstrip()


def _wrapped(words: list[Word], width: int, style: _Style) -> list[tuple[str, int]]:
    """Lines of at most ``width`` columns (a longer word has a line of its own), each with the columns it takes."""
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


def _shares(left: Article, right: Article, found: Alignment) -> Iterator[str]:
    """Share of each side's words that the other one has, and the sentences of each kind."""
    kinds: Counter[str] = Counter(row.kind for row in found.sentences)
    said = ", ".join(f"{kinds[kind]} {kind}" for kind in _KINDS if kinds[kind] and kind != "new")
    yield f"matches: {said or 'none'}"
    for side, article, share in (("left", left, found.left_reused), ("right", right, found.right_reused)):
        yield f"{share:.0%} of the words of {printable(article.id)} ({side}) stand in matched sentences"
    if found.is_partial:
        yield "the texts are so large or repetitive that a limit was reached: something may be missing"
