"""The result of an audit, as people get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PlaceKind = Literal["first", "verbatim", "edited", "rewritten"]


@dataclass(frozen=True, slots=True)
class Source:
    """An article that another one has wording from. ``words``: of the taker's narration, each sentence counted for one
    source, the closest and then the earliest. ``hours``: delay, None where not known. ``is_certain``: this one came
    first by time, credit line or containment. ``is_common_agency``: both print one agency's text."""

    article: str
    publisher: str | None
    words: int
    quoted_words: int
    share: float
    hours: float | None
    is_certain: bool
    is_common_agency: bool


@dataclass(frozen=True, slots=True)
class ArticleAudit:
    """Where the words of one article come from; the six shares add up to 1 (an article without words has zeros).

    ``undetermined``: share of its words that count as reused although the order of the two articles is not known.
    ``agencies``: whose text it says it prints. ``compared``, ``not_compared``: pairs aligned, and cut by a limit.
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
    undetermined: float
    agencies: tuple[str, ...]
    sources: tuple[Source, ...]
    compared: int
    not_compared: int
    is_partial: bool


@dataclass(frozen=True, slots=True)
class PublisherPair:
    """What one publisher has from another: articles that took something, words of narration by class, quoted words, the
    share of all the taker's words in the collection, median delay, and how many of these words both print from one
    agency, or came in an unknown order."""

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
    """Where a sentence stands: code points into the article's text, and how it relates to the first one (where the two
    articles were not compared, to the earliest it was compared with)."""

    article: str
    publisher: str | None
    published_at: datetime | None
    start: int
    end: int
    kind: PlaceKind


@dataclass(frozen=True, slots=True)
class ReusedSentence:
    """A sentence that stands in several articles. ``places``: first publication first; ``is_first_certain`` says
    whether its time is certainly before all others."""

    text: str
    words: int
    articles: int
    publishers: int
    is_quote: bool
    is_first_certain: bool
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """``articles`` in input order; ``publishers`` by words, ``sentences`` by publishers they stand in, the most first.

    ``counts``: ``articles``, ``words``, ``compared`` pairs, ``not_compared`` pairs cut by a limit, sentences of
    ``boilerplate_by_rule`` and ``boilerplate_by_repetition``, ``reused_sentences``.
    """

    articles: tuple[ArticleAudit, ...]
    publishers: tuple[PublisherPair, ...]
    sentences: tuple[ReusedSentence, ...]
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
