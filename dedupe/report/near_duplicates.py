"""Pairs of near duplicates as a table for people, and as JSON, JSON lines or CSV for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tabulate import tabulate

from dedupe.near_duplicate_pairs import NearDuplicates
from dedupe.report.formats import csv_lines, json_document, json_line, printable

_HEADER = ("left", "right", "kind", "jaccard", "left_in_right", "right_in_left", "shared_shingles")


def lines(found: NearDuplicates, layout: str, timings: Mapping[str, float] | None = None) -> Iterator[str]:
    """The pairs in one of the layouts ``table``, ``json``, ``jsonl`` and ``csv``. ``timings``: seconds by stage, for
    ``json``."""
    rows = [{name: getattr(relation, name) for name in _HEADER} for relation in found.relations]
    if layout == "json":
        timed = {} if timings is None else {"timings": timings}
        yield json_document({"pairs": rows, "counts": found.counts, **timed})
    elif layout == "jsonl":
        yield from map(json_line, rows)
    elif layout == "csv":
        yield from csv_lines(found.relations, _HEADER)
    else:
        cells = [
            (printable(pair.left), printable(pair.right), pair.kind, f"{pair.jaccard:.2f}") for pair in found.relations
        ]
        if cells:
            yield tabulate(cells, headers=("left", "right", "kind", "jaccard"), disable_numparse=True)


def counts_line(found: NearDuplicates) -> str:
    """What was found, in one line."""
    return f"{found.counts['articles']} articles, {found.counts['pairs']} pairs"
