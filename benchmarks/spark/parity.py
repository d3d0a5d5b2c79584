"""Whether ``dedupe spark`` finds what one machine finds: rows and differences for each data set and number of partitions.

    python -m benchmarks.spark.parity [--only seeds desk wire_helsinki …] [--verbs pairs copies audit] [--partitions 1 2 7]
        [--folder DIR] [--write]

All sets but ``hot`` come from DEDUPE_BENCH_DATA, or are the seeds. ``hot`` is one text with two words of its own in
each of HOT articles, made from one seed. The lines of every input are shuffled, and what is compared is sorted: the
rows of ``pairs``, the relations, the copy group of every article, and the pairs that ``audit`` aligns. Figures go to
benchmarks/results/spark_parity.json after each of them, so that a run that is ended keeps what it has; those of sets
and verbs that are not asked for stay there.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, ROOT, bench_data, keep_figures, rows_of

HOT, HOT_WORDS, SEED = 20_000, 60, 5
COMPARED = ("pairs", "relations", "copy groups", "audit candidates")
SETS = {
    "seeds": ("pairs", "copies", "audit"),
    "desk": ("pairs", "copies", "audit"),
    "hot": ("pairs",),
    "news_allsides": ("pairs", "copies"),
    "wire_helsinki": ("audit",),
    "allsides_2000": ("audit",),
}
"""The verbs that are compared on each set. ``audit`` takes too long on one machine for the largest."""

FILES = {
    "desk": ("stories_desk", None),
    "news_allsides": ("news_allsides", 12_000),
    "wire_helsinki": ("wire_helsinki", None),
    "allsides_2000": ("news_allsides", 2_000),
}
"""The file of a set, and how many of its first articles are taken."""

NAME = "spark_parity"
NUMBERS = ("kind", "jaccard", "left_in_right", "right_in_left")


def records(name: str) -> list[dict[str, Any]]:
    """The articles of a set, as records."""
    if name == "seeds":
        files = sorted((ROOT / "seeds").glob("*.txt"))
        return [{"id": file.stem, "text": file.read_text("utf-8")} for file in files]
    if name == "hot":
        draw = random.Random(SEED)
        words = [f"w{draw.randrange(3_000)}" for _ in range(HOT_WORDS)]
        return [{"id": f"h{i}", "text": " ".join([f"a{i}", *words, f"b{i}"])} for i in range(HOT)]
    file, articles = FILES[name]
    return rows_of(bench_data() / f"{file}.jsonl.gz")[:articles]


def compared(verb: str, work: Any, path: Path) -> Iterator[tuple[str, set[Any], set[Any]]]:  # noqa: ANN401
    """What Spark and one machine find: the name of the rows, those of Spark and those of one machine."""
    from dedupe import Settings, cluster, near_duplicates
    from dedupe.audit.audit import audit
    from dedupe.schemas import ARTICLES as SCHEMA
    from dedupe.spark import (
        find_audit_candidates,
        find_copies,
        find_pairs,
        find_stories,
        in_canonical_order,
        read_articles,
    )
    from dedupe.spark.order import ID_AT

    articles = read_articles(work, str(path))
    table = articles.select(*SCHEMA.names).toArrow().cast(SCHEMA).sort_by("id")
    if verb == "pairs":
        found = find_pairs(work, articles, Settings()).pairs.collect()
        names = ("left", "right", *NUMBERS, "shared_shingles")
        alone = near_duplicates(table, Settings()).relations
        yield (
            "pairs",
            {tuple(row[name] for name in names) for row in found},
            {tuple(getattr(row, name) for name in names) for row in alone},
        )
        return
    placed = in_canonical_order(articles)
    copies = find_copies(work, placed, Settings())
    if verb == "audit":
        stories = find_stories(work, placed, copies, Settings())
        chosen = find_audit_candidates(work, placed, copies, stories, Settings()).pairs.collect()
        aligned: list[tuple[str, str]] = []
        audit(table, on_pair=lambda pair: aligned.append((pair.left, pair.right)))
        yield "audit candidates", {(row["a"], row["b"]) for row in chosen}, set(aligned)
        return
    alone = cluster(table)
    yield (
        "relations",
        {
            (
                *(bytes(row[side])[ID_AT:].decode() for side in ("left", "right")),
                *(row[n] for n in NUMBERS),
                row["shared"],
            )
            for row in copies.relations.collect()
        },
        {
            (row.left, row.right, *(getattr(row, name) for name in NUMBERS), row.shared_shingles)
            for row in alone.relations
        },
    )
    yield (
        "copy groups",
        {(row["id"], row["copy_group"]) for row in copies.groups.collect()},
        {(row.id, row.canonical) for row in alone.rows},
    )


def main() -> None:
    """Every set and every number of partitions."""
    options = argparse.ArgumentParser()
    options.add_argument("--only", nargs="*", choices=SETS, default=[*SETS])
    options.add_argument(
        "--verbs", nargs="*", choices=("pairs", "copies", "audit"), default=["pairs", "copies", "audit"]
    )
    options.add_argument("--partitions", type=int, nargs="*", default=[7, 1, 2])
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    from dedupe.spark import Workspace, opened

    warnings.simplefilter("ignore")
    kept = RESULTS / f"{NAME}.json"
    rows: list[dict[str, Any]] = json.loads(kept.read_text("utf-8"))["rows"] if kept.exists() else []
    with opened("local[2]") as spark, tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        for name in asked.only:
            given = records(name)
            for partitions in asked.partitions:
                spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
                random.Random(partitions).shuffle(given)
                path = Path(folder, f"{name}.jsonl")
                path.write_text("".join(json.dumps(record) + "\n" for record in given), encoding="utf-8")
                for verb in [verb for verb in SETS[name] if verb in asked.verbs]:
                    with Workspace(spark, f"{folder}/working") as work:
                        for what, found, alone in compared(verb, work, path):
                            row = {
                                "data": name,
                                "articles": len(given),
                                "partitions": partitions,
                                "what": what,
                                "rows": len(alone),
                                "different": len(found ^ alone),
                            }
                            rows = [known for known in rows if of_row(known) != of_row(row)] + [row]
                            print(row, file=sys.stderr, flush=True)
                rows.sort(key=of_row)
                keep_figures(NAME, {"seed": SEED, "rows": rows}, asked.write)


def of_row(row: dict[str, Any]) -> tuple[int, int, int]:
    """What a row of the figures is about, in their order."""
    return [*SETS].index(row["data"]), row["partitions"], COMPARED.index(row["what"])


if __name__ == "__main__":
    main()
