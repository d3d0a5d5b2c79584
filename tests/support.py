"""What several tests share: where the project stands, the installed program, what it printed, and how CPU time grows."""

import json
import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
PROGRAM = str(Path(sys.executable).with_name("dedupe"))


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


NEARLY_LINEAR = 9
"""Most growth of the CPU time for four times the input. Linear time grows fourfold, and quadratic time sixteenfold."""


def cpu_growth(work, small, large):
    """Return how many times as much CPU time ``work(large)`` takes as ``work(small)``, both at their best of three runs.

    Runs on the small and on the large input take turns, so that a busy machine slows down both.
    """
    least = [math.inf, math.inf]
    for _ in range(3):
        for place, given in enumerate((small, large)):
            begun = time.process_time()
            work(given)
            least[place] = min(least[place], time.process_time() - begun)
    return least[1] / least[0]


def in_terminal(words, cwd=ROOT, stdout=None, **environment):
    """Run the installed program in a terminal. Returns its exit code and all that the terminal got.

    ``stdout``: where results go, by default the terminal too; then stdin is the terminal as well.
    """
    import pty  # of POSIX alone

    own, terminal = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, *words],
        cwd=cwd,
        env=os.environ | environment,
        stdin=terminal if stdout is None else None,
        stdout=terminal if stdout is None else stdout,
        stderr=terminal,
    )
    os.close(terminal)
    parts = []
    while True:
        try:
            part = os.read(own, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(own)
    return process.wait(), b"".join(parts).decode("utf-8", "surrogateescape")
