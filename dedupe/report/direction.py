"""The direction of reuse between two texts, in words for a reader and as a record for programs."""

from __future__ import annotations

from collections.abc import Iterator

from dedupe.alignment.direction import Direction
from dedupe.report.formats import printable

_SAID = {
    "left_to_right": "from left to right",
    "right_to_left": "from right to left",
    "undetermined": "undetermined",
}


def lines(found: Direction) -> Iterator[str]:
    """One line: the verdict and its reasons."""
    reasons = "; ".join(printable(reason.says) for reason in found.reasons) or "no dates, no credit lines"
    yield f"direction: {_SAID[found.verdict]} ({reasons})"


def record(found: Direction) -> dict[str, object]:
    """The verdict and every reason with where it points."""
    return {"verdict": found.verdict, "reasons": found.reasons}
