"""Us and the peers on the same work: JSONL in, pairs with Jaccard at least 0.5 over word-5-grams out, 128 permutations.

    python -m venv peers && peers/bin/pip install datasketch rensa gaoya daft datatrove pyarrow orjson 'xxhash<3.6' \\
        regex spacy tokenizers
    python -m benchmarks.copies.speed [--peers-python peers/bin/python] [--repeats 5] [--articles N] [--only NAME ...] [--write]

Reads news_allsides from DEDUPE_BENCH_DATA (default ../shared/data). Every contender runs in a process of its own
(benchmarks.copies.peers), the contenders taking turns; figures are medians. Peers run under ``--peers-python`` (default: the variable
DEDUPE_PEERS_PYTHON, else this Python); one that is missing or fails is listed with its reason, one that takes longer than
a minute runs once. ``floor`` is parsing the file with pyarrow and nothing else; names with ``kernel`` are signatures
alone, from texts in memory. Recall and precision are against exhaustive exact truth, found without any code of the
package. ``--write`` stores the figures in benchmarks/results/speed.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import bench_data, keep_figures
from benchmarks.copies.kernel_peers import KERNELS
from benchmarks.copies.peers import CONTENDERS, OURS

Pair = tuple[int, int]
PATIENCE_SECONDS, LONG_SECONDS = 900, 60
WORD = re.compile(r"\w+")


def truth(path: Path) -> set[Pair]:
    """All pairs of texts with Jaccard of at least one half over their sets of word-5-grams, every pair looked at."""
    numbers: dict[str, int] = {}
    grams, rows = [], []
    with path.open(encoding="utf-8") as file:
        for row, line in enumerate(file):
            words = WORD.findall(json.loads(line)["text"].lower())
            ids = np.array([numbers.setdefault(word, len(numbers)) for word in words], np.int32)
            if ids.size >= 5:
                own = np.unique(np.lib.stride_tricks.sliding_window_view(ids, 5), axis=0)
                grams.append(own)
                rows.append(np.full(len(own), row))
    order, gram_of = _numbered(np.concatenate(grams))
    row_of = np.concatenate(rows)[order]
    sizes = np.bincount(row_of)
    shared = _shared(gram_of, row_of)
    return {(i, j) for (i, j), count in shared.items() if count >= 0.5 * (sizes[i] + sizes[j] - count)}


def _numbered(grams: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order of the rows of an int32[n, 5] array, and the number of each distinct row in that order; exact."""
    order = np.lexsort(grams.T)
    ordered = grams[order]
    new = np.concatenate(([True], (ordered[1:] != ordered[:-1]).any(axis=1)))
    return order, np.cumsum(new) - 1


def _shared(gram_of: np.ndarray, row_of: np.ndarray) -> dict[Pair, int]:
    """Number of shared grams of every pair of rows that share one."""
    rows = int(row_of.max()) + 1
    counts: dict[int, int] = {}
    borders = np.flatnonzero(np.diff(gram_of)) + 1
    starts, ends = np.concatenate(([0], borders)), np.concatenate((borders, [gram_of.size]))
    pending: list[np.ndarray] = []
    waiting = 0
    for start, end in zip(starts[ends - starts > 1].tolist(), ends[ends - starts > 1].tolist(), strict=True):
        members = np.sort(row_of[start:end])
        left, right = np.triu_indices(members.size, 1)
        pending.append(members[left] * rows + members[right])
        waiting += left.size
        if waiting > 2_000_000:
            _add(counts, pending)
            waiting = 0
    _add(counts, pending)
    return {divmod(code, rows): count for code, count in counts.items()}


def _add(counts: dict[int, int], pending: list[np.ndarray]) -> None:
    codes, times = np.unique(np.concatenate(pending or [np.zeros(0, np.int64)]), return_counts=True)
    pending.clear()
    for code, count in zip(codes.tolist(), times.tolist(), strict=True):
        counts[code] = counts.get(code, 0) + count


def run(name: str, path: Path, peers_python: str) -> dict[str, Any]:
    """One run of a contender, or why there was none."""
    ours = name in KERNELS and not name.endswith(("gaoya", "daft", "datasketch"))
    ours = ours or name in {function.__name__ for function in OURS}
    command = [sys.executable if ours else peers_python, "-m", "benchmarks.copies.peers", name, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return {"missing": f"no answer in {PATIENCE_SECONDS} s"}
    answer = done.stdout.rpartition("\n")[2]
    # Some end badly after they have answered.
    if not answer.startswith("{"):
        return {"missing": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}
    return json.loads(answer)


def figures(runs: list[dict[str, Any]], true: set[Pair] | None) -> dict[str, Any]:
    """Medians of one contender's runs, and its pairs against the truth."""
    failed, runs = runs, [run for run in runs if "missing" not in run]
    if not runs:
        return failed[0]
    medians = {name: statistics.median(run[name] for run in runs) for name in ("wall", "cpu", "peak_mb")}
    shown: dict[str, Any] = {
        "runs": len(runs),
        "wall_s": round(medians["wall"], 3),
        "cpu_s": round(medians["cpu"], 3),
        "peak_mb": round(medians["peak_mb"]),
    }
    if true is None:
        size = runs[0]["size"]
        return shown | ({"mb_a_cpu_second": round(size / medians["cpu"] / 1e6)} if size else {})
    found = {tuple(pair) for pair in runs[0]["pairs"]}
    return shown | {
        "pairs": len(found),
        "recall": round(len(found & true) / max(1, len(true)), 4),
        "precision": round(len(found & true) / max(1, len(found)), 4),
    }


def ratios(of: dict[str, dict[str, Any]], ours: str, measure: str) -> dict[str, float]:
    """How many times as much as ours every contender that ran takes."""
    return {name: round(own[measure] / of[ours][measure], 2) for name, own in of.items() if measure in own}


def main() -> None:
    """Unpack, run in turns, compare."""
    options = argparse.ArgumentParser()
    options.add_argument("--peers-python", default=os.environ.get("DEDUPE_PEERS_PYTHON", sys.executable))
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--articles", type=int, default=sys.maxsize)
    options.add_argument("--only", nargs="*", default=[*CONTENDERS, *KERNELS])
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.jsonl"
        with gzip.open(bench_data() / "news_allsides.jsonl.gz") as packed, path.open("wb") as file:
            if asked.articles == sys.maxsize:
                shutil.copyfileobj(packed, file)
            else:
                file.writelines(line for _, line in zip(range(asked.articles), packed, strict=False))
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in asked.only}
        for turn in range(asked.repeats):
            for name, done in runs.items():
                # What cannot run is not asked again, what takes long neither.
                if not done or done[0].get("wall", LONG_SECONDS) < LONG_SECONDS:
                    done.append(run(name, path, asked.peers_python))
                    said = {key: value for key, value in done[-1].items() if key != "pairs"}
                    print(f"run {turn + 1} of {asked.repeats}: {name} {said}", file=sys.stderr)
        true = truth(path)
    whole = {name: figures(done, true) for name, done in runs.items() if name in CONTENDERS}
    kernel = {name: figures(done, None) for name, done in runs.items() if name in KERNELS}
    result: dict[str, Any] = {"repeats": asked.repeats, "true_pairs": len(true), "contenders": whole, "kernels": kernel}
    if "dedupe" in whole:
        result["times_our_wall"] = ratios(whole, "dedupe", "wall_s")
        result["times_our_cpu"] = ratios(whole, "dedupe", "cpu_s")
    if "kernel" in kernel:
        result["times_our_kernel_cpu"] = ratios(kernel, "kernel", "cpu_s")
        result["times_our_kernel_wall"] = ratios(kernel, "kernel", "wall_s")
    keep_figures("speed", result, asked.write)


if __name__ == "__main__":
    main()
