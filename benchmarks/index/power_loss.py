"""Is every acknowledged answer still there, and nothing damaged, if the power fails at a random moment?

    python -m benchmarks.index.power_loss [--points 500] [--write]

A writer runs under `strace`, which records every write, truncation, sync, rename and removal in an index that tracks
stories. For each crash point, the files are then written as a disk may hold them. Everything that was synced before the
point is there. Of everything later, each sector of 512 bytes, each change of length and each change of the folder is
there or not, at random. The index is opened from these files, and everything acknowledged before the point is checked
again.

The controls are a journal without syncs and a disk that ignores syncs, each at a tenth of the points. They must lose
something; otherwise the simulation proves nothing. Needs Linux and strace; without them it says so and exits with 77. Exits 1 if an answer was
lost, or if a control lost none.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import keep_figures
from benchmarks.index.durability import stream
from dedupe import Settings
from dedupe.errors import DedupeError
from dedupe.index import Index, fingerprint_articles
from dedupe.index.storage import connection, segments
from dedupe.index.stories import tracker

SECTOR = 512
ARTICLES = 260
CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink"
_CALL = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+)")
_HEX = re.compile(r"\\x([0-9a-f]{2})")


# --- the writer ----------------------------------------------------------------------------------------------------


def write(folder: str, acks: str, mode: str, synchronous: str) -> None:
    """In the traced process: check articles and acknowledge every answer with a write of its own."""
    segments.BASE_BITS = tracker.NEIGHBOURS = 4
    connection.journal_mode = lambda version=None: mode
    fingerprinted = fingerprint_articles(stream(ARTICLES, 3), Settings(), stories=True)
    draw = random.Random(3)
    report = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with Index(folder, story_days=14) as index:
        index._store._connection.execute(f"PRAGMA synchronous={synchronous}")
        place = 0
        while place < len(fingerprinted):
            size = draw.choice((1, 2, 9))
            answers = index.check_fingerprinted(fingerprinted[place : place + size])
            os.write(report, json.dumps([[a.id, a.verdict, a.matched_id, a.story] for a in answers]).encode() + b"\n")
            place += size


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded system call on the index folder: the call, the file name, and its values."""

    call: str
    name: str
    data: bytes = b""
    at: int = 0
    to: str = ""


def record(place: Path, mode: str, synchronous: str) -> list[Step]:
    """Record what the writer does to its folder, and its acknowledgements, in order."""
    folder, acks, trace = place / "index", place / "acks", place / "trace"
    traced = ["strace", "-y", "-xx", "-s", "100000000", "-e", f"trace={CALLS}", "-o", str(trace)]
    command = [
        sys.executable,
        "-m",
        "benchmarks.index.power_loss",
        "--writer",
        str(folder),
        str(acks),
        mode,
        synchronous,
    ]
    subprocess.run([*traced, *command], check=True)
    steps = []
    position: Counter[str] = Counter()
    for line in trace.read_text(encoding="ascii", errors="replace").splitlines():
        found = _CALL.match(line)
        if found and int(found[3]) >= 0:
            step = _step(found[1], _HEX.sub(lambda m: chr(int(m[1], 16)), found[2]), str(folder), str(acks), position)
            if step:
                steps.append(step)
    return steps


def _step(call: str, arguments: str, folder: str, acks: str, position: Counter[str]) -> Step | None:
    """Read one line of the trace; None if it concerns other files. Strings come as Latin-1, one character per byte."""
    if call == "write" and f"<{acks}>" in arguments:
        return Step("ack", "", _data(arguments))
    if f"{folder}/" not in arguments and f"<{folder}>" not in arguments:
        return None
    on_file = re.match(r"\d+<([^>]*)>", arguments)
    name = on_file[1].removeprefix(folder).lstrip("/") if on_file and on_file[1].startswith(folder) else ""
    paths = [path.removeprefix(folder).lstrip("/") for path in re.findall(r'"([^"]*)"', arguments)]
    last = int(number[1]) if (number := re.search(r", (\d+)$", arguments)) else 0
    if call == "write":
        last = position[name]
        position[name] += len(_data(arguments))
    if "O_CREAT" in arguments:
        position[paths[0]] = 0
        return Step("create", paths[0])
    made: dict[str, Callable[[], Step]] = {
        "fsync": lambda: Step("sync", name),
        "fdatasync": lambda: Step("sync", name),
        "pwrite64": lambda: Step("write", name, _data(arguments), last),
        "write": lambda: Step("write", name, _data(arguments), last),
        "ftruncate": lambda: Step("truncate", name, at=last),
        "rename": lambda: Step("rename", paths[0], to=paths[1]),
        "unlink": lambda: Step("unlink", paths[0]),
    }
    return made[call]() if call in made else None


def _data(arguments: str) -> bytes:
    start = arguments.index('"') + 1
    return arguments[start : arguments.rindex('"')].encode("latin-1")


# --- the disk ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class File:
    """The content that is certainly on disk, and the steps since the last sync."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)

    def sync(self) -> None:
        """Put everything on disk."""
        for step in self.pending:
            _apply(self.durable, step)
        self.pending = []

    def after_power_loss(self, draw: random.Random) -> bytes:
        """Return one of the contents that the disk may hold."""
        content = bytearray(self.durable)
        chance = draw.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for step in self.pending:
            if step.call == "truncate":
                if draw.random() < chance:
                    _apply(content, step)
                continue
            for start in range(0, len(step.data), SECTOR):
                if draw.random() < chance:
                    _apply(content, Step("write", "", step.data[start : start + SECTOR], step.at + start))
        return bytes(content)


def _apply(content: bytearray, step: Step) -> None:
    if step.call == "truncate":
        del content[step.at :]
        content.extend(bytes(step.at - len(content)))
    else:
        content.extend(bytes(max(0, step.at - len(content))))
        content[step.at : step.at + len(step.data)] = step.data


class Disk:
    """Files and the folder that names them. A change of the folder is certain once the folder or the file is synced."""

    def __init__(self, *, ignores_syncs: bool) -> None:
        self._ignores_syncs = ignores_syncs
        self.names: dict[str, File] = {}
        self.certain: dict[str, File] = {}

    def take(self, step: Step) -> None:
        """Carry out one step."""
        if step.call == "create":
            self.names.setdefault(step.name, File())
        elif step.call in ("write", "truncate"):
            self.names.setdefault(step.name, File()).pending.append(step)
        elif step.call == "rename":
            self.names[step.to] = self.names.pop(step.name)
        elif step.call == "unlink":
            self.names.pop(step.name, None)
        elif step.call == "sync" and not self._ignores_syncs:
            if not step.name:
                self.certain = dict(self.names)
            elif step.name in self.names:
                self.names[step.name].sync()
                self.certain[step.name] = self.names[step.name]

    def after_power_loss(self, draw: random.Random) -> dict[str, bytes]:
        """Return one of the states that the disk may be in: the content of every file."""
        named = dict(self.certain)
        for name in sorted({*self.names, *self.certain}):
            if self.names.get(name) is not self.certain.get(name) and draw.random() < 0.5:
                if name in self.names:
                    named[name] = self.names[name]
                else:
                    named.pop(name, None)
        return {name: file.after_power_loss(draw) for name, file in named.items()}


# --- crashes -------------------------------------------------------------------------------------------------------


def crash(steps: list[Step], points: int, place: Path, seed: int, *, ignores_syncs: bool) -> dict[str, int]:
    """Crash at ``points`` random steps, in one process for each core, and count the outcomes and the disks that differ.

    A disk whose files and acknowledged answers were seen before is not looked at again: the outcome would be the same.
    """
    draw = random.Random(seed)
    drawn = sorted(draw.randrange(1, len(steps) + 1) for _ in range(points))
    jobs = os.cpu_count() or 1
    share = functools.partial(_crash_some, steps, drawn, place, seed, jobs, ignores_syncs=ignores_syncs)
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        return dict(sum(pool.map(share, range(jobs)), Counter()))


def _crash_some(
    steps: list[Step], drawn: list[int], place: Path, seed: int, jobs: int, job: int, *, ignores_syncs: bool
) -> Counter[str]:
    """Crash at every ``jobs``-th step, where it was drawn."""
    draw = random.Random(f"{seed} {job}")
    fingerprinted = {one.name: one for one in fingerprint_articles(stream(ARTICLES, 3), Settings(), stories=True)}
    ends: Counter[str] = Counter()
    seen: dict[bytes, str] = {}
    disk, done = Disk(ignores_syncs=ignores_syncs), 0
    acknowledged: dict[str, list[Any]] = {}
    for point in (point for point in drawn if point % jobs == job):
        for step in steps[done:point]:
            disk.take(step)
            if step.call == "ack":
                acknowledged.update({row[0]: row[1:] for row in json.loads(step.data.decode("unicode_escape"))})
        done = point
        files = disk.after_power_loss(draw)
        digest = _digest(files, len(acknowledged))
        if digest not in seen:
            folder = place / f"crash-{job}"
            folder.mkdir()
            for name, content in files.items():
                (folder / name).write_bytes(content)
            seen[digest] = outcome(folder, fingerprinted, acknowledged)
            shutil.rmtree(folder)
        ends[seen[digest]] += 1
    ends["disks"] = len(seen)
    return ends


def _digest(files: dict[str, bytes], answers: int) -> bytes:
    digest = hashlib.blake2b(str(answers).encode())
    for name, content in sorted(files.items()):
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.digest()


def outcome(folder: Path, fingerprinted: dict[str, Any], acknowledged: dict[str, list[Any]]) -> str:
    """Return ``ok``, ``lost`` (an acknowledged answer is gone or differs) or ``damaged`` (the index itself says so)."""
    try:
        with Index(folder, story_days=14) as index:
            if not index.doctor().is_sound:
                return "damaged"
            names = list(acknowledged)
            answers = index.check_fingerprinted([fingerprinted[name] for name in names])
            for name, answer in zip(names, answers, strict=True):
                if not answer.replayed or [answer.verdict, answer.matched_id, answer.story] != acknowledged[name]:
                    return "lost"
            return "ok"
    except DedupeError:
        return "damaged"


def main() -> int:
    """Record, crash, and compare with the controls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    parser.add_argument("--writer", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.writer:
        write(*options.writer)
        return 0
    if not shutil.which("strace"):
        print("no strace on this machine: power loss was not simulated", file=sys.stderr)
        return 77
    segments.BASE_BITS = 4
    figures: dict[str, Any] = {"points": options.points, "sqlite": sqlite3.sqlite_version, "disks": {}}
    cases = {
        "truncate_full": ("truncate", "FULL", False),
        "wal_full": ("wal", "FULL", False),
        "control_truncate_off": ("truncate", "OFF", False),
        "control_disk_ignores_syncs": ("truncate", "FULL", True),
    }
    for name, (mode, synchronous, ignores) in cases.items():
        with tempfile.TemporaryDirectory(prefix="index-power-") as place:
            connection.journal_mode = lambda version=None, mode=mode: mode
            steps = record(Path(place), mode, synchronous)
            points = options.points // (10 if name.startswith("control") else 1)
            figures[name] = crash(steps, points, Path(place), options.seed, ignores_syncs=ignores)
            figures["disks"][name] = figures[name].pop("disks")
    keep_figures("index_power_loss", figures, options.write)
    safe = all(set(figures[name]) == {"ok"} for name in ("truncate_full", "wal_full"))
    controls_fail = all(set(figures[name]) != {"ok"} for name in cases if name.startswith("control"))
    return int(not (safe and controls_fail))


if __name__ == "__main__":
    sys.exit(main())
