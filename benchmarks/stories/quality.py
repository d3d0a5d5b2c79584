"""Quality gate: story scores on the labelled sets, with the default settings, must not fall below pinned floors.

    python -m benchmarks.stories.quality [--write] [--pin [--allow-lower]]

Runs the installed ``dedupe cluster`` on every stories_* set, as it is and with its dates removed. The result is scored
by ``dedupe evaluate`` and, if it is available, by the independent scorer ../shared/tools/score_clusters.py, which must
agree. The gate fails if a score is below its floor in floors.json, or if a set is not the one the floors were pinned
on. ``--pin`` sets the floors to the measured scores less a margin; it refuses to lower a floor without
``--allow-lower``.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, bench_data, keep_figures, program, rows_of, run_cluster

SETS = ("stories_ecb", "stories_wikinews", "stories_basil", "stories_multinews")
FLOORS = ROOT / "benchmarks" / "stories" / "floors.json"
MARGIN = 0.003
"""How far a floor lies below the measured score: room for another NumPy or Unicode version, not for a worse model."""
GOAL_MEAN_F1 = 0.90
"""The mean B-cubed F1 of the sets must be at least this."""


def variant(rows: list[dict[str, Any]], path: Path, dates: bool) -> Path:
    """Write the set to a file, without its boilerplate rows, with or without dates."""
    kept = [row for row in rows if not row.get("boilerplate")]
    lines = [json.dumps(row if dates else {k: v for k, v in row.items() if k != "published_at"}) for row in kept]
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
        if ours != theirs:
            sys.exit(f"dedupe evaluate and {scorer.name} disagree on {gold.name}: {ours} and {theirs}")
    return ours


def measure() -> dict[str, dict[str, Any]]:
    """Scores of each set, as it is and, if it has dates, without them."""
    figures: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in SETS:
            rows = rows_of(bench_data() / f"{name}.jsonl.gz")
            for dates in (True, False) if any(row.get("published_at") for row in rows) else (False,):
                gold = variant(rows, Path(folder) / f"{name}.jsonl", dates)
                predicted = Path(folder) / "predicted.jsonl"
                run_cluster(gold, "--format", "jsonl", "-o", str(predicted))
                figures[name if dates else f"{name}_undated"] = scores(gold, predicted)
    return figures


def checksum(name: str) -> str:
    """SHA-256 of a set's file."""
    return hashlib.sha256((bench_data() / f"{name}.jsonl.gz").read_bytes()).hexdigest()


def gate(figures: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong, in words; empty if nothing is."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    wrong = [
        f"{name} is not the set the floors were pinned on" for name in SETS if floors["sha256"][name] != checksum(name)
    ]
    for name, floor in floors["b3_f1"].items():
        if figures[name]["b3_f1"] < floor:
            wrong.append(f"{name}: B-cubed F1 {figures[name]['b3_f1']} is below its floor {floor}")
    for name, ceiling in floors["confusable_merged"].items():
        if figures[name]["confusable_merged"] > ceiling:
            wrong.append(f"{name}: {figures[name]['confusable_merged']} of confusable pairs merged, above {ceiling}")
    return wrong


def pin(figures: dict[str, dict[str, Any]], allow_lower: bool) -> None:
    """Write new floors. Stops if one would be lowered and that is not allowed."""
    old = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {"b3_f1": {}, "confusable_merged": {}}
    f1 = {name: round(found["b3_f1"] - MARGIN, 4) for name, found in figures.items()}
    merged = {n: round(f["confusable_merged"] + MARGIN, 4) for n, f in figures.items() if "confusable_merged" in f}
    lower = [n for n, floor in f1.items() if floor < old["b3_f1"].get(n, 0)]
    lower += [n for n, ceiling in merged.items() if ceiling > old["confusable_merged"].get(n, 1)]
    if lower and not allow_lower:
        sys.exit(f"refused to lower the floors of {', '.join(lower)}; say --allow-lower and say why in the commit")
    document = {"sha256": {name: checksum(name) for name in SETS}, "b3_f1": f1, "confusable_merged": merged}
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
