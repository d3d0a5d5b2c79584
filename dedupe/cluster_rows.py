"""Turn copy groups and stories, given as arrays of row numbers, into the records of the result.

``clustering`` calls these functions last. They also compute the relation of every article with the canonical article of
its copy group and with that of its story.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays import F64, I64
from dedupe.copies import verification
from dedupe.copies.details import TextDetails
from dedupe.kernels import Compute, distinct
from dedupe.results import Relation, Row, Story
from dedupe.schemas import COPY_KINDS, KINDS, RELATIONS
from dedupe.settings import Settings
from dedupe.stories import finding, labels

Rows = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured about a collection, from which copies and stories follow by thresholds.

    ``settings`` are those it was measured with. ``articles`` (ARTICLES) and ``fingerprints`` (FINGERPRINTS) are in
    canonical order, and ``input_order[i]``, int64[articles], is the position of their row i in the input. The texts of
    the articles are without the boilerplate that is known by its words; the fingerprints are also without what a
    publisher repeats. ``measured`` (MEASURED) holds the candidate pairs. ``details`` are those of the articles.
    ``links`` are the same-event scores of the rows ``linked``, int64[linked]: the longest row of every copy group,
    without those that are shorter than a shingle. ``compute`` says how everything was computed, and how the rest will
    be.
    """

    settings: Settings
    articles: pa.Table
    input_order: I64
    fingerprints: pa.Table
    measured: pa.Table
    details: TextDetails
    linked: I64
    links: finding.StoryEvidence
    counts: dict[str, int]
    compute: Compute


def make_rows(
    evidence: Evidence, settings: Settings, copy_of: I64, story_of: I64, saga_of: I64 | None, fit: F64
) -> Rows:
    """Return one Row per article, in input order.

    ``copy_of``, ``story_of`` and ``saga_of``: int64[rows], the canonical row of each row's copy group, story and saga;
    no sagas if None. ``fit``: float64[rows], how surely the row belongs to its story, NaN where it is alone. Copy
    groups, stories and sagas are numbered from 1, in the order of their canonical articles.
    """
    all_rows = np.arange(copy_of.size)
    to_canonical = relate_rows(evidence, settings, all_rows, copy_of)
    to_story = relate_rows(evidence, settings, all_rows, story_of)
    _, story_number, story_size = np.unique(story_of, return_inverse=True, return_counts=True)
    story_label = label_stories(evidence, story_of)
    _, copy_number = np.unique(copy_of, return_inverse=True)
    saga_number = None if saga_of is None else np.unique(saga_of, return_inverse=True)[1] + 1
    ids = evidence.articles["id"].to_pylist()
    shown = evidence.articles.select(["title", "publisher", "published_at", "url"]).to_pylist()
    rows = [
        Row(
            id=ids[row],
            **shown[row],
            story=int(story_number[row]) + 1,
            story_size=int(story_size[story_number[row]]),
            story_label=story_label[story_number[row]],
            saga=None if saga_number is None else int(saga_number[row]),
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


def label_stories(evidence: Evidence, story_of: I64) -> list[str]:
    """Return what each story is called, in the order of their canonical articles (see ``stories.labels``).

    A story without a headline and without a word that says anything is called by the id of its canonical article.
    """
    canonical, story = np.unique(story_of, return_inverse=True)
    titles = evidence.articles["title"].to_pylist()
    backend = evidence.compute.backend
    found = labels.label_stories(evidence.links.words, story[evidence.linked], titles, story, backend)
    ids = evidence.articles["id"]
    return [label or ids[row].as_py() for label, row in zip(found, canonical.tolist(), strict=True)]


def relate_rows(evidence: Evidence, settings: Settings, left: I64, right: I64) -> list[Relation | None]:
    """Measure each left row against its right row, and return their relations; None where they are the same row.

    ``left``, ``right``: rows of ``evidence.articles``, int64[pairs].
    """
    different = np.flatnonzero(left != right)
    measured = verification.measure(evidence.fingerprints, left[different], right[different], evidence.compute)
    verified = verification.verify(evidence.fingerprints, measured, evidence.details, settings)
    relations: list[Relation | None] = [None] * left.size
    for place, relation in zip(different.tolist(), _relation_records(evidence.articles, verified), strict=True):
        relations[place] = relation
    return relations


def list_relations(evidence: Evidence, settings: Settings) -> tuple[Relation, ...]:
    """Return every candidate pair that is not ``unrelated``, ascending in canonical order."""
    verified = verification.verify(evidence.fingerprints, evidence.measured, evidence.details, settings)
    related = pc.not_equal(verified["kind"].cast(pa.string()), "unrelated")
    return tuple(_relation_records(evidence.articles, verified.filter(related)))


def _relation_records(articles: pa.Table, table: pa.Table) -> list[Relation]:
    """Return the pairs of a RELATIONS table as records, with article ids and routes."""
    ids, publishers = articles["id"].to_pylist(), articles["publisher"].to_pylist()
    columns = (table[name].to_pylist() for name in RELATIONS.names)
    return [
        Relation(
            left=ids[left],
            right=ids[right],
            kind=kind,
            jaccard=jaccard,
            left_in_right=left_in_right,
            right_in_left=right_in_left,
            shared_shingles=shared,
            route=route_of(kind, publishers[left], publishers[right]),
        )
        for left, right, shared, jaccard, left_in_right, right_in_left, kind in zip(*columns, strict=True)
    ]


def route_of(kind: str, left_publisher: str | None, right_publisher: str | None) -> str:
    """Return ``revised`` for copies by one publisher, ``syndicated`` for copies by two, else ``unknown``."""
    if kind not in COPY_KINDS or not left_publisher or not right_publisher:
        return "unknown"
    return "revised" if left_publisher.casefold() == right_publisher.casefold() else "syndicated"


def make_stories(rows: Rows, input_order: I64) -> tuple[Story, ...]:
    """Return the stories by number; the articles of each are in canonical order, so the canonical one is first."""
    in_canonical_order = [rows[place] for place in input_order.tolist()]
    members: dict[int, list[Row]] = {}
    for row in in_canonical_order:
        members.setdefault(row.story, []).append(row)
    return tuple(
        Story(
            number,
            group[0].story_label,
            group[0].saga,
            group[0].id,
            tuple(row.id for row in group),
            len({row.copy_group for row in group}),
        )
        for number, group in sorted(members.items())
    )


def count_groups(verified: pa.Table, copy_of: I64, story_of: I64, saga_of: I64 | None) -> dict[str, int]:
    """Count stories, texts (copy groups), copies (articles that are not canonical), and candidate pairs by kind.

    Sagas are counted unless ``saga_of`` is None.
    """
    kinds = np.bincount(verified["kind"].combine_chunks().indices.to_numpy(), minlength=len(KINDS)).tolist()
    return {
        "stories": int(distinct(story_of).size),
        **({} if saga_of is None else {"sagas": int(distinct(saga_of).size)}),
        "texts": int(distinct(copy_of).size),
        "copies": int(np.count_nonzero(copy_of != np.arange(copy_of.size))),
        **dict(zip(KINDS, kinds, strict=True)),
    }
