"""Is a flipped bit anywhere in an index noticed before it changes an answer?

    python -m benchmarks.index.flips [--flips 600] [--write]

An index that tracks stories is made of articles, identical and edited ones among them. One random bit of a copy of it
is then flipped: a third of the flips fall into segments, a third into the first four pages of the SQLite file, with the
schema, the settings and the state, and a third into its rows. The copy is opened and examined by ``doctor``. Afterwards
every article is given again, and copies under other ids. A stored row or an answer that is not that of the undamaged
index must have been announced by ``doctor``, or the opening refused; a flip in a segment must be noticed and change no
answer.

The control is an index whose checksums are all 0, with 60 flips. There, answers must change unnoticed; otherwise the
flips prove nothing. Exits 1 if an answer changed unnoticed, if a segment changed one, if an error was not the package's
own, or if the control noticed everything.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.common import keep_figures
from benchmarks.index.durability import stream
from dedupe import Article, Settings
from dedupe.errors import DedupeError
from dedupe.index import FingerprintedArticle, Index, fingerprint_articles
from dedupe.index.storage import segments
from dedupe.index.storage.folder import DATABASE
from dedupe.index.stories import tracker

ARTICLES = 32
META_BYTES = 4 * 2_048
PLACES = ("segments", "meta", "rows")


def articles() -> list[Article]:
    """Texts that come twice, and every fourth of them once more with some words replaced."""
    given = stream(ARTICLES, 7)
    edited = []
    for i, article in enumerate(given[::4]):
        words = (article.text or "").split()
        words[5::25] = [f"edit{i}"] * len(words[5::25])
        edited.append(Article(f"edited-{i}", text=" ".join(words)))
    return given + edited


def answers(index: Index, given: list[FingerprintedArticle], copies: list[FingerprintedArticle]) -> list[object]:
    """The stored rows, and what is answered to the same articles again and to copies under other ids."""
    return [*index.export(), *index.check_fingerprinted(given), *index.check_fingerprinted(copies)]


def outcome(folder: Path, given: Any, copies: Any, right: list[object]) -> set[str]:  # noqa: ANN401
    """What became of a damaged index: it is ``refused`` or ``noticed``, and its answers are ``changed`` or not."""
    try:
        with contextlib.ExitStack() as opened:
            try:
                index = opened.enter_context(Index(folder, story_days=14))
                health = index.doctor()
            except DedupeError:
                return {"noticed", "refused"}
            found = {"noticed"} if health.damaged or health.notes or index.stats().rebuilt_segments else set()
            try:
                same = answers(index, given, copies) == right
            except DedupeError:
                same = False
            return found if same else {*found, "changed"}
    except Exception as error:  # noqa: BLE001 - an error that the package does not explain is a finding
        print(f"{folder}: {error!r}", file=sys.stderr)
        return {"crashed"}


def flip(path: Path, place: str, draw: random.Random) -> int:
    """Flip one random bit of a file, and return in which byte.

    ``meta`` are the first pages of the SQLite file, but for their unused space, which is zeros, and ``rows`` all others.
    """
    content = bytearray(path.read_bytes())
    start, end = {"meta": (0, META_BYTES), "rows": (META_BYTES, len(content))}.get(place, (0, len(content)))
    at = draw.choice([i for i in range(start, end) if content[i]]) if place == "meta" else draw.randrange(start, end)
    content[at] ^= 1 << draw.randrange(8)
    path.write_bytes(content)
    return at


def damage(sound: Path, seed: int, jobs: int, flips: int, job: int) -> dict[str, Counter[str]]:
    """Damage a copy of an index again and again, and count the outcomes for each place."""
    draw = random.Random(f"{seed} {job}")
    given = fingerprint_articles(articles(), Settings(), stories=True)
    renamed = [replace(article, id=f"copy of {article.id}") for article in articles()[::2]]
    copies = fingerprint_articles(renamed, Settings(), stories=True)
    work = sound.with_name(f"work-{job}")
    shutil.copytree(sound, work)
    with Index(work, story_days=14) as index:
        right = answers(index, given, copies)
    shutil.rmtree(work)
    ends = {place: Counter[str]() for place in PLACES}
    for number in range(job, flips, jobs):
        place = PLACES[number % len(PLACES)]
        shutil.copytree(sound, work)
        files = sorted(work.glob("segment-*")) if place == "segments" else [work / DATABASE]
        at = flip(draw.choice(files), place, draw)
        found = outcome(work, given, copies, right)
        ends[place].update(found | {"flips"})
        if "changed" in found and "noticed" not in found:
            ends[place]["changed_unnoticed"] += 1
            print(f"{work}, {place}: a bit of byte {at} changes an answer unnoticed", file=sys.stderr)
        shutil.rmtree(work)
    return ends


def run(folder: Path, flips: int, seed: int) -> dict[str, dict[str, int]]:
    """Make an index and damage copies of it, in one process for each core."""
    folder.mkdir()
    sound = folder / "sound"
    with Index(sound, story_days=14) as index:
        for one in fingerprint_articles(articles(), Settings(), stories=True):
            index.check_fingerprinted([one])
    jobs = os.cpu_count() or 1
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        parts = pool.map(functools.partial(damage, sound, seed, jobs, flips), range(jobs))
    names = ("flips", "refused", "noticed", "changed", "changed_unnoticed", "crashed")
    return {place: {name: sum(part[place][name] for part in parts) for name in names} for place in PLACES}


def main() -> int:
    """Flip, compare with the control, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    # Small blocks, so that a few articles fill segments of two levels, and few neighbours, for speed.
    segments.BASE_BITS, tracker.NEIGHBOURS = 3, 4
    with tempfile.TemporaryDirectory(prefix="index-flips-") as folder:
        ours = run(Path(folder) / "ours", options.flips, options.seed)
        zlib.crc32 = lambda data, value=0: 0  # type: ignore[assignment]
        control = run(Path(folder) / "control", 60, options.seed)
    keep_figures("index_flips", {**ours, "control": control}, options.write)
    unnoticed = any(found["changed_unnoticed"] or found["crashed"] for found in ours.values())
    of_segments = ours["segments"]["changed"] or ours["segments"]["noticed"] != ours["segments"]["flips"]
    control_fails = sum(found["changed_unnoticed"] for found in control.values())
    return int(bool(unnoticed or of_segments or not control_fails))


if __name__ == "__main__":
    sys.exit(main())
