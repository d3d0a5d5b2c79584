"""The page of an audit: who has words from whom, where the words of each article come from, and reused sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from dedupe.audit.results import ArticleAudit, Audit, PublisherPair, ReusedSentence, Source
from dedupe.report.audit import counts_line
from dedupe.report.formats import counted
from dedupe.report.html import page
from dedupe.report.html.texts import Budget, PageOptions, PairTexts

_SHARES = ("original", "verbatim", "edited", "rewritten", "quoted", "boilerplate")

_STATIC_ROWS = 50
"""Pairs of publishers that are listed where there is no JavaScript."""

_PAIRS_SHARE, _ARTICLES_SHARE, _SENTENCES_SHARE = 0.1, 0.35, 0.3
"""Parts of the page. Each leaves what it does not need to the next, and the rest is for comparisons."""


def page_lines(
    audit: Audit, articles: pa.Table, inputs: Sequence[str], options: PageOptions, language: str | None = None
) -> Iterator[str]:
    """Yield the page of an audit.

    ``articles`` (ARTICLES) are those that were audited, in the order of ``audit.articles``. ``inputs`` are the paths
    they were read from. ``language`` is what the audit was given. The page holds as much as fits into
    ``options.max_bytes``, and says what was left out.
    """
    content = _Content(audit, articles, options, language)
    title = f"Reused words in {counted(len(audit.articles), 'article')}"
    summary = "".join(
        (
            f"<h1>{page.escaped(title)}</h1>",
            f"<p>{page.escaped(counts_line(audit))}</p>",
            page.list_of("Warnings", audit.warnings),
            page.list_of("Not in this page", content.left_out),
        )
    )
    static = page.table_of(
        "Who has words from whom; more needs JavaScript",
        ("publisher", "has words from", "words", "articles", "share of its words"),
        (
            (pair.taker, pair.giver, pair.words, pair.articles, f"{pair.share:.1%}")
            for pair in audit.publishers[:_STATIC_ROWS]
        ),
    )
    yield from page.page(
        title,
        summary,
        static,
        page.about(inputs, {}),
        content.data(),
        ("article.js", "alignment.js", "listing.js", "matrix.js", "audit.js"),
    )


class _Content:
    """What a page can hold of an audit, and what had to be left out."""

    def __init__(self, audit: Audit, articles: pa.Table, options: PageOptions, language: str | None) -> None:
        self.audit = audit
        self.options = options
        self.place_of = {row.id: place for place, row in enumerate(audit.articles)}
        self.day_precision = articles["day_precision"].to_pylist()
        self.urls = articles["url"].to_pylist()
        self.texts = articles["text"]
        names = {row.publisher for row in audit.articles if row.publisher}
        self.publishers = {name: number for number, name in enumerate(sorted(names))}
        self.publisher_names = [page.shown(name) for name in self.publishers]
        budget = Budget(options)
        budget.room -= len(page.encoded(self.publisher_names))
        budget.allow(_PAIRS_SHARE)
        self.pairs = _fitting(budget, map(self._pair, audit.publishers), len(audit.publishers), "pair of publishers")
        budget.allow(_ARTICLES_SHARE)
        # Those that have most from others come first, and articles are named by their places in this order.
        self.ordered = sorted(audit.articles, key=lambda row: (-_reused_words(row), row.id))
        self.number_of = {row.id: number for number, row in enumerate(self.ordered)}
        self.articles = _fitting(budget, map(self._article, self.ordered), len(self.ordered), "article")
        budget.allow(_SENTENCES_SHARE)
        self.sentences = _fitting(budget, map(self._sentence, audit.sentences), len(audit.sentences), "reused sentence")
        budget.allow(1 - _PAIRS_SHARE - _ARTICLES_SHARE - _SENTENCES_SHARE)
        beside = {row.id: row.sources[0].article for row in audit.articles if row.sources}
        shown = self.ordered[: len(self.articles)]
        keys = ((str(number), row.id) for number, row in enumerate(shown))
        texts = PairTexts(articles, beside, "none" if options.texts == "none" else "matched", language)
        self.compared = budget.take_texts(texts, keys)
        accounts = map(self._account, shown if options.texts == "all" else [])
        self.accounts = _fitting(budget, accounts, len(shown), "whole text")
        self.left_out = budget.notes()

    def data(self) -> dict[str, object]:
        """Return what the script reads."""
        return {
            "publishers": self.publisher_names,
            "shares": _SHARES,
            "flows": self.pairs,
            "articles": self.articles,
            "sentences": self.sentences,
            "pairs": self.compared,
            "accounts": self.accounts,
        }

    def _pair(self, pair: PublisherPair) -> dict[str, Any]:
        return {
            "taker": self.publishers[pair.taker],
            "giver": self.publishers[pair.giver],
            "articles": pair.articles,
            "words": pair.words,
            "kinds": {
                "verbatim": pair.verbatim_words,
                "edited": pair.edited_words,
                "rewritten": pair.rewritten_words,
                "quoted": pair.quoted_words,
                "common agency": pair.common_agency_words,
                "unknown order": pair.undetermined_words,
            },
            "share": round(pair.share, 4),
            "hours": None if pair.median_hours is None else round(pair.median_hours, 1),
        }

    def _article(self, row: ArticleAudit) -> dict[str, Any]:
        """Return an article without what it does not have."""
        place = self.place_of[row.id]
        fields = {
            "id": page.shown(row.id),
            "title": page.shown(row.title),
            "publisher": self.publishers.get(row.publisher or ""),
            "time": page.time_of(row.published_at, self.day_precision[place]),
            "url": page.web_address(self.urls[place]),
            "words": row.words,
            "shares": [round(getattr(row, name), 3) for name in _SHARES],
            "grade": row.grade,
            "undetermined": round(row.undetermined, 3) or None,
            "agencies": [page.shown(name) for name in row.agencies] or None,
            "sources": [self._source(source) for source in row.sources] or None,
            "not_compared": row.not_compared or None,
            "is_partial": row.is_partial or None,
        }
        return {name: value for name, value in fields.items() if value is not None and value != ""}

    def _account(self, row: ArticleAudit) -> list[tuple[str, str, int | None]]:
        """Return every sentence of an article with its class and the number of the article that it comes from."""
        text = self.texts[self.place_of[row.id]].as_py()
        return [
            (one.kind, page.cleaned(text[one.start : one.end]), self.number_of[one.source] if one.source else None)
            for one in row.sentences
        ]

    def _source(self, source: Source) -> dict[str, Any]:
        return {
            "article": self.number_of[source.article],
            "words": source.words,
            "quoted": source.quoted_words,
            "grade": source.grade,
            "hours": None if source.hours is None else round(source.hours, 1),
            "certain": source.is_certain,
            "agency": source.is_common_agency,
        }

    def _sentence(self, sentence: ReusedSentence) -> dict[str, Any]:
        """Return a reused sentence with its places; a place has a text where that is another one."""
        has_texts = self.options.texts != "none"
        places = []
        for place in sentence.places:
            shown: dict[str, Any] = {"article": self.number_of[place.article], "kind": place.kind}
            if has_texts and place.kind not in ("first", "verbatim"):
                text = self.texts[self.place_of[place.article]].as_py()
                shown["text"] = page.cleaned(text[place.start : place.end])
            places.append(shown)
        return {
            "text": page.cleaned(sentence.text) if has_texts else None,
            "words": sentence.words,
            "publishers": sentence.publishers,
            "articles": sentence.articles,
            "quote": sentence.is_quote,
            "certain": sentence.is_first_certain,
            "places": places,
        }


def _reused_words(row: ArticleAudit) -> float:
    """Return how many words of narration an article has from others."""
    return row.words * (row.verbatim + row.edited + row.rewritten)


def _fitting(budget: Budget, records: Iterator[object], number: int, name: str) -> list[msgspec.Raw]:
    """Return the first records that fit. ``number`` is how many there are, and ``name`` what one of them is."""
    fitting: list[msgspec.Raw] = []
    for record in records:
        encoded = budget.take(record)
        if encoded is None:
            many = name.replace("pair of", "pairs of") if name.startswith("pair") else ""
            budget.left_out.append(f"The last {counted(number - len(fitting), name, many)}.")
            break
        fitting.append(encoded)
    return fitting
