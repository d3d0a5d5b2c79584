"""Two texts side by side: their matched sentences with the words that changed, as data for ``alignment.js``.

``page_lines`` makes the page of one alignment. The page of a clustering shows many, by ``side_by_side``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from dedupe.alignment.align import Alignment, SentenceMatch
from dedupe.alignment.direction import Direction
from dedupe.alignment.tokenized import Span
from dedupe.article import Article
from dedupe.report import direction as direction_report
from dedupe.report.alignment import REFUSALS, summary
from dedupe.report.formats import counted
from dedupe.report.html import page
from dedupe.report.html.page import cleaned

_ORDER = ("verbatim", "edited", "rewritten", "new")

_STATIC_ROWS = 200
"""Matches that are listed where there is no JavaScript."""

_FRAME_BYTES = 150_000
"""What a page needs beside its matches: the style sheet, the script, the summary."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """An alignment as the page shows it.

    ``rows`` are the matches and, if all sentences are shown, also those without a match. ``counts`` are the sentences
    of each kind, those that are not shown included. The shares are those of ``Alignment``.
    """

    rows: tuple[SideBySideRow, ...]
    counts: dict[str, int]
    left_reused: float
    right_reused: float
    is_partial: bool


@dataclass(frozen=True, slots=True)
class SideBySideRow:
    """The sentences of a match, or one sentence without a match.

    ``labels`` begin with the kind. ``left`` and ``right`` hold runs of text: those at odd places are words that the
    other side does not have, and marked. ``right`` is None where it is the same
    as ``left``.
    """

    labels: tuple[str, ...]
    score: float
    left: tuple[str, ...]
    right: tuple[str, ...] | None


def page_lines(
    left: Article,
    right: Article,
    alignment: Alignment,
    direction: Direction,
    *,
    texts: Literal["none", "matched", "all"] = "matched",
    max_bytes: int = 10_000_000,
) -> Iterator[str]:
    """Yield the page of an alignment.

    ``texts``: no sentences, those that match, or all. ``max_bytes``: size of the page; what does not fit is left out,
    and the page says so.
    """
    whole = side_by_side(left.text, right.text, alignment, unmatched=texts == "all")
    if texts == "none":
        compared, left_out = replace(whole, rows=()), ["The sentences (--report-texts none)."]
    else:
        compared, left_out = _limited(whole, max_bytes - _FRAME_BYTES)
    titles = [article.title or article.id for article in (left, right)]
    title = f"{titles[0]} | {titles[1]}"
    lines = [*summary(left, right, alignment), *direction_report.lines(direction)]
    head = "".join(
        (
            "<h1>Two articles side by side</h1>",
            *(f"<p>{page.escaped(line)}</p>" for line in lines),
            page.list_of("Not in this page", left_out),
        )
    )
    rows = [
        (", ".join(row.labels), "".join(row.left), "".join(row.left if row.right is None else row.right))
        for row in compared.rows[:_STATIC_ROWS]
    ]
    caption = f"The first {counted(len(rows), 'row')} of the comparison; marked words need JavaScript"
    static = page.table_of(caption, ("kind", "left", "right"), rows)
    data = {"compared": compared, "left": _whose(left), "right": _whose(right)}
    inputs = [article.id for article in (left, right)]
    yield from page.page(title, head, static, page.about(inputs, {}), data, ("alignment.js", "alignment_page.js"))


def _limited(compared: SideBySide, most_bytes: int) -> tuple[SideBySide, list[str]]:
    """Return a comparison with as many rows as a page may hold, and what was left out."""
    size = 0
    for place, row in enumerate(compared.rows):
        size += len(page.encoded(row)) + 1
        if size > most_bytes:
            missing = counted(len(compared.rows) - place, "row")
            left_out = [f"The last {missing} of the comparison; --format json has everything."]
            return replace(compared, rows=compared.rows[:place]), left_out
    return compared, []


def _whose(article: Article) -> dict[str, str | None]:
    """Return what is shown above a text."""
    return {
        "title": page.shown(article.title or article.id),
        "id": page.shown(article.id),
        "publisher": page.shown(article.publisher or ""),
        "published": _published(article.published_at),
        "url": page.web_address(article.url),
    }


def _published(time: str | datetime | None) -> str:
    """Return day and time as the other tables show it: the day alone at midnight, as it is stored without a time."""
    if not isinstance(time, datetime):
        return page.shown(time or "")
    return time.strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00")


def side_by_side(left: str, right: str, alignment: Alignment, *, unmatched: bool) -> SideBySide:
    """Return an alignment of two texts for the page; ``unmatched``: with the sentences that have no match."""
    matches = [match for match in alignment.sentences if unmatched or match.kind != "new"]
    kinds: Counter[str] = Counter(match.kind for match in alignment.sentences)
    return SideBySide(
        rows=tuple(_row(left, right, match) for match in matches),
        counts={kind: kinds[kind] for kind in _ORDER if kinds[kind]},
        left_reused=round(alignment.left_reused, 3),
        right_reused=round(alignment.right_reused, 3),
        is_partial=alignment.is_partial,
    )


def _row(left: str, right: str, match: SentenceMatch) -> SideBySideRow:
    sides = _runs(left, match, "left"), _runs(right, match, "right")
    return SideBySideRow(_labels(match), round(match.score, 2), sides[0], None if sides[0] == sides[1] else sides[1])


def _labels(match: SentenceMatch) -> tuple[str, ...]:
    """Return the kind of a match, and what else a reader should know of it."""
    labels: list[str] = [match.kind]
    if match.shortened:
        labels.append(f"{match.shortened} shortened")
    labels.extend(f"{change} changed" for change in match.changes)
    if match.refused:
        labels.append(REFUSALS[match.refused])
    if match.is_quote:
        labels.append("quoted")
    if match.is_boilerplate and match.refused != "boilerplate":
        labels.append("boilerplate")
    return tuple(labels)


def _runs(text: str, match: SentenceMatch, side: str) -> tuple[str, ...]:
    """Return the sentences of one side, "left" or "right", as runs of text, of which every second one is marked."""
    spans: Sequence[Span] = getattr(match, side)
    changed = [getattr(edit, side) for edit in match.edits if edit.changes_words]
    runs = [""]
    for number, span in enumerate(spans):
        cuts = [(max(edit.start, span.start), min(edit.end, span.end)) for edit in changed]
        at = span.start
        gap = " " if number else ""
        for start, end in sorted(cut for cut in cuts if cut[0] < cut[1]):
            _add(runs, f"{gap}{text[at:start]}", marked=False)
            _add(runs, text[start:end], marked=True)
            at, gap = end, ""
        _add(runs, f"{gap}{text[at : span.end]}", marked=False)
    return tuple(map(cleaned, runs))


def _add(runs: list[str], text: str, *, marked: bool) -> None:
    """Add text to the last run, or begin a run with it; runs at odd places are marked."""
    if not text:
        return
    if len(runs) % 2 == marked:  # the last run is of the other kind
        runs.append("")
    runs[-1] += text
