"""Us and the peers on the same work: JSONL in, pairs with Jaccard at least 0.5 over word-5-grams out, 128 permutations.

    python -m venv peers && peers/bin/pip install datasketch rensa gaoya daft datatrove pyarrow orjson 'xxhash<3.6' \\
        regex spacy tokenizers scikit-learn
    python -m benchmarks.copies.speed [--peers-python peers/bin/python] [--repeats 5] [--articles N] [--variants] [--only NAME ...] \\
        [--write]

Reads news_allsides from DEDUPE_BENCH_DATA (default ../shared/data), 12,000 articles. Every contender is a whole process,
timed from its start to its exit: ours is the installed command ``dedupe pairs``, a peer its script in
benchmarks.copies.peers. The contenders take turns; figures are medians. ``start_s`` is what the same command takes on
three articles, and ``first_use_s`` the same where nothing has been compiled to bytecode yet. ``floor`` is parsing the file
with pyarrow and nothing else. Peers run under ``--peers-python`` (default: the variable DEDUPE_PEERS_PYTHON, else this
Python); one that is missing or fails is listed with its reason, one that takes longer than a minute runs once.

Recall and precision are against exhaustive exact truth, found without any code of the package. With ``--variants``, and
always beyond 12,000, the articles are variants made as in benchmarks.copies.scale: recall is then that of the planted
copies, and precision counts the Jaccard of every pair found. ``--write`` stores the figures in
benchmarks/results/speed.json, or speed_N.json for variants.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.common import (
    first_articles,
    goal,
    is_asked_again,
    keep_figures,
    medians,
    missed,
    program,
    whole_process,
)
from benchmarks.copies import scale
from benchmarks.copies.peers import CONTENDERS, OURS, PEERS

Pair = tuple[int, int]
Runs = dict[str, dict[str, list[dict[str, Any]]]]
ARTICLES = 12_000
"""Articles of news_allsides; more are variants."""
THREADS = {"dedupe": 2, "dedupe_one_thread": 1}
"""Our command, with so many threads."""
GOALS, GOALS_LARGE = {"gaoya": 5.0, "datasketch": 20.0, "daft": 3.0}, {"gaoya": 8.0}
"""How many times our wall time peers are to take, on the articles and on variants."""
MOST_FLOORS = 3.0
"""Our wall time is to be at most so many times that of parsing the file with pyarrow."""
WORD = re.compile(r"\w+")


class Truth(NamedTuple):
    """Pairs that are to be found, and pairs that are right to find."""

    wanted: set[Pair]
    right: set[Pair]


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


def verified(path: Path, proposed: set[Pair]) -> set[Pair]:
    """Those of some pairs of articles whose Jaccard is at least one half, by plain sets of word-5-grams."""
    wanted = {row for pair in proposed for row in pair}
    grams: dict[int, set[tuple[str, ...]]] = {}
    with path.open(encoding="utf-8") as file:
        for row, line in enumerate(file):
            if row in wanted:
                words = WORD.findall(json.loads(line)["text"].lower())
                grams[row] = {tuple(words[i : i + 5]) for i in range(len(words) - 4)}
    shared = {(i, j): len(grams[i] & grams[j]) for i, j in proposed}
    return {(i, j) for (i, j), n in shared.items() if n and n >= 0.5 * (len(grams[i]) + len(grams[j]) - n)}


def command(name: str, path: Path, output: Path, peers_python: str) -> list[str]:
    """What a user types for a contender."""
    if name in THREADS:
        options = ["--format", "jsonl", "--threads", str(THREADS[name]), "-o", str(output)]
        return [program(), "pairs", str(path), *options]
    python = sys.executable if CONTENDERS[name] in OURS else peers_python
    return [python, "-m", "benchmarks.copies.peers", name, str(path), str(output)]


def pairs_of(output: Path, rows: Mapping[str, int]) -> set[Pair]:
    """The pairs that a contender wrote, by position in the file."""
    found = set()
    for line in output.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        left, right = (pair["left"], pair["right"]) if isinstance(pair, dict) else pair
        left, right = (rows[side] if isinstance(side, str) else side for side in (left, right))
        found.add((min(left, right), max(left, right)))
    return found


def write_few(path: Path, few: Path) -> None:
    """Three articles of the file, the last of them twice, so that there is a pair to verify."""
    with path.open(encoding="utf-8") as file:
        records = [json.loads(line) for _, line in zip(range(3), file, strict=False)]
    records.append(records[-1] | {"id": "again"})
    few.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


def in_turns(names: Sequence[str], repeats: int, folder: Path, peers_python: str) -> tuple[Runs, dict[str, set[Pair]]]:
    """The runs of every contender by kind (``whole``, ``start``, ``first_use``), and the pairs that each found."""
    path, few, output = (folder / name for name in ("articles.jsonl", "few.jsonl", "pairs.jsonl"))
    write_few(path, few)
    with path.open(encoding="utf-8") as file:
        rows = {str(json.loads(line)["id"]): row for row, line in enumerate(file)}
    runs: Runs = {name: {"start": [], "first_use": [], "whole": []} for name in names}
    found: dict[str, set[Pair]] = {}
    for turn in range(repeats):
        for name, own in runs.items():
            for kind, done in own.items():
                if is_asked_again(own["start"]) and is_asked_again(done):
                    given = path if kind == "whole" else few
                    asked = command(name, given, output, peers_python)
                    done.append(whole_process(asked, output, fresh=kind == "first_use"))
                    print(f"turn {turn + 1} of {repeats}: {name}, {kind}: {done[-1]}", file=sys.stderr, flush=True)
                    if kind == "whole" and "missing" not in done[-1]:
                        found[name] = pairs_of(output, rows)
    return runs, found


def figures(own: Mapping[str, list[dict[str, Any]]], found: set[Pair] | None, known: Truth) -> dict[str, Any]:
    """Medians of one contender's runs, and its pairs against the truth."""
    shown = medians(own["whole"] or own["start"])
    if found is None:
        return shown if "missing" in shown else {"missing": "ran on a few articles only"}
    for kind in ("start", "first_use"):
        shown[f"{kind}_s"] = medians(own[kind]).get("wall_s")
    return shown | {
        "pairs": len(found),
        "recall": round(len(found & known.wanted) / max(1, len(known.wanted)), 4),
        "precision": round(len(found & known.right) / max(1, len(found)), 4),
    }


def ratios(of: Mapping[str, Mapping[str, Any]], measure: str) -> dict[str, float]:
    """How many times as much as ours every contender that ran takes."""
    return {name: round(own[measure] / of["dedupe"][measure], 2) for name, own in of.items() if measure in own}


def check_goals(of: Mapping[str, Mapping[str, Any]], are_variants: bool) -> dict[str, dict[str, Any]]:
    """The goals for the contenders that ran."""
    walls = ratios(of, "wall_s")
    goals = {
        f"times our wall time: {name}": goal(walls[name], least=least)
        for name, least in (GOALS_LARGE if are_variants else GOALS).items()
        if name in walls
    }
    if "floor" in walls and not are_variants:
        goals["our wall time to parsing with pyarrow"] = goal(1 / walls["floor"], most=MOST_FLOORS)
    goals["recall"] = goal(of["dedupe"]["recall"], least=1.0)
    goals["precision"] = goal(of["dedupe"]["precision"], least=1.0)
    peers = [of[function.__name__].get("peak_mb") for function in PEERS if function.__name__ in of]
    if any(peers):
        goals["peak MB, below every peer's"] = goal(of["dedupe"]["peak_mb"], most=min(filter(None, peers)))
    return goals


def main() -> None:
    """Unpack or make the articles, run in turns, compare."""
    every = [*THREADS, *CONTENDERS]
    options = argparse.ArgumentParser()
    options.add_argument("--peers-python", default=os.environ.get("DEDUPE_PEERS_PYTHON", sys.executable))
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--articles", type=int, default=ARTICLES)
    options.add_argument("--variants", action="store_true")
    options.add_argument("--only", nargs="*", choices=every, default=every)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    are_variants = asked.variants or asked.articles > ARTICLES
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "articles.jsonl"
        planted: list[tuple[str, str]] = []
        if are_variants:
            planted = scale.make(path, asked.articles, scale.SEED)
        else:
            first_articles(path, asked.articles)
        runs, found = in_turns(asked.only, asked.repeats, Path(place), asked.peers_python)
        if are_variants:
            # Variants are named by their positions.
            wanted = {(min(pair), max(pair)) for pair in ((int(a[1:]), int(b[1:])) for a, b in planted)}
            known = Truth(wanted, verified(path, set().union(*found.values())))
        else:
            known = Truth(*[truth(path)] * 2)
    contenders = {name: figures(own, found.get(name), known) for name, own in runs.items()}
    result: dict[str, Any] = {"articles": asked.articles, "repeats": asked.repeats, "true_pairs": len(known.wanted)}
    result["contenders"] = contenders
    if "dedupe" in found:
        result["times_our_wall"] = ratios(contenders, "wall_s")
        result["times_our_cpu"] = ratios(contenders, "cpu_s")
        result["goals"] = check_goals(contenders, are_variants)
        result["missed"] = missed(result["goals"])
    keep_figures(f"speed_{asked.articles}" if are_variants else "speed", result, asked.write)


if __name__ == "__main__":
    main()
