"""An index on a PostgreSQL server beside one in a folder: the same verdicts, nothing lost or doubled, and how fast.

    python -m benchmarks.index.postgres [--articles 12000] [--deliveries 1000] [--losses 200] [--write]

``verdicts``: the first articles of news_allsides, in batches of 200, in both.

``hosts``: eight processes on three "hosts", each with a cache of its own, check the same texts at once (durability.py
says how, and what is compared). ``killed``: the same while one of them is killed every half second. ``losses``: the same
while connections are lost: the server ends one, or it breaks at COMMIT, before the server gets it or before its answer
comes back; every call that fails is repeated.

``speed``: four processes take articles they have not seen, in batches of 100 (articles.py makes them). Server and folder
take turns, and the ratio counts: both wait for the same disk and the same processors. Processor seconds are those of the
writers and of the server, and do not count what other programs take.

Uses the server of DEDUPE_POSTGRES, or starts one. Exits 1 if a verdict differs, or anything was lost or doubled.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, MutableSequence
from dataclasses import asdict
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks.common import bench_data, keep_figures, rows_of
from benchmarks.index.articles import chunks
from benchmarks.index.durability import many_writers, small_blocks
from dedupe import Article, Settings
from dedupe.index import FingerprintedArticle, Index, fingerprint_articles
from dedupe.index.storage import segments
from dedupe.index.storage.postgres import tables
from tests.postgres_support import NoServerError, Proxy, Server, shared_server

BATCH, WRITERS, ROUNDS = 100, 4, 3
HOSTS, PROCESSES = 3, 8
Rates = tuple[int, int]
"""Articles in a second, and in a second of the processors."""


def compare_verdicts(url: str, folder: Path, number: int) -> dict[str, object]:
    """How many verdicts on real articles differ between the two."""
    rows = list(itertools.islice(rows_of(bench_data() / "news_allsides.jsonl.gz"), number))
    given = fingerprint_articles(
        [
            Article(
                r["id"],
                title=r.get("title"),
                text=r["text"],
                publisher=r.get("source"),
                published_at=r.get("published_at"),
            )
            for r in rows
        ],
        Settings(),
    )
    kinds: Counter[str] = Counter()
    differing = 0
    with Index(folder / "verdicts") as local, Index(url, cache=folder / "cache") as shared:
        for start in range(0, len(given), 200):
            batch = given[start : start + 200]
            for one, other in zip(local.check_fingerprinted(batch), shared.check_fingerprinted(batch), strict=True):
                differing += asdict(one) != asdict(other)
                kinds[one.verdict] += 1
        sizes = {"folder": local.stats().bytes_log, "server": shared.stats().bytes_log}
        [(read,)] = shared._store._run(
            "SELECT avg(length(name) + length(digest) + length(bands) + length(passage_hashes))::int FROM {schema}.article"
        )
    return {
        "articles": len(given),
        "verdicts": dict(kinds),
        "differing": differing,
        "bytes_an_article": {name: round(size / len(given)) for name, size in sizes.items()},
        "bytes_an_article_that_a_follower_reads": read,
    }


def lose_connections(server: Server, proxy: Proxy, draw: random.Random, done: Counter[str]) -> None:
    """Once in five times: let a connection be lost, in one of three ways."""
    kind = draw.choice((None,) * 12 + ("ended by the server", "cut before COMMIT", "cut after COMMIT"))
    if kind == "ended by the server":
        query = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'dedupe %'"
        if backends := server.admin(query):
            done[kind] += server.admin("SELECT pg_terminate_backend(%s)", draw.choice(backends)[0])[0][0]
    elif kind and proxy.cut_at is None:
        proxy.cut_at = kind.split()[1]
        done[kind] += 1


def lose_until(number: int, server: Server, folder: Path, deliveries: int) -> dict[str, object]:
    """Let writers run with other texts until ``number`` connections were lost, and add up what is wrong."""
    done: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    articles = 0
    (folder / "socket").mkdir()
    proxy = Proxy(server, folder / "socket")
    try:
        for seed in itertools.count(1):
            schema = server.new_place().rpartition("schema=")[2]
            url = f"{proxy.url}&schema={schema}"
            disturb = functools.partial(lose_connections, server, proxy, random.Random(seed), done)
            found = many_writers(4, deliveries, opens(url, folder / f"lost{seed}", 2), seed, None, disturb)
            wrong.update(found["wrong"])
            articles += found["articles"]
            if sum(done.values()) >= number:
                return {"losses": dict(done), "articles": articles, "wrong": dict(wrong)}
    finally:
        proxy.close()


def opens(url: str, folder: Path, hosts: int) -> Callable[[int], Index]:
    """What opens the index for the writers of so many hosts, each with a cache of its own."""
    return lambda writer: Index(url, cache=folder / f"host{writer % hosts}")


def writer(
    number: int,
    place: str | Path,
    cache: Path | None,
    own: list[FingerprintedArticle],
    start: Barrier,
    worked: MutableSequence[float],
) -> None:
    """In a process of its own: take articles in batches once all are ready, and note the processor time it takes."""
    with Index(place, cache=cache) as index:
        start.wait()
        began = time.process_time()
        for first in range(0, len(own), BATCH):
            index.check_fingerprinted(own[first : first + BATCH])
        worked[number] = time.process_time() - began
        start.wait()


def server_seconds(server: Server) -> float:
    """Processor time of a server of our own so far: of its processes, and of those that have ended."""
    postmaster = (server.folder / "data" / "postmaster.pid").read_text().split()[0]
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            own = process.name == postmaster
            ticks += sum(map(int, fields[11 : 15 if own else 13])) if own or fields[1] == postmaster else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def rates(server: Server, place: str | Path, cache: Path | None, given: list[list[FingerprintedArticle]]) -> Rates:
    """How many articles all writers take together in a second, and in a second of the processors."""
    context = multiprocessing.get_context("fork")
    start = context.Barrier(len(given) + 1)
    worked = context.Array("d", len(given))
    processes = [
        context.Process(target=writer, args=(i, place, cache and cache / str(i), own, start, worked))
        for i, own in enumerate(given)
    ]
    for process in processes:
        process.start()
    start.wait()
    began, used = time.perf_counter(), server_seconds(server)
    start.wait()
    seconds, used = time.perf_counter() - began, server_seconds(server) - used
    for process in processes:
        process.join()
    number = sum(map(len, given))
    return round(number / seconds), round(number / (sum(worked) + used))


def measure_speed(server: Server, folder: Path) -> dict[str, object]:
    """Articles a second of both, in turns, and the medians of their ratios."""
    made = [one for chunk in chunks(WRITERS * ROUNDS * 1_500, 1) for one in chunk.fingerprinted]
    found: dict[str, list[Rates]] = {"server": [], "folder": []}
    for turn in range(ROUNDS):
        part = made[turn::ROUNDS]
        given = [part[i::WRITERS] for i in range(WRITERS)]
        order: list[tuple[str, str | Path]] = [("server", server.new_place()), ("folder", folder / f"speed{turn}")]
        for name, place in order if turn % 2 else order[::-1]:
            cache = folder / f"cache{turn}" if name == "server" else None
            found[name].append(rates(server, place, cache, given))
    figures: dict[str, object] = {"writers": WRITERS, "batch": BATCH, "articles_a_round": len(made) // ROUNDS}
    for kind, title in enumerate(("second", "processor_second")):
        own = {name: [pair[kind] for pair in some] for name, some in found.items()}
        figures[f"articles_per_{title}"] = own
        ratios = [one / other for one, other in zip(own["server"], own["folder"], strict=True)]
        figures[f"median_ratio_per_{title}"] = round(statistics.median(ratios), 2)
    return figures


@contextlib.contextmanager
def blocks_of_64() -> Iterator[None]:
    """Let blocks and partitions hold 64 rows meanwhile, so that short runs make many of them."""
    before = segments.BASE_BITS, tables.LEAST_PARTITION_ROWS
    small_blocks()
    tables.LEAST_PARTITION_ROWS = 64
    try:
        yield
    finally:
        segments.BASE_BITS, tables.LEAST_PARTITION_ROWS = before


def main() -> int:
    """Run, print the figures, and exit with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=12_000, help="articles whose verdicts are compared; 0: none")
    parser.add_argument("--deliveries", type=int, default=1_000, help="articles of each of the writers")
    parser.add_argument("--losses", type=int, default=200, help="connections that are lost at least")
    parser.add_argument("--no-speed", action="store_true", help="measure no speed")
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    figures: dict[str, dict[str, object]] = {}
    try:
        with shared_server() as running, tempfile.TemporaryDirectory(prefix="index-postgres-") as place:
            folder = Path(place)
            figures["server"] = {"version": running.admin("SHOW server_version")[0][0]}
            if options.articles:
                figures["verdicts"] = compare_verdicts(running.new_place(), folder, options.articles)
            with blocks_of_64():
                for name, kill_every in (("hosts", None), ("killed", 0.5)):
                    opened = opens(running.new_place(), folder / name, HOSTS)
                    figures[name] = many_writers(PROCESSES, options.deliveries, opened, 1, kill_every)
                if running.folder:  # a server of our own, whose socket the proxy stands in front of
                    figures["losses"] = lose_until(options.losses, running, folder, options.deliveries)
            if running.folder and not options.no_speed:
                figures["speed"] = measure_speed(running, folder)
    except NoServerError as error:
        print(f"{error}; nothing was measured", file=sys.stderr)
        return 77
    keep_figures("index_postgres", figures, options.write)
    return int(any(part.get("wrong") or part.get("differing") for part in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
