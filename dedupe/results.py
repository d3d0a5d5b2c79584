"""The records that ``cluster`` and ``near_duplicates`` return. Each carries the numbers that decided it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_origin, get_type_hints

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Relation:
    """A verified pair of articles, given by their ids.

    ``kind`` is their text relation: ``identical`` (the same words in the same order), ``near_duplicate``, ``excerpt``
    (one contains the other), ``overlapping`` (shared passages) or ``unrelated``. ``jaccard`` and the two containments
    are shares of distinct shingles, between 0 and 1: ``left_in_right`` is the share of the left article's shingles that
    the right one has too. ``route`` says how a copy came about: ``syndicated`` (by two publishers), ``revised`` (by one
    publisher), or ``unknown`` (no copy, or a publisher is missing).
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
    """The copy group and the story of one article.

    ``canonical`` is the id of the article that stands for the whole copy group: keep the rows with ``is_canonical`` to
    keep one article per text. ``story_size`` is the number of articles in the story, and ``story_label`` what the story
    is called (see ``Story``). ``relation`` is the relation of this article (left) to the canonical one (right), None
    for the canonical article itself. ``story_canonical`` and ``story_relation`` are the same for the story.
    ``saga`` is None unless sagas were asked for (``Settings.sagas``).
    ``story_probability`` says how surely the article belongs to its story: the least probability of the joins that
    brought its text to the larger part of the story, None if no other text is there.
    """

    id: str
    title: str
    publisher: str | None
    published_at: datetime | None
    url: str | None
    story: int
    story_size: int
    story_label: str
    saga: int | None
    copy_group: int
    canonical: str
    is_canonical: bool
    relation: Relation | None
    story_canonical: str
    story_relation: Relation | None
    story_probability: float | None


@dataclass(frozen=True, slots=True)
class Story:
    """One story: the ids of its articles, the canonical one first, and the number of independent texts among them.

    ``label`` is the headline that says best what its articles are about, or its most telling words where none of them
    has one; the id of the canonical article where there are no such words either.
    ``saga`` is the saga that it is part of, None unless sagas were asked for (``Settings.sagas``).
    """

    story: int
    label: str
    saga: int | None
    canonical: str
    articles: tuple[str, ...]
    texts: int


def table_of(kind: type[Any], records: Sequence[Any]) -> pa.Table:
    """Return records of one dataclass as an Arrow table, with a column for each field; no records give an empty table.

    The fields of a relation inside of a row become columns of their own, such as ``relation_kind``, which are null
    where there is no relation.
    """
    import pyarrow as pa

    types = {
        str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), datetime: pa.timestamp("us", "UTC")
    }  # fmt: skip
    columns: dict[str, pa.Array] = {}
    for name, own in get_type_hints(kind).items():
        parts_of_type = (str,) if get_origin(own) is Literal else getattr(own, "__args__", (own,))
        plain = next(part for part in parts_of_type if part is not type(None))
        values = [getattr(record, name) for record in records]
        if plain is not Relation:
            columns[name] = pa.array(values, types[plain])
            continue
        for inner, inner_type in get_type_hints(Relation).items():
            if inner not in ("left", "right"):
                parts = [None if value is None else getattr(value, inner) for value in values]
                columns[f"{name}_{inner}"] = pa.array(parts, types[inner_type])
    return pa.table(columns)
