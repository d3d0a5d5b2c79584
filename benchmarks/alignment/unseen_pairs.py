"""Times ``dedupe.align`` on texts that the process has not seen before. Run by benchmarks.alignment.before.

    python benchmarks/alignment/unseen_pairs.py PAIRS ROUNDS

PAIRS: a JSON file with a list of pairs of texts. In each round every line of every text gets one word more, which no
other round has. Prints the CPU milliseconds of all pairs, by round, as JSON. This is a program of its own, and imports
nothing of this project but ``dedupe.align``, so that any installed version can run it.
"""

import json
import sys
import time
from pathlib import Path

from dedupe import align

WARM_UP = 2
"""Rounds that do not count."""


def changed(text: str, word: str) -> str:
    """The text with a word behind the first one of each line."""
    return "\n".join(line.replace(" ", f" {word} ", 1) for line in text.split("\n"))


def main() -> None:
    pairs = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    rounds = int(sys.argv[2]) + WARM_UP
    times = []
    for number in range(rounds):
        new = [(changed(left, f"vel{number}"), changed(right, f"vel{number}")) for left, right in pairs]
        start = time.process_time()
        for left, right in new:
            align(left, right)
        times.append(round((time.process_time() - start) * 1000, 3))
    print(json.dumps(times[WARM_UP:]))


if __name__ == "__main__":
    main()
