"""A clustering as a table for people, and as JSON, JSON lines or CSV for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from dedupe.clustering import Clustering
from dedupe.report.formats import counted, csv_lines, json_document, json_line
from dedupe.report.story_table import StoryTable, TableOptions

_RELATION_FIELDS = ("kind", "jaccard", "left_in_right", "right_in_left", "shared_shingles", "route")
_CSV_HEADER = (
    *("id", "title", "publisher", "published_at", "url", "story", "story_size", "story_label", "saga"),
    *("copy_group", "canonical", "is_canonical"),
    *(f"relation_{name}" for name in _RELATION_FIELDS),
    "story_canonical",
    *(f"story_relation_{name}" for name in _RELATION_FIELDS),
    "story_probability",
)
SUMMARY_FROM = 300
"""Articles from which on the table begins with a summary: their stories do not fit on a few screens."""

_KIND_NAMES = {"near_duplicate": "near duplicate"}
_NOUNS = ("near_duplicate", "excerpt")
"""Kinds of copies that are counted in the plural; the others, such as "identical", have none."""


def lines(
    clustering: Clustering,
    format_name: str,
    width: int,
    timings: Mapping[str, float] | None = None,
    options: TableOptions | None = None,
) -> Iterator[str]:
    """Yield the report in the format ``table``, ``json``, ``jsonl`` or ``csv``.

    ``width`` is the number of columns of the table, and ``options`` say what it shows. ``timings`` are the seconds of
    each stage; only ``json`` shows them.
    """
    if format_name == "table":
        yield from _table(clustering, width, options or TableOptions())
    elif format_name == "json":
        yield json_document(_document(clustering) | ({} if timings is None else {"timings": timings}))
    elif format_name == "jsonl":
        yield from map(json_line, clustering.rows)
    else:
        yield from csv_lines(clustering.rows, _CSV_HEADER)


def _document(clustering: Clustering) -> dict[str, object]:
    """Return everything that the JSON report holds except the timings."""
    from dedupe.explanations import explain_collection  # only this format needs it

    explained = explain_collection(clustering)
    return {
        "articles": clustering.rows,
        "stories": clustering.stories,
        "relations": clustering.relations,
        "reasons": explained.articles,
        "story_reasons": explained.stories,
        "counts": clustering.counts,
        "warnings": clustering.warnings,
        "settings": asdict(clustering.settings),
    }


def counts_line(clustering: Clustering) -> str:
    """Return one line with the numbers of articles, sagas, stories and independent texts, and of copies of each kind.

    Sagas are counted if they were asked for, empty and short articles where there are any.
    """
    counts = clustering.counts
    parts = [
        counted(counts["articles"], "article"),
        *([counted(counts["sagas"], "saga")] if "sagas" in counts else []),
        counted(counts["stories"], "story", "stories"),
        counted(counts["texts"], "independent text"),
    ]
    kinds = Counter(row.relation.kind for row in clustering.rows if row.relation)
    parts += [
        counted(number, _KIND_NAMES.get(kind, kind)) if kind in _NOUNS else f"{number} {kind}"
        for kind, number in sorted(kinds.items())
    ]
    parts += [f"{counts[name]} {name}" for name in ("empty", "short") if counts[name]]
    return ", ".join(parts)


def _table(clustering: Clustering, width: int, options: TableOptions) -> Iterator[str]:
    """Yield the stories with their articles, after a summary if there are many articles, then the counts."""
    if clustering.rows:
        table = StoryTable(clustering, width, options)
        if has_summary(clustering):
            from dedupe.report.story_summary import summary_lines

            yield from summary_lines(clustering, table, width)
        yield from table.lines()
    yield counts_line(clustering)


def has_summary(clustering: Clustering) -> bool:
    """Return whether the table begins with a summary, which also has the warnings."""
    return len(clustering.rows) >= SUMMARY_FROM
