"""Pairs of near duplicates as a table for people, and as JSON, JSON lines or CSV for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dedupe.near_duplicate_pairs import NearDuplicates
from dedupe.report.formats import counted, csv_lines, json_document, json_line, printable

_FIELDS = ("left", "right", "kind", "jaccard", "left_in_right", "right_in_left", "shared_shingles")


def lines(result: NearDuplicates, format_name: str, timings: Mapping[str, float] | None = None) -> Iterator[str]:
    """Yield the pairs in the format ``table``, ``json``, ``jsonl`` or ``csv``.

    ``timings`` are the seconds of each stage; only ``json`` shows them. A table without pairs has no lines at all.
    """
    rows = [{name: getattr(relation, name) for name in _FIELDS} for relation in result.relations]
    if format_name == "json":
        timed = {} if timings is None else {"timings": timings}
        yield json_document({"pairs": rows, "counts": result.counts, **timed})
    elif format_name == "jsonl":
        yield from map(json_line, rows)
    elif format_name == "csv":
        yield from csv_lines(result.relations, _FIELDS)
    else:
        cells = [
            (printable(pair.left), printable(pair.right), pair.kind, f"{pair.jaccard:.2f}") for pair in result.relations
        ]
        if cells:
            from tabulate import tabulate  # takes 45 ms to import, which only this format needs

            yield tabulate(cells, headers=("left", "right", "kind", "jaccard"), disable_numparse=True)


def counts_line(result: NearDuplicates) -> str:
    """Return one line with the numbers of articles and of pairs."""
    return f"{counted(result.counts['articles'], 'article')}, {counted(result.counts['pairs'], 'pair')}"
