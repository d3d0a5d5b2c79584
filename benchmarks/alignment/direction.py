"""Measure how often each kind of evidence for a direction is right, on labelled pairs that are made at run time.

    python -m benchmarks.alignment.direction [--write]

The pairs are made with a fixed seed from articles of news_allsides in DEDUPE_BENCH_DATA (default ../shared/data), as
many of each kind:

- ``cut``: the source, and the source without its end, without some sentences, or without some paragraphs;
- ``extended``: the source, and the source with background from another article on alike subjects;
- ``reworked``: the source, and the source first cut and then extended;
- ``agency``: two texts that were cut or extended from a third one, which is not in the pair. Neither is the source.

Two thirds have publication times; a source is earlier than what was made of it, and the texts of an agency are in
random order. A quarter of the derived texts credit the publisher of the source. Half of the texts of an agency say that
they print it, an eighth of the pairs say it on one side only, and in a tenth one text cites the publisher of the other
for something else.

A verdict is right if it names the source; on a pair of an agency none is. ``--write`` stores the figures in
benchmarks/results/direction.json, and the shipped probabilities in dedupe/data/direction.json.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from benchmarks.common import ROOT, bench_data, keep_figures, rows_of
from dedupe.alignment.align import align
from dedupe.alignment.direction import MIN_CONTAINED, direction, evidence_name
from dedupe.article import Article
from dedupe.text.sentences import sentences

SEED, PAIRS_A_KIND = 22, 400
LEAST_WORDS, MOST_WORDS = 250, 900
"""Words of the articles from which pairs are made."""
EVIDENCE = ("credit", "credit and time", "time and containment", "time")
KINDS = ("cut", "extended", "reworked", "agency")

Paragraphs = list[list[str]]
"""The sentences of every paragraph of a text."""


class Pair(NamedTuple):
    """Two articles, how they were made, and whether the left one (or neither) is the source."""

    kind: str
    left: Article
    right: Article
    is_left_source: bool | None


def paragraphs(text: str) -> Paragraphs:
    lines = (line.strip() for line in re.split(r"\n+", text))
    return [[line[start:end] for start, end in sentences(line)] for line in lines if line]


def joined(parts: Paragraphs) -> str:
    return "\n".join(" ".join(part) for part in parts if part)


def cut(parts: Paragraphs, draw: random.Random) -> Paragraphs:
    """The text without its end, without some sentences, or without some paragraphs; the first sentence stays."""
    how = draw.choice(("end", "sentences", "paragraphs", "both"))
    if how == "paragraphs":
        lost = draw.uniform(0.2, 0.5)
        return [part for k, part in enumerate(parts) if k == 0 or draw.random() > lost]
    if how in ("end", "both"):
        parts = first_sentences(parts, int(sum(map(len, parts)) * draw.uniform(0.4, 0.8)))
    if how in ("sentences", "both"):
        lost = draw.uniform(0.1, 0.35)
        parts = [
            [one for j, one in enumerate(part) if k == j == 0 or draw.random() > lost] for k, part in enumerate(parts)
        ]
    return [part for part in parts if part]


def first_sentences(parts: Paragraphs, number: int) -> Paragraphs:
    kept: Paragraphs = []
    for part in parts:
        if number > 0:
            kept.append(part[:number])
            number -= len(part)
    return kept


def extended(parts: Paragraphs, background: Paragraphs, draw: random.Random) -> Paragraphs:
    """The text with paragraphs of another one at its end, behind its beginning, or between its own."""
    place = draw.randrange(len(background))
    size = int(sum(map(len, parts)) * draw.uniform(0.2, 0.8)) + 1
    added = first_sentences(background[place:] + background[:place], size)
    how = draw.choice(("end", "start", "between", "between"))
    if how == "end":
        return parts + added
    if how == "start":
        return parts[:1] + added + parts[1:]
    parts = list(parts)
    for part in added:
        parts.insert(draw.randrange(1, len(parts) + 1), part)
    return parts


def names_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\b[A-Z][a-z]{3,}\b", text))


class Maker:
    """Makes pairs from the articles of a collection."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.draw = random.Random(SEED)
        texts = [row["text"] for row in rows if LEAST_WORDS <= len(row["text"].split()) <= MOST_WORDS]
        self.texts = self.draw.sample(texts, len(texts))
        self.names = [names_of(text) for text in self.texts]

    def background(self, text: int) -> Paragraphs:
        """Another text that shares many names with this one, but is no copy of it."""
        others = [other for other in self.draw.sample(range(len(self.texts)), 150) if other != text]
        alike = {other: len(self.names[text] & self.names[other]) / (1 + len(self.names[text])) for other in others}
        return paragraphs(self.texts[max(others, key=lambda other: alike[other] if alike[other] < 0.6 else 0)])

    def texts_of(self, kind: str, text: int) -> tuple[Paragraphs, Paragraphs]:
        """The source and what was made of it; for an agency two texts that were made of one."""
        parts, draw = paragraphs(self.texts[text]), self.draw
        if kind == "agency":
            left, right = (
                extended(cut(parts, draw), self.background(text), draw) if draw.random() < 0.4 else cut(parts, draw)
                for _ in range(2)
            )
            return left, right
        made = parts if kind == "extended" else cut(parts, draw)
        return parts, made if kind == "cut" else extended(made, self.background(text), draw)

    def pair(self, kind: str, text: int) -> Pair:
        draw = self.draw
        first, second = map(joined, self.texts_of(kind, text))
        if kind == "agency":
            says = draw.random()
            first = f"OSLO (AP) — {first}" if says < 0.625 else first
            second = f"OSLO (AP) — {second}" if says < 0.5 else second
            second = f"{second}\nThe mayor told the Gazette on Monday that work goes on." if says > 0.9 else second
        elif draw.random() < 0.25:
            second = (
                f"{second}\nThis was first reported by the Gazette."
                if draw.random() < 0.5
                else f"The Gazette reported this first.\n{second}"
            )
        at = datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=draw.randrange(10_000))
        times = (at, at + timedelta(minutes=draw.randrange(10, 3000))) if draw.random() < 2 / 3 else (None, None)
        if kind == "agency" and draw.random() < 0.5:
            times = times[::-1]
        source = Article("a", text=first, publisher="Gazette", published_at=times[0])
        taker = Article("b", text=second, publisher="Post", published_at=times[1])
        is_swapped = draw.random() < 0.5
        sides = (taker, source) if is_swapped else (source, taker)
        return Pair(kind, *sides, None if kind == "agency" else not is_swapped)


def measure(pairs: list[Pair]) -> dict[str, Any]:
    verdicts, right = Counter[str](), Counter[str]()
    outcomes = {kind: Counter[str]() for kind in KINDS}
    longer_is = Counter[str]()
    for pair in pairs:
        alignment = align(pair.left, pair.right)
        found = direction(pair.left, pair.right, alignment)
        is_left_contained = alignment.left_reused >= MIN_CONTAINED
        if is_left_contained != (alignment.right_reused >= MIN_CONTAINED):
            is_right_longer = is_left_contained
            longer_is[
                "neither"
                if pair.is_left_source is None
                else "source"
                if pair.is_left_source != is_right_longer
                else "taker"
            ] += 1
        outcome = "undetermined"
        if found.verdict != "undetermined":
            name = evidence_name({reason.kind for reason in found.reasons if reason.points == found.verdict}, alignment)
            wanted = {True: "left_to_right", False: "right_to_left", None: None}[pair.is_left_source]
            verdicts[name] += 1
            right[name] += found.verdict == wanted
            outcome = "right" if found.verdict == wanted else "wrong"
        outcomes[pair.kind][outcome] += 1
    return {
        "pairs": len(pairs),
        "verdicts": {name: verdicts[name] for name in EVIDENCE},
        "right": {name: right[name] for name in EVIDENCE},
        "share_right": {name: round(right[name] / max(1, verdicts[name]), 3) for name in EVIDENCE},
        "outcomes": {
            kind: {name: found[name] for name in ("right", "wrong", "undetermined")} for kind, found in outcomes.items()
        },
        "the_text_that_contains_the_other_is": {name: longer_is[name] for name in ("source", "taker", "neither")},
    }


def main() -> None:
    maker = Maker(rows_of(bench_data() / "news_allsides.jsonl.gz"))
    pairs = [maker.pair(kind, text) for text, kind in enumerate(KINDS * PAIRS_A_KIND)]
    figures = measure([pair for pair in pairs if pair.left.text and pair.right.text])
    write = "--write" in sys.argv
    keep_figures("direction", figures, write)
    if write:
        shipped = {
            "source": "Verdicts of dedupe.alignment.direction by their evidence, and how many were right, on pairs that "
            "benchmarks/alignment/direction.py makes; it writes this file.",
            "verdicts": figures["verdicts"],
            "right": figures["right"],
        }
        path = ROOT / "dedupe" / "data" / "direction.json"
        path.write_text(json.dumps(shipped, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
