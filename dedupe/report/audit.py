"""An audit as tables for people, and as JSON or CSV for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from tabulate import tabulate

from dedupe.audit.results import ArticleAudit, Audit, PublisherPair, ReusedSentence
from dedupe.report.formats import csv_lines, json_document, printable

SHARES = ("original", "verbatim", "edited", "rewritten", "quoted", "boilerplate")
SHOWN = ("articles", "publishers", "sentences")
_NARROWEST_TEXT = 24
_LONGEST_NAME = 24
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article as one line of CSV: its largest source only, names of agencies joined by semicolons."""

    id: str
    title: str
    publisher: str | None
    published_at: datetime | None
    words: int
    original: float
    verbatim: float
    edited: float
    rewritten: float
    quoted: float
    boilerplate: float
    undetermined: float
    agencies: str
    source: str | None
    source_publisher: str | None
    source_words: int | None
    source_share: float | None
    source_hours: float | None
    source_is_certain: bool | None
    source_is_common_agency: bool | None
    compared: int
    not_compared: int
    is_partial: bool


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place of a reused sentence as one line of CSV; ``sentence`` numbers the sentences."""

    sentence: int
    articles: int
    publishers: int
    words: int
    is_quote: bool
    is_first_certain: bool
    article: str
    publisher: str | None
    published_at: datetime | None
    start: int
    end: int
    kind: str
    text: str


def lines(found: Audit, layout: str, shown: str, width: int, top: int) -> Iterator[str]:
    """The report in the layout ``table``, ``json`` or ``csv``.

    ``shown``: which of articles, publishers and sentences CSV holds; a table shows all three, or only the one named.
    ``top``: rows of each table (0: all).
    """
    if layout == "json":
        yield json_document(found)
    elif layout == "csv":
        yield from _csv(found, shown or SHOWN[0])
    else:
        tables = {"articles": _articles, "publishers": _publishers, "sentences": _sentences}
        for name in [shown] if shown else SHOWN:
            yield from tables[name](found, width, top)
            yield ""
        yield counts_line(found)


def counts_line(found: Audit) -> str:
    """What was looked at and found, in one line."""
    counts = found.counts
    said = [
        f"{counts['articles']:,} articles",
        f"{counts['words']:,} words",
        f"{counts['compared']:,} pairs compared",
        f"{counts['reused_sentences']:,} reused sentences",
        f"{counts['boilerplate_by_rule'] + counts['boilerplate_by_repetition']:,} boilerplate sentences "
        f"({counts['boilerplate_by_repetition']:,} by repetition)",
    ]
    return ", ".join(said)


def _csv(found: Audit, shown: str) -> Iterator[str]:
    if shown == "articles":
        yield from csv_lines(map(_article_line, found.articles), ArticleLine.__dataclass_fields__)
    elif shown == "publishers":
        yield from csv_lines(found.publishers, PublisherPair.__dataclass_fields__)
    else:
        numbered = enumerate(found.sentences, 1)
        places = (line for number, sentence in numbered for line in _place_lines(number, sentence))
        yield from csv_lines(places, PlaceLine.__dataclass_fields__)


def _article_line(row: ArticleAudit) -> ArticleLine:
    own = {name: getattr(row, name) for name in ArticleLine.__dataclass_fields__ if hasattr(row, name)}
    names = ("words", "share", "hours", "is_certain", "is_common_agency")
    first = row.sources[0] if row.sources else None
    source = {f"source_{name}": getattr(first, name, None) for name in names}
    source |= {"source": first and first.article, "source_publisher": first and first.publisher}
    return ArticleLine(**own | source | {"agencies": "; ".join(row.agencies)})


def _place_lines(number: int, sentence: ReusedSentence) -> Iterator[PlaceLine]:
    for place in sentence.places:
        yield PlaceLine(
            number,
            sentence.articles,
            sentence.publishers,
            sentence.words,
            sentence.is_quote,
            sentence.is_first_certain,
            place.article,
            place.publisher,
            place.published_at,
            place.start,
            place.end,
            place.kind,
            sentence.text,
        )


def _articles(found: Audit, width: int, top: int) -> Iterator[str]:
    """The articles with the largest reused share first: per cent of their words in each class, and where from."""
    ordered = sorted(found.articles, key=lambda row: (-_reused(row), row.original, row.id))
    shown, note = _top(ordered, top, "articles")
    yield "Per cent of each article's words, the most reused first"
    yield ""
    names = [_short(row.id) for row in shown]
    columns: dict[str, list[str]] = {
        "article": names,
        "publisher": [_short(row.publisher) for row in shown],
        "words": [f"{row.words:,}" for row in shown],
    }
    columns |= {name: [_percent(getattr(row, name)) for row in shown] for name in SHARES}
    columns["largest source"] = [_source(row) for row in shown]
    yield from _table(columns, "largest source", width, {"words", *SHARES})
    yield from note


def _reused(row: ArticleAudit) -> float:
    return row.verbatim + row.edited + row.rewritten


def _source(row: ArticleAudit) -> str:
    """The largest source, its share, delay and what limits the finding."""
    if not row.sources:
        return ""
    first = row.sources[0]
    said = f"{_percent(first.share) or '0'} % {printable(first.publisher or first.article)}"
    if not first.is_certain:
        return f"{said}, order unknown"
    if first.is_common_agency and row.agencies:
        said += f", both print {row.agencies[0]}"
    return said if first.hours is None else f"{said}, {_delay(first.hours)} later"


def _publishers(found: Audit, width: int, top: int) -> Iterator[str]:
    others = [pair for pair in found.publishers if pair.taker != pair.giver]
    shown, note = _top(others, top, "pairs of publishers")
    yield "Who has wording from whom, the most words first"
    yield ""
    columns = {
        "publisher": [_short(pair.taker) for pair in shown],
        "has from": [_short(pair.giver) for pair in shown],
        "articles": [f"{pair.articles:,}" for pair in shown],
        "words": [f"{pair.words:,}" for pair in shown],
        "verbatim": [f"{pair.verbatim_words:,}" for pair in shown],
        "quoted": [f"{pair.quoted_words:,}" for pair in shown],
        "of its words": [f"{pair.share:.1%}" for pair in shown],
        "median delay": [_delay(pair.median_hours) for pair in shown],
        "same agency": [f"{pair.common_agency_words:,}" if pair.common_agency_words else "" for pair in shown],
        "order unknown": [f"{pair.undetermined_words:,}" if pair.undetermined_words else "" for pair in shown],
    }
    yield from _table(columns, None, width, set(columns) - {"publisher", "has from"})
    yield from note
    own = sum(pair.words for pair in found.publishers if pair.taker == pair.giver)
    if own:
        yield f"Not shown: {own:,} words that publishers have from their own earlier articles"


def _sentences(found: Audit, width: int, top: int) -> Iterator[str]:
    shown, note = _top(found.sentences, top, "sentences")
    yield "Reused sentences, those of most publishers first"
    yield ""
    columns = {
        "articles": [f"{row.articles:,}" for row in shown],
        "publishers": [f"{row.publishers:,}" for row in shown],
        "first": [_first(row) for row in shown],
        "sentence": [printable(row.text) for row in shown],
    }
    yield from _table(columns, "sentence", width, {"articles", "publishers"})
    yield from note


def _first(row: ReusedSentence) -> str:
    place = row.places[0]
    name = _short(place.publisher or place.article)
    return name if row.is_first_certain else f"{name} (?)"


def _table(columns: dict[str, list[str]], cut: str | None, width: int, right: set[str]) -> Iterator[str]:
    """A table whose column ``cut`` takes the width that the others leave."""
    if not any(columns.values()):
        yield "none"
        return
    if cut:
        taken = sum(max(map(len, [name, *cells])) + 2 for name, cells in columns.items() if name != cut)
        room = max(_NARROWEST_TEXT, width - taken)
        columns[cut] = [_cut(cell, room) for cell in columns[cut]]
    align = ["right" if name in right else "left" for name in columns]
    yield tabulate(columns, headers="keys", tablefmt="simple", colalign=align, disable_numparse=True)


def _top(rows: Sequence[_Row], top: int, of_what: str) -> tuple[Sequence[_Row], list[str]]:
    """The first rows, and a line that says how many more there are."""
    if not top or len(rows) <= top:
        return rows, []
    return rows[:top], [f"{len(rows) - top:,} more {of_what}; --top 0 shows all"]


def _percent(share: float) -> str:
    """Whole per cent; nothing for nothing, so that the eye finds what is there."""
    return "" if share == 0 else "<1" if share < 0.005 else f"{share * 100:.0f}"


def _delay(hours: float | None) -> str:
    if hours is None:
        return ""
    if abs(hours) < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if abs(hours) < 48 else f"{hours / 24:.0f} days"


def _short(name: str | None) -> str:
    return _cut(printable(name or "–"), _LONGEST_NAME)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
