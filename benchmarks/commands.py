"""The commands as whole processes, beside an earlier commit, a good user's own script, and bare imports.

    python -m benchmarks.commands [--before OLD/bin/dedupe] [--before-fast OLD/bin/dedupe] [--peers-python PYTHON]
        [--before-commit NAME] [--articles 12000] [--variants 12000 25000] [--repeats 5] [--only cluster small threads]
        [--write]

Everything is timed from the start of a process to its exit, by the installed command; contenders take turns, and figures
are medians. ``--before`` is the ``dedupe`` command of an earlier commit as its README installs it, ``--before-fast`` the
same with everything that makes it faster. Needs DEDUPE_BENCH_DATA (default ../shared/data).

``cluster``: JSON to a file, of the first articles of news_allsides and of collections of variants, which are made of it
as in benchmarks.copies.scale, with dates and titles. ``stages_s`` are the wall seconds that the command itself says.
``script`` is benchmarks.user_script under ``--peers-python`` (default: the variable DEDUPE_PEERS_PYTHON, else this
Python), which needs scikit-learn and datasketch. A contender that takes longer than a minute runs once.

``small``: five articles, two texts, and the help, beside importing NumPy and pyarrow, and beside ``python -c pass``.

``threads``: one thread or process against two. ``pairs`` and ``cluster`` read news_allsides, ``align --pairs`` and
``audit`` wire_helsinki.

Goals are listed, and those that are missed by name. ``--write`` stores the figures in benchmarks/results/commands.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.common import (
    ROOT,
    bench_data,
    first_articles,
    goal,
    is_asked_again,
    keep_figures,
    medians,
    missed,
    program,
    rows_of,
    whole_process,
)
from benchmarks.copies import scale

Goals = dict[str, dict[str, Any]]
SECTIONS = ("cluster", "small", "threads")
LEAST_FASTER = {"12000": 3.5, "25000 variants": 4.0}
"""How many times our wall time ``cluster`` of an earlier commit is to take, by collection."""
MOST_MEMORY = {"12000": 0.5}
"""Our peak memory is to be at most so much of that of the earlier commit, by collection."""
MOST_SCRIPTS, MOST_GROWTH, MOST_KB = 1.5, 1.5, 40
"""Our wall time to that of the user's script; CPU time of an article in a large collection to that in a small one; peak
memory of an article in the large one."""
LARGE = 100_000
MOST_IMPORTS = {"cluster seeds/": 3.0, "align": 2.0}
"""Wall time of small runs to that of importing NumPy and pyarrow."""
MOST_STARTS = 3.0
"""Wall time of ``--help`` to that of ``python -c pass``."""
SMALL_REPEATS = 15
LEAST_SPEEDUP = 1.7
"""Wall time of one thread to that of two, in ``pairs``, ``cluster`` and ``align --pairs``."""
ALIGNED_PAIRS, AUDITED = 1_000, 150
"""Pairs of pages that are aligned, and pages that are audited."""


def is_earlier(name: str) -> bool:
    """Whether a contender is the command of an earlier commit."""
    return name.startswith("before")


# --- cluster --------------------------------------------------------------------------------------------------------


def measure_cluster(path: Path, commands: Mapping[str, str], peers_python: str, repeats: int) -> dict[str, Any]:
    """What ``cluster`` of a file takes, by contender."""
    output = path.with_name("output")
    options = ["cluster", str(path), "--format", "json", "--verbose", "--output", str(output)]
    asked = {name: [command, *options] for name, command in commands.items()}
    asked["script"] = [peers_python, "-m", "benchmarks.user_script", str(path), str(output)]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in asked}
    stages: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for turn in range(repeats):
        for name, done in runs.items():
            if is_asked_again(done):
                done.append(whole_process(asked[name], output, elsewhere=is_earlier(name)))
                print(f"turn {turn + 1} of {repeats}: {path.stem}, {name}: {done[-1]}", file=sys.stderr, flush=True)
                if name in stages and "missing" not in done[-1]:
                    stages[name].append(json.loads(output.read_text("utf-8"))["timings"])
    with path.open("rb") as file:
        articles = sum(1 for _ in file)
    figures = {name: medians(done) for name, done in runs.items()}
    for name, own in figures.items():
        if "missing" not in own:
            own["cpu_us_an_article"] = round(own["cpu_s"] / articles * 1e6)
            own["kb_an_article"] = round(own["peak_mb"] * 1024 / articles, 1)
        if stages.get(name):
            taken = stages[name]
            own["stages_s"] = {stage: round(statistics.median(one[stage] for one in taken), 3) for stage in taken[0]}
    return {"articles": articles, "mb": round(path.stat().st_size / 1e6), "contenders": figures}


def cluster_goals(collections: Mapping[str, Mapping[str, Any]]) -> Goals:
    """The goals for ``cluster``, for the contenders that ran."""
    goals: Goals = {}
    for name, own in collections.items():
        ran = {contender: one for contender, one in own["contenders"].items() if "missing" not in one}
        ours = ran["dedupe"]
        for contender in filter(is_earlier, ran):
            if name in LEAST_FASTER:
                times = ran[contender]["wall_s"] / ours["wall_s"]
                goals[f"{name}, times our wall time: {contender}"] = goal(times, least=LEAST_FASTER[name])
            if name in MOST_MEMORY:
                part = ours["peak_mb"] / ran[contender]["peak_mb"]
                goals[f"{name}, our peak memory to that of {contender}"] = goal(part, most=MOST_MEMORY[name])
        if "script" in ran:
            times = ours["wall_s"] / ran["script"]["wall_s"]
            goals[f"{name}, our wall time to that of the user's script"] = goal(times, most=MOST_SCRIPTS)
    variants = {own["articles"]: own["contenders"]["dedupe"] for name, own in collections.items() if "variants" in name}
    if len(variants) > 1:
        small, large = min(variants), max(variants)
        growth = variants[large]["cpu_us_an_article"] / variants[small]["cpu_us_an_article"]
        goals[f"CPU time of an article among {large} variants to among {small}"] = goal(growth, most=MOST_GROWTH)
        if large >= LARGE:
            goals[f"KB an article of {large} variants"] = goal(variants[large]["kb_an_article"], most=MOST_KB)
    return goals


# --- small runs -----------------------------------------------------------------------------------------------------


def measure_small(commands: Mapping[str, str]) -> dict[str, Any]:
    """What the smallest runs take, and what Python and the imports alone."""
    seeds = sorted(str(path) for path in (ROOT / "seeds").glob("*.txt"))
    arguments = {
        "cluster seeds/": ["cluster", str(ROOT / "seeds")],
        "align": ["align", *seeds[:2]],
        "--help": ["--help"],
    }
    asked = {"pass": [sys.executable, "-c", "pass"], "imports": [sys.executable, "-c", "import numpy, pyarrow"]}
    for contender, command in commands.items():
        for name, own in arguments.items():
            asked[f"{name}, {contender}" if is_earlier(contender) else name] = [command, *own]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in asked}
    for _ in range(SMALL_REPEATS):
        for name, done in runs.items():
            done.append(whole_process(asked[name], elsewhere="before" in name))
    return {name: medians(done, digits=4) for name, done in runs.items()}


def small_goals(small: Mapping[str, Mapping[str, Any]]) -> Goals:
    goals = {
        f"{name} to importing NumPy and pyarrow": goal(small[name]["wall_s"] / small["imports"]["wall_s"], most=most)
        for name, most in MOST_IMPORTS.items()
    }
    starts = small["--help"]["wall_s"] / small["pass"]["wall_s"]
    return goals | {"--help to python -c pass": goal(starts, most=MOST_STARTS)}


# --- threads --------------------------------------------------------------------------------------------------------


def measure_threads(folder: Path, articles: int, repeats: int) -> dict[str, Any]:
    """Wall and CPU time of one thread and of two."""
    names = ("news.jsonl", "pages.jsonl", "audited.jsonl", "pairs.jsonl", "output")
    news, pages, audited, pairs, output = (folder / name for name in names)
    first_articles(news, articles)
    rows = rows_of(bench_data() / "wire_helsinki.jsonl.gz")
    for path, some in ((pages, rows), (audited, rows[:AUDITED])):
        path.write_text("".join(json.dumps(row) + "\n" for row in some), "utf-8")
    every = list(itertools.combinations([row["id"] for row in rows], 2))
    drawn = random.Random(7).sample(every, ALIGNED_PAIRS)
    pairs.write_text("".join(json.dumps({"id": f"{a} {b}", "a": a, "b": b}) + "\n" for a, b in drawn), "utf-8")
    arguments: dict[str, Callable[[int], list[str]]] = {
        "pairs": lambda number: ["pairs", str(news), "--format", "jsonl", "--threads", str(number)],
        "cluster": lambda number: ["cluster", str(news), "--format", "json", "--threads", str(number)],
        "align --pairs": lambda number: [
            *("align", "--articles", str(pages), "--pairs", str(pairs), "--processes", str(number))
        ],
        "audit": lambda number: ["audit", str(audited), "--format", "json", "--processes", str(number)],
    }
    runs: dict[str, dict[int, list[dict[str, Any]]]] = {name: {1: [], 2: []} for name in arguments}
    for turn in range(repeats):
        for name, by_number in runs.items():
            for number, done in by_number.items():
                command = [program(), *arguments[name](number), "--output", str(output)]
                done.append(whole_process(command, output))
                print(f"turn {turn + 1} of {repeats}: {name}, {number}: {done[-1]}", file=sys.stderr, flush=True)
    figures = {}
    for name, by_number in runs.items():
        one, two = (medians(done) for done in by_number.values())
        speedup = round(one["wall_s"] / two["wall_s"], 3)
        figures[name] = {"one": one, "two": two, "speedup": speedup}
    return figures


def thread_goals(threads: Mapping[str, Mapping[str, Any]]) -> Goals:
    return {
        f"{name}: one thread to two": goal(threads[name]["speedup"], least=LEAST_SPEEDUP)
        for name in ("pairs", "cluster", "align --pairs")
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--before", help="the dedupe command of an earlier commit, as its README installs it")
    options.add_argument("--before-fast", help="the same with everything that makes it faster")
    options.add_argument("--before-commit", default="unknown", help="its name, for the figures")
    options.add_argument("--peers-python", default=os.environ.get("DEDUPE_PEERS_PYTHON", sys.executable))
    options.add_argument("--articles", type=int, nargs="*", default=[12_000])
    options.add_argument("--variants", type=int, nargs="*", default=[12_000, 25_000])
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--only", nargs="*", choices=SECTIONS, default=SECTIONS)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    commands = {"dedupe": program(), "before": asked.before, "before_fast": asked.before_fast}
    commands = {name: command for name, command in commands.items() if command}
    result: dict[str, Any] = {"repeats": asked.repeats, "before": asked.before_commit}
    goals: Goals = {}
    with tempfile.TemporaryDirectory() as place:
        if "small" in asked.only:
            result["small"] = measure_small(commands)
            goals |= small_goals(result["small"])
        if "threads" in asked.only:
            result["threads"] = measure_threads(Path(place), max([1_000, *asked.articles]), asked.repeats)
            goals |= thread_goals(result["threads"])
        if "cluster" in asked.only:
            result["cluster"] = {}
            for name in [*map(str, asked.articles), *(f"{number} variants" for number in asked.variants)]:
                path = Path(place, f"{name}.jsonl")
                if "variants" in name:
                    scale.make(path, int(name.split()[0]), scale.SEED, dated=True)
                else:
                    first_articles(path, int(name))
                result["cluster"][name] = measure_cluster(path, commands, asked.peers_python, asked.repeats)
                path.unlink()
            goals |= cluster_goals(result["cluster"])
    keep_figures("commands", result | {"goals": goals, "missed": missed(goals)}, asked.write)


if __name__ == "__main__":
    main()
