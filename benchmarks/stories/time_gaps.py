"""Pairs of one story that lie far apart in time, and what dates do to a collection of two days: no labels are needed.

    python -m benchmarks.stories.time_gaps [--earlier PROGRAM] [--write]

Articles on one event are published within days of each other. So the stories of 12,000 articles of news_allsides
(2012-2020) are judged by their pairs: those at most 2 days apart are found news, those over 14 days apart are mostly
wrong. The figures must agree with ../shared/tools/gap_audit.py, if that is available.

wire_helsinki was gathered in two days, so its dates say next to nothing, and must not make its stories larger.

``--earlier`` measures another installed ``dedupe`` program too. Takes less than a minute for each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.common import bench_data, goal, keep_figures, program, rows_of

MORE_FOUND = 2.2
"""How many times as many pairs must be found news as with the earlier program."""
FOUND_DAYS = 2
"""Articles of one story so many days apart at most are found news."""
FAR_DAYS = 14, 30


def clustered(command: str, rows: list[dict[str, Any]]) -> str:
    """What a program's ``cluster`` prints about some articles."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
        options = [command, "cluster", str(path), "--format", "jsonl"]
        return subprocess.run(options, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def gaps_of(printed: str) -> dict[str, float]:
    """How far apart in time the pairs of each story are: how many pairs, and shares of them."""
    days: dict[int, list[int]] = defaultdict(list)
    for row in map(json.loads, printed.splitlines()):
        if row.get("published_at"):
            days[row["story"]].append(date.fromisoformat(row["published_at"][:10]).toordinal())
    gaps = [abs(one - other) for some in days.values() for one, other in combinations(some, 2)]
    found: dict[str, float] = {"pairs": len(gaps), "within_2_days": sum(gap <= FOUND_DAYS for gap in gaps)}
    for far in FAR_DAYS:
        found[f"over_{far}_days"] = round(sum(gap > far for gap in gaps) / max(1, len(gaps)), 4)
    return found


def check(printed: str, ours: dict[str, float]) -> None:
    """Stop if the independent audit is available and does not agree."""
    audit = bench_data().parent / "tools" / "gap_audit.py"
    if not audit.exists():
        return
    command = [sys.executable, str(audit)]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, input=printed).stdout)
    if theirs != ours:
        sys.exit(f"the gaps here and by {audit.name} disagree: {ours} and {theirs}")


def story_sizes(printed: str) -> dict[str, int]:
    """Number of stories of two or more, and the articles of the largest."""
    sizes = Counter(json.loads(line)["story"] for line in printed.splitlines())
    return {"stories": sum(size > 1 for size in sizes.values()), "largest": max(sizes.values())}


def measure(command: str) -> dict[str, Any]:
    """Measure one program."""
    printed = clustered(command, rows_of(bench_data() / "news_allsides.jsonl.gz"))
    gaps = gaps_of(printed)
    check(printed, gaps)
    wire = rows_of(bench_data() / "wire_helsinki.jsonl.gz")
    undated = [{name: value for name, value in row.items() if name != "published_at"} for row in wire]
    return {
        "news_allsides": gaps | story_sizes(printed),
        "wire_helsinki, dated": story_sizes(clustered(command, wire)),
        "wire_helsinki, undated": story_sizes(clustered(command, undated)),
    }


def main() -> None:
    """Measure the program, and an earlier one if asked to."""
    options = argparse.ArgumentParser()
    options.add_argument("--earlier")
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    ours = measure(program())
    dated, undated = (ours[f"wire_helsinki, {dates}"]["largest"] for dates in ("dated", "undated"))
    goals = {
        "share of pairs over 14 days apart": goal(ours["news_allsides"]["over_14_days"], most=0.05),
        "largest story of wire_helsinki, dated to undated": goal(dated / undated, most=1.2),
    }
    figures = {"now": ours}
    if asked.earlier:
        figures["earlier"] = measure(asked.earlier)
        found = figures["earlier"]["news_allsides"]["within_2_days"]
        goals["pairs within 2 days"] = goal(ours["news_allsides"]["within_2_days"], least=MORE_FOUND * found)
    keep_figures("time_gaps", {"goals": goals} | figures, asked.write)


if __name__ == "__main__":
    main()
