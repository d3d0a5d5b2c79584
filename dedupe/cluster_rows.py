"""Measured evidence → one row an article, one record a story."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays import F64, I64
from dedupe.copies import verification
from dedupe.kernels import Compute
from dedupe.results import Relation, Row, Story
from dedupe.schemas import COPY_KINDS, KINDS
from dedupe.settings import Settings
from dedupe.stories import scoring

Rows = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured about a collection, before any threshold on copies or stories is applied.

    ``articles`` and ``fingerprints`` are in canonical order; ``input_order[i]`` is the place of their row i in the
    input. ``links`` are the same-event scores among ``linked``, the fullest row of every group of copies. ``compute``
    says how all of it was computed, and how what is still to be computed will be.
    """

    settings: Settings
    articles: pa.Table
    input_order: I64
    fingerprints: pa.Table
    measured: pa.Table
    linked: I64
    links: scoring.SameEventScores
    counts: dict[str, int]
    compute: Compute


def make_rows(evidence: Evidence, settings: Settings, copy_of: I64, story_of: I64, fit: F64) -> Rows:
    """One Row an article, in input order; groups are numbered by their canonical articles, in canonical order."""
    everyone = np.arange(copy_of.size)
    to_canonical = _relations(evidence, settings, everyone, copy_of)
    to_story = _relations(evidence, settings, everyone, story_of)
    _, story_number = np.unique(story_of, return_inverse=True)
    _, copy_number = np.unique(copy_of, return_inverse=True)
    ids = evidence.articles["id"].to_pylist()
    shown = evidence.articles.select(["title", "publisher", "published_at"]).to_pylist()
    rows = [
        Row(
            id=ids[row],
            **shown[row],
            story=int(story_number[row]) + 1,
            copy_group=int(copy_number[row]) + 1,
            canonical=ids[copy_of[row]],
            is_canonical=bool(copy_of[row] == row),
            relation=to_canonical[row],
            story_canonical=ids[story_of[row]],
            story_relation=to_story[row],
            story_probability=None if np.isnan(fit[row]) else float(fit[row]),
        )
        for row in range(copy_of.size)
    ]
    return tuple(rows[row] for row in np.argsort(evidence.input_order).tolist())


def _relations(evidence: Evidence, settings: Settings, left: I64, right: I64) -> list[Relation | None]:
    """The relation of each left row with its right row, freshly measured; None where they are one article."""
    apart = np.flatnonzero(left != right)
    measured = verification.measure(evidence.fingerprints, left[apart], right[apart], evidence.compute)
    verified = verification.verify(evidence.fingerprints, measured, settings)
    found: list[Relation | None] = [None] * left.size
    for place, relation in zip(apart.tolist(), _name_relations(evidence.articles, verified), strict=True):
        found[place] = relation
    return found


def list_relations(evidence: Evidence, settings: Settings) -> tuple[Relation, ...]:
    """Every measured pair that shares enough to be related, ascending in canonical order."""
    verified = verification.verify(evidence.fingerprints, evidence.measured, settings)
    related = pc.not_equal(verified["kind"].cast(pa.string()), "unrelated")
    return tuple(_name_relations(evidence.articles, verified.filter(related)))


def _name_relations(articles: pa.Table, table: pa.Table) -> list[Relation]:
    """RELATIONS as records, by article id and with the route."""
    ids, publishers = articles["id"].to_pylist(), articles["publisher"].to_pylist()
    named = []
    for pair in table.to_pylist():
        left, right = pair["left"], pair["right"]
        named.append(
            Relation(
                left=ids[left],
                right=ids[right],
                kind=pair["kind"],
                jaccard=pair["jaccard"],
                left_in_right=pair["left_in_right"],
                right_in_left=pair["right_in_left"],
                shared_shingles=pair["shared"],
                route=_route(pair["kind"], publishers[left], publishers[right]),
            )
        )
    return named


def _route(kind: str, left_publisher: str | None, right_publisher: str | None) -> str:
    """``revised`` for copies by one publisher, ``syndicated`` for copies by two, else ``unknown``."""
    if kind not in COPY_KINDS or not left_publisher or not right_publisher:
        return "unknown"
    return "revised" if left_publisher.casefold() == right_publisher.casefold() else "syndicated"


def make_stories(rows: Rows, input_order: I64) -> tuple[Story, ...]:
    """Stories in canonical order, the canonical article of each first."""
    in_canonical_order = [rows[place] for place in input_order.tolist()]
    members: dict[int, list[Row]] = {}
    for row in in_canonical_order:
        members.setdefault(row.story, []).append(row)
    return tuple(
        Story(number, group[0].id, tuple(row.id for row in group), len({row.copy_group for row in group}))
        for number, group in sorted(members.items())
    )


def count_groups(verified: pa.Table, copy_of: I64, story_of: I64) -> dict[str, int]:
    """How many stories, texts and copies there are, and pairs of each kind."""
    kinds = Counter(verified["kind"].to_pylist())
    return {
        "stories": int(np.unique(story_of).size),
        "texts": int(np.unique(copy_of).size),
        "copies": int(np.count_nonzero(copy_of != np.arange(copy_of.size))),
        **{kind: kinds.get(kind, 0) for kind in KINDS},
    }
