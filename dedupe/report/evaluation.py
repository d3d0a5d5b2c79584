"""The scores of a clustering as a table for people or as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from tabulate import tabulate

from dedupe.evaluation import Scores
from dedupe.report.formats import json_line


def lines(scores: Scores, format_name: str) -> Iterator[str]:
    """Yield the scores in the format ``table`` or ``json``, rounded to four decimals. Scores of None are left out."""
    shown = {name: value for name, value in asdict(scores).items() if value is not None}
    if format_name == "json":
        yield json_line({name: round(value, 4) for name, value in shown.items()})
    else:
        cells = [(name, f"{value:.4f}" if isinstance(value, float) else str(value)) for name, value in shown.items()]
        yield tabulate(cells, tablefmt="plain", colalign=("left", "right"), disable_numparse=True)
