"""Check copies on real wire copy against exhaustive truth: every pair of pages compared as plain Python sets.

    python -m benchmarks.copies.quality [--write]

Reads wire_helsinki from DEDUPE_BENCH_DATA (default ../shared/data), runs the installed ``dedupe cluster`` on it and
compares its relations with brute force: word-5-gram shingles by ``re`` and ``set``. Of the package, only what it takes
for boilerplate is used, which is left out on both sides. Publishers are hidden for that; with them, groups are checked,
and recall on the whole texts. Exits 1 when a goal is missed. ``--write`` stores the figures in benchmarks/results/copies.json.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa

from benchmarks.common import bench_data, keep_figures, rows_of, run_cluster
from dedupe.text.furniture import without_boilerplate

GOALS = {
    "near_duplicate_recall": 0.995,
    "excerpt_recall": 0.98,
    "whole_near_duplicate_recall": 0.98,
    "whole_excerpt_recall": 0.98,
    "wrong_numbers": 0,
    "false_pairs": 0,
    "mixed_groups": 0,
}
COPIES = ("identical", "near_duplicate", "excerpt")
Pair = tuple[str, str]


def shingles(text: str) -> tuple[set[tuple[str, ...]], int]:
    """Word-5-gram set and number of words, by regular expression. The pages have soft hyphens, which readers do not see."""
    words = re.findall(r"\w+", text.replace("\u00ad", "").lower())
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}, len(words)


def truth(pages: list[dict[str, str]]) -> tuple[dict[Pair, tuple[float, float, float]], set[Pair], set[Pair]]:
    """Jaccard and both containments of every pair that shares a shingle; near duplicates; excerpts."""
    sets = {page["id"]: shingles(page["text"]) for page in pages}
    numbers, near, excerpts = {}, set(), set()
    for (left, (a, a_words)), (right, (b, b_words)) in itertools.combinations(sorted(sets.items()), 2):
        shared = len(a & b)
        if shared:
            numbers[left, right] = (shared / len(a | b), shared / len(a), shared / len(b))
            if numbers[left, right][0] >= 0.5:
                near.add((left, right))
            if (numbers[left, right][1] >= 0.8 and a_words >= 40) or (numbers[left, right][2] >= 0.8 and b_words >= 40):
                excerpts.add((left, right))
    return numbers, near, excerpts


def reported(document: dict) -> dict[Pair, tuple[tuple[float, float, float], str]]:
    """The relations of the report by sorted ids, with their numbers turned to that order."""
    found = {}
    for r in document["relations"]:
        ids, shares = (r["left"], r["right"]), (r["left_in_right"], r["right_in_left"])
        if ids[0] > ids[1]:
            ids, shares = ids[::-1], shares[::-1]
        found[ids] = ((r["jaccard"], *shares), r["kind"])
    return found


def mixed_groups(document: dict, event_of: dict[str, str], field: str) -> int:
    """Groups of two or more in which pages of different events stand together."""
    events = defaultdict(set)
    for row in document["articles"]:
        events[row[field]].add(event_of[row["id"]])
    return sum(len(found) > 1 for found in events.values())


def main() -> int:
    """Run, print, compare with the goals."""
    path = bench_data() / "wire_helsinki.jsonl.gz"
    pages = rows_of(path)
    _, whole_near, whole_excerpts = truth(pages)
    compared = without_boilerplate(pa.chunked_array([pa.array([page["text"] for page in pages], pa.large_string())]))
    numbers, near, excerpts = truth(
        [page | {"text": text} for page, text in zip(pages, compared.to_pylist(), strict=True)]
    )
    document = json.loads(run_cluster(path, "--format", "json"))
    with tempfile.TemporaryDirectory() as folder:
        # What publishers repeat is left out too, which brute force knows nothing about.
        anonymous = Path(folder) / "pages.jsonl"
        anonymous.write_text("\n".join(json.dumps(page | {"source": None}) for page in pages), encoding="utf-8")
        found = reported(json.loads(run_cluster(anonymous, "--format", "json")))
    whole_copies = {pair for pair, (_, kind) in reported(document).items() if kind in COPIES}
    copies = {pair for pair, (_, kind) in found.items() if kind in COPIES}
    wrong = [
        p
        for p, (n, _) in found.items()
        if any(abs(x - y) > 1e-9 for x, y in zip(n, numbers.get(p, (0, 0, 0)), strict=True))
    ]
    event_of = {page["id"]: page["event"] for page in pages}
    figures = {
        "pages": len(pages),
        "near_duplicates": len(near),
        "near_duplicate_recall": len(near & found.keys()) / len(near),
        "excerpts": len(excerpts),
        "excerpt_recall": len(excerpts & copies) / len(excerpts),
        "whole_near_duplicate_recall": len(whole_near & whole_copies) / len(whole_near),
        "whole_excerpt_recall": len(whole_excerpts & whole_copies) / len(whole_excerpts),
        "relations": dict(Counter(kind for _, kind in found.values())),
        "wrong_numbers": len(wrong),
        "false_pairs": len(copies - near - excerpts),
        "mixed_groups": mixed_groups(document, event_of, "copy_group") + mixed_groups(document, event_of, "story"),
        "independent_texts": document["counts"]["texts"],
    }
    missed = [
        name for name, goal in GOALS.items() if (figures[name] < goal if "recall" in name else figures[name] > goal)
    ]
    keep_figures("copies", figures | {"goals_missed": missed}, "--write" in sys.argv)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
