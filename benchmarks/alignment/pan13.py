"""Measure how well passages are found and bounded, on the training corpus of PAN-2013 text alignment.

    python -m benchmarks.alignment.pan13                      all 5,185 pairs, on one core in about 20 s
    python -m benchmarks.alignment.pan13 --half tune          the half used for tuning; --half check is the other one
    python -m benchmarks.alignment.pan13 --pairs 600          a stratified sample
    python -m benchmarks.alignment.pan13 --detected FILE      also writes the detections, one JSON line a pair

Prints, for each half and each type of obfuscation, plagdet, recall, precision and granularity. They are counted in
characters and macro-averaged over passages (Potthast et al. 2010). A checksum of its id puts a pair into a half. The
corpus (Potthast et al. 2013) is read from DEDUPE_BENCH_DATA (default ../shared/data).
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.common import keep_figures
from dedupe.alignment.align import align_passages
from dedupe.alignment.tokenized import TokenizedText, tokenize

Passage: TypeAlias = tuple[int, int, int, int]
"""Offset and length in the first text, then offset and length in the second one, all in characters."""
Row: TypeAlias = dict[str, Any]


def rows(name: str) -> list[Row]:
    path = Path(os.environ.get("DEDUPE_BENCH_DATA", "../shared/data")) / name
    if not path.exists():
        sys.exit(f"{path} is absent: set DEDUPE_BENCH_DATA to the folder that holds it")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def half(pair: Row) -> str:
    """The half of the corpus that a pair belongs to, "tune" or "check"."""
    return "tune" if zlib.crc32(pair["id"].encode()) % 2 == 0 else "check"


def sample(pairs: list[Row], size: int) -> list[Row]:
    """About ``size`` pairs, the same ones every time, with the corpus' shares of types and of pairs with reuse."""
    strata: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    for pair in sorted(pairs, key=lambda pair: zlib.crc32(("sample" + pair["id"]).encode())):
        strata[pair["type"], bool(pair["spans"])].append(pair)
    return [pair for members in strata.values() for pair in members[: max(1, size * len(members) // len(pairs))]]


def detect(pairs: list[Row]) -> dict[str, list[Passage]]:
    """The detected passages of each pair, by the pair's id. Each text is tokenized once."""
    texts = {row["id"]: row["text"] for row in rows("reuse_pan13_docs.jsonl.gz")}
    wordings: dict[str, TokenizedText] = {}
    found: dict[str, list[Passage]] = {}
    for pair in pairs:
        for name in (pair["a"], pair["b"]):
            if name not in wordings:
                wordings[name] = tokenize(texts[name])
        found[pair["id"]] = [
            (p.left.start, p.left.end - p.left.start, p.right.start, p.right.end - p.right.start)
            for p in align_passages(wordings[pair["a"]], wordings[pair["b"]])
        ]
    return found


def overlap(one: Passage, other: Passage) -> bool:
    """Whether two passages share characters in both texts."""
    return all(one[k] < other[k] + other[k + 1] and other[k] < one[k] + one[k + 1] for k in (0, 2))


def covered(intervals: Iterable[tuple[int, int]]) -> int:
    """The length of the union of half-open intervals."""
    total, reached = 0, -1
    for start, end in sorted(intervals):
        if end > reached:
            total += end - max(start, reached)
            reached = end
    return total


def mean_cover(passages: dict[str, list[Passage]], others: dict[str, list[Passage]]) -> float:
    """The mean, over ``passages``, of the share of both sides that overlapping passages of ``others`` cover.

    With the true passages first this is the recall, with the detected ones first the precision. 0.0 without passages.
    """
    shares = []
    for pair, members in passages.items():
        for one in members:
            hits = [other for other in others.get(pair, ()) if overlap(one, other)]
            sides = (
                covered((max(one[k], o[k]), min(one[k] + one[k + 1], o[k] + o[k + 1])) for o in hits) for k in (0, 2)
            )
            shares.append(sum(sides) / (one[1] + one[3]))
    return sum(shares) / len(shares) if shares else 0.0


def score(pairs: list[Row], detected: dict[str, list[Passage]]) -> Row:
    """Plagdet and its components over some pairs, and on how many of them anything was detected."""
    gold = {
        pair["id"]: [(s["a_off"], s["a_len"], s["b_off"], s["b_len"]) for s in pair["spans"]]
        for pair in pairs
        if pair["spans"]
    }
    found = {pair["id"]: detected[pair["id"]] for pair in pairs if detected[pair["id"]]}
    recall, precision = mean_cover(gold, found), mean_cover(found, gold)
    counts = [sum(overlap(one, other) for other in found.get(pair, ())) for pair, ones in gold.items() for one in ones]
    hits = [count for count in counts if count]
    granularity = sum(hits) / len(hits) if hits else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "plagdet": round(f1 / math.log2(1 + granularity), 4),
        "recall": round(recall, 4),
        "precision": round(precision, 4),
        "granularity": round(granularity, 4),
        "pairs": len(pairs),
        "pairs_with_detection": len(found),
        "pairs_with_detection_but_no_reuse": sum(pair["id"] in found and not pair["spans"] for pair in pairs),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--half", choices=["tune", "check"], help="only this half")
    arguments.add_argument("--pairs", type=int, help="only a stratified sample of about this many pairs")
    arguments.add_argument("--detected", type=Path, help="write the detections to this file")
    arguments.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = arguments.parse_args()
    pairs = [pair for pair in rows("reuse_pan13_pairs.jsonl.gz") if options.half in (None, half(pair))]
    if options.pairs:
        pairs = sample(pairs, options.pairs)
    began = time.perf_counter()
    detected = detect(pairs)
    seconds = time.perf_counter() - began
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for pair in pairs:
        for name in (half(pair), "both"):
            groups[name, pair["type"]].append(pair)
            groups[name, "all"].append(pair)
    figures: dict[str, object] = {
        f"{name}, {kind}": score(members, detected) for (name, kind), members in sorted(groups.items())
    }
    figures["milliseconds_per_pair"] = round(1000 * seconds / len(pairs), 2)
    keep_figures("pan13", figures, options.write)
    if options.detected:
        keys = ("a_off", "a_len", "b_off", "b_len")
        lines = ({"id": name, "spans": [dict(zip(keys, p, strict=True)) for p in ps]} for name, ps in detected.items())
        options.detected.write_text("".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main()
