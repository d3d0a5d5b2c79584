"""What several tests share: where the project stands, the installed program, and a record of what it printed."""

import json
import sys
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
