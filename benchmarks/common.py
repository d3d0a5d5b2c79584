"""What the benchmarks share: where the data is, how the installed program is run, how figures are kept."""

from __future__ import annotations

import gzip
import json
import os
import platform
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PATIENCE_SECONDS, LONG_SECONDS = 900, 60
"""Seconds after which a run is given up, and after which a contender is not run again."""


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


def cpu_seconds() -> float:
    """CPU time of this process and of those that it waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def peak_mb() -> float:
    """Most memory this process held. Not ``ru_maxrss``: on Linux a new process inherits its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def whole_process(
    command: Sequence[str], output: Path | None = None, fresh: bool = False, elsewhere: bool = False
) -> dict[str, Any]:
    """Run a command from its start to its exit: ``wall`` and ``cpu`` seconds, ``peak_mb``, or why it is ``missing``.

    It is missing if it takes too long, or fails. With ``output`` it has failed if that file is not there in the end:
    some programs end badly after they have written their answer. ``fresh``: with empty folders for what Python and
    Numba compile and keep, as in the first run after installation. ``elsewhere``: the command is of another installation,
    which PYTHONPATH would hand this checkout.
    """
    with tempfile.TemporaryDirectory() as place:
        report = Path(place, "report")
        environment = dict(os.environ)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # programs are compiled once, as on a user's machine
        if elsewhere:
            environment.pop("PYTHONPATH", None)
        if fresh:
            environment |= {"PYTHONPYCACHEPREFIX": f"{place}/bytecode", "NUMBA_CACHE_DIR": f"{place}/numba"}
            environment["XDG_CACHE_HOME"] = f"{place}/cache"
        timed = [sys.executable, "-I", "-S", str(Path(__file__).with_name("timed.py")), str(report)]
        if output:
            output.unlink(missing_ok=True)
        path = shutil.which(command[0]) or command[0]
        with Path(place, "messages").open("w+b") as messages:
            process = subprocess.Popen(
                [*timed, path, *command[1:]],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=messages,
                start_new_session=True,
            )
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return {"missing": f"no answer in {PATIENCE_SECONDS} s"}
            messages.seek(0)
            said = messages.read().decode(errors="replace").strip().splitlines()
        if not report.exists():
            return {"missing": said[-1] if said else "was not started"}
        wall, cpu, peak, code = report.read_text().split()
    if not output.exists() if output else code != "0":
        return {"missing": said[-1] if said else f"exit code {code}"}
    return {"wall": float(wall), "cpu": float(cpu), "peak_mb": float(peak)}


def medians(runs: Sequence[Mapping[str, Any]], digits: int = 3) -> dict[str, Any]:
    """How many runs a contender had, and the medians of what they took; or why there is none."""
    took = [run for run in runs if "missing" not in run]
    if not took:
        return dict(runs[0])
    middle = {name: statistics.median(run[name] for run in took) for name in ("wall", "cpu", "peak_mb")}
    return {
        "runs": len(took),
        "wall_s": round(middle["wall"], digits),
        "cpu_s": round(middle["cpu"], digits),
        "peak_mb": round(middle["peak_mb"]),
    }


def is_asked_again(runs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a contender runs once more: what cannot run is not asked again, what takes long neither."""
    return not runs or runs[0].get("wall", LONG_SECONDS) < LONG_SECONDS


def first_articles(path: Path, number: int) -> None:
    """Write so many articles of news_allsides, unpacked."""
    with gzip.open(bench_data() / "news_allsides.jsonl.gz") as packed, path.open("wb") as file:
        file.writelines(line for _, line in zip(range(number), packed, strict=False))


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


def missed(goals: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The goals that are not met, in words."""
    return [
        f"{name}: {own['measured']}, goal {'≥' if 'least' in own else '≤'} {own.get('least', own.get('most'))}"
        for name, own in goals.items()
        if not own["met"]
    ]


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
