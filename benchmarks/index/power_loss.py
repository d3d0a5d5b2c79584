"""Cut the power at random moments: is every acknowledged answer still there, and is nothing damaged?

    python -m benchmarks.index.power_loss [--points 500] [--write]

A writer runs under `strace`, which records every write, truncation, sync, rename and removal of an index that follows
stories. For each crash point the files are then put together as a disk may hold them: what was synced before is there;
of what came later, each sector of 512 bytes, each change of length and each change of a folder is there or not, at
random. The index is opened from that, and everything acknowledged before the point is delivered again. A journal
without syncs and a disk that ignores syncs are the negative controls: a simulation in which they lose nothing would
prove nothing. Needs Linux and strace; says so and stops with exit code 77 where that is absent. Exits 1 when an answer
was lost, or a control loses none.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
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
from dedupe.index.lookup import lookup
from dedupe.index.storage import segments, store
from dedupe.index.stories import tracker

SECTOR = 512
ARTICLES = 260
CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink"
_CALL = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+)")
_HEX = re.compile(r"\\x([0-9a-f]{2})")


# --- the writer ----------------------------------------------------------------------------------------------------


def write(folder: str, acks: str, mode: str, synchronous: str) -> None:
    """In the traced process: deliver articles and acknowledge every answer with a write of its own."""
    segments.BASE_BITS = lookup.BASE_BITS = tracker.NEIGHBOURS = 4
    store.journal_mode = lambda version=None: mode
    fingerprinted = fingerprint_articles(stream(ARTICLES, 3), Settings(), stories=True)
    draw = random.Random(3)
    report = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with Index(folder, story_days=14) as index:
        index._log._connection.execute(f"PRAGMA synchronous={synchronous}")
        place = 0
        while place < len(fingerprinted):
            size = draw.choice((1, 2, 9))
            answers = index.check_fingerprinted(fingerprinted[place : place + size])
            os.write(report, json.dumps([[a.id, a.verdict, a.matched_id, a.story] for a in answers]).encode() + b"\n")
            place += size


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded call on the index folder: name, file name, and its values."""

    call: str
    name: str
    data: bytes = b""
    at: int = 0
    to: str = ""


def record(place: Path, mode: str, synchronous: str) -> list[Step]:
    """What the writer did to its folder, and its acknowledgements, in order."""
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
    """One line of the trace as a step; None where it concerns other files. Strings come back as Latin-1."""
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
    """What is certainly on disk, and what has been done since the last sync."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)

    def sync(self) -> None:
        """Everything is on disk."""
        for step in self.pending:
            _apply(self.durable, step)
        self.pending = []

    def after_power_loss(self, draw: random.Random) -> bytes:
        """One of the contents the disk may hold."""
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
    """Files and the folder that names them; a folder's changes are certain once it, or the file, is synced."""

    def __init__(self, *, ignores_syncs: bool) -> None:
        self._ignores_syncs = ignores_syncs
        self.names: dict[str, File] = {}
        self.certain: dict[str, File] = {}

    def take(self, step: Step) -> None:
        """Do one step."""
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

    def power_loss(self, folder: Path, draw: random.Random) -> None:
        """Write one of the states the disk may be in."""
        folder.mkdir()
        named = dict(self.certain)
        for name in {*self.names, *self.certain}:
            if self.names.get(name) is not self.certain.get(name) and draw.random() < 0.5:
                if name in self.names:
                    named[name] = self.names[name]
                else:
                    named.pop(name, None)
        for name, file in named.items():
            (folder / name).write_bytes(file.after_power_loss(draw))


# --- crashes -------------------------------------------------------------------------------------------------------


def crash(steps: list[Step], points: int, place: Path, seed: int, *, ignores_syncs: bool) -> dict[str, int]:
    """Crash at ``points`` random steps, and count how each ended."""
    draw = random.Random(seed)
    fingerprinted = {one.name: one for one in fingerprint_articles(stream(ARTICLES, 3), Settings(), stories=True)}
    ends: Counter[str] = Counter()
    disk, done = Disk(ignores_syncs=ignores_syncs), 0
    acknowledged: dict[str, list[Any]] = {}
    for number, point in enumerate(sorted(draw.randrange(1, len(steps) + 1) for _ in range(points))):
        for step in steps[done:point]:
            disk.take(step)
            if step.call == "ack":
                acknowledged.update({row[0]: row[1:] for row in json.loads(step.data.decode("unicode_escape"))})
        done = point
        folder = place / f"crash-{number}"
        disk.power_loss(folder, draw)
        ends[outcome(folder, fingerprinted, acknowledged)] += 1
        shutil.rmtree(folder)
    return dict(ends)


def outcome(folder: Path, fingerprinted: dict[str, Any], acknowledged: dict[str, list[Any]]) -> str:
    """``ok``, ``lost`` (an acknowledged answer is gone or differs) or ``damaged`` (the index says so itself)."""
    try:
        with Index(folder, story_days=14) as index:
            if not index.doctor().is_sound:
                return "damaged"
            names = list(acknowledged)
            answers = index.check_fingerprinted([fingerprinted[name] for name in names])
            for name, answer in zip(names, answers, strict=True):
                if not answer.replayed or [answer.verdict, answer.matched_id, answer.story] != acknowledged[name]:
                    return "lost"
            return "ok" if index.doctor().is_sound else "damaged"
    except DedupeError:
        return "damaged"


def main() -> int:
    """Record, crash, compare with the controls."""
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
    segments.BASE_BITS = lookup.BASE_BITS = 4
    figures: dict[str, Any] = {"points": options.points, "sqlite": store.sqlite3.sqlite_version}
    cases = {
        "truncate_full": ("truncate", "FULL", False),
        "wal_full": ("wal", "FULL", False),
        "control_truncate_off": ("truncate", "OFF", False),
        "control_disk_ignores_syncs": ("truncate", "FULL", True),
    }
    for name, (mode, synchronous, ignores) in cases.items():
        with tempfile.TemporaryDirectory(prefix="index-power-") as place:
            store.journal_mode = lambda version=None, mode=mode: mode
            steps = record(Path(place), mode, synchronous)
            figures[name] = crash(steps, options.points, Path(place), options.seed, ignores_syncs=ignores)
    keep_figures("index_power_loss", figures, options.write)
    safe = all(set(figures[name]) == {"ok"} for name in ("truncate_full", "wal_full"))
    controls_fail = all(set(figures[name]) != {"ok"} for name in cases if name.startswith("control"))
    return int(not (safe and controls_fail))


if __name__ == "__main__":
    sys.exit(main())
