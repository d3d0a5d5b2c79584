"""Finds out which process holds a lock that others wait for, from what Linux tells about open files in ``/proc``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")

_STATES = {
    "T": "which is stopped: continue it with `kill -CONT {pid}`, or end it",
    "t": "which a debugger has stopped",
    "D": "which waits for its disk",
}
"""What to say of a process in a state of ``/proc/PID/stat`` in which it may never release a lock by itself."""


def holder_of(path: Path, *, also_this_process: bool = True) -> str:
    """Return in words who holds a lock on a file, such as "process 17 (dedupe)".

    A process that inherited the lock by a fork is named as such, and so is a stopped one. Without
    ``also_this_process`` the locks of this process are left out. Where no process can be named (on systems without
    ``/proc``, or where the process belongs to another user), the words say that.
    """
    found = dict(_holders(path))
    if not also_this_process:
        found.pop(os.getpid(), None)
    for process, taker in found.items():
        if process == taker:
            return _described(process)
    for process in found:
        return f"{_described(process)}, which inherited the lock by a fork: end it, or let it close the index"
    return "another process, which cannot be named from here"


def _described(process: int) -> str:
    if process == os.getpid():
        return f"this process ({process}) itself, by another Index object"
    try:
        name = (_PROC / str(process) / "comm").read_text(errors="replace").strip()
        # The state is the first field after the name, which stands in brackets and may hold any character.
        state = (_PROC / str(process) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return f"process {process}"
    printable = "".join(character for character in name if character.isprintable())
    described = f"process {process} ({printable})"
    return f"{described}, {_STATES[state].format(pid=process)}" if state in _STATES else described


def _holders(path: Path) -> Iterator[tuple[int, int]]:
    """Yield each process that holds a lock on a file, and the process that took that lock."""
    try:
        wanted = path.stat()
        processes = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return
    for process in sorted(processes):
        for taker in _takers(_PROC / str(process), wanted):
            yield process, taker


def _takers(process: Path, wanted: os.stat_result) -> Iterator[int]:
    """Yield the number of the process that took each lock which a process holds on the wanted file."""
    try:
        descriptors = sorted((process / "fd").iterdir())
    except OSError:  # the process has ended, or belongs to another user
        return
    for descriptor in descriptors:
        try:
            if not os.path.samestat(descriptor.stat(), wanted):
                continue
            lines = (process / "fdinfo" / descriptor.name).read_text(errors="replace").splitlines()
        except OSError:
            continue
        # Such as "lock: 1: FLOCK ADVISORY WRITE 708 fe:00:22346 0 EOF"; the number is 0 if the process has ended.
        locks = (line.split() for line in lines if line.startswith("lock:"))
        yield from (int(words[5]) for words in locks if len(words) > 5 and words[5].isdigit())
