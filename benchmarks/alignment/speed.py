"""Measure how long an alignment takes, also relative to comparing every sentence with every sentence in rapidfuzz.

    python -m benchmarks.alignment.speed [--write]

Aligns ten pairs of news articles of about 600 words that share sentences, from wire_helsinki in DEDUPE_BENCH_DATA
(default ../shared/data), on one core. Three things are timed: ``dedupe.align`` from text to result, the same for texts
that were tokenized before, and ``rapidfuzz.process.cdist`` with ``fuzz.ratio`` over the sentences of both. Each time is
the best of several rounds, because a busy machine can only add time. Exits with 1 if ten pairs of tokenized texts take
10 ms or more. ``--write`` stores the figures in benchmarks/results/align_speed.json.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from rapidfuzz import fuzz, process

from benchmarks.common import bench_data, keep_figures, rows_of
from dedupe.alignment.align import align, align_tokenized
from dedupe.alignment.tokenized import tokenize
from dedupe.text import words
from dedupe.text.sentences import sentences

PAIRS, WORDS, ROUNDS = 10, (540, 660), 30
"""Pairs of articles, least and most words of an article, and runs of which the shortest counts."""
GOAL_MS = 10.0
"""Milliseconds for all pairs of tokenized texts."""


def chosen() -> list[tuple[str, str]]:
    """Ten pairs of articles: those that share the most sentences, each article in one pair only."""
    pages = [row["text"] for row in rows_of(bench_data() / "wire_helsinki.jsonl.gz")]
    pages = sorted({page for page in pages if WORDS[0] <= len(words.words(page).forms) <= WORDS[1]})
    sentences = [set(cut(page)) for page in pages]
    pairs = [
        (len(sentences[i] & sentences[j]), i, j) for i in range(len(pages)) for j in range(i) if pages[i] != pages[j]
    ]
    used: set[int] = set()
    found = []
    for _, i, j in sorted(pairs, reverse=True):
        if not {i, j} & used and len(found) < PAIRS:
            used |= {i, j}
            found.append((pages[i], pages[j]))
    return found


def cut(page: str) -> list[str]:
    """The sentences of a text."""
    return [page[start:end] for start, end in sentences(page)]


def best_ms(run: Callable[[], object]) -> float:
    """The shortest of several runs, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def main() -> None:
    pairs = chosen()
    wordings = [(tokenize(left), tokenize(right)) for left, right in pairs]
    sentences = [(cut(left), cut(right)) for left, right in pairs]
    whole = best_ms(lambda: [align(left, right) for left, right in pairs])
    ready = best_ms(lambda: [align_tokenized(left, right) for left, right in wordings])
    matrix = best_ms(lambda: [process.cdist(a, b, scorer=fuzz.ratio, workers=1) for a, b in sentences])
    figures = {
        "pairs": len(pairs),
        "sentences_a_pair": round(sum(len(a) + len(b) for a, b in sentences) / len(pairs), 1),
        "align_from_text_ms": round(whole, 2),
        "align_read_before_ms": round(ready, 2),
        "rapidfuzz_cdist_ms": round(matrix, 2),
        "from_text_to_cdist": round(whole / matrix, 2),
        "read_before_to_cdist": round(ready / matrix, 2),
        "goal_ms": GOAL_MS,
    }
    keep_figures("align_speed", figures, "--write" in sys.argv)
    if ready >= GOAL_MS:
        print(f"ten pairs took {ready:.1f} ms, goal {GOAL_MS} ms", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
