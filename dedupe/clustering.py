"""The verbs in order. Reads nothing, decides nothing, passes tables from stage to stage; no other file knows the order.

Rows are put into canonical order (earliest, then fullest, then id) before the first stage, so no result can depend on
the order in which articles came; the answer is given back in that order again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe import kernels
from dedupe.arrays import I64
from dedupe.cluster_rows import Evidence, count_groups, list_relations, make_rows, make_stories
from dedupe.copies import candidates, fingerprints, groups, verification
from dedupe.errors import SettingsError
from dedupe.kernels import Compute
from dedupe.reading.articles import to_table
from dedupe.results import Relation, Row, Story
from dedupe.schemas import Article
from dedupe.settings import Settings
from dedupe.stories import scoring, splitting

Progress = Callable[[str], None]
"""Called with the name of each stage as it begins."""


_FIXED_BY_EVIDENCE = ("shingle_words", "permutations", "seed", "passage_words", "bucket_cap", "candidate_recall")

_GIANT_STORY_FROM = 50
"""Articles from which a giant story is worth a warning: a small folder is often about one event, and rightly so."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """The result for a collection. ``rows``: one an article, in input order; ``story_labels``: the stories of
    ``evidence.linked``, each with the division that was refused."""

    rows: tuple[Row, ...]
    stories: tuple[Story, ...]
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
    evidence: Evidence
    settings: Settings
    story_labels: splitting.StoryLabels

    @property
    def relations(self) -> tuple[Relation, ...]:
        """Every verified pair that shares enough to have a kind, built anew at each call."""
        return list_relations(self.evidence, self.settings)

    def with_settings(self, settings: Settings) -> Clustering:
        """The same collection under other thresholds, from the numbers already measured.

        Raises SettingsError where the new settings would need other fingerprints or more candidate pairs.
        """
        return apply_settings(self.evidence, settings)


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
    evidence = collect_evidence(table, settings, progress)
    progress("group")
    return apply_settings(evidence, settings)


def collect_evidence(articles: pa.Table, settings: Settings, progress: Progress) -> Evidence:
    """Measure a collection: fingerprints, candidate pairs with exact numbers, same-event scores of distinct texts."""
    compute = Compute(kernels.choose(articles["text"].nbytes), settings.threads)
    progress("sign")
    order = canonical_order(articles)
    ordered = articles.take(order)
    signed = fingerprints.fingerprint(ordered, settings, compute.backend)
    progress("pair")
    proposed = candidates.find_candidates(signed, settings, compute.backend)
    progress("verify")
    left, right = (column.to_numpy() for column in proposed.pairs.columns)
    measured = verification.measure(signed, left, right, compute)
    progress("relate")
    words = signed["words"].to_numpy()
    copy_of = groups.group_copies(words, verification.verify(signed, measured, settings), settings, compute.backend)
    linked = _linked(words, groups.longest_members(words, copy_of), settings)
    links = scoring.score_same_event(ordered.take(linked), compute)
    counts = {
        "articles": len(articles),
        "empty": int(np.count_nonzero(words == 0)),
        "short": int(np.count_nonzero((words > 0) & (words < settings.shingle_words))),
        "candidate_pairs": len(measured),
        "capped_buckets": proposed.capped_buckets,
        "largest_bucket": proposed.largest_bucket,
    }
    return Evidence(settings, ordered, order, signed, measured, linked, links, counts, compute)


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


def apply_settings(evidence: Evidence, settings: Settings) -> Clustering:
    """Apply thresholds to measured evidence: relations, copies, stories, and one row an article."""
    _check_compatible(evidence.settings, settings)
    words = evidence.fingerprints["words"].to_numpy()
    verified = verification.verify(evidence.fingerprints, evidence.measured, settings)
    compute = evidence.compute._replace(threads=settings.threads)
    copy_of = groups.group_copies(words, verified, settings, compute.backend)
    longest = groups.longest_members(words, copy_of)
    linked, links = evidence.linked, evidence.links
    wanted = _linked(words, longest, settings)
    if not np.array_equal(linked, wanted):
        linked, links = wanted, scoring.score_same_event(evidence.articles.take(wanted), compute)
        evidence = replace(evidence, linked=linked, links=links)
    labels, fit = np.arange(words.size) + linked.size, np.full(words.size, np.nan)
    story_labels = links.split(settings.story_probability, compute)
    labels[linked] = story_labels.labels
    fit[linked] = scoring.story_probabilities(labels[linked], links.pairs, links.model.missing)
    story_of = groups.first_members(labels[longest])
    rows = make_rows(evidence, settings, copy_of, story_of, fit[longest])
    found = make_stories(rows, evidence.input_order)
    counts = evidence.counts | links.counts | count_groups(verified, copy_of, story_of)
    return Clustering(rows, found, counts, _warnings(counts, found, settings), evidence, settings, story_labels)


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


def _warnings(counts: dict[str, int], found: tuple[Story, ...], settings: Settings) -> tuple[str, ...]:
    said = candidates.cap_warnings(counts, settings)
    largest = max((len(story.articles) for story in found), default=0)
    if counts["articles"] >= _GIANT_STORY_FROM and largest > settings.giant_story_share * counts["articles"]:
        said.append(f"one story holds {largest} of {counts['articles']} articles; look at it before trusting it")
    return tuple(said)
