"""The JSON documents that the service takes and gives. ``/openapi.json`` is generated from these types."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from dedupe.alignment.align import SentenceKind
from dedupe.alignment.borders import PassageKind
from dedupe.alignment.candidates import Refusal
from dedupe.alignment.changes import Change, Side
from dedupe.alignment.direction import Direction
from dedupe.alignment.edits import Edit
from dedupe.alignment.grades import Grade, WordCounts
from dedupe.filter_lines import Decided

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


LanguageCode = Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,3}$")]
"""A code of a language, such as de or pt-BR."""


class ArticleIn(msgspec.Struct):
    """One article, as ``dedupe filter`` reads it: these fields, or others by the usual names for them.

    An article needs a text and an id, or an address in place of the id. By its id a second delivery is known. What
    cannot be read is no error of the request: the answer on this article is ``unknown`` with the reason.
    """

    id: str
    text: str
    title: str | None = None
    published_at: Annotated[str | None, msgspec.Meta(description="A date, best ISO 8601.")] = None
    publisher: str | None = None
    url: str | None = None
    language: Annotated[str | None, msgspec.Meta(description="A code such as de or pt-BR.")] = None


class Answer(msgspec.Struct):
    """The verdict on one article.

    ``id`` is that of the article, or its address if it has no id; null if neither can be read. ``dedupe`` is what
    ``dedupe filter`` writes into its line.
    """

    id: str | None
    dedupe: Decided


class Forgotten(msgspec.Struct):
    """How many versions of an article were deleted. 0: no article with this id was stored."""

    id: str
    forgotten: Annotated[int, msgspec.Meta(ge=0)]


class State(msgspec.Struct):
    """The answer to a prober."""

    status: Literal["alive", "ready"]


class AlignIn(msgspec.Struct):
    """Two articles to align. ``language`` is that of both texts; by default each text shows its own."""

    left: ArticleIn
    right: ArticleIn
    language: LanguageCode | None = None


class Head(msgspec.Struct):
    """Which article stands on one side of an alignment."""

    id: str
    title: str


class SpanOut(msgspec.Struct):
    """A part of a text: half-open offsets in code points, and what stands there."""

    start: Annotated[int, msgspec.Meta(ge=0)]
    end: Annotated[int, msgspec.Meta(ge=0)]
    text: str


class PassageOut(msgspec.Struct):
    """A part of the left text and the part of the right text that shares its words."""

    kind: PassageKind
    score: Share
    evidence_nats: float
    left: SpanOut
    right: SpanOut


class SentenceOut(msgspec.Struct):
    """Sentences of the left text and those of the right text that they match; or one sentence without a match."""

    kind: SentenceKind
    score: Share
    is_quote: bool
    is_boilerplate: bool
    shortened: Side | None
    changes: tuple[Change, ...]
    left_quoted: Share
    right_quoted: Share
    refused: Refusal | None
    left: list[SpanOut]
    right: list[SpanOut]
    edits: tuple[Edit, ...]


class WordsOut(msgspec.Struct):
    """How many words of a text belong to each class, and the grade of its reuse."""

    verbatim: int
    edited: int
    rewritten: int
    in_passages: int
    quoted: int
    boilerplate: int
    new: int
    grade: Grade

    def counts(self) -> WordCounts:
        """Return the counts as an alignment has them."""
        return WordCounts(*(getattr(self, name) for name in WordCounts.__slots__))


class AlignOut(msgspec.Struct):
    """What ``dedupe align --format json`` writes of two articles."""

    left: Head
    right: Head
    left_reused: Share
    right_reused: Share
    left_words: WordsOut
    right_words: WordsOut
    is_partial: bool
    passages: list[PassageOut]
    sentences: list[SentenceOut]
    direction: Direction


class Problem(msgspec.Struct, omit_defaults=True):
    """An error, as RFC 9457 has it (``application/problem+json``).

    ``type`` names the kind of error and never changes; ``title`` says the kind in words, and ``detail`` what was wrong
    and what to do. ``request_id`` finds the request in the log.
    """

    type: str
    title: str
    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    detail: str
    request_id: str
