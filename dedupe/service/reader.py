"""What `check` and `peek` share: they read articles, fingerprint them and answer, each on its own where one is bad."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from dedupe.filter_lines import FilterLine, LineParser, decided
from dedupe.index import FingerprintedArticle, Index, Verdict, fingerprint_articles
from dedupe.reading.fields import Columns
from dedupe.service.bodies import Articles
from dedupe.service.documents import Answer

_log = logging.getLogger(__name__)

_MOST_VALUES = 1_000_000
"""Most values of an article, counted by its commas and brackets, those of its text included: an empty object has two
bytes in the body and 64 in memory."""

_STEM = "article"
"""The id that the reader makes up for an article without one begins with this. The service takes none of them."""

_REQUEST = "request"
"""The name of the file in messages of the reader, which nobody sees."""

_WITHOUT_ID = "no id and no address: give every article an id, by which a second delivery of it is known"


class Reader:
    """Reads the articles of requests as ``dedupe filter`` reads lines. One thread may use it."""

    def __init__(self, columns: Columns, *, day_first: bool | None = None) -> None:
        self._columns, self._day_first = columns, day_first

    def read(self, articles: Articles) -> list[FilterLine]:
        """Return a line for each article. One without an id of its own has no article, but the reason why."""
        parser = LineParser(self._columns, "utf-8", self._day_first)
        return [_parsed(parser, raw, number) for number, raw in enumerate(articles.raw, 1)]


def _parsed(parser: LineParser, raw: bytes, number: int) -> FilterLine:
    if sum(raw.count(mark) for mark in (b",", b"[", b"{")) > _MOST_VALUES:
        return FilterLine(_REQUEST, number, b"", None, None, f"JSON of more than {_MOST_VALUES:,} values")
    try:
        return _named(parser.parse(raw, number, _REQUEST, _STEM))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one article, the others are read
        return FilterLine(_REQUEST, number, b"", None, None, f"the article cannot be read: {type(error).__name__}")


def _named(line: FilterLine) -> FilterLine:
    if line.article is None or line.has_own_id:
        return line
    return FilterLine(line.file, line.number, b"", None, None, _WITHOUT_ID)


def fingerprint(lines: Sequence[FilterLine], index: Index) -> tuple[list[FingerprintedArticle], list[str]]:
    """Fingerprint the articles of lines together; if that fails, one by one.

    Returns the fingerprints, without those of articles that cannot be fingerprinted, and for each line why its article
    cannot be, "" for the others.
    """
    settings, stories = index.settings, index.story_days > 0
    articles = [line.article for line in lines if line.article]
    try:
        return fingerprint_articles(articles, settings, stories=stories), [""] * len(lines)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other articles are answered
        _log.warning("a group of %d articles is fingerprinted one by one: %s", len(articles), type(error).__name__)
    fingerprinted: list[FingerprintedArticle] = []
    faults = [""] * len(lines)
    for place, line in enumerate(lines):
        try:
            fingerprinted += fingerprint_articles([line.article] if line.article else [], settings, stories=stories)
        except Exception as error:  # noqa: BLE001 - as above
            faults[place] = f"the article cannot be fingerprinted: {type(error).__name__}"
    return fingerprinted, faults


def answers_to(lines: Sequence[FilterLine], verdicts: Iterable[Verdict], faults: Sequence[str]) -> list[Answer]:
    """Return an answer for each line. ``verdicts``: those on the articles that ``fingerprint`` found no fault with."""
    left = iter(verdicts)
    return [
        _answer(line, next(left) if line.article and not fault else None, fault)
        for line, fault in zip(lines, faults, strict=True)
    ]


def _answer(line: FilterLine, verdict: Verdict | None, fault: str) -> Answer:
    if line.article is not None:
        return Answer(line.article.id, decided(verdict, fault))
    ids = {problem.article_id for problem in line.repairs} - {None, f"{_STEM}:{line.number}"}
    return Answer(next(iter(ids), None), decided(None, line.reason))
