"""Whether ``dedupe spark`` finds what one machine finds: rows and differences for each data set and number of partitions.

    python -m benchmarks.spark.parity [--only seeds desk hot news_allsides] [--partitions 1 2 7] [--folder DIR] [--write]

``desk`` and ``news_allsides`` (12,000 articles) come from DEDUPE_BENCH_DATA. ``hot`` is one text with two words of its
own in each of HOT articles, made from one seed. The lines of every input are shuffled, and what is compared is sorted:
the rows of ``pairs``, the relations, and the copy group of every article. Figures go to
benchmarks/results/spark_parity.json after each of them, so that a run that is ended keeps what it has.
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

from benchmarks.common import ROOT, bench_data, keep_figures, rows_of

HOT, HOT_WORDS, SEED = 20_000, 60, 5
ARTICLES = 12_000
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
    file = {"desk": "stories_desk", "news_allsides": "news_allsides"}[name]
    return rows_of(bench_data() / f"{file}.jsonl.gz")[:ARTICLES]


def compared(verb: str, work: Any, path: Path) -> Iterator[tuple[str, set[Any], set[Any]]]:  # noqa: ANN401
    """What Spark and one machine find: the name of the rows, those of Spark and those of one machine."""
    from dedupe import Settings, cluster, near_duplicates
    from dedupe.schemas import ARTICLES as SCHEMA
    from dedupe.spark import find_copies, find_pairs, in_canonical_order, read_articles
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
    copies = find_copies(work, in_canonical_order(articles), Settings())
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
    options.add_argument("--only", nargs="*", default=["seeds", "desk", "hot", "news_allsides"])
    options.add_argument("--partitions", type=int, nargs="*", default=[7, 1, 2])
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    from dedupe.spark import Workspace, opened

    warnings.simplefilter("ignore")
    rows: list[dict[str, Any]] = []
    with opened("local[2]") as spark, tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        for name in asked.only:
            given = records(name)
            for partitions in asked.partitions:
                spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
                random.Random(partitions).shuffle(given)
                path = Path(folder, f"{name}.jsonl")
                path.write_text("".join(json.dumps(record) + "\n" for record in given), encoding="utf-8")
                for verb in ("pairs",) if name == "hot" else ("pairs", "copies"):
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
                            rows.append(row)
                            print(row, file=sys.stderr, flush=True)
                keep_figures("spark_parity", {"seed": SEED, "rows": rows}, asked.write)


if __name__ == "__main__":
    main()
