"""Put the articles of a pandas frame into stories, print the largest, and write the report as one page of HTML.

    python examples/frame_report.py articles.csv report.html [text=Body publisher=Outlet …]

The frame may come from anywhere; here it is read from CSV, Parquet or JSON lines. It needs a column of texts, and
should have ``id``, ``title``, ``publisher`` and ``published_at``, or other names that ``dedupe fields`` lists. What
follows the two files names other columns. Needs pandas 2.2 or newer.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from dedupe import Clustering, cluster, html_page

READERS = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".jsonl": lambda path: pd.read_json(path, lines=True)}


def cluster_frame(frame: pd.DataFrame, page: Path, columns: Mapping[str, str]) -> Clustering:
    """Put the articles of a frame into stories, and write the report to ``page``."""
    clustering = cluster(frame, columns=columns)
    page.write_text(html_page(clustering, frame, columns=columns), "utf-8")
    return clustering


def describe_stories(clustering: Clustering) -> pd.DataFrame:
    """Return one row for each story of two or more articles, the largest first."""
    rows = clustering.to_arrow().to_pandas()
    rows["is_copy"] = rows["id"] != rows["canonical"]
    stories = rows.groupby("story").agg(
        label=("story_label", "first"),
        articles=("id", "size"),
        copies=("is_copy", "sum"),
        publishers=("publisher", "nunique"),
        first=("published_at", "min"),
    )
    return stories[stories["articles"] > 1].sort_values(["articles", "first"], ascending=[False, True])


def main(source: str, page: str, *columns: str) -> None:
    """Read the frame, cluster it, and show the report."""
    path = Path(source)
    if path.suffix not in READERS:
        raise SystemExit(f"{source}: the name must end with one of {', '.join(READERS)}")
    named = dict(column.split("=", 1) for column in columns)
    clustering = cluster_frame(READERS[path.suffix](path), Path(page), named)
    print(describe_stories(clustering).head(20).to_string())
    for warning in clustering.warnings:
        print(warning, file=sys.stderr)
    print(f"The report with all stories and texts is {page}.", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
