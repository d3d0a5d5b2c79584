"""An audit as tables for people, and as JSON or CSV for programs.

There is a table for each kind of result: articles, pairs of publishers, reused sentences, and the account of every
sentence, which is shown only on request. CSV holds one of the four, JSON everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import islice
from typing import TypeVar

from dedupe.audit.results import ArticleAudit, Audit, PublisherPair, ReusedSentence
from dedupe.report.cells import fitted
from dedupe.report.columns import fitted_table
from dedupe.report.formats import counted, csv_lines, json_document_lines, printable

_SHARES = ("original", "verbatim", "edited", "rewritten", "quoted", "boilerplate")
_LEAST = {"sentence": 24, "largest source": 24, "has from": 16, "publisher": 16, "article": 8}
"""Columns of a table that are cut where the terminal is narrow, the first one first, and the width that each keeps."""
_LONGEST_NAME = 24
"""Columns of an article id or the name of a publisher; longer ones are cut, unless the table is wide."""
_NOT_CERTAIN = " (?)"
"""What stands behind the name of an article or a publisher that need not have been first."""
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """One article as a line of CSV.

    The fields ``source`` and ``source_*`` describe its largest source only. ``agencies`` are joined by semicolons.
    """

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
    grade: str
    undetermined: float
    agencies: str
    source: str | None
    source_publisher: str | None
    source_words: int | None
    source_share: float | None
    source_grade: str | None
    source_hours: float | None
    source_is_certain: bool | None
    source_is_common_agency: bool | None
    compared: int
    not_compared: int
    is_partial: bool


@dataclass(frozen=True, slots=True)
class SentenceLine:
    """One sentence of an article as a line of CSV."""

    article: str
    start: int
    end: int
    words: int
    kind: str
    match: str | None
    source: str | None
    source_start: int | None
    source_end: int | None
    is_certain: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One place of a reused sentence as a line of CSV. ``sentence`` is the number of the sentence, from 1."""

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
    source: str | None
    text: str


def lines(
    audit: Audit, texts: Mapping[str, str], format_name: str, rows: str | None, width: int | None, top: int
) -> Iterator[str]:
    """Yield the report in the format ``table``, ``json`` or ``csv``.

    ``texts``: the text of every article by its id. ``rows`` is "articles", "publishers", "sentences", "account" or
    None. It chooses the only table that is shown (None: all but the account) or what CSV holds (None: articles).
    ``width`` is the number of columns of a table (None: as many as it needs), ``top`` its number of rows (0: all).
    """
    if format_name == "json":
        yield from json_document_lines(audit)
    elif format_name == "csv":
        yield from _csv(audit, texts, rows or "articles")
    elif rows == "account":
        yield from _account_table(audit, texts, width, top)
        yield counts_line(audit)
    else:
        tables = {"articles": _article_table, "publishers": _publisher_table, "sentences": _sentence_table}
        for name in [rows] if rows else tables:
            yield from tables[name](audit, width, top)
            yield ""
        yield counts_line(audit)


def counts_line(audit: Audit) -> str:
    """Return one line with the numbers of articles, words, compared pairs, reused and boilerplate sentences."""
    counts = audit.counts
    by_repetition = counts["boilerplate_by_repetition"]
    boilerplate = counted(counts["boilerplate_by_rule"] + by_repetition, "boilerplate sentence")
    parts = [
        counted(counts["articles"], "article"),
        counted(counts["words"], "word"),
        f"{counted(counts['compared'], 'pair')} compared",
        counted(counts["reused_sentences"], "reused sentence"),
        f"{boilerplate} ({by_repetition:,} by repetition)",
    ]
    return ", ".join(parts)


def _csv(audit: Audit, texts: Mapping[str, str], rows: str) -> Iterator[str]:
    if rows == "articles":
        yield from csv_lines(map(_article_line, audit.articles), ArticleLine.__dataclass_fields__)
    elif rows == "publishers":
        yield from csv_lines(audit.publishers, PublisherPair.__dataclass_fields__)
    elif rows == "account":
        yield from csv_lines(_sentence_lines(audit, texts), SentenceLine.__dataclass_fields__)
    else:
        numbered = enumerate(audit.sentences, 1)
        places = (line for number, sentence in numbered for line in _place_lines(number, sentence))
        yield from csv_lines(places, PlaceLine.__dataclass_fields__)


def _article_line(row: ArticleAudit) -> ArticleLine:
    own = {name: getattr(row, name) for name in ArticleLine.__dataclass_fields__ if hasattr(row, name)}
    names = ("words", "share", "grade", "hours", "is_certain", "is_common_agency")
    largest = row.sources[0] if row.sources else None
    source = {f"source_{name}": getattr(largest, name, None) for name in names}
    source |= {"source": largest and largest.article, "source_publisher": largest and largest.publisher}
    return ArticleLine(**own | source | {"agencies": "; ".join(row.agencies)})


def _sentence_lines(audit: Audit, texts: Mapping[str, str]) -> Iterator[SentenceLine]:
    for article in audit.articles:
        text = texts[article.id]
        for one in article.sentences:
            own = {field.name: getattr(one, field.name) for field in fields(one)}
            yield SentenceLine(article=article.id, text=text[one.start : one.end], **own)


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
            place.source,
            sentence.text,
        )


def _article_table(audit: Audit, width: int | None, top: int) -> Iterator[str]:
    """Yield one row per article: per cent of its words in each class, and its largest source."""
    ordered = sorted(audit.articles, key=lambda row: (-_reused(row), row.original, row.id))
    shown, note = _top(ordered, top, "article")
    yield "Per cent of each article's words, the most reused first; grade: how much of its narration is reused"
    yield ""
    columns: dict[str, list[str]] = {
        "article": [_short(row.id, width) for row in shown],
        "publisher": [_short(row.publisher, width) for row in shown],
        "words": [f"{row.words:,}" for row in shown],
    }
    columns |= {name: [_percent(getattr(row, name)) for row in shown] for name in _SHARES}
    columns["grade"] = [row.grade for row in shown]
    columns["largest source"] = [_source(row) for row in shown]
    spare = ("boilerplate", "quoted", "rewritten", "edited", "verbatim", "publisher")
    yield from _table(columns, width, {"words", *_SHARES}, spare)
    yield from note


def _reused(row: ArticleAudit) -> float:
    return row.verbatim + row.edited + row.rewritten


def _source(row: ArticleAudit) -> str:
    """Return the largest source with its share and delay, or with a note that the order of the two is not known."""
    if not row.sources:
        return ""
    largest = row.sources[0]
    text = f"{_percent(largest.share) or '0'} % {printable(largest.publisher or largest.article)}"
    if not largest.is_certain:
        return f"{text}, order unknown"
    if largest.is_common_agency and row.agencies:
        text += f", both print {row.agencies[0]}"
    return text if largest.hours is None else f"{text}, {_delay(largest.hours)} later"


def _publisher_table(audit: Audit, width: int | None, top: int) -> Iterator[str]:
    """Yield one row per pair of different publishers, then how many words publishers have from themselves."""
    others = [pair for pair in audit.publishers if pair.taker != pair.giver]
    shown, note = _top(others, top, "pair of publishers", "pairs of publishers")
    yield "Who has wording from whom, the most words first"
    yield ""
    columns = {
        "publisher": [_short(pair.taker, width) for pair in shown],
        "has from": [_short(pair.giver, width) for pair in shown],
        "articles": [f"{pair.articles:,}" for pair in shown],
        "words": [f"{pair.words:,}" for pair in shown],
        "verbatim": [f"{pair.verbatim_words:,}" for pair in shown],
        "quoted": [f"{pair.quoted_words:,}" for pair in shown],
        "of its words": [f"{pair.share:.1%}" for pair in shown],
        "median delay": [_delay(pair.median_hours) for pair in shown],
        "same agency": [f"{pair.common_agency_words:,}" if pair.common_agency_words else "" for pair in shown],
        "order unknown": [f"{pair.undetermined_words:,}" if pair.undetermined_words else "" for pair in shown],
    }
    spare = ("quoted", "verbatim", "articles", "order unknown", "same agency", "of its words")
    yield from _table(columns, width, set(columns) - {"publisher", "has from"}, spare)
    yield from note
    own = sum(pair.words for pair in audit.publishers if pair.taker == pair.giver)
    if own:
        yield f"Not shown: {own:,} words that publishers have from other articles of their own"


def _sentence_table(audit: Audit, width: int | None, top: int) -> Iterator[str]:
    """Yield one row per reused sentence, with the publisher that had it first."""
    shown, note = _top(audit.sentences, top, "sentence")
    yield "Reused sentences, those of most publishers first"
    yield ""
    columns = {
        "articles": [f"{row.articles:,}" for row in shown],
        "publishers": [f"{row.publishers:,}" for row in shown],
        "first": [_first(row, width) for row in shown],
        "sentence": [printable(row.text) for row in shown],
    }
    yield from _table(columns, width, {"articles", "publishers"})
    yield from _legend(columns["first"])
    yield from note


def _account_table(audit: Audit, texts: Mapping[str, str], width: int | None, top: int) -> Iterator[str]:
    """Yield one row per sentence of each article: its class, its closest source and its beginning."""
    number = sum(len(article.sentences) for article in audit.articles)
    shown = list(islice(_sentence_lines(audit, texts), top or None))
    yield "Every sentence, with its class and its closest source"
    yield ""
    columns = {
        "article": [_short(row.article, width) for row in shown],
        "span": [f"{row.start}–{row.end}" for row in shown],
        "words": [f"{row.words:,}" for row in shown],
        "class": [row.kind for row in shown],
        "source": [_named_source(row, width) for row in shown],
        "sentence": [printable(row.text) for row in shown],
    }
    yield from _table(columns, width, {"words"}, ("span", "words"))
    yield from _legend(columns["source"])
    if number > len(shown):
        yield f"{counted(number - len(shown), 'more sentence')}; --top 0 shows all"
    yield ""


def _legend(names: Sequence[str]) -> Iterator[str]:
    """Yield what the question mark behind a name means, if there is one."""
    if any(name.endswith(_NOT_CERTAIN) for name in names):
        yield f"{_NOT_CERTAIN.strip()}: it is not known which article was first"


def _named_source(row: SentenceLine, width: int | None) -> str:
    """Return the source of a sentence, with a question mark where the order of the two is not known."""
    if not row.source:
        return ""
    return _short(row.source, width) + ("" if row.is_certain else _NOT_CERTAIN)


def _first(row: ReusedSentence, width: int | None) -> str:
    """Return who had the sentence first, with a question mark where that is not certain."""
    place = row.places[0]
    return _short(place.publisher or place.article, width) + ("" if row.is_first_certain else _NOT_CERTAIN)


def _table(columns: dict[str, list[str]], width: int | None, right: set[str], spare: Sequence[str] = ()) -> list[str]:
    """Return the lines of a table. The columns of ``_LEAST`` may be cut, those of ``spare`` may be left out."""
    if not any(columns.values()):
        return ["none"]
    return fitted_table(columns, width, right=right, least=_LEAST, spare=spare, ids={"article"})


def _top(rows: Sequence[_Row], top: int, one: str, many: str = "") -> tuple[Sequence[_Row], list[str]]:
    """Return the first ``top`` rows (0: all) and a list with one line on how many more there are, empty if none.

    ``one`` and ``many`` are what a row is called, as in ``counted``.
    """
    if not top or len(rows) <= top:
        return rows, []
    more = counted(len(rows) - top, f"more {one}", many and f"more {many}")
    return rows[:top], [f"{more}; --top 0 shows all"]


def _percent(share: float) -> str:
    """Return whole per cent. Zero gives an empty cell, so that the other numbers stand out."""
    return "" if share == 0 else "<1" if share < 0.005 else f"{share * 100:.0f}"


def _delay(hours: float | None) -> str:
    if hours is None:
        return ""
    if abs(hours) < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if abs(hours) < 48 else f"{hours / 24:.0f} days"


def _short(name: str | None, width: int | None) -> str:
    """Return an id or a name as a cell, which is whole where the table may be as wide as it needs."""
    shown = printable(name or "–")
    return shown if width is None else fitted(shown, _LONGEST_NAME)
