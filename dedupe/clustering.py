"""Cluster a collection: run the stages of the pipeline in order, and hand their tables on.

``cluster`` measures the collection (``collect_evidence``) and then applies thresholds (``apply_settings``). The first
step puts the articles into canonical order (earliest, then longest, then id), so that no result depends on the order in
which they came. The rows of the result are in input order again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe import kernels
from dedupe.arrays import I64
from dedupe.article import Article
from dedupe.cluster_rows import Evidence, count_groups, list_relations, make_rows, make_stories
from dedupe.copies import candidates, fingerprints, groups, repetition, verification
from dedupe.copies.details import TextDetails
from dedupe.errors import SettingsError
from dedupe.kernels import Compute, distinct
from dedupe.reading.arrow_streams import Frame
from dedupe.reading.articles import to_table
from dedupe.results import Relation, Row, Story, table_of
from dedupe.schemas import ARTICLES, column_of
from dedupe.settings import Settings
from dedupe.stories import finding, reasons
from dedupe.text.furniture import without_boilerplate
from dedupe.text.lookalikes import rows_with_lookalikes
from dedupe.text.words import words as split_words

Progress = Callable[[str], None]
"""A function that is called with the name of each stage when the stage begins."""

_FIXED_BY_EVIDENCE = ("shingle_words", "permutations", "seed", "passage_words", "bucket_cap", "candidate_recall")
"""Settings that decide the fingerprints or the candidate pairs, and so cannot change after these were computed."""

_GIANT_STORY_FROM = 50
"""Number of articles from which on a giant story gives a warning. A smaller folder is often about one event, and
rightly so."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """The copies and stories of a collection, and the evidence that they rest on.

    ``rows`` has one element per article, in input order. ``counts`` and ``warnings`` describe the run. ``found``
    are the stories of the articles in ``evidence.linked``, with the joins and splits that made them.
    """

    rows: tuple[Row, ...]
    stories: tuple[Story, ...]
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
    evidence: Evidence
    settings: Settings
    found: finding.Stories

    @property
    def relations(self) -> tuple[Relation, ...]:
        """All candidate pairs that are not ``unrelated``. The tuple is built at each access."""
        return list_relations(self.evidence, self.settings)

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table, with a column for each field, as in CSV (see ``results.table_of``)."""
        return table_of(Row, self.rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows for pandas, Polars, DuckDB and others that read Arrow data."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def with_settings(self, settings: Settings) -> Clustering:
        """Return the clustering of the same collection under other settings.

        Fingerprints, candidate pairs and their exact numbers are reused. Text relations, copy groups, stories and rows
        are computed anew. What articles have in common as reports of one event is reused as long as the settings leave
        the same longest article in every copy group and have the same ``story_span`` and ``dates``. Otherwise it is
        measured anew, from the texts.

        Raises ``SettingsError`` if the settings need other fingerprints or more candidate pairs: if ``shingle_words``,
        ``permutations``, ``seed``, ``passage_words``, ``bucket_cap`` or ``candidate_recall`` differs, or
        ``near_duplicate_jaccard`` is lower.
        """
        return apply_settings(self.evidence, settings)


def cluster(
    articles: Iterable[Article] | Frame,
    settings: Settings | None = None,
    progress: Progress | None = None,
    *,
    columns: Mapping[str, str] | None = None,
) -> Clustering:
    """Group articles into copies (same text) and stories (same event).

    ``articles`` may be any iterable of articles, or a data frame: whatever has ``__arrow_c_stream__``, as those of
    pandas, Polars, DuckDB, pyarrow and datasets have. ``columns`` names the columns of a data frame as for ``read``.
    ``settings`` are the defaults if None. ``progress`` is called with the name of each stage when the stage begins. The
    result has one row per article, in input order, and does not depend on that order. An empty collection gives no
    rows.
    """
    settings = settings or Settings()
    progress = progress or (lambda stage: None)
    table = articles_table(articles, columns)
    evidence = collect_evidence(table, settings, progress)
    progress("group")
    return apply_settings(evidence, settings)


def articles_table(articles: Iterable[Article] | Frame, columns: Mapping[str, str] | None = None) -> pa.Table:
    """Return the ARTICLES table of what ``cluster`` takes."""
    if isinstance(articles, pa.Table) and articles.schema.equals(ARTICLES):
        return articles
    if isinstance(articles, Frame):
        from dedupe.reading.frames import table_of_frame

        return table_of_frame(articles, columns)
    return to_table(articles)


def collect_evidence(articles: pa.Table, settings: Settings, progress: Progress) -> Evidence:
    """Measure a collection: fingerprints, candidate pairs with exact numbers, and same-event scores.

    Same-event scores are computed for the longest article of every copy group only, so the copy thresholds of
    ``settings`` are applied here too.
    """
    compute = Compute(kernels.choose(articles["text"].nbytes), settings.threads)
    progress("sign")
    order = canonical_order(articles)
    compared = _without_boilerplate(articles.take(column_of(order)))
    prints = fingerprints.fingerprint(compared, settings, compute.backend)
    progress("pair")
    proposed = candidates.find_candidates(prints, settings, compute.backend)
    progress("verify")
    left, right = (column.to_numpy() for column in proposed.pairs.columns)
    measured = verification.measure(prints, left, right, compute)
    details = TextDetails(compared["text"])
    prints, measured = repetition.leave_out_repeated(compared, prints, measured, details, settings, compute)
    progress("relate")
    words = prints["words"].to_numpy()
    verified = verification.verify(prints, measured, details, settings)
    copy_of = groups.group_copies(words, verified, settings, compute.backend)
    linked = _rows_to_link(words, groups.longest_members(words, copy_of), settings)
    series = verification.find_series(measured, details, linked)
    links = finding.measure_articles(compared, settings, compute, series, linked)
    wordless = articles["text"].take(column_of(order[words == 0])).to_pylist()
    only_boilerplate = sum(bool(split_words(text).forms) for text in wordless)
    counts = {
        "articles": len(articles),
        "empty": int(np.count_nonzero(words == 0)) - only_boilerplate,
        "only_boilerplate": only_boilerplate,
        "short": int(np.count_nonzero((words > 0) & (words < settings.shingle_words))),
        "candidate_pairs": len(measured),
        "capped_buckets": proposed.capped_buckets,
        "largest_bucket": proposed.largest_bucket,
    }
    return Evidence(settings, compared, order, prints, measured, details, linked, links, counts, compute)


def _without_boilerplate(articles: pa.Table) -> pa.Table:
    """Return the articles without the boilerplate that is known by its words, which is no evidence of anything."""
    place = articles.column_names.index("text")
    return articles.set_column(place, articles.schema.field("text"), without_boilerplate(articles["text"]))


def canonical_order(articles: pa.Table) -> I64:
    """Return the input positions of the articles in canonical order, int64[articles].

    The earliest article comes first and those without a date last. Ties go to the longest text, then to the lowest id.
    """
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
    """Apply thresholds to measured evidence; ``Clustering.with_settings`` says what is computed anew."""
    _check_compatible(evidence.settings, settings)
    words = evidence.fingerprints["words"].to_numpy()
    verified = verification.verify(evidence.fingerprints, evidence.measured, evidence.details, settings)
    compute = evidence.compute._replace(threads=settings.threads)
    copy_of = groups.group_copies(words, verified, settings, compute.backend)
    longest = groups.longest_members(words, copy_of)
    linked = _rows_to_link(words, longest, settings)
    same_times = all(getattr(evidence.settings, name) == getattr(settings, name) for name in ("story_span", "dates"))
    if not (same_times and np.array_equal(linked, evidence.linked)):
        series = verification.find_series(evidence.measured, evidence.details, linked)
        links = finding.measure_articles(evidence.articles, settings, compute, series, linked)
        measured_with = replace(evidence.settings, story_span=settings.story_span, dates=settings.dates)
        evidence = replace(evidence, settings=measured_with, linked=linked, links=links)
    links = evidence.links
    found = links.find(settings.story_probability, compute)
    # An article outside ``linked`` is a story of its own.
    labels, fit = np.arange(words.size) + linked.size, np.full(words.size, np.nan)
    labels[linked] = found.labels
    fit[linked] = reasons.story_probabilities(found.labels, found.groups.joined, links.model.join, linked.size)
    story_of = groups.first_members(labels[longest])
    saga_of = None
    if settings.sagas:
        saga = labels.copy()
        saga[linked] = links.find_sagas(found.labels, compute)
        saga_of = groups.first_members(saga[longest])
    rows = make_rows(evidence, settings, copy_of, story_of, saga_of, fit[longest])
    stories = make_stories(rows, evidence.input_order)
    counts = evidence.counts | links.counts | count_groups(verified, copy_of, story_of, saga_of)
    warnings = (*_warnings(counts, stories, settings), *_lookalike_warnings(evidence))
    return Clustering(rows, stories, counts, warnings, evidence, settings, found)


def _rows_to_link(words: I64, longest: I64, settings: Settings) -> I64:
    """Return the rows among which stories are looked for, int64[linked], ascending.

    They are the longest articles of all copy groups, except those with fewer words than a shingle. Such texts ("Read
    more") say nothing about an event and stay alone.
    """
    distinct_texts = distinct(longest)
    return distinct_texts[words[distinct_texts] >= settings.shingle_words]


def _check_compatible(measured: Settings, wanted: Settings) -> None:
    """Raise ``SettingsError`` if the measured fingerprints or candidate pairs do not serve the wanted settings."""
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


def _lookalike_warnings(evidence: Evidence) -> list[str]:
    """Warn of words that somebody disguised. They are compared as what they look like."""
    rows = rows_with_lookalikes(evidence.articles["text"])
    if not rows:
        return []
    first = min(rows, key=evidence.input_order.__getitem__)
    return lookalike_warnings(len(rows), evidence.articles["id"][first].as_py())


def lookalike_warnings(number: int, first: str) -> list[str]:
    """Return the warning of ``number`` articles with disguised words, one of which has the id ``first``."""
    some = f"{number:,} {'article has' if number == 1 else 'articles have'} words"
    return [
        f"{some} in which Cyrillic or Greek letters stand for Latin ones that look the same, which disguises copies; "
        f"they were compared as Latin words (first: {first})"
    ]


def text_warnings(counts: Mapping[str, int], settings: Settings) -> list[str]:
    """Return the warnings that concern texts: of buckets over the cap, and of articles that are only boilerplate."""
    warnings = candidates.cap_warnings(counts, settings)
    if counts["only_boilerplate"]:
        warnings.append(
            f"{counts['only_boilerplate']:,} of {counts['articles']:,} articles hold nothing but page furniture "
            "(boilerplate such as a consent text) and were compared with no other"
        )
    return warnings


def _warnings(counts: dict[str, int], stories: tuple[Story, ...], settings: Settings) -> tuple[str, ...]:
    warnings = text_warnings(counts, settings)
    largest = max((len(story.articles) for story in stories), default=0)
    return (*warnings, *story_warnings(largest, counts, settings))


def story_warnings(largest: int, counts: Mapping[str, int], settings: Settings) -> list[str]:
    """Return the warning of a giant story, if the story with the most articles, ``largest`` of them, is one."""
    if counts["articles"] < _GIANT_STORY_FROM or largest <= settings.giant_story_share * counts["articles"]:
        return []
    return [f"one story holds {largest} of {counts['articles']} articles; look at it before trusting it"]
