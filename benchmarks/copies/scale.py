"""Cost, memory and recall of ``near_duplicates`` as a collection grows: 10,000, 100,000 and 1,000,000 articles.

    python -m benchmarks.copies.scale [--sizes 10000 100000] [--folder DIR] [--threads N] [--write]

The articles are variants of news_allsides (DEDUPE_BENCH_DATA), made from one seed: paragraphs of the articles of one
month are shuffled, and one word in three is exchanged for another word of that month, for otherwise the same paragraph
would stand in dozens of a million articles. Every twentieth article is a copy of an earlier one with up to one word in
twenty exchanged; every other twentieth (5 %) ends with one and the same page of boilerplate. What was planted is known,
and its Jaccard is counted with plain sets. Every size runs in a process of its own; ``DIR`` needs 6 KB an article.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import bench_data, cpu_seconds, keep_figures, peak_mb, rows_of

REPLACED, COPY_EVERY, REMEMBERED, BOILERPLATE_WORDS = 3, 20, 5_000, 300
COPY_REPLACED = (0.005, 0.05)
TITLE_WORDS = 9
SEED = 11
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Month:
    """A month (such as 2016-03), the words of all its paragraphs, where each begins, and the paragraphs of each article."""

    name: str
    words: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray


def months() -> list[Month]:
    """Months with 20 articles or more."""
    grouped: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows_of(bench_data() / "news_allsides.jsonl.gz"):
        grouped[(row.get("published_at") or "")[:7]].append([p for p in row["text"].split("\n") if p.split()])
    made = []
    for name, articles in grouped.items():
        if len(articles) >= COPY_EVERY:
            paragraphs = [paragraph.split() for article in articles for paragraph in article]
            words = np.array([word for paragraph in paragraphs for word in paragraph], object)
            starts = np.cumsum([0, *map(len, paragraphs)])
            made.append(Month(name, words, starts, np.array([len(article) for article in articles])))
    return made


def articles(number: int, seed: int) -> Iterator[tuple[str, str, list[str], tuple[str, list[str]] | None]]:
    """Id, month, words and, of a planted copy, id and words of what it was copied from."""
    draw = np.random.default_rng(seed)
    pools = months()
    borders = np.cumsum([month.lengths.size for month in pools]) / sum(month.lengths.size for month in pools)
    page = pools[0].words[draw.integers(pools[0].words.size, size=BOILERPLATE_WORDS)].tolist()
    earlier: list[tuple[str, np.ndarray, Month]] = []
    for i in range(number):
        if i % COPY_EVERY == COPY_EVERY - 1:
            source, words, month = earlier[draw.integers(len(earlier))]
            copied = exchanged(words, draw.uniform(*COPY_REPLACED), month, draw)
            yield f"v{i}", month.name, copied.tolist(), (source, words.tolist())
            continue
        month = pools[np.searchsorted(borders, draw.random())]
        chosen = draw.integers(month.starts.size - 1, size=max(1, month.lengths[draw.integers(month.lengths.size)]))
        words = np.concatenate([month.words[month.starts[p] : month.starts[p + 1]] for p in chosen])
        words = exchanged(words, 1 / REPLACED, month, draw)
        if words.size >= 50 and i % COPY_EVERY:
            place = len(earlier) if len(earlier) < REMEMBERED else draw.integers(REMEMBERED)
            earlier[place : place + 1] = [(f"v{i}", words, month)]
        yield f"v{i}", month.name, words.tolist() + ([] if i % COPY_EVERY else page), None


def exchanged(words: np.ndarray, share: float, month: Month, draw: np.random.Generator) -> np.ndarray:
    """A share of the words exchanged for other words of the month, common ones oftener."""
    others = month.words[draw.integers(month.words.size, size=words.size)]
    return np.where(draw.random(words.size) < share, others, words)


def shingles(words: list[str]) -> set[tuple[str, ...]]:
    """Word-5-grams, without any code of the package."""
    forms = WORD.findall(" ".join(words).lower())
    return {tuple(forms[i : i + 5]) for i in range(len(forms) - 4)}


def make(path: Path, number: int, seed: int, dated: bool = False) -> list[tuple[str, str]]:
    """Write the articles; the planted pairs with a Jaccard of 0.5 or more.

    ``dated``: with a day of their month, and with their first words as titles, as ``cluster`` reads them.
    """
    planted = []
    with path.open("w", encoding="utf-8") as file:
        for name, month, words, origin in articles(number, seed):
            record = {"id": name, "text": " ".join(words)}
            if dated and len(month) == len("2016-03"):
                day = int(name[1:]) % 28 + 1
                record |= {"title": " ".join(words[:TITLE_WORDS]), "published_at": f"{month}-{day:02}"}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            if origin:
                left, right = shingles(origin[1]), shingles(words)
                if len(left & right) >= 0.5 * len(left | right):
                    planted.append((origin[0], name))
    return planted


def run(path: Path, threads: int) -> None:
    """Find the near duplicates of a file; figures and pairs as JSON on stdout. What the first use loads is not counted."""
    from dedupe import Settings, near_duplicates

    settings = Settings(threads=threads)
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.jsonl"
        few.write_text("".join(json.dumps({"id": i, "text": "a few words " * 9}) + "\n" for i in "ab"))
        near_duplicates([few], settings)
    began: list[tuple[str, float]] = []
    wall, cpu = time.perf_counter(), cpu_seconds()
    found = near_duplicates([path], settings, progress=lambda stage: began.append((stage, cpu_seconds())))
    wall, cpu, end = time.perf_counter() - wall, cpu_seconds() - cpu, cpu_seconds()
    ends = [*(at for _, at in began[1:]), end]
    stages = {stage: round(after - at, 2) for (stage, at), after in zip(began, ends, strict=True)}
    figures = {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "peak_mb": round(peak_mb()), "stages_cpu_s": stages}
    pairs = [(pair.left, pair.right) for pair in found.relations]
    json.dump({"figures": figures | found.counts, "pairs": pairs}, sys.stdout)


def measure(number: int, folder: Path, threads: int) -> dict[str, Any]:
    """Make a collection, find its near duplicates in a process of its own, forget it."""
    path = folder / f"variants-{number}.jsonl"
    planted = make(path, number, SEED)
    size = path.stat().st_size
    print(f"{number} articles made, {size / 1e6:.0f} MB", file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks.copies.scale", "--run", str(path), "--threads", str(threads)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    path.unlink()
    found = {frozenset(pair) for pair in answer["pairs"]}
    hits = sum(frozenset(pair) in found for pair in planted)
    figures = answer["figures"] | {"mb": round(size / 1e6), "planted": len(planted), "found": hits}
    figures["recall"] = round(hits / len(planted), 5)
    figures["cpu_us_an_article"] = round(figures["cpu_s"] / number * 1e6, 1)
    figures["cpu_us_a_kb"] = round(figures["cpu_s"] / size * 1e9, 2)
    return figures


def main() -> None:
    """Every size in turn."""
    options = argparse.ArgumentParser()
    options.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    if asked.run:
        run(asked.run, asked.threads)
        return
    sizes = {str(number): measure(number, asked.folder, asked.threads) for number in asked.sizes}
    keep_figures("scale", {"seed": SEED, "threads": asked.threads, "sizes": sizes}, asked.write)


if __name__ == "__main__":
    main()
