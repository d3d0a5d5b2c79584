"""What the benchmarks share: where the data is, how the installed program is run, how figures are kept."""

from __future__ import annotations

import gzip
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def bench_data() -> Path:
    """The folder of labelled corpora; says plainly when it is absent, and stops with exit code 77 (skipped)."""
    folder = Path(os.environ.get("DEDUPE_BENCH_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        print(
            f"no benchmark data at {folder}: set DEDUPE_BENCH_DATA to run this; nothing was measured", file=sys.stderr
        )
        sys.exit(77)
    return folder


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The records of a JSONL.gz file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def program() -> str:
    """The ``dedupe`` command installed beside the running Python."""
    return str(Path(sys.executable).with_name("dedupe"))


def run_cluster(path: Path, *options: str) -> str:
    """What ``dedupe cluster PATH`` prints."""
    command = [program(), "cluster", str(path), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def readable(document: dict[str, Any], indent: str = "") -> str:
    """JSON with one line a value, and one line for each entry of a list: for files that people read."""
    parts = []
    for name, value in document.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
            entries = ",\n".join(f"{indent}  {json.dumps(entry, ensure_ascii=False)}" for entry in value)
            text = f"[\n{entries}\n{indent} ]"
        elif isinstance(value, dict) and any(isinstance(own, list | tuple) for own in value.values()):
            text = readable(value, indent + " ")
        parts.append(f"{indent} {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


def goal(measured: float, least: float | None = None, most: float | None = None) -> dict[str, Any]:
    """A measured figure beside its goal: at least ``least``, or at most ``most``."""
    met = (least is None or measured >= least) and (most is None or measured <= most)
    return (
        {"measured": round(float(measured), 4)} | ({"least": least} if most is None else {"most": most}) | {"met": met}
    )


def keep_figures(name: str, figures: dict[str, Any], write: bool) -> None:
    """Print the figures and, with ``write``, keep them with machine and commit in benchmarks/results."""
    git = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False)
    about = {
        "commit": git.stdout.strip() or "unknown",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
    }
    document = json.dumps(about | figures, indent=1, ensure_ascii=False)
    print(document)
    if write:
        (RESULTS / f"{name}.json").write_text(document + "\n", encoding="utf-8")
