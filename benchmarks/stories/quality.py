"""Quality gate: story scores on the labelled sets, with the default settings, must not fall below pinned floors.

    python -m benchmarks.stories.quality [--write] [--pin [--allow-lower]]

Runs the installed ``dedupe cluster`` on every stories_* set, as it is and with its dates removed, and on each month of
the news desk, with its dates. The result is scored by ``dedupe evaluate`` and, if it is available, by the independent
scorer ../shared/tools/score_clusters.py, which must agree. The gate fails if a score is below its floor in floors.json,
or if a set is not the one the floors were pinned on. ``--pin`` sets the floors to the measured scores less a margin; it
refuses to lower a floor without ``--allow-lower``. Takes less than a minute.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, bench_data, keep_figures, program, run_cluster
from benchmarks.corpora import MONTHS, read_part

SETS = ("stories_ecb", "stories_wikinews", "stories_basil", "stories_multinews")
DESK = "stories_desk"
FLOORS = ROOT / "benchmarks" / "stories" / "floors.json"
MARGIN = 0.003
"""How far a floor lies below the measured score: room for another NumPy or Unicode version, not for a worse model."""
GOAL_MEAN_F1 = 0.90
"""The mean B-cubed F1 of the sets must be at least this."""
FLOORED = "b3_f1", "pair_f1"
"""Scores with floors. Pair F1 has one for the months of the desk only: in the sets one large event decides it."""


def variant(rows: list[dict[str, Any]], path: Path, dates: bool) -> Path:
    """Write the rows to a file, with or without dates."""
    lines = [json.dumps(row if dates else {k: v for k, v in row.items() if k != "published_at"}) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def scores(gold: Path, predicted: Path) -> dict[str, Any]:
    """Scores by ``dedupe evaluate``, checked against the independent scorer."""
    command = [program(), "evaluate", str(gold), str(predicted), "--format", "json"]
    ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    scorer = bench_data().parent / "tools" / "score_clusters.py"
    if scorer.exists():
        command = [sys.executable, str(scorer), str(gold), str(predicted)]
        theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        if any(ours[name] != value for name, value in theirs.items()):
            sys.exit(f"dedupe evaluate and {scorer.name} disagree on {gold.name}: {ours} and {theirs}")
    return ours


def measured(rows: list[dict[str, Any]], dates: bool) -> dict[str, Any]:
    """Scores of what the program makes of some rows."""
    with tempfile.TemporaryDirectory() as folder:
        gold = variant(rows, Path(folder) / "gold.jsonl", dates)
        predicted = Path(folder) / "predicted.jsonl"
        run_cluster(gold, "--format", "jsonl", "-o", str(predicted))
        return scores(gold, predicted)


def measure() -> dict[str, dict[str, Any]]:
    """Scores of each set, as it is and, if it has dates, without them, and of each month of the desk."""
    figures: dict[str, dict[str, Any]] = {}
    for name in SETS:
        rows = read_part(bench_data(), name.removeprefix("stories_"))
        for dates in (True, False) if any(row.get("published_at") for row in rows) else (False,):
            figures[name if dates else f"{name}_undated"] = measured(rows, dates)
    for month in MONTHS:
        figures[f"{DESK}_{month}"] = measured(read_part(bench_data(), month), dates=True)
    return figures


def checksum(name: str) -> str:
    """SHA-256 of a set's file."""
    return hashlib.sha256((bench_data() / f"{name}.jsonl.gz").read_bytes()).hexdigest()


def gate(figures: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong, in words; empty if nothing is."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    wrong = [
        f"{name} is not the set the floors were pinned on"
        for name in (*SETS, DESK)
        if floors["sha256"].get(name) != checksum(name)
    ]
    for score in FLOORED:
        for name, floor in floors.get(score, {}).items():
            if figures[name][score] < floor:
                wrong.append(f"{name}: {score} {figures[name][score]} is below its floor {floor}")
    for name, ceiling in floors["confusable_merged"].items():
        if figures[name]["confusable_merged"] > ceiling:
            wrong.append(f"{name}: {figures[name]['confusable_merged']} of confusable pairs merged, above {ceiling}")
    return wrong


def pin(figures: dict[str, dict[str, Any]], allow_lower: bool) -> None:
    """Write new floors. Stops if one would be lowered and that is not allowed."""
    old = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    floors = {
        score: {
            name: round(found[score] - MARGIN, 4)
            for name, found in figures.items()
            if score == "b3_f1" or name.startswith(DESK)
        }
        for score in FLOORED
    }
    merged = {n: round(f["confusable_merged"] + MARGIN, 4) for n, f in figures.items() if "confusable_merged" in f}
    lower = [
        f"{name} ({score})"
        for score, of_sets in floors.items()
        for name, floor in of_sets.items()
        if floor < old.get(score, {}).get(name, 0)
    ]
    lower += [n for n, ceiling in merged.items() if ceiling > old.get("confusable_merged", {}).get(n, 1)]
    if lower and not allow_lower:
        sys.exit(f"refused to lower the floors of {', '.join(lower)}; say --allow-lower and say why in the commit")
    document = {"sha256": {name: checksum(name) for name in (*SETS, DESK)}, **floors, "confusable_merged": merged}
    FLOORS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Measure and print the scores, then pin the floors or check them."""
    figures = measure()
    with_dates = [figures.get(name, figures.get(f"{name}_undated")) for name in SETS]
    mean = round(sum(found["b3_f1"] for found in with_dates if found) / len(SETS), 4)
    keep_figures("quality", {"mean_b3_f1": mean, "sets": figures}, "--write" in sys.argv)
    if "--pin" in sys.argv:
        pin(figures, "--allow-lower" in sys.argv)
        return 0
    wrong = gate(figures) + ([f"mean B-cubed F1 {mean} is below {GOAL_MEAN_F1}"] if mean < GOAL_MEAN_F1 else [])
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
