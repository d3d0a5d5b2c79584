"""The result of an audit, as people get it: one ``Audit`` with a record for each article, publisher pair and sentence.

Some terms hold for all records. A sentence is *reused* if it also stands in another article that was published earlier,
or that may have been, and if it is not boilerplate; ``dedupe.audit.audit`` lists the classes of sentences. A reused
sentence is *quoted* if it is a quotation in both articles; every other reused sentence is *narration*. A *share* is a
number from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dedupe.alignment.grades import Grade

SentenceClass = Literal["original", "verbatim", "edited", "rewritten", "quoted", "boilerplate"]

MatchKind = Literal["verbatim", "edited", "rewritten"]

PlaceKind = Literal["first", "verbatim", "edited", "rewritten"]


@dataclass(frozen=True, slots=True)
class Source:
    """An article from which another article, the taker, has sentences.

    Each reused sentence counts for one source only: the one with the closest match, then one of known order, then the
    earliest.

    - ``article``: the id of the source.
    - ``publisher``: the publisher of the source, None if unknown.
    - ``words``: the number of words of narration that the taker has from this source.
    - ``verbatim_words``, ``edited_words``, ``rewritten_words``: ``words`` by class.
    - ``quoted_words``: the number of words of quoted sentences that the taker has from this source.
    - ``share``: ``words`` as a share of all words of the taker.
    - ``grade``: how much of the taker's narration is from this source, as in ``dedupe.alignment.grades``.
    - ``hours``: the hours from the publication of the source to that of the taker. None if the order is unknown or a
      time is missing. Negative values occur where one of the times is only a date, which stands for its first moment,
      and a credit line gave the order.
    - ``is_certain``: the order is known, from publication times or a credit line.
    - ``is_common_agency``: both articles say they print the same agency, so that neither need come from the other.
    """

    article: str
    publisher: str | None
    words: int
    verbatim_words: int
    edited_words: int
    rewritten_words: int
    quoted_words: int
    share: float
    grade: Grade
    hours: float | None
    is_certain: bool
    is_common_agency: bool


@dataclass(frozen=True, slots=True)
class SentenceAudit:
    """One sentence of an article, and where it comes from.

    - ``start``, ``end``: the half-open span in the article's text, in code points.
    - ``words``: the number of its words, at least 1.
    - ``kind``: its class, in which its words count.
    - ``match``: how it relates to its source; None if it has none.
    - ``source``: the id of the article with its closest source: the closest match, then one of known order, then the
      earliest. None if it is original or boilerplate.
    - ``source_start``, ``source_end``: the span of that sentence in the text of the source; None without a source.
    - ``is_certain``: the source is known to be earlier; None without a source.
    """

    start: int
    end: int
    words: int
    kind: SentenceClass
    match: MatchKind | None
    source: str | None
    source_start: int | None
    source_end: int | None
    is_certain: bool | None


@dataclass(frozen=True, slots=True)
class ArticleAudit:
    """Where the words of one article come from.

    The six shares ``original``, ``verbatim``, ``edited``, ``rewritten``, ``quoted`` and ``boilerplate`` add up to 1.
    Each is the number of words of all ``sentences`` of that class, divided by ``words``. In an article without words
    all are 0.

    - ``id``, ``title``, ``publisher``: those of the article; the publisher is None if unknown.
    - ``published_at``: the publication time in UTC, None if unknown.
    - ``words``: the number of words of the article.
    - ``original``: the share of words in sentences that are neither reused nor boilerplate. Quotations that no earlier
      article has are included.
    - ``verbatim``, ``edited``, ``rewritten``: the shares of words in narration, by the closest match of each sentence;
      ``dedupe.alignment.align.SentenceMatch`` defines the classes.
    - ``quoted``: the share of words in quoted sentences.
    - ``boilerplate``: the share of words in boilerplate, reused or not.
    - ``grade``: how much of its narration is reused, from all sources together: ``none``, ``light``, ``heavy`` or
      ``copied``, as in ``dedupe.alignment.grades``.
    - ``undetermined``: the share of words in reused sentences for which no other article is known to be earlier. These
      words are part of the shares above.
    - ``agencies``: the names of the agencies whose text the article says it prints.
    - ``sources``: the largest sources, at most five, the most words of narration first.
    - ``compared``: the number of articles this one was aligned with.
    - ``not_compared``: the number of pairs of this article that were worth aligning but were cut by a limit.
    - ``is_partial``: an alignment of this article reached a limit, so that some reuse may be missing.
    - ``sentences``: every sentence that has words, in the order of the text.
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
    grade: Grade
    undetermined: float
    agencies: tuple[str, ...]
    sources: tuple[Source, ...]
    compared: int
    not_compared: int
    is_partial: bool
    sentences: tuple[SentenceAudit, ...]


@dataclass(frozen=True, slots=True)
class PublisherPair:
    """What one publisher, the taker, has from another one, the giver. Both may be the same.

    Only articles of known publishers count, and each reused sentence counts for one source, as in ``Source``.

    - ``taker``, ``giver``: the names of the publishers.
    - ``articles``: the number of the taker's articles that have something from the giver.
    - ``words``: the number of words of narration that the taker has from the giver.
    - ``verbatim_words``, ``edited_words``, ``rewritten_words``: ``words`` by class.
    - ``quoted_words``: the number of words in quoted sentences, which ``words`` does not include.
    - ``share``: ``words`` as a share of all words of the taker's articles in the collection.
    - ``median_hours``: the median over pairs of articles of the hours from the giver's publication to the taker's. None
      if no pair has both times and a known order.
    - ``common_agency_words``: how many of all these words, quoted ones included, stand in two articles that say they
      print the same agency.
    - ``undetermined_words``: how many of all these words, quoted ones included, stand in two articles of unknown order.
    """

    taker: str
    giver: str
    articles: int
    words: int
    verbatim_words: int
    edited_words: int
    rewritten_words: int
    quoted_words: int
    share: float
    median_hours: float | None
    common_agency_words: int
    undetermined_words: int


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a reused sentence stands.

    - ``article``, ``publisher``, ``published_at``: id, publisher and publication time (UTC) of the article; the last
      two are None if unknown.
    - ``start``, ``end``: the sentence's half-open span in the article's text, in code points.
    - ``kind``: ``first`` for the first publication; for all others how this sentence relates to its own closest source.
    - ``source``: the id of the article with that source, as in ``SentenceAudit``; None for the first publication.
    """

    article: str
    publisher: str | None
    published_at: datetime | None
    start: int
    end: int
    kind: PlaceKind
    source: str | None


@dataclass(frozen=True, slots=True)
class ReusedSentence:
    """A sentence that stands in two or more articles.

    - ``text``: the sentence as it was first published.
    - ``words``: the number of words of ``text``.
    - ``articles``: the number of different articles it stands in.
    - ``publishers``: the number of different known publishers of these articles.
    - ``is_quote``: most words of ``text`` stand inside quotation marks.
    - ``is_first_certain``: the publication time of the first article is certainly before those of all others.
    - ``places``: every place where it stands, the first publication first.
    """

    text: str
    words: int
    articles: int
    publishers: int
    is_quote: bool
    is_first_certain: bool
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit of a collection.

    - ``articles``: one record an article, in input order.
    - ``publishers``: one record for each two publishers of which one has something from the other, the most words of
      narration first.
    - ``sentences``: one record a reused sentence; those of the most publishers first, then of the most articles, then
      of the most words.
    - ``counts``: ``articles`` and ``words`` of the collection; ``compared`` and ``not_compared``, the pairs of articles
      that were aligned and those cut by a limit; ``boilerplate_by_rule`` and ``boilerplate_by_repetition``, the
      sentences that are boilerplate by a rule and those that are only by repetition; ``reused_sentences``, the length
      of ``sentences``.
    - ``warnings``: what a reader should know before trusting the result, in words.
    """

    articles: tuple[ArticleAudit, ...]
    publishers: tuple[PublisherPair, ...]
    sentences: tuple[ReusedSentence, ...]
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
