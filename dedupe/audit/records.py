"""Make the public records of an audit from its tables.

This is the last stage of an audit. Articles are named by their rows in canonical order, sentences by their rows in
``SentenceTable``; ``dedupe.audit.results`` explains the fields of the records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np
import pyarrow as pa

from dedupe.alignment.direction import publication_order
from dedupe.alignment.grades import Grade, WordCounts
from dedupe.alignment.provenance import common_source
from dedupe.arrays import I64
from dedupe.audit.attribution import BOILERPLATE, CLASSES, ORIGINAL, QUOTED, Attribution
from dedupe.audit.pair_reuse import EDITED, REWRITTEN, VERBATIM
from dedupe.audit.results import (
    ArticleAudit,
    MatchKind,
    Place,
    PublisherPair,
    ReusedSentence,
    SentenceAudit,
    SentenceClass,
    Source,
)
from dedupe.audit.sentence_table import SentenceTable

SOURCES = 5
"""Sources that are listed for an article; further ones are left out."""

_MATCHES: dict[int, MatchKind] = {VERBATIM: "verbatim", EDITED: "edited", REWRITTEN: "rewritten"}
_CLASSES: dict[int, SentenceClass] = {**_MATCHES, ORIGINAL: "original", QUOTED: "quoted", BOILERPLATE: "boilerplate"}
"""The names of matches and of classes by their codes."""


@dataclass(frozen=True, slots=True)
class Collection:
    """The articles and sentences of a collection: one element an article, and the table of all sentences.

    ``words``: int64[articles], the number of words. ``times``: publication times in UTC. ``day_precision``: the time is
    a date without a time of day.
    """

    ids: list[str]
    titles: list[str]
    publishers: list[str | None]
    times: list[datetime | None]
    day_precision: list[bool]
    texts: pa.ChunkedArray
    words: I64
    sentences: SentenceTable

    def hours_between(self, earlier: int, later: int) -> float | None:
        """The hours from one article's publication to another's; None if a time is missing."""
        start, end = self.times[earlier], self.times[later]
        return None if start is None or end is None else (end - start).total_seconds() / 3600

    def is_common_agency(self, article: int, other: int) -> bool:
        """Whether both articles print one agency."""
        of = self.sentences.provenances
        return common_source(of[article], of[other]) is not None

    def is_certainly_earlier(self, earlier: int, later: int) -> bool:
        """Whether the publication times show that one article was published before another."""
        days = self.day_precision
        return publication_order(self.times[earlier], days[earlier], self.times[later], days[later]) < 0


def read_collection(articles: pa.Table, sentences: SentenceTable) -> Collection:
    """The columns of a table of the ARTICLES schema, in canonical order, with its sentences."""
    return Collection(
        ids=articles["id"].to_pylist(),
        titles=articles["title"].to_pylist(),
        publishers=articles["publisher"].to_pylist(),
        times=articles["published_at"].to_pylist(),
        day_precision=articles["day_precision"].to_pylist(),
        texts=articles["text"],
        words=np.bincount(sentences.article, sentences.words, len(articles)).astype(np.int64),
        sentences=sentences,
    )


@dataclass(frozen=True, slots=True)
class Comparisons:
    """How often each article was compared with another one.

    ``compared``, ``partial``, ``not_compared``: int64[articles], the pairs of each article that were aligned, those of
    them in which the alignment reached a limit, and the pairs that were cut by a limit.
    """

    compared: I64
    partial: I64
    not_compared: I64


def make_article_audits(
    collection: Collection, attribution: Attribution, accounts: list[SentenceAudit], comparisons: Comparisons
) -> list[ArticleAudit]:
    """One record an article, in canonical order. ``accounts``: what ``make_sentence_audits`` returns."""
    size, sentences = len(collection.ids), collection.sentences
    at_least_one = np.maximum(1, collection.words)
    by_class = np.bincount(sentences.article * CLASSES + attribution.classes, sentences.words, size * CLASSES)
    by_class = by_class.astype(np.int64).reshape(size, CLASSES)
    shares = by_class / at_least_one[:, None]
    open_order = attribution.sources.taker[attribution.sources.is_undetermined]
    undetermined = np.bincount(sentences.article[open_order], sentences.words[open_order], size) / at_least_one
    sources = _largest_sources(collection, attribution, by_class)
    return [
        ArticleAudit(
            id=collection.ids[row],
            title=collection.titles[row],
            publisher=collection.publishers[row],
            published_at=collection.times[row],
            words=int(collection.words[row]),
            original=float(shares[row, ORIGINAL]),
            verbatim=float(shares[row, VERBATIM]),
            edited=float(shares[row, EDITED]),
            rewritten=float(shares[row, REWRITTEN]),
            quoted=float(shares[row, QUOTED]),
            boilerplate=float(shares[row, BOILERPLATE]),
            grade=_graded(by_class[row], by_class[row]),
            undetermined=float(undetermined[row]),
            agencies=sentences.provenances[row].prints,
            sources=tuple(sources.get(row, ())),
            compared=int(comparisons.compared[row]),
            not_compared=int(comparisons.not_compared[row]),
            is_partial=bool(comparisons.partial[row]),
            sentences=tuple(one for one in accounts[sentences.offsets[row] : sentences.offsets[row + 1]] if one.words),
        )
        for row in range(size)
    ]


def _graded(article: I64, of_source: I64) -> Grade:
    """The grade of an article by what it has from some source. Both are int64[classes], words by class."""
    verbatim, edited, rewritten = of_source[[VERBATIM, EDITED, REWRITTEN]].tolist()
    narration = int(article[[VERBATIM, EDITED, REWRITTEN, ORIGINAL]].sum())
    new = narration - verbatim - edited - rewritten
    return WordCounts(verbatim, edited, rewritten, quoted=int(of_source[QUOTED]), new=new).grade


def make_sentence_audits(collection: Collection, attribution: Attribution) -> list[SentenceAudit]:
    """One record a sentence, in the order of ``SentenceTable``."""
    sentences = collection.sentences
    starts, ends = sentences.starts.tolist(), sentences.ends.tolist()
    article, classes = sentences.article.tolist(), attribution.classes.tolist()
    # A boilerplate sentence has no source: its matches were not counted.
    reuse = attribution.sources
    columns = (reuse.taker, reuse.giver, reuse.kind, reuse.is_order_known)
    sources = {taker: rest for taker, *rest in zip(*(column.tolist() for column in columns), strict=True)}
    found = []
    for row, words in enumerate(sentences.words.tolist()):
        kind = _CLASSES[classes[row]]
        if row in sources:
            giver, code, is_certain = sources[row]
            given = collection.ids[article[giver]], starts[giver], ends[giver]
            found.append(SentenceAudit(starts[row], ends[row], words, kind, _MATCHES[code], *given, is_certain))
        else:
            found.append(SentenceAudit(starts[row], ends[row], words, kind, None, None, None, None, None))
    return found


def _largest_sources(collection: Collection, attribution: Attribution, by_class: I64) -> dict[int, list[Source]]:
    """The largest sources of each article that has any, the most words of narration first.

    ``by_class``: int64[articles, classes], the words of every article by class.
    """
    article, words = collection.sentences.article, collection.sentences.words
    reuse = attribution.sources
    size = len(collection.ids)
    pairs, pair = np.unique(article[reuse.taker] * size + article[reuse.giver], return_inverse=True)
    cells = pair * CLASSES + attribution.classes[reuse.taker]
    from_source = np.bincount(cells, words[reuse.taker], pairs.size * CLASSES).astype(np.int64).reshape(-1, CLASSES)
    narration = from_source[:, [VERBATIM, EDITED, REWRITTEN]].sum(axis=1)
    is_known = np.zeros(pairs.size, bool)
    is_known[pair] = reuse.is_order_known  # the same for all sentences of a pair of articles
    sources: dict[int, list[Source]] = {}
    for k in np.lexsort((pairs, -from_source[:, QUOTED], -narration)).tolist():
        taker, giver = divmod(int(pairs[k]), size)
        listed = sources.setdefault(taker, [])
        if len(listed) < SOURCES:
            listed.append(_source(collection, taker, giver, from_source[k], by_class[taker], bool(is_known[k])))
    return sources


def _source(collection: Collection, taker: int, giver: int, from_source: I64, by_class: I64, is_known: bool) -> Source:
    """The record of a source. ``from_source``, ``by_class``: int64[classes], words of the taker: from it, and all."""
    words = int(from_source[[VERBATIM, EDITED, REWRITTEN]].sum())
    return Source(
        article=collection.ids[giver],
        publisher=collection.publishers[giver],
        words=words,
        verbatim_words=int(from_source[VERBATIM]),
        edited_words=int(from_source[EDITED]),
        rewritten_words=int(from_source[REWRITTEN]),
        quoted_words=int(from_source[QUOTED]),
        share=words / max(1, int(collection.words[taker])),
        grade=_graded(by_class, from_source),
        hours=collection.hours_between(giver, taker) if is_known else None,
        is_certain=is_known,
        is_common_agency=collection.is_common_agency(taker, giver),
    )


def make_publisher_pairs(collection: Collection, attribution: Attribution) -> tuple[PublisherPair, ...]:
    """One record for each two known publishers of which one has something from the other, the most words first.

    A publisher may have something from other articles of its own.
    """
    article, reuse = collection.sentences.article, attribution.sources
    rows_of: dict[tuple[str, str], list[int]] = {}
    for k in range(reuse.taker.size):
        taker, giver = (collection.publishers[article[side[k]]] for side in (reuse.taker, reuse.giver))
        if taker and giver:
            rows_of.setdefault((taker, giver), []).append(k)
    words_of: dict[str, int] = {}
    for publisher, words in zip(collection.publishers, collection.words.tolist(), strict=True):
        if publisher:
            words_of[publisher] = words_of.get(publisher, 0) + words
    found = [
        _publisher_pair(collection, attribution, taker, giver, np.array(rows), words_of[taker])
        for (taker, giver), rows in rows_of.items()
    ]
    return tuple(sorted(found, key=lambda pair: (-pair.words, pair.taker, pair.giver)))


def _publisher_pair(
    collection: Collection, attribution: Attribution, taker: str, giver: str, rows: I64, taker_words: int
) -> PublisherPair:
    """The record of two publishers, from the rows of ``attribution.sources`` that belong to them."""
    article, reuse = collection.sentences.article, attribution.sources.take(rows)
    kind, words = attribution.classes[reuse.taker], collection.sentences.words[reuse.taker]
    verbatim, edited, rewritten, quoted = (
        int(words[kind == code].sum()) for code in (VERBATIM, EDITED, REWRITTEN, QUOTED)
    )
    narration = verbatim + edited + rewritten
    givers, takers = article[reuse.giver].tolist(), article[reuse.taker].tolist()
    pairs = {*zip(givers, takers, reuse.is_order_known.tolist(), strict=True)}
    is_common = [collection.is_common_agency(a, b) for a, b in zip(givers, takers, strict=True)]
    hours = [gap for a, b, is_known in pairs if is_known and (gap := collection.hours_between(a, b)) is not None]
    return PublisherPair(
        taker=taker,
        giver=giver,
        articles=len(set(takers)),
        words=narration,
        verbatim_words=verbatim,
        edited_words=edited,
        rewritten_words=rewritten,
        quoted_words=quoted,
        share=narration / max(1, taker_words),
        median_hours=float(np.median(hours)) if hours else None,
        common_agency_words=int(words[is_common].sum()),
        undetermined_words=int(words[~reuse.is_order_known].sum()),
    )


def make_reused_sentences(
    collection: Collection, groups: Iterable[list[int]], accounts: list[SentenceAudit]
) -> tuple[ReusedSentence, ...]:
    """One record a group; those of the most publishers first, then of the most articles, then of the most words."""
    found: list[ReusedSentence] = []
    # The groups come in the order of their first sentences. Each text is taken out of the table once: with one copy a
    # sentence, the time would grow with the square of the length of an article.
    for article, of_article in groupby(groups, key=lambda group: int(collection.sentences.article[group[0]])):
        text: str = collection.texts[article].as_py()
        found += [_reused_sentence(collection, group, text, accounts) for group in of_article]
    return tuple(sorted(found, key=_most_publishers_first))


def _reused_sentence(
    collection: Collection, group: list[int], text: str, accounts: list[SentenceAudit]
) -> ReusedSentence:
    """The record of a group. ``text`` is that of the article that printed the sentence first."""
    articles = collection.sentences.article[group].tolist()
    places = tuple(
        Place(
            article=collection.ids[article],
            publisher=collection.publishers[article],
            published_at=collection.times[article],
            start=accounts[row].start,
            end=accounts[row].end,
            kind=(accounts[row].match or "first") if place else "first",
            source=accounts[row].source if place else None,
        )
        for place, (row, article) in enumerate(zip(group, articles, strict=True))
    )
    first, first_article = accounts[group[0]], articles[0]
    others = set(articles) - {first_article}
    return ReusedSentence(
        text=text[first.start : first.end],
        words=first.words,
        articles=len(set(articles)),
        publishers=len({collection.publishers[row] for row in articles if collection.publishers[row]}),
        is_quote=bool(collection.sentences.quoted[group[0]]),
        is_first_certain=all(collection.is_certainly_earlier(first_article, row) for row in others),
        places=places,
    )


def _most_publishers_first(sentence: ReusedSentence) -> tuple[int, int, int, str, int]:
    """The sort key of reused sentences; ties are ordered by the first place."""
    first = sentence.places[0]
    return -sentence.publishers, -sentence.articles, -sentence.words, first.article, first.start
