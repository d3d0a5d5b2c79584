"""Is any answer of the index lost or given twice if it is killed again and again, or if eight processes write at once?

    python -m benchmarks.index.durability [--cycles 200] [--writers 8] [--articles 1000] [--seeds 1] [--write]

Half of the kills (SIGKILL) come at random. The other half come at a failpoint: before and after rows are inserted,
before and after the commit, when a segment is written, renamed or merged, and when rows expire. The acknowledged
answers are kept outside the index. A fifth as many kills hit an index that tracks stories. Blocks hold 64 rows here and
the window 1,500 articles, so that every cycle flushes, merges and expires.

Then several processes write the same articles at once, and one process replays the stored rows. The same is done while
a writer is killed every half second and its articles are delivered again. Needs os.fork. Exits 1 if an answer was lost,
was given twice or differs.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import mmap
import os
import random
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.common import keep_figures
from dedupe import Article, Settings
from dedupe.errors import IndexUnavailableError
from dedupe.index import FingerprintedArticle, Index, fingerprint_articles
from dedupe.index.storage import failpoints, segments
from dedupe.index.stories import tracker

POINTS = (
    "before insert", "after insert", "before commit", "after commit", "segment written", "segment renamed",
    "segments merged", "floor raised", "expired rows deleted",
)  # fmt: skip
WINDOW = 1_500
T = TypeVar("T")
Opens = Callable[[int], Index]
"""Opens the index for a writer, by its number."""
Disturbs = Callable[[], None]
"""Makes calls of the writers fail now and then."""
SECONDS_A_DAY = 86_400


def stream(number: int, seed: int) -> list[Article]:
    """Texts of 120 words. Each comes twice, the second time under another id and soon after the first."""
    draw = random.Random(seed)
    vocabulary = [f"w{draw.randrange(10**6)}" for _ in range(5_000)]
    ordered = []
    for i in range(number // 2):
        text = " ".join(draw.choices(vocabulary, k=120))
        ordered += [(2 * i, f"first-{i}", text), (2 * i + draw.randrange(1, 40), f"again-{i}", text)]
    return [Article(name, text=text) for _, name, text in sorted(ordered)]


def small_blocks() -> None:
    """Blocks of 64 rows instead of 2,048, so that a short run flushes, merges and expires; few neighbours, for
    speed."""
    segments.BASE_BITS = 6
    tracker.NEIGHBOURS = 4


def text_of(name: str) -> str:
    return name.rsplit("-", maxsplit=1)[-1]


# --- kills ---------------------------------------------------------------------------------------------------------


def work(
    folder: str,
    fingerprinted: list,
    position: int,
    draw: random.Random,
    days: float,
    report: int,
) -> None:
    """In the child: check the stream from ``position`` on and report every answer, until the process is killed."""
    now = position
    with Index(folder, WINDOW / SECONDS_A_DAY, story_days=days, clock=lambda: 1e9 + now) as index:
        os.write(report, b"[]\n")
        while now < len(fingerprinted):
            size = draw.choice((1, 7, 40))
            answers = index.check_fingerprinted(fingerprinted[now : now + size])
            rows = [[a.id, [a.verdict, a.matched_id, a.story], a.replayed] for a in answers]
            os.write(report, json.dumps(rows).encode() + b"\n")
            now += size


def kill_cycles(cycles: int, folder: Path, seed: int, *, stories: bool) -> dict[str, object]:
    """Run and kill a writer ``cycles`` times; compare every reopened index with what was acknowledged."""
    draw = random.Random(seed)
    days = WINDOW / SECONDS_A_DAY if stories else 0.0
    fingerprinted = fingerprint_articles(
        stream(60 * cycles + (600 if stories else 6_000), seed), Settings(), stories=stories
    )
    place = {s.name: i for i, s in enumerate(fingerprinted)}
    acknowledged: dict[str, list[object]] = {}
    wrong: Counter[str] = Counter()
    position = 0
    opening: list[float] = []
    ends: Counter[str] = Counter()
    for cycle in range(cycles):
        point = POINTS[cycle // 2 % len(POINTS)] if cycle % 2 else None
        child = functools.partial(work, str(folder), fingerprinted, position, draw, days)
        lines, ended = run_and_kill(child, point, draw)
        ends[ended] += 1
        for name, answer, replayed in (row for line in lines for row in json.loads(line)):
            if name in acknowledged and (acknowledged[name] != answer or not replayed):
                wrong["changed"] += 1
            acknowledged[name] = answer
            position = max(position, place[name] + 1)
        started = time.perf_counter()
        with Index(folder, WINDOW / SECONDS_A_DAY, story_days=days, clock=lambda now=position: 1e9 + now) as index:
            opening.append(time.perf_counter() - started)
            recent = fingerprinted[max(0, position - 200) : position]
            for verdict in index.check_fingerprinted(recent):
                if not verdict.replayed:
                    wrong["lost"] += 1
                elif acknowledged[verdict.id] != [verdict.verdict, verdict.matched_id, verdict.story]:
                    wrong["changed"] += 1
            health = index.doctor()
            wrong["damaged"] += len(health.damaged) + len(health.notes)
        wrong["stray files"] += sum(path.suffix == ".tmp" for path in folder.iterdir())
    # With stories, a text of random words may be taken for a report of the same event. It is still no copy.
    news = Counter(text_of(name) for name, (verdict, *_) in acknowledged.items() if verdict in ("new", "same_story"))
    wrong["doubled"] += sum(count > 1 for count in news.values())
    wrong["never new"] += sum(news[text_of(name)] == 0 for name in acknowledged)
    return {
        "cycles": cycles,
        "acknowledged": len(acknowledged),
        "ends": dict(ends),
        "wrong": {name: count for name, count in wrong.items() if count},
        "slowest_opening_seconds": round(max(opening), 3),
    }


def die_at(point: str, nth: int) -> None:
    """Let this process be killed when it passes a failpoint for the ``nth`` time."""
    left = nth

    def die(passed: str) -> None:
        nonlocal left
        left -= passed == point
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    failpoints.on_failpoint = die


def run_and_kill(work: Callable[[int], None], point: str | None, draw: random.Random) -> tuple[list[bytes], str]:
    """Let a child work, which writes lines to the file descriptor it is given, and kill it at a failpoint or at random.

    Return the complete lines that it has written, and where it was killed.
    """
    receive, report = os.pipe()
    nth = draw.choice((1, 1, 2, 5))
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.close(receive)
            if point:
                die_at(point, nth)
            work(report)
        os._exit(0)
    os.close(report)
    deadline = time.monotonic() + (1.5 if point else draw.uniform(0.02, 0.4))
    os.set_blocking(receive, False)
    received = b""
    ended = point or "random"
    while True:
        with contextlib.suppress(BlockingIOError):
            piece = os.read(receive, 1 << 16)
            if not piece:
                break
            received += piece
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            ended = "random"
            deadline = float("inf")
        time.sleep(0.001)
    os.close(receive)
    os.waitpid(child, 0)
    return received.split(b"\n")[:-1], ended


# --- many writers --------------------------------------------------------------------------------------------------


def many_writers(
    writers: int, number: int, open_index: Opens, seed: int, kill_every: float | None, disturb: Disturbs | None = None
) -> dict[str, object]:
    """Let every writer check the same texts under its own ids and in its own order, and 50 articles under shared ids.

    ``open_index`` opens the index for a writer by its number. ``disturb`` is called all the time, and makes calls fail,
    which the writers then repeat. ``kill_every``: kill one of them (SIGKILL) every so many seconds, and let another process go on where the last
    answer was noted, so that articles which were stored without an answer are delivered again. None kills nobody.
    """
    texts = stream(number, seed)
    draw = random.Random(seed)
    given = []
    for writer in range(writers):
        own = [Article(f"{writer}/{text.id}", text=text.text) for text in texts] + texts[:50]
        draw.shuffle(own)
        given.append(fingerprint_articles(own, Settings()))
    started = time.perf_counter()
    failed, kills = run_writers(given, open_index, draw, kill_every, disturb)
    seconds = time.perf_counter() - started
    with repeated(lambda: open_index(0), patient=disturb is not None) as index:
        rows = list(index.export())
        health = index.doctor()
    wrong: Counter[str] = Counter({"failed writers": failed, "damaged": len(health.damaged)})
    news = Counter(text_of(row.name) for row in rows if row.verdict == "new")
    wrong["texts without exactly one new"] += sum(news[text_of(text.id)] != 1 for text in texts)
    by_name = {one.name: one for own in given for one in own}
    stored = Counter(row.name for row in rows)
    wrong["ids stored twice"] += sum(count > 1 for count in stored.values())
    wrong["ids not stored"] += len(by_name.keys() - stored.keys())
    with tempfile.TemporaryDirectory() as other, Index(Path(other) / "serial") as serial:
        for start in range(0, len(rows), 50):
            part = rows[start : start + 50]
            for row, answer in zip(part, serial.check_fingerprinted([by_name[row.name] for row in part]), strict=True):
                wrong["unlike serial replay"] += (row.verdict, row.matched, row.canonical, row.jaccard) != (
                    answer.verdict, answer.matched_id, answer.canonical, answer.jaccard,
                )  # fmt: skip
    return {
        "writers": writers,
        "kills": kills,
        "articles": len(rows),
        "articles_per_second": round(len(rows) / seconds),
        "wrong": {name: count for name, count in wrong.items() if count},
    }


def run_writers(
    given: list[list[FingerprintedArticle]],
    open_index: Opens,
    draw: random.Random,
    kill_every: float | None,
    disturb: Disturbs | None,
) -> tuple[int, int]:
    """Run one process for each list of articles until all are delivered. Return how many failed and were killed."""
    noted = mmap.mmap(-1, 8 * len(given))
    running: dict[int, int] = {}
    failed = kills = 0

    def start(writer: int) -> None:
        child = os.fork()
        if child == 0:
            code = 1
            with contextlib.suppress(BaseException):
                deliver(writer, given[writer], open_index, noted, patient=disturb is not None)
                code = 0
            os._exit(code)
        running[child] = writer

    for writer in range(len(given)):
        start(writer)
    next_kill = time.monotonic() + (kill_every or 0)
    while running:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child:
            writer = running.pop(child)
            if os.WIFSIGNALED(status):
                start(writer)
                kills += 1
            failed += os.WIFEXITED(status) and status != 0
        elif kill_every and time.monotonic() > next_kill:
            os.kill(draw.choice(list(running)), signal.SIGKILL)
            next_kill += kill_every
        else:
            if disturb:
                disturb()
            time.sleep(0.01)
    return failed, kills


def deliver(
    writer: int, own: list[FingerprintedArticle], open_index: Opens, noted: mmap.mmap, *, patient: bool
) -> None:
    """In the child: check articles from the place that is noted for this writer, and note it after every answer.

    ``patient``: repeat a call, or the opening, that the index could not answer.
    """
    draw = random.Random()  # another division into batches than that of a predecessor that was killed
    [place] = struct.unpack_from("q", noted, 8 * writer)
    with repeated(lambda: open_index(writer), patient=patient) as index:
        while place < len(own):
            size = draw.choice((1, 3, 20))
            batch = own[place : place + size]
            repeated(lambda batch=batch: index.check_fingerprinted(batch), patient=patient)
            place += size
            struct.pack_into("q", noted, 8 * writer, place)


def repeated(call: Callable[[], T], *, patient: bool) -> T:
    """What a call returns; if ``patient``, it is repeated while the index cannot answer."""
    while True:
        try:
            return call()
        except IndexUnavailableError:
            if not patient:
                raise


def together(parts: list[dict[str, object]]) -> dict[str, object]:
    """The figures of the same run with several seeds: numbers are added up, but for the number of writers."""
    wrong: Counter[str] = Counter()
    for part in parts:
        wrong.update(part["wrong"])
    articles = sum(part["articles"] for part in parts)
    return {
        "writers": parts[0]["writers"],
        "seeds": len(parts),
        "kills": sum(part["kills"] for part in parts),
        "articles": articles,
        "articles_per_second": round(articles / sum(part["articles"] / part["articles_per_second"] for part in parts)),
        "wrong": dict(wrong),
    }


def main() -> int:
    """Run, print the figures, and exit with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--articles", type=int, default=1_000, help="articles of each writer")
    parser.add_argument("--seeds", type=int, default=1, help="how often the writers run, each time with other texts")
    parser.add_argument("--kill-every", type=float, default=0.5, metavar="SECONDS", help="kill a writer so often")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    small_blocks()
    folder = Path(tempfile.mkdtemp(prefix="index-durability-"))
    figures = {}
    try:
        if options.writers:
            for name, kill_every in (("writers", None), ("writers_killed", options.kill_every)):
                figures[name] = together(
                    [
                        many_writers(
                            options.writers,
                            options.articles,
                            lambda _, place=folder / f"{name} {seed}": Index(place),
                            seed,
                            kill_every,
                        )
                        for seed in range(options.seed, options.seed + options.seeds)
                    ]
                )
        if options.cycles:
            figures["kills"] = kill_cycles(options.cycles, folder / "kills", options.seed, stories=False)
            some = max(1, options.cycles // 5)
            figures["kills_with_stories"] = kill_cycles(some, folder / "stories", options.seed, stories=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    keep_figures("index_durability", figures, options.write)
    return int(any(part["wrong"] for part in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
