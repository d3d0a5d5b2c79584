"""What several tests share: where the project stands, the installed program, what it printed, and how CPU time grows."""

import json
import math
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
