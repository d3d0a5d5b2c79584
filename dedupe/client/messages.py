"""What a client sends to the service, and what the answers mean. This module knows no connection and no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import TypeVar

import msgspec

from dedupe.alignment.align import Alignment, Passage, SentenceMatch
from dedupe.alignment.tokenized import Span
from dedupe.article import Article
from dedupe.errors import DedupeError, IndexRefusedError, IndexUnavailableError, InputError
from dedupe.filter_lines import UNKNOWN, Decided
from dedupe.index import Stats, Verdict
from dedupe.index.lookup.keys import check_fields
from dedupe.index.verdicts import Verdicts
from dedupe.reading.problems import valid_text
from dedupe.service.documents import AlignOut, Answer, Forgotten, Problem, SpanOut

_JSON, _NDJSON, _PROBLEM = "application/json", "application/x-ndjson", "application/problem+json"

_REFUSED = (401, 403)
"""Statuses of a service, or of a proxy before it, that does not let this client ask."""

_NEVER_LATER = ("urn:news-dedupe:problem:deadline", "urn:news-dedupe:problem:memory")
"""The type of the problem that a pair of articles takes too long to align: it would do so again."""

_LATER = (408, 429, 502, 503, 504)
"""Statuses of a service that may answer later, or of a proxy that does not reach it."""

_Document = TypeVar("_Document")


@dataclass(frozen=True, slots=True)
class Question:
    """One request. ``body`` is empty if there is none; ``parameters`` are those of the query."""

    method: str
    path: str
    body: bytes = b""
    media_type: str = _JSON
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """An answer. ``retry_after``: the value of its header ``Retry-After``, "" if it has none."""

    status: int
    media_type: str
    retry_after: str
    body: bytes

    @property
    def problem(self) -> Problem | None:
        """What the service says is wrong. None if the answer is not an error, or not one of the service."""
        if self.status < 400 or self.media_type.partition(";")[0].strip().lower() != _PROBLEM:
            return None
        try:
            return msgspec.json.decode(self.body, type=Problem)
        except msgspec.DecodeError:
            return None

    @property
    def may_change(self) -> bool:
        """Whether the same question may be answered otherwise later."""
        return self.status in _LATER and not (self.problem and self.problem.type in _NEVER_LATER)

    def __str__(self) -> str:
        problem = self.problem
        return f"{problem.status}, {problem.title}: {problem.detail}" if problem else f"HTTP status {self.status}"


# Questions


def encoded(article: Article, number: int) -> bytes:
    """Return an article as a line of JSON. ``number`` counts the articles of a call from 1.

    Raises ``InputError`` for an article without an id or with a field that is not text.
    """
    fields = {name: value for name, value in asdict(check_fields(article, number)).items() if value is not None}
    for name, value in fields.items():
        if not isinstance(value, str | date):
            raise InputError(f"article {number}: {name} is a {type(value).__name__}, not text; pass a string")
    return msgspec.json.encode({name: valid_text(v) if isinstance(v, str) else v for name, v in fields.items()})


def about_articles(verb: str, lines: Iterable[bytes]) -> Question:
    """Ask for the verdicts on articles. ``verb``: ``check`` or ``peek``."""
    return Question("POST", f"/v1/{verb}", b"\n".join(lines), _NDJSON)


def about_pair(left: Article, right: Article, language: str | None) -> Question:
    """Ask for the alignment of two articles."""
    pair: dict[str, object] = {"left": msgspec.Raw(encoded(left, 1)), "right": msgspec.Raw(encoded(right, 2))}
    return Question("POST", "/v1/align", msgspec.json.encode(pair | ({"language": language} if language else {})))


def about_forgetting(article_id: str) -> Question:
    """Ask to delete all versions of an article. Raises ``InputError`` if the id is empty."""
    if not article_id:
        raise InputError("no id was given: name the article that is to be forgotten")
    return Question("DELETE", "/v1/articles", parameters={"id": valid_text(article_id)})


ABOUT_INDEX = Question("GET", "/v1/stats")
"""Ask for the numbers of the index."""


# Answers


def content(received: Received, place: str) -> bytes:
    """Return the body of an answer that is not an error. ``place``: the URL that was asked, for messages.

    Raises ``IndexRefusedError`` if this client may not ask, ``InputError`` if something is wrong with the question, and
    ``IndexUnavailableError`` if something is wrong with the service, or if what answered is another program.
    """
    if received.status == 200:
        return received.body
    says = f"{place}: {received}" + (f" (request {received.problem.request_id})" if received.problem else "")
    if received.status in _REFUSED:
        raise IndexRefusedError(f"{says}; give the client a token of the service")
    if received.problem is None:
        raise IndexUnavailableError(f"{says}, and not from the service: check the URL and the proxies before it")
    if received.status >= 500:
        raise IndexUnavailableError(says)
    raise InputError(says)


def read_verdicts(body: bytes, number: int, place: str, first: int = 1) -> Verdicts:
    """Return the verdicts on ``number`` articles. ``first``: what the first of them has as number in the whole call.

    Raises ``InputError`` if the service could not read one of them. The others have their verdicts all the same, and
    get them again if they are sent again.
    """
    answers = [_decoded(line, Answer, place) for line in body.splitlines()]
    if len(answers) != number:
        raise _strange(place, f"{len(answers)} answers on {number} articles")
    for position, answer in enumerate(answers, first):
        if answer.dedupe.verdict == UNKNOWN:
            raise InputError(
                f"article {position} has no verdict: {answer.dedupe.reason}; mend it or leave it out, and send the "
                "others again, which get the verdicts that they have got now"
            )
    return Verdicts(
        Verdict(id=answer.id or "", **{name: getattr(answer.dedupe, name) for name in Decided.__struct_fields__})
        for answer in answers
    )


def read_alignment(body: bytes, left: Article, right: Article, place: str) -> Alignment:
    """Return an alignment. Raises ``InputError`` if it holds for other texts than those that were sent."""
    found = _decoded(body, AlignOut, place)

    left, right = (replace(side, text=valid_text(side.text or "")) for side in (left, right))

    def span_of(given: SpanOut, article: Article) -> Span:
        if article.text[given.start : given.end] != given.text:
            raise InputError(
                f"{article.id}: the service has read the text without its HTML or its wrong encoding, so that offsets "
                "do not hold for the text that was sent: send it as `dedupe.read` reads it"
            )
        return Span(given.start, given.end)

    passages = tuple(
        Passage(span_of(one.left, left), span_of(one.right, right), one.kind, one.score, one.evidence_nats)
        for one in found.passages
    )
    sentences = tuple(
        SentenceMatch(
            left=tuple(span_of(span, left) for span in one.left),
            right=tuple(span_of(span, right) for span in one.right),
            **{name: getattr(one, name) for name in SentenceMatch.__slots__ if name not in ("left", "right")},
        )
        for one in found.sentences
    )
    words = found.left_words.counts(), found.right_words.counts()
    return Alignment(passages, sentences, found.left_reused, found.right_reused, *words, found.is_partial)


def read_forgotten(body: bytes, place: str) -> int:
    """Return how many versions of an article were deleted."""
    return _decoded(body, Forgotten, place).forgotten


def read_stats(body: bytes, place: str) -> Stats:
    """Return the numbers of the index."""
    return _decoded(body, Stats, place)


def _decoded(body: bytes, kind: type[_Document], place: str) -> _Document:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise _strange(place, str(error)) from error


def _strange(place: str, what: str) -> DedupeError:
    return IndexUnavailableError(
        f"{place}: the answer is not one of this version of the service: {what}; check the URL"
    )
