"""What people get back: frozen records that carry the numbers that decided them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Relation:
    """A verified pair of articles, by id. Shares are of distinct shingles, between 0 and 1.

    ``kind`` is about the text: ``identical`` (same words in the same order), ``near_duplicate``, ``excerpt`` (one holds
    the other), ``overlapping`` (shared passages) or ``unrelated``. ``route`` is about the world: ``syndicated``
    (another publisher), ``revised`` (same publisher, another time) or ``unknown``.
    """

    left: str
    right: str
    kind: str
    jaccard: float
    left_in_right: float
    right_in_left: float
    shared_shingles: int
    route: str


@dataclass(frozen=True, slots=True)
class Row:
    """Where one article belongs.

    ``canonical`` is the article its copies are known by (keep the rows with ``is_canonical`` to keep one article a
    text), ``relation`` how it relates to that (None for the canonical itself). ``story_canonical``, ``story_relation``
    and ``story_probability`` (mean same-event probability with the rest of the story) say the same about its story.
    In both relations left is this article.
    """

    id: str
    title: str
    publisher: str | None
    published_at: datetime | None
    story: int
    copy_group: int
    canonical: str
    is_canonical: bool
    relation: Relation | None
    story_canonical: str
    story_relation: Relation | None
    story_probability: float | None


@dataclass(frozen=True, slots=True)
class Story:
    """Articles about one event, canonical first, and how many independent texts they are."""

    story: int
    canonical: str
    articles: tuple[str, ...]
    texts: int
