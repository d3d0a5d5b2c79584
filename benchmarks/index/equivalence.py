"""Does the index, given one article at a time, find the copies that `dedupe cluster` finds, and all that there are?

    python -m benchmarks.index.equivalence [--write]

Reads wire_helsinki from DEDUPE_BENCH_DATA, in the order of time. The truth comes from comparing all pairs as plain
Python sets (see benchmarks/copies/quality.py): an article is a copy if its Jaccard with an earlier one is at least 0.5,
or if one of the two contains 0.8 of the other. Of the package, only what it takes for boilerplate is used, which is left
out on both sides. It also measures how far the copy groups (`canonical`) agree with those of the collection (B-cubed).
Exits 1 if a goal is missed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter

import pyarrow as pa

from benchmarks.common import bench_data, keep_figures, rows_of
from benchmarks.copies.quality import truth
from dedupe import Article, cluster
from dedupe.evaluation import evaluate
from dedupe.index import Index
from dedupe.text.furniture import without_boilerplate

GOALS = {"recall": 0.99, "precision": 1.0, "wrong_numbers": 0, "unlike_batch": 0, "changed_on_redelivery": 0}
COPIES = {"identical": 0, "near_duplicate": 1, "excerpt": 2}


def canonical(page: dict[str, str]) -> tuple[bool, str, int, str]:
    """Sort key in the order of `dedupe cluster`: earliest first, then longest, then by id."""
    return (not page.get("published_at"), page.get("published_at") or "", -len(page["text"]), page["id"])


def main() -> int:
    """Run, print the figures, and compare them with the goals."""
    pages = sorted(rows_of(bench_data() / "wire_helsinki.jsonl.gz"), key=canonical)
    articles = [
        Article(p["id"], text=p["text"], publisher=p.get("source"), published_at=p.get("published_at")) for p in pages
    ]
    place = {page["id"]: i for i, page in enumerate(pages)}
    compared = without_boilerplate(pa.chunked_array([pa.array([page["text"] for page in pages], pa.large_string())]))
    numbers, near, excerpts = truth(
        [page | {"text": text} for page, text in zip(pages, compared.to_pylist(), strict=True)]
    )
    copies = {max(pair, key=place.__getitem__) for pair in near | excerpts}
    batch = cluster(articles)
    kinds: dict[str, int] = {}
    for relation in batch.relations:
        if relation.kind in COPIES:
            late = max(relation.left, relation.right, key=place.__getitem__)
            kinds[late] = min(kinds.get(late, 9), COPIES[relation.kind])
    with tempfile.TemporaryDirectory() as folder, Index(folder) as index:
        started = time.perf_counter()
        verdicts = [answer for article in articles for answer in index.check([article])]
        seconds = time.perf_counter() - started
        again = index.check(articles)
    found = {v.id: v for v in verdicts if v.verdict != "new"}
    pairs = {v.id: tuple(sorted((v.id, v.matched_id or ""))) for v in found.values()}
    wrong = sum(abs(numbers.get(pairs[i], (9,))[0] - (v.jaccard or 0)) > 1e-9 for i, v in found.items())
    groups = {v.id: v.canonical for v in verdicts}
    scores = evaluate({row.id: row.canonical for row in batch.rows}, groups)
    figures = {
        "pages": len(pages),
        "copies": len(copies),
        "recall": len(found.keys() & copies) / len(copies),
        "precision": sum(pair in near | excerpts for pair in pairs.values()) / len(found),
        "wrong_numbers": wrong,
        "unlike_batch": sum((v.id in found) != (v.id in kinds) for v in verdicts),
        "other_kind_than_batch": sum(
            v.verdict != "revised" and COPIES[v.verdict] != kinds[v.id] for v in found.values() if v.id in kinds
        ),
        "changed_on_redelivery": sum(
            (a.verdict, a.matched_id, a.jaccard, True) != (b.verdict, b.matched_id, b.jaccard, b.replayed)
            for a, b in zip(verdicts, again, strict=True)
        ),
        "verdicts": dict(Counter(v.verdict for v in verdicts)),
        "groups_b3_f1_against_batch": round(scores.b3_f1, 4),
        "milliseconds_an_article_one_by_one": round(1000 * seconds / len(pages), 1),
    }
    missed = [
        n for n, goal in GOALS.items() if (figures[n] < goal if n in ("recall", "precision") else figures[n] > goal)
    ]
    keep_figures("index_equivalence", figures | {"goals_missed": missed}, "--write" in sys.argv)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
