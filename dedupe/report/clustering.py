"""A clustering as a table for people, and as JSON, JSON lines or CSV for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import time
from itertools import pairwise

from dedupe.clustering import Clustering
from dedupe.report.formats import clipped, counted, csv_lines, json_document, json_line, printable, shown_probability
from dedupe.results import Row

_RELATION_FIELDS = ("kind", "jaccard", "left_in_right", "right_in_left", "shared_shingles", "route")
_CSV_HEADER = (
    *("id", "title", "publisher", "published_at", "story", "saga", "copy_group", "canonical", "is_canonical"),
    *(f"relation_{name}" for name in _RELATION_FIELDS),
    "story_canonical",
    *(f"story_relation_{name}" for name in _RELATION_FIELDS),
    "story_probability",
)
_NARROWEST_TITLE = 20
"""Columns that the titles get at least, also where the table then becomes wider than the terminal."""
_KIND_NAMES = {"near_duplicate": "near duplicate", "unrelated": "same event"}
_NOUNS = ("near_duplicate", "excerpt")
"""Kinds of copies that are counted in the plural; the others, such as "identical", have none."""


def lines(
    clustering: Clustering, format_name: str, width: int, timings: Mapping[str, float] | None = None
) -> Iterator[str]:
    """Yield the report in the format ``table``, ``json``, ``jsonl`` or ``csv``.

    ``width`` is the number of columns of the table. ``timings`` are the seconds of each stage; only ``json`` shows
    them.
    """
    if format_name == "table":
        yield from _table(clustering, width)
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


def _table(clustering: Clustering, width: int) -> Iterator[str]:
    """Yield one row per article, the largest saga and in it the largest story first, then the counts.

    The columns saga, publisher and published are left out if no article has a value.
    """
    sizes, of_sagas = Counter(row.story for row in clustering.rows), Counter(row.saga for row in clustering.rows)
    ordered = sorted(
        clustering.rows,
        key=lambda row: (-of_sagas[row.saga], row.saga or 0, -sizes[row.story], row.story, _reading_order(row)),
    )
    shown = {
        "saga": [str(row.saga or "–") for row in ordered],
        "story": [str(row.story) for row in ordered],
        "article": [printable(row.id) for row in ordered],
        "title": [printable(row.title) or "–" for row in ordered],
        "publisher": [printable(row.publisher or "–") for row in ordered],
        "published": [_published(row) for row in ordered],
        "relation": [_relation(row) for row in ordered],
        "shared": [_shared(row) for row in ordered],
    }
    for name in ("saga", "publisher", "published"):
        if all(cell == "–" for cell in shown[name]):
            del shown[name]
    other_columns = sum(max(len(name), *map(len, column), 0) + 2 for name, column in shown.items() if name != "title")
    title_width = max(_NARROWEST_TITLE, width - other_columns)
    shown["title"] = [clipped(title, title_width) for title in shown["title"]]
    for name in shown.keys() & {"saga", "story"}:
        shown[name] = ["" if cell == above else cell for above, cell in pairwise(["", *shown[name]])]
    align = ["right" if name in ("saga", "story", "shared") else "left" for name in shown]
    if ordered:
        from tabulate import tabulate  # takes 25 ms to import, which only this format needs

        yield tabulate(shown, headers="keys", tablefmt="simple", colalign=align, disable_numparse=True)
        yield ""
    yield counts_line(clustering)


def _published(row: Row) -> str:
    """Return day and time, or the day alone at midnight, which is how a date without a time is stored."""
    if row.published_at is None:
        return "–"
    at_midnight = row.published_at.time() == time.min
    return row.published_at.strftime("%Y-%m-%d" if at_midnight else "%Y-%m-%d %H:%M")


def _reading_order(row: Row) -> tuple[bool, bool, str, bool, str]:
    """Return a sort key within a story: its canonical article and the copies of it, then the other texts and copies."""
    return (
        row.id != row.story_canonical,
        row.canonical != row.story_canonical,
        row.canonical,
        not row.is_canonical,
        row.id,
    )


def _relation(row: Row) -> str:
    """Return how the article relates to its canonical article or, if it is canonical itself, to its story."""
    if row.relation:
        kind = _KIND_NAMES.get(row.relation.kind, row.relation.kind)
        named = f"{kind} of {printable(row.canonical)}" if row.canonical != row.story_canonical else kind
        return named if row.relation.route == "unknown" else f"{named}, {row.relation.route}"
    if row.story_relation:
        probability = (
            "" if row.story_probability is None else f" (p {shown_probability(row.story_probability, digits=2)})"
        )
        return f"same event{probability}"
    return "first"


def _shared(row: Row) -> str:
    """Return the share of the article's shingles that the article it is compared with has too."""
    relation = row.relation or row.story_relation
    return f"{relation.left_in_right:.0%}" if relation else ""
