"""Speed and size of the index, next to a plain SQLite table of band keys and datasketch's in-memory MinHashLSH.

    python -m benchmarks.index.speed [--articles 100000] [--peer-articles 100000] [--replaced-word 2.5] [--write]

Articles are made from news_allsides and are fingerprinted beforehand (see articles.py), because that is the same work
for all three. Each store then takes articles it has not seen: it looks them up, verifies the candidates and inserts
them, with a durable commit for the two that are on disk. The index verifies with stored shingles, the other two
estimate from signatures.

Compare the ratios, because times depend on the machine and its disk. Figures per processor second leave out waiting for
the disk and for other programs. ``--replaced-word 8`` makes texts that repeat each other far more than news does
(articles.py says how much). Stories are not tracked here; stories.py measures what that costs.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import keep_figures
from benchmarks.index.articles import REPLACED_WORD, SETTINGS, Chunk, chunks
from benchmarks.index.window import resident
from dedupe.copies.candidates import rows_per_band
from dedupe.index import Index
from dedupe.index.storage.folder import DATABASE

FRESH = 4_000


def rates(take: Callable[[int, int], None], start: int, end: int, size: int) -> dict[str, float]:
    """Articles per second, and per processor second, if ``take(first, last)`` takes them in batches."""
    began, worked = time.perf_counter(), time.process_time()
    for first in range(start, end, size):
        take(first, min(end, first + size))
    number = end - start
    return {
        f"per_second_batches_of_{size}": round(number / (time.perf_counter() - began)),
        f"per_processor_second_batches_of_{size}": round(number / (time.process_time() - worked)),
    }


def measure_index(folder: Path, number: int, fresh: Chunk, replaced: float) -> dict[str, Any]:
    """Load the index, open it again, and take fresh articles in batches of 100 and of 1,000, and one at a time."""
    kinds: Counter[str] = Counter()
    loading = 0.0
    with Index(folder) as index:
        for chunk in chunks(number, 1, replaced=replaced):
            started = time.process_time()
            answers = index.check_fingerprinted(chunk.fingerprinted)
            loading += time.process_time() - started
            kinds.update(f"{kind} found {a.verdict}" for kind, a in zip(chunk.kinds, answers, strict=True))
        stats = index.stats()
    started = time.perf_counter()
    index = Index(folder)
    opening = time.perf_counter() - started
    fingerprinted = fresh.fingerprinted
    figures: dict[str, Any] = {"per_processor_second_loading": round(number / loading)}
    with index:
        for size, start, end in ((100, 0, 1_500), (1_000, 1_500, 3_500)):
            figures |= rates(lambda a, b: index.check_fingerprinted(fingerprinted[a:b]), start, end, size)
        figures |= one_by_one(index, fresh)
    return figures | {
        "opening_seconds": round(opening, 3),
        "segments": stats.segments,
        **disk(folder, (stats.bytes_log + stats.bytes_segments) / number),
        "capped_keys": stats.capped_keys,
        "uncompared": stats.uncompared,
        "copies": dict(sorted(kinds.items())),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def one_by_one(index: Index, fresh: Chunk) -> dict[str, float]:
    """Milliseconds for each of the last 500 articles, in a transaction of its own, and for the look-up alone."""
    alone = []
    for one in fresh.fingerprinted[3_500:]:
        wall, processor = time.perf_counter(), time.process_time()
        index.check_fingerprinted([one])
        alone.append((time.perf_counter() - wall, time.process_time() - processor))
    looked = []
    for one in fresh.fingerprinted[:500]:
        started = time.process_time()
        index._lookup.find([one])
        looked.append(time.process_time() - started)
    columns = {
        "single_milliseconds": [wall for wall, _ in alone],
        "single_processor_milliseconds": [processor for _, processor in alone],
        "segment_lookup_processor_milliseconds": looked,
    }
    return {
        f"{name}_p{rank}": round(1000 * float(np.quantile(column, rank / 100)), 2)
        for name, column in columns.items()
        for rank in (50, 99)
    }


def disk(folder: Path, total: float) -> dict[str, int]:
    """Bytes per article, and how many of them are the shingles that are kept for verification."""
    database = sqlite3.connect(folder / DATABASE)
    row = database.execute("SELECT avg(length(shingles)) FROM article WHERE id % 97 = 0").fetchone()
    database.close()
    return {
        "bytes_an_article": round(total),
        "bytes_an_article_verification": round(row[0]),
        "bytes_an_article_beyond_verification": round(total - row[0]),
    }


def measure_sqlite(folder: Path, number: int, fresh: Chunk, replaced: float) -> dict[str, Any]:
    """Measure an SQLite table with a row for every band of every article and the primary key (band, article)."""
    folder.mkdir()
    database = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
    run = database.execute
    run("PRAGMA journal_mode=TRUNCATE")
    run("CREATE TABLE band (key INTEGER, article INTEGER, PRIMARY KEY (key, article)) WITHOUT ROWID")
    run("CREATE TABLE article (id INTEGER PRIMARY KEY, signature BLOB)")
    run("PRAGMA synchronous=OFF")
    run("PRAGMA cache_size=-1000000")
    keys, signatures = [], []
    for chunk in chunks(number, 1, all_signatures=True, replaced=replaced):
        keys.append(chunk.bands.view(np.int64))
        signatures.append(chunk.signatures)
    every = np.concatenate(keys)
    flat, owner = every.ravel(), np.repeat(np.arange(len(every)), every.shape[1])
    order = np.lexsort((owner, flat))
    run("BEGIN")
    for start in range(0, order.size, 1_000_000):
        part = order[start : start + 1_000_000]
        pairs = zip(flat[part].tolist(), owner[part].tolist(), strict=True)
        database.executemany("INSERT OR IGNORE INTO band VALUES (?, ?)", pairs)
    blobs = (row.tobytes() for part in signatures for row in part)
    database.executemany("INSERT INTO article VALUES (?, ?)", enumerate(blobs))
    run("COMMIT")
    database.close()
    database = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA cache_size=-16384")
    own = fresh.signatures
    fresh_keys = fresh.bands.view(np.int64).tolist()
    marks = ",".join("?" * len(fresh_keys[0]))

    def take(first: int, last: int) -> None:
        database.execute("BEGIN IMMEDIATE")
        for i in range(first, last):
            query = f"SELECT DISTINCT article FROM band WHERE key IN ({marks}) LIMIT 32"  # noqa: S608 - only marks
            for (other,) in database.execute(query, fresh_keys[i]).fetchall():
                blob = database.execute("SELECT signature FROM article WHERE id = ?", (other,)).fetchone()[0]
                (np.frombuffer(blob, np.uint32) == own[i]).mean()
            rows = [(key, number + i) for key in fresh_keys[i]]
            database.executemany("INSERT OR IGNORE INTO band VALUES (?, ?)", rows)
            database.execute("INSERT INTO article VALUES (?, ?)", (number + i, own[i].tobytes()))
        database.execute("COMMIT")

    figures: dict[str, Any] = rates(take, 0, 1_500, 100) | rates(take, 1_500, 3_500, 1_000)
    figures["bytes_an_article"] = round((folder / "rows.sqlite").stat().st_size / (number + 3_500))
    database.close()
    return figures


def measure_datasketch(number: int, fresh: Chunk, replaced: float) -> dict[str, Any]:
    """Measure MinHashLSH in memory, with the bands of the index. Nothing is durable."""
    from datasketch import LeanMinHash, MinHash, MinHashLSH

    like = MinHash(num_perm=SETTINGS.permutations, seed=SETTINGS.seed, scheme="affine32")
    rows = rows_per_band(SETTINGS.permutations, SETTINGS.near_duplicate_jaccard, SETTINGS.candidate_recall)
    index = MinHashLSH(num_perm=SETTINGS.permutations, params=(SETTINGS.permutations // rows, rows))
    kept = {}

    def sketch(values: np.ndarray) -> LeanMinHash:
        own = like.copy()
        own.hashvalues = values.astype(like.hashvalues.dtype)
        return LeanMinHash(own)

    before = resident()
    place = 0
    for chunk in chunks(number, 1, all_signatures=True, replaced=replaced):
        for values in chunk.signatures:
            kept[place] = sketch(values)
            index.insert(place, kept[place])
            place += 1
    own = fresh.signatures

    def take(first: int, last: int) -> None:
        for i in range(first, last):
            sketched = sketch(own[i])
            for other in index.query(sketched)[:32]:
                sketched.jaccard(kept[other])
            kept[number + i] = sketched
            index.insert(number + i, sketched)

    held = (resident() - before) * 2**20 / number
    return rates(take, 0, 1_500, 100) | {"bytes_an_article_in_memory": round(held)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--peer-articles", type=int, help="of the two peers; by default the same, at most 100,000")
    parser.add_argument("--replaced-word", type=float, default=REPLACED_WORD, help="one word in so many is exchanged")
    parser.add_argument("--folder", type=Path, help="where to put the stores (removed afterwards)")
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    peers = min(options.articles, 100_000) if options.peer_articles is None else options.peer_articles
    fresh = next(chunks(FRESH, 2, FRESH, all_signatures=True, replaced=options.replaced_word))
    folder = Path(tempfile.mkdtemp(prefix="index-speed-", dir=options.folder))
    try:
        found = measure_index(folder / "index", options.articles, fresh, options.replaced_word)
        figures: dict[str, Any] = {"replaced_word": options.replaced_word}
        figures["index"] = {"articles": options.articles} | found
        if peers:
            figures["sqlite_rows"] = {"articles": peers} | measure_sqlite(
                folder / "rows", peers, fresh, options.replaced_word
            )
            figures["datasketch_in_memory"] = {"articles": peers} | measure_datasketch(
                peers, fresh, options.replaced_word
            )
            name = "per_processor_second_batches_of_100"
            figures["ratios_" + name] = {
                peer: round(found[name] / figures[peer][name], 2) for peer in ("sqlite_rows", "datasketch_in_memory")
            }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    hard = "" if options.replaced_word == REPLACED_WORD else f"_replaced_{options.replaced_word:g}"
    keep_figures(f"index_speed_{options.articles}{hard}", figures, options.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
