"""The verbs in order. Reads nothing, decides nothing, passes tables from stage to stage; no other file knows the order.

Rows are put into canonical order (earliest, then fullest, then id) before the first stage, so no result can depend on
the order in which articles came; the answer is given back in that order again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedupe import candidates, divisions, fingerprints, groups, relations, stories
from dedupe.articles import to_table
from dedupe.errors import SettingsError
from dedupe.results import Relation, Row, Story
from dedupe.settings import Settings
from dedupe.tables import COPY_KINDS, KINDS, Article

I64 = npt.NDArray[np.int64]
Progress = Callable[[str], None]
"""Called with the name of each stage as it begins."""
Rows = tuple[Row, ...]

_FIXED_BY_EVIDENCE = ("shingle_words", "permutations", "seed", "passage_words", "bucket_cap", "candidate_recall")
_GIANT_STORY_FROM = 50
"""Articles from which a giant story is worth a warning: a small folder is often about one event, and rightly so."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured about a collection, before any threshold on copies or stories is applied.

    ``articles`` and ``fingerprints`` are in canonical order; ``input_order[i]`` is the place of their row i in the
    input. ``links`` are the same-event scores among ``linked``, the fullest row of every group of copies.
    """

    settings: Settings
    articles: pa.Table
    input_order: I64
    fingerprints: pa.Table
    measured: pa.Table
    linked: I64
    links: stories.StoryLinks
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Clustering:
    """The result for a collection. ``rows``: one an article, in input order; ``judged``: the stories of
    ``evidence.linked``, each with the division that was refused."""

    rows: tuple[Row, ...]
    stories: tuple[Story, ...]
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
    evidence: Evidence
    settings: Settings
    judged: divisions.Stories

    @property
    def relations(self) -> tuple[Relation, ...]:
        """Every verified pair that shares enough to have a kind, built anew at each call."""
        return all_relations(self.evidence, self.settings)

    def with_settings(self, settings: Settings) -> Clustering:
        """The same collection under other thresholds, from the numbers already measured.

        Raises SettingsError where the new settings would need other fingerprints or more candidate pairs.
        """
        return conclude(self.evidence, settings)


def cluster(
    articles: Iterable[Article] | pa.Table, settings: Settings | None = None, progress: Progress | None = None
) -> Clustering:
    """Group articles into copies (same text) and stories (same event).

    ``articles``: plain articles, or a table of the ARTICLES schema. The result has one row an article, in input order,
    and does not depend on that order.
    """
    settings = settings or Settings()
    progress = progress or (lambda stage: None)
    table = articles if isinstance(articles, pa.Table) else to_table(articles)
    evidence = gather(table, settings, progress)
    progress("group")
    return conclude(evidence, settings)


def gather(articles: pa.Table, settings: Settings, progress: Progress) -> Evidence:
    """Measure a collection: fingerprints, candidate pairs with exact numbers, same-event scores of distinct texts."""
    progress("sign")
    order = canonical_order(articles)
    ordered = articles.take(order)
    signed = fingerprints.sign(ordered, settings)
    progress("pair")
    proposed = candidates.pair(signed, settings)
    progress("verify")
    left, right = (column.to_numpy() for column in proposed.pairs.columns)
    measured = relations.measure(signed, left, right, settings.threads)
    progress("relate")
    words = signed["words"].to_numpy()
    copy_of = groups.copies(words, relations.verify(signed, measured, settings), settings)
    linked = _linked(words, groups.longest_members(words, copy_of), settings)
    links = stories.relate(ordered.take(linked), settings)
    counts = {
        "articles": len(articles),
        "empty": int(np.count_nonzero(words == 0)),
        "short": int(np.count_nonzero((words > 0) & (words < settings.shingle_words))),
        "candidate_pairs": len(measured),
        "capped_buckets": proposed.capped_buckets,
        "largest_bucket": proposed.largest_bucket,
    }
    return Evidence(settings, ordered, order, signed, measured, linked, links, counts)


def canonical_order(articles: pa.Table) -> I64:
    """Input positions in canonical order: earliest first (undated last), then fullest, then id."""
    keys = pa.table(
        {
            "undated": pc.is_null(articles["published_at"]),
            "published_at": articles["published_at"],
            "length": pc.utf8_length(articles["text"]),
            "id": articles["id"],
            "text": articles["text"],
        }
    )
    by = [(name, "descending" if name == "length" else "ascending") for name in keys.column_names]
    order: I64 = pc.sort_indices(keys, sort_keys=by).to_numpy().astype(np.int64)
    return order


def conclude(evidence: Evidence, settings: Settings) -> Clustering:
    """Apply thresholds to measured evidence: relations, copies, stories, and one row an article."""
    _check_compatible(evidence.settings, settings)
    words = evidence.fingerprints["words"].to_numpy()
    verified = relations.verify(evidence.fingerprints, evidence.measured, settings)
    copy_of = groups.copies(words, verified, settings)
    longest = groups.longest_members(words, copy_of)
    linked, links = evidence.linked, evidence.links
    wanted = _linked(words, longest, settings)
    if not np.array_equal(linked, wanted):
        linked, links = wanted, stories.relate(evidence.articles.take(wanted), settings)
        evidence = replace(evidence, linked=linked, links=links)
    labels, fit = np.arange(words.size) + linked.size, np.full(words.size, np.nan)
    judged = links.divide(settings.story_probability)
    labels[linked] = judged.labels
    fit[linked] = groups.fits(labels[linked], links.pairs, links.model.missing)
    story_of = groups.first_members(labels[longest])
    rows = _rows(evidence, settings, copy_of, story_of, fit[longest])
    found = _stories(rows, evidence.input_order)
    counts = evidence.counts | links.counts | _counts(verified, copy_of, story_of)
    return Clustering(rows, found, counts, _warnings(counts, found, settings), evidence, settings, judged)


def _linked(words: I64, longest: I64, settings: Settings) -> I64:
    """Rows whose stories are looked for: the fullest of every group of copies, if it is as long as a shingle. Shorter
    texts ("Read more") and empty ones say nothing about an event and stay alone."""
    fullest = np.unique(longest)
    return fullest[words[fullest] >= settings.shingle_words]


def _check_compatible(measured: Settings, wanted: Settings) -> None:
    """Thresholds may change after measuring; what fingerprints and candidate pairs rest on may not."""
    for name in _FIXED_BY_EVIDENCE:
        if getattr(measured, name) != getattr(wanted, name):
            raise SettingsError(
                f"{name} was {getattr(measured, name)!r} when the articles were compared and cannot become "
                f"{getattr(wanted, name)!r} afterwards; call cluster() again"
            )
    if wanted.near_duplicate_jaccard < measured.near_duplicate_jaccard:
        raise SettingsError(
            f"near_duplicate_jaccard {wanted.near_duplicate_jaccard!r} is below the "
            f"{measured.near_duplicate_jaccard!r} candidate pairs were searched with; call cluster() again"
        )


def _rows(evidence: Evidence, settings: Settings, copy_of: I64, story_of: I64, fit: npt.NDArray[np.float64]) -> Rows:
    """One Row an article, in input order; groups are numbered by their canonical articles, in canonical order."""
    everyone = np.arange(copy_of.size)
    to_canonical = _relations(evidence, settings, everyone, copy_of)
    to_story = _relations(evidence, settings, everyone, story_of)
    _, story_number = np.unique(story_of, return_inverse=True)
    _, copies_number = np.unique(copy_of, return_inverse=True)
    ids = evidence.articles["id"].to_pylist()
    shown = evidence.articles.select(["title", "source", "published_at"]).to_pylist()
    rows = [
        Row(
            id=ids[row],
            **shown[row],
            story=int(story_number[row]) + 1,
            copies=int(copies_number[row]) + 1,
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
    measured = relations.measure(evidence.fingerprints, left[apart], right[apart])
    verified = relations.verify(evidence.fingerprints, measured, settings)
    found: list[Relation | None] = [None] * left.size
    for place, relation in zip(apart.tolist(), _name_relations(evidence.articles, verified), strict=True):
        found[place] = relation
    return found


def all_relations(evidence: Evidence, settings: Settings) -> tuple[Relation, ...]:
    """Every measured pair that shares enough to be related, ascending in canonical order."""
    verified = relations.verify(evidence.fingerprints, evidence.measured, settings)
    related = pc.not_equal(verified["kind"].cast(pa.string()), "unrelated")
    return tuple(_name_relations(evidence.articles, verified.filter(related)))


def _name_relations(articles: pa.Table, table: pa.Table) -> list[Relation]:
    """RELATIONS as records, by article id and with the route."""
    ids, sources = articles["id"].to_pylist(), articles["source"].to_pylist()
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
                route=_route(pair["kind"], sources[left], sources[right]),
            )
        )
    return named


def _route(kind: str, left_source: str | None, right_source: str | None) -> str:
    """``revised`` for copies by one publisher, ``syndicated`` for copies by two, else ``unknown``."""
    if kind not in COPY_KINDS or not left_source or not right_source:
        return "unknown"
    return "revised" if left_source.casefold() == right_source.casefold() else "syndicated"


def _stories(rows: Rows, input_order: I64) -> tuple[Story, ...]:
    """Stories in canonical order, the canonical article of each first."""
    in_canonical_order = [rows[place] for place in input_order.tolist()]
    members: dict[int, list[Row]] = {}
    for row in in_canonical_order:
        members.setdefault(row.story, []).append(row)
    return tuple(
        Story(number, group[0].id, tuple(row.id for row in group), len({row.copies for row in group}))
        for number, group in sorted(members.items())
    )


def _counts(verified: pa.Table, copy_of: I64, story_of: I64) -> dict[str, int]:
    kinds = Counter(verified["kind"].to_pylist())
    return {
        "stories": int(np.unique(story_of).size),
        "texts": int(np.unique(copy_of).size),
        "copies": int(np.count_nonzero(copy_of != np.arange(copy_of.size))),
        **{kind: kinds.get(kind, 0) for kind in KINDS},
    }


def _warnings(counts: dict[str, int], found: tuple[Story, ...], settings: Settings) -> tuple[str, ...]:
    said = candidates.said_of_cap(counts, settings)
    largest = max((len(story.articles) for story in found), default=0)
    if counts["articles"] >= _GIANT_STORY_FROM and largest > settings.giant_story_share * counts["articles"]:
        said.append(f"one story holds {largest} of {counts['articles']} articles; look at it before trusting it")
    return tuple(said)
